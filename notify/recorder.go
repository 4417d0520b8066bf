package notify

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// Times of the recorder; they are elapsed time.
const (
	recordTimeout  = 10 * time.Second       // for one Record
	recordPause    = 250 * time.Millisecond // after a failure, doubled up to
	recordPauseMax = 5 * time.Second
	recordStrikes  = 3 // then an outcome that fails alone is given up
)

// recorder records outcomes: all that came since the last time go into one
// transaction. While the outbox is down it keeps them and tries again. An outcome
// that fails while others succeed is given up after three tries; its lease then
// ends by itself.
type recorder struct {
	outbox Outbox
	actor  access.Actor
	log    *slog.Logger

	mu      sync.Mutex
	pending []outcome
	open    map[scheduler.ID]int // outcomes by notice that are not recorded yet
	wake    chan struct{}        // a token when there is an outcome, or the end
	over    bool                 // nothing more comes
}

type outcome struct {
	reads.Result
	release func() // called once it is recorded or given up
	strikes int
}

func newRecorder(outbox Outbox, actor access.Actor, log *slog.Logger) *recorder {
	return &recorder{outbox: outbox, actor: actor, log: log, open: map[scheduler.ID]int{}, wake: make(chan struct{}, 1)}
}

// add takes a result and does not wait. release is called once the result is
// recorded or given up, and must not wait either.
func (r *recorder) add(result reads.Result, release func()) {
	r.mu.Lock()
	r.pending = append(r.pending, outcome{Result: result, release: release})
	r.open[result.Handover.Notice]++
	r.mu.Unlock()
	r.signal()
}

// withoutOutcome gives those of ids that have no outcome waiting. After a long
// failure of the outbox a lease may be over before its outcome is recorded, and
// that message must not be sent again.
func (r *recorder) withoutOutcome(ids []scheduler.ID) []scheduler.ID {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.open) == 0 {
		return ids
	}
	return slices.DeleteFunc(ids, func(id scheduler.ID) bool { return r.open[id] > 0 })
}

// finish says that nothing more comes: run ends when all is recorded.
func (r *recorder) finish() {
	r.mu.Lock()
	r.over = true
	r.mu.Unlock()
	r.signal()
}

// left counts what is not recorded.
func (r *recorder) left() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.open)
}

// forget says that these outcomes wait no more.
func (r *recorder) forget(batch ...outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range batch {
		id := one.Handover.Notice
		if r.open[id]--; r.open[id] <= 0 {
			delete(r.open, id)
		}
		one.release()
	}
}

func (r *recorder) signal() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// run records until finish was called and nothing is left, or until ctx ends.
// Several may run beside each other.
func (r *recorder) run(ctx context.Context) {
	wait := recordPause
	for {
		batch, over := r.take()
		switch {
		case len(batch) == 0 && over:
			r.signal() // to the next who runs
			return
		case len(batch) == 0:
			if !r.rest(ctx) {
				return
			}
			continue
		}
		failed := r.record(ctx, batch)
		if len(failed) == 0 {
			wait = recordPause
			continue
		}
		r.putBack(failed)
		pause(ctx, wait)
		if ctx.Err() != nil {
			return
		}
		wait = min(2*wait, recordPauseMax)
	}
}

// rest waits for outcomes. It gives false once ctx has ended.
func (r *recorder) rest(ctx context.Context) bool {
	select {
	case <-r.wake:
		return true
	case <-ctx.Done():
		return false
	}
}

func (r *recorder) take() (batch []outcome, over bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	batch, r.pending = r.pending, nil
	return batch, r.over
}

func (r *recorder) putBack(batch []outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pending = append(batch, r.pending...)
}

// record writes a batch down, all at once or, when that fails, one by one, and
// gives what is to be tried again.
func (r *recorder) record(ctx context.Context, batch []outcome) (again []outcome) {
	err := r.write(ctx, batch)
	if err == nil {
		return nil
	}
	r.log.Warn("recording failed", slog.Int("outcomes", len(batch)), slog.String("error", err.Error()))
	if len(batch) == 1 {
		return batch
	}
	for i, one := range batch {
		if r.write(ctx, []outcome{one}) != nil {
			again = append(again, one)
		}
		if i == 1 && len(again) == 2 { // it is the outbox, not they; another time others are first
			return append(batch[2:len(batch):len(batch)], again...)
		}
	}
	kept := again[:0]
	for _, one := range again {
		if one.strikes++; one.strikes < recordStrikes {
			kept = append(kept, one)
			continue
		}
		r.log.Error("outcome given up", slog.String("notice", string(one.Handover.Notice)), slog.Int("attempt", one.Handover.Attempt))
		r.forget(one)
	}
	return kept
}

func (r *recorder) write(ctx context.Context, batch []outcome) error {
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	results := make([]reads.Result, len(batch))
	for i, one := range batch {
		results[i] = one.Result
	}
	if err := r.outbox.Record(ctx, r.actor, results); err != nil {
		return err
	}
	r.forget(batch...)
	return nil
}
