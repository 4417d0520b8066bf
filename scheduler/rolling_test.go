package scheduler_test

import (
	"fmt"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/desk"
)

// workedExample is the published example: weekly on Tuesdays, eight modules
// turning, P asks on 2026-01-14.
func workedExample(t *testing.T) (c *clinic, cohort, enrollment scheduler.ID) {
	t.Helper()
	c = newClinic(t)
	cohort = c.open(opening(define(t, rolling)))
	c.now = instant("2026-01-14T14:00:00Z")
	p := c.enroll(cohort, "P")
	same(t, "entry", p.Entry, "2026-01-20")
	same(t, "itinerary", c.dates(cohort, p.Enrollment),
		"[01-20 m3 01-27 m4 02-03 m5 02-10 m6 02-17 m7 02-24 m8 03-03 m1 03-10 m2]")
	c.welcomed()
	return c, cohort, p.Enrollment
}

func TestWorkedExample(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		cancel scheduler.CancelRequest
		seats  string
		told   string
	}{
		"append": {
			scheduler.CancelRequest{Content: scheduler.Append},
			"[01-20 m3 01-27 m4 02-03 m5 02-10 m6 02-17 m7 03-03 m8 03-10 m1 03-17 m2]",
			"[cancelled 02-24 added 03-17]",
		},
		"as the protocol says": {
			scheduler.CancelRequest{},
			"[01-20 m3 01-27 m4 02-03 m5 02-10 m6 02-17 m7 03-03 m8 03-10 m1 03-17 m2]",
			"[cancelled 02-24 added 03-17]",
		},
		"skip": {
			scheduler.CancelRequest{Content: scheduler.Skip},
			"[01-20 m3 01-27 m4 02-03 m5 02-10 m6 02-17 m7 03-03 m1 03-10 m2 04-21 m8]",
			"[cancelled 02-24 added 04-21]",
		},
		"makeup": {
			scheduler.CancelRequest{Content: scheduler.Makeup, On: wall("2026-02-26T12:00")},
			"[01-20 m3 01-27 m4 02-03 m5 02-10 m6 02-17 m7 02-26 m8 03-03 m1 03-10 m2]",
			"[cancelled 02-24 added 02-26]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, cohort, p := workedExample(t)
			tt.cancel.Session = c.on(cohort, "2026-02-24").ID
			if err := c.cancel(tt.cancel); err != nil {
				t.Fatal(err)
			}
			same(t, "itinerary", c.dates(cohort, p), tt.seats)
			var told []string
			for _, x := range c.last.Announcements {
				told = append(told, x.About, c.roster(cohort).Session(x.Session).Wall.Date.String()[5:])
			}
			same(t, "told", told, tt.told)
		})
	}
}

func TestAMakeupChangesNobodyElsesItinerary(t *testing.T) {
	t.Parallel()
	c, cohort, _ := workedExample(t)
	later := c.ask(scheduler.EnrollRequest{Cohort: cohort, Person: "later", Earliest: date("2026-01-27")})
	before := c.dates(cohort, later.Enrollment)
	same(t, "entry at m5", before[0], "02-03 m5")
	if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-01-27").ID, Content: scheduler.Makeup,
		On: wall("2026-02-05T18:00")}); err != nil {
		t.Fatal(err)
	}
	same(t, "itinerary", c.dates(cohort, later.Enrollment), before)
	var told []string
	for _, x := range c.last.Announcements {
		told = append(told, string(x.Person)+" "+x.About)
	}
	same(t, "P's two, and the offer of an earlier date for m4", told, "[later offer P cancelled P added]")
}

func TestAMissedPositionIsOwed(t *testing.T) {
	t.Parallel()
	c, cohort, p := workedExample(t)
	c.now = instant("2026-02-04T12:00:00Z")
	for _, seat := range c.roster(cohort).SeatsOf(p) {
		if s := c.roster(cohort).Session(seat.Session); s.Position == "m5" {
			seat.State = scheduler.SeatMissed
		} else if s.Past(c.now) {
			seat.State = scheduler.SeatPresent
		}
	}
	if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-02-24").ID}); err != nil {
		t.Fatal(err)
	}
	same(t, "itinerary", c.dates(cohort, p),
		"[01-20 m3 01-27 m4 02-03 m5 02-10 m6 02-17 m7 03-03 m8 03-10 m1 03-17 m2 04-07 m5]")
}

// TestAShiftThatUncoversADate cancels for somebody who owes a position out of
// turn: the shift gives one of their dates a content they have.
func TestAShiftThatUncoversADate(t *testing.T) {
	t.Parallel()
	c, cohort, p := workedExample(t)
	c.now = instant("2026-02-04T12:00:00Z")
	r := c.roster(cohort)
	for _, seat := range r.SeatsOf(p) {
		if r.Session(seat.Session).Position == "m5" {
			seat.State = scheduler.SeatMissed
		}
	}
	r.Seats = append(r.Seats, &scheduler.Seat{
		ID: "again", Enrollment: p, Session: c.on(cohort, "2026-03-31").ID, State: scheduler.SeatPlanned, UID: "again",
		Told: scheduler.Told{Moment: scheduler.MomentOf(&scheduler.Seat{State: scheduler.SeatPlanned},
			c.on(cohort, "2026-03-31"))},
	})
	if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-02-24").ID}); err != nil {
		t.Fatal(err)
	}
	same(t, "itinerary", c.dates(cohort, p),
		"[01-20 m3 01-27 m4 02-03 m5 02-10 m6 02-17 m7 03-03 m8 03-10 m1 03-17 m2 04-07 m5]")
	told := map[string]bool{}
	for _, x := range c.last.Announcements {
		told[x.About+" "+c.roster(cohort).Session(x.Session).Wall.Date.String()[5:]] = true
	}
	same(t, "told", told, "map[added 03-17:true added 04-07:true cancelled 02-24:true off 03-31:true]")
}

func TestEntryPoints(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		lines    []string
		now      string
		earliest string
		entry    string
	}{
		"named positions":       {nil, "2026-01-14T14:00:00Z", "", "2026-01-20"},
		"the first session":     {nil, "2026-01-05T15:00:00Z", "", "2026-01-06"},
		"earliest date":         {nil, "2026-01-07T15:00:00Z", "2026-01-21", "2026-02-03"},
		"earliest is inclusive": {nil, "2026-01-05T15:00:00Z", "2026-01-20", "2026-01-20"},
		"any": {[]string{"entry: {type: any, lead: P0D}"}, "2026-01-07T14:00:00Z",
			"", "2026-01-13"},
		"module start": {[]string{"content: {order: cyclic, modules: [{id: a, title: A, sessions: 3}, " +
			"{id: b, title: B, sessions: 2}]}", "entry: {type: module-start, lead: P2D}"}, "2026-01-12T14:00:00Z",
			"", "2026-01-27"},
		"exactly the lead": {[]string{"entry: {type: any, lead: P2D}"}, "2026-01-11T23:00:00Z",
			"", "2026-01-13"},
		"a second inside it": {[]string{"entry: {type: any, lead: P2D}"}, "2026-01-11T23:00:01Z",
			"", "2026-01-20"},
		"a session that is on": {[]string{"entry: {type: any, lead: P0D}"}, "2026-01-13T23:00:00Z",
			"", "2026-01-20"},
		"across a change of time": {[]string{"entry: {type: any, lead: P0D}"}, "2026-03-08T14:00:00Z",
			"", "2026-03-10"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t)
			cohort := c.open(opening(define(t, rolling, tt.lines...)))
			c.now = instant(tt.now)
			ask := scheduler.EnrollRequest{Cohort: cohort, Person: "p"}
			if tt.earliest != "" {
				ask.Earliest = date(tt.earliest)
			}
			same(t, "entry", c.ask(ask).Entry, tt.entry)
		})
	}
}

func TestModuleStartsOfMoreRolling(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(builtin(t, "more-rolling")))
	c.now = instant("2026-01-12T14:00:00Z")
	p := c.enroll(cohort, "p")
	same(t, "before the orientation", []any{p.State, len(c.dates(cohort, p.Enrollment))}, "[pending 0]")
	if err := c.desk().Confirm(t.Context(), c.request(),
		desk.DonePrerequisite(p.Enrollment, "orientation")); err != nil {
		t.Fatal(err)
	}
	r := c.roster(cohort)
	same(t, "entry", r.Session(r.Enrollment(p.Enrollment).Entry).Wall.Date, "2026-01-27")
	same(t, "itinerary", c.dates(cohort, p.Enrollment),
		"[01-27 reappraisal-1 02-03 reappraisal-2 02-10 savoring-1 02-17 savoring-2 02-24 savoring-3 03-03 "+
			"mindfulness-1 03-10 mindfulness-2 03-17 mindfulness-3]")
}

func TestCompletionRules(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ completion, seats string }{
		"sessions": {"completion: {type: sessions, n: 3}", "[01-20 m3 01-27 m4 02-03 m5]"},
		"weeks":    {"completion: {type: weeks, n: 2}", "[01-20 m3 01-27 m4]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t)
			cohort := c.open(opening(define(t, rolling, tt.completion)))
			c.now = instant("2026-01-14T14:00:00Z")
			same(t, "itinerary", c.dates(cohort, c.enroll(cohort, "p").Enrollment), tt.seats)
		})
	}
	t.Run("sessions are counted anew after a cancellation", func(t *testing.T) {
		t.Parallel()
		c := newClinic(t)
		cohort := c.open(opening(define(t, rolling, "completion: {type: sessions, n: 3}")))
		p := c.enroll(cohort, "p")
		if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-01-13").ID,
			Content: scheduler.Skip}); err != nil {
			t.Fatal(err)
		}
		same(t, "itinerary", c.dates(cohort, p.Enrollment), "[01-06 m1 01-20 m3 01-27 m4]")
	})
	t.Run("weeks do not grow", func(t *testing.T) {
		t.Parallel()
		c := newClinic(t)
		cohort := c.open(opening(define(t, rolling, "completion: {type: weeks, n: 3}")))
		p := c.enroll(cohort, "p")
		if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-01-13").ID}); err != nil {
			t.Fatal(err)
		}
		same(t, "itinerary", c.dates(cohort, p.Enrollment), "[01-06 m1 01-20 m2]")
	})
}

func TestMaxNewHoldsFromTheSecondSessionOn(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, rolling, "capacity: {max: 12, max_new_per_session: 2}")))
	for i := range 5 {
		same(t, "entry at the start", c.enroll(cohort, scheduler.ID(fmt.Sprint("first", i))).Entry, "2026-01-06")
	}
	c.now = instant("2026-01-14T14:00:00Z")
	for i, want := range []string{"2026-01-20", "2026-01-20", "2026-02-03", "2026-02-03"} {
		same(t, "entry", c.enroll(cohort, scheduler.ID(fmt.Sprint("next", i))).Entry, want)
	}
	gone := c.roster(cohort).Enrollments[5]
	if err := c.withdraw(gone.ID); err != nil {
		t.Fatal(err)
	}
	same(t, "entry after one left", c.enroll(cohort, "last").Entry, "2026-01-20")
}

func TestASeatMustBeFreeOverTheWholeStay(t *testing.T) {
	t.Parallel()
	sixth := func(t *testing.T, completion string) scheduler.Enrolled {
		c := newClinic(t)
		cohort := c.open(opening(define(t, rolling, "capacity: {max: 1}", "entry: {type: any, lead: P0D}", completion)))
		c.now = instant("2026-01-15T00:00:00Z") // from here 2026-02-10 is inside the horizon
		if first := c.ask(scheduler.EnrollRequest{Cohort: cohort, Person: "first",
			Earliest: date("2026-02-10")}); first.Entry != date("2026-02-10") {
			t.Fatalf("the first enters at %s", first.Entry)
		}
		c.now = now()
		return c.enroll(cohort, "p")
	}
	t.Run("full in the sixth week only", func(t *testing.T) {
		t.Parallel()
		if got := sixth(t, "completion: {type: content}"); got.State != scheduler.Waiting || got.WaitlistPosition != 1 {
			t.Errorf("got %+v, want waiting", got)
		}
	})
	t.Run("done before the sixth week", func(t *testing.T) {
		t.Parallel()
		if got := sixth(t, "completion: {type: sessions, n: 5}"); got.State != scheduler.Active ||
			got.Entry != date("2026-01-06") {
			t.Errorf("got %+v, want seated", got)
		}
	})
	t.Run("one session too long", func(t *testing.T) {
		t.Parallel()
		if got := sixth(t, "completion: {type: sessions, n: 6}"); got.State != scheduler.Waiting {
			t.Errorf("got %+v, want waiting", got)
		}
	})
}

func TestGraduationsFreeSeats(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, rolling, "capacity: {max: 1}")))
	c.enroll(cohort, "p") // until 2026-02-24
	c.now = instant("2026-02-05T00:00:00Z")
	same(t, "entry", c.enroll(cohort, "next").Entry, "2026-03-03")
}

func TestSeatHorizon(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		waitlist string
		at       string
		state    scheduler.EnrollmentState
	}{
		"28 days ahead":       {"capacity: {max: 12}", "10:00", scheduler.Active},
		"a minute more":       {"capacity: {max: 12}", "10:01", scheduler.Waiting},
		"the protocol's own":  {"capacity: {max: 12}\nwaitlist: {seat_horizon: P27D}", "10:00", scheduler.Waiting},
		"the protocol's long": {"capacity: {max: 12}\nwaitlist: {seat_horizon: P29D}", "10:01", scheduler.Active},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t)
			o := opening(define(t, rolling, "entry: {type: positions, positions: [6], lead: P0D}", tt.waitlist))
			o.Start, o.At, o.Past = date("2025-12-29"), clock(tt.at), true // begun; 10:00 is 15:00Z, as now
			cohort := c.open(o)
			p := c.enroll(cohort, "p")
			same(t, "state", p.State, tt.state)
			if tt.state != scheduler.Waiting {
				return
			}
			c.now = c.now.AddDate(0, 0, 2)
			behind := c.enroll(cohort, "behind") // after those who wait had their offer
			r := c.roster(cohort)
			same(t, "when the entry came near", []any{r.Enrollment(p.Enrollment).State, behind.State},
				"[offered active]")
			if err := c.admit(p.Enrollment); err != nil {
				t.Fatal(err)
			}
			same(t, "entry", len(c.dates(cohort, p.Enrollment)), 8)
		})
	}
	t.Run("a closed cohort has none", func(t *testing.T) {
		t.Parallel()
		c, o := newClinic(t), opening(define(t, closed))
		o.Start = date("2026-06-02")
		same(t, "state", c.enroll(c.open(o), "p").State, scheduler.Active)
	})
}

// Who has something else on the date that a content moves to owes it until its
// next turn; the others are not kept from theirs.
func TestAddedSeatsDoNotOverlap(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		content   scheduler.ContentAfter
		elsewhere string // where the person has something else
	}{
		"append into a session that stood already": {scheduler.Append, "2026-03-17"},
		"makeup": {scheduler.Makeup, "2026-02-26"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, cohort, p := workedExample(t)
			o := opening(define(t, closed, "content: {order: fixed, unit: session, count: 1}"))
			o.Start, o.At = date(tt.elsewhere), clock("19:00")
			c.enroll(c.open(o), "P")
			err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-02-24").ID, Content: tt.content,
				On: wall("2026-02-26T18:00")})
			if err != nil {
				t.Fatal(err)
			}
			r, late := c.roster(cohort), ""
			for _, seat := range r.SeatsOf(p) {
				s := r.Session(seat.Session)
				if seat.State.Occupies() && s.Live() && s.Wall.Date.String() == tt.elsewhere {
					t.Errorf("a seat on %s, when they have something else", tt.elsewhere)
				}
				if seat.State.Occupies() && s.Wall.Date.After(date("2026-04-01")) {
					late = s.Wall.Date.String()
				}
			}
			if late == "" {
				t.Error("the position is not owed")
			}
		})
	}
	t.Run("skip waits for the turn after", func(t *testing.T) {
		t.Parallel()
		c, cohort, p := workedExample(t)
		o := opening(define(t, closed, "content: {order: fixed, unit: session, count: 1}"))
		o.Start, o.At = date("2026-04-21"), clock("19:00")
		c.enroll(c.open(o), "P")
		if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-02-24").ID,
			Content: scheduler.Skip}); err != nil {
			t.Fatal(err)
		}
		dates := c.dates(cohort, p)
		same(t, "last seat", dates[len(dates)-1], "06-16 m8")
	})
}

func TestAFullSessionLeavesThePositionOwedUntilTheNextTurn(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, rolling, "capacity: {max: 1}")))
	p := c.enroll(cohort, "p") // 01-06 to 02-24
	c.now = instant("2026-02-05T00:00:00Z")
	next := c.enroll(cohort, "next") // 03-03 to 04-21
	c.now = instant("2026-02-05T12:00:00Z")
	if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-02-17").ID}); err != nil {
		t.Fatal(err)
	}
	r := c.roster(cohort)
	for _, s := range r.Sessions {
		if r.Seated(s.ID) > s.SeatLimit {
			t.Errorf("%s has %d people", s.Wall, r.Seated(s.ID))
		}
	}
	same(t, "who comes after", c.dates(cohort, next.Enrollment),
		"[03-03 m8 03-10 m1 03-17 m2 03-24 m3 03-31 m4 04-07 m5 04-14 m6 04-21 m7]")
	same(t, "who is delayed", c.dates(cohort, p.Enrollment),
		"[01-06 m1 01-13 m2 01-20 m3 01-27 m4 02-03 m5 02-10 m6 02-24 m7 04-28 m8]")
}
