package notify

import (
	"context"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// Queue carries ids of due notices from dispatchers to workers, the most
// urgent first, and nothing else. It may forget: the outbox does not.
type Queue interface {
	// Push adds tickets; one whose id is in the queue already changes nothing.
	// With no tickets it only asks whether the queue is there. Unavailable when
	// it is not.
	Push(ctx context.Context, tickets []reads.Ticket) error
	// Pop takes up to limit ids, the most urgent first. It waits for the first one
	// for PopWait or until ctx ends, and then gives none and no error.
	// Unavailable when the queue cannot be reached.
	Pop(ctx context.Context, limit int) ([]scheduler.ID, error)
	// Close ends the queue's connections and wakes whoever waits in Pop.
	Close() error
}

// PopWait is how long Pop waits for something.
const PopWait = 2 * time.Second
