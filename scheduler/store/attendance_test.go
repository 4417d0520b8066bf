package store_test

import (
	"fmt"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/store/storetest"
)

// Every taking and correction comes back in its order, with the name of who noted it.
func TestAttendanceNotes(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 12)
		pat := join(t, h, cohort, storetest.Contact(0))
		session := firstSession(t, h, cohort)
		staff := addStaff(t, h, "kim@example.org", "facilitator")
		kim := access.Staff(string(staff), string(h.Clinic), access.Facilitator)
		kim.Everywhere = true
		take := func(actor access.Actor, mark scheduler.Mark) {
			t.Helper()
			mark.Person = pat.Person
			if err := h.Desk.Confirm(t.Context(), desk.Request{Actor: actor, Clinic: h.Clinic},
				desk.TakeAttendance(session, mark)); err != nil {
				t.Fatal(err)
			}
			h.Set(h.Now().Add(time.Hour))
		}
		h.Set(firstStart().Add(3 * time.Hour))
		take(kim, scheduler.Mark{State: scheduler.SeatMissed})
		take(h.Actor, scheduler.Mark{State: scheduler.SeatPartial, Minutes: 30})
		notes, err := h.DB.AttendanceNotes(t.Context(), kim, h.Clinic, session)
		if err != nil || len(notes) != 2 {
			t.Fatalf("%d notes, %v", len(notes), err)
		}
		first, second := notes[0], notes[1]
		if first.State != scheduler.SeatMissed || first.By == "" || second.State != scheduler.SeatPartial ||
			second.Minutes != 30 || second.By != "" || second.Person != pat.Person {
			t.Errorf("notes are %s", fmt.Sprint(notes))
		}
		elsewhere := secondClinic(t, h)
		if notes, err := h.DB.AttendanceNotes(t.Context(), elsewhere.Actor, elsewhere.Clinic, session); err != nil ||
			len(notes) != 0 {
			t.Errorf("another clinic sees %d notes, %v", len(notes), err)
		}
		_, err = h.DB.AttendanceNotes(t.Context(), access.Person(string(pat.Person), string(h.Clinic)),
			h.Clinic, session)
		wantForbidden(t, err)
	})
}
