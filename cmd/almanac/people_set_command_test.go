package main

import "testing"

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
