package web

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"almanac/scheduler"
)

// limits bounds how often one person's feed is fetched: a full hour's worth at
// once, then one at a time as they come back. It counts in this process only.
type limits struct {
	hourly int // 0: no limit

	mu    sync.Mutex
	of    map[scheduler.ID]*rate.Limiter
	swept time.Time
}

// sweepAfter is how often limiters that have filled up again are forgotten.
const sweepAfter = 10 * time.Minute

func newLimits(hourly int) *limits {
	return &limits{hourly: hourly, of: map[scheduler.ID]*rate.Limiter{}}
}

// take spends one fetch at now. 0: go ahead; else how long to wait for the next.
func (l *limits) take(person scheduler.ID, now time.Time) time.Duration {
	if l.hourly <= 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(now)
	limiter := l.of[person]
	if limiter == nil {
		limiter = rate.NewLimiter(rate.Limit(l.hourly)/rate.Limit(time.Hour/time.Second), l.hourly)
		l.of[person] = limiter
	}
	if limiter.AllowN(now, 1) {
		return 0
	}
	missing := 1 - limiter.TokensAt(now)
	return max(time.Second, time.Duration(missing/float64(limiter.Limit())*float64(time.Second)))
}

func (l *limits) sweep(now time.Time) {
	if now.Sub(l.swept) < sweepAfter {
		return
	}
	l.swept = now
	for person, limiter := range l.of {
		if limiter.TokensAt(now) >= float64(l.hourly) {
			delete(l.of, person)
		}
	}
}
