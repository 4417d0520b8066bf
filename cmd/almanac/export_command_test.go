package main

import "testing"

// Tables of a clinic are printed as CSV.
func TestExportCommands(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	cohort := c.open()
	c.prints("", "enroll", "--cohort", cohort, "--name", "=Ana Canary", "--email", "ana@canary.example")
	for _, args := range [][]string{{"export", "rosters"}, {"export", "rosters", "--cohort", cohort}} {
		c.says(c.prints("", args...), "cohort,name,email", "'=Ana Canary,ana@canary.example")
	}
	c.says(c.prints("", "export", "attendance", "--from", "2026-01-01", "--until", "2026-12-31"), "date,time,time zone")
	c.says(c.prints("", "export", "notices", "--name", "ana"), "due,what,to")
	c.says(c.prints("", "export", "tasks"), "Hand over a letter with all dates,'=Ana Canary")
	code, _, trouble := c.run("", "export", "attendance", "--from", "2026-01-01")
	if code != exitFailed || trouble == "" {
		t.Errorf("it ended with %d and said %q", code, trouble)
	}
}
