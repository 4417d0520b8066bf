package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStaffCredential(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	if out := c.prints("", "staff", "list"); !strings.HasPrefix(out, "Nobody works here yet.") {
		t.Errorf("the empty list prints:\n%s", out)
	}
	c.prints("", "staff", "add", "--email", "kim@example.org", "--name", "Kim Ode", "--role", "facilitator")
	credential := func(more ...string) []string {
		return append([]string{"staff", "credential", "--email", "Kim@example.org"}, more...)
	}
	c.says(c.prints("", credential("--name", "mbsr-teacher", "--expires", "2027-03-31")...),
		"Kim Ode  kim@example.org  facilitator  mbsr-teacher until 2027-03-31\n")
	c.says(c.prints("", credential("--name", "mi-trainer")...), "mbsr-teacher until 2027-03-31, mi-trainer\n")
	c.says(c.prints("", "staff", "list", "--format", "json"), `"role": "facilitator"`, `"name": "mbsr-teacher"`,
		`"expires": "2027-03-31"`, `"expires": null`)
	c.says(c.prints("", credential("--name", "mbsr-teacher", "--remove")...), "facilitator  mi-trainer\n")
	c.says(c.prints("", credential("--name", "mi-trainer", "--remove")...), "facilitator  –\n")
	before := c.rows()
	for name, bad := range map[string]struct {
		args []string
		code int
		says string
	}{
		"nobody": {[]string{"staff", "credential", "--name", "mi-trainer"}, exitWrongUse,
			"Say who with --email ADDRESS.\n"},
		"nothing": {credential(), exitWrongUse,
			"Say which credential with --name, as the protocol calls it. `almanac protocol show ID` tells.\n"},
		"both": {credential("--name", "x", "--remove", "--expires", "2027-01-01"), exitWrongUse,
			"Give --expires or --remove, not both.\n"},
		"no name of one": {credential("--name", "MI Trainer"), exitFailed,
			"A credential is called as protocols call it: lower-case words joined by hyphens, such as mbsr-teacher.\n"},
		"not on record": {credential("--name", "mi-trainer", "--remove"), exitFailed,
			"This credential is not on record for them. `almanac staff list` shows which are.\n"},
		"unknown somebody": {[]string{"staff", "credential", "--email", "x@example.org", "--name", "mi-trainer"},
			exitFailed, "Nobody on this clinic's staff has that e-mail address. `almanac staff add` adds them.\n"},
	} {
		code, out, trouble := c.run("", bad.args...)
		if code != bad.code || out != "" || trouble != bad.says {
			t.Errorf("%s: it ended with %d, printed %q and said %q", name, code, out, trouble)
		}
	}
	if after := c.rows(); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("something was stored: before %v, after %v", before, after)
	}
}

// Somebody who leaves is disabled: their link and sign-ins end, and the sessions they lead are named. They come back
// with their role, or with another.
func TestStaffAccess(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.prints("", "staff", "add", "--email", "kim@example.org", "--name", "Kim Ode", "--role", "facilitator")
	c.prints("", "staff", "credential", "--email", "kim@example.org", "--name", "more-trained")
	cohort := c.open("--facilitator", "kim@example.org")
	out := c.prints("", "staff", "disable", "Kim@example.org")
	c.says(out, "Sessions they still lead: 8.", "almanac cohort set ID --from DATE --facilitator EMAIL", cohort,
		"disabled")
	c.prints("", "staff", "add", "--email", "lee@example.org", "--name", "Lee", "--role", "facilitator")
	handed := []string{"staff", "hand-over", "kim@example.org", "--to", "lee@example.org", "--reason", "covers"}
	c.says(c.prints("", handed...), "--confirm")
	c.prints("", append(handed, "--confirm")...)
	c.says(c.prints("", "staff", "disable", "lee@example.org"), "Sessions they still lead: 8.")
	if open := fmt.Sprint(c.ask("SELECT count(*) FROM signins WHERE spent_at = ''")); open != "[0]" {
		t.Errorf("%s links still open", open)
	}
	c.says(c.prints("", "staff", "disable", "kim@example.org"), "disabled") // again
	if code, _, trouble := c.run("", "staff", "role", "kim@example.org", "admin"); code != exitFailed ||
		trouble != "This member of staff is disabled. Enable them first.\n" {
		t.Errorf("a role for somebody disabled: %d, %q", code, trouble)
	}
	if out := c.prints("", "staff", "enable", "kim@example.org"); strings.Contains(out, "disabled") {
		t.Errorf("enabled, but\n%s", out)
	}
	c.says(c.prints("", "staff", "role", "kim@example.org", "Coordinator"), "kim@example.org  coordinator")
	audited := fmt.Sprint(c.ask("SELECT action FROM audit WHERE action LIKE 'staff.%' ORDER BY action"))
	if audited != "[staff.add staff.add staff.disable staff.disable staff.enable staff.link staff.link staff.role]" {
		t.Errorf("the audit has %s", audited)
	}
	before := c.rows()
	for _, bad := range [][]string{
		{"disable", "x@example.org"}, {"role", "kim@example.org", "king"}, {"enable", "kim"},
	} {
		code, out, trouble := c.run("", append([]string{"staff"}, bad...)...)
		if code != exitFailed || out != "" || trouble == "" {
			t.Errorf("%v: it ended with %d, printed %q and said %q", bad, code, out, trouble)
		}
	}
	if after := c.rows(); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("something was stored: before %v, after %v", before, after)
	}
}

// Who is to lead needs the credential to the last session, or a reason, which is
// kept and printed nowhere.
func TestCohortOpenAsksForTheCredential(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.prints("", "staff", "add", "--email", "kim@example.org", "--name", "Kim Ode", "--role", "facilitator")
	open := func(time string, more ...string) []string {
		return append([]string{
			"cohort", "open", "--protocol", "more-telehealth", "--start", "2027-01-05", "--time", time, "--zone",
			storyZone, "--facilitator", "kim@example.org",
		}, more...)
	}
	trained := func(until string) {
		c.prints("", "staff", "credential", "--email", "kim@example.org", "--name", "more-trained", "--expires", until)
	}
	refuses := func(says string) {
		t.Helper()
		before := c.rows()
		if code, out, trouble := c.run("", open("09:00")...); code != exitFailed || out != "" || trouble != says+"\n" {
			t.Errorf("it ended with %d, printed %q and said %q", code, out, trouble)
		}
		if after := c.rows(); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("something was stored: before %v, after %v", before, after)
		}
	}
	refuses(`The protocol asks for the credential "more-trained", which this facilitator does not have on record. ` +
		`Choose another one, record it, or give a reason.`)
	trained("2027-02-22")
	refuses(`The credential "more-trained" of this facilitator expires on 2027-02-22, before the session of ` +
		`2027-02-23. ` +
		`Choose another one, renew it, or give a reason.`)
	if out := c.prints("", open("09:00", "--reason", "Renews it in January.")...); strings.Contains(out, "Renews") {
		t.Errorf("the reason is printed:\n%s", out)
	}
	trained("2027-02-23")
	c.prints("", open("12:00", "--reason", "Nobody asks.")...)
	c.prints("", open("15:00")...)
	kept := fmt.Sprint(c.ask("SELECT credential || ' ' || session || by_actor FROM credential_overrides"))
	if kept != "[more-trained command:operator]" {
		t.Errorf("kept are the reasons of %s", kept)
	}
}

// The operator sees where somebody is signed in, and ends it.
func TestStaffSignIns(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.prints("", "staff", "add", "--email", "kim@example.org", "--role", "facilitator")
	c.says(c.prints("", "staff", "sign-ins", "kim@example.org"), "They are signed in nowhere.\n")
	c.says(c.prints("", "staff", "sign-ins", "kim@example.org", "--format", "json"), "[]\n")
	c.says(c.prints("", "staff", "sign-ins", "kim@example.org", "--end", "all"), "would end: 0. Add --confirm")
	c.says(c.prints("", "staff", "sign-ins", "kim@example.org", "--end", "all", "--confirm"), "ended: 0\n")
	c.says(c.prints("", "staff", "list", "--format", "json"), `"provider": false`)
	if code, _, trouble := c.run("", "staff", "unlink", "kim@example.org"); code != 1 ||
		!strings.Contains(trouble, "No account of the organization is linked") {
		t.Errorf("unlinking nothing ended with %d and said %s", code, trouble)
	}
}

// Unlinking by command is told by mail, as it is on the page; without --confirm nothing happens.
func TestStaffUnlink(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.prints("", "staff", "add", "--email", "kim@example.org", "--role", "facilitator", "--name", "Kim")
	c.ask("INSERT INTO identities (account, clinic, staff, issuer, by_groups, mac, created_at, used_at) " +
		"SELECT 'digest', clinic, id, 'https://id.example.org', 0, '', '2026-11-01T00:00:00Z', '' FROM staff " +
		"RETURNING staff")
	mails := func() (n int) {
		all, err := filepath.Glob(filepath.Join(c.folder, "mail", "*.eml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range all {
			if text, err := os.ReadFile(one); err == nil && strings.Contains(string(text), "account was unlinked") {
				n++
			}
		}
		return n
	}
	c.says(c.prints("", "staff", "unlink", "kim@example.org"), "It is linked. Add --confirm")
	if left := c.ask("SELECT staff FROM identities"); len(left) != 1 || mails() != 0 {
		t.Errorf("%d linked, %d mails before --confirm", len(left), mails())
	}
	c.says(c.prints("", "staff", "unlink", "kim@example.org", "--confirm"), "unlinked")
	if left := c.ask("SELECT staff FROM identities"); len(left) != 0 || mails() != 1 {
		t.Errorf("%d linked, %d mails", len(left), mails())
	}
}
