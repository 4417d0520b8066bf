package scheduler

import (
	"slices"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
)

// distinct tells whether a stay ends with the last position rather than by a
// count or never: in a rolling cohort whose completion is its content.
func (r *Roster) distinct() bool {
	return r.Cohort.Rolling && r.Definition.Completion.Type == protocols.CompletionContent
}

// itinerary is what an enrollment that begins at entry owns, as far as it has
// been walked.
type itinerary struct {
	roster  *Roster
	entry   *Session
	covered map[string]bool // positions that are credited or planned
	owned   int             // sessions that are credited or planned
	longer  int             // days by which a stay counted in weeks is longer than the protocol says
}

func (r *Roster) itinerary(entry *Session) *itinerary {
	return &itinerary{roster: r, entry: entry, covered: map[string]bool{}}
}

// wants tells whether the itinerary has a place for the session.
func (it *itinerary) wants(s *Session) bool {
	r := it.roster
	switch {
	case !r.Cohort.Rolling && !s.Main:
		return true // an orientation may stand before the entry
	case s.Start.Before(it.entry.Start) || it.discharged(s):
		return false
	case r.distinct() && r.Definition.Stay == protocols.StayContinuous:
		return !it.covers()
	case r.distinct():
		return s.Main && !it.covered[s.Position]
	case !r.Cohort.Rolling:
		return true
	case r.Definition.Completion.Type == protocols.CompletionWeeks:
		return s.Wall.Date.Before(it.endOfWeeks())
	case r.Definition.Completion.Type == protocols.CompletionSessions:
		return it.owned < r.Definition.Completion.N
	default:
		return true
	}
}

func (it *itinerary) own(s *Session) {
	it.owned++
	if s.Main {
		it.covered[s.Position] = true
	}
}

// complete tells whether the itinerary has all it wants of the sessions planned
// so far; one without an end always has.
func (it *itinerary) complete() bool {
	r := it.roster
	switch {
	case it.reachesDischarge():
		return true
	case r.distinct():
		return it.covers()
	case !r.Cohort.Rolling:
		return true
	case r.Definition.Completion.Type == protocols.CompletionWeeks:
		return !r.lastDate().Before(it.endOfWeeks())
	case r.Definition.Completion.Type == protocols.CompletionSessions:
		return it.owned == r.Definition.Completion.N
	default:
		return true
	}
}

// covers tells whether every position is credited or planned.
func (it *itinerary) covers() bool {
	return !slices.ContainsFunc(it.roster.positions(), func(p protocols.Position) bool { return !it.covered[p.ID] })
}

// discharged tells whether the protocol has ended the stay before a session.
func (it *itinerary) discharged(s *Session) bool {
	last := it.roster.dischargeDate(it.entry)
	return !last.IsZero() && s.Wall.Date.After(last)
}

// reachesDischarge tells whether the planned sessions reach to the end that the
// protocol sets to a stay.
func (it *itinerary) reachesDischarge() bool {
	last := it.roster.dischargeDate(it.entry)
	return !last.IsZero() && !it.roster.lastDate().Before(last)
}

// endOfWeeks is the first local date after a stay counted in weeks.
func (it *itinerary) endOfWeeks() civil.Date {
	return it.entry.Wall.Date.AddDays(7*it.roster.Definition.Completion.N + it.longer)
}

// stay lists the sessions that an enrollment entering at entry would own if it
// attended them all, in order of start. complete is false when the planned
// sessions do not reach to its end.
func (r *Roster) stay(entry *Session, now time.Time) (sessions []*Session, complete bool) {
	it := r.itinerary(entry)
	for _, s := range r.upcoming(now) {
		if it.wants(s) {
			it.own(s)
			sessions = append(sessions, s)
		}
	}
	return sessions, it.complete()
}

// take gives the enrollment its seat in a session. A seat given up earlier is
// taken again with its UID.
func (r *Roster) take(e *Enrollment, s *Session, now time.Time) {
	if seat := r.seat(e.ID, s.ID); seat != nil {
		seat.State = SeatPlanned
		return
	}
	r.Seats = append(r.Seats, &Seat{
		ID: seatID(e.ID, r.Cohort.ID, s.ID), Enrollment: e.ID, Session: s.ID, Person: e.Person,
		State: SeatPlanned, CreatedAt: now, ChangedAt: now,
	})
}
