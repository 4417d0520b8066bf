package scheduler

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/protocols"
	"almanac/scheduler/fault"
)

// Mark is what was noted about one person in one session.
type Mark struct {
	Person      ID
	State       SeatState // present, late, partial, excused or missed; planned takes a mark back
	Minutes     int       // there, with partial
	NoticeHours int       // with excused: how long before word was given
	Missed      []string  // segments that were left out, by id
}

// Attendance takes the attendance of a session that has begun, of some or all
// of its people in one go (rule R9). A later call corrects an earlier one; both
// stay in the history. Closed for a session that has not begun or is cancelled;
// NotFound when there is no such session; Invalid for a mark that cannot be, or of
// somebody without a seat, with every problem at once, each in a field that says of
// which mark and what of it, as marks[2].partial; then nothing is noted.
func (b *Book) Attendance(session ID, marks ...Mark) error {
	r, s := b.withSession(session)
	switch {
	case s == nil:
		return noSession()
	case !s.Live():
		return fault.New(fault.Closed, "The session of %s is cancelled, so nobody can have attended it.", s.Wall)
	case s.Start.After(b.Now):
		return fault.New(fault.Closed,
			"The session of %s has not begun, so nobody can have attended it yet. Take attendance after its start.",
			s.Wall)
	}
	var problems []error
	seats := make([]*Seat, len(marks))
	for i := range marks {
		seats[i] = r.seatTaken(s.ID, marks[i].Person)
		if err := r.check(s, seats[i], &marks[i]); err != nil {
			problems = append(problems, atMark(i, err))
		}
		if slices.ContainsFunc(marks[:i], func(m Mark) bool { return m.Person == marks[i].Person }) {
			problems = append(problems,
				atMark(i, fault.In("person", "A person is named twice. Name each person once.")))
		}
	}
	if len(problems) > 0 {
		return errors.Join(problems...)
	}
	for i, mark := range marks {
		b.mark(s, seats[i], mark)
	}
	b.meet(r, s)
	b.note("session.attendance", s.ID)
	return b.recompute()
}

// atMark says which mark a problem is about, counted from 0.
func atMark(i int, problem error) error {
	var f *fault.Error
	if !errors.As(problem, &f) {
		return problem
	}
	return f.In(fmt.Sprintf("marks[%d].%s", i, cmp.Or(f.Field, "person")))
}

// seatTaken finds the occupied seat of a person in a session, nil when there is none.
func (r *Roster) seatTaken(session, person ID) *Seat {
	for _, seat := range r.seatsIn(session) {
		if seat.Person == person && seat.State.Occupies() {
			return seat
		}
	}
	return nil
}

// Expects tells whether somebody of the roster owns a seat in a session.
func (r *Roster) Expects(e *Enrollment, s *Session) bool { return r.seatTaken(s.ID, e.Person) != nil }

// check refuses a mark that cannot be, and sets its state by the segments
// that were left out: one that the protocol requires makes it an absence, an
// optional one does not.
func (r *Roster) check(s *Session, seat *Seat, m *Mark) error {
	states := []SeatState{SeatPresent, SeatLate, SeatPartial, SeatExcused, SeatMissed, SeatPlanned}
	switch {
	case seat == nil:
		return fault.In("person", "This person has no seat in the session of %s. Leave them out.", s.Wall)
	case !slices.Contains(states, m.State):
		return fault.In("state", "Attendance is present, late, partial, excused or missed. Choose one of them.")
	case m.State == SeatPartial && (m.Minutes < 0 || m.Minutes > s.Minutes):
		return fault.In("partial", "This session takes %d minutes. Give a number from 0 to that.", s.Minutes)
	case m.NoticeHours < 0:
		return fault.In("excused", "Hours of notice cannot be negative. Give a number from 0 on.")
	}
	segments := r.segments(s)
	for _, id := range m.Missed {
		i := slices.IndexFunc(segments, func(g protocols.Segment) bool { return g.ID == id })
		if i < 0 && slices.Contains(strings.Split(seat.Missed, ","), id) {
			continue // noted before, under a version of the protocol that had it
		}
		if i < 0 {
			return fault.In("segments", "The session of %s has no segment %q. Name one of its segments.", s.Wall, id)
		}
		if segments[i].Required && (m.State == SeatPresent || m.State == SeatLate) {
			m.State = SeatMissed
		}
	}
	return nil
}

// segments lists the parts of a session as the protocol has them.
func (r *Roster) segments(s *Session) []protocols.Segment {
	for _, phase := range r.Definition.Phases {
		if phase.ID == s.Phase && phase.Session != nil {
			return phase.Session.Segments
		}
	}
	return r.Definition.Session.Segments
}

// Segments lists the parts of a session as the protocol has them; empty: it has
// one part.
func (r *Roster) Segments(s *Session) []protocols.Segment { return slices.Clone(r.segments(s)) }

// mark notes one mark.
func (b *Book) mark(s *Session, seat *Seat, m Mark) {
	was := AttendanceEntry{State: seat.State, Attendance: seat.Attendance}
	seat.State = m.State
	seat.Attendance = Attendance{Missed: strings.Join(m.Missed, ",")}
	if m.State == SeatPartial {
		seat.Minutes = m.Minutes
	}
	if m.State == SeatExcused {
		seat.NoticeHours = m.NoticeHours
	}
	if was.State == seat.State && was.Attendance == seat.Attendance {
		return
	}
	if b.corrected == nil {
		b.corrected = map[ID]bool{}
	}
	b.corrected[seat.Person] = true
	b.AttendanceTaken = append(b.AttendanceTaken,
		AttendanceEntry{Seat: seat.ID, State: seat.State, Attendance: seat.Attendance, At: b.Now})
	b.say(seat.Person, "Is noted as %s on %s (%s).", m.State, s.Wall.Date, s.Position)
	if _, e := b.withEnrollment(seat.Enrollment); e != nil {
		b.countAbsences(b.lastOf(e), seat.ID)
		b.reachOut(b.lastOf(e), seat.ID)
	}
}

// meet writes down that a session has met, once it is over and of everybody in
// it is known whether they came; a mark that is taken back takes that back too.
func (b *Book) meet(r *Roster, s *Session) {
	taken := slices.ContainsFunc(r.seatsIn(s.ID), func(seat *Seat) bool { return seat.State.Occupies() })
	switch unconfirmed := r.unconfirmed(s); {
	case s.State == SessionMet && unconfirmed:
		s.State = SessionPlanned
	case s.State == SessionPlanned && s.Past(b.Now) && taken && !unconfirmed:
		s.State = SessionMet
		b.ClosedTasks = append(b.ClosedTasks, ClosedTask{b.attendanceTask(r, s).ID, ClosedByAttendance})
	}
}

// unconfirmed tells whether somebody's attendance of a session is not known.
func (r *Roster) unconfirmed(s *Session) bool {
	return slices.ContainsFunc(r.seatsIn(s.ID), func(seat *Seat) bool { return seat.State == SeatPlanned })
}

// Unconfirmed lists the sessions that are over and of which somebody's
// attendance is not known, in order of start.
func (b *Book) Unconfirmed(cohort ID) []*Session {
	r := b.Roster(cohort)
	if r == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.Sessions), func(s *Session) bool {
		return !s.Live() || !s.Past(b.Now) || !r.unconfirmed(s)
	})
}

// AttendanceDue is how long after a session its attendance should be known.
const AttendanceDue = 24 * time.Hour

// AttendanceLooksBack is how long after a session staff are asked for its attendance.
const AttendanceLooksBack = 28 * 24 * time.Hour

// askAttendance gives staff a task for each session of the last weeks that is
// over and of which somebody's attendance is not known.
func (b *Book) askAttendance(r *Roster) {
	for _, s := range r.Sessions {
		if !s.Live() || !s.Past(b.Now) || !s.End.After(b.Now.Add(-AttendanceLooksBack)) {
			continue
		}
		b.meet(r, s)
		if r.unconfirmed(s) {
			b.addTask(b.attendanceTask(r, s), string(s.ID))
		}
	}
}

// askAgain asks staff, every week, who came to a session without which a stay cannot
// end: a task that was ticked off without an answer comes back then.
func (b *Book) askAgain(r *Roster, s *Session) {
	const week = 7 * 24 * time.Hour
	weeks := b.Now.Sub(s.End) / week * week
	if weeks == 0 {
		return // the first task stands
	}
	task := b.attendanceTask(r, s)
	task.Due, task.Again = s.End.Add(weeks), true
	if i := slices.IndexFunc(b.Tasks, func(other Task) bool { return other.ID == task.ID }); i >= 0 {
		b.Tasks[i] = task
	} else {
		b.Tasks = append(b.Tasks, task)
	}
}

// attendanceTask asks staff who came to a session.
func (b *Book) attendanceTask(r *Roster, s *Session) Task {
	return NewTask(b.Clinic.ID, Task{
		Kind: LookTask, About: AboutAttendance, Cohort: r.Cohort.ID, Session: s.ID, Due: s.End.Add(AttendanceDue),
	}, string(s.ID), b.Now)
}
