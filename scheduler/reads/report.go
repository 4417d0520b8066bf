package reads

import (
	"almanac/protocols/civil"
	"almanac/scheduler"
)

// ReportQuery chooses a report. The zero value of the rest is everything of the last twelve weeks.
type ReportQuery struct {
	Name scheduler.ReportName
	scheduler.ReportSpan
	Cohort   scheduler.ID // empty: all
	Protocol string       // its id, in any version; empty: all
}

// Report is a report with its numbers. It holds no names of people.
type Report struct {
	Query ReportQuery // with its span filled in
	Rows  []scheduler.ReportRow
	// Cohorts are those that the caller may choose, by name.
	Cohorts []ReportCohort
}

// ReportCohort is a cohort to choose.
type ReportCohort struct {
	ID       scheduler.ID
	Name     string
	Protocol string // its id
	Start    civil.Date
	Ended    bool
}
