package notify

import (
	"context"
	"sync"
	"time"
)

// window bounds how many attempts a worker has open that are not being sent
// yet or any more. A hand-over starts when the gate commits, so in a rush many
// are gated while the connections are busy; gating too many would let them grow
// stale. So the window opens to what the connections, at the pace of the last
// messages, bring within ahead, and closes to least with the first that failed.
// It begins at least: nothing is known of the mail server yet. Use newWindow.
type window struct {
	least int

	mu    sync.Mutex
	size  int           // how many may be open now
	open  int           // how many are, or are about to be
	pace  time.Duration // how long a message keeps a connection, by the last ones; 0: not known
	sure  bool          // pace is not only that of the quickest of those that had to connect
	share float64       // of what the pace allows, from 0 to 1
	// halved is when share was halved last, by the steady clock.
	halved time.Time
	freed  chan struct{} // a token when something was freed
}

const (
	// ahead is how much work may be gated: two fifths of the time after which a
	// hand-over may not start any more.
	ahead = FreshFor * 2 / 5
	// aheadMost is how many attempts may be open for each connection.
	aheadMost = 250
	// slow is how long after its gate a message ends at the latest when not too
	// much is gated.
	slow = FreshFor * 3 / 5
	// paceOver is over how many messages the pace is averaged.
	paceOver = 16
)

func newWindow(connections int) *window {
	return &window{least: connections, size: connections, freed: make(chan struct{}, 1)}
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

// brought says that a message was sent: how long it kept a connection, whether that
// had to be made first, and when its gate was asked and it ended, by the steady
// clock. Where messages waited long for their turn, as when all go to one domain,
// the window closes to half.
func (w *window) brought(took time.Duration, connected bool, asked, ended time.Time) {
	w.mu.Lock()
	took = max(took, time.Millisecond)
	if w.pace == 0 {
		w.share = 1
	}
	switch {
	case w.sure && !connected:
		w.pace += (took - w.pace) / paceOver
	case w.sure: // that one had to connect says nothing new
	case connected && w.pace > 0:
		w.pace = min(w.pace, took)
	default:
		w.pace, w.sure = took, !connected
	}
	switch waited := ended.Sub(asked); {
	case waited > slow && asked.After(w.halved):
		w.share, w.halved = w.share/2, ended
	case waited < ahead:
		w.share = min(1, w.share*1.02)
	}
	w.size = min(max(w.least, int(w.share*float64(w.least)*float64(ahead)/float64(w.pace))), w.least*aheadMost)
	w.mu.Unlock()
	w.signal()
}

// narrow closes the window as far as it goes.
func (w *window) narrow() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.size, w.pace, w.sure, w.share = w.least, 0, false, 0
}

func (w *window) signal() {
	select {
	case w.freed <- struct{}{}:
	default:
	}
}
