package storetest

import (
	"fmt"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// cohortsAreSet gives a cohort and one of its sessions another place, length and number of seats, and
// takes both back.
func cohortsAreSet(t *testing.T, h *House) {
	cohort := h.OpenCohort(t, 18, 3)
	h.EnrollAll(t, cohort, h.AddPeople(t, 1))
	shown := func() string {
		t.Helper()
		page, err := h.DB.Cohort(t.Context(), h.Actor, h.Clinic, cohort)
		must(t, err)
		all := page.Cohort.Name + " " + page.Cohort.Place + " " + fmt.Sprint(page.Cohort.Staffing)
		for _, s := range page.Sessions {
			all += fmt.Sprintf("\n%s %s %d %s %d/%d %s", s.Wall, s.Place, s.Minutes, s.End.UTC(), s.Seats,
				s.SeatLimit, s.Leader)
		}
		return all
	}
	before, sessions := shown(), h.Roster(t, cohort, desk.Load{}).Sessions
	name, place, minutes, seats, lead := "Other", "Room 5", 60, 2, h.AddStaff(t)
	set := func(q scheduler.CohortSetting) desk.Changed {
		t.Helper()
		changed, err := h.Desk.Change(t.Context(), h.Request(), desk.SetCohort(q))
		must(t, err)
		return changed
	}
	from := sessions[4].Wall.Date
	q := scheduler.CohortSetting{Cohort: cohort, From: from, Name: &name, Place: &place, Minutes: &minutes,
		Seats: &seats, Lead: &lead, Reason: "a test"}
	first := set(q)
	after := h.Roster(t, cohort, desk.Load{})
	for _, s := range after.Sessions {
		changed := !s.Wall.Date.Before(from)
		if changed != (s.Place == place) || changed != (s.Minutes == minutes) || changed != (s.Seats == seats) ||
			changed != (s.Leader == lead) {
			t.Errorf("%s: %+v", s.Wall, s)
		}
	}
	if after.Cohort.Name != name || after.Cohort.Place != place || after.Cohort.Lead != lead {
		t.Errorf("the cohort: %+v", after.Cohort)
	}
	whole := shown()
	one := scheduler.CohortSetting{Session: sessions[0].ID, Seats: &seats, Reason: "a test"}
	second := set(one)
	if got := h.Roster(t, cohort, desk.Load{}).Session(sessions[0].ID); got.Seats != 2 || got.SeatLimit != 2 {
		t.Errorf("its own seats: %+v", got)
	}
	page, err := h.DB.CohortPage(t.Context(), h.Actor, h.Clinic, reads.CohortQuery{Limit: 9})
	must(t, err)
	if row := page.Rows[0]; row.NextSeats != 2 || row.NextLimit != 2 || row.NextSeated != 1 || row.Capacity != 3 {
		t.Errorf("in the list: %+v", row)
	}
	for i, undone := range []desk.Changed{second, first} {
		_, err := h.Desk.Undo(t.Context(), h.Request(), undone.ChangeNo)
		must(t, err)
		if got, want := shown(), []string{whole, before}[i]; got != want {
			t.Errorf("undone it is\n%s\nnot\n%s", got, want)
		}
	}
}
