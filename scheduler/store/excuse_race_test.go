package store_test

import (
	"strings"
	"testing"
	"time"

	"almanac/protocols"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

// openGroups is smallGroup whose people are seated as far ahead as they ask.
func openGroups(t *testing.T) *protocols.Definition {
	t.Helper()
	text := strings.Replace(smallGroup, "waitlist: {seat_horizon: P9D}\n", "", 1)
	d, err := protocols.Parse("open-group.yaml", []byte(strings.TrimSpace(text)+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestExcuseRace(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		var o *storetest.Owing
		won := map[scheduler.ID]int{}
		for round := range 2 * raceRounds {
			if round%50 == 0 {
				o = h.Owing(t, openGroups(t))
			}
			sits := o.Sits.Person
			if err := h.ExcuseRace(t, o, func() {}); err != nil {
				t.Fatal(err)
			}
			if o.Sits.Person != sits {
				won["accepted"]++
			} else {
				won["undone"]++
			}
		}
		t.Log(won)
	})
}

// Without the lock of the clinic the race must be seen to fail.
func TestExcuseRaceNeedsTheGuard(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		err := h.ExcuseRace(t, h.Owing(t, openGroups(t)), func() {
			trigger := "seats_taken"
			if !strings.HasPrefix(h.URL, "sqlite:") {
				trigger = "seats_counted ON seats"
			}
			h.Do(t, "DROP TRIGGER "+trigger)
			h.Use(store.Unguarded(h.DB, meeting(2)))
		})
		if err == nil {
			t.Fatal("nothing was wrong without a lock; the race proves nothing")
		}
		t.Log(err)
	})
}

// The duty of each minute finds a date that has rested for an hour, and its offer goes to who asked for short notice.
func TestADateGivenBackIsOfferedByTheGate(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		o := h.Owing(t, openGroups(t))
		h.GiveBack(t, o)
		cohorts, err := h.DB.RestlessCohorts(t.Context(), access.System("answers"))
		if err != nil || len(cohorts) != 1 || cohorts[0].Cohort != o.Cohort {
			t.Fatalf("to look after: %v, %v", cohorts, err)
		}
		system := desk.Request{Actor: access.System("agenda").In(string(h.Clinic)), Clinic: h.Clinic}
		if err := h.Desk.Confirm(t.Context(), system, desk.Upkeep(o.Cohort)); err != nil {
			t.Fatal(err)
		}
		var told *reads.Handover
		for _, handover := range passGate(t, h, due(t, h)) {
			if handover.Kind == scheduler.OfferNotice {
				told = &handover
			}
		}
		if told == nil || told.Person != o.Owes.Person ||
			!told.AnswerBy.Equal(h.Now().Truncate(time.Millisecond).Add(3*time.Hour)) {
			t.Fatalf("told: %+v", told)
		}
		record(t, h, *told, reads.Sent)
		// Somebody else's date cannot be given back, nor one's own twice.
		other := desk.CannotCome(scheduler.ExcuseRequest{Enrollment: o.Owes.Enrollment, Session: o.Session})
		if err := h.Desk.Confirm(t.Context(), h.Themself(o.Sits.Person), other); !fault.Is(err, fault.NotFound) {
			t.Errorf("another person's date: %v", err)
		}
		if err := h.Desk.Confirm(t.Context(), h.Themself(o.Owes.Person), desk.Accept(o.Owes.Enrollment)); err != nil {
			t.Fatal(err)
		}
	})
}
