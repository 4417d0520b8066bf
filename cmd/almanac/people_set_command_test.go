package main

import (
	"strings"
	"testing"
)

// A person is shown, and what is to be different is first shown and done with --confirm.
func TestPeopleSet(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.prints("", "enroll", "--cohort", c.open(), "--name", "Ana Canary", "--email", "ana@old.example",
		"--consent", "email")
	person := c.ask("SELECT id FROM people")[0]
	c.says(c.prints("", "people", "show", person), "Ana Canary", "ana@old.example", "email    1", "active")
	set := []string{"people", "set", person, "--email", "ana@new.example", "--language", "es"}
	c.says(c.prints("", set...), "Ana Canary", "Nothing has changed yet. Run this again with --confirm to change it.")
	c.says(c.prints("", "people", "show", person), "ana@old.example")
	c.says(c.prints("", append(set, "--confirm")...), "ana@new.example", "language  es")
	code, out, trouble := c.run("", "people", "set", person, "--email", "ana", "--zone", "Mars/Olympus")
	if code != exitFailed || out != "" || trouble == "" {
		t.Errorf("it ended with %d and said %q", code, trouble)
	}
	code, _, _ = c.run("", "people", "show", "0000000000000")
	if code != exitFailed {
		t.Errorf("nobody was shown with %d", code)
	}
}

// Ids of other systems are set one by one; consents are given and ended, and how is kept.
func TestPeopleIDsAndConsents(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	cohort := c.open()
	c.prints("", "enroll", "--cohort", cohort, "--name", "Ana Canary", "--email", "ana@old.example")
	person := c.ask("SELECT id FROM people")[0]
	c.prints("", "people", "set", person, "--external-id", "ehr=8812", "--external-id", "lab=7", "--confirm")
	out := c.prints("", "people", "set", person, "--external-id", "lab=", "--confirm")
	if c.says(out, "ehr       8812"); strings.Contains(out, "lab") {
		t.Errorf("an id that was removed is there:\n%s", out)
	}
	c.prints("", "enroll", "--cohort", cohort, "--name", "Bo Canary", "--email", "bo@old.example")
	other := c.ask("SELECT id FROM people WHERE id <> '" + person + "'")[0]
	_, _, trouble := c.run("", "people", "set", other, "--external-id", "ehr=8812", "--confirm")
	c.says(trouble, "belongs to somebody else here. Correct it, or leave it out.")
	give := []string{"people", "consent", person, "--give", "email", "--version", "2", "--how", "paper"}
	c.says(c.prints("", give...), "Consents would be: email to version 2.", "--confirm")
	c.says(c.prints("", "people", "show", person), "ana@old.example")
	c.says(c.prints("", append(give, "--confirm")...), "email    2", "paper")
	c.says(c.prints("", "people", "export"), " 2 (paper)")
	end := []string{"people", "consent", person, "--end", "email", "--how", "phone"}
	c.says(c.prints("", end...), "Consents would be: none")
	c.prints("", append(end, "--confirm")...)
	if left := c.ask("SELECT count(*) FROM consents WHERE revoked_at = ''")[0]; left != "0" {
		t.Errorf("%s consents stand", left)
	}
	for _, channel := range []string{"--give", "--end"} {
		_, _, trouble := c.run("", "people", "consent", person, channel, "fax")
		c.says(trouble, "There is no such channel; choose email, sms or voice.", "Say how they said it with --how")
	}
	for _, wrong := range [][]string{{"people", "consent", person}, {"people", "consent", person, "--give", "email"},
		{"people", "consent", person, "--give", "fax", "--how", "paper"},
		{"people", "set", person, "--external-id", "ehr"}} {
		if code, _, trouble := c.run("", wrong...); code == 0 || trouble == "" {
			t.Errorf("%v ended with %d", wrong, code)
		}
	}
}
