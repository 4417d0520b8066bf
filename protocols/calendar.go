package protocols

import (
	"time"

	"almanac/protocols/civil"
)

// Calendar is a definition laid on dates. Its JSON form is the output of "almanac protocol calendar --format json".
type Calendar struct {
	Protocol          string       `json:"protocol"`
	Version           string       `json:"version"`
	Zone              string       `json:"zone"`
	ZoneData          string       `json:"zone_data"`
	Sessions          []Occurrence `json:"sessions"` // in order of start
	Windows           []Window     `json:"windows"`
	Skipped           []Skipped    `json:"skipped"` // cadence dates that hold no session, in order
	ContactMinutes    int          `json:"contact_minutes"`
	ContactMinutesMin int          `json:"contact_minutes_min"`
	CountableMinutes  int          `json:"countable_minutes"`
}

// Occurrence is a computed meeting slot.
type Occurrence struct {
	Number     int              `json:"number"` // ordinal in the main series from 1; 0 stands outside the count
	Kind       Kind             `json:"kind"`
	Phase      string           `json:"phase"`
	Module     string           `json:"-"`      // id of the module the position belongs to
	Position   string           `json:"module"` // id of the position, see [Position]
	Title      string           `json:"title"`
	LocalStart civil.WallTime   `json:"local_start"`
	Start      time.Time        `json:"start"` // UTC
	End        time.Time        `json:"end"`   // UTC: Start and the elapsed minutes
	Minutes    int              `json:"minutes"`
	MinutesMin int              `json:"minutes_min,omitempty"` // lower bound where the length is a range
	Segments   []SegmentMinutes `json:"segments"`              // shared between occurrences; not to be changed
	// how people meet, where it differs from the protocol's own way
	Modality string      `json:"modality,omitempty"`
	Note     string      `json:"note,omitempty"`     // "gap" or "overlap": the wall time does not occur once
	Readings []time.Time `json:"readings,omitempty"` // with a note: the instant used, then the other one
}

// SegmentMinutes is a segment as it stands in a calendar.
type SegmentMinutes struct {
	ID         string `json:"id"`
	Minutes    int    `json:"minutes"`
	MinutesMin int    `json:"minutes_min,omitempty"` // lower bound where the length is a range
}

// Window is the stretch of local dates in which an assessment may be done, ends included.
type Window struct {
	ID     string     `json:"id"`
	Opens  civil.Date `json:"opens"`
	Target civil.Date `json:"target"`
	Closes civil.Date `json:"closes"`
}

// Skipped is a cadence date that would have held a session, and why it does not: "closed", "holiday: NAME" or
// "holiday: NAME (observed)".
type Skipped struct {
	Date   civil.Date `json:"date"`
	Reason string     `json:"reason"`
}

// PlanRequest says where and when a definition is laid on a calendar.
type PlanRequest struct {
	Start    civil.Date
	At       civil.Clock
	Location *time.Location
	ZoneData string         // version of the zone data, printed as it stands
	Weekdays []time.Weekday // replace the protocol's own days; session 1 is on the first of them from Start on
	Closed   []civil.DateRange
	Holidays string        // "" for none, or "us-federal"
	Entry    civil.Date    // the person's own start; zero: session 1
	Avoid    []Hours       // hours to keep free beside the protocol's own: a clinic's, a person's
	Buffer   time.Duration // the way between those hours and a session; the longer of this and the protocol's counts
	Sessions int           // of the series; 0: the protocol's own count, one cycle for a rolling protocol
}
