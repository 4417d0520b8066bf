package store_test

import (
	"testing"
	"time"

	"almanac/scheduler/store/storetest"
)

func TestClaim(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		now := h.Now()
		claim := func(name string, at, next time.Time) bool {
			t.Helper()
			won, err := h.DB.Claim(t.Context(), name, at, next)
			if err != nil {
				t.Fatal(err)
			}
			return won
		}
		if !claim("sweep", now, now.Add(time.Minute)) || claim("sweep", now, now.Add(time.Minute)) ||
			claim("sweep", now.Add(59*time.Second), now) {
			t.Error("a duty that was claimed must wait for its next time")
		}
		if !claim("foresee", now, now.Add(time.Minute)) {
			t.Error("another duty waits for the first")
		}
		if !claim("sweep", now.Add(time.Minute), now.Add(2*time.Minute)) {
			t.Error("a duty must be due at its time")
		}
	})
}

// TestOneNodeClaims lets several nodes ask for one duty at once.
func TestOneNodeClaims(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		other := h.Another(t)
		for round := range 20 {
			at := h.Now().Add(time.Duration(round) * time.Minute)
			results := make(chan bool)
			for node := range 6 {
				go func() {
					db := h.DB
					if node%2 == 1 {
						db = other
					}
					won, err := db.Claim(t.Context(), "sweep", at, at.Add(time.Minute))
					if err != nil {
						t.Error(err)
					}
					results <- won
				}()
			}
			winners := 0
			for range 6 {
				if <-results {
					winners++
				}
			}
			if winners != 1 {
				t.Fatalf("%d nodes ran one duty", winners)
			}
		}
	})
}
