package queue

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// Local is a queue inside the process, for a program that runs alone. Use NewLocal.
type Local struct {
	mu      sync.Mutex
	tickets ticketHeap
	queued  map[scheduler.ID]bool
	pushed  chan struct{} // closed and replaced when tickets are added
	closed  chan struct{}
	once    sync.Once
}

var _ Queue = (*Local)(nil)

// NewLocal makes an empty queue.
func NewLocal() *Local {
	return &Local{queued: map[scheduler.ID]bool{}, pushed: make(chan struct{}), closed: make(chan struct{})}
}

// Push adds tickets. It never fails.
func (q *Local) Push(_ context.Context, tickets []reads.Ticket) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	added := false
	for _, t := range tickets {
		if !q.queued[t.ID] {
			q.queued[t.ID], added = true, true
			heap.Push(&q.tickets, t)
		}
	}
	if added {
		close(q.pushed)
		q.pushed = make(chan struct{})
	}
	return nil
}

// Pop returns the most urgent ids; see Queue. It never fails.
func (q *Local) Pop(ctx context.Context, limit int) ([]scheduler.ID, error) {
	wait := time.NewTimer(PopWait)
	defer wait.Stop()
	for {
		ids, pushed := q.tryPop(limit)
		if len(ids) > 0 {
			return ids, nil
		}
		select {
		case <-pushed:
		case <-wait.C:
			return nil, nil
		case <-q.closed:
			return nil, nil
		case <-ctx.Done():
			return nil, nil
		}
	}
}

// Depth is how many ids are in the queue. It never fails.
func (q *Local) Depth(context.Context) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.tickets), nil
}

// Close ends every Pop that waits; a later Pop does not wait.
func (q *Local) Close() error {
	q.once.Do(func() { close(q.closed) })
	return nil
}

// tryPop returns the ids in the queue without waiting, and a channel that is
// closed at the next Push.
func (q *Local) tryPop(limit int) ([]scheduler.ID, <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var ids []scheduler.ID
	for len(ids) < limit && len(q.tickets) > 0 {
		t := heap.Pop(&q.tickets).(reads.Ticket)
		delete(q.queued, t.ID)
		ids = append(ids, t.ID)
	}
	return ids, q.pushed
}

// ticketHeap has the earliest deadline on top; of two equal ones the lower id, as
// in a sorted set of Redis.
type ticketHeap []reads.Ticket

func (h ticketHeap) Len() int      { return len(h) }
func (h ticketHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h ticketHeap) Less(i, j int) bool {
	if !h[i].Deadline.Equal(h[j].Deadline) {
		return h[i].Deadline.Before(h[j].Deadline)
	}
	return h[i].ID < h[j].ID
}

// Push is for container/heap.
func (h *ticketHeap) Push(x any) { *h = append(*h, x.(reads.Ticket)) }

// Pop is for container/heap.
func (h *ticketHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
