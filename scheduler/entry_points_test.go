package scheduler_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
)

// From when the seat horizon of 28 days counts: the latest of the request, the
// earliest date and the first session of a group that has not begun.
func TestTheSeatHorizonCountsFromWhenSomebodyCouldBegin(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		start, now, earliest string
		entry                string // empty: waits
	}{
		"in January for June":                {"2026-01-06", "2026-01-14T15:00:00Z", "2026-06-01", "2026-06-09"},
		"the first session is six weeks off": {"2026-02-17", "2026-01-05T15:00:00Z", "", "2026-02-17"},
		"and an earliest date behind it":     {"2026-02-17", "2026-01-05T15:00:00Z", "2026-02-18", "2026-03-03"},
		"26 weeks ahead":                     {"2026-01-06", "2026-01-14T15:00:00Z", "2026-07-15", "2026-07-21"},
		"a day more":                         {"2026-01-06", "2026-01-14T15:00:00Z", "2026-07-16", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t)
			o := opening(define(t, rolling))
			o.Start = date(tt.start)
			cohort := c.open(o)
			c.now = instant(tt.now)
			ask := scheduler.EnrollRequest{Cohort: cohort, Person: "p"}
			if tt.earliest != "" {
				ask.Earliest = date(tt.earliest)
			}
			got := c.ask(ask)
			if tt.entry == "" {
				same(t, "state", got.State, scheduler.Waiting)
				return
			}
			same(t, "entry", []any{got.State, got.Entry}, []any{scheduler.Active, date(tt.entry)})
		})
	}
}

// Who is seated for June takes the seat from anyone who walks in later.
func TestASeatForJuneIsTakenForWalkIns(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, rolling, "capacity: {max: 1}")))
	c.now = instant("2026-01-14T15:00:00Z")
	june := c.ask(scheduler.EnrollRequest{Cohort: cohort, Person: "june", Earliest: date("2026-06-01")})
	same(t, "june", june.Entry, date("2026-06-09"))
	c.now = instant("2026-05-04T15:00:00Z")
	same(t, "a walk-in whose stay would run into June", c.enroll(cohort, "walk-in").State, scheduler.Waiting)
}

// Anyone who waits ahead has a claim on one seat of each entry they could take, not
// on all twelve.
func TestOneWhoWaitsAheadKeepsOneSeat(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, rolling, "entry: {type: positions, positions: [8], lead: P0D}",
		"capacity: {max: 3}")))
	c.now = instant("2026-01-07T12:00:00Z")
	same(t, "beyond the horizon", c.enroll(cohort, "first").State, scheduler.Waiting)
	for _, want := range []scheduler.EnrollmentState{scheduler.Active, scheduler.Active, scheduler.Waiting} {
		person := scheduler.ID(fmt.Sprint("p", len(c.roster(cohort).Enrollments)))
		same(t, "for the entry itself",
			c.ask(scheduler.EnrollRequest{Cohort: cohort, Person: person, Earliest: date("2026-02-24")}).State, want)
	}
}

// One number: whatever is listed as free is had by asking for it in that moment,
// and by as many as the list says.
func TestWhatIsListedIsHadByAsking(t *testing.T) {
	t.Parallel()
	z := zones(t)
	kinds := []*protocols.Definition{
		define(t, rolling, "capacity: {max: 2, max_new_per_session: 1}"),
		define(t, rolling, "capacity: {max: 3}", "entry: {type: any, lead: P1D}"),
		define(t, rolling, "capacity: {max: 4, max_new_per_session: 2}", "completion: {type: weeks, n: 6}"),
		define(t, rolling, "capacity: {max: 2}", "completion: {type: sessions, n: 5}"),
		define(t, closed),
	}
	rapid.Check(t, func(t *rapid.T) {
		k := replayKind{z, kinds[rapid.IntRange(0, len(kinds)-1).Draw(t, "protocol")]}
		l := k.wish(t, drawWishes(t))
		points := l.points(t)
		if len(points) == 0 {
			return
		}
		p := rapid.SampledFrom(points).Draw(t, "entry")
		for n := range p.Seats {
			person := scheduler.ID(fmt.Sprint("new", n))
			if err := l.Enroll(scheduler.PlaceRequest{Cohort: "tuesday", Person: person, Earliest: p.Date},
				""); err != nil {
				t.Fatalf("asking: %v", err)
			}
			it, err := l.Itinerary(person)
			if err != nil || it.State != scheduler.Active || it.Entry != p.Date {
				t.Fatalf("%d seats are listed on %s at %s, and number %d who asks is %s from %s: %v",
					p.Seats, p.Date, l.Now(), n+1, it.State, it.Entry, err)
			}
		}
	})
}

// wishing is a replay of wishes.
type wishing struct{ *scheduler.Replay }

func (w wishing) points(t fatal) []scheduler.EntryPoint {
	t.Helper()
	points, err := w.EntryPoints("tuesday")
	if err != nil {
		t.Fatalf("entry points: %v", err)
	}
	return points
}

// aWish is somebody who asks some days after the one before, and may leave again.
type aWish struct{ days, earliest, priority, leaves int }

func drawWishes(t *rapid.T) []aWish {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) aWish {
		return aWish{
			rapid.IntRange(0, 20).Draw(t, "days"),
			rapid.SampledFrom([]int{0, 0, 0, 10, 60, 170, 190}).Draw(t, "earliest"),
			rapid.IntRange(-1, 1).Draw(t, "priority"), rapid.IntRange(0, 9).Draw(t, "leaves"),
		}
	}), 0, 12).Draw(t, "wishes")
}

func (k replayKind) wish(t *rapid.T, all []aWish) wishing {
	t.Helper()
	l := wishing{k.replay(t, nil)}
	for n, w := range all {
		if err := l.Pass(l.Now().Add(time.Duration(w.days) * 24 * time.Hour)); err != nil {
			t.Fatalf("passing: %v", err)
		}
		ask := scheduler.PlaceRequest{Cohort: "tuesday", Person: scheduler.ID(fmt.Sprint("p", n)), Priority: w.priority}
		if w.earliest > 0 {
			ask.Earliest = civil.WallOf(l.Now(), time.UTC).Date.AddDays(w.earliest)
		}
		if err := l.Enroll(ask, ""); err != nil {
			return l // a closed group that has begun
		}
		if w.leaves < n && slices.Contains([]int{1, 2, 3}, w.leaves) {
			person := scheduler.ID(fmt.Sprint("p", w.leaves))
			if it, err := l.Itinerary(person); err == nil && it.State.Live() {
				if err := l.About(person, "", (*scheduler.Book).Withdraw); err != nil {
					t.Fatalf("leaving: %v", err)
				}
			}
		}
	}
	return l
}
