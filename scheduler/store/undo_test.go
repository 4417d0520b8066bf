package store_test

import (
	"fmt"
	"slices"
	"strings"
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

// changesForUndo are changes that can be taken back, of a cohort that begins on
// 2026-01-06; many of them concern sessions that stand in calendars already.
func changesForUndo(h *storetest.House, cohort, session scheduler.ID) map[string]func(*testing.T) error {
	day := func(d int) civil.Date { return civil.Date{Year: 2026, Month: 1, Day: d} }
	at := func(d, hour int) civil.WallTime {
		return civil.WallTime{Date: day(d), Clock: civil.Clock{Hour: hour}}
	}
	q := h.Request()
	return map[string]func(*testing.T) error{
		"cancel": func(t *testing.T) error {
			return h.Desk.Confirm(t.Context(), q,
				desk.Cancel(scheduler.CancelRequest{Session: session, Content: scheduler.Append}))
		},
		"move": func(t *testing.T) error {
			return h.Desk.Confirm(t.Context(), q, desk.Move(scheduler.MoveRequest{Session: session, To: at(7, 9)}))
		},
		"close": func(t *testing.T) error {
			return h.Desk.Confirm(t.Context(), q,
				desk.Close(scheduler.CloseRequest{Days: civil.DateRange{From: day(6), To: day(14)}}))
		},
		"reschedule": func(t *testing.T) error {
			return h.Desk.Confirm(t.Context(), q,
				desk.Reschedule(scheduler.RescheduleRequest{Cohort: cohort, From: day(6),
					Weekdays: []time.Weekday{time.Friday}, Zone: "America/Chicago"}))
		},
		"add": func(t *testing.T) error {
			return h.Desk.Confirm(t.Context(), q, desk.AddSession(scheduler.AddRequest{Cohort: cohort, At: at(8, 10)}))
		},
		"withdraw": func(t *testing.T) error {
			return h.Desk.Confirm(t.Context(), q, desk.Withdraw(h.Roster(t, cohort, desk.Load{}).Enrollments[0].ID))
		},
		"hold": func(t *testing.T) error {
			first := h.Roster(t, cohort, desk.Load{}).Enrollments[0].ID
			return h.Desk.Confirm(t.Context(), q, desk.Hold(scheduler.HoldRequest{Enrollment: first, Release: true}))
		},
		"substitute": func(t *testing.T) error {
			return h.Desk.Confirm(t.Context(), q,
				desk.Substitute(scheduler.SubstituteRequest{Session: session, By: h.AddStaff(t),
					Reason: "nobody else can"}))
		},
		"hand over": func(t *testing.T) error {
			lead := h.Roster(t, cohort, desk.Load{}).Cohort.Lead
			return h.Desk.Confirm(t.Context(), q,
				desk.HandOver(scheduler.HandOverRequest{From: lead, To: h.AddStaff(t), Reason: "nobody else can"}))
		},
		"enroll": func(t *testing.T) error {
			_, err := h.Desk.Enroll(t.Context(), q,
				scheduler.EnrollRequest{Cohort: cohort,
					Contact: storetest.Contact(100 + len(h.Ask(t, "SELECT id FROM people")))})
			return err
		},
	}
}

// toldByUndone is how many messages a change that is not taken back sends at least.
func toldByUndone(name string) int {
	switch name {
	case "withdraw", "hold", "enroll":
		return 1
	case "substitute", "hand over":
		return 2 // who led, and who leads now
	}
	return 5 // four people and who leads
}

// restorable is what a change can be taken back of: everything but what only rises.
func restorable(t testing.TB, h *storetest.House) string {
	t.Helper()
	var all []string
	for _, query := range []string{
		"SELECT id, zone, start_date, local_time, weekdays, closed, holidays, capacity, state FROM cohorts ORDER BY id",
		"SELECT id, number, position, title, local_start, start_at, end_at, state, moved_from, leader, seat_limit, " +
			"seated FROM sessions ORDER BY id",
		"SELECT id, state, entry, ended_at, has_seats FROM enrollments ORDER BY id",
		"SELECT id, session, state, uid, told_start, told_expected, invited FROM seats ORDER BY id",
		"SELECT id, kind, about FROM tasks ORDER BY id",
	} {
		for _, row := range h.Ask(t, query) {
			all = append(all, strings.Join(row, " "))
		}
	}
	return strings.Join(all, "\n")
}

// later lets everything happen that time brings: the near future is written
// down, and what becomes due is gated, for longer than a change rests.
func later(t testing.TB, h *storetest.House) (told int) {
	t.Helper()
	if _, err := h.DB.Foresee(t.Context(), access.System("agenda")); err != nil {
		t.Fatal(err)
	}
	return len(drain(t, h))
}

// TestUndoTellsNobody changes, takes back, and lets the worker run: nobody is
// told, and everything stands as before. Without the undo everybody is told.
func TestUndoTellsNobody(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			for name := range changesForUndo(storetest.NewHouse(t, d.url(t)), "", "") {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					h := storetest.NewHouse(t, d.url(t))
					cohort := h.OpenLed(t, 18, seats, h.AddStaff(t))
					for n := range 4 {
						join(t, h, cohort, storetest.Contact(n))
					}
					unreachable := storetest.Contact(4)
					unreachable.Consents = nil
					join(t, h, cohort, unreachable)
					later(t, h)
					session := h.Roster(t, cohort, desk.Load{}).Sessions[0].ID
					change := changesForUndo(h, cohort, session)[name]

					before := restorable(t, h)
					number := undoAfter(t, h, change)
					if now := restorable(t, h); now != before {
						t.Errorf("before\n%s\nafter the undo\n%s", before, now)
					}
					if told := later(t, h); told > 0 {
						t.Errorf("%d messages were handed over after an undo", told)
					}
					if _, err := h.Desk.Undo(t.Context(), h.Request(), number); !fault.Is(err, fault.NotFound) {
						t.Errorf("a second undo: %v", err)
					}
					if err := change(t); err != nil {
						t.Fatal(err)
					}
					if told := later(t, h); told < toldByUndone(name) {
						t.Errorf("%d messages were handed over without an undo", told)
					}
				})
			}
		})
	}
}

// undoAfter makes a change and takes it back as late as possible; it gives the
// number of the change.
func undoAfter(t *testing.T, h *storetest.House, change func(*testing.T) error) int64 {
	t.Helper()
	if err := change(t); err != nil {
		t.Fatal(err)
	}
	if planned := h.Ask(t,
		`SELECT count(*) FROM notices
WHERE state = 'planned' AND kind IN ('calendar', 'assignment')`)[0][0]; planned == "0" {
		t.Error("the change owes nothing, so that its undo shows nothing")
	}
	h.Set(h.Now().Add(scheduler.UndoWindow - time.Second))
	if _, err := h.DB.Foresee(t.Context(), access.System("agenda")); err != nil {
		t.Fatal(err)
	}
	if early := passGate(t, h, due(t, h)); len(early) > 0 {
		t.Errorf("%d messages left before the change had rested", len(early))
	}
	last, err := lastUndo(t, h)
	if err != nil || last.ChangeNo == 0 || last.Until.Sub(h.Now()) != time.Second {
		t.Errorf("the last undo is %+v: %v", last, err)
	}
	others, err := h.DB.Undos(t.Context(), access.Staff("other", string(h.Clinic), access.Coordinator), h.Clinic)
	if err != nil || slices.ContainsFunc(others, func(u reads.Undo) bool { return u.Own }) || len(others) == 0 {
		t.Errorf("somebody else may undo %+v: %v", others, err)
	}
	if _, err := h.Desk.Undo(t.Context(), h.Request(), last.ChangeNo); err != nil {
		t.Fatal(err)
	}
	return last.ChangeNo
}

// TestUndoIsRefusedWhenOvertaken moves a session, and then somebody else changes
// the same session, or something else of the cohort.
func TestUndoIsRefusedWhenOvertaken(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			h := storetest.NewHouse(t, d.url(t))
			cohort := h.OpenCohort(t, 18, seats)
			session := h.Roster(t, cohort, desk.Load{}).Sessions[0].ID
			move := changesForUndo(h, cohort, session)["move"]
			if err := move(t); err != nil {
				t.Fatal(err)
			}
			last, err := lastUndo(t, h)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := h.Desk.Enroll(t.Context(), h.Request(),
				scheduler.EnrollRequest{Cohort: cohort, Contact: storetest.Contact(1)}); err != nil {
				t.Fatal(err)
			}
			if _, err := h.Desk.Undo(t.Context(), h.Request(), last.ChangeNo); err != nil {
				t.Errorf("after somebody joined: %v", err)
			}
			if err := move(t); err != nil {
				t.Fatal(err)
			}
			if last, err = lastUndo(t, h); err != nil {
				t.Fatal(err)
			}
			h.Set(h.Now().Add(time.Second))
			other := h.Request()
			other.Actor = access.Operator(string(h.Clinic))
			at := civil.WallTime{Date: civil.Date{Year: 2026, Month: 1, Day: 8}, Clock: civil.Clock{Hour: 9}}
			if err := h.Desk.Confirm(t.Context(), other,
				desk.Move(scheduler.MoveRequest{Session: session, To: at})); err != nil {
				t.Fatal(err)
			}
			_, err = h.Desk.Undo(t.Context(), h.Request(), last.ChangeNo)
			if !fault.Is(err, fault.Stale) ||
				!strings.Contains(err.Error(), "Somebody at the command line has since changed the same") {
				t.Errorf("after the same session moved again: %v", err)
			}
			if kept := h.Ask(t, "SELECT image FROM undos"); strings.Contains(fmt.Sprint(kept), "Evening") {
				t.Error("an image holds a name")
			}
		})
	}
}

// lastUndo is the latest change that can be taken back; the zero value: none.
func lastUndo(t testing.TB, h *storetest.House) (reads.Undo, error) {
	all, err := h.DB.Undos(t.Context(), h.Actor, h.Clinic)
	if len(all) == 0 {
		return reads.Undo{}, err
	}
	return all[0], err
}

// A facilitator hears only of changes in the cohorts that they see.
func TestUndosOfOthersCohorts(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		led, other := h.OpenCohort(t, 18, seats), h.OpenCohort(t, 10, seats)
		for i, cohort := range []scheduler.ID{led, other} {
			if _, err := h.Desk.Enroll(t.Context(), h.Request(),
				scheduler.EnrollRequest{Cohort: cohort, Contact: storetest.Contact(i)}); err != nil {
				t.Fatal(err)
			}
		}
		h.Do(t, "UPDATE cohorts SET lead = 'robin' WHERE id = '"+string(led)+"'")
		for _, tt := range []struct {
			who  access.Actor
			want int
		}{
			{access.Staff("robin", string(h.Clinic), access.Coordinator), 2},
			{access.Staff("robin", string(h.Clinic), access.Facilitator), 1},
			{access.Staff("kim", string(h.Clinic), access.Facilitator), 0},
		} {
			all, err := h.DB.Undos(t.Context(), tt.who, h.Clinic)
			if err != nil || len(all) != tt.want || tt.want == 1 && !all[0].Image.Touches(led) {
				t.Errorf("%s sees %+v, %v", tt.who, all, err)
			}
		}
	})
}
