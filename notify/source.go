package notify

import (
	"context"
	"log/slog"
	"time"

	"almanac/scheduler"
)

// source gives a worker the ids of due notices: from the queue, and every
// DirectEvery from the outbox itself while the queue is silent or down.
//
//	queue ──(gives)──► queue
//	  │ silent for DirectEvery, or down and DirectEvery waited
//	  ▼
//	outbox ──(gave a full batch)──► outbox, else ──► queue
type source struct {
	w      *Worker
	tick   *time.Ticker
	direct bool // ask the outbox next
	down   bool // the queue failed at the last asking
}

func newSource(w *Worker) *source {
	return &source{w: w, tick: time.NewTicker(DirectEvery)}
}

// next gives up to limit ids; none when there is nothing for now or ctx ends.
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
		s.down = false // then the queue has its next chance
		ids := s.fromOutbox(ctx, limit)
		s.direct = len(ids) == limit
		return ids
	}
	return s.fromQueue(ctx, limit)
}

func (s *source) fromQueue(ctx context.Context, limit int) []scheduler.ID {
	ids, err := s.w.o.Queue.Pop(ctx, limit)
	if ctx.Err() != nil {
		return nil // what was taken comes back when its time in the queue is over
	}
	s.w.o.Monitor.queueIs(err)
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
	ids := make([]scheduler.ID, len(tickets))
	for i, t := range tickets {
		ids[i] = t.ID
	}
	return ids
}
