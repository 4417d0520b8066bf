package web

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// flushInterval is how often the counts of fetches are written down.
const flushInterval = time.Second

// fetchCounter counts fetches between two writes, so that a fetch itself writes nothing.
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

// take gives the counts and begins anew.
func (t *fetchCounter) take() map[fetchKey]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.counts) == 0 {
		return nil // not the live map: others write to it
	}
	counts := t.counts
	t.counts = map[fetchKey]int{}
	return counts
}

// restore adds what could not be written.
func (t *fetchCounter) restore(key fetchKey, n int) {
	t.mu.Lock()
	t.counts[key] += n
	t.mu.Unlock()
}

// flushFetches writes the counts down. What cannot be written waits for the next
// time; the log hears of it once a flush.
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
