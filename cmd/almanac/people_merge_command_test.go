package main

import "testing"

// Two records are shown as they would be, and merged with --confirm.
func TestPeopleMerge(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	cohort := c.open()
	c.prints("", "enroll", "--cohort", cohort, "--name", "Ana Canary", "--email", "ana@old.example",
		"--consent", "email")
	first := c.ask("SELECT id FROM people")[0]
	c.prints("", "enroll", "--cohort", cohort, "--name", "Ana C", "--email", "ana@new.example")
	second := c.ask("SELECT id FROM people WHERE id <> '" + first + "'")[0]
	code, out, trouble := c.run("", "people", "merge", first, second)
	if code != exitFailed || out != "" {
		t.Errorf("it ended with %d and said %q", code, out)
	}
	c.says(trouble, "Both records are enrolled in")
	c.ask("UPDATE enrollments SET state = 'withdrawn' WHERE person = '" + second + "' RETURNING id")
	c.ask("UPDATE seats SET state = 'released' WHERE person = '" + second + "' RETURNING id")
	merge := []string{"people", "merge", first, second, "--email", second}
	c.says(c.prints("", merge...), "What stays: Ana", "ana@new.example", "consent to email", "cannot be undone",
		"Run this again with --confirm to merge them.")
	c.says(c.prints("", append(merge, "--confirm")...), "ana@new.example", "withdrawn")
	c.says(c.prints("", "people", "show", second), "merged into "+first)
}
