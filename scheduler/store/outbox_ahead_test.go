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

// A crowd is reminded at one instant, so reminders pass the gate a little ahead of
// it, and say when they may leave. Three seconds and no more.
func TestRemindersPassAheadOfTheirTime(t *testing.T) {
	t.Parallel()
	for before, passes := range map[time.Duration]bool{3 * time.Second: true, 3*time.Second + time.Millisecond: false} {
		t.Run(before.String(), func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, h *storetest.House) {
				at, ids := remindedSoon(t, h, 2)
				h.Set(at.Add(-before))
				if tickets, err := h.DB.Due(t.Context(), worker, before, 10); err != nil || len(tickets) != 2 {
					t.Errorf("%s before their time %v are due (%v)", before, tickets, err)
				}
				handovers := gate(t, h, ids)
				if (len(handovers) == 2) != passes {
					t.Fatalf("%s before its time passed %q", before, say(handovers))
				}
				for _, handover := range handovers {
					if !handover.Due.Equal(at) || !handover.GatedAt.Equal(h.Now()) {
						t.Errorf("a reminder due at %s is held until %s", at, handover.Due)
					}
				}
				h.Set(at)
				if again := due(t, h); (len(again) == 0) != passes {
					t.Errorf("at their time %v are due again", again)
				}
			})
		})
	}
}

// What the rules say about a time is about the time at which a reminder leaves, not
// about that at which it passes the gate.
func TestRemindersAreJudgedAsAtTheirTime(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		at, ids := remindedSoon(t, h, 1)
		h.Do(t, "UPDATE notices SET not_after = due_at WHERE id = '"+string(ids[0])+"'")
		h.Set(at.Add(-time.Second))
		if early := gate(t, h, ids); len(early) != 0 {
			t.Errorf("%q will leave at the deadline", say(early))
		}
		wantTasks(t, h, "notice unsent")
	})
}

// Who was struck before is not gated ahead, and few have their last chance at
// once: what kills a worker a third time takes few others with it.
func TestStruckNoticesGoInSmallNumbers(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		const people, few = 12, 5
		at, ids := remindedSoon(t, h, people)
		h.Set(at.Add(-time.Second))
		if n := len(gate(t, h, ids)); n != people {
			t.Fatalf("%d of %d passed ahead", n, people)
		}
		h.Do(t, "UPDATE notices SET lease_until = ''") // the worker is dead
		if again := gate(t, h, ids); len(again) != 0 {
			t.Errorf("%q passed ahead once more", say(again))
		}
		h.Set(at)
		if n := len(gate(t, h, ids)); n != people {
			t.Fatalf("%d of %d have a second chance", n, people)
		}
		h.Set(at.Add(time.Minute)) // and its next one, too
		var third []reads.Handover
		for turn, want := range []int{few, few, people - 2*few, 0} {
			some := gate(t, h, due(t, h))
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
