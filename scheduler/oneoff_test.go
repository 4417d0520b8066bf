package scheduler_test

import (
	"fmt"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// withRetreat is a closed group with an orientation before it, a retreat in it and calls beside it.
const withRetreat = closed + `
one_offs:
  - {id: orientation, kind: orientation, duration: PT1H, lead: P14D, window: [-P7D, P7D]}
  - {id: retreat, duration: PT4H, time: "09:00", between: [6, 7], else_between: [5, 6], days: [sat, sun]}
appointments:
  - {id: call-1, kind: call, duration: [PT25M, PT1H], anchor: programme-start, window: [-P7D, P7D]}
`

func TestOneOffsBelongToTheGroupAndCallsToOnePerson(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	c.now = instant("2025-12-20T15:00:00Z")
	cohort := c.open(opening(define(t, withRetreat)))
	p := c.enroll(cohort, "p")
	var all []string
	for _, s := range c.roster(cohort).Sessions {
		all = append(all, fmt.Sprintf("%d %s %s", s.Number, s.Kind, s.Wall.Date.String()[5:]))
	}
	same(t, "sessions", all,
		"[0 orientation 12-23 0 call 01-05 1 group 01-06 2 group 01-13 3 group 01-20 4 group 01-27 5 group 02-03 6 "+
			"group 02-10 0 retreat 02-14 7 group 02-17 8 group 02-24]")
	same(t, "entry", p.Entry, "2026-01-06")
	if got := len(c.dates(cohort, p.Enrollment)); got != 11 {
		t.Errorf("%d seats, want all 10 and the call", got)
	}
	retreat := c.on(cohort, "2026-02-14")
	if err := c.move(retreat.ID, "2026-02-21T09:00"); err != nil {
		t.Fatalf("a retreat may pass a session: %v", err)
	}
	refused(t, c.move(retreat.ID, "2026-02-24T16:00"), fault.Invalid, "to",
		"This cohort already meets at that time, on 2026-02-24 at 18:00. Choose another time.")
	if err := c.cancel(scheduler.CancelRequest{Session: retreat.ID, Content: scheduler.Append}); err != nil {
		t.Fatal(err)
	}
	if r := c.roster(cohort); len(r.Sessions) != 11 || len(c.last.Announcements) != 1 {
		t.Errorf("a cancelled retreat left %d sessions and %d tellings", len(r.Sessions), len(c.last.Announcements))
	}
}

func TestAPastOrientationDoesNotCloseTheGroup(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, withRetreat)))
	if got := len(c.dates(cohort, c.enroll(cohort, "p").Enrollment)); got != 10 {
		t.Errorf("%d seats, want the 9 to come and the call", got)
	}
}

func TestContinuousStaySeatsEverySessionUntilTheLastPosition(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, rolling+"stay: continuous\n")))
	p := c.enroll(cohort, "p")
	if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-02-24").ID,
		Content: scheduler.Skip}); err != nil {
		t.Fatal(err)
	}
	same(t, "itinerary", c.dates(cohort, p.Enrollment),
		"[01-06 m1 01-13 m2 01-20 m3 01-27 m4 02-03 m5 02-10 m6 02-17 m7 03-03 m1 03-10 m2 03-17 m3 03-24 m4 03-31 "+
			"m5 04-07 m6 04-14 m7 04-21 m8]")
}

func TestAddedSessionsAreAsLongAsTheOthers(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(builtin(t, "m-rocc")))
	last := c.roster(cohort).Sessions[23]
	if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-01-20").ID}); err != nil {
		t.Fatal(err)
	}
	added := c.roster(cohort).Sessions[24]
	same(t, "added", []any{added.Kind, added.Minutes, added.End.Sub(added.Start), added.Wall,
		added.Position, added.Title},
		[]any{"group", 90, 90 * time.Minute, "2026-06-23T18:00", last.Position, last.Title})
}

func TestIDs(t *testing.T) {
	t.Parallel()
	same(t, "an id", scheduler.RandomID([9]byte{0xff, 1, 2, 3, 4, 5, 0xff, 7, 0xff}), "zw0g40r40qzgf")
	same(t, "a UUIDv4", scheduler.RandomUID([16]byte{0xff, 1, 2, 3, 4, 5, 0xff, 7, 0xff, 9, 10, 11, 12, 13, 14, 15}),
		"ff010203-0405-4f07-bf09-0a0b0c0d0e0f")
	derived := scheduler.DeriveID("parent", "kind", "natural")
	if !scheduler.IsDerivedID(string(derived)) || derived != scheduler.DeriveID("parent", "kind", "natural") {
		t.Errorf("derived %s does not stay the same", derived)
	}
	if other := scheduler.DeriveID("parent", "kind", "other"); other[:8] != derived[:8] || other == derived {
		t.Errorf("%s and %s have one parent", derived, other)
	}
	if scheduler.DeriveID("a", "bc", "d") == scheduler.DeriveID("ab", "c", "d") {
		t.Error("ids of different things are the same")
	}
}
