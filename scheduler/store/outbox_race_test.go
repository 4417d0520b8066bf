package store_test

import (
	"context"
	"database/sql"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

// reminded gives a house in which a reminder of the first session is due to
// each of n people.
func reminded(t *testing.T, h *storetest.House, n int) (cohort scheduler.ID, ids []scheduler.ID) {
	t.Helper()
	cohort = h.OpenCohort(t, 18, n)
	for i := range n {
		join(t, h, cohort, storetest.Contact(i))
	}
	drain(t, h)
	h.Set(firstStart().Add(-20 * time.Hour))
	foresee(t, h)
	for _, row := range h.Ask(t, "SELECT id FROM notices WHERE kind = 'reminder' AND lead_seconds = 86400") {
		ids = append(ids, scheduler.ID(row[0]))
	}
	if len(ids) != n {
		t.Fatalf("%d reminders are due, want %d", len(ids), n)
	}
	return cohort, ids
}

// TestGateWaitsForAChange has a cancellation half way through: a gate that comes
// meanwhile must wait for its end and hand nothing over. A gate that did not
// wait would read the session as it was before.
func TestGateWaitsForAChange(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		_, ids := reminded(t, h, 6)
		raw := h.Raw(t)
		change, err := raw.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = change.Close() }()
		half := []string{"BEGIN", "UPDATE clinics SET change_no = change_no + 1", "UPDATE sessions SET state = 'cancelled'"}
		for _, statement := range half {
			if _, err := change.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		gated := make(chan []reads.Handover)
		go func() {
			handovers, err := h.DB.Gate(t.Context(), worker, ids)
			if err != nil {
				t.Error(err)
			}
			gated <- handovers
		}()
		waitForLock(t, h, raw, gated)
		if _, err := change.ExecContext(t.Context(), "COMMIT"); err != nil {
			t.Fatal(err)
		}
		if handovers := <-gated; len(handovers) != 0 {
			t.Errorf("%q left after the cancellation", say(handovers))
		}
		if got := states(t, h)["reminder dropped cancelled"]; got != 6 {
			t.Errorf("notices are %v", states(t, h))
		}
	})
}

// waitForLock returns when PostgreSQL has somebody wait for a lock. SQLite says
// nothing of the kind, and lets nobody write beside a writer.
func waitForLock(t *testing.T, h *storetest.House, raw *sql.DB, gated <-chan []reads.Handover) {
	t.Helper()
	if h.URL[:len("sqlite")] == "sqlite" {
		return
	}
	for {
		select {
		case handovers := <-gated:
			t.Fatalf("the gate did not wait and handed over %q", say(handovers))
		default:
		}
		var waiting int
		err := raw.QueryRowContext(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()").Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
		if waiting > 0 {
			return
		}
	}
}

// TestNothingLeavesAfterACancel gates reminders one by one from several sides
// while the session is cancelled: once that is committed, nothing more leaves.
func TestNothingLeavesAfterACancel(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort, ids := reminded(t, h, 40)
		session := firstSession(t, h, cohort)
		var cancelled atomic.Bool
		var left, after atomic.Int64
		var all sync.WaitGroup
		started := make(chan struct{}, len(ids))
		for part := range slices.Chunk(ids, 10) {
			all.Go(func() {
				for _, id := range part {
					late := cancelled.Load()
					n := int64(len(gateFrom(t, h, id)))
					left.Add(n)
					if late {
						after.Add(n)
					}
					started <- struct{}{}
				}
			})
		}
		all.Go(func() {
			for range 5 {
				<-started
			}
			if err := h.Desk.Cancel(t.Context(), h.Request(), scheduler.Cancelling{Session: session}); err != nil {
				t.Error(err)
			}
			cancelled.Store(true)
		})
		all.Wait()
		if after.Load() != 0 {
			t.Errorf("%d reminders left after the cancellation", after.Load())
		}
		if left.Load() < 5 {
			t.Errorf("only %d reminders left; the race proves nothing", left.Load())
		}
		// Who was not reminded must have had the reminder dropped.
		if dropped := states(t, h)["reminder dropped cancelled"]; int64(dropped)+left.Load() != 40 {
			t.Errorf("%d left and %d were dropped of 40", left.Load(), dropped)
		}
	})
}

func gateFrom(t *testing.T, h *storetest.House, id scheduler.ID) []reads.Handover {
	handovers, err := h.DB.Gate(context.WithoutCancel(t.Context()), worker, []scheduler.ID{id})
	if err != nil {
		t.Error(err)
	}
	return handovers
}

// TestOneNoticeOneWorker lets several workers, some of another process, gate and
// record everything at once: each notice leaves once, and nobody hears two
// things at the same time.
func TestOneNoticeOneWorker(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 30)
		for i := range 30 {
			join(t, h, cohort, storetest.Contact(i))
		}
		ids := due(t, h)
		other := *h
		other.DB = h.Another(t)
		var mu sync.Mutex
		open, sent := map[scheduler.ID]int{}, map[scheduler.ID]int{}
		var all sync.WaitGroup
		for worker := range 4 {
			side := h
			if worker%2 == 1 {
				side = &other
			}
			all.Go(func() {
				for turn := range 40 {
					from := turn * 25 % len(ids)
					handovers := gate(t, side, ids[from:min(len(ids), from+store.MostGated)])
					mu.Lock()
					for _, o := range handovers {
						sent[o.Notice]++
						if open[o.Thread]++; open[o.Thread] > 1 {
							t.Errorf("two attempts to enrollment %s are open at once", o.Thread)
						}
					}
					mu.Unlock()
					for _, o := range handovers {
						mu.Lock()
						open[o.Thread]-- // before it is recorded, and so before the next can open
						mu.Unlock()
						record(t, side, o, reads.Sent)
					}
				}
			})
		}
		all.Wait()
		for id, n := range sent {
			if n != 1 {
				t.Errorf("notice %s left %d times", id, n)
			}
		}
		if len(sent) < 30 {
			t.Errorf("only %d notices left", len(sent))
		}
	})
}
