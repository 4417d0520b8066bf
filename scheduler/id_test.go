package scheduler_test

import (
	"strings"
	"testing"

	"almanac/scheduler"
)

// What belongs to an enrollment is found by the id of the thing, also for the tenth person of a cohort and later ones,
// whose queue numbers have letters.
func TestEnrollmentInWhatBelongsToIt(t *testing.T) {
	const cohort, other = "0000000000abc", "eeeeeeeeeeees"
	for _, enrollment := range []string{"e0001", "e000a", "e000s", "e00se", "eeeee", "ezzzz"} {
		enrollment = cohort + enrollment
		for _, rest := range []string{"", "s0001", "ssss1", "szzzz", "o01", "oee", other + "s000e"} {
			if got := scheduler.EnrollmentIn(scheduler.ID(enrollment + rest)); string(got) != enrollment {
				t.Errorf("EnrollmentIn(%s) = %s, want %s", enrollment+rest, got, enrollment)
			}
		}
	}
	for _, id := range []scheduler.ID{"", cohort, other, cohort + "s0001", cohort + "seeee",
		scheduler.ID(strings.Repeat("e", 18)), scheduler.DeriveID(cohort, "task", "e")} {
		if got := scheduler.EnrollmentIn(id); got != id {
			t.Errorf("EnrollmentIn(%s) = %s, want the id itself", id, got)
		}
	}
}
