package notify

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// LocalQueue is a queue inside the process, for a program that runs alone. Use
// NewLocalQueue. It is safe for concurrent use.
type LocalQueue struct {
	mu      sync.Mutex
	tickets ticketHeap
	known   map[scheduler.ID]bool
	filled  chan struct{} // closed when something comes, then made anew
	closed  chan struct{}
	once    sync.Once
}

// NewLocalQueue makes an empty queue.
func NewLocalQueue() *LocalQueue {
	return &LocalQueue{known: map[scheduler.ID]bool{}, filled: make(chan struct{}), closed: make(chan struct{})}
}

// Push adds tickets. It never fails.
func (q *LocalQueue) Push(_ context.Context, tickets []reads.Ticket) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	added := false
	for _, t := range tickets {
		if !q.known[t.ID] {
			q.known[t.ID], added = true, true
			heap.Push(&q.tickets, t)
		}
	}
	if added {
		close(q.filled)
		q.filled = make(chan struct{})
	}
	return nil
}

// Pop takes the most urgent ids; see Queue. It never fails.
func (q *LocalQueue) Pop(ctx context.Context, limit int) ([]scheduler.ID, error) {
	wait := time.NewTimer(PopWait)
	defer wait.Stop()
	for {
		ids, filled := q.take(limit)
		if len(ids) > 0 {
			return ids, nil
		}
		select {
		case <-filled:
		case <-wait.C:
			return nil, nil
		case <-q.closed:
			return nil, nil
		case <-ctx.Done():
			return nil, nil
		}
	}
}

// Close wakes whoever waits; afterwards Pop does not wait any more.
func (q *LocalQueue) Close() error {
	q.once.Do(func() { close(q.closed) })
	return nil
}

// take gives what is there, and the signal to wait for when nothing is.
func (q *LocalQueue) take(limit int) ([]scheduler.ID, <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var ids []scheduler.ID
	for len(ids) < limit && len(q.tickets) > 0 {
		t := heap.Pop(&q.tickets).(reads.Ticket)
		delete(q.known, t.ID)
		ids = append(ids, t.ID)
	}
	return ids, q.filled
}

// ticketHeap has the most urgent ticket on top; of two alike the lesser id, as
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
