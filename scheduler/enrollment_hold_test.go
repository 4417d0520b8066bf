package scheduler_test

import (
	"slices"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

const holdMax = "completion: {type: content}\nabsence: {hold_max: P28D}"

func TestALeaveKeepsTheSeatAndOwesWhatFallsIntoIt(t *testing.T) {
	t.Parallel()
	c, cohort, p, _ := two(t, holdMax)
	c.note(cohort, "P", scheduler.SeatPresent, "01-20")
	c.must(desk.Hold(until(p, "2026-02-10")))
	const away = "[01-20 m3 01-27 m4 02-03 m5 02-10 m6 02-17 m7 02-24 m8 03-03 m1 03-10 m2 03-24 m4 03-31 m5]"
	same(t, "away", []any{c.enrollment(p).State, c.dates(cohort, p)}, "[on_hold "+away+"]")
	same(t, "excused to the day before",
		[]any{c.state(cohort, "2026-01-27", "P"), c.state(cohort, "2026-02-03", "P"),
			c.state(cohort, "2026-02-10", "P")}, "[excused excused planned]")
	same(t, "owed", c.itinerary(p).Owed, "[m4 m5]")
	c.keep("2026-02-10T04:59:59Z")
	same(t, "a second before midnight", c.enrollment(p).State, scheduler.OnHold)
	c.keep("2026-02-10T05:00:00Z")
	same(t, "ends by itself", []any{c.enrollment(p).State, c.dates(cohort, p)}, "[active "+away+"]")
	same(t, "staff are asked", slices.Contains(c.asked(), scheduler.AboutHoldEnded), true)
	c.keep("2026-02-10T05:01:00Z")
	same(t, "once", c.enrollment(p).State, scheduler.Active)
}

func TestComingBackEarly(t *testing.T) {
	t.Parallel()
	c, cohort, p, _ := two(t, holdMax)
	c.note(cohort, "P", scheduler.SeatPresent, "01-20")
	c.must(desk.Hold(until(p, "2026-02-17")))
	c.welcomed()
	c.now = instant("2026-01-29T12:00:00Z")
	if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-02-24").ID,
		Content: scheduler.Skip}); err != nil {
		t.Fatal(err)
	}
	c.must(desk.Resume(p))
	same(t, "seats", c.dates(cohort, p),
		"[01-20 m3 01-27 m4 02-03 m5 02-10 m6 02-17 m7 03-03 m1 03-10 m2 03-24 m4 04-21 m8]")
	same(t, "what happened meanwhile is told", c.told("P"),
		"[added 02-03 added 02-10 added 04-21 cancelled 02-24 off 03-31 off 04-07]")
	refused(t, c.confirm(desk.Resume(p)), fault.Closed, "", "This person is not on hold: the enrollment is active.")
}

func TestLeavesRefuse(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rule, until string
		kind        fault.Kind
		field       string
		sentence    string
	}{
		"too long": {holdMax, "2026-02-19", fault.Invalid, "until",
			"The protocol allows a leave of P4W, to 2026-02-18 at the latest. Choose an earlier end."},
		"over before it begins": {holdMax, "2026-01-21", fault.Invalid, "until",
			"The leave ends on 2026-01-21, which has passed. Choose a later date."},
		"without an end": {"completion: {type: content}", "", fault.Invalid, "until",
			"A leave needs its end, a date written like 2026-03-01."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _, p, _ := two(t, tt.rule)
			before := written(c)
			refused(t, c.confirm(desk.Hold(until(p, tt.until))), tt.kind, tt.field, tt.sentence)
			c.unchanged("a refused leave", before)
		})
	}
	t.Run("the longest is allowed, and the default", func(t *testing.T) {
		t.Parallel()
		for _, day := range []string{"2026-02-18", ""} {
			c, _, p, _ := two(t, holdMax)
			c.must(desk.Hold(until(p, day)))
			same(t, "last day", c.enrollment(p).Leave.Last, "2026-02-18")
			refused(t, c.confirm(desk.Hold(until(p, day))), fault.Closed, "",
				"This enrollment is on hold and cannot become on hold. Look at it again before you go on.")
		}
	})
}

func TestASeatGivenUpForALeave(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) (c *clinic, cohort, a, b scheduler.ID) {
		t.Helper()
		c = newClinic(t)
		cohort = c.open(opening(define(t, rolling, "capacity: {max: 1}", "entry: {type: any, lead: P0D}", holdMax)))
		a, b = c.enroll(cohort, "A").Enrollment, c.enroll(cohort, "B").Enrollment
		c.now = instant("2026-01-14T12:00:00Z")
		c.note(cohort, "A", scheduler.SeatPresent, "01-06", "01-13")
		h := until(a, "2026-02-05")
		h.Release = true
		c.must(desk.Hold(h))
		same(t, "seats", c.dates(cohort, a), "[01-06 m1 01-13 m2]")
		same(t, "owed", c.itinerary(a).Owed, "[m3 m4 m5]")
		same(t, "goes to who waits", offered(c, cohort, b), "01-20")
		return c, cohort, a, b
	}
	t.Run("is gone", func(t *testing.T) {
		t.Parallel()
		c, cohort, a, b := start(t)
		c.must(desk.Accept(b))
		later := c.ask(scheduler.EnrollRequest{Cohort: cohort, Person: "later", Priority: 9})
		c.keep("2026-02-05T05:00:00Z")
		same(t, "back", []any{c.enrollment(a).State, c.roster(cohort).WaitlistPosition(c.enrollment(a))}, "[waiting 1]")
		same(t, "who asked meanwhile", c.roster(cohort).WaitlistPosition(c.enrollment(later.Enrollment)), 2)
		c.keep("2026-02-18T12:00:00Z") // B has the seats to 03-10
		same(t, "offered what they owe", []any{offered(c, cohort, a), c.dates(cohort, a)},
			"[03-17 [01-06 m1 01-13 m2 03-17 m3 03-24 m4 03-31 m5 04-07 m6 04-14 m7 04-21 m8]]")
	})
	t.Run("is free still", func(t *testing.T) {
		t.Parallel()
		c, cohort, a, b := start(t)
		if err := c.withdraw(b); err != nil {
			t.Fatal(err)
		}
		c.now = instant("2026-01-22T12:00:00Z")
		c.must(desk.Resume(a))
		same(t, "back", []any{c.enrollment(a).State, c.dates(cohort, a)},
			"[active [01-06 m1 01-13 m2 01-27 m4 02-03 m5 02-10 m6 02-17 m7 02-24 m8 03-17 m3]]")
		same(t, "told", slices.Contains(c.told("A"), "added 03-17"), true)
	})
}

func TestALeaveOfWeeks(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ rule, seats string }{
		"the weeks go on": {"completion: {type: weeks, n: 4}\nabsence: {hold_max: P28D}",
			"[01-20 m3 01-27 m4 02-03 m5 02-10 m6]"},
		"the weeks stand still": {"completion: {type: weeks, n: 4}\nabsence: {hold_max: P28D}\n" +
			"hold: {seat: keep, pauses_clock: true}", "[01-20 m3 01-27 m4 02-03 m5 02-10 m6 02-17 m7]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, cohort, p, _ := two(t, tt.rule)
			c.must(desk.Hold(until(p, "2026-01-28")))
			c.keep("2026-01-28T05:00:00Z")
			same(t, "seats", c.dates(cohort, p), tt.seats)
		})
	}
}

// A seat that was given up for a leave is taken again for the rest of the weeks, not
// for all of them, whether it is free at once or comes with an offer.
func TestAReleasedSeatOfWeeks(t *testing.T) {
	t.Parallel()
	const pauses = "\nhold: {seat: keep, pauses_clock: true}"
	for name, tt := range map[string]struct {
		clock, until string
		taken        bool // by somebody who asked meanwhile
		later        string
		want         string
	}{
		"gone, the weeks went on":        {"", "2026-02-05", true, "", "[offered 03-10 03-17]"},
		"gone, the weeks stood still":    {pauses, "2026-02-05", true, "", "[offered 03-10 03-17 03-24 03-31]"},
		"free, the weeks went on":        {"", "2026-02-05", false, "", "[active 02-10]"},
		"free, the weeks stood still":    {pauses, "2026-02-05", false, "", "[active 02-10 02-17 02-24 03-03]"},
		"only the rest must be free":     {"", "2026-02-05", false, "2026-02-17", "[active 02-10]"},
		"the rest is not free":           {pauses, "2026-02-05", false, "2026-02-17", "[waiting]"},
		"the weeks are over":             {"", "2026-02-18", false, "", "[completed]"},
		"the weeks are over, seats gone": {"", "2026-02-18", true, "", "[completed]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t)
			cohort := c.open(opening(define(t, rolling, "capacity: {max: 1}", "entry: {type: any, lead: P0D}",
				"completion: {type: weeks, n: 6}\nabsence: {hold_max: P28D}"+tt.clock)))
			a := c.enroll(cohort, "A").Enrollment
			c.now = instant("2026-01-21T12:00:00Z")
			c.note(cohort, "A", scheduler.SeatPresent, "01-06", "01-13", "01-20")
			c.must(desk.Hold(scheduler.HoldRequest{Enrollment: a, Until: date(tt.until), Release: true}))
			if tt.taken {
				same(t, "somebody else", c.enroll(cohort, "B").Entry, "2026-01-27")
			}
			if tt.later != "" {
				same(t, "somebody later",
					c.ask(scheduler.EnrollRequest{Cohort: cohort, Person: "C", Earliest: date(tt.later)}).Entry,
					tt.later)
			}
			c.keep(tt.until + "T05:00:00Z")
			if tt.taken {
				c.keep("2026-02-20T12:00:00Z") // the first entry after B is near
			}
			got := []any{c.enrollment(a).State}
			for _, day := range c.dates(cohort, a)[3:] {
				got = append(got, day[:len("02-10")])
			}
			same(t, "back", got, tt.want)
		})
	}
}
