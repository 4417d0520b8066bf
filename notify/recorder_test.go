package notify_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"almanac/notify/notifytest"
	"almanac/notify/queue"
	"almanac/notify/smtp"
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
		p := newPost(t, queue.NewLocal(), channelFunc(func(ctx context.Context, m smtp.Message) smtp.Delivery {
			brought.Add(1)
			return sent(ctx, m)
		}))
		outbox := &deaf{Outbox: p.outbox}
		p.through, p.places = outbox, connections
		stop := p.start()
		p.add(0, 60)
		p.dispatch()
		p.results(60)
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
		p := newPost(t, queue.NewLocal(), channelFunc(func(ctx context.Context, m smtp.Message) smtp.Delivery {
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

// No more attempts are open than five for each connection, however slow the mail
// server is: what waits longer than five seconds must be gated again.
func TestOpenAttemptsAreBounded(t *testing.T) {
	t.Parallel()
	for _, takes := range []time.Duration{time.Millisecond, 100 * time.Millisecond, 4 * time.Second} {
		t.Run(takes.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var most atomic.Int64
				var p *post
				p = newPost(t, queue.NewLocal(), channelFunc(func(context.Context, smtp.Message) smtp.Delivery {
					open := int64(p.outbox.Gated() - len(p.outbox.Results()))
					for old := most.Load(); open > old && !most.CompareAndSwap(old, open); old = most.Load() {
					}
					time.Sleep(takes)
					return smtp.Delivery{Outcome: reads.Sent}
				}))
				p.places, p.perDomain = 4, -1
				p.add(0, 300)
				p.dispatch()
				stop := p.start()
				time.Sleep(10 * time.Second)
				stop()
				if n := most.Load(); n < 4 || n > 20+4 { // four more wait to be recorded
					t.Errorf("%d attempts were open at once", n)
				}
			})
		})
	}
}
