package scheduler

import (
	"almanac/protocols"
	"almanac/scheduler/fault"
)

// Holding is what is asked for when somebody is away for a while.
type Holding struct {
	Person, Cohort ID
	Until          protocols.Date // the leave ends at 00:00 local; zero: the longest that the protocol allows
	Release        bool           // give the seat up
}

// Hold puts an enrollment on hold (rule R11): it covers the sessions that start
// from now to the end of the leave. The seats are kept and excused, or given
// up; what they held is owed. Invalid when the end has passed or the leave is
// longer than the protocol allows; Closed when the person has no seats.
func (l *Ledger) Hold(h Holding) error {
	r, e, err := l.enrolled(h.Person, h.Cohort)
	if err != nil {
		return err
	}
	loc, err := l.book.Zones.Location(r.Cohort.Zone)
	if err != nil {
		return err
	}
	today, most := protocols.WallOf(l.book.Now, loc).Date, r.Definition.Absence.HoldMax
	switch {
	case h.Until.IsZero() && most.IsZero():
		return fault.In("until", "A leave needs its end, a date written like 2026-03-01.")
	case h.Until.IsZero():
		h.Until = most.AddTo(today)
	case !h.Until.After(today):
		return fault.In("until", "The leave ends on %s, which has come already. Choose a later date.", h.Until)
	case !most.IsZero() && h.Until.After(most.AddTo(today)):
		return fault.In("until", "The protocol allows a leave of %s, to %s at the latest. Choose an earlier end.", most, most.AddTo(today))
	}
	if err := e.become(OnHold); err != nil {
		return err
	}
	c := l.course(e)
	c.leave = &leave{from: l.book.Now, until: midnight(h.Until, loc), since: today, last: h.Until,
		released: h.Release || r.Definition.Hold.Seat == "release"}
	if c.leave.released {
		for _, p := range l.places(e.ID) {
			if p.seat.State.Occupies() && c.leave.covers(p.session) {
				c.passed[p.session.Position] = true
			}
		}
		l.release(e)
		l.say(e.Person, "Is on hold until %s; the seat is given up.", h.Until)
	} else {
		l.say(e.Person, "Is on hold until %s; the seat is kept, and what falls into the leave is owed.", h.Until)
	}
	return l.recompute()
}

// Resume ends a leave. Closed when the person is not on hold.
func (l *Ledger) Resume(person, cohort ID) error {
	r, e, err := l.enrolled(person, cohort)
	if err != nil {
		return err
	}
	if e.State != OnHold {
		return fault.New(fault.Closed, "This person is not on hold: the enrollment is %s.", e.State)
	}
	l.resume(r, e)
	return l.recompute()
}

// endLeaves ends every leave whose time is over; staff get a task.
func (l *Ledger) endLeaves() {
	for _, r := range l.book.Rosters {
		for _, e := range r.Enrollments {
			if c := l.course(e); c.leave != nil && !c.leave.until.After(l.book.Now) {
				l.ask(e.Person, AboutHoldEnded, string(e.ID)+c.leave.last.String())
				l.resume(r, e)
			}
		}
	}
}

// resume brings somebody back from a leave: to the seat that was kept, or to
// the next session when one is free for the rest of the stay; else they are
// first in the waitlist. Entry rules do not apply.
func (l *Ledger) resume(r *Roster, e *Enrollment) {
	c := l.course(e)
	was := c.leave
	c.leave = nil
	if loc, err := l.book.Zones.Location(r.Cohort.Zone); err == nil && r.Definition.Hold.PausesClock {
		c.pausedFor += was.since.DaysUntil(protocols.WallOf(l.book.Now, loc).Date)
	}
	e.State = Active
	if !was.released {
		l.say(e.Person, "Is back from the leave.")
		return
	}
	c.way = wayResume
	first := e.Entry
	for at := range l.beginnings(r, e) {
		if later := r.upcomingWanted(l, e); later == at.entry {
			l.seat(r, e, at)
			e.Entry = first
			l.say(e.Person, "Is back from the leave; a seat is free from %s on.", at.entry.Wall.Date)
			return
		}
		break
	}
	e.State, e.Entry, c.front = Waiting, "", true
	l.say(e.Person, "Is back from the leave; the seat is gone, so they are first in the waitlist.")
}

// upcomingWanted is the next session that the enrollment has a use for, full or not.
func (r *Roster) upcomingWanted(l *Ledger, e *Enrollment) *Session {
	for _, s := range r.upcoming(l.book.Now) {
		if !s.Main {
			continue
		}
		if stay, _ := l.stay(r, e, s); len(stay) > 0 && stay[0] == s {
			return s
		}
	}
	return nil
}
