package web

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"almanac/scheduler"
)

// rateLimiter limits requests for each of many keys: a burst at once, then one at a time. It counts
// in this process only.
type rateLimiter struct {
	rate  rate.Limit // per second; 0: no limit
	burst int        // 0: no limit

	mu    sync.Mutex
	of    map[scheduler.ID]*rate.Limiter
	swept time.Time
}

// sweepAfter is the time between removals of idle limiters.
const sweepAfter = 10 * time.Minute

// newRateLimiter allows many requests per span of time, and burst at once.
func newRateLimiter(many int, each time.Duration, burst int) *rateLimiter {
	return &rateLimiter{rate: rate.Limit(float64(many) / each.Seconds()), burst: burst,
		of: map[scheduler.ID]*rate.Limiter{}}
}

// wait takes one request at now. It returns 0 if allowed, else the time until the next one.
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
