package main

import (
	"context"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
)

// asks enrolls people who have not been to the orientation yet.
func (s *sample) asks(c *sampleCohort, people int) func(context.Context) error {
	return func(ctx context.Context) error {
		c.oriented = false
		return s.enrolls(c, people)(ctx)
	}
}

// attend does the upkeep, which asks for attendance, and takes the attendance that
// is due; of long ago staff have done all other tasks, too.
func (s *sample) attend(ctx context.Context, longAgo bool) error {
	if err := s.h.upkeep(ctx, s.h.store.OpenCohorts); err != nil {
		return err
	}
	operator := access.Operator(string(s.clinic.ID))
	tasks, err := s.h.store.Tasks(ctx, operator, s.clinic.ID)
	if err != nil {
		return err
	}
	for n, task := range tasks {
		switch due := !task.Due.After(s.clock.now()); {
		case task.About == scheduler.AboutAttendance && due:
			err = s.takeAttendance(ctx, task.Task, n)
		case task.About != scheduler.AboutAttendance && longAgo:
			err = s.h.store.FinishTask(ctx, operator, s.clinic.ID, task.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *sample) takeAttendance(ctx context.Context, task scheduler.Task, n int) error {
	look := desk.Change{Clinic: s.clinic.ID, Actor: access.Operator(string(s.clinic.ID)), Action: access.CohortView}
	book, err := s.h.store.Look(ctx, look, desk.Load{Cohorts: []scheduler.ID{task.Cohort}})
	if err != nil {
		return err
	}
	r := book.Roster(task.Cohort)
	marks := sampleMarks(r, r.Session(task.Session), n)
	return s.h.desk.Confirm(ctx, request(s.clinic), desk.TakeAttendance(task.Session, marks...))
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
