package scheduler_test

import (
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

func TestTransferTakesTheCreditAlong(t *testing.T) {
	t.Parallel()
	c, home, abroad, p := parallel(t)
	c.must(desk.Transfer(p, abroad))
	moved := c.latest("P")
	same(t, "left", []any{c.enrollment(p).State, c.dates(home, p)}, "[withdrawn [01-20 m3 01-27 m4 02-03 m5]]")
	same(t, "goes on with what is owed", []any{moved.State, moved.Continues == p, c.dates(abroad, moved.ID)},
		"[active true [02-11 m5 02-18 m6 02-25 m7 03-04 m8 03-11 m1 03-18 m2]]")
	it := c.itinerary(moved.ID)
	same(t, "graduation", []any{it.Graduation, it.Entry}, "[2026-03-18 2026-02-11]")
	refused(t, c.confirm(desk.Transfer(moved.ID, abroad)), fault.Invalid, "to",
		"The person is already in this cohort. Choose another one.")
}

// Of four weeks P has served two.
func TestTransferTakesTheWeeksAlong(t *testing.T) {
	t.Parallel()
	c, _, abroad, p := parallel(t, "completion: {type: weeks, n: 4}")
	c.must(desk.Transfer(p, abroad))
	same(t, "the weeks that are left", c.dates(abroad, c.latest("P").ID), "[02-11 m5 02-18 m6]")
}

func TestTransferIntoAFullCohortChangesNothing(t *testing.T) {
	t.Parallel()
	c, _, abroad, p := parallel(t, "capacity: {max: 1}")
	c.ask(scheduler.EnrollRequest{Cohort: abroad, Person: "Q"})
	before := written(c)
	refused(t, c.confirm(desk.Transfer(p, abroad)), fault.Full, "",
		"The other cohort has no free seat for the whole stay within the seat horizon. The person stays where "+
			"they are.")
	c.unchanged("a refused transfer", before)
}

func TestTransferBetweenProtocols(t *testing.T) {
	t.Parallel()
	c, _, _, p := parallel(t)
	o := opening(define(t, rolling, "protocol: another"))
	o.Past = true
	other := c.open(o)
	before := written(c)
	refused(t, c.confirm(desk.Transfer(p, other)), fault.Conflict, "",
		"The cohorts run different protocols, rolling@1 and another@1, so credit cannot be transferred. Choose a "+
			"cohort of the same protocol and version.")
	c.unchanged("a refused transfer", before)
}

// P has m3, m4 and the waiver of m1 when they leave on 2026-02-04.
func TestReentry(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rule  string
		mode  scheduler.EntryMode
		seats string
		asked string
	}{
		"resume": {"modes: [resume]", scheduler.ModeResume,
			"[02-10 m6 02-17 m7 02-24 m8 03-10 m2 03-31 m5]", ""},
		"after the wait": {"modes: [resume], wait: P14D", scheduler.ModeResume,
			"[02-24 m8 03-10 m2 03-31 m5 04-07 m6 04-14 m7]", ""},
		"restart": {"modes: [restart]", scheduler.ModeRestart,
			"[02-17 m7 02-24 m8 03-03 m1 03-10 m2 03-17 m3 03-24 m4 03-31 m5 04-07 m6]", ""},
		"assessed again": {"modes: [resume], reassess: true", scheduler.ModeResume,
			"[02-10 m6 02-17 m7 02-24 m8 03-10 m2 03-31 m5]", "reassess"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, home, _, p := parallel(t, "completion: {type: content}\nreentry: {"+tt.rule+"}")
			c.must(desk.Waive(p, "m1", "knows it"))
			refused(t, c.confirm(desk.Reenter(p, tt.mode)), fault.Closed, "",
				"This person has not left: the enrollment is active.")
			if err := c.withdraw(p); err != nil {
				t.Fatal(err)
			}
			c.must(desk.Reenter(p, tt.mode))
			back := c.latest("P")
			same(t, "seats", []any{back.State, c.dates(home, back.ID)}, "[active "+tt.seats+"]")
			found := ""
			for _, about := range c.asked() {
				if about == scheduler.AboutReassess {
					found = about
				}
			}
			same(t, "asked", found, tt.asked)
			same(t, "welcomed", c.told("P")[len(c.told("P"))-1], "welcome")
		})
	}
	t.Run("where a module begins", func(t *testing.T) {
		t.Parallel()
		c := newClinic(t)
		cohort := c.open(opening(define(t, rolling,
			"content: {order: cyclic, modules: [{id: a, title: A, sessions: 2}, {id: b, title: B, sessions: 2}]}",
			"entry: {type: any, lead: P0D}")))
		p := c.enroll(cohort, "P").Enrollment
		c.now = instant("2026-01-07T12:00:00Z")
		c.note(cohort, "P", scheduler.SeatPresent, "01-06")
		if err := c.withdraw(p); err != nil {
			t.Fatal(err)
		}
		c.must(desk.Reenter(p, scheduler.ModeModuleStart))
		same(t, "seats", c.dates(cohort, c.latest("P").ID), "[01-20 b-1 01-27 b-2 02-10 a-2]")
	})
	t.Run("not in every way", func(t *testing.T) {
		t.Parallel()
		c, _, _, p := parallel(t, "completion: {type: content}\nreentry: {modes: [resume]}")
		if err := c.withdraw(p); err != nil {
			t.Fatal(err)
		}
		for _, mode := range []scheduler.EntryMode{scheduler.ModeRestart, "somehow", ""} {
			err := c.confirm(desk.Reenter(p, mode))
			if all := fault.All(err); len(all) != 1 || all[0].Kind != fault.Invalid || all[0].Field != "mode" {
				t.Errorf("by %q: %v", mode, err)
			}
		}
	})
}

func TestPeopleAreKeptApart(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, rolling, "completion: {type: sessions, n: 2}")))
	c.person("A", scheduler.Email)
	c.person("B", scheduler.Email)
	refused(t, c.confirm(desk.KeepApart("A", "A")), fault.Invalid, "keep_apart",
		"Keeping apart needs two different people. Name both.")
	c.must(desk.KeepApart("A", "B"))
	same(t, "the first", c.enroll(cohort, "A").Entry, "2026-01-06")
	same(t, "the second", c.enroll(cohort, "B").Entry, "2026-01-20")
	same(t, "somebody else", c.enroll(cohort, "C").Entry, "2026-01-06")
}

// Once two people are not kept apart any more, the same entry is open to both, and
// who has waited because of the other is offered it.
func TestKeepingApartEnds(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, closed)))
	for _, person := range []scheduler.ID{"A", "B", "C"} {
		c.person(person, scheduler.Email)
	}
	refused(t, c.confirm(desk.EndApart("A", "B")), fault.NotFound, "keep_apart",
		"These two people are not kept apart, so there is nothing to end.")
	c.must(desk.KeepApart("A", "B"))
	c.must(desk.KeepApart("C", "A"))
	c.must(desk.KeepApart("A", "C")) // said again
	same(t, "pairs", c.apart, "[[A B] [C A]]")
	same(t, "from whom", c.last.ApartFrom("A"), "[B C]")
	c.enroll(cohort, "A")
	b, third := c.enroll(cohort, "B"), c.enroll(cohort, "C")
	same(t, "B", b.State, scheduler.Waiting)
	same(t, "C", third.State, scheduler.Waiting)
	refused(t, c.admit(b.Enrollment), fault.Full, "",
		"No seat is free for the whole stay yet. This person keeps their place on the waitlist.")

	c.must(desk.EndApart("B", "A"))
	same(t, "pairs", c.apart, "[[C A]]")
	c.upkeep()
	same(t, "B, who waited", c.enrollment(b.Enrollment).State, scheduler.Offered)
	same(t, "C still waits", c.enrollment(third.Enrollment).State, scheduler.Waiting)
	c.must(desk.EndApart("A", "C"))
	c.must(desk.Accept(b.Enrollment)) // another change of the cohort
	same(t, "C, too", c.enrollment(third.Enrollment).State, scheduler.Offered)
}

// Who cannot take an entry keeps the place, and who is behind gets it.
func TestWhoIsPassedOverKeepsThePlace(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, rolling, "capacity: {max: 3}", "entry: {type: any, lead: P1D}")))
	for _, person := range []scheduler.ID{"A", "B", "C"} {
		c.person(person, scheduler.Email)
	}
	c.must(desk.KeepApart("A", "B"))
	c.enroll(cohort, "A") // to 02-24
	b := c.enroll(cohort, "B")
	same(t, "B", []any{b.State, b.WaitlistPosition}, "[waiting 1]")
	same(t, "C is seated before", c.enroll(cohort, "C").State, scheduler.Active)
	c.now = instant("2026-01-20T12:00:00Z")
	same(t, "D too", c.enroll(cohort, "D").Entry, "2026-01-27")
	same(t, "B keeps the place", c.roster(cohort).WaitlistPosition(c.enrollment(b.Enrollment)), 1)
	c.keep("2026-02-03T23:00:00Z")
	same(t, "and gets the first entry without A", offered(c, cohort, b.Enrollment), "03-03")
}
