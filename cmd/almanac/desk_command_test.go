package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// enrolls enrolls somebody and returns the enrollment.
func (c counter) enrolls(cohort, name string) string {
	c.t.Helper()
	out := c.prints("", "enroll", "--cohort", cohort, "--name", name)
	id, _, _ := strings.Cut(strings.TrimPrefix(out, "enrollment: "), "\n")
	return id
}

// progress reads an enrollment as enrollment show prints it.
func (c counter) progress(enrollment string) (p struct {
	State, Continues string
	Owed             []string
	Seats            []struct{ Session, Position, State string }
}) {
	c.t.Helper()
	shown := c.prints("", "enrollment", "show", enrollment, "--format", "json")
	if err := json.Unmarshal([]byte(shown), &p); err != nil {
		c.t.Fatal(err)
	}
	return p
}

// Every change of an enrollment is shown first, and done with --confirm.
func TestEnrollmentCommands(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	cohort := c.open()
	amina := c.enrolls(cohort, "Amina Canary")
	does := func(state string, words ...string) {
		t.Helper()
		before := c.rows()
		c.says(c.prints("", words...), "Nothing has changed yet.")
		for table, n := range c.rows() {
			if n != before[table] {
				t.Errorf("%v without --confirm changes %s", words, table)
			}
		}
		c.says(c.prints("", append(words, "--confirm")...), "state:", state)
	}
	second := c.progress(amina).Seats[1]
	does("active", "enrollment", "excuse", amina, second.Session)
	if p := c.progress(amina); len(p.Owed) != 1 || p.Owed[0] != second.Position || len(p.Seats) != 8 {
		t.Fatalf("excused: %+v", p)
	}
	does("active", "enrollment", "excuse-undo", amina, second.Session)
	if p := c.progress(amina); len(p.Owed) != 0 {
		t.Fatalf("can come after all: %+v", p)
	}
	person := c.ask("SELECT person FROM enrollments WHERE id = '" + amina + "'")[0]
	c.says(c.prints("", "people", "short-notice", person, "yes"), "Nothing has changed yet.")
	c.says(c.prints("", "people", "short-notice", person, "yes", "--confirm"), "Short notice: yes.")
	if n := c.ask("SELECT short_notice FROM settings WHERE person = '" + person + "'"); n[0] != "1" {
		t.Errorf("short notice is %s", n)
	}
	c.says(c.prints("", "people", "contact", person), "Nobody has asked them yet")
	c.says(c.prints("", "people", "contact", person, "--allow", "word,who", "--hours", "10:00-18:00"),
		"Nothing has changed yet.")
	c.prints("", "people", "contact", person, "--allow", "word,who", "--hours", "10:00-18:00", "--confirm")
	c.says(c.prints("", "people", "contact", person), "Leave word: yes.", "Letters by post: no.",
		"Calls: 10:00 to 18:00.")
	does("active", "enrollment", "excuse", amina, second.Session, "--reason", "a trip")
	does("active", "enrollment", "appointment", amina, second.Position, "--at", "2027-01-15T10:00")
	does("on hold until:", "enrollment", "hold", amina, "--from", "2027-01-18", "--until", "2027-01-25")
	does("active", "enrollment", "resume", amina)
	c.refuses("has no position", "enrollment", "waive", amina, "nothing", "--reason", "knows it")
	other := c.open("--time", "12:00")
	does("withdrawn", "enrollment", "transfer", amina, other)
	does("withdrawn", "enrollment", "reenter", amina)
	moved := c.ask("SELECT id FROM enrollments WHERE cohort = '" + other + "'")[0]
	if p := c.progress(moved); p.Continues != amina || p.State != "active" {
		t.Errorf("transferred: %+v", p)
	}
	does("withdrawn", "enrollment", "withdraw", moved)
	c.refuses("", "enrollment", "accept", moved)
	c.refuses("", "enrollment", "admit", moved)
	if code, _, _ := c.run("", "enrollment", "hold", moved, "--from", "someday"); code != exitWrongUse {
		t.Errorf("a day that is none: %d", code)
	}

	trial := c.open("--protocol", "m-rocc", "--time", "09:00")
	bo := c.enrolls(trial, "Bo Canary")
	c.says(c.prints("", "enrollment", "show", bo), "pending", "not done:", "stable-dose-since")
	does("active", "enrollment", "date", bo, "stable-dose-since", "--on", "2026-11-01")
}

// refuses runs a command that has to fail with a sentence.
func (c counter) refuses(sentence string, words ...string) {
	c.t.Helper()
	if code, out, trouble := c.run("", words...); code != exitFailed || out != "" || trouble == "" ||
		!strings.Contains(trouble, sentence) {
		c.t.Errorf("%v ended with %d, printed %q and said %q", words, code, out, trouble)
	}
}

// Sessions are added, cancelled, led by somebody else, and their attendance is taken.
func TestSessionCommands(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	cohort := c.open()
	amina := c.enrolls(cohort, "Amina Canary")
	c.says(c.prints("", "session", "add", cohort, "--at", "2027-01-08T10:00", "--kind", "workshop"),
		"Nothing has changed yet.")
	c.says(c.prints("", "session", "add", cohort, "--at", "2027-01-08T10:00", "--kind", "workshop", "--confirm"),
		"undo: almanac undo ", "2027-01-08")
	code, _, _ := c.run("", "session", "add", cohort, "--at", "2027-01-08T10:00", "--kind", "party")
	if code != exitWrongUse {
		t.Errorf("an unknown kind: %d", code)
	}
	first := c.progress(amina).Seats[0].Session
	c.prints("", "staff", "add", "--email", "ada@example.org", "--role", "facilitator", "--name", "Ada")
	lead := []string{"session", "lead", first, "ada@example.org", "--reason", "trained", "--confirm"}
	c.prints("", lead...)
	if led := c.ask("SELECT id FROM sessions WHERE leader <> ''"); len(led) != 1 || led[0] != first {
		t.Errorf("led: %v", led)
	}
	c.prints("", "session", "lead", first, "nobody", "--confirm")
	if led := c.ask("SELECT id FROM sessions WHERE leader <> ''"); len(led) != 0 {
		t.Errorf("led still: %v", led)
	}
	c.says(c.prints("", "session", "attendance", first), "Amina Canary", "planned")
	c.refuses("has not begun", "session", "attendance", first, amina+"=present")
	c.refuses("has no seat", "session", "attendance", first, cohort+"=present")
	after := time.Date(2027, 2, 1, 12, 0, 0, 0, time.UTC)
	code, out, trouble := c.runAt(after, "", "session", "attendance", first, amina+"=partial:45")
	if code != exitDone {
		t.Fatalf("attendance: %d, %q", code, trouble)
	}
	c.says(out, "partial", "45")
	if code, _, _ := c.runAt(after, "", "session", "attendance", first, amina+"=partial:soon"); code != exitWrongUse {
		t.Errorf("minutes that are none: %d", code)
	}
	last := c.progress(amina).Seats[8].Session
	c.says(c.prints("", "session", "cancel", last, "--content", "skip"), "Nothing has changed yet.")
	c.says(c.prints("", "session", "cancel", last, "--content", "skip", "--confirm"), "cancelled")
}

// Messages and the audit hold no names.
func TestNoticeAndAuditCommands(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	cohort := c.open()
	c.prints("", "enroll", "--cohort", cohort, "--name", "Amina Canary", "--email", "canary@example.net", "--consent",
		"email")
	enrollment := c.ask("SELECT id FROM enrollments")[0]
	listed := c.prints("", "notice", "list", "--enrollment", enrollment)
	c.says(listed, "welcome", "planned")
	audit := c.prints("", "audit", "list", "--subject", enrollment)
	c.says(audit, "Enrolled", "command:", "enrollment "+enrollment)
	c.prints("", "enrollment", "show", enrollment)
	views := c.prints("", "audit", "list", "--action", "people.view")
	c.says(views, "Saw people", "command:operator")
	audit += views
	if strings.Contains(listed+audit, "anary") {
		t.Error("a list holds a name or an address")
	}
	id, _, _ := strings.Cut(strings.Split(listed, "\n")[1], " ")
	c.refuses("was not given up", "notice", "retry", id)
	if out := c.prints("", "audit", "list", "--from", "2026-12-02"); strings.Contains(out, "Enrolled") {
		t.Errorf("from the next day on:\n%s", out)
	}
	c.says(c.prints("", "audit", "list", "--until", "2026-12-01", "--limit", "1"), "There is more.")
	var rows struct{ Rows []map[string]any }
	if err := json.Unmarshal([]byte(c.prints("", "audit", "list", "--format", "json")), &rows); err != nil ||
		len(rows.Rows) < 3 {
		t.Errorf("%v, %d rows", err, len(rows.Rows))
	}
	if code, _, _ := c.run("", "notice", "list", "--state", "lost"); code != exitWrongUse {
		t.Errorf("an unknown state: %d", code)
	}
}

// A calendar of staff is made, listed and ended.
func TestStaffFeedsCommand(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	cohort := c.open()
	c.prints("", "staff", "add", "--email", "ada@example.org", "--role", "coordinator", "--name", "Ada")
	made := c.prints("", "staff", "feeds", "ada@example.org", "--add", "--cohort", cohort, "--detail", "full")
	if !strings.HasPrefix(made, "http") || !strings.HasSuffix(made, ".ics\n") {
		t.Errorf("made %q", made)
	}
	c.says(c.prints("", "staff", "feeds", "ada@example.org"), "full", "-")
	id := c.ask("SELECT id FROM staff_feeds")[0]
	if out := c.prints("", "staff", "feeds", "ada@example.org", "--end", id); strings.Contains(out, id) {
		t.Errorf("ended, and listed:\n%s", out)
	}
	if code, _, _ := c.run("", "staff", "feeds", "ada@example.org", "--add", "--end", id); code != exitWrongUse {
		t.Errorf("both: %d", code)
	}
}
