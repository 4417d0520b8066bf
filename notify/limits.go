package notify

import (
	"context"
	"strings"
	"sync"

	"almanac/scheduler"
)

const (
	// openPerConnection is how many attempts a worker has open for each connection:
	// while some messages are sent, the gate checks the next ones.
	openPerConnection = 5

	// defaultPerDomain is how many messages to one domain are sent at once. Large
	// mailbox providers slow down senders that open more connections.
	defaultPerDomain = 5
)

// semaphore limits concurrency: it holds one value for each place that is taken.
type semaphore chan struct{}

// acquire takes n places. When ctx ends first it returns false and takes none.
func (s semaphore) acquire(ctx context.Context, n int) bool {
	for taken := range n {
		select {
		case s <- struct{}{}:
		case <-ctx.Done():
			s.release(taken)
			return false
		}
	}
	return true
}

// release frees n places.
func (s semaphore) release(n int) {
	for range n {
		<-s
	}
}

// domains has a semaphore for each recipient domain, so that a slow domain does not
// occupy every connection. Use newDomains. It is safe for concurrent use.
type domains struct {
	limit int

	mu         sync.Mutex
	semaphores map[string]semaphore
}

// newDomains makes semaphores with a limit each: 0 means defaultPerDomain, a
// negative limit means connections.
func newDomains(limit, connections int) *domains {
	if limit == 0 {
		limit = defaultPerDomain
	}
	if limit < 0 || limit > connections {
		limit = connections
	}
	return &domains{limit: limit, semaphores: map[string]semaphore{}}
}

// of returns the semaphore for an address.
func (d *domains) of(address string) semaphore {
	domain := strings.ToLower(scheduler.DomainOf(address))
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.semaphores[domain] == nil {
		d.semaphores[domain] = make(semaphore, d.limit)
	}
	return d.semaphores[domain]
}
