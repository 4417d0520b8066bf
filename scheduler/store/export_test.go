package store_test

import (
	"testing"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// Rosters, attendance, messages and tasks are exported row by row, and the audit says so before.
func TestExports(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		cohort := h.OpenCohort(t, 18, 2)
		people := h.AddPeople(t, 3)
		h.EnrollAll(t, cohort, people)
		session := scheduler.ID(h.Ask(t, "SELECT id FROM sessions ORDER BY start_at LIMIT 1")[0][0])
		h.Set(firstStart().AddDate(0, 0, 1))
		mark := scheduler.Mark{Person: people[0], State: scheduler.SeatPartial, Minutes: 30}
		if err := h.Desk.Confirm(ctx, h.Request(), desk.TakeAttendance(session, mark)); err != nil {
			t.Fatal(err)
		}
		rosters := 0
		err := h.DB.ExportRosters(ctx, h.Actor, h.Clinic, []scheduler.ID{cohort}, func(r reads.RosterRow) error {
			rosters++
			if r.Name == "" || r.Email == "" || r.CohortName != "Evening 18" ||
				r.State == scheduler.Active == r.Entry.Date.IsZero() {
				t.Errorf("the roster has %s of %s from %s", r.State, r.CohortName, r.Entry)
			}
			return nil
		})
		if err != nil || rosters != 3 {
			t.Errorf("%d people are in the roster (%v)", rosters, err)
		}
		noted := map[scheduler.SeatState]int{}
		day := civil.Date{Year: 2026, Month: 1, Day: 6}
		period := reads.AttendanceQuery{From: day, Until: day, Cohort: cohort}
		err = h.DB.ExportAttendance(ctx, h.Actor, h.Clinic, period,
			func(r reads.AttendanceRow) error {
				minutes, known := r.Attended()
				if noted[r.State]++; known != (r.State == scheduler.SeatPartial) || known && minutes != 30 ||
					r.Wall.Date != day {
					t.Errorf("there is %s with %d minutes on %s", r.State, minutes, r.Wall)
				}
				return nil
			})
		if err != nil || noted[scheduler.SeatPartial] != 1 || noted[scheduler.SeatPlanned] != 1 {
			t.Errorf("attendance is %v (%v)", noted, err)
		}
		notices, tasks := 0, 0
		err = h.DB.ExportNotices(ctx, h.Actor, h.Clinic, reads.LedgerQuery{Name: "example 1"},
			func(reads.LedgerRow) error { notices++; return nil })
		if err != nil || notices == 0 {
			t.Errorf("%d messages (%v)", notices, err)
		}
		h.Do(t, "UPDATE tasks SET done_at = ''")
		if err = h.DB.ExportTasks(ctx, h.Actor, h.Clinic, func(reads.Task) error { tasks++; return nil }); err != nil ||
			len(h.Ask(t, "SELECT id FROM tasks")) != tasks {
			t.Errorf("%d tasks (%v)", tasks, err)
		}
		if rows := h.Ask(t, "SELECT action FROM audit WHERE action LIKE '%.export'"); len(rows) != 4 {
			t.Errorf("the audit has %v", rows)
		}
	})
}

// Not every role may export, a period is at most a year, and another clinic's cohort is not found.
func TestExportsThatAreRefused(t *testing.T) {
	t.Parallel()
	h := storetest.NewHouse(t, databases[0].url(t))
	ctx := t.Context()
	front := access.Staff("anybody", string(h.Clinic), access.FrontDesk)
	never := func(reads.AttendanceRow) error { t.Error("something was exported"); return nil }
	from := civil.Date{Year: 2026, Month: 1, Day: 1}
	wantFault(t, h.DB.ExportAttendance(ctx, front, h.Clinic, reads.AttendanceQuery{From: from, Until: from}, never),
		fault.Forbidden, "")
	wantFault(t, h.DB.ExportAttendance(ctx, h.Actor, h.Clinic, reads.AttendanceQuery{Until: from}, never),
		fault.Invalid, "from")
	wantFault(t, h.DB.ExportAttendance(ctx, h.Actor, h.Clinic,
		reads.AttendanceQuery{From: from, Until: from.AddDays(-1)}, never), fault.Invalid, "until")
	wantFault(t, h.DB.ExportAttendance(ctx, h.Actor, h.Clinic,
		reads.AttendanceQuery{From: from, Until: from.AddDays(400)}, never), fault.Invalid, "until")
	wantFault(t, h.DB.ExportRosters(ctx, h.Actor, h.Clinic, []scheduler.ID{"0000000000000"}, nil), fault.NotFound, "")
}
