package web_test

import (
	"context"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// assessments are one of each state.
func (s *shelf) assessments() []reads.AssessmentRow {
	if s.cohort.Cohort.ID == "" || len(s.cohort.Enrollments) == 0 {
		return nil
	}
	day := func(month time.Month, day int) civil.Date { return civil.Date{Year: 2026, Month: month, Day: day} }
	row := func(id, window, title string, opens, target, closes civil.Date) reads.AssessmentRow {
		return reads.AssessmentRow{Cohort: s.cohort.Cohort.ID, CohortName: s.cohort.Cohort.Name,
			Assessment: scheduler.Assessment{ID: scheduler.ID(id), Window: window, Title: title, Opens: opens,
				Target: target, Closes: closes, Person: s.cohort.Enrollments[0].Person,
				Enrollment: s.cohort.Enrollments[0].ID}}
	}
	all := []reads.AssessmentRow{
		row("a111111111111", "baseline", "Baseline", day(1, 6), day(1, 13), day(1, 20)),
		row("a222222222222", "post", "After treatment", day(2, 20), day(3, 3), day(3, 17)),
		row("a333333333333", "fu3m", "3 months", day(2, 27), day(6, 3), day(6, 17)),
		row("a444444444444", "fu16", "16 weeks", day(5, 1), day(5, 8), day(5, 29)),
		row("a555555555555", "consent", "Intake talk", day(1, 6), civil.Date{}, civil.Date{}),
		row("a666666666666", "week8", "8 weeks", day(1, 6), day(1, 13), day(1, 20)),
	}
	all[0].Outcome, all[0].Date, all[0].Mode, all[0].By = scheduler.AssessmentDone, day(1, 21), "phone", "staff:s"
	all[5].Outcome, all[5].Date = scheduler.AssessmentRefused, day(1, 19)
	for i := range all {
		all[i].State = all[i].StateOn(day(3, 6))
	}
	return all
}

func (s *shelf) Assessments(_ context.Context, _ access.Actor, _ scheduler.ID,
	q reads.AssessmentQuery) (reads.AssessmentPage, error) {
	page := reads.AssessmentPage{Today: civil.Date{Year: 2026, Month: 3, Day: 6}}
	for _, r := range s.assessments() {
		if (q.ID == "" || q.ID == r.ID) && (q.Enrollment == "" || q.Enrollment == r.Enrollment) {
			page.Rows = append(page.Rows, r)
		}
	}
	if q.Show == reads.AssessmentsToDo && len(page.Rows) > 0 {
		page.Next = reads.Cursor{At: beforeSpring, ID: "a666666666666"}
	}
	return page, s.trouble
}

func (s *shelf) AssessmentTarget(context.Context, access.Actor, scheduler.ID, scheduler.ID) (scheduler.ID, string,
	error) {
	if len(s.cohort.Enrollments) == 0 {
		return "", "", s.trouble
	}
	return s.cohort.Enrollments[0].ID, "baseline", s.trouble
}

func (s *shelf) ExportAssessments(_ context.Context, _ access.Actor, _ scheduler.ID,
	each func(reads.AssessmentRow) error) error {
	for _, r := range s.assessments() {
		if err := each(r); err != nil {
			return err
		}
	}
	return s.trouble
}
