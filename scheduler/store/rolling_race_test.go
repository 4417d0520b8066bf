package store_test

import (
	"strings"
	"testing"
	"time"

	"almanac/protocols"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

func smallGroups(t *testing.T) *protocols.Definition {
	t.Helper()
	d, err := protocols.Parse("small-group.yaml", []byte(strings.TrimSpace(smallGroup)+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// pairs gives sessions of two groups that are at the same time.
func pairs(t *testing.T, h *storetest.House) [][2]scheduler.ID {
	t.Helper()
	d := smallGroups(t)
	one, other := h.Roster(t, h.OpenGroup(t, d, 6, 1), desk.Load{}), h.Roster(t, h.OpenGroup(t, d, 6, 1), desk.Load{})
	var all [][2]scheduler.ID
	for i := range min(len(one.Sessions), len(other.Sessions)) {
		all = append(all, [2]scheduler.ID{one.Sessions[i].ID, other.Sessions[i].ID})
	}
	return all
}

func TestMakeupRace(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		for range raceRounds {
			if err := h.MakeupRace(t, smallGroups(t), func() {}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestLeaderRace(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		facilitator, sessions := h.AddStaff(t), pairs(t, h)
		for round := range raceRounds {
			if err := h.LeaderRace(t, facilitator, sessions[round%len(sessions)]); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestOfferRace(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		late := h.Later(t, time.Hour)
		for range raceRounds {
			ready := func() (desk.Store, func()) { return late, func() {} }
			if err := h.OfferRace(t, smallGroups(t), ready); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// The negative controls: without the lock of the clinic each race must be seen
// to fail.
func TestRollingRacesNeedTheGuard(t *testing.T) {
	t.Parallel()
	for name, race := range map[string]func(*testing.T, *storetest.House) error{
		// Without the lock the schema still takes no second seat, so it has to
		// look away, too.
		"makeup": func(t *testing.T, h *storetest.House) error {
			return h.MakeupRace(t, smallGroups(t), func() {
				trigger := "seats_taken"
				if !strings.HasPrefix(h.URL, "sqlite:") {
					trigger = "seats_counted ON seats"
				}
				h.Do(t, "DROP TRIGGER "+trigger)
				h.Use(store.Unguarded(h.DB, meeting(2)))
			})
		},
		"leader": func(t *testing.T, h *storetest.House) error {
			facilitator, sessions := h.AddStaff(t), pairs(t, h)
			h.Use(store.Unguarded(h.DB, meeting(2)))
			return h.LeaderRace(t, facilitator, sessions[0])
		},
		"offer": func(t *testing.T, h *storetest.House) error {
			late := h.Later(t, time.Hour)
			return h.OfferRace(t, smallGroups(t), func() (desk.Store, func()) {
				both, done := meeting(2), make(chan struct{})
				h.Use(store.Unguarded(h.DB, both))
				return store.Unguarded(late, func() {
					both()
					<-done // what the other node writes last hides the acceptance
				}), func() { close(done) }
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, h *storetest.House) {
				err := race(t, h)
				if err == nil {
					t.Fatal("nothing was wrong without a lock; the race proves nothing")
				}
				t.Log(err)
			})
		})
	}
}
