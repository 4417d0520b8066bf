package scheduler_test

import (
	"errors"
	"fmt"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// TestLateEntryNeedsAReason into a closed group that has begun: then the person has the sessions to
// come and owes what went before, and the reason is kept.
func TestLateEntryNeedsAReason(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, closed)))
	c.enroll(cohort, "p")
	c.keep("2026-01-21T00:00:00Z")
	asked := scheduler.EnrollRequest{Cohort: cohort, Person: c.person("late")}
	_, err := c.tryAsk(asked)
	if !fault.Is(err, fault.Closed) || !errors.Is(err, scheduler.ErrNeedsReason) ||
		fault.All(err)[0].Field != "reason" {
		t.Fatalf("without a reason: %v", err)
	}
	asked.Reason = "moved here in January"
	e := c.ask(asked)
	if e.State != scheduler.Active || e.Entry != date("2026-01-27") {
		t.Errorf("%+v", e)
	}
	if kept := c.last.Exceptions; len(kept) != 1 || kept[0].Rule != scheduler.RuleBegun ||
		kept[0].Enrollment != e.Enrollment || kept[0].Reason != asked.Reason {
		t.Errorf("kept %+v", kept)
	}
	it := c.itinerary(e.Enrollment)
	if got, want := fmt.Sprint(it.Owed), "[session-1 session-2 session-3]"; got != want || !it.Graduation.IsZero() {
		t.Errorf("owes %s, graduates %s", got, it.Graduation)
	}
	dates := fmt.Sprint(c.dates(cohort, e.Enrollment))
	c.keep("2026-01-28T00:00:00Z")
	if after := fmt.Sprint(c.dates(cohort, e.Enrollment)); after != dates {
		t.Errorf("later it is %s, not %s", after, dates)
	}
}

// TestLateEntryFindsNoSeat in a full group: nobody is put on a waitlist that nobody is taken from.
func TestLateEntryFindsNoSeat(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, closed)))
	for _, p := range []scheduler.ID{"p", "q", "r"} {
		c.enroll(cohort, p)
	}
	c.keep("2026-01-21T00:00:00Z")
	_, err := c.tryAsk(scheduler.EnrollRequest{Cohort: cohort, Person: c.person("late"), Reason: "moved here"})
	if !fault.Is(err, fault.Full) {
		t.Errorf("%v", err)
	}
	c.keep("2026-04-01T00:00:00Z")
	if _, err = c.tryAsk(scheduler.EnrollRequest{Cohort: cohort, Person: "late", Reason: "moved here"}); !fault.Is(err,
		fault.Closed) {
		t.Errorf("after its end: %v", err)
	}
}
