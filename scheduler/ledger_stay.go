package scheduler

import (
	"iter"
	"slices"
	"time"

	"almanac/protocols"
)

// place is a seat with its session and roster.
type place struct {
	seat    *Seat
	session *Session
	home    *Roster // of the session
	makeup  bool    // in another cohort's session, or alone
}

// line lists an enrollment and those before it whose credit counts.
func (l *Ledger) line(e *Enrollment) []ID {
	ids := []ID{e.ID}
	for next := l.course(e).continues; next != ""; next = l.courses[next].continues {
		ids = append(ids, next)
	}
	return ids
}

// places lists the seats of enrollments that count, cancelled ones too, in
// order of start.
func (l *Ledger) places(enrollments ...ID) []place {
	var all []place
	for _, r := range l.book.Rosters {
		for _, seat := range r.Seats {
			if seat.State != SeatReleased && slices.Contains(enrollments, seat.Enrollment) {
				all = append(all, place{seat, r.Session(seat.Session), r, r.Enrollment(seat.Enrollment) == nil})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b place) int { return a.session.Start.Compare(b.session.Start) })
	return all
}

// earns tells whether a place earns its position, or will if its person comes.
// Who left early earns it with a share of the minutes (rule R9).
func (l *Ledger) earns(p place) bool {
	if !p.session.Live() || !p.seat.State.earns() {
		return false
	}
	if p.seat.State != SeatPartial {
		return true
	}
	share := protocols.Late{CreditMin: 0.5}.CreditMin
	if p.home.Definition != nil {
		share = p.home.Definition.Late.CreditMin
	}
	return float64(l.minutes[p.seat.ID]) >= share*float64(p.session.Minutes)
}

// begun is what an enrollment owns already when its stay is planned from entry
// on: credit, waived positions and make-ups.
func (l *Ledger) begun(r *Roster, e *Enrollment, entry *Session) *itinerary {
	it := r.itinerary(entry)
	c := l.course(e)
	it.longer = c.pausedFor - l.served(e)
	for _, p := range r.Definition.Positions() {
		it.covered[p.ID] = c.waived[p.ID]
	}
	for _, p := range l.places(l.line(e)...) {
		if l.earns(p) && (p.makeup || p.home != r || !p.session.Start.After(l.book.Now)) {
			it.earn(p.session)
		}
	}
	for position, yes := range it.covered {
		if !yes {
			delete(it.covered, position)
		}
	}
	return it
}

// earn counts a session that was or will be attended wherever it was.
func (it *itinerary) earn(s *Session) {
	it.owned++
	if _, known := it.covered[s.Position]; known {
		it.covered[s.Position] = true
	}
}

// served is how many days of weeks the enrollments before this one have used.
func (l *Ledger) served(e *Enrollment) int {
	days := 0
	if l.course(e).inPhase {
		return 0
	}
	for _, id := range l.line(e)[1:] {
		r, before := l.book.withEnrollment(id)
		entry := r.Session(before.Entry)
		if entry == nil || before.EndedAt.IsZero() {
			continue
		}
		loc, err := l.book.Zones.Location(r.Cohort.Zone)
		if err != nil {
			continue
		}
		days += max(0, entry.Wall.Date.DaysUntil(protocols.WallOf(before.EndedAt, loc).Date)-l.courses[id].pausedFor)
	}
	return days / 7 * 7
}

// stay lists the sessions to come that an enrollment entering at entry would
// own. complete is false when the planned sessions do not reach to its end.
func (l *Ledger) stay(r *Roster, e *Enrollment, entry *Session) (sessions []*Session, complete bool) {
	it := l.begun(r, e, entry)
	for _, s := range r.upcoming(l.book.Now) {
		if it.wants(s) {
			it.own(s)
			sessions = append(sessions, s)
		}
	}
	return sessions, it.complete()
}

// beginnings gives, in order of start, the sessions at which somebody may begin,
// is free, and has a free seat in every session of the stay (rules R1 and R3).
func (l *Ledger) beginnings(r *Roster, e *Enrollment) iter.Seq[beginning] {
	return func(yield func(beginning) bool) {
		for _, s := range r.upcoming(l.book.Now) {
			if !l.mayEnter(r, e, s) {
				continue
			}
			stay, reaches := l.stay(r, e, s)
			fits := reaches && slices.Contains(stay, s) && r.allFree(stay) && l.free(e.Person, stay) == nil
			if fits && !yield(beginning{s, stay}) {
				return
			}
		}
	}
}

// mayEnter applies the rules of entry to one session; seats are another question.
func (l *Ledger) mayEnter(r *Roster, e *Enrollment, s *Session) bool {
	c := l.course(e)
	switch {
	case c.declined[s.ID]:
		return false
	case c.way == wayNew:
		return r.mayEnter(e, s, l.book.Now)
	case !s.Main || !e.Earliest.IsZero() && s.Wall.Date.Before(e.Earliest):
		return false
	case c.way == wayModule:
		return slices.ContainsFunc(r.Definition.Positions(), func(p protocols.Position) bool { return p.ID == s.Position && p.First })
	}
	return true
}

// replan brings the seats to come of an enrollment in line with its itinerary.
// Seats of the past stay, and so do those to come that it still needs. Then
// every position that is neither credited nor planned gets its first session
// with a free seat outside a leave.
func (l *Ledger) replan(r *Roster, e *Enrollment) {
	c := l.course(e)
	entry := r.Session(e.Entry)
	seated := e.State == Active || e.State == Offered || e.State == Pending || e.State == OnHold && !c.leave.released
	if entry == nil || !seated {
		return
	}
	it := l.begun(r, e, entry)
	upcoming := r.upcoming(l.book.Now)
	for _, s := range upcoming {
		seat := r.seat(e.ID, s.ID)
		switch {
		case seat == nil || !seat.State.Occupies():
		case !it.wants(s):
			seat.State = SeatReleased
			l.say(e.Person, "Does not need %s (%s) any more.", s.Wall.Date, s.Position)
		case c.leave.covers(s):
			seat.State = SeatExcused
		default:
			seat.State = SeatPlanned
			it.own(s)
		}
	}
	for _, s := range upcoming {
		if seat := r.seat(e.ID, s.ID); seat != nil && seat.State.Occupies() || c.leave.covers(s) {
			continue
		}
		if it.wants(s) && r.Seated(s.ID) < s.SeatLimit && l.free(e.Person, []*Session{s}) == nil {
			r.take(e, s, l.book.Now)
			it.own(s)
			if r.distinct() {
				l.say(e.Person, "Takes %s (%s): the first session with a free seat for what is still to come.", s.Wall.Date, s.Position)
			}
		}
	}
}

// release gives up the seats to come of an enrollment, those elsewhere too.
func (l *Ledger) release(e *Enrollment) {
	for _, p := range l.places(e.ID) {
		if p.seat.State.Occupies() && p.session.Start.After(l.book.Now) {
			p.seat.State = SeatReleased
		}
	}
}

// seat gives an enrollment its seats from an entry on.
func (l *Ledger) seat(r *Roster, e *Enrollment, at beginning) {
	e.Entry = at.entry.ID
	for _, s := range at.stay {
		r.take(e, s, l.book.Now)
	}
}

// finish completes enrollments whose last session is over, and takes it back
// when a later correction shows that something is still owed.
func (l *Ledger) finish(r *Roster) {
	for _, e := range slices.Clone(r.Enrollments) {
		c, at := l.course(e), l.graduation(r, e)
		over := at != nil && at.session.Past(l.book.Now)
		switch {
		case c.movedOn:
		case e.State == Active && over && l.serve(r, e):
		case e.State == Active && over:
			e.State, e.EndedAt = Completed, later(at.session.End, time.Time{})
			l.say(e.Person, "Graduates with the session of %s (%s).", at.session.Wall.Date, at.session.Position)
		case e.State == Completed && !over:
			e.State, e.EndedAt = Active, time.Time{}
			l.say(e.Person, "Has not graduated after all: something is still owed.")
			l.replan(r, e)
		}
	}
}
