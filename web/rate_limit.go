package web

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"almanac/scheduler"
)

// rateLimiter bounds how often something is asked for on behalf of each of many: a
// burst at once, then one at a time as they come back. A feed's burst is a full
// hour's worth. It counts in this process only.
type rateLimiter struct {
	rate  rate.Limit // a second; 0: no limit
	burst int        // 0: no limit

	mu    sync.Mutex
	of    map[scheduler.ID]*rate.Limiter
	swept time.Time
}

// sweepAfter is how often limiters that have filled up again are forgotten.
const sweepAfter = 10 * time.Minute

// newRateLimiter allows so many in each span of time, and so many at once.
func newRateLimiter(many int, each time.Duration, burst int) *rateLimiter {
	return &rateLimiter{rate: rate.Limit(float64(many) / each.Seconds()), burst: burst, of: map[scheduler.ID]*rate.Limiter{}}
}

// wait spends one at now. 0: go ahead; else how long to wait for the next.
func (l *rateLimiter) wait(who scheduler.ID, now time.Time) time.Duration {
	if l.rate <= 0 || l.burst <= 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(now)
	limiter := l.of[who]
	if limiter == nil {
		limiter = rate.NewLimiter(l.rate, l.burst)
		l.of[who] = limiter
	}
	if limiter.AllowN(now, 1) {
		return 0
	}
	missing := 1 - limiter.TokensAt(now)
	return max(time.Second, time.Duration(missing/float64(limiter.Limit())*float64(time.Second)))
}

func (l *rateLimiter) sweep(now time.Time) {
	if now.Sub(l.swept) < sweepAfter {
		return
	}
	l.swept = now
	for who, limiter := range l.of {
		if limiter.TokensAt(now) >= float64(l.burst) {
			delete(l.of, who)
		}
	}
}
