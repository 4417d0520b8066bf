package store_test

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// stopRounds is how often a STOP races the gate; make race runs it again with the race detector.
const stopRounds = 60

// TestStopRacesTheGate lets a STOP arrive while reminders are leaving: after it has committed, no text starts.
func TestStopRacesTheGate(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		x := newTexter(t, h, scheduler.SMS)
		x.pass(t, 4*time.Minute, reads.Sent)
		x.write(t, "yes", "Y")
		x.write(t, "stop", "STOP")
		raw := h.Raw(t)
		count := func() (n int) {
			err := raw.QueryRowContext(t.Context(), "SELECT count(*) FROM attempts a JOIN notices n ON n.id = "+
				"a.notice "+
				"WHERE n.kind = 'welcome'").Scan(&n)
			if err != nil {
				t.Error(err)
			}
			return n
		}
		started := 0
		for round := range stopRounds {
			x.write(t, fmt.Sprint("start", round), "START")
			for _, statement := range []string{
				"DELETE FROM attempts WHERE notice IN (SELECT id FROM notices WHERE kind = 'welcome')",
				"DELETE FROM told_dates",
				"UPDATE notices SET state = 'planned', attempts = 0, queued_until = '', lease_until = '', done_at " +
					"= '' " +
					"WHERE channel = 'sms' AND kind = 'welcome'",
			} {
				if _, err := raw.ExecContext(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
			tickets, err := h.DB.Due(t.Context(), worker, 50)
			if err != nil || len(tickets) != 1 {
				t.Fatalf("round %d: %d are due, %v", round, len(tickets), err)
			}
			ids := []scheduler.ID{tickets[0].ID}
			var gate sync.WaitGroup
			var handed []reads.Handover
			begun := make(chan struct{})
			gate.Go(func() {
				close(begun)
				var err error
				if handed, err = h.DB.Gate(t.Context(), worker, ids); err != nil {
					t.Error(err)
				}
			})
			if round%2 == 0 {
				<-begun
			}
			for range (round % 4) * 200 { // the gate's transaction gets under way
				runtime.Gosched()
			}
			if round == 0 { // one leaves before, so that the test sees texts at all
				gate.Wait()
			}
			x.write(t, fmt.Sprint("stop", round), "STOP")
			after := count()
			gate.Wait()
			if now := count(); now != after {
				t.Fatalf("round %d: %d attempts when STOP was taken, %d later", round, after, now)
			}
			if started += len(handed); len(handed) != after {
				t.Fatalf("round %d: %d handed over, %d attempts", round, len(handed), after)
			}
			if late, err := h.DB.Gate(t.Context(), worker, ids); err != nil || len(late) > 0 {
				t.Fatalf("round %d: %d started after STOP, %v", round, len(late), err)
			}
		}
		if started == 0 {
			t.Error("no text left before its STOP: the gate is blind")
		}
	})
}
