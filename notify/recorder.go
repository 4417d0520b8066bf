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

// Elapsed times of the recorder, and its limit.
const (
	recordTimeout  = 10 * time.Second       // for one Record
	recordPause    = 250 * time.Millisecond // after a failure, doubled up to
	recordPauseMax = 5 * time.Second
	mostFailures   = 3 // then an outcome that fails alone is given up
)

// recorder writes outcomes to the outbox. One batch is everything that arrived since
// the last one. While the outbox is down it keeps the outcomes and tries again. It
// gives up an outcome that fails three times while others succeed; the lease of that
// attempt then expires by itself.
type recorder struct {
	outbox Outbox
	actor  access.Actor
	log    *slog.Logger

	mu       sync.Mutex
	backlog  []outcome
	unsaved  map[scheduler.ID]int // by notice: outcomes in the backlog or being written
	wake     chan struct{}        // holds a value when there is an outcome, or at the end
	finished bool                 // no outcome is added any more
}

type outcome struct {
	reads.Result
	release  func() // called once it is recorded or given up
	failures int
}

func newRecorder(outbox Outbox, actor access.Actor, log *slog.Logger) *recorder {
	return &recorder{
		outbox: outbox, actor: actor, log: log, unsaved: map[scheduler.ID]int{}, wake: make(chan struct{}, 1),
	}
}

// add appends a result to the backlog and does not block. release is called once the
// result is recorded or given up; it must not block either.
func (r *recorder) add(result reads.Result, release func()) {
	r.mu.Lock()
	r.backlog = append(r.backlog, outcome{Result: result, release: release})
	r.unsaved[result.Handover.Notice]++
	r.mu.Unlock()
	r.signal()
}

// withoutUnsaved returns the ids that have no unsaved outcome. When the outbox was
// down for long, a lease may expire before its outcome is recorded, and that message
// must not be sent again.
func (r *recorder) withoutUnsaved(ids []scheduler.ID) []scheduler.ID {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.unsaved) == 0 {
		return ids
	}
	return slices.DeleteFunc(ids, func(id scheduler.ID) bool { return r.unsaved[id] > 0 })
}

// finish makes run return once everything is recorded.
func (r *recorder) finish() {
	r.mu.Lock()
	r.finished = true
	r.mu.Unlock()
	r.signal()
}

// left is how many notices have unsaved outcomes.
func (r *recorder) left() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.unsaved)
}

// remove forgets outcomes that are recorded or given up.
func (r *recorder) remove(batch ...outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range batch {
		id := one.Handover.Notice
		if r.unsaved[id]--; r.unsaved[id] <= 0 {
			delete(r.unsaved, id)
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

// run records outcomes until finish was called and none is left, or until ctx ends.
// Several goroutines may call it.
func (r *recorder) run(ctx context.Context) {
	wait := recordPause
	for {
		batch, finished := r.takeBatch()
		if len(batch) == 0 {
			if finished {
				r.signal() // for the next goroutine in run
				return
			}
			select {
			case <-r.wake:
				continue
			case <-ctx.Done():
				return
			}
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

func (r *recorder) takeBatch() (batch []outcome, finished bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	batch, r.backlog = r.backlog, nil
	return batch, r.finished
}

func (r *recorder) putBack(batch []outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.backlog = append(batch, r.backlog...)
}

// record writes a batch, in one transaction or, when that fails, one by one. It
// returns the outcomes to try again.
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
		if i == 1 && len(again) == 2 { // the outbox is down; next time others come first
			return append(batch[2:len(batch):len(batch)], again...)
		}
	}
	kept := again[:0]
	for _, one := range again {
		if one.failures++; one.failures < mostFailures {
			kept = append(kept, one)
			continue
		}
		r.log.Error("outcome given up",
			slog.String("notice", string(one.Handover.Notice)), slog.Int("attempt", one.Handover.Attempt))
		r.remove(one)
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
	r.remove(batch...)
	return nil
}
