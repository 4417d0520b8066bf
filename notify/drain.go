package notify

import (
	"context"
	"sync"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// Drain hands over everything that is due now, without the queue, and returns how
// many messages that were. A notice that waits for another one of the same
// enrollment is left for a later call. Tests and the demo use it, with a clock of
// their own. It must not be called while Run runs.
func (w *Worker) Drain(ctx context.Context) (int, error) {
	total := 0
	for {
		tickets, err := w.o.Outbox.Due(ctx, w.actor, GateLimit)
		if err != nil || len(tickets) == 0 {
			return total, err
		}
		handovers, err := w.o.Outbox.Gate(ctx, w.actor, ticketIDs(tickets))
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

func ticketIDs(tickets []reads.Ticket) []scheduler.ID {
	ids := make([]scheduler.ID, len(tickets))
	for i, t := range tickets {
		ids[i] = t.ID
	}
	return ids
}
