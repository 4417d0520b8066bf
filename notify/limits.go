package notify

import (
	"context"
	"strings"
	"sync"

	"almanac/scheduler"
)

const (
	// openPerConnection is how many attempts a worker has open for each connection:
	// while one message leaves, the gate is asked about the next.
	openPerConnection = 5

	// perDomain is how many messages are handed over to one domain at once when
	// nothing else is said. Large mailbox providers put off senders that open more.
	perDomain = 5
)

// semaphore bounds how many do something at once. It holds a token for each.
type semaphore chan struct{}

// acquire waits for n places. It gives false when ctx ends first, and takes none then.
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

// release gives n places back.
func (s semaphore) release(n int) {
	for range n {
		<-s
	}
}

// domains has a semaphore for each domain that was written to, so that a slow
// domain does not take every connection. Use newDomains. It is safe for concurrent use.
type domains struct {
	limit int

	mu     sync.Mutex
	places map[string]semaphore
}

// newDomains makes limits; 0 means perDomain, a negative number as many as there
// are connections.
func newDomains(limit, connections int) *domains {
	if limit == 0 {
		limit = perDomain
	}
	if limit < 0 || limit > connections {
		limit = connections
	}
	return &domains{limit: limit, places: map[string]semaphore{}}
}

// of gives the semaphore of an address's domain.
func (d *domains) of(address string) semaphore {
	domain := strings.ToLower(scheduler.DomainOf(address))
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.places[domain] == nil {
		d.places[domain] = make(semaphore, d.limit)
	}
	return d.places[domain]
}
