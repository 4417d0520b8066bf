package scheduler_test

import (
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// twoPhases is a programme of two phases of two weeks each, on Tuesdays and on
// Wednesdays; P enters the first on 2026-01-06.
func twoPhases(t *testing.T, seats string) (c *clinic, first, second, p scheduler.ID) {
	t.Helper()
	c = newClinic(t)
	lines := []string{"completion: {type: weeks, n: 2}", "entry: {type: any, lead: P0D}", seats}
	first, second = c.open(opening(define(t, rolling, lines...))), c.open(wednesday(define(t, rolling, lines...)))
	c.must(desk.RunPhase(scheduler.PhaseRequest{Cohort: first, Phase: "one", Number: 1}),
		desk.RunPhase(scheduler.PhaseRequest{Cohort: second, Beside: first, Phase: "two", Number: 2}))
	refused(t, c.confirm(desk.RunPhase(scheduler.PhaseRequest{Cohort: second, Beside: first, Phase: "one", Number: 2})),
		fault.Conflict, "", "Another cohort already runs phase 1, one. Choose another phase.")
	p = c.enroll(first, "P").Enrollment
	same(t, "first phase", c.dates(first, p), "[01-06 m1 01-13 m2]")
	c.welcomed()
	return c, first, second, p
}

func TestWeeksServedLeadIntoTheNextPhase(t *testing.T) {
	t.Parallel()
	c, first, second, p := twoPhases(t, "capacity: {max: 12}")
	c.keep("2026-01-14T00:59:59Z")
	same(t, "before the last session is over", c.enrollment(p).State, scheduler.Active)
	c.keep("2026-01-14T01:00:00Z")
	moved := c.latest("P")
	same(t, "moved", []any{c.enrollment(p).State, c.enrollment(p).MovedOn, moved.State, moved.InPhase},
		"[completed true active true]")
	same(t, "second phase, from the day the weeks are over", c.dates(second, moved.ID), "[01-21 m3 01-28 m4]")
	same(t, "one itinerary", c.itinerary(moved.ID).Entry, "2026-01-06")
	same(t, "only the dates are told", c.told("P"), "[added 01-21 added 01-28]")
	same(t, "nothing is left behind", c.dates(first, p), "[01-06 m1 01-13 m2]")
	c.note(first, "P", scheduler.SeatMissed, "01-13")
	same(t, "a late correction takes nobody back", []any{c.enrollment(p).State, len(c.latest("P").ID) > 0},
		"[completed true]")
	c.keep("2026-01-29T01:00:00Z")
	same(t, "after the last phase", c.enrollment(moved.ID).State, scheduler.Completed)
}

func TestAFullPhaseLetsPeopleStay(t *testing.T) {
	t.Parallel()
	c, first, second, p := twoPhases(t, "capacity: {max: 1}")
	c.now = instant("2026-01-08T12:00:00Z")
	q := c.ask(scheduler.EnrollRequest{Cohort: second, Person: "Q", Earliest: date("2026-01-21")}) // 01-21 and 01-28
	same(t, "Q", q.Entry, "2026-01-21")
	c.keep("2026-01-14T01:00:00Z")
	same(t, "another week", []any{c.enrollment(p).State, c.dates(first, p)}, "[active [01-06 m1 01-13 m2 01-20 m3]]")
	same(t, "staff are asked", c.asked(), "[attendance attendance phase-full]")
	same(t, "told", c.told("P"), "[added 01-20]")
	c.keep("2026-01-14T01:01:00Z")
	same(t, "once", c.dates(first, p), "[01-06 m1 01-13 m2 01-20 m3]")
	c.keep("2026-01-21T01:00:00Z")
	same(t, "and another", c.dates(first, p), "[01-06 m1 01-13 m2 01-20 m3 01-27 m4]")
	c.keep("2026-01-28T01:00:00Z")
	same(t, "until there is a seat", c.dates(second, c.latest("P").ID), "[02-04 m5 02-11 m6]")
}

func TestAdvanceBeforeItsTime(t *testing.T) {
	t.Parallel()
	c, first, second, p := twoPhases(t, "capacity: {max: 12}")
	c.now = instant("2026-01-07T12:00:00Z")
	for _, tt := range []struct {
		phase, reason string
		field         string
		sentence      string
	}{
		{"two", "", "reason", "Advancing needs a reason, so that others can follow it."},
		{"three", "ready", "phase", "No cohort runs the phase \"three\". Give one of the cohorts that phase."},
		{"one", "ready", "phase", "The person is already in the phase \"one\". Choose another one."},
	} {
		refused(t, c.confirm(desk.Advance(p, tt.phase, tt.reason)), fault.Invalid, tt.field, tt.sentence)
	}
	c.must(desk.Advance(p, "two", "ready"))
	same(t, "seats", []any{c.dates(first, p), c.dates(second, c.latest("P").ID)}, "[[01-06 m1] [01-07 m1 01-14 m2]]")
	refused(t, c.confirm(desk.Advance(p, "two", "ready")), fault.Closed, "",
		"This enrollment is completed. Only an active person can advance.")
	fact := c.enrollment(p).Facts[0]
	same(t, "on record", []any{fact.Kind, fact.What, fact.Reason}, "[advance two ready]")
}

func TestAdvanceIntoAFullPhase(t *testing.T) {
	t.Parallel()
	c, first, second, p := twoPhases(t, "capacity: {max: 1}")
	c.must(desk.Individual(scheduler.AppointmentRequest{Enrollment: p, Position: "m5", At: wall("2026-01-09T10:00")}))
	r := c.roster(second)
	for i, person := range numbered("q", 2) {
		same(t, "others", c.ask(scheduler.EnrollRequest{Cohort: second, Person: person}).Entry,
			r.Sessions[2*i].Wall.Date)
	}
	c.now = instant("2026-01-07T12:00:00Z")
	c.enroll(second, "q3")
	before := c.dates(first, p)
	counter := c.roster(second).Cohort.QueueCounter
	c.must(desk.Advance(p, "two", "ready"))
	same(t, "stays", []any{c.latest("P").ID == p, c.enrollment(p).State, c.dates(first, p),
		c.roster(second).Cohort.QueueCounter}, []any{true, scheduler.Active, before, counter})
	same(t, "staff are asked", c.asked(), "[phase-full]")
}
