package reads

import (
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
)

// OpeningsQuery selects entries; the zero value selects the soonest 50.
type OpeningsQuery struct {
	From     civil.Date     // first local date of the cohort; zero: from now on
	Position string         // of the entry; empty: any
	Cohorts  []scheduler.ID // nil: any
	Protocol string         // "id@version", of the cohort; empty: any
	OfEach   int            // limit for one cohort; 0: none
	Limit    int            // limit in all; 0: 50
}

// Opening is an entry with a free seat.
type Opening struct {
	Cohort     scheduler.ID
	CohortName string
	Protocol   string // "id@version"
	Session    scheduler.ID
	Position   string
	Start      time.Time  // UTC instant
	Date       civil.Date // local to the cohort
	Zone       string     // of the cohort
	Seats      int        // free at this entry
}
