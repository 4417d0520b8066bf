package scheduler

import (
	"almanac/protocols"
	"almanac/protocols/civil"
)

// absences is what counts of one person towards the limits of a protocol.
type absences struct {
	row    int        // misses one after the other, up to now
	misses []*Session // all of them, in order of start
	months map[string]*month
}

// month is one month of a person's sessions.
type month struct {
	attended, known int
	// awaited: of a session of the last day nobody has said yet who came.
	awaited bool
}

// unbroken lists an enrollment and those before it from which its person went on
// without a gap: from another cohort or another phase. Anyone who left and came back
// begins to count anew.
func (b *Book) unbroken(e *Enrollment) []ID {
	ids := []ID{e.ID}
	for e.Continues != "" {
		_, before := b.withEnrollment(e.Continues)
		if before == nil || !before.EndedAt.Equal(e.RequestedAt) {
			break
		}
		ids, e = append(ids, before.ID), before
	}
	return ids
}

// lastOf is the enrollment in which the person of another one is now, as far as
// the book holds those that continue it without a gap.
func (b *Book) lastOf(e *Enrollment) *Enrollment {
	for _, r := range b.Rosters {
		for _, next := range r.Enrollments {
			if next.Continues == e.ID && e.EndedAt.Equal(next.RequestedAt) {
				return b.lastOf(next)
			}
		}
	}
	return e
}

// countAbsences gives staff a task for every limit of absences that was reached
// (rule R10), each once. Nobody is discharged by it. What is excused or cancelled
// does not count; what is not known is neither attended nor missed, and ends a
// row of misses. About who has left nothing is asked. After a mark the tasks whose
// limit it took away are closed; the seat is the one that was marked, empty: none.
func (b *Book) countAbsences(e *Enrollment, marked ID) {
	r, _ := b.withEnrollment(e.ID)
	if r == nil || r.Definition == nil || marked == "" && !e.State.Live() {
		return
	}
	rule, line := r.Definition.Absence, b.unbroken(e)
	count := absences{months: map[string]*month{}}
	for _, p := range b.heldSeats(line...) {
		if p.session.Start.After(b.Now) {
			continue
		}
		missed := p.session.Live() && p.seat.State != SeatExcused && count.add(p, b)
		switch reached := missed && count.reach(rule, p.session); {
		case reached && e.State.Live():
			if b.ask(r, e, AboutAbsence, string(p.seat.ID)) {
				b.say(e.Person, "Reaches a limit of absences on %s; staff are asked to look, and nothing else happens.",
					p.session.Wall.Date)
			}
		case !reached && marked != "" && (missed || p.seat.ID == marked):
			b.closeAbsenceTask(string(p.seat.ID))
		}
	}
	b.countMonths(r, e, line[len(line)-1], count.months, marked != "")
}

// closeAbsenceTask closes the task about a limit that is not reached any more.
func (b *Book) closeAbsenceTask(natural string) {
	b.closeTask(LookTask, AboutAbsence+":"+natural, ClosedByCorrection)
}

// reach tells whether the miss of a session, the last that was counted, reaches a
// limit.
func (a *absences) reach(rule protocols.Absence, last *Session) bool {
	within := 0
	for _, m := range a.misses {
		if rule.Within.IsZero() || rule.Within.AddTo(m.Wall.Date).After(last.Wall.Date) {
			within++
		}
	}
	return rule.Consecutive > 0 && a.row == rule.Consecutive || rule.Misses > 0 && within == rule.Misses
}

// add counts one session that has begun, and tells whether it was missed.
func (a *absences) add(p heldSeat, b *Book) bool {
	name := monthOf(p.session.Wall.Date)
	in := a.months[name]
	if in == nil {
		in = &month{}
		a.months[name] = in
	}
	if p.seat.State == SeatPlanned && !b.trusting {
		a.row = 0
		in.awaited = in.awaited || b.Now.Before(p.session.End.Add(AttendanceDue))
		return false
	}
	in.known++
	if p.seat.State != SeatMissed {
		in.attended++
		a.row = 0
		return false
	}
	a.row++
	a.misses = append(a.misses, p.session)
	return true
}

// countMonths gives staff a task for each month that is over and in which less was
// attended than the protocol asks for. It is known by the first enrollment of the
// line, so that going on elsewhere asks nothing twice. After a mark the tasks of the
// other months are closed, unless the enrollment ends here: anyone who went on elsewhere
// may have missed the rest of the month there.
func (b *Book) countMonths(r *Roster, e *Enrollment, first ID, months map[string]*month, marked bool) {
	if r.Definition.Absence.Percent == 0 {
		return
	}
	present := monthOf(civil.WallOf(b.Now, b.zone(r.Cohort.Zone)).Date)
	for name, in := range months {
		switch low := name < present && !in.awaited && 100*in.attended < r.Definition.Absence.Percent*in.known; {
		case !e.State.Live():
		case low:
			b.ask(r, e, AboutAbsence, string(first)+name)
		case marked:
			b.closeAbsenceTask(string(first) + name)
		}
	}
}

// monthOf is the month of a date, as "2026-01".
func monthOf(d civil.Date) string { return d.String()[:len("2026-01")] }

// askAbsences looks at the absences of everybody: a month ends by the clock alone.
func (b *Book) askAbsences(r *Roster) {
	for _, e := range r.Enrollments {
		b.countAbsences(e, "")
	}
}
