package notify_test

import (
	"bytes"
	"context"
	"log/slog"
	"regexp"
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

// pipeline is a dispatcher and a worker with an outbox in memory. It works in a
// synctest bubble when queue and mail do.
type pipeline struct {
	t           testing.TB
	outbox      *notifytest.Outbox
	through     notify.Outbox // what the worker uses; nil means outbox
	queue       queue.Queue
	mail        notify.Channel
	monitor     *notify.Monitor
	dispatcher  *notify.Dispatcher
	log         *logBuffer
	offset      atomic.Int64 // of the clock, in nanoseconds
	steady      func() time.Time
	connections int // 0 means the default
	perDomain   int // 0 means the default
}

func newPipeline(t testing.TB, queue queue.Queue, mail notify.Channel) *pipeline {
	t.Helper()
	p := &pipeline{t: t, queue: queue, mail: mail, log: &logBuffer{}}
	log := slog.New(slog.NewTextHandler(p.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	p.outbox = notifytest.NewOutbox(p.now)
	p.monitor = notify.NewMonitor(p.now, log)
	p.dispatcher = notify.NewDispatcher(p.outbox, queue, p.monitor, log)
	return p
}

func (p *pipeline) now() time.Time { return time.Now().Add(time.Duration(p.offset.Load())) }

func (p *pipeline) advance(d time.Duration) { p.offset.Add(int64(d)) }

// add adds notices to the outbox; lower numbers are more urgent.
func (p *pipeline) add(from, to int) {
	p.t.Helper()
	for n := from; n < to; n++ {
		h := sample(p.t, scheduler.Calendar)
		h.Notice = noticeID(n)
		p.outbox.Add(h, stamp.Add(time.Duration(n)*time.Second))
	}
}

func (p *pipeline) dispatch() {
	p.t.Helper()
	if err := p.dispatcher.Dispatch(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
}

// start runs a worker; stop stops it and waits until Run returns.
func (p *pipeline) start() (stop func()) {
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
		Now: p.now, Steady: p.steady, Connections: p.connections, PerDomain: p.perDomain,
	})
	ctx, cancel := context.WithCancel(p.t.Context())
	done := make(chan error, 1)
	go func() { done <- worker.Run(ctx) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			p.t.Errorf("the worker ended with %s", err)
		}
	})
}

// results waits for n outcomes.
func (p *pipeline) results(n int) []reads.Result {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	results, err := p.outbox.WaitFor(ctx, n)
	if err != nil {
		p.t.Fatalf("%d of %d outcomes: %s", len(results), n, err)
	}
	return results
}

// state is the state of one part in the status.
func (p *pipeline) state(name string) string {
	for _, part := range p.monitor.Status() {
		if part.Name == name {
			return part.State
		}
	}
	return "missing"
}

// replyPattern matches what the mail server of the tests says. A connection to Redis may be refused, too.
var replyPattern = regexp.MustCompile(`[45]\d\d refused`)

// checkLog fails when a log line holds personal data, or what a mail server said.
func (p *pipeline) checkLog() {
	p.t.Helper()
	text := p.log.String()
	if containsAny(text, "pat@", "Pat", "feedtoken", "pagetoken") || replyPattern.MatchString(text) {
		p.t.Errorf("the log holds personal data:\n%s", text)
	}
}

// logBuffer is a log that can be read while it is written to.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *logBuffer) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *logBuffer) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// channelFunc is a channel whose Send is a function.
type channelFunc func(ctx context.Context, m smtp.Message) smtp.Delivery

func (f channelFunc) Send(ctx context.Context, m smtp.Message) smtp.Delivery { return f(ctx, m) }
func (f channelFunc) Check(context.Context) error                            { return nil }
func (f channelFunc) Close() error                                           { return nil }

func sent(context.Context, smtp.Message) smtp.Delivery {
	return smtp.Delivery{Outcome: reads.Sent}
}

// downQueue is a queue that is down.
type downQueue struct{ pops atomic.Int32 }

func (q *downQueue) Push(context.Context, []reads.Ticket) error {
	return fault.New(fault.Unavailable, "The queue is down.")
}

func (q *downQueue) Pop(context.Context, int) ([]scheduler.ID, error) {
	q.pops.Add(1)
	return nil, fault.New(fault.Unavailable, "The queue is down.")
}

func (q *downQueue) Depth(context.Context) (int, error) {
	return 0, fault.New(fault.Unavailable, "The queue is down.")
}

func (q *downQueue) Close() error { return nil }

// times counts the mails by Message-ID.
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
