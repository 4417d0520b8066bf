package scheduler_test

import (
	"fmt"
	"slices"
	"testing"

	"almanac/protocols"
	"almanac/scheduler"
)

// TestWhatTheCalendarPrintsACohortMakes opens every protocol of the library and compares its sessions
// with the plan of the same dates.
func TestWhatTheCalendarPrintsACohortMakes(t *testing.T) {
	t.Parallel()
	library, err := protocols.BuiltinLibrary()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range library.List() {
		t.Run(d.Ref(), func(t *testing.T) {
			t.Parallel()
			c, o := newClinic(t), opening(d)
			o.Start, o.At, o.Place = date("2026-02-03"), clock("15:00"), "Room 2"
			o.ClinicClosed = nil
			loc, err := c.zones.Location(o.Zone)
			if err != nil {
				t.Fatal(err)
			}
			plan, err := d.Plan(protocols.PlanRequest{Start: o.Start, At: o.At, Location: loc})
			if err != nil {
				t.Fatal(err)
			}
			if len(plan.Sessions) == 0 {
				return // it has only windows, which this test does not compare
			}
			r := c.roster(c.open(o))
			var want, got []string
			for _, s := range plan.Sessions {
				want = append(want, fmt.Sprint(s.LocalStart, s.Kind, s.Minutes))
			}
			for _, s := range r.Sessions {
				got = append(got, fmt.Sprint(s.Wall, s.Kind, s.Minutes))
				if s.Place == "" {
					t.Errorf("the session of %s has no place", s.Wall)
				}
			}
			for _, line := range want {
				if !slices.Contains(got, line) {
					t.Errorf("the calendar prints %s, and the cohort has not made it", line)
				}
			}
		})
	}
}

// TestEveryTraineeHasTheirOwnCoaching within its window, and it moves out of it only with a reason.
func TestEveryTraineeHasTheirOwnCoaching(t *testing.T) {
	t.Parallel()
	c, o := newClinic(t), opening(builtin(t, "train-mi"))
	o.Place = "Room 2"
	cohort := c.open(o)
	first, second := c.enroll(cohort, "p"), c.enroll(cohort, "q")
	starts := map[string]scheduler.ID{}
	for _, e := range []scheduler.Enrolled{first, second} {
		n := 0
		for _, s := range c.roster(cohort).Sessions {
			if s.For != e.Enrollment {
				continue
			}
			n++
			if s.Wall.Date.Before(s.Opens) || s.Wall.Date.After(s.Closes) || starts[s.Wall.String()] != "" {
				t.Errorf("coaching on %s, window %s to %s", s.Wall, s.Opens, s.Closes)
			}
			starts[s.Wall.String()] = s.ID
		}
		if n != 4 {
			t.Errorf("%d coaching sessions, want 4", n)
		}
	}
}
