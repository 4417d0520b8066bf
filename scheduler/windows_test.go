package scheduler_test

import (
	"errors"
	"slices"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// TestCallsKeepTheirWindows on every path that gives a call of a self-guided course another date; a
// reason lets it go out, and is kept. Call 2 is due from 2026-01-20 to 2026-02-03.
func TestCallsKeepTheirWindows(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(c *clinic, cohort scheduler.ID, reason string) error{
		"move": func(c *clinic, cohort scheduler.ID, reason string) error {
			return c.confirm(desk.Move(scheduler.MoveRequest{Session: c.on(cohort, "2026-01-27").ID,
				To: wall("2026-02-05T18:00"), Reason: reason}))
		},
		"makeup": func(c *clinic, cohort scheduler.ID, reason string) error {
			return c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-01-27").ID, Content: scheduler.Makeup,
				On: wall("2026-02-05T18:00"), Reason: reason})
		},
		"append": func(c *clinic, cohort scheduler.ID, reason string) error {
			return c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-01-27").ID, Content: scheduler.Append,
				Reason: reason})
		},
		"reschedule": func(c *clinic, cohort scheduler.ID, reason string) error {
			return c.reschedule(scheduler.RescheduleRequest{Cohort: cohort, From: date("2026-02-05"),
				Weekdays: weekdays("wed"), Reason: reason})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t)
			cohort := c.open(opening(builtin(t, "tele-mind-self")))
			err := do(c, cohort, "")
			if !fault.Is(err, fault.Invalid) || !errors.Is(err, scheduler.ErrNeedsReason) {
				t.Fatalf("without a reason: %v", err)
			}
			if err := do(c, cohort, "they are abroad"); err != nil {
				t.Fatalf("with a reason: %v", err)
			}
			if !slices.ContainsFunc(c.last.Exceptions, func(o scheduler.RuleOverride) bool {
				return o.Rule == scheduler.RuleWindow && o.Reason == "they are abroad" && o.Session != ""
			}) {
				t.Errorf("kept %+v", c.last.Exceptions)
			}
		})
	}
}

// TestAMadeUpCallKeepsItsWindow so that its next date is checked, too.
func TestAMadeUpCallKeepsItsWindow(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(builtin(t, "tele-mind-self")))
	if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-01-27").ID, Content: scheduler.Makeup,
		On: wall("2026-01-29T18:00")}); err != nil {
		t.Fatal(err)
	}
	made := c.on(cohort, "2026-01-29")
	if made.Opens != date("2026-01-20") || made.Closes != date("2026-02-03") {
		t.Errorf("its window is %s to %s", made.Opens, made.Closes)
	}
	if err := c.move(made.ID, "2026-02-05T18:00"); !errors.Is(err, scheduler.ErrNeedsReason) {
		t.Errorf("out of its window: %v", err)
	}
}

// TestAClosedDayMovesACallWithinItsWindow instead of cancelling it.
func TestAClosedDayMovesACallWithinItsWindow(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(builtin(t, "tele-mind-self")))
	if err := c.close("2026-01-27..2026-02-05"); err != nil {
		t.Fatal(err)
	}
	for _, s := range c.roster(cohort).Sessions {
		if !s.Live() || s.Wall.Date.Before(s.Opens) || s.Wall.Date.After(s.Closes) {
			t.Errorf("%s is %s, window %s to %s", s.Wall, s.State, s.Opens, s.Closes)
		}
	}
}
