package scheduler

import (
	"time"

	"almanac/protocols"
)

// itinerary is what an enrollment owns, as far as it has been walked.
type itinerary struct {
	roster  *Roster
	entry   *Session
	covered map[string]bool // positions that are credited or planned
	owned   int             // sessions that are credited or planned
}

// reproject brings the future seats of an active enrollment in line with its
// itinerary. Seats of the past stay, and so do those to come that the itinerary
// still needs: nobody is sent to another date without need. Then every position
// that is neither credited nor planned gets its first session with a free seat
// that passes open; one that finds none stays owed until its next turn.
func (r *Roster) reproject(e *Enrollment, now time.Time, open func(*Session) bool) {
	entry := r.Session(e.Entry)
	if e.State != Active || entry == nil {
		return
	}
	seats := map[ID]*Seat{}
	it := itinerary{roster: r, entry: entry, covered: map[string]bool{}}
	for _, seat := range r.SeatsOf(e.ID) {
		seats[seat.Session] = seat
		if s := r.Session(seat.Session); seat.State.earns() && !s.Start.After(now) {
			it.own(s)
		}
	}
	upcoming := r.upcoming(now)
	for _, s := range upcoming {
		if seat := seats[s.ID]; seat == nil || !seat.State.Occupies() {
			continue
		} else if it.wants(s) {
			it.own(s)
		} else {
			seat.State = SeatReleased
		}
	}
	for _, s := range upcoming {
		if seat := seats[s.ID]; seat != nil && seat.State.Occupies() {
			continue
		}
		if it.wants(s) && r.Seated(s.ID) < s.SeatLimit && open(s) {
			r.take(e, s, now)
			it.own(s)
		}
	}
}

// wants tells whether the itinerary has a place for the session.
func (it *itinerary) wants(s *Session) bool {
	if s.Start.Before(it.entry.Start) {
		return false
	}
	r := it.roster
	switch {
	case r.distinct():
		return s.Main && !it.covered[s.Position]
	case !r.Cohort.Rolling:
		return true
	case r.Definition.Completion.Type == protocols.CompletionWeeks:
		return s.Wall.Date.Before(r.endOfWeeks(it.entry))
	case r.Definition.Completion.Type == protocols.CompletionSessions:
		return it.owned < r.Definition.Completion.N
	default:
		return true
	}
}

func (it *itinerary) own(s *Session) {
	it.covered[s.Position] = true
	it.owned++
}

// take gives the enrollment its seat in a session. A seat given up earlier is
// taken again with its UID.
func (r *Roster) take(e *Enrollment, s *Session, now time.Time) {
	if seat := r.seat(e.ID, s.ID); seat != nil {
		seat.State = SeatPlanned
		return
	}
	r.Seats = append(r.Seats, &Seat{
		ID: seatID(e.ID, s.ID), Enrollment: e.ID, Session: s.ID,
		State: SeatPlanned, CreatedAt: now, ChangedAt: now,
	})
}
