package notify

import (
	"context"
	"sync"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// Drain hands over, without the queue, whatever is due at this moment, and gives
// how many messages that were. What waits for another message of the same
// enrollment stays for a later call. It must not be called while Run runs; it
// is for programs that hold the clock in their hand, as tests and the demo do.
func (w *Worker) Drain(ctx context.Context) (int, error) {
	total := 0
	for {
		tickets, err := w.o.Outbox.Due(ctx, w.actor, GateLimit)
		if err != nil || len(tickets) == 0 {
			return total, err
		}
		ids := make([]scheduler.ID, len(tickets))
		for i, t := range tickets {
			ids[i] = t.ID
		}
		handovers, err := w.o.Outbox.Gate(ctx, w.actor, ids)
		if err != nil {
			return total, err
		}
		if err := w.o.Outbox.Record(ctx, w.actor, w.handOverAll(ctx, handovers)); err != nil {
			return total, err
		}
		total += len(handovers)
	}
}

func (w *Worker) handOverAll(ctx context.Context, handovers []reads.Handover) []reads.Result {
	results := make([]reads.Result, len(handovers))
	var sends sync.WaitGroup
	for i, h := range handovers {
		sends.Go(func() { results[i] = w.handOver(ctx, h, nil) })
	}
	sends.Wait()
	return results
}
