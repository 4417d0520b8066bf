package store_test

import (
	"slices"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// An invite is on its way while its person leaves, and arrives. It is taken back,
// once.
func TestInviteOnItsWayIsTakenBack(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		e := join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0))
		recordResult(t, h, reads.Result{Handover: passGate(t, h, due(t, h))[0], Outcome: reads.Sent, At: h.Now()})
		h.Set(h.Now().Add(2 * time.Minute))
		invite := passGate(t, h, due(t, h))
		if err := h.Desk.Confirm(t.Context(), h.Request(), desk.Withdraw(e.Enrollment)); err != nil {
			t.Fatal(err)
		}
		recordResult(t, h, reads.Result{Handover: invite[0], Outcome: reads.Sent, At: h.Now()})
		for range 3 {
			h.Set(h.Now().Add(2 * time.Minute))
			told := drain(t, h)
			if slices.Equal(say(told), []string{"changes 8", "calendar CANCEL 1"}) &&
				told[1].Seats[0].UID == invite[0].Seats[0].UID && invite != nil {
				invite = nil
			} else if len(told) > 0 {
				t.Errorf("goes %q", say(told))
			}
		}
		if invite != nil {
			t.Error("what arrived after they left was never taken back")
		}
	})
}

// An invite arrives, the worker dies before anybody writes that down, and its
// person leaves. What may stand in their calendar is taken back.
func TestInviteInDoubtIsTakenBack(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		e := join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0))
		welcome := passGate(t, h, due(t, h))
		if len(welcome) != 1 || welcome[0].Kind != scheduler.Welcome {
			t.Fatalf("first goes %q", say(welcome))
		}
		recordResult(t, h, reads.Result{Handover: welcome[0], Outcome: reads.Sent, At: h.Now()})
		h.Set(h.Now().Add(2 * time.Minute))
		invite := passGate(t, h, due(t, h)) // one, and nobody says how it ended
		if len(invite) != 1 || invite[0].Method != gate.MethodRequest {
			t.Fatalf("then goes %q", say(invite))
		}
		if err := h.Desk.Confirm(t.Context(), h.Request(), desk.Withdraw(e.Enrollment)); err != nil {
			t.Fatal(err)
		}
		h.Set(h.Now().Add(2 * time.Minute))
		told := drain(t, h)
		if !slices.Equal(say(told), []string{"changes 8", "calendar CANCEL 1"}) ||
			told[1].Seats[0].UID != invite[0].Seats[0].UID {
			t.Errorf("after they left goes %q, not the text and the one cancellation", say(told))
		}
	})
}
