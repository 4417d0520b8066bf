package main

import (
	"strings"
	"testing"
)

// The clinic closes for a day: first it is only shown, and --confirm does it.
func TestClinicClose(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	id := c.open()
	c.prints("", "enroll", "--cohort", id, "--name", "Amina Canary", "--email", "amina@canary.example",
		"--consent", "email")
	before := c.prints("", "cohort", "show", id)
	day := dayOf(t, before, 2)
	c.says(c.prints("", "clinic", "close", day), id, "→ –", "Amina Canary  cancelled  "+day, "Nothing has changed yet.")
	c.says(c.prints("", "cohort", "show", id), before)
	c.says(c.prints("", "clinic", "close", day, "--confirm"), "Closed: "+day+".")
	c.says(c.prints("", "cohort", "show", id), "cancelled")
	c.says(c.prints("", "clinic", "close", dayOf(t, before, 3), "--without", id), "Nothing has changed yet.")
}

func TestCohortReschedule(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	id := c.open()
	c.prints("", "enroll", "--cohort", id, "--name", "Amina Canary", "--email", "amina@canary.example",
		"--consent", "email")
	before := c.prints("", "cohort", "show", id)
	day := dayOf(t, before, 6)
	c.says(c.prints("", "cohort", "reschedule", id, "--from", day, "--time", "09:30"), "→ ", "09:30",
		"Amina Canary  moved", "Nothing has changed yet.")
	c.says(c.prints("", "cohort", "show", id), before)
	c.says(c.prints("", "cohort", "reschedule", id, "--from", day, "--time", "09:30", "--days", "fri", "--confirm"),
		"Fri ", "09:30")
}

// dayOf finds the date of a session by its number in what cohort show prints.
func dayOf(t *testing.T, shown string, number int) string {
	t.Helper()
	for line := range strings.SplitSeq(shown, "\n") {
		if words := strings.Fields(line); len(words) > 2 && words[0] == string(rune('0'+number)) {
			return words[2]
		}
	}
	t.Fatalf("no session %d in\n%s", number, shown)
	return ""
}
