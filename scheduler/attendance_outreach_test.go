package scheduler_test

import (
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/desk"
)

// Two absences in a row, or one in the first two weeks, are one call. Leaves are none, nor is what
// nobody noted.
func TestAbsencesInARowAreOneCall(t *testing.T) {
	t.Parallel()
	const tuesdays = "2026-01-20 2026-01-27 2026-02-03 2026-02-10 2026-02-17 2026-02-24 2026-03-03 2026-03-10"
	for marks, calls := range map[string]int{
		"M":     1, // in the first two weeks
		"E":     1,
		"P P M": 0, "P P M P M": 0, "P P M ? M": 0,
		"P P M M":   1,
		"P P M M M": 1,
		"M M M":     1,
		"M P P M M": 2,
		"P P M B":   1, // missed, and the next one given back
		"P P B P M": 0,
		"P P B B":   1,
		"P P M L M": 1, // a leave is no answer to whether they are well
		"P P L L P": 0,
		"B":         1,
	} {
		c, cohort, p := workedExample(t)
		days := strings.Fields(tuesdays)
		states := strings.Fields(marks)
		for i, state := range states {
			s := c.on(cohort, days[i])
			switch state {
			case "B":
				c.must(desk.Excuse(scheduler.ExcuseRequest{Enrollment: p, Session: s.ID}))
			case "L":
				if i > 0 && states[i-1] == "L" {
					break
				}
				c.must(desk.Hold(scheduler.HoldRequest{Enrollment: p, From: date(days[i]), Until: date(days[i+1])}))
			}
			c.now = s.End
			mark := map[string]scheduler.SeatState{"M": scheduler.SeatMissed, "E": scheduler.SeatExcused,
				"P": scheduler.SeatPresent}[state]
			if mark != "" {
				c.must(desk.TakeAttendance(s.ID, scheduler.Mark{Person: "P", State: mark}))
			}
			c.upkeep()
		}
		got := 0
		for _, task := range c.tasks {
			if task.About == scheduler.AboutOutreach {
				got++
			}
		}
		if got != calls {
			t.Errorf("%s: %d calls, not %d", marks, got, calls)
		}
	}
}

// A call whose cause was a slip of the pen, or a date that was taken back, is closed.
func TestACallIsClosedWhenTheyCameAfterAll(t *testing.T) {
	t.Parallel()
	c, cohort, p := workedExample(t)
	first, second := c.on(cohort, "2026-01-20"), c.on(cohort, "2026-01-27")
	calls := func() (n int) {
		for _, task := range c.tasks {
			if task.About == scheduler.AboutOutreach {
				n++
			}
		}
		return n
	}
	c.must(desk.Excuse(scheduler.ExcuseRequest{Enrollment: p, Session: first.ID}))
	c.must(desk.Excuse(scheduler.ExcuseRequest{Enrollment: p, Session: second.ID}))
	same(t, "one call", calls(), 1)
	c.must(desk.UndoExcuse(p, first.ID))
	same(t, "the second is still in the first two weeks", calls(), 1)
	c.must(desk.UndoExcuse(p, second.ID))
	same(t, "none", calls(), 0)
	c.now = first.End
	c.must(desk.TakeAttendance(first.ID, scheduler.Mark{Person: "P", State: scheduler.SeatMissed}))
	same(t, "missed", calls(), 1)
	c.must(desk.TakeAttendance(first.ID, scheduler.Mark{Person: "P", State: scheduler.SeatLate}))
	same(t, "was late only", calls(), 0)
}

// What somebody says on their own page an hour before is no reason to call them.
func TestWhoCannotComeIsNotCalledAboutIt(t *testing.T) {
	t.Parallel()
	for _, own := range []bool{true, false} {
		c, cohort, p := workedExample(t)
		s := c.on(cohort, "2026-03-10")
		c.now = s.Start.Add(-time.Hour)
		c.welcomed()
		c.must(desk.Excuse(scheduler.ExcuseRequest{Enrollment: p, Session: s.ID, Own: own}))
		calls := 0
		for _, task := range c.tasks {
			if task.Kind == scheduler.CallTask {
				calls++
			}
		}
		if want := map[bool]int{true: 0, false: 1}[own]; calls != want {
			t.Errorf("said by themself %v: %d calls, not %d", own, calls, want)
		}
	}
}
