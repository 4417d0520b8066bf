package reads

import (
	"time"

	"almanac/scheduler"
)

// Disclosed is one line of the accounting of disclosures of a person (42 CFR 2.25).
type Disclosed struct {
	scheduler.Disclosure
	At, Last time.Time // the first and the last time, within an hour
	Times    int
	By       string // in words
}

// Outgoing says whose records may go to a recipient, and on which consent.
type Outgoing struct {
	scheduler.Outside
	Consents map[scheduler.ID]scheduler.ID // by person
}

// Allows tells whether a person's records may go.
func (o Outgoing) Allows(person scheduler.ID) bool { return o.Consents[person] != "" }
