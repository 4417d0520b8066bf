package scheduler

import (
	"slices"
	"time"

	"almanac/protocols/civil"
)

// AboutOutreach is a call to somebody who was absent twice in a row, or once in their first two weeks.
const AboutOutreach = "outreach"

// firstWeeks is for how many days from the entry on one absence is enough for a call.
const firstWeeks = 14

// ClosedByReturn closes the call to somebody who was absent after all only once, or not at all.
const ClosedByReturn = "rule:came-back"

// reachOut gives staff one call about a row of absences that asks for one: of two or more, or of one that begins in
// the first two weeks. Absent is who missed, or was excused other than by a leave; of a session that is over and of
// which nothing is known, nobody says so. It looks at the rows at a seat that has just changed, and closes the calls
// whose cause is gone.
func (b *Book) reachOut(e *Enrollment, changed ID) {
	r, _ := b.withEnrollment(e.ID)
	if r == nil || r.Definition == nil || !e.State.Live() {
		return
	}
	line := b.unbroken(e)
	early := b.firstDaysOf(line[len(line)-1])
	for _, row := range b.absenceRows(line, changed) {
		needed := len(row) > 1 && absent(row[1].seat)
		for _, p := range row {
			needed = needed || absent(p.seat) && early.Contains(p.session.Wall.Date)
		}
		for i, p := range row {
			if i > 0 || !needed {
				b.closeTask(CallTask, outreachKey(p.seat.ID), ClosedByReturn)
			}
		}
		if last := row[len(row)-1]; needed {
			b.addTask(Task{
				Kind: CallTask, About: AboutOutreach, Cohort: r.Cohort.ID, Person: e.Person, Enrollment: e.ID,
				Session: last.session.ID, Due: b.Now.Add(24 * time.Hour),
			}, outreachKey(row[0].seat.ID))
		}
	}
}

// absenceRows lists the rows of absences, in order of start, that hold a seat or stand next to it; the seat alone when
// it is none.
func (b *Book) absenceRows(line []ID, changed ID) [][]heldSeat {
	var rows [][]heldSeat
	touches, within := false, false // the last row; the seat before
	for _, p := range b.heldSeatsWith(b.excused, line...) {
		if !p.session.Live() || b.onLeave(line, p) {
			continue
		}
		is := p.seat.ID == changed
		switch {
		case !absent(p.seat) && is:
			rows = append(rows, []heldSeat{p})
			touches, within = true, false
		case !absent(p.seat):
			if within && !touches {
				rows = rows[:len(rows)-1]
			}
			touches, within = false, false
		case within:
			rows[len(rows)-1] = append(rows[len(rows)-1], p)
			touches = touches || is
		default:
			rows = append(rows, []heldSeat{p})
			touches, within = touches || is, true
		}
	}
	if within && !touches {
		rows = rows[:len(rows)-1]
	}
	return rows
}

func outreachKey(first ID) string { return AboutOutreach + ":" + string(first) }

// absent tells whether the person of a seat was absent, or has said that they will be.
func absent(seat *Seat) bool {
	return seat.State == SeatMissed || seat.State == SeatExcused || seat.State == SeatReleased
}

// firstDaysOf are the first two weeks of an enrollment as local dates; none before the entry.
func (b *Book) firstDaysOf(enrollment ID) civil.DateRange {
	r, e := b.withEnrollment(enrollment)
	if e == nil || r.Session(e.Entry) == nil {
		return civil.DateRange{}
	}
	entry := r.Session(e.Entry).Wall.Date
	return civil.DateRange{From: entry, To: entry.AddDays(firstWeeks - 1)}
}

// onLeave tells whether a seat is excused because of a leave, past or to come.
func (b *Book) onLeave(line []ID, p heldSeat) bool {
	if p.seat.State != SeatExcused {
		return false
	}
	return slices.ContainsFunc(line, func(id ID) bool {
		_, e := b.withEnrollment(id)
		return e != nil && slices.ContainsFunc(e.Facts, func(f Fact) bool {
			since, err := civil.ParseDate(f.What)
			date := p.session.Wall.Date
			return f.Kind == FactAway && err == nil && !date.Before(since) && date.Before(f.Date)
		})
	})
}
