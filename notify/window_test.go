package notify_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"almanac/notify"
	"almanac/notify/notifytest"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// deaf is an outbox that does not record for a while.
type deaf struct {
	*notifytest.Outbox
	now atomic.Bool
}

func (d *deaf) Record(ctx context.Context, a access.Actor, results []reads.Result) error {
	if d.now.Load() {
		return fault.New(fault.Unavailable, "The database is down.")
	}
	return d.Outbox.Record(ctx, a, results)
}

// While outcomes cannot be written down, each connection brings one message and
// no second: a crash now would repeat no more than there are connections.
func TestOneUnrecordedMessageForEachConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const connections = 3
		var brought atomic.Int64
		p := newPost(t, notify.NewLocalQueue(), channelFunc(func(ctx context.Context, m notify.Message) notify.Delivery {
			brought.Add(1)
			return sent(ctx, m)
		}))
		outbox := &deaf{Outbox: p.outbox}
		p.through, p.places = outbox, connections
		stop := p.start()
		p.add(0, 60)
		p.dispatch()
		p.results(60) // the window is open
		outbox.now.Store(true)
		brought.Store(0)
		p.add(60, 100)
		p.dispatch()
		time.Sleep(20 * time.Second)
		if n := brought.Load(); n != connections {
			t.Errorf("%d messages left over %d connections while nothing was written down", n, connections)
		}
		outbox.now.Store(false)
		p.results(100)
		stop()
	})
}

// slowRecord is an outbox that takes its time to record.
type slowRecord struct{ *notifytest.Outbox }

func (s slowRecord) Record(ctx context.Context, a access.Actor, results []reads.Result) error {
	time.Sleep(100 * time.Millisecond) // in a bubble: no real time
	return s.Outbox.Record(ctx, a, results)
}

// What ends while outcomes are being recorded is recorded together afterwards.
func TestOutcomesAreRecordedTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		p := newPost(t, notify.NewLocalQueue(), channelFunc(func(ctx context.Context, m notify.Message) notify.Delivery {
			time.Sleep(time.Duration(calls.Add(1)) * time.Millisecond)
			return sent(ctx, m)
		}))
		p.through, p.places, p.perDomain = slowRecord{p.outbox}, 20, -1
		p.add(0, 20)
		p.dispatch()
		stop := p.start()
		p.results(20)
		if together := p.outbox.Records(); !slices.Equal(together, []int{1, 19}) {
			t.Errorf("20 outcomes within 20 ms were recorded as %v", together)
		}
		stop()
	})
}

// While the mail server keeps up, so many more are gated than there are
// connections as it brings in time; while it is in trouble or slow, no more.
func TestWindowFollowsTheMailServer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		outcome reads.Outcome
		takes   time.Duration
		least   int64
		most    int64
	}{
		"quick":      {reads.Sent, time.Millisecond, 200, 300},
		"steady":     {reads.Sent, 100 * time.Millisecond, 60, 80 + 2*4}, // four connections bring eighty in two seconds
		"slow":       {reads.Sent, 4 * time.Second, 1, 8},
		"in trouble": {reads.Retry, time.Millisecond, 1, 8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var most atomic.Int64
				var p *post
				p = newPost(t, notify.NewLocalQueue(), channelFunc(func(context.Context, notify.Message) notify.Delivery {
					open := int64(p.outbox.Gated() - len(p.outbox.Results()))
					for old := most.Load(); open > old && !most.CompareAndSwap(old, open); old = most.Load() {
					}
					time.Sleep(c.takes)
					return notify.Delivery{Outcome: c.outcome}
				}))
				p.places = 4
				p.add(0, 300)
				p.dispatch()
				stop := p.start()
				time.Sleep(10 * time.Second)
				stop()
				if n := most.Load(); n < c.least || n > c.most {
					t.Errorf("%d attempts were open at once, want %d to %d", n, c.least, c.most)
				}
			})
		})
	}
}

// To connect takes longer than to send, and a rush may come when all connections
// are new: the quickest of the first messages tells how many may be gated.
func TestWindowOverlooksConnecting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		p := newPost(t, notify.NewLocalQueue(), channelFunc(func(ctx context.Context, m notify.Message) notify.Delivery {
			took := time.Second
			if calls.Add(1) == 1 {
				took = 20 * time.Millisecond
			}
			time.Sleep(took)
			return notify.Delivery{Outcome: reads.Sent, Connected: true}
		}))
		p.places, p.perDomain = 4, -1
		p.add(0, 8)
		p.dispatch()
		stop := p.start()
		p.results(8)
		p.add(8, 308)
		p.dispatch()
		time.Sleep(900 * time.Millisecond)
		if n := p.outbox.Gated() - len(p.outbox.Results()); n < 250 {
			t.Errorf("%d attempts are open, want those of two seconds", n)
		}
		stop()
	})
}
