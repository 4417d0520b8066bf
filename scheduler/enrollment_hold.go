package scheduler

import (
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// HoldRequest asks for a leave.
type HoldRequest struct {
	Enrollment ID
	From       civil.Date // the first day; zero: now
	Until      civil.Date // the leave ends at 00:00 local; zero: the longest that the protocol allows
	Release    bool       // give the seat up
	Reason     string     // nobody must give one; kept sealed
}

// Hold puts an enrollment on hold (rule R11): it covers the sessions that start
// from its first day, or now, to the end of the leave. The seats are kept and
// excused, or given up; what they held is owed. Until the first day comes the
// enrollment stays active. Invalid when a date has passed or the leave is longer
// than the protocol allows; Closed when the person has no seats; NotFound
// when there is no such enrollment.
func (b *Book) Hold(h HoldRequest) error {
	r, e := b.withEnrollment(h.Enrollment)
	if e == nil {
		return noEnrollment()
	}
	loc, err := b.Zones.Location(r.Cohort.Zone)
	if err != nil {
		return err
	}
	today, most := civil.WallOf(b.Now, loc).Date, r.Definition.Absence.HoldMax
	if h.From.IsZero() {
		h.From = today
	}
	switch {
	case h.From.Before(today):
		return fault.In("from", "The leave begins on %s, which has passed. Choose today or a later date.", h.From)
	case h.Until.IsZero() && most.IsZero():
		return fault.In("until", "A leave needs its end, a date written like 2026-03-01.")
	case h.Until.IsZero():
		h.Until = most.AddTo(h.From)
	case !h.Until.After(h.From) && h.From == today:
		return fault.In("until", "The leave ends on %s, which has passed. Choose a later date.", h.Until)
	case !h.Until.After(h.From):
		return fault.In("until", "The leave ends on %s, before it begins. Choose a later end.", h.Until)
	case !most.IsZero() && h.Until.After(most.AddTo(h.From)):
		return fault.In("until", "The protocol allows a leave of %s, to %s at the latest. Choose an earlier end.", most,
			most.AddTo(h.From))
	}
	reason, problem := CheckReason("reason", "The reason", h.Reason)
	if problem != nil {
		return problem
	}
	begin := midnight(h.From, loc)
	switch {
	case !begin.After(b.Now):
		begin = b.Now
		err = e.become(OnHold)
	case e.State != Active || e.Leave != nil:
		err = fault.New(fault.Closed,
			"This enrollment is %s, so no leave can be planned ahead. End the other leave first.", e.State.inWords())
	}
	if err != nil {
		return err
	}
	b.leave(r, e, &Leave{
		From: begin, Until: midnight(h.Until, loc), Since: h.From, Last: h.Until,
		Released: h.Release || r.Definition.Hold.Seat == "release",
	})
	e.forget(FactAway, h.From.String())
	e.record(Fact{Kind: FactAway, What: h.From.String(), Date: h.Until, At: b.Now, Reason: reason})
	b.note("enrollment.hold", e.ID, e.Person)
	return b.recompute()
}

// leave lets a leave begin.
func (b *Book) leave(r *Roster, e *Enrollment, l *Leave) {
	e.Leave = l
	if !l.Released {
		b.say(e.Person, "Is on hold until %s; the seat is kept, and what falls into the leave is owed.", l.Last)
		return
	}
	for _, p := range b.heldSeats(e.ID) {
		if !p.seat.State.Occupies() || !p.session.Start.After(b.Now) || p.session.Start.Before(l.From) {
			continue
		}
		if l.covers(p.session) {
			e.record(Fact{Kind: FactPassed, What: p.session.Position, Date: p.session.Wall.Date, At: b.Now})
		}
		b.giveUp(e, p)
	}
	b.say(e.Person, "Is on hold until %s; the seat is given up.", l.Last)
}

// midnight is the instant at which a local date begins.
func midnight(d civil.Date, loc *time.Location) time.Time {
	return civil.Resolve(civil.WallTime{Date: d}, loc).Instant
}

// Resume ends a leave, also one that has not begun, or starts offers again that
// were stopped. Closed when the person is not on hold; NotFound when
// there is no such enrollment.
func (b *Book) Resume(enrollment ID) error {
	r, e := b.withEnrollment(enrollment)
	if e == nil {
		return noEnrollment()
	}
	switch {
	case e.OffersStopped():
		return b.OfferAgain(enrollment)
	case e.State != OnHold && e.Leave == nil:
		return fault.New(fault.Closed, "This person is not on hold: the enrollment is %s.", e.State.inWords())
	}
	if e.State == Active { // the leave has not begun
		e.Leave = nil
		b.say(e.Person, "Does not go on leave after all.")
	} else {
		b.resume(r, e)
	}
	b.note("enrollment.resume", e.ID, e.Person)
	return b.recompute()
}

// EndLeave is Resume of somebody who is on a leave, or will be. Closed when they have none.
func (b *Book) EndLeave(enrollment ID) error {
	if _, e := b.withEnrollment(enrollment); e != nil && e.Leave == nil {
		return fault.New(fault.Closed, "This person is not on hold: the enrollment is %s.", e.State.inWords())
	}
	return b.Resume(enrollment)
}

// endLeaves begins every leave whose first day has come and ends those whose time
// is over; staff get a task.
func (b *Book) endLeaves() {
	for _, r := range b.Rosters {
		for _, e := range r.living() {
			if e.State == Active && e.Leave != nil && !e.Leave.From.After(b.Now) {
				e.State = OnHold
			}
			if e.State == OnHold && e.Leave != nil && !e.Leave.Until.After(b.Now) {
				b.ask(r, e, AboutHoldEnded, string(e.ID)+e.Leave.Last.String())
				b.resume(r, e)
			}
		}
	}
}

// resume brings somebody back from a leave: to the seat that was kept, or to
// the next session when one is free for the rest of the stay; else they are
// first in the waitlist. Entry rules do not apply. A stay counted in weeks goes on
// where it was: the weeks that were served count, those of waiting do not. Who
// needs nothing more has no use for a seat.
func (b *Book) resume(r *Roster, e *Enrollment) {
	was := e.Leave
	e.Leave = nil
	if was != nil && r.Definition.Hold.PausesClock {
		e.PausedDays += was.Since.DaysUntil(civil.WallOf(b.Now, b.zone(r.Cohort.Zone)).Date)
	}
	e.State = Active
	if was == nil || !was.Released {
		b.say(e.Person, "Is back from the leave.")
		return
	}
	e.EntryMode = ModeResume
	next := b.nextWanted(r, e)
	if next == nil {
		b.say(e.Person, "Is back from the leave; no seat is needed any more.")
		return
	}
	if at, ok := b.beginsAt(r, e, next); ok {
		first := e.Entry
		b.seat(r, e, at)
		e.Entry = first
		b.say(e.Person, "Is back from the leave; a seat is free from %s on.", at.entry.Wall.Date)
		return
	}
	e.PausedDays = -b.servedIn(r, e, b.Now)
	e.State, e.Entry, e.Front = Waiting, "", true
	b.say(e.Person, "Is back from the leave; the seat is gone, so they are first in the waitlist.")
}

// nextWanted is the next session that the enrollment has a use for, full or not.
func (b *Book) nextWanted(r *Roster, e *Enrollment) *Session {
	for _, s := range r.upcoming(b.Now) {
		if !s.Main {
			continue
		}
		if stay, _ := b.stay(r, e, s); len(stay) > 0 && stay[0] == s {
			return s
		}
	}
	return nil
}
