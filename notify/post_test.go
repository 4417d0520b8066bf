package notify_test

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"almanac/notify"
	"almanac/notify/notifytest"
	"almanac/notify/queue"
	"almanac/notify/smtp"
	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// post is a worker with everything around it.
type post struct {
	t          testing.TB
	outbox     *notifytest.Outbox
	through    notify.Outbox // what the worker sees of it; nil: all
	queue      queue.Queue
	mail       notify.Channel
	monitor    *notify.Monitor
	dispatcher *notify.Dispatcher
	log        *journal
	ahead      atomic.Int64 // how far the clock was put ahead
	steady     func() time.Time
	places     int // connections; 0: as usual
	perDomain  int // of these to one domain; 0: as usual
}

func newPost(t testing.TB, queue queue.Queue, mail notify.Channel) *post {
	t.Helper()
	p := &post{t: t, queue: queue, mail: mail, log: &journal{}}
	log := slog.New(slog.NewTextHandler(p.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	p.outbox = notifytest.NewOutbox(p.now)
	p.monitor = notify.NewMonitor(p.now, log)
	p.dispatcher = notify.NewDispatcher(p.outbox, queue, p.monitor, log)
	return p
}

func (p *post) now() time.Time { return time.Now().Add(time.Duration(p.ahead.Load())) }

func (p *post) putAhead(d time.Duration) { p.ahead.Add(int64(d)) }

// add puts notices in, the later numbers less urgent.
func (p *post) add(from, to int) {
	p.t.Helper()
	for n := from; n < to; n++ {
		h := sample(p.t, scheduler.Calendar)
		h.Notice = noticeID(n)
		p.outbox.Add(h, stamp.Add(time.Duration(n)*time.Second))
	}
}

func (p *post) dispatch() {
	p.t.Helper()
	if err := p.dispatcher.Dispatch(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
}

// start runs a worker; stop ends it and waits until it is gone.
func (p *post) start() (stop func()) {
	p.t.Helper()
	if p.steady == nil {
		p.steady = time.Now
	}
	if p.through == nil {
		p.through = p.outbox
	}
	worker := notify.NewWorker(notify.WorkerOptions{
		Outbox: p.through, Queue: p.queue, Mail: p.mail, Composer: newComposer(p.t), Monitor: p.monitor,
		Log: slog.New(slog.NewTextHandler(p.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Now: p.now, Steady: p.steady, Connections: p.places, PerDomain: p.perDomain,
	})
	ctx, cancel := context.WithCancel(p.t.Context())
	gone := make(chan error, 1)
	go func() { gone <- worker.Run(ctx) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-gone; err != nil {
			p.t.Errorf("the worker ended with %s", err)
		}
	})
}

// results waits for n outcomes.
func (p *post) results(n int) []reads.Result {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	results, err := p.outbox.WaitFor(ctx, n)
	if err != nil {
		p.t.Fatalf("%d of %d outcomes: %s", len(results), n, err)
	}
	return results
}

// state gives the state of one part.
func (p *post) state(name string) string {
	for _, part := range p.monitor.Status() {
		if part.Name == name {
			return part.State
		}
	}
	return "missing"
}

// discreet fails when a log line knows somebody.
func (p *post) discreet() {
	p.t.Helper()
	if text := p.log.String(); containsAny(text, "pat@", "Pat", "feedtoken", "pagetoken", "refused\"") {
		p.t.Errorf("the log knows somebody:\n%s", text)
	}
}

// journal is a log that can be read while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// channelFunc is a channel made of one function.
type channelFunc func(ctx context.Context, m smtp.Message) smtp.Delivery

func (f channelFunc) Send(ctx context.Context, m smtp.Message) smtp.Delivery { return f(ctx, m) }
func (f channelFunc) Check(context.Context) error                            { return nil }
func (f channelFunc) Close() error                                           { return nil }

func sent(context.Context, smtp.Message) smtp.Delivery {
	return smtp.Delivery{Outcome: reads.Sent}
}

// goneQueue is a queue that is down.
type goneQueue struct{ pops atomic.Int32 }

func (q *goneQueue) Push(context.Context, []reads.Ticket) error {
	return fault.New(fault.Unavailable, "The queue is down.")
}

func (q *goneQueue) Pop(context.Context, int) ([]scheduler.ID, error) {
	q.pops.Add(1)
	return nil, fault.New(fault.Unavailable, "The queue is down.")
}

func (q *goneQueue) Depth(context.Context) (int, error) {
	return 0, fault.New(fault.Unavailable, "The queue is down.")
}

func (q *goneQueue) Close() error { return nil }

// times counts the mails that arrived by Message-ID.
func times(t testing.TB, sink *notifytest.Sink) map[string]int {
	t.Helper()
	seen := map[string]int{}
	for _, m := range sink.Messages() {
		header, _ := leaves(t, m.Data)
		seen[header.Get("Message-ID")]++
	}
	return seen
}

func wantEachOnce(t testing.TB, sink *notifytest.Sink, n int) {
	t.Helper()
	seen := times(t, sink)
	if len(seen) != n || len(sink.Messages()) != n {
		t.Errorf("%d mails with %d ids, want %d", len(sink.Messages()), len(seen), n)
	}
}
