package notify

import (
	"context"
	"log/slog"
	"time"

	"almanac/scheduler"
)

// source fetches ids of due notices for a worker: from the queue and, while the
// queue is silent or down, every DirectEvery from the outbox.
//
//	queue ──(returned ids)──► queue
//	  │ silent for DirectEvery, or down and DirectEvery has passed
//	  ▼
//	outbox ──(returned a full batch)──► outbox, else ──► queue
type source struct {
	w      *Worker
	tick   *time.Ticker
	direct bool // ask the outbox next
	down   bool // the queue failed last time
}

func newSource(w *Worker) *source {
	return &source{w: w, tick: time.NewTicker(DirectEvery)}
}

// next returns up to limit ids, and none when nothing is due now or ctx ends.
func (s *source) next(ctx context.Context, limit int) []scheduler.ID {
	select {
	case <-s.tick.C:
		s.direct = true
	default:
	}
	if !s.direct && s.down {
		select {
		case <-s.tick.C:
			s.direct = true
		case <-ctx.Done():
			return nil
		}
	}
	if s.direct {
		s.down = false // try the queue again after this
		ids := s.fromOutbox(ctx, limit)
		s.direct = len(ids) == limit
		return ids
	}
	return s.fromQueue(ctx, limit)
}

func (s *source) fromQueue(ctx context.Context, limit int) []scheduler.ID {
	ids, err := s.w.o.Queue.Pop(ctx, limit)
	if ctx.Err() != nil {
		return nil // Due returns these ids again once their 20 s have passed
	}
	s.w.o.Monitor.queueResult(err)
	s.down = err != nil
	if len(ids) > 0 {
		s.tick.Reset(DirectEvery)
	}
	return ids
}

func (s *source) fromOutbox(ctx context.Context, limit int) []scheduler.ID {
	asking, cancel := context.WithTimeout(ctx, gateTimeout)
	defer cancel()
	tickets, err := s.w.o.Outbox.Due(asking, s.w.actor, limit)
	if err != nil {
		if ctx.Err() == nil {
			s.w.o.Log.Warn("asking for due notices failed", slog.String("error", err.Error()))
		}
		return nil
	}
	return ticketIDs(tickets)
}
