package storetest

import (
	"fmt"
	"slices"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// StrangerRace enrolls one stranger n times at once, in all cohorts by turns. The
// error says what came out wrong: anything but one person, or somebody turned away
// without a conflict. Anyone who brings an id of another system is recognised by it, and
// so is enrolled once in each cohort; anybody else once, and asked about after that.
func (h *House) StrangerRace(t testing.TB, cohorts []scheduler.ID, who scheduler.Contact, n int) error {
	t.Helper()
	errs, known := make([]error, n), len(h.Ask(t, "SELECT id FROM people"))
	atOnce(n, func(i int) {
		_, errs[i] = h.Desk.Enroll(t.Context(), h.Request(),
			scheduler.EnrollRequest{Cohort: cohorts[i%len(cohorts)], Contact: who})
	})
	if people := len(h.Ask(t, "SELECT id FROM people")) - known; people != 1 {
		return fmt.Errorf("%d people were made of one", people)
	}
	want := 1
	if len(who.ExternalIDs) > 0 {
		want = len(cohorts)
	}
	if enrolled := n - count(errs); enrolled != want {
		return fmt.Errorf("%d of %d were enrolled, want %d; the first trouble is %w", enrolled, n, want, firstOf(errs))
	}
	if i := slices.IndexFunc(errs,
		func(err error) bool { return err != nil && !fault.Is(err, fault.Conflict) }); i >= 0 {
		return fmt.Errorf("somebody was turned away with: %w", errs[i])
	}
	return nil
}
