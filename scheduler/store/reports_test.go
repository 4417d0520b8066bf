package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// reported gives the numbers of the weeks of a report, from Monday 5 January on.
func reported(t *testing.T, h *storetest.House, a access.Actor, q reads.ReportQuery) string {
	t.Helper()
	q.From = civil.Date{Year: 2026, Month: 1, Day: 5}
	q.To = q.From.AddDays(13)
	report, err := h.DB.Report(t.Context(), a, h.Clinic, q)
	if err != nil {
		t.Fatal(err)
	}
	var values [][]int
	for _, row := range report.Rows {
		values = append(values, row.Values)
	}
	return fmt.Sprint(values)
}

// Two cohorts with two seats each meet on Tuesdays. The first has three people, and one of them waits. A week later one
// has come late, one was missed, and the one who waited leaves. Its facilitator sees nothing of the other cohort.
func TestReportsCount(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		h.Set(time.Date(2026, 1, 5, 15, 0, 0, 0, time.UTC))
		fay, lee := h.AddStaff(t), h.AddStaff(t)
		cohort, other := h.OpenLed(t, 18, 2, fay), h.OpenLed(t, 9, 2, lee)
		people := h.AddPeople(t, 4)
		h.EnrollAll(t, cohort, people[:3])
		h.EnrollAll(t, other, people[3:])
		session := h.Roster(t, cohort, desk.Load{}).Sessions[0].ID
		me := access.Staff(string(fay), string(h.Clinic), access.Facilitator)
		reportIs := func(what string, a access.Actor, q reads.ReportQuery, want string) {
			t.Helper()
			if got := reported(t, h, a, q); got != want {
				t.Errorf("%s: %s is %s, not %s", what, q.Name, got, want)
			}
		}
		seats := reads.ReportQuery{Name: scheduler.ReportSeats}
		reportIs("before", h.Actor, seats, "[[2 4 3 1 1] [2 4 3 1 1]]")
		reportIs("the facilitator", me, seats, "[[1 2 2 0 1] [1 2 2 0 1]]")
		seats.Cohort = other
		reportIs("one cohort", h.Actor, seats, "[[1 2 1 1 0] [1 2 1 1 0]]")
		waiting := reads.ReportQuery{Name: scheduler.ReportWaiting}
		reportIs("at once", h.Actor, waiting, "[[1 0 0]]")

		h.Set(firstStart().AddDate(0, 0, 7).Add(-time.Hour)) // Tuesday 13 January
		err := h.Desk.Confirm(ctx, h.Request(), desk.TakeAttendance(session,
			scheduler.Mark{Person: people[0], State: scheduler.SeatLate},
			scheduler.Mark{Person: people[1], State: scheduler.SeatMissed}))
		if err != nil {
			t.Fatal(err)
		}
		reportIs("a week later", h.Actor, reads.ReportQuery{Name: scheduler.ReportAttendance},
			"[[2 2 1 1 0 1 1] [1 0 0 0 0 0 1]]")
		reportIs("a week later", me, reads.ReportQuery{Name: scheduler.ReportAttendance, Protocol: "more-telehealth"},
			"[[1 2 1 1 0 1 0] [0 0 0 0 0 0 0]]")
		for _, one := range []struct{ day, want int }{{12, 1}, {13, 0}} { // seven days with and without the session
			h.Set(time.Date(2026, 1, one.day, 22, 0, 0, 0, time.UTC))
			if today := todayOf(t, h, me); today.NoShows != one.want {
				t.Errorf("Today on the %dth has %d no-shows", one.day, today.NoShows)
			}
		}
		asked := h.Ask(t, "SELECT id FROM enrollments WHERE state = 'waiting'")[0][0]
		reportIs("a week later", h.Actor, waiting, "[[1 6 6] [1 8 8]]")
		if err := h.Desk.Confirm(ctx, h.Request(), desk.Withdraw(scheduler.ID(asked))); err != nil {
			t.Fatal(err)
		}
		h.Set(h.Now().Add(time.Hour))
		reportIs("after leaving", h.Actor, waiting, "[[1 6 6] [0 -1 -1]]")
		reportIs("after leaving", h.Actor, reads.ReportQuery{Name: scheduler.ReportStays}, "[[0 0 0] [0 0 1]]")
	})
}

// Messages are counted on the days when they were due, with those that came late or not at all.
func TestReportOfMessages(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 4)
		h.EnrollAll(t, cohort, h.AddPeople(t, 4))
		// Of four messages one is sent at once, one late, one failed, and one was not needed.
		h.Do(t, "DELETE FROM notices WHERE kind <> 'welcome'")
		h.Do(t, "UPDATE notices SET due_at = '2026-01-06T12:00:00.000Z', not_after = '2026-01-07T12:00:00.000Z', "+
			"state = 'sent', done_at = '2026-01-06T12:00:01.000Z'")
		ids := h.Ask(t, "SELECT id FROM notices ORDER BY id")
		if len(ids) != 4 {
			t.Fatalf("there are %d messages", len(ids))
		}
		for i, set := range []string{"done_at = '2026-01-06T12:05:00.000Z'", "state = 'failed'", "state = 'dropped'"} {
			h.Do(t, "UPDATE notices SET "+set+" WHERE id = '"+ids[i][0]+"'")
		}
		h.Set(time.Date(2026, 1, 7, 15, 0, 0, 0, time.UTC))
		q := reads.ReportQuery{Name: scheduler.ReportMessages}
		const want = "[[2 1 1 1 300 300]]"
		if got := reported(t, h, h.Actor, q); got != want {
			t.Errorf("messages are %s, not %s", got, want)
		}
		q.Cohort = cohort
		if got := reported(t, h, h.Actor, q); got != want {
			t.Errorf("messages of the cohort are %s, not %s", got, want)
		}
		if today := todayOf(t, h, h.Actor); today.Late != 2 {
			t.Errorf("Today has %d late messages", today.Late)
		}
	})
}

// Each role sees the reports of what it may see, and bad questions are refused at their field.
func TestReportsThatAreRefused(t *testing.T) {
	t.Parallel()
	h := storetest.NewHouse(t, databases[0].url(t))
	ctx := t.Context()
	for role, want := range map[access.Role]string{
		access.Coordinator: "[seats waiting attendance messages stays]",
		access.Auditor:     "[seats waiting attendance messages stays]",
		access.Facilitator: "[seats waiting attendance stays]",
		access.FrontDesk:   "[seats waiting]",
	} {
		a := access.Staff("anybody", string(h.Clinic), role)
		if got := fmt.Sprint(h.DB.ReportsFor(a)); got != want {
			t.Errorf("%s sees %s, not %s", role, got, want)
		}
		for _, name := range scheduler.ReportNames() {
			_, err := h.DB.Report(ctx, a, h.Clinic, reads.ReportQuery{Name: name})
			if slices.Contains(h.DB.ReportsFor(a), name) != (err == nil) {
				t.Errorf("%s and %s: %v", role, name, err)
			}
		}
	}
	ask := func(q reads.ReportQuery) error {
		_, err := h.DB.ExportReport(ctx, h.Actor, h.Clinic, q)
		return err
	}
	seats := scheduler.ReportSeats
	wantFault(t, ask(reads.ReportQuery{Name: "rain"}), fault.NotFound, "")
	wantFault(t, ask(reads.ReportQuery{Name: seats, Cohort: "0000000000000"}), fault.Invalid, "cohort")
	wantFault(t, ask(reads.ReportQuery{Name: seats, Protocol: "rain"}), fault.Invalid, "protocol")
	long := scheduler.ReportSpan{From: civil.Date{Year: 2001, Month: 1, Day: 1},
		To: civil.Date{Year: 2051, Month: 1, Day: 1}}
	wantFault(t, ask(reads.ReportQuery{Name: seats, ReportSpan: long}), fault.Invalid, "to")
	if rows := h.Ask(t, "SELECT action FROM audit WHERE action = 'report.export'"); len(rows) != 0 {
		t.Errorf("the audit has %v of what was refused", rows)
	}
	if err := ask(reads.ReportQuery{Name: seats}); err != nil {
		t.Fatal(err)
	}
	if rows := h.Ask(t, "SELECT subject FROM audit WHERE action = 'report.export'"); len(rows) != 1 {
		t.Errorf("the audit has %v", rows)
	}
}
