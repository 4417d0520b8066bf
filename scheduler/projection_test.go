package scheduler_test

import (
	"context"
	"slices"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/desk"
)

// projected is a clinic with a rolling group, one person who stays without end,
// one who missed something, and two facilitators who lead in turn.
func projected(t *testing.T, completion string) (c *clinic, cohort scheduler.ID) {
	t.Helper()
	c = newClinic(t)
	cohort = c.open(opening(define(t, rolling, completion)))
	c.must(desk.Rotate(scheduler.RotateRequest{Cohort: cohort, Leaders: []scheduler.ID{"F", "G"}}))
	c.enroll(cohort, "P")
	c.now = instant("2026-01-07T12:00:00Z")
	c.note(cohort, "P", scheduler.SeatMissed, "01-06")
	return c, cohort
}

// planned prints the sessions and who sits in them, with their ids.
func planned(c *clinic, cohort scheduler.ID) []string {
	var all []string
	r := c.roster(cohort)
	for _, s := range r.Sessions {
		line := string(s.ID) + " " + s.Wall.String() + " " + s.Position + " " + string(s.Leader)
		for _, seat := range r.Seats {
			if seat.Session == s.ID && seat.State.Occupies() {
				line += " " + string(seat.ID) + " " + string(seat.State)
			}
		}
		all = append(all, line)
	}
	return all
}

func TestAProjectionThatStoodStillCatchesUp(t *testing.T) {
	t.Parallel()
	for name, completion := range map[string]string{
		"by content":  "completion: {type: content}",
		"without end": "completion: {type: none}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			every, cohort := projected(t, completion)
			once, same := projected(t, completion)
			if cohort != same {
				t.Fatal("two clinics alike have different ids")
			}
			extend := func(c *clinic) {
				if err := c.desk().Confirm(context.Background(), c.request(), desk.Extend(cohort)); err != nil {
					t.Fatal(err)
				}
			}
			for range 30 {
				every.now = every.now.AddDate(0, 0, 7)
				extend(every)
			}
			once.now = every.now
			extend(once)
			got, want := planned(once, cohort), planned(every, cohort)
			if len(want) < 30+26 || !slices.Equal(got, want) {
				t.Errorf("%d sessions after a pause, %d without; the first that differs: %q", len(got), len(want),
					firstOther(got, want))
			}
			for _, task := range once.tasks {
				if task.About != scheduler.AboutOutreach { // of the miss in the first weeks
					t.Errorf("a task %s for nothing new", task.Key)
				}
			}
			tellings := len(once.last.Announcements)
			extend(once)
			if again := planned(once, cohort); !slices.Equal(again, got) ||
				tellings > 0 && completion == "completion: {type: content}" {
				t.Errorf("extending again changes something, or somebody was told of %d dates", tellings)
			}
		})
	}
}

func firstOther(got, want []string) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return got[i] + " and " + want[i]
		}
	}
	return ""
}
