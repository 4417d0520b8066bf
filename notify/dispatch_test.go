package notify_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"almanac/notify"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// moodyQueue is a local queue that can be down.
type moodyQueue struct {
	*notify.LocalQueue
	down atomic.Bool
}

func (q *moodyQueue) Push(ctx context.Context, tickets []reads.Ticket) error {
	if q.down.Load() {
		return fault.New(fault.Unavailable, "The queue is down.")
	}
	return q.LocalQueue.Push(ctx, tickets)
}

func TestDispatchLeavesDueNoticesWhileTheQueueIsDown(t *testing.T) {
	t.Parallel()
	queue := &moodyQueue{LocalQueue: notify.NewLocalQueue()}
	p := newPost(t, queue, channelFunc(sent))
	queue.down.Store(true)
	p.add(0, 1)
	p.dispatch() // finds out
	p.add(1, 2)
	p.dispatch() // takes nothing
	if p.state("queue") != reads.Degraded {
		t.Errorf("status %+v", p.monitor.Status())
	}
	left, err := p.outbox.Due(t.Context(), access.System("test"), 0, 10)
	if err != nil || len(left) != 1 || left[0].ID != noticeID(1) {
		t.Errorf("left to the workers: %v (%v)", left, err)
	}
	queue.down.Store(false)
	p.add(2, 3)
	p.dispatch()
	if p.state("queue") != reads.OK {
		t.Errorf("status %+v", p.monitor.Status())
	}
	if got := pop(t, queue, 10); len(got) != 1 || got[0] != noticeID(2) {
		t.Errorf("pushed when it was up again: %v", got)
	}
}

// What is due in less than a second lies ready and is pushed at its time, not before.
func TestDispatchLooksAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, notify.NewLocalQueue(), channelFunc(sent))
		began := p.now()
		for n, in := range []time.Duration{900 * time.Millisecond, 0, 300 * time.Millisecond, 1100 * time.Millisecond} {
			h := sample(t, scheduler.Calendar)
			h.Notice = noticeID(n)
			p.outbox.AddFor(h, began.Add(in), stamp)
		}
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			p.dispatch()
		}()
		for _, want := range []struct {
			after time.Duration
			id    scheduler.ID
		}{{0, noticeID(1)}, {300 * time.Millisecond, noticeID(2)}, {900 * time.Millisecond, noticeID(0)}} {
			got := pop(t, p.queue, 10)
			if after := p.now().Sub(began); len(got) != 1 || got[0] != want.id || after != want.after {
				t.Errorf("after %s %v were pushed, want %s after %s", after, got, want.id, want.after)
			}
		}
		<-gone
		if took := p.now().Sub(began); took != 900*time.Millisecond {
			t.Errorf("it took %s", took)
		}
		p.dispatch() // the last is within reach now
		if got := pop(t, p.queue, 10); len(got) != 1 || got[0] != noticeID(3) || p.now().Sub(began) != 1100*time.Millisecond {
			t.Errorf("pushed in the end: %v after %s", got, p.now().Sub(began))
		}
	})
}

func TestDispatchGivesTheOutboxErrors(t *testing.T) {
	t.Parallel()
	p := newPost(t, notify.NewLocalQueue(), channelFunc(sent))
	down := fault.New(fault.Unavailable, "The database is down.")
	p.outbox.Fail(down)
	for name, do := range map[string]func(context.Context) error{"dispatch": p.dispatcher.Dispatch, "foresee": p.dispatcher.Foresee} {
		if err := do(t.Context()); !errors.Is(err, down) {
			t.Errorf("%s gives %v", name, err)
		}
	}
	p.outbox.Fail(nil)
	for _, do := range []func(context.Context) error{p.dispatcher.Dispatch, p.dispatcher.Foresee} {
		if err := do(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestDispatchKeepsUrgency(t *testing.T) {
	t.Parallel()
	p := newPost(t, notify.NewLocalQueue(), channelFunc(sent))
	p.add(5, 8)
	p.add(1, 3)
	p.dispatch()
	got := pop(t, p.queue, 10)
	want := []scheduler.ID{noticeID(1), noticeID(2), noticeID(5), noticeID(6), noticeID(7)}
	for i := range want {
		if len(got) != len(want) || got[i] != want[i] {
			t.Fatalf("order %v, want %v", got, want)
		}
	}
}
