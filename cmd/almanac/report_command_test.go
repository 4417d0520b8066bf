package main

import "testing"

// Reports are printed as a table, as JSON and as CSV.
func TestReportCommand(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.open()
	c.says(c.prints("", "report", "waiting"), "from", "median days", "-")
	c.says(c.prints("", "report", "seats", "--by", "month", "--format", "json"), `"key": "free"`)
	c.says(c.prints("", "report", "attendance", "--format", "csv"), "No-shows,\"No-shows, %\"")
	c.says(c.prints("", "audit", "list"), "Exported a report")
	for _, args := range [][]string{{"rain"}, {"seats", "--from", "2026-02-01", "--to", "2026-01-01"},
		{"seats", "--cohort", "0000000000000"}, {"seats", "--by", "year"}} {
		if code, _, trouble := c.run("", append([]string{"report"}, args...)...); code == 0 || trouble == "" {
			t.Errorf("%v ended with %d and said %q", args, code, trouble)
		}
	}
}
