package web

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// flushInterval is the time between two writes of the fetch counts.
const flushInterval = time.Second

// fetchCounter counts fetches in memory between two flushes.
type fetchCounter struct {
	mu     sync.Mutex
	counts map[fetchKey]int
}

type fetchKey struct{ clinic, person scheduler.ID }

func newFetchCounter() *fetchCounter { return &fetchCounter{counts: map[fetchKey]int{}} }

func (t *fetchCounter) add(clinic, person scheduler.ID) {
	t.mu.Lock()
	t.counts[fetchKey{clinic, person}]++
	t.mu.Unlock()
}

// take returns the counts and resets them.
func (t *fetchCounter) take() map[fetchKey]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.counts) == 0 {
		return nil // not the live map, which others still write to
	}
	counts := t.counts
	t.counts = map[fetchKey]int{}
	return counts
}

// restore adds counts that could not be written.
func (t *fetchCounter) restore(key fetchKey, n int) {
	t.mu.Lock()
	t.counts[key] += n
	t.mu.Unlock()
}

// flushFetches writes the counts. Failed writes are kept for the next flush and logged once per
// flush.
func (s *Server) flushFetches(ctx context.Context) {
	counts := s.fetches.take()
	if len(counts) == 0 {
		return
	}
	var failed error
	for key, n := range counts {
		if err := s.Feeds.CountFetch(ctx, s.system, key.clinic, key.person, n); err != nil {
			failed = err
			s.fetches.restore(key, n)
		}
	}
	if failed != nil {
		s.Log.LogAttrs(ctx, slog.LevelWarn, "feed fetches not counted yet",
			slog.String("kind", fault.KindOf(failed).String()), slog.String("error", failed.Error()))
	}
}
