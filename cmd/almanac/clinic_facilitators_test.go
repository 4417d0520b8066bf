package main

import (
	"strings"
	"testing"
)

// A clinic lets facilitators see all cohorts, and takes it back; shown first.
func TestClinicSetFacilitators(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.prints("", "migrate")
	c.says(c.prints("", "clinic", "set", "facilitators", "all"), "facilitators: own → all", "--confirm")
	c.says(c.prints("", "clinic", "set", "facilitators", "all", "--confirm"), "facilitators: own → all")
	c.says(c.prints("", "clinic", "set", "facilitators", "own", "--confirm"), "facilitators: all → own")
	if code, _, trouble := c.run("", "clinic", "set", "sign-in", "strong"); code != exitFailed ||
		!strings.Contains(trouble, "lock every admin out") {
		t.Errorf("without an admin it ended with %d and said %q", code, trouble)
	}
	if code, _, trouble := c.run("", "clinic", "set", "facilitators", "some"); code != exitFailed || trouble == "" {
		t.Errorf("%d %q", code, trouble)
	}
}

// What people see and the hours for messages are set by key; hours that are none are refused.
func TestClinicSetContactAndHours(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.prints("", "migrate")
	c.says(c.prints("", "clinic", "set", "phone", "+1 202 555 0100", "crisis", "Call 988.", "hours", "08:00-21:00",
		"--confirm"), "phone:  → +12025550100", "crisis:  → Call 988.", "hours:  → 08:00-21:00")
	c.says(c.prints("", "clinic", "set", "hours", "", "shown-name", "North", "--confirm"), "hours: 08:00-21:00 → ",
		"shown-name:  → North")
	if code, _, trouble := c.run("", "clinic", "set", "hours", "nine to five"); code != exitFailed || trouble == "" {
		t.Errorf("%d %q", code, trouble)
	}
}
