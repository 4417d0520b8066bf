package reads

import (
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
)

// OpeningsQuery says which entries to look for; its zero value is the soonest 50.
type OpeningsQuery struct {
	From     civil.Date     // none before this local date of the cohort; zero: from now on
	Position string         // at which to begin; empty: any
	Cohorts  []scheduler.ID // in which; nil: any
	Protocol string         // "id@version", of the cohort; empty: any
	OfEach   int            // at most so many of one cohort; 0: any number
	Limit    int            // at most so many altogether; 0: 50
}

// Opening is an entry that somebody new could take.
type Opening struct {
	Cohort     scheduler.ID
	CohortName string
	Protocol   string // "id@version"
	Session    scheduler.ID
	Position   string
	Start      time.Time  // UTC instant
	Date       civil.Date // local to the cohort
	Zone       string     // of the cohort
	Seats      int        // that could begin there together
}
