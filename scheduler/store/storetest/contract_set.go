package storetest

import (
	"fmt"
	"strings"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
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
		all := fmt.Sprint(page.Meetings, page.Cohort.Name, " ", page.Cohort.Place, " ", page.Cohort.Staffing)
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
	meeting := scheduler.Meeting{Kind: scheduler.LinkMeeting, Link: "https://meet.example.org/canary",
		Phone: "+12025550123", PIN: "4711"}
	q := scheduler.CohortSetting{Cohort: cohort, From: from, Meeting: &meeting, Name: &name, Place: &place,
		Minutes: &minutes, Seats: &seats, Lead: &lead, Reason: "a test"}
	first := set(q)
	after := h.Roster(t, cohort, desk.Load{})
	for _, s := range after.Sessions {
		changed := !s.Wall.Date.Before(from)
		if changed != (s.Place == place) || changed != (s.Minutes == minutes) || changed != (s.Seats == seats) ||
			changed != (s.Leader == lead) || changed != (s.Meeting == after.Cohort.Meeting) {
			t.Errorf("%s: %+v", s.Wall, s)
		}
	}
	if after.Cohort.Name != name || after.Cohort.Place != place || after.Cohort.Lead != lead {
		t.Errorf("the cohort: %+v", after.Cohort)
	}
	meetingsAreSealed(t, h, cohort, meeting)
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

// meetingsAreSealed looks for a meeting of a cohort: who may change sessions reads it, the front desk does not, and
// the database shows nothing of it.
func meetingsAreSealed(t *testing.T, h *House, cohort scheduler.ID, want scheduler.Meeting) {
	t.Helper()
	page, err := h.DB.Cohort(t.Context(), h.Actor, h.Clinic, cohort)
	must(t, err)
	if got := page.Meetings[page.Cohort.Meeting]; got != want {
		t.Errorf("the meeting is %+v", got)
	}
	head, err := h.DB.CohortHead(t.Context(), h.Actor, h.Clinic, cohort)
	must(t, err)
	desk := access.Staff("desk", string(h.Clinic), access.FrontDesk)
	hidden, err := h.DB.Cohort(t.Context(), desk, h.Clinic, cohort)
	must(t, err)
	if head.Meeting != want || len(hidden.Meetings) > 0 {
		t.Errorf("the head has %+v, and the front desk reads %v", head.Meeting, hidden.Meetings)
	}
	for _, row := range h.Ask(t, "SELECT id, data FROM meetings") {
		if all := fmt.Sprint(row); strings.Contains(all, "canary") || strings.Contains(all, want.PIN) {
			t.Errorf("a row says %s", all)
		}
	}
}
