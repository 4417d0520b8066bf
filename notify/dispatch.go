package notify

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// One Dispatch moves notices in steps, each of so many times as many as the last;
// more than all of them wait for the next one. The first reach the workers while
// the others are being read.
const (
	dispatchFirst = 500
	dispatchTimes = 4
	dispatchSteps = 4
)

// Dispatcher moves due notices from the outbox into the queue. Its methods are
// the bodies of duties. It is safe for concurrent use; any number may run.
type Dispatcher struct {
	outbox  Outbox
	queue   Queue
	monitor *Monitor
	log     *slog.Logger
	actor   access.Actor
	now     func() time.Time

	mu   sync.Mutex
	down bool // the last Push failed
}

// NewDispatcher makes a dispatcher. By now it tells what is due already.
func NewDispatcher(outbox Outbox, queue Queue, monitor *Monitor, log *slog.Logger, now func() time.Time) *Dispatcher {
	return &Dispatcher{outbox: outbox, queue: queue, monitor: monitor, log: log, actor: access.System("dispatch"), now: now}
}

// lookAhead is how long before its time a notice is read: when a whole crowd is
// due, all of it lies ready.
const lookAhead = time.Second

// Dispatch pushes what is due, and waits for what will be within a second; it is
// meant to run every second. A queue that is down is no error: it shows in the
// monitor, and what is due is left to the workers, which ask the outbox
// themselves. An error is the outbox's.
func (d *Dispatcher) Dispatch(ctx context.Context) error {
	if d.isDown() && !d.push(ctx, func() error { return d.queue.Push(ctx, nil) }) {
		return nil // asking the outbox would keep the notices from the workers
	}
	var early []reads.Ticket
	var failed error
	for limit, step := dispatchFirst, 0; step < dispatchSteps; limit, step = limit*dispatchTimes, step+1 {
		tickets, err := d.outbox.Due(ctx, d.actor, lookAhead, limit)
		if err != nil {
			failed = fmt.Errorf("asking for due notices: %w", err)
			break
		}
		due, later := d.split(tickets)
		early = append(early, later...)
		if len(due) > 0 && !d.push(ctx, func() error { return d.queue.Push(ctx, due) }) || len(tickets) < limit {
			break
		}
	}
	d.pushInTime(ctx, early)
	return failed
}

// split tells what is due from what is not yet; both keep their order.
func (d *Dispatcher) split(tickets []reads.Ticket) (due, early []reads.Ticket) {
	now := d.now()
	for _, t := range tickets {
		if t.Due.After(now) {
			early = append(early, t)
		} else {
			due = append(due, t)
		}
	}
	return due, early
}

// pushInTime pushes tickets as they fall due. A clock that stands still or is
// put back keeps it no longer than twice as long as they were read ahead.
func (d *Dispatcher) pushInTime(ctx context.Context, tickets []reads.Ticket) {
	ctx, cancel := context.WithTimeout(ctx, 2*lookAhead)
	defer cancel()
	for len(tickets) > 0 {
		next := slices.MinFunc(tickets, func(a, b reads.Ticket) int { return a.Due.Compare(b.Due) }).Due
		pause(ctx, min(next.Sub(d.now()), lookAhead/20))
		due, early := d.split(tickets)
		if ctx.Err() != nil || len(due) > 0 && !d.push(ctx, func() error { return d.queue.Push(ctx, due) }) {
			return // they come back when their rest is over
		}
		tickets = early
	}
}

// Foresee writes down the notices that the clock makes due; it is meant to run
// every minute.
func (d *Dispatcher) Foresee(ctx context.Context) error {
	added, err := d.outbox.Foresee(ctx, d.actor)
	if err != nil {
		return fmt.Errorf("foreseeing notices: %w", err)
	}
	if added > 0 {
		d.log.Debug("notices foreseen", slog.Int("added", added))
	}
	return nil
}

func (d *Dispatcher) isDown() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.down
}

// push notes how the queue took it and tells whether it did.
func (d *Dispatcher) push(ctx context.Context, push func() error) bool {
	err := push()
	if err != nil && ctx.Err() != nil {
		return false // we are leaving; that says nothing about the queue
	}
	d.monitor.queueIs(err)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.down = err != nil
	return err == nil
}
