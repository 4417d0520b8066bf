package scheduler

import "almanac/scheduler/fault"

// Excuse gives one date to come back, of somebody who says ahead that they cannot
// come: the seat is free for others, and its position is owed. Invalid when they
// have no seat then; Closed when the session has begun or the person has no seats;
// NotFound when there is no such enrollment or session.
func (b *Book) Excuse(enrollment, session ID) error {
	_, e := b.withEnrollment(enrollment)
	if e == nil {
		return noEnrollment()
	}
	r, s := b.withSession(session)
	if s == nil {
		return noSession()
	}
	seat := r.seat(e.ID, s.ID)
	switch {
	case e.State != Active && e.State != OnHold:
		return fault.New(fault.Closed, "This enrollment is %s, so no date can be given back.", e.State.inWords())
	case seat == nil || !seat.State.Occupies():
		return fault.In("session", "This person has no seat on %s. Choose one of their dates.", s.Wall.Date)
	case !s.Start.After(b.Now):
		return fault.New(fault.Closed, "The session of %s has begun. Record the absence with its attendance.", s.Wall)
	}
	b.giveUp(e, heldSeat{seat: seat, session: s, home: r})
	e.record(Fact{Kind: FactExcused, What: string(s.ID), At: b.Now})
	e.record(Fact{Kind: FactPassed, What: s.Position, Date: s.Wall.Date, At: b.Now})
	b.say(e.Person, "Cannot come on %s (%s); the seat is given back, and the position is owed.",
		s.Wall.Date, s.Position)
	b.note("enrollment.excuse", e.ID, s.ID, e.Person)
	return b.recompute()
}

// excused tells whether a seat was given back ahead.
func (b *Book) excused(seat *Seat) bool {
	_, e := b.withEnrollment(seat.Enrollment)
	return e != nil && e.State != Withdrawn && seat.State == SeatReleased &&
		e.recorded(FactExcused, string(seat.Session))
}

// blocks tells whether somebody takes no seat in a session: they are away, have
// given the seat up from then on, or have given that date back.
func (e *Enrollment) blocks(s *Session) bool {
	if e.recorded(FactExcused, string(s.ID)) {
		return true
	}
	l := e.Leave
	return l != nil && (l.covers(s) || l.Released && !s.Start.Before(l.From))
}
