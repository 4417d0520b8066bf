package main

import "testing"

// A clinic lets facilitators see all cohorts, and takes it back; shown first.
func TestClinicSetFacilitators(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.prints("", "migrate")
	c.says(c.prints("", "clinic", "set", "facilitators", "all"), "facilitators: own → all", "--confirm")
	c.says(c.prints("", "clinic", "set", "facilitators", "all", "--confirm"), "facilitators: own → all")
	c.says(c.prints("", "clinic", "set", "facilitators", "own", "--confirm"), "facilitators: all → own")
	if code, _, trouble := c.run("", "clinic", "set", "facilitators", "some"); code != exitFailed || trouble == "" {
		t.Errorf("%d %q", code, trouble)
	}
}
