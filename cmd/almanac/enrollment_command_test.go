package main

import (
	"testing"
	"time"
)

// What a reason sets aside on pages it sets aside here: a group that has begun, and a prerequisite.
func TestReasonsOnTheCommandLine(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	id := c.open()
	begun := time.Date(2027, 1, 13, 12, 0, 0, 0, time.UTC)
	late := []string{"enroll", "--cohort", id, "--name", "Amina Canary"}
	code, out, trouble := c.runAt(begun, "", late...)
	if code != exitFailed || out != "" ||
		trouble != "This cohort has begun and takes no new people after session 1. Choose a later one, or give a "+
			"reason.\n" {
		t.Errorf("late: it ended with %d, printed %q and said %q", code, out, trouble)
	}
	if code, out, trouble = c.runAt(begun, "", append(late, "--reason", "moved here")...); code != exitDone {
		t.Fatalf("with a reason: %d, %q", code, trouble)
	}
	c.says(out, "state: active")
	if code, _, _ = c.runAt(begun,
		`{"cohort": "`+id+`", "participant": {"name": "Bo Canary"}, "reason": "moved here, too"}`, "enroll",
		"-"); code != exitDone {
		t.Error("a request as JSON does not take the reason")
	}
	c.says(c.prints("", "cohort", "show", id), "A new person in a cohort that has begun", "moved here, too")

	trial := c.open("--protocol", "m-rocc", "--time", "12:00")
	c.prints("", "enroll", "--cohort", trial, "--name", "Cy Canary")
	pending := c.ask("SELECT id FROM enrollments WHERE state = 'pending'")[0]
	override := []string{"enrollment", "override", pending, "stable-dose-since"}
	if code, _, trouble := c.run("", append(override, "--confirm")...); code != exitFailed ||
		trouble != "Doing without a prerequisite needs a reason, so that others can follow it.\n" {
		t.Errorf("without a reason: %d, %q", code, trouble)
	}
	c.says(c.prints("", append(override, "--reason", "known elsewhere")...), "Nothing has changed yet.")
	c.says(c.prints("", append(override, "--reason", "known elsewhere", "--confirm")...), "undo: almanac undo ",
		pending, "active")
	c.says(c.prints("", "cohort", "show", trial), "A person begins without a prerequisite", "known elsewhere")
	if still := c.ask("SELECT id FROM enrollments WHERE state = 'pending'"); len(still) != 0 {
		t.Error("the person is pending still")
	}
}
