package notify_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"almanac/notify/queue"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// flakyQueue is a local queue that fails while down is set.
type flakyQueue struct {
	*queue.Local
	down atomic.Bool
}

func (q *flakyQueue) Push(ctx context.Context, tickets []reads.Ticket) error {
	if q.down.Load() {
		return fault.New(fault.Unavailable, "The queue is down.")
	}
	return q.Local.Push(ctx, tickets)
}

func TestDispatchLeavesDueNoticesWhileTheQueueIsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		queue := &flakyQueue{Local: queue.NewLocal()}
		p := newPipeline(t, queue, channelFunc(sent))
		queue.down.Store(true)
		p.add(0, 1)
		p.dispatch() // notices that the queue is down
		p.add(1, 2)
		p.dispatch() // fetches nothing
		if p.state("queue") != reads.Degraded {
			t.Errorf("status %+v", p.monitor.Status())
		}
		left, err := p.outbox.Due(t.Context(), access.System("test"), 10)
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
	})
}

func TestDispatchGivesTheOutboxErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, queue.NewLocal(), channelFunc(sent))
		down := fault.New(fault.Unavailable, "The database is down.")
		p.outbox.Fail(down)
		for name, do := range map[string]func(context.Context) error{"dispatch": p.dispatcher.Dispatch,
			"foresee": p.dispatcher.Foresee} {
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
	})
}

func TestDispatchKeepsUrgency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, queue.NewLocal(), channelFunc(sent))
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
	})
}
