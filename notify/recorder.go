package notify

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
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

	// Outcomes wait for gates that are being asked, in such steps and so many: in a
	// rush everybody is through the gate sooner, and what is recorded together
	// costs less. They may not wait long, for connections wait for them.
	yieldStep  = 5 * time.Millisecond
	yieldSteps = 10

	// joinFor is how long the first of some outcomes waits for others, unless half of
	// the connections wait by then: what is written down together costs hardly more
	// than one, and in a rush the other half is busy meanwhile.
	joinFor = time.Millisecond

	// carryCalm is how long nothing must have ended until notes are carried: every
	// connection would wait for that.
	carryCalm = 25 * time.Millisecond
)

// recorder writes outcomes down: whatever has ended since the last time,
// together. Several at once go into the outbox's journal, and are carried from
// there when it is calm; in a rush that goes on, and after a failure, the
// dispatcher carries them. While the outbox is down it keeps them and goes on trying. An
// outcome that fails while others succeed is given up after three strikes; its
// lease then ends by itself.
type recorder struct {
	outbox Outbox
	actor  access.Actor
	log    *slog.Logger
	enough int          // so many outcomes are written down without waiting for more
	gates  atomic.Int32 // that are being asked
	noted  atomic.Bool  // the journal may have something

	mu      sync.Mutex
	pending []outcome
	open    map[scheduler.ID]int // outcomes by notice that are not written down yet
	fresh   int                  // outcomes that came since the last take
	wake    chan struct{}        // a token when there is something to look at: the first outcome, enough of them, the end
	over    bool                 // nothing more comes
}

type outcome struct {
	reads.Result
	settled func() // called once it is written down or given up
	strikes int
}

func newRecorder(outbox Outbox, actor access.Actor, log *slog.Logger, connections int) *recorder {
	return &recorder{
		outbox: outbox, actor: actor, log: log, enough: max(connections/2, 1),
		open: map[scheduler.ID]int{}, wake: make(chan struct{}, 1),
	}
}

// add takes a result; it never waits. settled is called once the result is
// written down or given up, and must not wait either.
func (r *recorder) add(result reads.Result, settled func()) {
	r.mu.Lock()
	r.pending = append(r.pending, outcome{Result: result, settled: settled})
	r.open[result.Handover.Notice]++
	r.fresh++
	look := r.fresh == 1 || len(r.pending) >= r.enough
	r.mu.Unlock()
	if look {
		r.signal()
	}
}

// gateFirst says that a gate is being asked, until leave is called.
func (r *recorder) gateFirst() (leave func()) {
	r.gates.Add(1)
	return func() { r.gates.Add(-1) }
}

// yield waits a little while a gate is being asked.
func (r *recorder) yield(ctx context.Context) {
	for range yieldSteps {
		if r.gates.Load() == 0 {
			return
		}
		pause(ctx, yieldStep)
	}
}

// settled gives those of ids that have no outcome waiting. Who was written to
// must not be written to again because the outbox does not know it yet: after a
// long failure of the outbox the lease may be over before the outcome is recorded.
func (r *recorder) settled(ids []scheduler.ID) []scheduler.ID {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.open) == 0 {
		return ids
	}
	return slices.DeleteFunc(ids, func(id scheduler.ID) bool { return r.open[id] > 0 })
}

// finish says that nothing more comes: run ends when all is written down.
func (r *recorder) finish() {
	r.mu.Lock()
	r.over = true
	r.mu.Unlock()
	r.signal()
}

// left counts what is not written down.
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
		one.settled()
	}
}

func (r *recorder) signal() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// run records until finish and everything is written down, or ctx ends. Several
// may run beside each other.
func (r *recorder) run(ctx context.Context) {
	wait := recordPause
	for {
		r.yield(ctx)
		r.join(ctx)
		batch, over := r.take()
		switch {
		case len(batch) == 0 && over:
			r.signal() // to the next who runs
			r.carryAll(ctx, func() bool { return false })
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

// join waits a moment for more outcomes when there are some, but few.
func (r *recorder) join(ctx context.Context) {
	timer := time.NewTimer(joinFor)
	defer timer.Stop()
	for r.few() {
		select {
		case <-r.wake:
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// few tells whether some outcomes wait, and others are worth waiting for.
func (r *recorder) few() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.over && len(r.pending) > 0 && len(r.pending) < r.enough
}

// rest waits for outcomes, and carries while there are none. It gives false once
// ctx has ended.
func (r *recorder) rest(ctx context.Context) bool {
	for r.noted.Load() && r.idle(ctx, carryCalm) {
		r.carryAll(ctx, func() bool { return len(r.wake) > 0 })
	}
	select {
	case <-r.wake:
		return true
	case <-ctx.Done():
		return false
	}
}

// idle waits and tells whether nothing came.
func (r *recorder) idle(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.wake:
		r.signal() // to whoever waits next
		return false
	case <-ctx.Done():
		return false
	}
}

// carryAll carries until the journal is empty, it fails, or somebody is in a hurry;
// others may be filling it all the time, so not for ever.
func (r *recorder) carryAll(ctx context.Context, hurry func() bool) {
	for range carrySteps {
		if hurry() || !r.carry(ctx) {
			return
		}
	}
}

// carry enters a part of the journal and tells whether there may be more.
func (r *recorder) carry(ctx context.Context) bool {
	if !r.noted.Swap(false) {
		return false // or somebody else is at it
	}
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	more, err := r.outbox.Carry(ctx, r.actor, 0)
	if err != nil {
		r.log.Warn("carrying from the journal failed", slog.String("error", err.Error()))
	}
	if more {
		r.noted.Store(true)
	}
	return more
}

func (r *recorder) take() (batch []outcome, over bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	batch, r.pending, r.fresh = r.pending, nil, 0
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
	if err := r.enter(ctx, results); err != nil {
		return err
	}
	r.forget(batch...)
	return nil
}

// enter writes a single outcome where it belongs, several into the journal.
func (r *recorder) enter(ctx context.Context, results []reads.Result) error {
	if len(results) == 1 {
		return r.outbox.Record(ctx, r.actor, results)
	}
	err := r.outbox.Journal(ctx, r.actor, results)
	r.noted.Store(true) // also after an error: the commit may have come through
	return err
}
