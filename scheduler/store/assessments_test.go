package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

func assessments(t testing.TB, h *storetest.House, a access.Actor, q reads.AssessmentQuery) string {
	t.Helper()
	var all []string
	for {
		page, err := h.DB.Assessments(t.Context(), a, h.Clinic, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Rows {
			all = append(all, fmt.Sprintf("%s %s..%s %s", r.Window, r.Opens, r.Closes, r.State))
		}
		if q.After = page.Next; q.After.ID == "" {
			return strings.Join(all, ", ")
		}
	}
}

func TestWindowsOfAssessmentsAreWritten(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 6)
		e, err := h.Enroll(t.Context(), cohort, h.AddPeople(t, 1)[0])
		if err != nil {
			t.Fatal(err)
		}
		want := func(what, got, want string) {
			t.Helper()
			if got != want {
				t.Errorf("%s:\ngot  %s\nwant %s", what, got, want)
			}
		}
		all := reads.AssessmentQuery{Enrollment: e.Enrollment, Limit: 1}
		want("enrolled", assessments(t, h, h.Actor, all), "baseline 2025-12-23..2026-01-06 due, "+
			"post 2026-02-21..2026-03-10 ahead, fu16 2026-04-14..2026-05-12 ahead")
		by := desk.Request{Actor: access.Staff("assessor", string(h.Clinic), access.Assessor), Clinic: h.Clinic}
		note := func(outcome scheduler.AssessmentOutcome) {
			t.Helper()
			err := h.Desk.Confirm(t.Context(), by, desk.Assess(scheduler.AssessRequest{Enrollment: e.Enrollment,
				Window: "baseline", Outcome: outcome}))
			if err != nil {
				t.Fatal(err)
			}
		}
		note(scheduler.AssessmentDone)
		noted := assessments(t, h, h.Actor, all)
		if !strings.Contains(noted, "baseline 2025-12-23..2026-01-06 done") || strings.Contains(noted, "02-21") {
			t.Errorf("noted: %s", noted)
		}
		page, err := h.DB.Assessments(t.Context(), h.Actor, h.Clinic,
			reads.AssessmentQuery{Show: reads.AssessmentsNoted})
		if err != nil || len(page.Rows) != 1 || page.Rows[0].By != "staff:assessor" {
			t.Fatalf("%+v, %v", page.Rows, err)
		}
		blind, err := h.DB.Assessments(t.Context(), by.Actor, h.Clinic, reads.AssessmentQuery{})
		if err != nil || len(blind.Rows) != 3 {
			t.Fatal(blind, err)
		}
		for _, r := range blind.Rows {
			if r.Enrollment != "" || r.Cohort != "" || r.CohortName != "" || r.By != "" ||
				strings.Contains(string(r.ID), string(cohort)) {
				t.Errorf("a blinded reader gets %+v", r)
			}
		}
		note("")
		h.Set(time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC))
		want("overdue", assessments(t, h, h.Actor, reads.AssessmentQuery{Show: reads.AssessmentsToDo}),
			"baseline 2025-12-23..2026-01-06 overdue")
		stranger := access.Staff("nobody", string(h.Clinic), access.Facilitator)
		want("another's group", assessments(t, h, stranger, reads.AssessmentQuery{}), "")
		if _, _, err := h.DB.AssessmentTarget(t.Context(), stranger, h.Clinic, page.Rows[0].ID); !fault.Is(err,
			fault.NotFound) {
			t.Errorf("a facilitator of another group notes: %v", err)
		}
		if err := h.Desk.Confirm(t.Context(), h.Request(), desk.Withdraw(e.Enrollment)); err != nil {
			t.Fatal(err)
		}
		want("withdrawn", assessments(t, h, h.Actor, reads.AssessmentQuery{}), "")
	})
}
