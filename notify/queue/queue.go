// Package queue holds the ids of due notices until a worker fetches them: inside
// the process (Local), or between processes (Redis).
//
// A queue may lose ids. The outbox gives a notice again when its id was not
// fetched within 20 s, so a lost id costs time and never a message.
package queue

import (
	"context"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// Queue is a set of notice ids, ordered by deadline. It is safe for concurrent use.
type Queue interface {
	// Push adds tickets; an id that is in the queue already is not added again.
	// Without tickets it only checks that the queue can be reached. It fails with
	// Unavailable when it cannot.
	Push(ctx context.Context, tickets []reads.Ticket) error
	// Pop removes and returns up to limit ids, the earliest deadline first. It waits
	// for the first id until PopWait has passed or ctx ends, and then returns none
	// and no error. It fails with Unavailable when the queue cannot be reached.
	Pop(ctx context.Context, limit int) ([]scheduler.ID, error)
	// Depth is how many ids are in the queue. It fails with Unavailable when the
	// queue cannot be reached.
	Depth(ctx context.Context) (int, error)
	// Close closes the queue's connections and ends every Pop that waits.
	Close() error
}

// PopWait is how long Pop waits for the first id.
const PopWait = 2 * time.Second
