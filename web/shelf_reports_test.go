package web_test

import (
	"context"
	"slices"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// ReportsFor lists no report of attendance for the front desk.
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

// Messages are one to each audience; the second was taken back.
func (s *shelf) Messages(_ context.Context, _ access.Actor, _ scheduler.ID,
	q reads.MessageQuery) (p reads.MessagePage, err error) {
	cohort := s.cohort.Cohort
	if cohort.ID == "" || q.After.ID != "" {
		return p, s.trouble
	}
	p.Rows = []reads.MessageRow{
		{Message: scheduler.Message{ID: staffID, Cohort: cohort.ID, To: scheduler.ToGroup,
			Text:    "Please use the side door.\nIt is open <b>from six on</b>.",
			Spanish: "Por favor, use la puerta lateral."},
			CohortName: cohort.Name, At: beforeSpring, Actor: "staff:" + string(staffID), By: "Robin Ferro",
			Fates: reads.MessageFates{OnTheWay: 1, Sent: 1200, Failed: 1, Dropped: 2, ToCall: 1, Called: 3}},
		{Message: scheduler.Message{ID: clinicID, Cohort: cohort.ID, To: scheduler.ToWaitlist,
			Text: "A place may be free."},
			CohortName: cohort.Name, At: beforeSpring, Actor: "command:operator", TakenBack: true,
			Fates: reads.MessageFates{Dropped: 1}},
	}
	p.Next = reads.Cursor{At: beforeSpring, ID: clinicID}
	return p, s.trouble
}

// ExportReport is Report.
func (s *shelf) ExportReport(ctx context.Context, a access.Actor, clinic scheduler.ID,
	q reads.ReportQuery) (reads.Report, error) {
	return s.Report(ctx, a, clinic, q)
}
