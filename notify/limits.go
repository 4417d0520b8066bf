package notify

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// perDomain is how many messages are handed over to one domain at once when
// nothing else is said. Large mailbox providers put off senders that open more.
const perDomain = 5

// domains bounds how many messages are on their way to one domain at once, so
// that a domain that is slow, or has most of the people, does not take every
// connection. Whoever is beyond the limit waits, in order of coming.
//
//	enter ──(a place is free)──────────────► on its way ──leave──► the next who waits
//	  └──(none)──► waits, at most FreshFor ──┘
//
// Use newDomains. It is safe for concurrent use.
type domains struct {
	limit int // of each domain; below 1: none

	mu      sync.Mutex
	busy    map[string]int
	waiting map[string][]chan struct{} // closed when it is their turn
	aside   int                        // of those, they who do not count in the worker's window
}

// newDomains makes limits; 0 means perDomain, a negative number none. So many
// connections are a limit by themselves.
func newDomains(limit, connections int) *domains {
	if limit == 0 {
		limit = perDomain
	}
	if limit >= connections {
		limit = -1
	}
	return &domains{limit: limit, busy: map[string]int{}, waiting: map[string][]chan struct{}{}}
}

// turn waits until a message may go to its domain, and then for a connection.
// leave must be called in the end, whatever the answer is.
func (w *Worker) turn(ctx context.Context, line *lineHold, domain string) (leave func(), mine bool) {
	if line == nil {
		return func() {}, true
	}
	domain = strings.ToLower(domain)
	if !w.domains.try(domain) && !w.standInLine(ctx, domain) {
		return func() {}, false
	}
	leave = func() { w.domains.leave(domain) }
	return leave, line.take(ctx)
}

// standInLine waits for a place in a domain. Whoever waits steps aside from the
// worker's window, so that messages to other domains go on; but only so many do,
// because what waits too long has to be gated again.
func (w *Worker) standInLine(ctx context.Context, domain string) bool {
	if w.domains.stepAside(asideFactor * w.o.Connections) {
		w.window.free(1)
		defer func() {
			w.domains.stepBack()
			w.window.reopen()
		}()
	}
	return w.domains.wait(ctx, domain)
}

// asideFactor is how many times as many as there are connections may step aside.
const asideFactor = 2

// reopen takes one back that was freed, even when that is one too many for now.
func (w *window) reopen() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open++
}

func (d *domains) stepAside(most int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.aside >= most {
		return false
	}
	d.aside++
	return true
}

func (d *domains) stepBack() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.aside--
}

// try takes a place at once, if one is free.
func (d *domains) try(domain string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.limit > 0 && d.busy[domain] >= d.limit {
		return false
	}
	d.busy[domain]++
	return true
}

// wait takes a place as soon as it is one's turn; false when ctx ends first, or
// after FreshFor, when the hand-over might not start any more.
func (d *domains) wait(ctx context.Context, domain string) bool {
	d.mu.Lock()
	if d.limit < 1 || d.busy[domain] < d.limit {
		d.busy[domain]++
		d.mu.Unlock()
		return true
	}
	turn := make(chan struct{})
	d.waiting[domain] = append(d.waiting[domain], turn)
	d.mu.Unlock()
	patience := time.NewTimer(FreshFor)
	defer patience.Stop()
	select {
	case <-turn:
		return true
	case <-patience.C:
	case <-ctx.Done():
	}
	return !d.giveUp(domain, turn)
}

// giveUp leaves the line and tells whether it did: it may have been one's turn
// in that very moment.
func (d *domains) giveUp(domain string, turn chan struct{}) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := slices.Index(d.waiting[domain], turn)
	if at < 0 {
		return false
	}
	if d.waiting[domain] = slices.Delete(d.waiting[domain], at, at+1); len(d.waiting[domain]) == 0 {
		delete(d.waiting, domain)
	}
	return true
}

// leave gives a place back: to the next who waits for this domain.
func (d *domains) leave(domain string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	line := d.waiting[domain]
	if len(line) == 0 {
		if d.busy[domain]--; d.busy[domain] <= 0 {
			delete(d.busy, domain)
		}
		return
	}
	close(line[0])
	if d.waiting[domain] = line[1:]; len(line) == 1 {
		delete(d.waiting, domain)
	}
}
