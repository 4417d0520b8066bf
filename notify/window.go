package notify

import (
	"context"
	"sync"
	"time"
)

// window bounds how many attempts a worker has open that are not being sent
// yet or any more. Gating some ahead keeps the connections busy while the next
// transaction runs; gating too many would only let them grow stale. So it opens
// by one with each hand-over that was quick, up to most, and closes to least
// with the first that was not. Use newWindow.
type window struct {
	least, most int

	mu    sync.Mutex
	size  int           // how many may be open now
	open  int           // how many are, or are about to be
	freed chan struct{} // a token when something was freed
}

// aheadFactor is how many times as many as there are connections may be open.
const aheadFactor = 5

func newWindow(connections int) *window {
	return &window{least: connections, most: aheadFactor * connections, size: connections, freed: make(chan struct{}, 1)}
}

// gather is how long a full window lets places come together, so that a
// transaction of the gate is worth its while.
const gather = 10 * time.Millisecond

// take waits until more may be opened and gives how many may, up to what one gate
// takes. It gives 0 when ctx ends.
func (w *window) take(ctx context.Context) int {
	var late <-chan time.Time // set once there is something to give
	enough := false
	for {
		n := w.claim(enough)
		if n > 0 {
			w.signal() // there may be more, for another who waits
			return n
		}
		if n < 0 && late == nil {
			timer := time.NewTimer(gather)
			defer timer.Stop()
			late = timer.C
		}
		select {
		case <-w.freed:
		case <-late:
			enough = true
		case <-ctx.Done():
			return 0
		}
	}
}

// claim gives how many may be opened; 0 when none may, and -1 when so few may
// that it is better to wait, unless these are enough.
func (w *window) claim(enough bool) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(w.size-w.open, GateLimit)
	switch {
	case n <= 0:
		return 0
	case !enough && n < min(GateLimit, w.size/2):
		return -1
	}
	w.open += n
	return n
}

// free gives back n that were taken.
func (w *window) free(n int) {
	w.mu.Lock()
	w.open -= n
	w.mu.Unlock()
	w.signal()
}

// wider opens the window a little.
func (w *window) wider() {
	w.mu.Lock()
	w.size = min(w.size+1, w.most)
	w.mu.Unlock()
	w.signal()
}

// narrow closes the window as far as it goes.
func (w *window) narrow() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.size = w.least
}

func (w *window) signal() {
	select {
	case w.freed <- struct{}{}:
	default:
	}
}
