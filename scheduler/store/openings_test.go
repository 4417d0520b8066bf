package store_test

import (
	"fmt"
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// openRolling opens a rolling cohort from 2026-01-06 on.
func openRolling(t testing.TB, h *storetest.House, hour, capacity int) scheduler.ID {
	t.Helper()
	id, err := h.Desk.OpenCohort(t.Context(), h.Request(), scheduler.OpenRequest{
		Definition: storetest.Definition(t, "more-rolling"), Name: fmt.Sprintf("Rolling %d", hour),
		Start: civil.Date{Year: 2026, Month: 1, Day: 6}, At: civil.Clock{Hour: hour}, Zone: "America/New_York",
		Capacity: capacity, HasCapacity: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func openings(t testing.TB, h *storetest.House, q reads.OpeningsQuery) []reads.Opening {
	t.Helper()
	found, err := h.DB.NextOpenings(t.Context(), h.Actor, h.Clinic, q)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// agreeing checks that what the search finds is what the rules say of each cohort.
func agreeing(t *testing.T, h *storetest.House, cohorts ...scheduler.ID) func(what string) {
	return func(what string) {
		t.Helper()
		for _, cohort := range cohorts {
			book, err := h.DB.Look(t.Context(), desk.Change{Clinic: h.Clinic, Actor: h.Actor, Action: "cohort.view"},
				desk.Load{Cohorts: []scheduler.ID{cohort}})
			if err != nil {
				t.Fatal(err)
			}
			var want, got []string
			for _, p := range book.EntryPoints(book.Roster(cohort)) {
				want = append(want, fmt.Sprint(p.Session, p.Position, p.Start, p.Date, p.Seats))
			}
			for _, o := range openings(t, h, reads.OpeningsQuery{Limit: 1000}) {
				if o.Cohort == cohort {
					got = append(got, fmt.Sprint(o.Session, o.Position, o.Start, o.Date, o.Seats))
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) || len(want) == 0 {
				t.Fatalf("%s: the search finds\n%v, the rules say\n%v", what, got, want)
			}
		}
	}
}

// While nothing but the clock moves, the search never finds what cannot be joined any
// more: it has begun, or had to be asked for two days ahead.
func TestOpeningsCloseWithTime(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		rolling, series := openRolling(t, h, 9, 6), h.OpenCohort(t, 12, 6)
		join(t, h, rolling, storetest.Contact(0))
		agree := agreeing(t, h, rolling)
		first := openings(t, h, reads.OpeningsQuery{OfEach: 1})
		if len(first) != 2 {
			t.Fatalf("the first of each cohort are %v", first)
		}
		for _, o := range openings(t, h, reads.OpeningsQuery{Limit: 4}) {
			if o.Cohort != rolling {
				continue
			}
			for _, at := range []time.Duration{-time.Second, 0, time.Second, 47 * time.Hour} {
				h.Set(o.Start.Add(-48*time.Hour + at))
				agree(at.String())
				for _, one := range openings(t, h, reads.OpeningsQuery{OfEach: 1}) {
					if stale := at > 0 && one.Session == o.Session; stale {
						t.Errorf("%s after the last moment to ask the first of its cohort is %+v", at, one)
					}
				}
			}
		}
		h.Set(firstStart())
		for _, o := range openings(t, h, reads.OpeningsQuery{Limit: 1000}) {
			if o.Cohort == series {
				t.Errorf("a closed cohort that has begun is open: %+v", o)
			}
		}
	})
}

// What somebody who waits does elsewhere changes what somebody new could take; the
// next upkeep knows.
func TestOpeningsAreLookedAtAnew(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := openRolling(t, h, 9, 6)
		system := desk.Request{Actor: access.System("agenda").In(string(h.Clinic)), Clinic: h.Clinic}
		h.Do(t, "UPDATE openings SET seats = seats + 1")
		before := h.Ask(t, "SELECT change_no FROM clinics")[0][0]
		for range 2 {
			if err := h.Desk.Confirm(t.Context(), system, desk.Upkeep(cohort)); err != nil {
				t.Fatal(err)
			}
		}
		agreeing(t, h, cohort)("after the upkeep")
		if after := h.Ask(t, "SELECT change_no FROM clinics")[0][0]; after != before {
			t.Errorf("looking at the openings is change number %s after %s", after, before)
		}
	})
}

// What the search finds is what the rules say of each cohort, after every change.
func TestOpeningsFollowTheRosters(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		early, late := openRolling(t, h, 9, 6), openRolling(t, h, 18, 12)
		agree := agreeing(t, h, early, late)
		agree("opened")
		var e scheduler.Enrolled
		for n := range 6 {
			e = join(t, h, early, storetest.Contact(n))
			agree(fmt.Sprintf("%d are seated", n+1))
		}
		if err := h.Desk.Confirm(t.Context(), h.Request(), desk.Withdraw(e.Enrollment)); err != nil {
			t.Fatal(err)
		}
		agree("one withdrew")
		session := h.Roster(t, late, desk.Load{}).Sessions[1].ID
		if err := h.Desk.Confirm(t.Context(), h.Request(),
			desk.Cancel(scheduler.CancelRequest{Session: session})); err != nil {
			t.Fatal(err)
		}
		agree("a session is cancelled")
	})
}

func TestOpeningsAreSearched(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		early, late := openRolling(t, h, 9, 6), openRolling(t, h, 18, 12)
		all := openings(t, h, reads.OpeningsQuery{Limit: 1000})
		for i := 1; i < len(all); i++ {
			if all[i].Start.Before(all[i-1].Start) {
				t.Errorf("%v comes after %v", all[i], all[i-1])
			}
		}
		if first := all[0]; first.Cohort != early || first.CohortName != "Rolling 9" ||
			first.Zone != "America/New_York" || first.Seats < 1 || first.Protocol == "" {
			t.Errorf("the first is %+v", first)
		}
		from := civil.Date{Year: 2026, Month: 3, Day: 1}
		for _, o := range openings(t, h, reads.OpeningsQuery{From: from, Position: all[0].Position}) {
			if o.Date.Before(from) || o.Position != all[0].Position {
				t.Errorf("not asked for: %+v", o)
			}
		}
		of := map[scheduler.ID]int{}
		for _, o := range openings(t, h, reads.OpeningsQuery{OfEach: 3}) {
			of[o.Cohort]++
		}
		if of[early] != 3 || of[late] != 3 || len(openings(t, h, reads.OpeningsQuery{Limit: 2})) != 2 {
			t.Errorf("of each cohort there are %v", of)
		}
		if found := openings(t, h.Neighbour(t), reads.OpeningsQuery{}); len(found) != 0 {
			t.Errorf("another clinic finds %v", found)
		}
		h.Set(all[0].Start.Add(time.Minute))
		if now := openings(t, h, reads.OpeningsQuery{}); now[0].Session == all[0].Session {
			t.Error("what has begun is still open")
		}
	})
}

// BenchmarkNextOpening looks for the next entry across 1,000 rolling cohorts of a
// clinic: any, one at a position from a date on, and three of each cohort.
func BenchmarkNextOpening(b *testing.B) {
	const cohorts = 1000
	for _, d := range databases {
		h := storetest.NewHouse(b, d.url(b))
		openRolling(b, h, 18, 12)
		copies := fmt.Sprintf("(WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < %d) "+
			"SELECT n FROM n) n", cohorts-1)
		h.Do(b, `INSERT INTO cohorts (id, clinic, name, protocol, definition, rolling, zone, zone_data, start_date,
local_time, weekdays, closed, holidays,
capacity, place, lead, state, queue_counter, session_counter, opened_at)
SELECT c.id || '-' || n.n, clinic, name, protocol, definition, rolling, zone, zone_data, start_date, local_time,
weekdays, closed, holidays,
capacity, place, lead, state, queue_counter, session_counter, opened_at FROM cohorts c, `+copies)
		h.Do(b, `INSERT INTO sessions (id, clinic, cohort, counter, number, kind, main, phase, position, title,
local_start, start_at, end_at, minutes, place,
state, moved_from, leader, seat_limit)
SELECT s.id || '-' || n.n, clinic, cohort || '-' || n.n, counter, number, kind, main, phase, position, title,
local_start, start_at, end_at, minutes, place,
state, moved_from, leader, seat_limit FROM sessions s, `+copies)
		h.Do(b, `INSERT INTO openings (clinic, cohort, session, position, start_at, local_date, seats)
SELECT clinic, cohort || '-' || n.n, session || '-' || n.n, position, start_at, local_date, seats FROM openings o,
`+copies)
		h.Do(b, "ANALYZE")
		first := openings(b, h, reads.OpeningsQuery{Limit: 1})[0]
		for name, q := range map[string]reads.OpeningsQuery{
			"any": {Limit: 1}, "position": {From: first.Date.AddDays(60), Position: first.Position, Limit: 1},
			"three of each": {OfEach: 3, Limit: 3 * cohorts},
		} {
			b.Run(d.name+"/"+name, func(b *testing.B) {
				for b.Loop() {
					if found := openings(b, h, q); len(found) != q.Limit {
						b.Fatalf("%d are found, not %d", len(found), q.Limit)
					}
				}
			})
		}
	}
}
