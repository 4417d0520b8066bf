package notify

import (
	"context"
	"sync"
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

// take waits until at least one more may be opened and gives how many may, up to
// what one gate takes. It gives 0 when ctx ends.
func (w *window) take(ctx context.Context) int {
	for {
		w.mu.Lock()
		n := min(w.size-w.open, GateLimit)
		if n > 0 {
			w.open += n
			w.mu.Unlock()
			return n
		}
		w.mu.Unlock()
		select {
		case <-w.freed:
		case <-ctx.Done():
			return 0
		}
	}
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
