package main

import "testing"

// A call is tried and at last reached; without --confirm nothing is noted.
func TestTasksByCommand(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.prints("", "enroll", "--cohort", c.open(), "--name", "Ana Canary", "--phone", "+12025550100")
	task := c.ask("SELECT id FROM tasks WHERE person <> ''")[0]
	c.says(c.prints("", "task", "list"), "Ana Canary", "+12025550100", "letter", "welcome")
	c.says(c.prints("", "task", "no-answer", task), "come up again", "Add --confirm")
	if tries := c.ask("SELECT tries FROM tasks WHERE person <> ''")[0]; tries != "0" {
		t.Errorf("%s tries are noted without --confirm", tries)
	}
	c.says(c.prints("", "task", "left-word", task, "--confirm"), "come up again")
	if tries := c.ask("SELECT tries FROM tasks WHERE person <> ''")[0]; tries != "1" {
		t.Errorf("%s tries are noted", tries)
	}
	if code, _, trouble := c.run("", "task", "no-answer", task, "--again", "tomorrow"); code == 0 || trouble == "" {
		t.Errorf("a next try of tomorrow ended with %d and %q", code, trouble)
	}
	c.says(c.prints("", "task", "done", task, "--confirm"), "1 tasks done", "dates told")
	if open := c.ask("SELECT count(*) FROM tasks WHERE person <> '' AND done_at = ''")[0]; open != "0" {
		t.Errorf("%s tasks are open", open)
	}
}
