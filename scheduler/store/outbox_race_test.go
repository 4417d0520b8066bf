package store_test

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

// reminded gives a house in which a reminder of the first session is foreseen for
// each of n people, due a day before it, so long before that session.
func reminded(t *testing.T, h *storetest.House, n int, before time.Duration) (cohort scheduler.ID, ids []scheduler.ID) {
	t.Helper()
	cohort = h.OpenCohort(t, 18, max(n, seats))
	for i := range n {
		join(t, h, cohort, storetest.Contact(i))
	}
	drain(t, h)
	h.Set(firstStart().Add(-before))
	foresee(t, h)
	for _, row := range h.Ask(t,
		"SELECT id FROM notices WHERE kind = 'reminder' AND lead_seconds = 86400 ORDER BY id") {
		ids = append(ids, scheduler.ID(row[0]))
	}
	if len(ids) != n {
		t.Fatalf("%d reminders are foreseen, want %d", len(ids), n)
	}
	return cohort, ids
}

// TestGateWaitsForAChange has a cancellation half way through: a gate that comes
// meanwhile must wait for its end and hand nothing over. A gate that did not
// wait would read the session as it was before.
func TestGateWaitsForAChange(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		_, ids := reminded(t, h, 6, 20*time.Hour)
		raw := h.Raw(t)
		change, err := raw.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = change.Close() }()
		half := []string{"BEGIN", "UPDATE clinics SET change_no = change_no + 1",
			"UPDATE sessions SET state = 'cancelled'"}
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
	if strings.HasPrefix(h.URL, "sqlite:") {
		return
	}
	for {
		select {
		case handovers := <-gated:
			t.Fatalf("the gate did not wait and handed over %q", say(handovers))
		default:
		}
		var waiting int
		err := raw.QueryRowContext(t.Context(),
			`SELECT count(*) FROM pg_stat_activity
WHERE wait_event_type = 'Lock' AND datname = current_database()`).Scan(&waiting)
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
		cohort, ids := reminded(t, h, 40, 20*time.Hour)
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
			if err := h.Desk.Confirm(t.Context(), h.Request(),
				desk.Cancel(scheduler.CancelRequest{Session: session})); err != nil {
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

// TestOneNoticeOneWorker lets several workers gate and record everything at
// once, on PostgreSQL some of another process: each notice leaves once, and
// nobody hears two things at the same time.
func TestOneNoticeOneWorker(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 20)
		for i := range 20 {
			join(t, h, cohort, storetest.Contact(i))
		}
		ids := due(t, h)
		sides := []*storetest.House{h, h}
		if !strings.HasPrefix(h.URL, "sqlite:") { // one process alone writes to a file
			other := *h
			other.DB = h.Another(t)
			sides[1] = &other
		}
		left := leaving{open: map[scheduler.ID]int{}, sent: map[scheduler.ID]int{}}
		var all sync.WaitGroup
		for worker := range 4 {
			all.Go(func() {
				for turn := range 20 {
					from := turn * 25 % len(ids)
					handovers := passGate(t, sides[worker%2], ids[from:min(len(ids), from+store.MostGated)])
					left.begin(t, handovers)
					results := make([]reads.Result, len(handovers))
					for i, o := range handovers {
						results[i] = reads.Result{Handover: o, Outcome: reads.Sent, At: h.Now()}
					}
					left.end(handovers) // before it is recorded, and so before the next can begin
					recordResult(t, sides[worker%2], results...)
				}
			})
		}
		all.Wait()
		if len(left.sent) < 20 {
			t.Errorf("only %d notices left", len(left.sent))
		}
		for id, n := range left.sent {
			if n != 1 {
				t.Errorf("notice %s left %d times", id, n)
			}
		}
	})
}

// leaving counts what several workers hand over.
type leaving struct {
	mu   sync.Mutex
	open map[scheduler.ID]int // by enrollment
	sent map[scheduler.ID]int // by notice
}

func (l *leaving) begin(t *testing.T, handovers []reads.Handover) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range handovers {
		l.sent[o.Notice]++
		if l.open[o.Thread]++; l.open[o.Thread] > 1 {
			t.Errorf("two attempts to enrollment %s are open at once", o.Thread)
		}
	}
}

func (l *leaving) end(handovers []reads.Handover) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range handovers {
		l.open[o.Thread]--
	}
}
