package scheduler_test

import (
	"fmt"
	"slices"
	"testing"

	"almanac/protocols"
	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// TestWhatTheCalendarPrintsACohortMakes opens every protocol of the library and compares its sessions
// with the plan of the same dates, up to the last of the plan. The two protocols that print windows
// alone, or nothing, are no group, and opening them says so.
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
			if noGroup := slices.Contains([]string{"fidelity", "star-log"}, d.Protocol); noGroup ||
				len(plan.Sessions) == 0 {
				if !noGroup || len(plan.Sessions) > 0 {
					t.Errorf("the calendar prints %d sessions", len(plan.Sessions))
				}
				_, err := c.desk().OpenCohort(t.Context(), c.request(), o)
				refused(t, err, fault.Invalid, "protocol",
					"This protocol has no group sessions. Choose another one.")
				return
			}
			same(t, "the sessions of the cohort", made(t, c.roster(c.open(o)), plan), printed(plan))
		})
	}
}

// printed lists the sessions of a plan.
func printed(plan *protocols.Calendar) []string {
	var lines []string
	for _, s := range plan.Sessions {
		lines = append(lines, fmt.Sprint(s.LocalStart, s.Kind, s.Minutes))
	}
	return lines
}

// made lists the sessions of a cohort up to the last of a plan; each has a place.
func made(t *testing.T, r *scheduler.Roster, plan *protocols.Calendar) []string {
	t.Helper()
	last := plan.Sessions[len(plan.Sessions)-1].LocalStart
	var lines []string
	for _, s := range r.Sessions {
		if s.Place == "" {
			t.Errorf("the session of %s has no place", s.Wall)
		}
		if s.Wall.String() <= fmt.Sprint(last) {
			lines = append(lines, fmt.Sprint(s.Wall, s.Kind, s.Minutes))
		}
	}
	return lines
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
