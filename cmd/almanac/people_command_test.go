package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The command asks who is meant, with the groups of each, and takes both answers.
func TestEnrollCommandAsksWhoItIs(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	first, second := c.open("--name", "Evening group"), c.open("--time", "10:00")
	c.prints("", "enroll", "--cohort", first, "--name", "Maria Lopez", "--email", "maria@example.net", "--phone",
		"+1 202 555 0100")
	before := c.rows()
	again := []string{"enroll", "--cohort", second, "--name", "López, María", "--phone", "(202) 555-0100"}
	code, out, trouble := c.run("", again...)
	said := strings.Split(strings.TrimSpace(trouble), "\n")
	if code != exitFailed || out != "" || len(said) != 3 ||
		said[0] != "Someone with a similar name and the same phone number is already known here. Say whether this "+
			"is the same person or someone new." ||
		!strings.Contains(said[1], "(of Evening group): --person ") || said[2] != "For somebody new: --new-person." {
		t.Fatalf("it ended with %d, printed %q and said\n%s", code, out, trouble)
	}
	if after := c.rows(); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("a question stored something: before %v, after %v", before, after)
	}
	_, person, _ := strings.Cut(strings.TrimSuffix(said[1], "."), "--person ")
	known := c.prints("", append(again, "--person", person)...)
	if lineOf(known, "state") != "active" || c.rows()["people"] != 1 {
		t.Errorf("it printed %q, and there are %d people", known, c.rows()["people"])
	}
	c.prints("", append(again, "--new-person")...)
	if n := c.rows()["people"]; n != 2 {
		t.Errorf("%d people, want a second one of like name", n)
	}
	code, _, trouble = c.run("", append(again, "--person", person)...)
	if code != exitFailed ||
		!strings.Contains(trouble, "already enrolled in this cohort, as "+lineOf(known, "enrollment")) {
		t.Errorf("the same once more ended with %d and said %q", code, trouble)
	}
	code, _, trouble = c.run("", append(again, "--person", person, "--new-person")...)
	if code == exitDone || !strings.Contains(trouble, "a known person and a new one") {
		t.Errorf("both answers at once ended with %d and said %q", code, trouble)
	}
	body := `{"participant": {"name": "Maria Lopez", "email": "maria@example.net"}}`
	if out := c.prints(body, "enroll", "-", "--cohort", c.open("--time", "08:00"), "--person", person); lineOf(out,
		"state") != "active" {
		t.Errorf("with - and --person it printed %q", out)
	}
}

// An external id is one person, and never somebody new.
func TestEnrollCommandKnowsIdsOfOtherSystems(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	body := func(name, more string) string {
		return `{"participant": {"name": "` + name +
			`", "external_ids": [{"system": "ehr", "value": "8812"}]` + more + `}}`
	}
	c.prints(body("Maria Lopez", ""), "enroll", "-", "--cohort", c.open())
	other := c.open("--time", "10:00")
	c.prints(body("María López", ""), "enroll", "-", "--cohort", other)
	if n := c.rows()["people"]; n != 1 {
		t.Errorf("one id made %d people", n)
	}
	for _, in := range []string{body("Sam Green", ""), body("Maria Lopez", `, "new": true`)} {
		code, _, trouble := c.run(in, "enroll", "-", "--cohort", c.open("--time", "08:00"))
		if code != exitFailed || !strings.HasPrefix(trouble, "This external id belongs to") ||
			strings.Contains(trouble, "--new-person") {
			t.Errorf("%s ended with %d and said %q", in, code, trouble)
		}
	}
}

// Numbers are read in the country of the person's zone, else of the cohort's.
func TestEnrollCommandReadsNumbersWhereThePersonIs(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	cohort := c.open()
	for zone, phone := range map[string]string{"Europe/Paris": "06 12 34 56 78", "Australia/Melbourne": "0491 570 006",
		"Africa/Accra": "024 412 3456", "America/Chicago": "202-555-0100"} {
		c.prints("", "enroll", "--cohort", cohort, "--name", "Pat "+zone, "--phone", phone, "--zone", zone)
	}
	code, _, trouble := c.run("", "enroll", "--cohort", cohort, "--name", "Pat", "--phone", "06 12 34 56 78", "--zone",
		"America/Chicago")
	if code != exitFailed ||
		!strings.Contains(trouble,
			"Read in the country of the time zone (US), this phone number is +1 0612345678, which does not exist.") {
		t.Errorf("it ended with %d and said %q", code, trouble)
	}
}

// A byte order mark, as editors and shells of Windows begin a text, is passed over
// on every way in; other encodings are named.
func TestByteOrderMarks(t *testing.T) {
	t.Parallel()
	const mark = "\ufeff"
	c := newCounter(t)
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(mark+text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cohort := c.open()
	c.prints(mark+`{"participant": {"name": "Pat Example"}}`, "enroll", "-", "--cohort", cohort)
	own := strings.ReplaceAll(`protocol: evening|version: "1"|title: Evening group|clock: cohort|`+
		`content: {order: fixed, unit: session, count: 4}|`+
		`cadence: {every: P1W}|session: {kind: group, duration: PT1H}|capacity: {max: 6}|`+
		`entry: {type: closed, last_session_for_new: 1}|completion: {type: content}|`, "|", "\n")
	c.prints("", "protocol", "check", file("evening.yaml", own))
	c.prints("", "replay",
		file("story.yaml", "cohort: {protocol: mbsr-4w, start: 2026-01-06, time: \"18:00\", zone: "+
			"America/New_York}\nevents:\n  - {at: 2026-01-02T09:00, enroll: P1}\n"))
	key := file("key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n")
	if got, err := readSecret(key); err != nil || strings.Contains(got, mark) {
		t.Errorf("the key reads %q, %v", got, err)
	}
	r := &settingsReader{readFile: os.ReadFile, flags: map[string]string{},
		lookupEnv: func(name string) (string, bool) {
			return map[string]string{"ALMANAC_SECRET_KEY_FILE": key}[name], name == "ALMANAC_SECRET_KEY_FILE"
		}}
	for _, o := range options {
		if o.name == "secret-key" {
			if s, err := r.resolve(o); err != nil || s.value != "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" {
				t.Errorf("the file of secret-key reads %q, %v", s.value, err)
			}
		}
	}
	code, _, trouble := c.run("\xff\xfe{\x00}\x00", "enroll", "-", "--cohort", cohort)
	if code != exitFailed ||
		trouble != "The request on standard input is not UTF-8. Save it as UTF-8 and send it again.\n" {
		t.Errorf("UTF-16 ended with %d and said %q", code, trouble)
	}
}
