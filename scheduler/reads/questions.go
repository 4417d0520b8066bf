package reads

import (
	"time"

	"almanac/scheduler"
)

// Question is what the page behind a confirm link shows: one date, and nothing
// that tells what it is.
type Question struct {
	Clinic, Person, Seat scheduler.ID
	Zone                 string // the person's own
	Language             string
	Start, End           time.Time // UTC instants
	Place                string
	// Answered: the link was used, or the answer came another way.
	Answered bool
}
