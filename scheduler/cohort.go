package scheduler

import (
	"slices"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
)

// CohortState says whether a cohort takes changes.
type CohortState string

// The states of a cohort.
const (
	CohortOpen  CohortState = "open"
	CohortEnded CohortState = "ended"
)

// Cohort is one run of a protocol. Wall time and zone are what is stored and
// meant; the instants of its sessions follow from them.
type Cohort struct {
	ID, Clinic ID
	Name       string // for staff
	Protocol   string // "id@version"
	Hash       string // of the definition it follows, which is frozen
	Rolling    bool   // runs without end; false: closed, one start for all
	Zone       string // IANA, canonical
	ZoneData   string // version of the zone data its instants were resolved with
	Start      civil.Date
	At         civil.Clock
	Weekdays   []time.Weekday    // empty: the weekday of Start
	Closed     []civil.DateRange // days that it alone leaves out, both ends included; see Clinic.Closed
	Holidays   string            // "" or "us-federal"
	Capacity   int               // seats in each session
	Place      string            // what people read as the place
	Meeting    ID                // how people come in from afar; see Book.Meetings; empty: not
	// AcceptShift: a session of its own cadence may fall into a change of clocks.
	AcceptShift bool
	Staffing    []Post // who fills the protocol's roles
	Lead        ID     // the facilitator of every session that names none; may be empty
	State       CohortState
	OpenedAt    time.Time // UTC instant
	// QueueCounter and SessionCounter count enrollments asked for and sessions
	// made; they only rise, and ids derive from them.
	QueueCounter, SessionCounter int
	// Series ties together the cohorts that run the phases of one programme, and
	// Phase is the one that this cohort runs, in the order of PhaseNo; empty: a
	// whole programme.
	Series  ID
	Phase   string
	PhaseNo int
	// Rotation lists the facilitators who lead the sessions in turn; empty: Lead
	// leads them all.
	Rotation []ID
	// EndsAfter is the local date after which the cohort was ended; zero: it was not.
	EndsAfter civil.Date
}

// planRequest is the cohort in the planner's words, with the clinic's closed days.
func (r *Roster) planRequest(loc *time.Location) protocols.PlanRequest {
	return r.requestOf(r.Cohort, loc)
}

// requestOf is planRequest of the cohort as it will be.
func (r *Roster) requestOf(c Cohort, loc *time.Location) protocols.PlanRequest {
	return protocols.PlanRequest{
		Start: c.Start, At: c.At, Location: loc, ZoneData: c.ZoneData,
		Weekdays: c.Weekdays, Closed: mergeDays(slices.Concat(r.closed, c.Closed)...), Holidays: c.Holidays,
	}
}

// LedBy tells whether somebody leads the cohort, alone or in turn.
func (c *Cohort) LedBy(staff ID) bool {
	return staff != "" && (c.Lead == staff || slices.Contains(c.Rotation, staff))
}
