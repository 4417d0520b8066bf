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

// failingRecord is an outbox that cannot record while down is set.
type failingRecord struct {
	*notifytest.Outbox
	down atomic.Bool
}

func (f *failingRecord) Record(ctx context.Context, a access.Actor, results []reads.Result) error {
	if f.down.Load() {
		return fault.New(fault.Unavailable, "The database is down.")
	}
	return f.Outbox.Record(ctx, a, results)
}

// While outcomes cannot be recorded, each connection sends one message and no second
// one. So a crash repeats at most one message per connection.
func TestOneUnrecordedMessageForEachConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const connections = 3
		var count atomic.Int64
		p := newPipeline(t, queue.NewLocal(), channelFunc(func(ctx context.Context, m smtp.Message) smtp.Delivery {
			count.Add(1)
			return sent(ctx, m)
		}))
		outbox := &failingRecord{Outbox: p.outbox}
		p.through, p.connections = outbox, connections
		stop := p.start()
		p.add(0, 60)
		p.dispatch()
		p.results(60)
		outbox.down.Store(true)
		count.Store(0)
		p.add(60, 100)
		p.dispatch()
		time.Sleep(20 * time.Second)
		if n := count.Load(); n != connections {
			t.Errorf("%d messages left over %d connections while nothing was recorded", n, connections)
		}
		outbox.down.Store(false)
		p.results(100)
		stop()
	})
}

// slowRecord is an outbox that records slowly.
type slowRecord struct{ *notifytest.Outbox }

func (s slowRecord) Record(ctx context.Context, a access.Actor, results []reads.Result) error {
	time.Sleep(100 * time.Millisecond) // in a bubble: no real time
	return s.Outbox.Record(ctx, a, results)
}

// Outcomes that arrive while a batch is written form the next batch.
func TestOutcomesAreRecordedTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		p := newPipeline(t, queue.NewLocal(), channelFunc(func(ctx context.Context, m smtp.Message) smtp.Delivery {
			time.Sleep(time.Duration(calls.Add(1)) * time.Millisecond)
			return sent(ctx, m)
		}))
		p.through, p.connections, p.perDomain = slowRecord{p.outbox}, 20, -1
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

// At most five attempts per connection are open, however slow the mail server is. A
// message that waits longer than FreshFor must pass the gate again.
func TestOpenAttemptsAreBounded(t *testing.T) {
	t.Parallel()
	for _, takes := range []time.Duration{time.Millisecond, 100 * time.Millisecond, 4 * time.Second} {
		t.Run(takes.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var most atomic.Int64
				var p *pipeline
				p = newPipeline(t, queue.NewLocal(), channelFunc(func(context.Context, smtp.Message) smtp.Delivery {
					open := int64(p.outbox.Gated() - len(p.outbox.Results()))
					for old := most.Load(); open > old && !most.CompareAndSwap(old, open); old = most.Load() {
					}
					time.Sleep(takes)
					return smtp.Delivery{Outcome: reads.Sent}
				}))
				p.connections, p.perDomain = 4, -1
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
