package store_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

// databases are what every test of the store runs on: migrated, or empty.
var databases = []maker{
	{"sqlite", storetest.SQLite, storetest.EmptySQLite},
	{"postgres", storetest.Postgres, storetest.EmptyPostgres},
}

type maker struct {
	name       string
	url, empty func(testing.TB) string
}

// onEach runs a test on a fresh house of each database.
func onEach(t *testing.T, test func(*testing.T, *storetest.House)) {
	t.Helper()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			test(t, storetest.NewHouse(t, d.url(t)))
		})
	}
}

const (
	seats = 12
	keyed = 20
)

func TestSeatRace(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort, people := h.OpenCohort(t, 18, seats), h.AddPeople(t, racers)
		if err := h.SeatRace(t, cohort, people, seats); err != nil {
			t.Error(err)
		}
	})
}

// TestSeatRaceNeedsTheGuard is the negative control: without the lock of the
// clinic the same race must be seen to fail.
func TestSeatRaceNeedsTheGuard(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		const few = seats + 8
		cohort, people := h.OpenCohort(t, 18, seats), h.AddPeople(t, few)
		h.Use(store.Unguarded(h.DB, meeting(few)))
		err := h.SeatRace(t, cohort, people, seats)
		if err == nil {
			t.Fatal("nothing was wrong without a lock; the race proves nothing")
		}
		t.Log(err)
	})
}

func TestOverlapRace(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		first, second := h.OpenCohort(t, 18, 1000), h.OpenCohort(t, 19, 1000)
		if err := h.OverlapRace(t, first, second, h.AddPeople(t, raceRounds)); err != nil {
			t.Error(err)
		}
	})
}

func TestOverlapRaceNeedsTheGuard(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		first, second := h.OpenCohort(t, 18, 1000), h.OpenCohort(t, 19, 1000)
		people := h.AddPeople(t, raceRounds)
		h.Use(store.Unguarded(h.DB, meeting(2)))
		err := h.OverlapRace(t, first, second, people)
		if err == nil || !strings.Contains(err.Error(), "two places at once") {
			t.Fatalf("without a lock somebody must sit in two places, but: %v", err)
		}
	})
}

// TestKeyRace asks for one thing twenty times at once, in ten rounds.
func TestKeyRace(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		for range 10 {
			if err := h.KeyRace(t, h.OpenCohort(t, 18, seats), keyed); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestKeyRaceNeedsTheGuard is its negative control.
func TestKeyRaceNeedsTheGuard(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, seats)
		h.Use(store.Unguarded(h.DB, meeting(keyed)))
		err := h.KeyRace(t, cohort, keyed)
		if err == nil {
			t.Fatal("nothing was wrong without a lock; the race proves nothing")
		}
		t.Log(err)
	})
}

// meeting gives a function in which n callers wait for each other, again and again.
func meeting(n int) func() {
	var mu sync.Mutex
	here, open := 0, make(chan struct{})
	return func() {
		mu.Lock()
		here++
		gate := open
		if here == n {
			close(open)
			here, open = 0, make(chan struct{})
		}
		mu.Unlock()
		select {
		case <-gate:
		case <-time.After(10 * time.Second): // somebody was refused and does not come
		}
	}
}
