package reads

import (
	"time"

	"almanac/scheduler"
)

// Question is what the page of a confirm link shows: a date, but not what kind of
// appointment it is.
type Question struct {
	Clinic, Person, Seat scheduler.ID
	Zone                 string // the person's own
	Language             string
	Start, End           time.Time // UTC instants
	Place                string
	// Answered: the link was used, or an answer came in another way.
	Answered bool
}
