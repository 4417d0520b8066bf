package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/seal"
)

// course changes what is remembered of one enrollment.
func (h *House) course(t *testing.T, cohort, enrollment scheduler.ID, do func(*scheduler.Enrollment)) {
	t.Helper()
	h.edit(t, only(cohort), func(b *scheduler.Book) { do(b.Roster(cohort).Enrollment(enrollment)) })
}

// factsAreAdded records one thing after another.
func factsAreAdded(t *testing.T, h *House) {
	const reason = "Her sister Quintessa told us"
	cohort, enrolled := h.full(t)
	id := enrolled[0].Enrollment
	for i, what := range []string{"orientation", "consent", "a-talk"} {
		h.course(t, cohort, id, func(e *scheduler.Enrollment) {
			if len(e.Facts) != i {
				t.Errorf("%d facts were remembered, not %d", len(e.Facts), i)
			}
			e.Facts = append(slices.Clone(e.Facts),
				scheduler.Fact{Kind: scheduler.FactOverride, What: what, At: h.Now(), Reason: reason})
		})
	}
	facts := h.Roster(t, cohort, desk.Load{}).Enrollment(id).Facts
	if len(facts) != 3 || facts[0].What != "orientation" || facts[2].What != "a-talk" || facts[1].Reason != "" {
		t.Errorf("the facts come back as %v", facts)
	}
	key := h.key(t)
	for _, row := range h.Ask(t, "SELECT what, reason, by_actor FROM enrollment_facts") {
		opened, err := key.Open(seal.Place{
			Clinic: string(h.Clinic), Table: "enrollment_facts", Column: "reason:override:" + row[0], Row: string(id),
		}, []byte(row[1]))
		if err != nil || opened != reason || row[2] != "command:operator" {
			t.Errorf("the reason opens as %q (%v), by %s", opened, err, row[2])
		}
	}
}

// leavesFollowEachOther puts somebody on hold three times.
func leavesFollowEachOther(t *testing.T, h *House) {
	cohort, enrolled := h.full(t)
	id := enrolled[0].Enrollment
	date := civil.Date{Year: 2026, Month: 2, Day: 1}
	away := func(days int) *scheduler.Leave {
		return &scheduler.Leave{From: h.Now(), Until: h.Now().AddDate(0, 0, days), Since: date,
			Last: date.AddDays(days), Released: true}
	}
	for i, leave := range []*scheduler.Leave{away(7), nil, away(9), away(11), nil} { // all at one instant
		h.course(t, cohort, id, func(e *scheduler.Enrollment) { e.Leave = leave })
		got := h.Roster(t, cohort, desk.Load{}).Enrollment(id).Leave
		if (got == nil) != (leave == nil) ||
			got != nil && (!got.Until.Equal(leave.Until) || got.Last != leave.Last || !got.Released) {
			t.Errorf("step %d: %+v came back as %+v", i, leave, got)
		}
	}
	h.Set(h.Now().Add(time.Hour))
	h.course(t, cohort, id, func(e *scheduler.Enrollment) { e.Leave = away(3) })
	if rows := h.Ask(t, "SELECT count(*), count(CASE WHEN ended_at = '' THEN 1 END) FROM leaves")[0]; rows[0] != "2" ||
		rows[1] != "1" {
		t.Errorf("of the leaves %v are kept", rows)
	}
}

// offersAreTold makes offers; when people were told is written once.
func offersAreTold(t *testing.T, h *House) {
	cohort, enrolled := h.full(t)
	waiting, entry := enrolled[places].Enrollment, h.Roster(t, cohort, desk.Load{}).Sessions[1].ID
	offer := func(n int, state scheduler.OfferState) scheduler.Offer {
		return scheduler.Offer{ID: scheduler.DeriveID(waiting, "offer", fmt.Sprint(n)), Entry: entry,
			MadeAt: h.Now(), State: state}
	}
	h.course(t, cohort, waiting, func(e *scheduler.Enrollment) {
		e.State, e.Offers = scheduler.Offered,
			[]scheduler.Offer{offer(1, scheduler.OfferDeclined), offer(2, scheduler.OfferOpen)}
	})
	h.Do(t, "UPDATE offers SET told_at = '2026-01-01T13:00:00.000Z'")
	told := NewYear().Add(time.Hour)
	for what, r := range map[string]*scheduler.Roster{"a new store": h.Roster(t, cohort, desk.Load{}),
		"this one": h.remembered(t, cohort)} {
		got := r.Enrollment(waiting).Offers
		if len(got) != 2 || got[0].State != scheduler.OfferDeclined || got[1].State != scheduler.OfferOpen ||
			!got[1].ToldAt.Equal(told) || got[1].Entry != entry {
			t.Errorf("%s reads the offers %+v", what, got)
		}
	}
	h.course(t, cohort, waiting, func(e *scheduler.Enrollment) {
		e.Offers = []scheduler.Offer{e.Offers[0], e.Offers[1]}
		e.Offers[1].ToldAt = told.Add(time.Hour)
		e.State, e.Offers[1].State = scheduler.Active, scheduler.OfferAccepted
	})
	want := "[[1 declined 2026-01-01T13:00:00.000Z 2026-01-01T12:00:00.000Z] [2 accepted 2026-01-01T13:00:00.000Z " +
		"2026-01-01T12:00:00.000Z]]"
	if got := fmt.Sprint(h.Ask(t,
		"SELECT number, state, told_at, closed_at FROM offers ORDER BY number")); got != want {
		t.Errorf("the offers are kept as %s", got)
	}
}

// remembered reads a cohort through the house's own store, which has seen it.
func (h *House) remembered(t *testing.T, cohort scheduler.ID) *scheduler.Roster {
	t.Helper()
	var r *scheduler.Roster
	h.edit(t, only(cohort), func(b *scheduler.Book) { r = b.Roster(cohort) })
	return r
}

// whoIsKeptApart comes with either of the two, and nobody else.
func whoIsKeptApart(t *testing.T, h *House) {
	cohort, other, people := h.OpenCohort(t, 18, 12), h.OpenCohort(t, 12, 12), h.AddPeople(t, 4)
	for _, person := range people[:2] {
		_, err := h.Enroll(t.Context(), cohort, person)
		must(t, err)
	}
	slices.Sort(people[2:])
	h.edit(t, desk.Load{Cohorts: []scheduler.ID{cohort}, People: people}, func(b *scheduler.Book) {
		b.KeptApart = append(b.KeptApart, [2]scheduler.ID{people[0], people[2]}, [2]scheduler.ID{people[2], people[0]},
			[2]scheduler.ID{people[3], people[2]})
	})
	// without a cohort nobody needs to know, and nothing is forgotten
	h.edit(t, desk.Load{People: people}, func(*scheduler.Book) {})
	first := [2]scheduler.ID{min(people[0], people[2]), max(people[0], people[2])}
	if got := h.book(t, only(cohort)).KeptApart; !slices.Equal(got, [][2]scheduler.ID{first}) {
		t.Errorf("kept apart are %v", got)
	}
	if got := h.book(t, only(other)).KeptApart; len(got) != 0 {
		t.Errorf("of another cohort %v are kept apart", got)
	}
	all := desk.Load{Cohorts: []scheduler.ID{cohort}, People: people}
	h.edit(t, all, func(b *scheduler.Book) {
		b.KeptApart = slices.DeleteFunc(slices.Clone(b.KeptApart),
			func(pair [2]scheduler.ID) bool { return pair == first })
	})
	if got := h.book(t, all).KeptApart; !slices.Equal(got, [][2]scheduler.ID{{people[2], people[3]}}) {
		t.Errorf("after one pair was let go %v are kept apart", got)
	}
	// without a cohort, and the other way round
	must(t, h.Desk.Confirm(t.Context(), h.Request(), desk.EndApart(people[3], people[2])))
	if got := h.book(t, all).KeptApart; len(got) != 0 {
		t.Errorf("after the last pair was let go %v are kept apart", got)
	}
	mustBe(t, "ending what is not", h.Desk.Confirm(t.Context(), h.Request(), desk.EndApart(people[3], people[2])),
		fault.NotFound)
}

// leaveToLead comes with those who lead or may.
func leaveToLead(t *testing.T, h *House) {
	lead, may, other := h.AddStaff(t), h.AddStaff(t), h.AddStaff(t)
	cohort := h.OpenCohort(t, 18, 12)
	h.edit(t, only(cohort), func(b *scheduler.Book) { b.Roster(cohort).Cohort.Lead = lead })
	for _, id := range []scheduler.ID{lead, may, other} {
		h.Do(t, fmt.Sprintf(`INSERT INTO credentials (clinic, staff, name, expires) VALUES ('%[1]s', '%[2]s',
'teacher-qualified', '2026-03-31'),
('%[1]s', '%[2]s', 'clinician', '')`, h.Clinic, id))
	}
	staff := h.book(t, desk.Load{Cohorts: []scheduler.ID{cohort}, Staff: []scheduler.ID{may}}).Staff
	want := []scheduler.Credential{{Name: "clinician"},
		{Name: "teacher-qualified", Expires: civil.Date{Year: 2026, Month: 3, Day: 31}}}
	if len(staff) != 2 || !slices.Equal(staff[lead].Credentials, want) || !slices.Equal(staff[may].Credentials, want) {
		t.Errorf("the book knows of %v", staff)
	}
}
