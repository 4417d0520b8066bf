package scheduler_test

import (
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// parallel is the worked example with a second cohort on Wednesdays that is a
// week behind; P has missed m5 on 2026-02-03.
func parallel(t *testing.T, lines ...string) (c *clinic, home, abroad, p scheduler.ID) {
	t.Helper()
	d := define(t, rolling, lines...)
	c = newClinic(t)
	home = c.open(opening(d))
	o := wednesday(d)
	o.Start = date("2026-01-14")
	abroad = c.open(o)
	c.now = instant("2026-01-14T14:00:00Z")
	p = c.enroll(home, "P").Enrollment
	c.now = instant("2026-02-04T12:00:00Z")
	c.note(home, "P", scheduler.SeatPresent, "01-20", "01-27")
	c.note(home, "P", scheduler.SeatMissed, "02-03")
	c.welcomed()
	return c, home, abroad, p
}

func TestAMakeUpInAParallelCohort(t *testing.T) {
	t.Parallel()
	c, home, abroad, p := parallel(t)
	same(t, "the next turn", c.dates(home, p)[8], "03-31 m5")
	c.must(desk.MakeUp(p, "m5", c.on(abroad, "2026-02-11").ID))
	same(t, "abroad", c.dates(abroad, p), "[02-11 m5]")
	same(t, "at home the turn is not needed", c.dates(home, p),
		"[01-20 m3 01-27 m4 02-03 m5 02-10 m6 02-17 m7 02-24 m8 03-03 m1 03-10 m2]")
	same(t, "told", c.told("P"), "[added 02-11 off 03-31]")
	same(t, "graduation", c.itinerary(p).Graduation, "2026-03-10")
	refused(t, c.confirm(desk.MakeUp(p, "m5", c.on(abroad, "2026-04-08").ID)), fault.Invalid, "position",
		"This person already makes up \"m5\", on 2026-02-11T18:00.")
	c.welcomed()
	t.Run("missed again", func(t *testing.T) {
		c.now = instant("2026-02-12T12:00:00Z")
		c.note(abroad, "P", scheduler.SeatMissed, "02-11")
		same(t, "owed again", c.dates(home, p)[8], "03-31 m5")
		c.note(abroad, "P", scheduler.SeatPresent, "02-11")
		same(t, "or not", len(c.dates(home, p)), 8)
	})
}

func TestAMakeUpThatIsCancelledIsOwedAgain(t *testing.T) {
	t.Parallel()
	c, home, abroad, p := parallel(t)
	c.must(desk.MakeUp(p, "m5", c.on(abroad, "2026-02-11").ID))
	c.welcomed()
	if err := c.cancel(scheduler.CancelRequest{Session: c.on(abroad, "2026-02-11").ID}); err != nil {
		t.Fatal(err)
	}
	same(t, "at home", c.dates(home, p)[8], "03-31 m5")
	same(t, "told", c.told("P"), "[added 03-31 cancelled 02-11]")
	same(t, "owed", c.itinerary(p).Owed, "[m5]")
}

func TestAMakeUpIsGivenUp(t *testing.T) {
	t.Parallel()
	t.Run("by leaving", func(t *testing.T) {
		t.Parallel()
		c, _, abroad, p := parallel(t)
		c.must(desk.MakeUp(p, "m5", c.on(abroad, "2026-02-11").ID))
		c.must(desk.Individual(scheduler.AppointmentRequest{Enrollment: p, Position: "m6", At: wall("2026-02-13T10:00"),
			Leader: "lead"}))
		alone := c.on(c.enrollmentCohort(p), "2026-02-13")
		if err := c.withdraw(p); err != nil {
			t.Fatal(err)
		}
		same(t, "abroad", c.dates(abroad, p), "[]")
		same(t, "the appointment", c.roster(c.enrollmentCohort(p)).Session(alone.ID).State, scheduler.SessionCancelled)
	})
	t.Run("when the position is waived", func(t *testing.T) {
		t.Parallel()
		c, _, abroad, p := parallel(t)
		c.must(desk.MakeUp(p, "m5", c.on(abroad, "2026-02-11").ID))
		c.welcomed()
		c.must(desk.Waive(p, "m5", "knows it"))
		same(t, "abroad", []any{c.dates(abroad, p), c.told("P"), c.itinerary(p).Owed}, "[[] [off 02-11] []]")
	})
	t.Run("for a leave", func(t *testing.T) {
		t.Parallel()
		c, home, abroad, p := parallel(t, holdMax)
		c.must(desk.MakeUp(p, "m5", c.on(abroad, "2026-02-11").ID), desk.Hold(until(p, "2026-02-16")))
		same(t, "excused", []any{c.state(abroad, "2026-02-11", "P"), c.dates(home, p)[8]}, "[excused 03-31 m5]")
		c.must(desk.Resume(p))
		same(t, "back in time", []any{c.state(abroad, "2026-02-11", "P"), len(c.dates(home, p))}, "[planned 8]")
	})
}

func TestWhatAMakeUpCounts(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ ratio, met string }{
		"in full":    {"1", "2026-02-11"},
		"by a half":  {"0.5", "2026-02-17"},
		"by nothing": {"0", "2026-02-17"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, home, abroad, p := parallel(t,
				"completion: {type: content}\ndose: {at_least: 3}\nmakeup: {modes: [parallel-series], credit_ratio: "+
					tt.ratio+"}")
			c.must(desk.MakeUp(p, "m5", c.on(abroad, "2026-02-11").ID))
			c.now = instant("2026-02-18T12:00:00Z")
			c.note(home, "P", scheduler.SeatMissed, "02-10")
			c.note(abroad, "P", scheduler.SeatPresent, "02-11")
			c.note(home, "P", scheduler.SeatPresent, "02-17")
			same(t, "dose", c.itinerary(p).DoseMet, tt.met)
		})
	}
}

func TestMakeUpsRefuse(t *testing.T) {
	t.Parallel()
	c, home, abroad, p := parallel(t, "capacity: {max: 1}")
	c.ask(scheduler.EnrollRequest{Cohort: abroad, Person: "Q"})
	if c.enrollment(c.latest("Q").ID).State != scheduler.Active {
		t.Fatal("the other group has a free seat")
	}
	for _, tt := range []struct {
		position string
		session  scheduler.ID
		kind     fault.Kind
		field    string
		sentence string
	}{
		{"m5", c.on(home, "2026-03-31").ID, fault.Invalid, "in",
			"The next turn in the person's own cohort is planned automatically. Name another cohort, or " +
				"plan an individual make-up."},
		{"m5", c.on(abroad, "2026-02-18").ID, fault.Invalid, "position",
			"The session of 2026-02-18T18:00 is about \"m6\". Choose one about \"m5\"."},
		{"m3", c.on(abroad, "2026-03-25").ID, fault.Invalid, "position",
			"This person already has \"m3\" and does not owe it."},
		{"m9", c.on(abroad, "2026-02-18").ID, fault.Invalid, "position",
			"The protocol has no position \"m9\". Name one of its modules, or \"module-number\" for one of several " +
				"sessions."},
		{"m3", c.on(abroad, "2026-01-28").ID, fault.Invalid, "position",
			"This person already has \"m3\" and does not owe it."},
		{"m5", c.on(abroad, "2026-02-11").ID, fault.Full, "",
			"The session of 2026-02-11T18:00 has no free seat. Choose another one."},
		{"m4", c.on(abroad, "2026-02-04").ID, fault.Invalid, "position",
			"This person already has \"m4\" and does not owe it."},
	} {
		refused(t, c.confirm(desk.MakeUp(p, tt.position, tt.session)), tt.kind, tt.field, tt.sentence)
	}
	refused(t, c.confirm(desk.Waive(p, "m5", "")), fault.Invalid, "reason",
		"Waiving needs a reason, so that others can follow it.")
}
