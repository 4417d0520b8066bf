package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// SeatRace enrolls all people at once in a cohort with fewer seats than that.
// The error says what came out wrong: that exactly the seats are taken, that
// everybody else waits, in an unbroken order of asking, and that nobody was
// turned away.
func (h *House) SeatRace(t testing.TB, cohort scheduler.ID, people []scheduler.ID, seats int) error {
	t.Helper()
	results := make([]scheduler.Enrolled, len(people))
	errs := make([]error, len(people))
	atOnce(len(people), func(i int) { results[i], errs[i] = h.Enroll(t.Context(), cohort, people[i]) })
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%d of %d were turned away, the first with: %w", count(errs), len(errs), firstOf(errs))
	}
	active := 0
	var positions []int
	for _, r := range results {
		switch r.State {
		case scheduler.Active:
			active++
		case scheduler.Waiting:
			positions = append(positions, r.WaitlistPosition)
		default:
			return fmt.Errorf("somebody is %s", r.State)
		}
	}
	if active != seats {
		return fmt.Errorf("%d people are active, not %d", active, seats)
	}
	slices.Sort(positions)
	for i, position := range positions {
		if position != i+1 {
			return fmt.Errorf("the waitlist breaks: position %d follows %d", position, i)
		}
	}
	return checkOrder(h.Roster(t, cohort, desk.Load{}), len(people), seats)
}

// checkOrder looks at what the race left in the database.
func checkOrder(r *scheduler.Roster, people, seats int) error {
	if len(r.Enrollments) != people {
		return fmt.Errorf("%d enrollments are kept, not %d", len(r.Enrollments), people)
	}
	for i, e := range r.Enrollments {
		want := scheduler.Waiting
		if i < seats {
			want = scheduler.Active
		}
		if e.QueueNo != i+1 || e.State != want {
			return fmt.Errorf("place %d of the queue has number %d and is %s, not %s", i+1, e.QueueNo, e.State, want)
		}
		if e.State == scheduler.Waiting && r.WaitlistPosition(e) != i+1-seats {
			return fmt.Errorf("number %d is at position %d of the waitlist", e.QueueNo, r.WaitlistPosition(e))
		}
	}
	for _, s := range r.Sessions {
		if taken := r.Seated(s.ID); taken != seats {
			return fmt.Errorf("session %d has %d seats taken, not %d", s.Number, taken, seats)
		}
	}
	return nil
}

// OverlapRace enrolls each person at once in two cohorts whose sessions
// overlap, one round a person. The error says when not exactly one of the two
// won, or the other got something else than Conflict.
func (h *House) OverlapRace(t testing.TB, first, second scheduler.ID, people []scheduler.ID) error {
	t.Helper()
	cohorts := []scheduler.ID{first, second}
	for round, person := range people {
		errs := make([]error, len(cohorts))
		atOnce(len(cohorts), func(i int) { _, errs[i] = h.Enroll(t.Context(), cohorts[i], person) })
		switch won := len(errs) - count(errs); {
		case won == 0:
			return fmt.Errorf("round %d: nobody won: %w", round, firstOf(errs))
		case won > 1:
			return fmt.Errorf("round %d: the person sits in two places at once", round)
		case !fault.Is(firstOf(errs), fault.Conflict):
			return fmt.Errorf("round %d: the loser got no conflict: %w", round, firstOf(errs))
		}
	}
	return h.checkNoOverlap(t.Context(), cohorts)
}

// checkNoOverlap looks for people who own seats in both cohorts.
func (h *House) checkNoOverlap(ctx context.Context, cohorts []scheduler.ID) error {
	book, err := h.DB.Look(ctx, h.change(access.CohortView), desk.Load{Cohorts: cohorts})
	if err != nil {
		return fmt.Errorf("looking at the cohorts: %w", err)
	}
	seen := map[scheduler.ID]bool{}
	for _, r := range book.Rosters {
		for _, e := range r.Enrollments {
			if seen[e.Person] {
				return fmt.Errorf("person %s is in both cohorts", e.Person)
			}
			seen[e.Person] = true
		}
	}
	return nil
}

// atOnce runs do for 0 to n-1, all let go at the same moment, and waits for them.
func atOnce(n int, do func(i int)) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			<-start
			do(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
}

func count(errs []error) int {
	n := 0
	for _, err := range errs {
		if err != nil {
			n++
		}
	}
	return n
}

func firstOf(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
