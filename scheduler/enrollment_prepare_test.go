package scheduler_test

import (
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// prepared is a group that asks for two things first.
const prepared = "entry: {type: positions, positions: [1, 3, 5, 7], lead: P0D, prerequisites: [{id: orientation, " +
	"title: Orientation, kind: individual}, {id: letter, title: Letter, kind: individual}]}"

func TestPrerequisitesComeFirst(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, rolling, prepared)))
	c.now = instant("2026-01-14T14:00:00Z")
	p := c.enroll(cohort, "P")
	same(t, "asked", []any{p.State, c.dates(cohort, p.Enrollment), c.told("P")}, "[pending [] []]")
	c.must(desk.DonePrerequisite(p.Enrollment, "letter"))
	same(t, "one of two", c.enrollment(p.Enrollment).State, scheduler.Pending)
	refused(t, c.confirm(desk.DonePrerequisite(p.Enrollment, "tea")), fault.Invalid, "done",
		"The protocol has no prerequisite \"tea\". Name one of its entry.prerequisites.")
	refused(t, c.confirm(desk.OverridePrerequisite(p.Enrollment, "orientation", "")), fault.Invalid, "reason",
		"Doing without a prerequisite needs a reason, so that others can follow it.")
	c.now = instant("2026-01-21T14:00:00Z")
	c.must(desk.OverridePrerequisite(p.Enrollment, "orientation", "knows the group"))
	same(t, "both", []any{c.enrollment(p.Enrollment).State, c.dates(cohort, p.Enrollment)[0]}, "[active 02-03 m5]")
	facts := c.enrollment(p.Enrollment).Facts
	if len(facts) != 2 || facts[1].Kind != scheduler.FactOverride || facts[1].Reason != "knows the group" ||
		!facts[1].At.Equal(c.now) {
		t.Errorf("the facts are %+v", facts)
	}
	if told := c.told("P"); len(told) != 2 || told[1] != "welcome" {
		t.Errorf("told %v, want a welcome and the invite of the near date", told)
	}
	if err := c.withdraw(p.Enrollment); err != nil {
		t.Fatal(err)
	}
	refused(t, c.confirm(desk.DonePrerequisite(p.Enrollment, "orientation")), fault.Closed, "",
		"This enrollment is withdrawn, so its prerequisites no longer matter.")
}

func TestASeatIsKeptDuringOrientation(t *testing.T) {
	t.Parallel()
	const keeps = "entry: {type: positions, positions: [1, 3, 5, 7], lead: P0D, hold_during_orientation: true, " +
		"prerequisites: [{id: orientation, title: Orientation, kind: individual}]}"
	start := func(t *testing.T) (c *clinic, cohort, p scheduler.ID) {
		t.Helper()
		c = newClinic(t)
		cohort = c.open(opening(define(t, rolling, keeps, "capacity: {max: 1}")))
		c.now = instant("2026-01-14T14:00:00Z")
		p = c.enroll(cohort, "P").Enrollment
		same(t, "kept, and nobody is told", []any{c.dates(cohort, p)[0], c.told("P")}, "[01-20 m3 []]")
		other := c.ask(scheduler.EnrollRequest{Cohort: cohort, Person: "Q"})
		c.must(desk.DonePrerequisite(other.Enrollment, "orientation"))
		same(t, "nobody else has it", c.enrollment(other.Enrollment).State, scheduler.Waiting)
		return c, cohort, p
	}
	t.Run("until it is done", func(t *testing.T) {
		t.Parallel()
		c, cohort, p := start(t)
		c.must(desk.DonePrerequisite(p, "orientation"))
		same(t, "seated", []any{c.enrollment(p).State, c.dates(cohort, p)[0], len(c.dates(cohort, p))},
			"[active 01-20 m3 8]")
	})
	t.Run("until the entry passes", func(t *testing.T) {
		t.Parallel()
		c, cohort, p := start(t)
		c.keep("2026-01-20T22:59:59Z")
		same(t, "before", c.dates(cohort, p)[0], "01-20 m3")
		c.keep("2026-01-20T23:00:00Z")
		same(t, "then the next is kept", []any{c.state(cohort, "2026-01-20", "P"), c.dates(cohort, p)[0]},
			"[released 02-03 m5]")
		same(t, "seats", len(c.dates(cohort, p)), 8)
	})
	t.Run("and not one that has passed unseen", func(t *testing.T) {
		t.Parallel()
		c, cohort, p := start(t)
		c.now = instant("2026-01-21T12:00:00Z")
		c.must(desk.DonePrerequisite(p, "orientation"))
		same(t, "seated", []any{c.enrollment(p).State, c.dates(cohort, p)[0]}, "[active 02-03 m5]")
	})
	t.Run("in a closed group however far ahead", func(t *testing.T) {
		t.Parallel()
		c := newClinic(t)
		o := opening(define(t, closed,
			"entry: {type: closed, last_session_for_new: 1, hold_during_orientation: true, prerequisites: [{id: "+
				"orientation, title: Orientation, kind: individual}]}"))
		o.Start = date("2026-03-03")
		cohort := c.open(o)
		same(t, "seats", len(c.dates(cohort, c.enroll(cohort, "P").Enrollment)), 8)
	})
}
