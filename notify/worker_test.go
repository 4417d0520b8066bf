package notify_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"almanac/notify"
	"almanac/notify/notifytest"
	"almanac/notify/queue"
	"almanac/notify/smtp"
	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

func TestWorkerSendsEachOnce(t *testing.T) {
	t.Parallel()
	sink := notifytest.SMTP(t)
	p := newPipeline(t, queue.NewLocal(), channelTo(t, sink))
	p.add(0, 300)
	defer p.start()()
	defer p.start()() // two workers on one queue
	p.dispatch()
	p.dispatch()
	for _, r := range p.results(300) {
		if r.Outcome != reads.Sent || r.Handover.Attempt != 1 || r.At.IsZero() {
			t.Errorf("%s: %s at attempt %d", r.Handover.Notice, r.Outcome, r.Handover.Attempt)
		}
	}
	wantEachOnce(t, sink, 300)
	if p.state("mail") != reads.OK || p.state("queue") != reads.OK {
		t.Errorf("status %+v", p.monitor.Status())
	}
	p.checkLog()
}

// When Redis is flushed, stopped or started, messages leave later and none is lost.
func TestWorkerThroughTroubleWithRedis(t *testing.T) {
	t.Parallel()
	server, sink := notifytest.Redis(t), notifytest.SMTP(t)
	shared, err := queue.NewRedis(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = shared.Close() })
	p := newPipeline(t, shared, channelTo(t, sink))
	p.add(0, 100)
	p.dispatch()
	server.FlushAll()
	defer p.start()()
	p.add(100, 200)
	p.dispatch()
	p.results(100)
	p.advance(30 * time.Second) // Due returns them again
	p.dispatch()
	p.results(200)

	server.Stop()
	p.add(200, 300)
	p.dispatch() // fails after Due marked these
	p.add(300, 400)
	p.dispatch() // asks for none: workers fetch these
	if p.state("queue") != reads.Degraded {
		t.Error("the queue is down and the status does not say so")
	}
	p.results(300)
	p.advance(30 * time.Second)
	p.results(400)
	server.Start()
	p.add(400, 410)
	p.dispatch()
	p.results(410)
	wantEachOnce(t, sink, 410)
	p.checkLog()
}

func TestWorkerAsksTheOutboxItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		queue := &downQueue{}
		p := newPipeline(t, queue, channelFunc(sent))
		p.add(0, 130)
		start := time.Now()
		stop := p.start()
		p.dispatch()
		p.add(130, 230)
		p.dispatch()
		p.results(100) // the first 130 are marked as queued
		if waited := time.Since(start) - notify.DirectEvery; waited < 0 || waited > 60*time.Millisecond {
			t.Errorf("it asked after %s", waited)
		}
		p.results(230)
		if waited := time.Since(start); waited > 20*time.Second+notify.DirectEvery {
			t.Errorf("the others came after %s", waited)
		}
		stop()
		if n := queue.pops.Load(); n > 7 {
			t.Errorf("a queue that is down was asked %d times", n)
		}
	})
}

// A queue is silent when it works but no dispatcher pushes.
func TestWorkerHelpsASilentQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, queue.NewLocal(), channelFunc(sent))
		p.add(0, 45)
		stop := p.start()
		start := time.Now()
		p.results(45)
		if waited := time.Since(start); waited > notify.DirectEvery+queue.PopWait {
			t.Errorf("it took %s", waited)
		}
		stop()
	})
}

func TestWorkerAbandonsAfterFreshFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		after time.Duration
		want  reads.Outcome
	}{{notify.FreshFor - time.Millisecond, reads.Sent}, {notify.FreshFor, reads.Abandoned}} {
		sink := notifytest.SMTP(t)
		p := newPipeline(t, queue.NewLocal(), channelTo(t, sink))
		var asked atomic.Bool
		start := time.Now()
		p.steady = func() time.Time { // first read before the gate
			if asked.CompareAndSwap(false, true) {
				return start
			}
			return start.Add(c.after)
		}
		p.add(0, 1)
		p.dispatch()
		stop := p.start()
		if r := p.results(1)[0]; r.Outcome != c.want || len(sink.Messages()) > 0 != (c.want == reads.Sent) {
			t.Errorf("after %s: %s, %d mails", c.after, r.Outcome, len(sink.Messages()))
		}
		stop()
	}
}

func TestWorkerSurvivesPanics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, queue.NewLocal(), channelFunc(func(ctx context.Context, m smtp.Message) smtp.Delivery {
			if m.Notice == noticeID(3) {
				panic("Pat at pat@example.net")
			}
			return sent(ctx, m)
		}))
		p.add(0, 10)
		p.dispatch()
		stop := p.start()
		for _, r := range p.results(10) {
			want := reads.Sent
			if r.Handover.Notice == noticeID(3) {
				want = reads.Retry
			}
			if r.Outcome != want {
				t.Errorf("%s: %s", r.Handover.Notice, r.Outcome)
			}
		}
		stop()
		if !strings.Contains(p.log.String(), string(noticeID(3))) {
			t.Error("the log does not name the notice that panicked")
		}
		p.checkLog()
	})
}

// The outbox keeps the beginning of a long reply.
func TestWorkerClipsReplies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, queue.NewLocal(), channelFunc(func(context.Context, smtp.Message) smtp.Delivery {
			return smtp.Delivery{Outcome: reads.Sent, Reply: strings.Repeat("250 fine ", 1000)}
		}))
		p.add(0, 1)
		p.dispatch()
		stop := p.start()
		if r := p.results(1)[0]; len(r.Reply) != 500 {
			t.Errorf("%d octets of the reply are recorded", len(r.Reply))
		}
		stop()
	})
}

func TestWorkerRefusesWhatCannotBeWritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, queue.NewLocal(), channelFunc(sent))
		bad, phone := sample(t, scheduler.Reminder), sample(t, scheduler.Reminder)
		bad.Notice, bad.Address = noticeID(1), "pat"
		phone.Notice, phone.Channel, phone.Address = noticeID(2), scheduler.SMS, "+12025550100"
		p.outbox.Add(bad, stamp)
		p.outbox.Add(phone, stamp)
		p.dispatch()
		stop := p.start()
		for _, r := range p.results(2) {
			if r.Outcome != reads.Refused || r.AddressBad != (r.Handover.Notice == bad.Notice) {
				t.Errorf("%s: %s, address bad %t", r.Handover.Notice, r.Outcome, r.AddressBad)
			}
		}
		stop()
	})
}

func TestWorkerKeepsOutcomesWhileTheOutboxIsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p *pipeline
		var once sync.Once
		p = newPipeline(t, queue.NewLocal(), channelFunc(func(ctx context.Context, m smtp.Message) smtp.Delivery {
			once.Do(func() { p.outbox.Fail(fault.New(fault.Unavailable, "The database is down.")) })
			return sent(ctx, m)
		}))
		p.perDomain = -1
		p.add(0, 20)
		p.dispatch()
		stop := p.start()
		time.Sleep(10 * time.Minute)
		gated := p.outbox.Gated()
		if gated == 0 || gated > 20 || len(p.outbox.Results()) != 0 {
			t.Errorf("%d were gated and %d recorded while the database was down", gated, len(p.outbox.Results()))
		}
		p.outbox.Fail(nil)
		for _, r := range p.results(20) {
			if r.Outcome != reads.Sent || r.Handover.Attempt != 1 {
				t.Errorf("%s: %s at attempt %d", r.Handover.Notice, r.Outcome, r.Handover.Attempt)
			}
		}
		stop()
	})
}

func TestWorkerGivesUpAFailingOutcome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, queue.NewLocal(), channelFunc(sent))
		p.outbox.Poison(noticeID(0))
		p.add(0, 20)
		p.dispatch()
		stop := p.start()
		p.results(19)
		for n := 20; n < 29; n++ { // others succeed, and after three failures it is given up
			p.add(n, n+3)
			p.dispatch()
			time.Sleep(queue.PopWait)
		}
		stop()
		if text := p.log.String(); !strings.Contains(text, "outcome given up") ||
			!strings.Contains(text, string(noticeID(0))) {
			t.Error("an outcome that always fails is never given up")
		}
	})
}

func TestWorkerStopsInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan struct{})
		p := newPipeline(t, queue.NewLocal(), channelFunc(func(ctx context.Context, m smtp.Message) smtp.Delivery {
			<-answer
			return sent(ctx, m)
		}))
		p.connections = 3
		p.add(0, 10)
		p.dispatch()
		stop := p.start()
		synctest.Wait() // all ten have passed the gate, three are being sent
		done := make(chan struct{})
		go func() { stop(); close(done) }()
		synctest.Wait()
		select {
		case <-done:
			t.Error("it did not wait for open hand-overs")
		default:
		}
		close(answer)
		<-done
		if results := p.outbox.Results(); len(results) != 10 || results[0].Outcome != reads.Sent {
			t.Errorf("%d outcomes after it stopped", len(results))
		}
	})
}

func TestWorkerDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, queue.NewLocal(), channelFunc(func(ctx context.Context, _ smtp.Message) smtp.Delivery {
			<-ctx.Done()
			return smtp.Delivery{Outcome: reads.Retry, Trouble: "connecting: stopped"}
		}))
		p.add(0, 5)
		p.dispatch()
		stop := p.start()
		synctest.Wait()
		start := time.Now()
		stop()
		if took := time.Since(start); took > notify.FinishWithin+time.Second {
			t.Errorf("stopping took %s", took)
		}
		if n := len(p.outbox.Results()); n != 5 {
			t.Errorf("%d outcomes", n)
		}
	})
}

// Only as many messages are sent at once as there are connections.
func TestWorkerSendsOnlyOverItsConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		p := newPipeline(t, queue.NewLocal(), channelFunc(func(ctx context.Context, m smtp.Message) smtp.Delivery {
			n := now.Add(1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			defer now.Add(-1)
			return sent(ctx, m)
		}))
		p.connections = 4
		p.add(0, 500)
		p.dispatch()
		stop := p.start()
		p.results(500)
		stop()
		if n := most.Load(); n > 4 {
			t.Errorf("%d at once over 4 connections", n)
		}
		if records := len(p.outbox.Records()); records > 500 {
			t.Errorf("%d transactions for 500 outcomes", records)
		}
	})
}

func TestMonitorTellsWhenMailIsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var down atomic.Bool
		p := newPipeline(t, queue.NewLocal(), &checked{down: &down})
		down.Store(true)
		stop := p.start()
		synctest.Wait()
		if p.state("mail") != reads.Degraded {
			t.Error("a mail server that is down from the start goes unnoticed")
		}
		for _, part := range p.monitor.Status() {
			if part.Name == "mail" && !strings.Contains(part.Message, "last success: never") {
				t.Errorf("it says %q", part.Message)
			}
		}
		down.Store(false)
		time.Sleep(time.Minute)
		if p.state("mail") != reads.OK {
			t.Error("a mail server that is up again goes unnoticed")
		}
		stop()
	})
}

type checked struct {
	channelFunc
	down *atomic.Bool
}

func (c *checked) Check(context.Context) error {
	if c.down.Load() {
		return errors.New("connecting: the connection was refused")
	}
	return nil
}

func BenchmarkWorker(b *testing.B) {
	sink := notifytest.SMTP(b)
	p := newPipeline(b, queue.NewLocal(), channelTo(b, sink))
	p.add(0, b.N)
	b.ResetTimer()
	stop := p.start()
	for range b.N/1000 + 1 {
		p.dispatch()
	}
	p.results(b.N)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
	stop()
}
