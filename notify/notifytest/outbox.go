package notifytest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// errPoison is the error of Record for the poisoned notice.
var errPoison = errors.New("this outcome cannot be recorded")

// Times of the Outbox, the same as in the store.
const (
	queuedFor = 20 * time.Second
	leaseFor  = 45 * time.Second
	retryIn   = time.Minute
)

// Outbox implements notify.Outbox in memory. Its gate lets every notice pass. Use
// NewOutbox. It is safe for concurrent use.
type Outbox struct {
	now func() time.Time

	mu      sync.Mutex
	order   []scheduler.ID
	notices map[scheduler.ID]*notice
	results []reads.Result
	records []int // how many results came with each Record
	changed chan struct{}
	fault   error
	poison  scheduler.ID
	gated   int
}

type notice struct {
	handover      reads.Handover
	deadline      time.Time
	done          bool
	queued, lease time.Time
}

// NewOutbox makes an empty outbox with a clock.
func NewOutbox(now func() time.Time) *Outbox {
	return &Outbox{now: now, notices: map[scheduler.ID]*notice{}, changed: make(chan struct{})}
}

// Add adds a notice that is due now.
func (o *Outbox) Add(h reads.Handover, deadline time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	h.Attempt = 0
	o.order = append(o.order, h.Notice)
	o.notices[h.Notice] = &notice{handover: h, deadline: deadline}
}

// Fail makes every call fail with err until it is called with nil.
func (o *Outbox) Fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fault = err
}

// Poison makes Record fail whenever the outcome of this notice is among the results.
func (o *Outbox) Poison(id scheduler.ID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.poison = id
}

// Due returns due notices; see notify.Outbox.
func (o *Outbox) Due(_ context.Context, _ access.Actor, limit int) ([]reads.Ticket, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fault != nil {
		return nil, o.fault
	}
	var tickets []reads.Ticket
	now := o.now()
	for _, id := range o.order {
		if n := o.notices[id]; !n.done && !now.Before(n.queued) && !now.Before(n.lease) {
			tickets = append(tickets, reads.Ticket{ID: id, Deadline: n.deadline})
		}
	}
	slices.SortStableFunc(tickets, func(a, b reads.Ticket) int { return a.Deadline.Compare(b.Deadline) })
	tickets = tickets[:min(limit, len(tickets))]
	for _, t := range tickets {
		o.notices[t.ID].queued = now.Add(queuedFor)
	}
	return tickets, nil
}

// Gate opens an attempt for each notice that has none; see notify.Outbox.
func (o *Outbox) Gate(_ context.Context, _ access.Actor, ids []scheduler.ID) ([]reads.Handover, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fault != nil {
		return nil, o.fault
	}
	var handovers []reads.Handover
	now := o.now()
	for _, id := range ids {
		n := o.notices[id]
		if n == nil || n.done || now.Before(n.lease) {
			continue
		}
		n.lease = now.Add(leaseFor)
		n.handover.Attempt++
		n.handover.GatedAt = now
		handovers = append(handovers, n.handover)
	}
	o.gated += len(handovers)
	return handovers, nil
}

// Record stores results; see notify.Outbox.
func (o *Outbox) Record(_ context.Context, _ access.Actor, results []reads.Result) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fault != nil {
		return o.fault
	}
	if slices.ContainsFunc(results, func(r reads.Result) bool { return r.Handover.Notice == o.poison }) {
		return errPoison
	}
	o.results = append(o.results, results...)
	o.records = append(o.records, len(results))
	close(o.changed)
	o.changed = make(chan struct{})
	for _, r := range results {
		o.enter(r)
	}
	return nil
}

// enter ends an attempt, if it is the last one of its notice.
func (o *Outbox) enter(r reads.Result) {
	n := o.notices[r.Handover.Notice]
	if n == nil || r.Handover.Attempt != n.handover.Attempt {
		return
	}
	n.lease = time.Time{}
	switch r.Outcome {
	case reads.Sent, reads.Refused:
		n.done = true
	case reads.Retry:
		n.queued = r.At.Add(retryIn)
	}
}

// Foresee adds nothing.
func (o *Outbox) Foresee(context.Context, access.Actor) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return 0, o.fault
}

// Results returns the recorded results in order.
func (o *Outbox) Results() []reads.Result {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.results)
}

// Records returns how many results each Record had.
func (o *Outbox) Records() []int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.records)
}

// Gated counts the attempts that were opened.
func (o *Outbox) Gated() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.gated
}

// WaitFor waits for at least n results and returns all. When ctx ends it returns the
// results so far and the error of ctx.
func (o *Outbox) WaitFor(ctx context.Context, n int) ([]reads.Result, error) {
	for {
		o.mu.Lock()
		results, changed := slices.Clone(o.results), o.changed
		o.mu.Unlock()
		if len(results) >= n {
			return results, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return results, ctx.Err()
		}
	}
}
