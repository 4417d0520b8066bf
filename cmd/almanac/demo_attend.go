package main

import (
	"context"

	"almanac/scheduler"
	"almanac/scheduler/access"
)

// asks enrolls people who have not been to the orientation yet.
func (s *sample) asks(c *sampleCohort, people int) func(context.Context) error {
	return func(ctx context.Context) error {
		c.oriented = false
		return s.enrolls(c, people)(ctx)
	}
}

// attend takes the attendance of every session that is over, but for those of
// the last day: staff have not come to these yet.
func (s *sample) attend(ctx context.Context) error {
	open, err := s.h.store.OpenCohorts(ctx, access.System("demo"))
	if err != nil {
		return err
	}
	for _, c := range open {
		if c.Clinic != s.clinic.ID {
			continue
		}
		look := scheduler.Change{Clinic: c.Clinic, Actor: access.Operator(string(c.Clinic)), Action: access.CohortView}
		book, err := s.h.store.Look(ctx, look, scheduler.Load{Cohorts: []scheduler.ID{c.Cohort}})
		if err != nil {
			return err
		}
		for n, session := range book.Unconfirmed(c.Cohort) {
			if session.End.Add(scheduler.AttendanceDue).After(s.clock.now()) {
				continue
			}
			marks := sampleMarks(book.Roster(c.Cohort), session, n)
			if err := s.h.desk.Confirm(ctx, request(s.clinic), scheduler.TakeAttendance(session.ID, marks...)); err != nil {
				return err
			}
		}
	}
	return s.h.upkeep(ctx, s.h.store.OpenCohorts)
}

// sampleMarks lets most people come, as it is.
func sampleMarks(r *scheduler.Roster, session *scheduler.Session, n int) []scheduler.Mark {
	var marks []scheduler.Mark
	for i, e := range r.Enrollments {
		mark := scheduler.Mark{Person: e.Person, State: scheduler.SeatPresent}
		switch (7*session.Counter + 5*i + n) % 13 {
		case 3:
			mark.State = scheduler.SeatMissed
		case 6:
			mark.State, mark.NoticeHours = scheduler.SeatExcused, 24
		case 9:
			mark.State = scheduler.SeatLate
		case 11:
			mark.State, mark.Minutes = scheduler.SeatPartial, session.Minutes-30
		}
		if r.Expects(e, session) {
			marks = append(marks, mark)
		}
	}
	return marks
}
