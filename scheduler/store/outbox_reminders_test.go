package store_test

import (
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// remindedSoon enrolls so many people and gives the ids of their reminders of the
// day before, all due at one instant, a minute from now.
func remindedSoon(t *testing.T, h *storetest.House, people int) (due time.Time, ids []scheduler.ID) {
	t.Helper()
	_, ids = reminded(t, h, people, 25*time.Hour)
	drain(t, h)
	due = firstStart().Add(-24 * time.Hour)
	h.Set(due.Add(-time.Minute))
	return due, ids
}

// A reminder passes the gate at its time and not before.
func TestRemindersPassAtTheirTime(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		at, ids := remindedSoon(t, h, 2)
		h.Set(at.Add(-time.Millisecond))
		if early := passGate(t, h, ids); len(early) != 0 || len(due(t, h)) != 0 {
			t.Errorf("%q passed before their time", say(early))
		}
		h.Set(at)
		if now := passGate(t, h, due(t, h)); len(now) != 2 {
			t.Errorf("%q passed at their time", say(now))
		}
	})
}

// Few have their last chance at once: what kills a worker a third time takes few
// others with it.
func TestStruckNoticesGoInSmallNumbers(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		const people, few = 12, 5
		at, ids := remindedSoon(t, h, people)
		h.Set(at)
		if n := len(passGate(t, h, ids)); n != people {
			t.Fatalf("%d of %d passed", n, people)
		}
		h.Do(t, "UPDATE notices SET lease_until = ''") // the worker is dead
		if n := len(passGate(t, h, ids)); n != people {
			t.Fatalf("%d of %d have a second chance", n, people)
		}
		h.Set(at.Add(time.Minute)) // and its next one, too
		var third []reads.Handover
		for turn, want := range []int{few, few, people - 2*few, 0} {
			some := passGate(t, h, due(t, h))
			if len(some) != want || len(some) > 0 && some[0].Attempt != 3 {
				t.Fatalf("in turn %d passed %q", turn, say(some))
			}
			third = append(third, some...)
			h.Set(h.Now().Add(2 * time.Second))
		}
		for _, handover := range third {
			record(t, h, handover, reads.Sent)
		}
		wantTasks(t, h)
	})
}
