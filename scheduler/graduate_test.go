package scheduler_test

import (
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
)

func TestDoseIsMetOnlyByWhatIsKnown(t *testing.T) {
	t.Parallel()
	c, cohort, p, _ := two(t, "completion: {type: content}\ndose: {at_least: 2, distinct: true}")
	dose := func(what, want string) {
		t.Helper()
		it := c.itinerary(p)
		same(t, what, []any{it.DoseMet, it.DoseProjected}, want)
	}
	c.now = instant("2026-01-28T12:00:00Z")
	dose("two sessions of which nothing is known", "[ 2026-01-27]")
	c.note(cohort, "P", scheduler.SeatLate, "01-20")
	dose("one is known", "[ 2026-01-27]")
	c.note(cohort, "P", scheduler.SeatPresent, "01-27")
	dose("both are", "[2026-01-27 2026-01-27]")
	c.note(cohort, "P", scheduler.SeatMissed, "01-20")
	dose("one was missed", "[ 2026-02-03]")
	same(t, "the series goes on", c.enrollment(p).State, scheduler.Active)
}

func TestGraduationWaitsForAttendance(t *testing.T) {
	t.Parallel()
	t.Run("by sessions", func(t *testing.T) {
		t.Parallel()
		c, cohort, p, _ := two(t, "completion: {type: sessions, n: 2}")
		c.keep("2026-01-28T12:00:00Z")
		same(t, "nothing is known", []any{c.enrollment(p).State, c.itinerary(p).Graduation}, "[active 2026-01-27]")
		c.note(cohort, "P", scheduler.SeatPresent, "01-27")
		same(t, "one is known", c.enrollment(p).State, scheduler.Active)
		c.note(cohort, "P", scheduler.SeatPresent, "01-20")
		same(t, "both are", c.enrollment(p).State, scheduler.Completed)
	})
	t.Run("weeks go by without attendance", func(t *testing.T) {
		t.Parallel()
		c, _, p, _ := two(t, "completion: {type: weeks, n: 2}")
		c.keep("2026-01-28T00:59:59Z")
		same(t, "before the end", c.enrollment(p).State, scheduler.Active)
		c.keep("2026-01-28T01:00:00Z")
		same(t, "at the end", c.enrollment(p).State, scheduler.Completed)
	})
	t.Run("a replay trusts", func(t *testing.T) {
		t.Parallel()
		r := scheduler.NewReplay(zones(t), now())
		if err := r.Open("c", opening(define(t, rolling, "completion: {type: sessions, n: 2}")),
			civil.Date{}); err != nil {
			t.Fatal(err)
		}
		if err := r.Enroll(scheduler.PlaceRequest{Cohort: "c", Person: "P"}, ""); err != nil {
			t.Fatal(err)
		}
		if err := r.Pass(instant("2026-01-14T01:00:00Z")); err != nil {
			t.Fatal(err)
		}
		it, err := r.Itinerary("P")
		same(t, "state", []any{it.State, it.Graduation, err}, "[completed 2026-01-13 <nil>]")
	})
}

func TestStaffAreAskedForAttendanceOnce(t *testing.T) {
	t.Parallel()
	c, cohort, _, _ := two(t)
	c.keep("2026-01-21T00:59:59Z")
	same(t, "while it is on", c.asked(), "[]")
	for _, at := range []string{"2026-01-21T01:00:00Z", "2026-01-21T02:00:00Z", "2026-01-23T01:00:00Z"} {
		c.keep(at)
		same(t, "asked", c.asked(), "[attendance]")
	}
	session := c.on(cohort, "2026-01-20")
	for _, task := range c.tasks {
		if task.About == scheduler.AboutAttendance &&
			(task.Session != session.ID || !task.Due.Equal(session.End.Add(24*time.Hour))) {
			t.Errorf("the task is %+v", task)
		}
	}
	unconfirmed := func() int { return len(c.last.Unconfirmed(cohort)) }
	same(t, "unconfirmed", unconfirmed(), 1)
	c.note(cohort, "P", scheduler.SeatPresent, "01-20")
	same(t, "Q is not known", unconfirmed(), 1)
	c.note(cohort, "Q", scheduler.SeatPresent, "01-20")
	same(t, "all are", unconfirmed(), 0)
}
