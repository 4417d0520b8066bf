package web_test

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

func (s *shelf) TaskPage(ctx context.Context, a access.Actor, clinic scheduler.ID,
	_ reads.TaskQuery) (reads.TaskPage, error) {
	counts, err := s.CountTasks(ctx, a, clinic)
	page := reads.TaskPage{Calls: reads.CallsOf(s.tasks), Counts: counts}
	for i := range page.Calls {
		page.Calls[i].Zone, page.Calls[i].Language, page.Calls[i].Version = "America/Chicago", "en", "v1"
		if i%2 == 1 {
			page.Calls[i].Zone, page.Calls[i].Language = "America/Bogota", "es"
		}
	}
	return page, err
}

func (s *shelf) RecordCall(_ context.Context, _ access.Actor, _, _ scheduler.ID,
	q desk.CallChange) (desk.CallRecorded, error) {
	switch {
	case q.Version == "v0":
		return desk.CallRecorded{}, fault.New(fault.Stale,
			"What there is to say has changed since this page was shown. Look at it again before you tell them.")
	case q.Outcome != scheduler.CallReached && !q.Again.After(beforeSpring):
		return desk.CallRecorded{}, fault.In("again", "This time is over. Choose a later one for the next try.")
	}
	return desk.CallRecorded{}, s.trouble
}

func (s *shelf) CountTasks(context.Context, access.Actor, scheduler.ID) (reads.TaskCounts, error) {
	counts := reads.TaskCounts{Open: len(s.tasks), ByCohort: map[scheduler.ID]int{}}
	for _, task := range s.tasks {
		counts.ByCohort[task.Cohort]++
	}
	return counts, s.trouble
}

func (s *shelf) CohortPage(_ context.Context, _ access.Actor, _ scheduler.ID,
	q reads.CohortQuery) (page reads.CohortPage, err error) {
	for _, row := range s.rows {
		ended := row.State == scheduler.CohortEnded
		if ended {
			page.Ended++
		} else {
			page.Open++
			page.Rolling += map[bool]int{true: 1}[row.Rolling]
		}
		if ended == q.Ended && strings.Contains(strings.ToLower(row.Name), strings.ToLower(q.Search)) {
			page.Rows = append(page.Rows, row)
		}
	}
	page.Closed, page.Found = page.Open-page.Rolling, len(page.Rows)
	return page, s.trouble
}

// Intake reads from the book what the store reads from its rows.
func (s *shelf) Intake(ctx context.Context, _ access.Actor, _ scheduler.ID,
	q reads.IntakeQuery) (in reads.Intake, err error) {
	book, err := s.Look(ctx, desk.Change{}, desk.Load{})
	if err != nil {
		return in, err
	}
	for _, r := range book.Rosters {
		cohort := reads.IntakeCohort{Cohort: r.Cohort.ID, Name: r.Cohort.Name, Zone: r.Cohort.Zone,
			Rolling: r.Cohort.Rolling, Capacity: r.Cohort.Capacity, Next: true}
		for i, e := range r.Enrollments {
			p := reads.IntakePerson{
				Enrollment: e.ID, Person: e.Person, Name: sampleNames[i%len(sampleNames)], State: e.State,
				CohortName:  r.Cohort.Name,
				Zone:        r.Cohort.Zone,
				RequestedAt: e.RequestedAt, Ends: book.OfferEnds(e.ID), Position: r.WaitlistPosition(e),
			}
			switch e.State {
			case scheduler.Offered:
				p.Entry = r.Session(e.Entry).Wall.Date
			case scheduler.Pending:
				p.Undone = r.Undone(e)
			case scheduler.Waiting:
				cohort.Waiting++
			case scheduler.OnHold:
				if e.Leave != nil {
					p.Ends = e.Leave.Until
				}
			default:
				continue
			}
			in.People = append(in.People, p)
		}
		points := book.EntryPoints(r)
		points = slices.DeleteFunc(points,
			func(p scheduler.EntryPoint) bool { return !q.Fits(r.Session(p.Session).Wall) })
		for _, p := range points[:min(q.Entries, len(points))] {
			cohort.Entries = append(cohort.Entries,
				reads.Opening{Position: p.Position, Start: p.Start, Date: p.Date, Seats: p.Seats})
			cohort.Titles = append(cohort.Titles, titleIn(r, p.Position))
		}
		if len(cohort.Entries) > 0 || !q.Chooses() {
			in.Cohorts = append(in.Cohorts, cohort)
		}
	}
	slices.SortStableFunc(in.People, func(a, b reads.IntakePerson) int {
		if a.Ends.IsZero() != b.Ends.IsZero() { // what ends by itself comes first
			return b.Ends.Compare(a.Ends)
		}
		return cmp.Or(a.Ends.Compare(b.Ends), a.RequestedAt.Compare(b.RequestedAt))
	})
	in.PeopleOf, in.CohortsOf = len(in.People), len(in.Cohorts)
	return in, s.trouble
}

// titleIn is the title of a content of a roster.
func titleIn(r *scheduler.Roster, position string) string {
	for _, p := range r.Definition.Positions() {
		if p.ID == position {
			return p.Title
		}
	}
	return position
}

// CohortView gives all of the cohort: none on the shelf is so large that it comes in pages.
func (s *shelf) CohortView(ctx context.Context, a access.Actor, clinic, id scheduler.ID,
	_ reads.CohortPart) (reads.CohortView, error) {
	c, err := s.Cohort(ctx, a, clinic, id)
	view := reads.CohortView{Cohort: c}
	for _, e := range c.Enrollments {
		switch e.State {
		case scheduler.Waiting, scheduler.Pending:
			view.WaitOf++
		case scheduler.Completed, scheduler.Withdrawn:
			view.LeftOf++
		}
	}
	view.Enrollments = slices.Clone(c.Enrollments)
	for i, e := range view.Enrollments {
		if roster := s.book().Rosters[0]; access.Can(a, access.AttendanceView) {
			for _, seat := range roster.SeatsOf(e.ID) {
				session := roster.Session(seat.Session)
				view.Enrollments[i].Marks = append(view.Enrollments[i].Marks,
					reads.SeatMark{Start: session.Start, End: session.End, State: seat.State})
			}
		}
	}
	slices.SortStableFunc(view.Enrollments,
		func(a, b reads.Enrollment) int { return cmp.Compare(a.WaitlistPosition, b.WaitlistPosition) })
	return view, err
}

func (s *shelf) NextOpenings(context.Context, access.Actor, scheduler.ID,
	reads.OpeningsQuery) ([]reads.Opening, error) {
	return s.openings, s.trouble
}
