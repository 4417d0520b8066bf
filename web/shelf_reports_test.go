package web_test

import (
	"context"
	"slices"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// ReportsFor leaves attendance to those who may see it.
func (s *shelf) ReportsFor(a access.Actor) []scheduler.ReportName {
	return slices.DeleteFunc(scheduler.ReportNames(), func(n scheduler.ReportName) bool {
		return n == scheduler.ReportAttendance && !access.Can(a, access.AttendanceView)
	})
}

// Report has numbers that grow from week to week; the first ones are not known.
func (s *shelf) Report(_ context.Context, _ access.Actor, _ scheduler.ID,
	q reads.ReportQuery) (r reads.Report, err error) {
	today := civil.DateOf(beforeSpring)
	r.Query = q
	if r.Query.ReportSpan, err = q.Resolve(today); err != nil {
		return r, err
	}
	if s.cohort.Cohort.ID != "" {
		r.Cohorts = []reads.ReportCohort{{ID: s.cohort.Cohort.ID, Name: s.cohort.Cohort.Name,
			Protocol: "more-telehealth", Start: today},
			{ID: clinicID, Name: s.cohort.Cohort.Name, Protocol: "mbsr", Start: today.AddDays(7)}}
	}
	for i, p := range r.Query.Before(today) {
		row := scheduler.ReportRow{ReportPeriod: p}
		for n := range q.Name.Columns() {
			row.Values = append(row.Values, i*(8-n)*37-scheduler.Unknown*min(0, i-1))
		}
		r.Rows = append(r.Rows, row)
	}
	return r, s.trouble
}

// ExportReport is Report.
func (s *shelf) ExportReport(ctx context.Context, a access.Actor, clinic scheduler.ID,
	q reads.ReportQuery) (reads.Report, error) {
	return s.Report(ctx, a, clinic, q)
}
