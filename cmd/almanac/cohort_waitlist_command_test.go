package main

import (
	"strconv"
	"strings"
	"testing"
)

// A waitlist moves with --confirm; before that it is shown who would be told, and who stays.
func TestCohortWaitlistMove(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	first := c.open()
	second := strings.TrimSpace(c.prints("", "cohort", "open", "--protocol", "more-telehealth", "--start", "2027-03-04",
		"--time", "18:00", "--zone", "America/New_York"))
	c.prints("", "cohort", "capacity", first, "2", "--reason", "a small room", "--confirm")
	for i := range 4 {
		c.prints("", "enroll", "--cohort", first, "--name", "Person "+strconv.Itoa(i)+" Canary", "--email",
			"p"+strconv.Itoa(i)+"@canary.example", "--consent", "email")
	}
	person := c.ask("SELECT person FROM enrollments WHERE state = 'waiting' ORDER BY requested_at, queue_no")[0]
	c.prints("", "enroll", "--cohort", second, "--person", person)
	move := []string{"cohort", "waitlist-move", first, "--to", second}
	c.says(c.prints("", move...), "stays", "Person 2 Canary", "They are already enrolled in the other cohort.",
		"Person 3 Canary", "Nothing has changed yet.")
	c.says(c.prints("", append(move, "--confirm")...), "undo: almanac undo ")
	if n := c.ask("SELECT count(*) FROM enrollments WHERE cohort = '" + second + "'")[0]; n != "2" {
		t.Errorf("%s people are in the other cohort", n)
	}
	if code, _, trouble := c.run("", "cohort", "waitlist-move", first); code != exitWrongUse {
		t.Errorf("without the other cohort it ends with %d: %s", code, trouble)
	}
}
