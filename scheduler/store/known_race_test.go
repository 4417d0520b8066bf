package store_test

import (
	"strconv"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

// Anyone who enrolls twice at one moment is one person, in one group or in two.
func TestStrangerRace(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		for round := range 4 {
			who := storetest.Contact(round + 1)
			if round%2 == 0 {
				who.ExternalIDs = []scheduler.ExternalID{{System: "ehr", Value: strconv.Itoa(round)}}
			}
			if err := h.StrangerRace(t, twoCohorts(t, h), who, 8); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestStrangerRaceNeedsTheGuard is its negative control.
func TestStrangerRaceNeedsTheGuard(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohorts := twoCohorts(t, h)
		h.Use(store.Unguarded(h.DB, meeting(2)))
		err := h.StrangerRace(t, cohorts, storetest.Contact(1), 2)
		if err == nil {
			t.Fatal("nothing was wrong without a lock; the race proves nothing")
		}
		t.Log(err)
	})
}

func twoCohorts(t *testing.T, h *storetest.House) []scheduler.ID {
	t.Helper()
	return []scheduler.ID{h.OpenCohort(t, 10, seats), h.OpenCohort(t, 18, seats)}
}
