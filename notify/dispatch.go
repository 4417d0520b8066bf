package notify

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"almanac/notify/queue"
	"almanac/scheduler/access"
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
	queue   queue.Queue
	monitor *Monitor
	log     *slog.Logger
	actor   access.Actor

	mu   sync.Mutex
	down bool // the last Push failed
}

// NewDispatcher makes a dispatcher.
func NewDispatcher(outbox Outbox, queue queue.Queue, monitor *Monitor, log *slog.Logger) *Dispatcher {
	return &Dispatcher{outbox: outbox, queue: queue, monitor: monitor, log: log, actor: access.System("dispatch")}
}

// Dispatch pushes what is due; it is meant to run every second. A queue that is down is no error: it shows in the
// monitor, and what is due is left to the workers, which ask the outbox
// themselves. An error is the outbox's.
func (d *Dispatcher) Dispatch(ctx context.Context) error {
	if d.isDown() && !d.push(ctx, func() error { return d.queue.Push(ctx, nil) }) {
		return nil // asking the outbox would keep the notices from the workers
	}
	for limit, step := dispatchFirst, 0; step < dispatchSteps; limit, step = limit*dispatchTimes, step+1 {
		tickets, err := d.outbox.Due(ctx, d.actor, limit)
		if err != nil {
			return fmt.Errorf("asking for due notices: %w", err)
		}
		if len(tickets) > 0 && !d.push(ctx, func() error { return d.queue.Push(ctx, tickets) }) || len(tickets) < limit {
			return nil
		}
	}
	return nil
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
