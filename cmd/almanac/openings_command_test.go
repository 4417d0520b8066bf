package main

import (
	"strings"
	"testing"
)

// Where somebody could begin is told over all cohorts, the soonest first.
func TestOpenings(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.says(c.prints("", "openings"), "Nobody new could begin anywhere.")
	rolling := c.open("--protocol", "more-rolling")
	closed := c.open("--name", "Starts together")
	out := c.prints("", "openings")
	if got := strings.Count(out, rolling); got != 3 {
		t.Errorf("%d entries of the rolling cohort are listed:\n%s", got, out)
	}
	c.says(out, "Tue 2027-01-05  18:00  America/New_York", "Starts together  "+closed)
	for _, tt := range []struct {
		args        []string
		says, never string
	}{
		{[]string{"--of-each", "1"}, "2027-01-05", "2027-01-12"},
		{[]string{"--from", "2027-01-20"}, "2027-01-26", "2027-01-19"},
		{[]string{"--position", "no-such-content"}, "Nobody new could begin", "2027"},
		{[]string{"--format", "json"}, `"date": "2027-01-05"`, "Tue"},
	} {
		out := c.prints("", append([]string{"openings"}, tt.args...)...)
		if !strings.Contains(out, tt.says) || strings.Contains(out, tt.never) {
			t.Errorf("%q prints:\n%s", tt.args, out)
		}
	}
	if code, out, trouble := c.run("", "openings", "--of-each", "0"); code == exitDone || out != "" ||
		trouble != "Ask for one or more of each cohort.\n" {
		t.Errorf("none of each: it ended with %d, printed %q and said %q", code, out, trouble)
	}
}
