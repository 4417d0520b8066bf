package web

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// tallyInterval is how often the counts of fetches are written down.
const tallyInterval = time.Second

// tally counts fetches between two writes, so that a fetch itself writes nothing.
type tally struct {
	mu     sync.Mutex
	counts map[fetched]int
}

type fetched struct{ clinic, person scheduler.ID }

func newTally() *tally { return &tally{counts: map[fetched]int{}} }

func (t *tally) add(clinic, person scheduler.ID) {
	t.mu.Lock()
	t.counts[fetched{clinic, person}]++
	t.mu.Unlock()
}

// take gives the counts and begins anew.
func (t *tally) take() map[fetched]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.counts) == 0 {
		return nil // not the live map: others write to it
	}
	counts := t.counts
	t.counts = map[fetched]int{}
	return counts
}

// restore adds what could not be written.
func (t *tally) restore(key fetched, n int) {
	t.mu.Lock()
	t.counts[key] += n
	t.mu.Unlock()
}

// flushTally writes the counts down. What cannot be written waits for the next
// time; the log hears of it once a flush.
func (s *Server) flushTally(ctx context.Context) {
	counts := s.tally.take()
	if len(counts) == 0 {
		return
	}
	var failed error
	for key, n := range counts {
		if err := s.Feeds.CountFetch(ctx, s.door, key.clinic, key.person, n); err != nil {
			failed = err
			s.tally.restore(key, n)
		}
	}
	if failed != nil {
		s.Log.LogAttrs(ctx, slog.LevelWarn, "feed fetches not counted yet",
			slog.String("kind", fault.KindOf(failed).String()), slog.String("error", failed.Error()))
	}
}
