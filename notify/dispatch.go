package notify

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"almanac/notify/queue"
	"almanac/scheduler/access"
)

// One Dispatch pushes notices in batches of growing size, so that workers can begin
// while the rest is read. What is left after the last batch waits a second.
const (
	firstBatch  = 500
	batchGrowth = 4
	mostBatches = 4
)

// Dispatcher pushes due notices from the outbox to the queue. Duties call its
// methods. It is safe for concurrent use; several processes may run one each.
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

// Dispatch pushes what is due; call it every second. A queue that is down is not an
// error: the monitor reports it, and workers ask the outbox directly. It fails when
// the outbox does.
func (d *Dispatcher) Dispatch(ctx context.Context) error {
	if d.isDown() && !d.push(ctx, func() error { return d.queue.Push(ctx, nil) }) {
		return nil // Due would keep the notices from the workers
	}
	for limit, n := firstBatch, 0; n < mostBatches; limit, n = limit*batchGrowth, n+1 {
		tickets, err := d.outbox.Due(ctx, d.actor, limit)
		if err != nil {
			return fmt.Errorf("asking for due notices: %w", err)
		}
		pushed := len(tickets) == 0 || d.push(ctx, func() error { return d.queue.Push(ctx, tickets) })
		if !pushed || len(tickets) < limit {
			return nil
		}
	}
	return nil
}

// Foresee adds the notices that become due by the clock; call it every minute.
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

// push calls the queue, tells the monitor, and reports whether the push succeeded.
func (d *Dispatcher) push(ctx context.Context, push func() error) bool {
	err := push()
	if err != nil && ctx.Err() != nil {
		return false // we are stopping; this says nothing about the queue
	}
	d.monitor.queueResult(err)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.down = err != nil
	return err == nil
}
