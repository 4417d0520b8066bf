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
	"almanac/scheduler/reads"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

// weekOf asks for the sessions of seven days from an instant on.
func weekOf(t *testing.T, h *storetest.House, a access.Actor, from time.Time) []reads.DaySession {
	t.Helper()
	all, err := h.DB.DaySessions(t.Context(), a, h.Clinic, reads.DayQuery{From: from, Until: from.AddDate(0, 0, 7)})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func todayOf(t *testing.T, h *storetest.House, a access.Actor) reads.Today {
	t.Helper()
	today, err := h.DB.Today(t.Context(), a, h.Clinic)
	if err != nil {
		t.Fatal(err)
	}
	return today
}

// The sessions of a stretch of days come in order with their cohort, leader and answers. A facilitator has their own
// only, and another clinic has none.
func TestDaySessions(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		fay, lee := h.AddStaff(t), h.AddStaff(t)
		late, early := h.OpenLed(t, 18, 5, fay), h.OpenLed(t, 9, 4, lee)
		people := h.AddPeople(t, 3)
		h.EnrollAll(t, late, people)
		h.Do(t, "UPDATE seats SET intent = 'no' WHERE person = '"+string(people[1])+"'")
		cancel := h.Roster(t, early, desk.Load{}).Sessions[0].ID
		err := h.Desk.Confirm(t.Context(), h.Request(), desk.Cancel(
			scheduler.CancelRequest{Session: cancel, Content: scheduler.Skip}))
		if err != nil {
			t.Fatal(err)
		}
		from := time.Date(2026, 1, 5, 5, 0, 0, 0, time.UTC)

		all := weekOf(t, h, h.Actor, from)
		if len(all) != 2 || all[0].Cohort != early || all[1].Cohort != late {
			t.Fatalf("the week has %+v", all)
		}
		if all[0].Live() {
			t.Error("the cancelled session stands")
		}
		got := all[1]
		if got.CohortName != "Evening 18" || got.Zone != "America/New_York" || got.LeaderName != "Fay Leader" ||
			got.Seated != 3 || got.No != 1 || got.Coming() != 2 || got.Capacity != 5 || got.Own || got.OwnCohort {
			t.Errorf("the session is %+v", got)
		}

		me := access.Staff(string(fay), string(h.Clinic), access.Facilitator)
		if own := weekOf(t, h, me, from); len(own) != 1 || !own[0].Own || !own[0].OwnCohort {
			t.Errorf("their facilitator sees %+v", own)
		}
		other := h.Neighbour(t)
		if none := weekOf(t, other, other.Actor, from); len(none) != 0 {
			t.Errorf("another clinic sees %+v", none)
		}
		if _, err := h.DB.DaySessions(t.Context(), other.Actor, h.Clinic, reads.DayQuery{}); err == nil {
			t.Error("another clinic may ask for them")
		}
	})
}

// Today names what is due: attendance, calls, offers, who waits; for a facilitator their next group with its answers,
// and nothing of the desk.
func TestToday(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		fay := h.AddStaff(t)
		cohort := h.OpenLed(t, 18, 2, fay)
		people := h.AddPeople(t, 3)
		h.EnrollAll(t, cohort, people)
		h.Do(t, "UPDATE seats SET intent = 'no' WHERE person = '"+string(people[0])+"'")
		first := h.Roster(t, cohort, desk.Load{}).Sessions[0]
		me := access.Staff(string(fay), string(h.Clinic), access.Facilitator)

		before := todayOf(t, h, h.Actor)
		if before.UntakenOf != 0 || before.Waiting != 1 || before.WaitSince.IsZero() || before.Cohorts != 1 ||
			before.People != 1 || before.Seats.Free != 0 || before.Next.ID != "" {
			t.Errorf("before the first session: %+v", before)
		}
		next := todayOf(t, h, me).Next
		said := map[string]string{}
		for _, p := range next.People {
			said[p.Name] = string(p.Intent)
		}
		if next.ID != first.ID || fmt.Sprint(said) != "map[Pat Example 0:no Pat Example 1:]" {
			t.Errorf("their next group is %s with %v", next.ID, said)
		}

		h.Set(first.End.Add(time.Hour))
		if due := todayOf(t, h, h.Actor); due.UntakenOf != 1 || due.Untaken[0].ID != first.ID {
			t.Errorf("after the session: %+v", due.Untaken)
		}
		mine := todayOf(t, h, me)
		if mine.UntakenOf != 1 || mine.Waiting != 0 || mine.Tasks.Open != 0 || mine.Calls != 0 || mine.People != 0 {
			t.Errorf("their facilitator sees %+v", mine)
		}
		stranger := access.Staff(string(h.AddStaff(t)), string(h.Clinic), access.Facilitator)
		if none := todayOf(t, h, stranger); none.Cohorts != 0 || none.UntakenOf != 0 || none.Next.ID != "" {
			t.Errorf("a facilitator without a group sees %+v", none)
		}
		h.Set(first.End.AddDate(0, 2, 0))
		if over := todayOf(t, h, h.Actor); over.UntakenOf != 3 { // of the last 28 days
			t.Errorf("after two months %d are due", over.UntakenOf)
		}
	})
}

// A list of cohorts is searched by name, protocol and facilitator, narrowed and ordered; each row has its track.
func TestCohortPageIsSearched(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		fay := h.AddStaff(t)
		first, second := h.OpenLed(t, 18, 4, fay), h.OpenCohort(t, 9, 4)
		rolling := openRolling(t, h, 12, 6)
		h.Do(t, "UPDATE cohorts SET name = 'Ángel’s room' WHERE id = '"+string(second)+"'")
		sessions := h.Roster(t, first, desk.Load{}).Sessions
		err := h.Desk.Confirm(t.Context(), h.Request(), desk.Cancel(
			scheduler.CancelRequest{Session: sessions[2].ID, Content: scheduler.Skip}))
		if err != nil {
			t.Fatal(err)
		}
		h.Set(sessions[1].Start.Add(-time.Hour))
		find := func(a access.Actor, q reads.CohortQuery) (reads.CohortPage, []scheduler.ID) {
			t.Helper()
			q.Limit = 10
			page, err := h.DB.CohortPage(t.Context(), a, h.Clinic, q)
			if err != nil {
				t.Fatal(err)
			}
			var ids []scheduler.ID
			for _, row := range page.Rows {
				ids = append(ids, row.ID)
			}
			if page.Found != len(ids) {
				t.Errorf("%+v finds %d and shows %d", q, page.Found, len(ids))
			}
			return page, ids
		}
		me := access.Staff(string(fay), string(h.Clinic), access.Facilitator)
		for _, c := range []struct {
			who  access.Actor
			q    reads.CohortQuery
			want []scheduler.ID
		}{
			{h.Actor, reads.CohortQuery{}, []scheduler.ID{first, second, rolling}},
			{h.Actor, reads.CohortQuery{Search: "angel"}, []scheduler.ID{second}},
			{h.Actor, reads.CohortQuery{Search: "leader FAY"}, []scheduler.ID{first}},
			{h.Actor, reads.CohortQuery{Search: "more telehealth evening"}, []scheduler.ID{first}},
			{h.Actor, reads.CohortQuery{Search: "%"}, nil},
			{h.Actor, reads.CohortQuery{Kind: reads.RollingCohorts}, []scheduler.ID{rolling}},
			{h.Actor, reads.CohortQuery{Kind: reads.ClosedCohorts, Order: reads.CohortsByName},
				[]scheduler.ID{second, first}},
			{h.Actor, reads.CohortQuery{Mine: true}, nil},
			{h.Actor, reads.CohortQuery{Ended: true}, nil},
			{me, reads.CohortQuery{}, []scheduler.ID{first}},
			{me, reads.CohortQuery{Mine: true}, []scheduler.ID{first}},
		} {
			if page, got := find(c.who, c.q); !slices.Equal(got, c.want) {
				t.Errorf("%+v finds %v, not %v: %+v", c.q, got, c.want, page)
			}
		}
		page, _ := find(h.Actor, reads.CohortQuery{Search: "fay"})
		if page.Open != 3 || page.Rolling != 1 || page.Closed != 2 || page.Ended != 0 || page.Mine != 0 {
			t.Errorf("the totals are %+v", page)
		}
		track := fmt.Sprint(page.Rows[0].Track)
		if track != "[met next cancelled to come to come to come to come to come]" {
			t.Errorf("the track is %s", track)
		}
		all, _ := find(h.Actor, reads.CohortQuery{Kind: reads.RollingCohorts})
		if track := all.Rows[0].Track; len(track) != 8 || track[2] != reads.TrackNext {
			t.Errorf("the track of a rolling cohort is %v", track)
		}
	})
}

// The closed days of a clinic come with it.
func TestClinicHasItsClosedDays(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		day := civil.Date{Year: 2026, Month: 3, Day: 4}
		err := h.Desk.Confirm(t.Context(), h.Request(),
			desk.Close(scheduler.CloseRequest{Days: civil.DateRange{From: day, To: day.AddDays(1)}}))
		if err != nil {
			t.Fatal(err)
		}
		c, err := h.DB.Clinic(t.Context(), h.Actor, h.Clinic)
		if err != nil || len(c.Closed) != 1 || c.Closed[0].From != day || c.Facilitators != store.FacilitatorsOwn {
			t.Errorf("the clinic is %+v, %v", c, err)
		}
	})
}
