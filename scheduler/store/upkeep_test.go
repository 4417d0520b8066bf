package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

// What falls due by the clock alone happens at the upkeep, once: an offer lapses
// and the seats go to the next, and staff are asked for attendance. Upkeep with
// nothing to do writes nothing.
func TestUpkeep(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		cohort := h.OpenCohort(t, 18, 6)
		var asked []scheduler.Enrolled
		for _, person := range h.AddPeople(t, 8) {
			e, err := h.Enroll(ctx, cohort, person)
			if err != nil {
				t.Fatal(err)
			}
			asked = append(asked, e)
		}
		if err := h.Desk.Confirm(ctx, h.Request(), desk.Withdraw(asked[0].Enrollment)); err != nil {
			t.Fatal(err)
		}
		h.Rest(t, cohort)
		states := func() (all []scheduler.EnrollmentState) {
			r := h.Roster(t, cohort, desk.Load{})
			for _, e := range r.Enrollments[5:] { // behind those who are seated
				all = append(all, e.State)
			}
			return all
		}
		upkeep := func(wanted ...scheduler.EnrollmentState) {
			t.Helper()
			system := desk.Request{Actor: access.System("agenda").In(string(h.Clinic)), Clinic: h.Clinic}
			for range 2 {
				if err := h.Desk.Confirm(ctx, system, desk.Upkeep(cohort)); err != nil {
					t.Fatal(err)
				}
			}
			if got := states(); !slices.Equal(got, wanted) {
				t.Fatalf("people are %v, not %v", got, wanted)
			}
		}
		upkeep(scheduler.Offered, scheduler.Waiting)
		refs, err := h.DB.RestlessCohorts(ctx, access.System("agenda"))
		if err != nil || len(refs) != 1 || refs[0] != (store.CohortRef{Clinic: h.Clinic, Cohort: cohort}) {
			t.Fatalf("restless are %v (%v)", refs, err)
		}
		if err := h.Desk.Confirm(ctx, h.Request(), desk.TellOffer(asked[6].Enrollment)); err != nil {
			t.Fatal(err)
		}
		h.Set(storetest.NewYear().Add(47 * time.Hour))
		upkeep(scheduler.Offered, scheduler.Waiting)
		h.Set(storetest.NewYear().Add(72 * time.Hour))
		upkeep(scheduler.Waiting, scheduler.Offered)
		if err := h.Desk.Confirm(ctx, h.Request(), desk.Accept(asked[7].Enrollment)); err != nil {
			t.Fatal(err)
		}
		h.Set(time.Date(2026, 1, 7, 12, 0, 0, 0, time.UTC))
		upkeep(scheduler.Waiting, scheduler.Active)
		upkeep(scheduler.Waiting, scheduler.Active)
		count := h.Ask(t, "SELECT count(*) FROM tasks WHERE about = 'attendance'")[0][0]
		if count != "1" {
			t.Errorf("%s tasks for the attendance of one session", count)
		}
		before := h.Ask(t, "SELECT change_no FROM clinics")[0][0]
		upkeep(scheduler.Waiting, scheduler.Active)
		if after := h.Ask(t, "SELECT change_no FROM clinics")[0][0]; after != before {
			t.Errorf("upkeep with nothing to do is change number %s after %s", after, before)
		}
	})
}

// Staff are asked about people who left, too, when nothing else is known of them: a
// session has not met before it is known of all who had a seat who came.
func TestUpkeepKnowsWhoHasLeft(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		cohort := h.OpenCohort(t, 18, 6)
		people := h.AddPeople(t, 2)
		var asked []scheduler.Enrolled
		for _, person := range people {
			e, err := h.Enroll(ctx, cohort, person)
			if err != nil {
				t.Fatal(err)
			}
			asked = append(asked, e)
		}
		session := h.Roster(t, cohort, desk.Load{}).Sessions[0]
		h.Set(session.End.Add(time.Hour))
		confirm := func(p desk.Proposal) {
			t.Helper()
			if err := h.Desk.Confirm(ctx, h.Request(), p); err != nil {
				t.Fatal(err)
			}
		}
		upkeep := func(state, tasks string) {
			t.Helper()
			system := desk.Request{Actor: access.System("agenda").In(string(h.Clinic)), Clinic: h.Clinic}
			if err := h.Desk.Confirm(ctx, system, desk.Upkeep(cohort)); err != nil {
				t.Fatal(err)
			}
			got := h.Ask(t, "SELECT state FROM sessions WHERE id = '"+string(session.ID)+"'")[0][0]
			n := h.Ask(t, "SELECT count(*) FROM tasks WHERE about = 'attendance' AND done_at = ''")[0][0]
			if got != state || n != tasks {
				t.Fatalf("the session is %s and %s tasks ask for its attendance, not %s and %s", got, n, state, tasks)
			}
		}
		confirm(desk.TakeAttendance(session.ID, scheduler.Mark{Person: people[0], State: scheduler.SeatPresent}))
		if err := h.Desk.Confirm(ctx, h.Request(), desk.Withdraw(asked[1].Enrollment)); err != nil {
			t.Fatal(err)
		}
		upkeep("planned", "1")
		confirm(desk.TakeAttendance(session.ID, scheduler.Mark{Person: people[1], State: scheduler.SeatMissed}))
		upkeep("met", "0")
		done := h.Ask(t, "SELECT done_at, done_by FROM tasks WHERE about = 'attendance'")
		if len(done) != 1 || done[0][0] == "" || done[0][1] != "rule:attendance-taken" {
			t.Errorf("the task was closed by %v", done)
		}
		// taken back
		confirm(desk.TakeAttendance(session.ID, scheduler.Mark{Person: people[0], State: scheduler.SeatPlanned}))
		upkeep("planned", "1")
	})
}

// A stay that cannot end because nobody said who came asks staff with one task: it does
// not become more while it is open, and comes back every week once it was ticked off.
func TestAttendanceIsAskedAgain(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 6)
		join(t, h, cohort, storetest.Contact(0))
		sessions := h.Roster(t, cohort, desk.Load{}).Sessions
		last := sessions[len(sessions)-1]
		system := desk.Request{Actor: access.System("agenda").In(string(h.Clinic)), Clinic: h.Clinic}
		open := func(days int) string {
			t.Helper()
			h.Set(last.End.AddDate(0, 0, days).Add(time.Hour))
			if err := h.Desk.Confirm(t.Context(), system, desk.Upkeep(cohort)); err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(h.Ask(t,
				"SELECT due_at FROM tasks WHERE about = 'attendance' AND done_at = '' AND session = '"+
					string(last.ID)+"'"))
		}
		due := func(days int) string {
			return "[[" + last.End.AddDate(0, 0, days).Format("2006-01-02T15:04:05.000Z") + "]]"
		}
		tick := func() {
			t.Helper()
			id := h.Ask(t, "SELECT id FROM tasks WHERE about = 'attendance' AND done_at = '' AND session = '"+
				string(last.ID)+"'")[0][0]
			if err := h.DB.FinishTask(t.Context(), h.Actor, h.Clinic, scheduler.ID(id)); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := open(0), due(1); got != want {
			t.Fatalf("after the session: %s, want %s", got, want)
		}
		if got, want := open(36), due(1); got != want {
			t.Fatalf("after five weeks: %s, want %s", got, want)
		}
		tick()
		if got, want := open(41), "[]"; got != want {
			t.Errorf("in the same week: %s, want %s", got, want)
		}
		if got, want := open(42), due(42); got != want {
			t.Errorf("a week later: %s, want %s; %v %v", got, want,
				h.Ask(t, "SELECT about, due_at, done_at FROM tasks"),
				h.Ask(t, "SELECT state, ended_at FROM enrollments"))
		}
	})
}
