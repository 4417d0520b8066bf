package scheduler

import (
	"fmt"
	"slices"

	"almanac/protocols"
	"almanac/scheduler/fault"
)

// series is a cohort that runs one phase of a protocol without end.
type series struct {
	phase  string
	cohort ID
}

// Runs says that a cohort is the running series of a phase. People go from one
// series to the one registered next when they have served its weeks; they keep
// one itinerary. Conflict when the phase has a series already.
func (l *Ledger) Runs(cohort ID, phase string) error {
	if slices.ContainsFunc(l.phases, func(s series) bool { return s.phase == phase }) {
		return fault.New(fault.Conflict, "The phase %q has a running series already. Give each phase one.", phase)
	}
	l.phases = append(l.phases, series{phase, cohort})
	return nil
}

// next is the series after a cohort's, nil when it is the last or none.
func (l *Ledger) next(cohort ID) *Roster {
	i := slices.IndexFunc(l.phases, func(s series) bool { return s.cohort == cohort })
	if i < 0 || i+1 == len(l.phases) {
		return nil
	}
	return l.book.Roster(l.phases[i+1].cohort)
}

// Advance moves somebody to the running series of another phase before they
// have served their weeks. When it has no seat they stay where they are and
// staff get a task. Invalid without a reason or for an unknown phase; Closed
// when the person has no seats.
func (l *Ledger) Advance(person, cohort ID, phase, reason string) error {
	_, e, err := l.enrolled(person, cohort)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(l.phases, func(s series) bool { return s.phase == phase })
	switch {
	case reason == "":
		return fault.In("reason", "Advancing needs a reason, so that others can follow it.")
	case i < 0:
		return fault.In("phase", "No cohort runs the phase %q. Give one of the cohorts that phase.", phase)
	case e.State != Active:
		return fault.New(fault.Closed, "This enrollment is %s. Only somebody who is active can advance.", e.State)
	}
	to := l.book.Roster(l.phases[i].cohort)
	if to.Enrollment(e.ID) != nil {
		return fault.In("phase", "The person is in the phase %q already. Choose another one.", phase)
	}
	l.say(person, "Is to advance to the phase %q: %s.", phase, reason)
	if !l.advance(e, to, protocols.Date{}) {
		l.ask(person, AboutPhaseFull, fmt.Sprint(e.ID, phase))
	}
	return l.recompute()
}

// advance moves an enrollment to the next phase, from a local date on when one
// is given; false when that has no seat inside the seat horizon, or none within
// a week of the date. Then nothing has changed.
func (l *Ledger) advance(e *Enrollment, to *Roster, from protocols.Date) bool {
	var kept []*Seat
	for _, p := range l.places(e.ID) {
		if p.seat.State.Occupies() && p.session.Start.After(l.book.Now) {
			kept = append(kept, p.seat)
			p.seat.State = SeatReleased
		}
	}
	to.Cohort.QueueCounter++
	moved := &Enrollment{
		ID: enrollmentID(to.Cohort.ID, to.Cohort.QueueCounter), Person: e.Person, QueueNo: to.Cohort.QueueCounter,
		Priority: e.Priority, RequestedAt: l.book.Now, State: Active, Earliest: from,
	}
	c := l.course(moved)
	c.continues, c.inPhase, c.welcomed, c.way = e.ID, true, true, wayResume
	if to.Definition.Entry.Type == protocols.EntryModuleStart {
		c.way = wayModule
	}
	for at := range l.beginnings(to, moved) {
		soon := from.IsZero() || c.way == wayModule || at.entry.Wall.Date.Before(from.AddDays(7))
		if !soon || at.entry.Start.Sub(l.book.Now) > to.seatHorizon() {
			break
		}
		to.Enrollments = append(to.Enrollments, moved)
		l.seat(to, moved, at)
		e.State, e.EndedAt = Completed, l.book.Now
		l.courses[e.ID].movedOn = true
		l.say(e.Person, "Moves to the next phase, from %s on.", at.entry.Wall.Date)
		return true
	}
	to.Cohort.QueueCounter--
	delete(l.courses, moved.ID)
	for _, seat := range kept {
		seat.State = SeatPlanned
	}
	l.say(e.Person, "The next phase has no free seat, so they stay where they are.")
	return false
}

// serve moves somebody whose weeks in a phase are over to the next one, or lets
// them stay for another week; false when there is no next phase.
func (l *Ledger) serve(r *Roster, e *Enrollment) bool {
	to := l.next(r.Cohort.ID)
	if to == nil {
		return false
	}
	it := r.itinerary(r.Session(e.Entry))
	it.longer = l.course(e).pausedFor
	from := it.endOfWeeks()
	if loc, err := l.book.Zones.Location(r.Cohort.Zone); err == nil {
		if today := protocols.WallOf(l.book.Now, loc).Date; today.After(from) {
			from = today // back from a leave
		}
	}
	if !l.advance(e, to, from) {
		l.courses[e.ID].pausedFor += 7
		l.ask(e.Person, AboutPhaseFull, fmt.Sprint(e.ID, to.Cohort.ID))
		l.replan(r, e)
	}
	return true
}
