package notify

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"almanac/notify/queue"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/crashpoint"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// Times of the worker; they are elapsed time.
const (
	// FreshFor is how long after the gate a hand-over may start.
	FreshFor = 5 * time.Second
	// DirectEvery is how often a worker asks the outbox itself while the queue
	// is silent or down.
	DirectEvery = 5 * time.Second
	// FinishWithin is how long open hand-overs may take once the worker is stopped.
	FinishWithin = 30 * time.Second

	gateTimeout = 15 * time.Second // for one Gate or Due
	gatePause   = time.Second      // after a gate that failed
	checkEvery  = 30 * time.Second // of a mail server in trouble; a tenth as often of a good one
)

// WorkerOptions says what a worker works with. Every field without "may" is
// needed.
type WorkerOptions struct {
	Outbox   Outbox
	Queue    queue.Queue
	Mail     Channel
	Composer *Composer
	Monitor  *Monitor
	Log      *slog.Logger
	// Now is the clock that decides what is written and recorded.
	Now func() time.Time
	// Steady measures the time since the gate; its readings must not jump, as
	// those of time.Now do not. It may be nil: then it is Now.
	Steady func() time.Time
	// Connections is how many messages are handed over at once; it may be 0: 20.
	Connections int
	// PerDomain is how many messages are handed over to one domain at once; 0: 5,
	// negative: no limit but Connections.
	PerDomain int
	// Abreast is how many gates are asked, and how many recorders record, beside
	// each other; it may be 0: 1. More pay where the outbox lets several
	// transactions write at once.
	Abreast int
}

// Worker hands due notices over. Use NewWorker.
//
// One goroutine, or Abreast, takes ids and asks the gate, for at most five notices
// to each connection. One goroutine a message waits for its turn in the recipient's
// domain and for a connection, writes the message and hands it over. One, or
// Abreast, records what has ended, and one checks the mail server now and then.
//
// A connection is free for the next message once the outcome of its last one is
// recorded. So a crash repeats at most one message a connection.
type Worker struct {
	o           WorkerOptions
	actor       access.Actor
	open        semaphore // attempts
	batch       int       // notices of one gate: all gates together wait for half of the attempts to end
	connections semaphore
	domains     *domains
	recorder    *recorder
	sends       sync.WaitGroup
}

// NewWorker makes a worker; Run runs it.
func NewWorker(o WorkerOptions) *Worker {
	if o.Connections <= 0 {
		o.Connections = 20
	}
	if o.Steady == nil {
		o.Steady = o.Now
	}
	o.Abreast = max(o.Abreast, 1)
	actor := access.System("worker")
	return &Worker{
		o: o, actor: actor, batch: min(GateLimit, max(1, openPerConnection*o.Connections/(2*o.Abreast))), recorder: newRecorder(o.Outbox, actor, o.Log),
		open: make(semaphore, openPerConnection*o.Connections), connections: make(semaphore, o.Connections),
		domains: newDomains(o.PerDomain, o.Connections),
	}
}

// Run works until ctx ends, then stops in order: nothing new starts, open
// hand-overs end within FinishWithin, their outcomes are recorded. It is called
// once. The error says that some outcomes could not be recorded; their messages
// may be repeated.
func (w *Worker) Run(ctx context.Context) error {
	working, stopWorking := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWorking()
	var background sync.WaitGroup
	for range w.o.Abreast {
		background.Go(func() { w.recorder.run(working) })
	}
	background.Go(func() { w.lookAfterMail(ctx) })

	sending, stopSending := context.WithCancel(working)
	defer stopSending()
	var gating sync.WaitGroup
	for range w.o.Abreast {
		gating.Go(func() {
			ids := newSource(w)
			defer ids.tick.Stop()
			for ctx.Err() == nil {
				w.round(ctx, sending, ids)
			}
		})
	}
	gating.Wait()
	finish := time.AfterFunc(FinishWithin, stopSending)
	w.sends.Wait()
	finish.Stop()
	w.recorder.finish()
	giveUp := time.AfterFunc(gateTimeout, stopWorking)
	background.Wait()
	giveUp.Stop()
	if left := w.recorder.left(); left > 0 {
		return fault.New(fault.Unavailable, "%d outcomes could not be recorded; their messages may be sent once more.", left)
	}
	return nil
}

// round takes ids, asks the gate and starts the hand-overs that it gives.
func (w *Worker) round(ctx, sending context.Context, ids *source) {
	n := w.batch
	if !w.open.acquire(ctx, n) {
		return
	}
	batch := w.recorder.withoutOutcome(ids.next(ctx, n))
	if len(batch) == 0 {
		w.open.release(n)
		return
	}
	asked := w.o.Steady() // before the gate commits: rather too early than too late
	crashpoint.Pass("before-gate")
	gating, cancel := context.WithTimeout(sending, gateTimeout)
	handovers, err := w.o.Outbox.Gate(gating, w.actor, batch)
	cancel()
	if err != nil {
		w.open.release(n)
		w.o.Log.Warn("gate failed", slog.Int("notices", len(batch)), slog.String("error", err.Error()))
		pause(ctx, gatePause)
		return
	}
	if len(handovers) > 0 {
		crashpoint.Pass("after-gate-commit")
	}
	w.open.release(n - len(handovers))
	fresh := func() bool { return w.o.Steady().Sub(asked) < FreshFor }
	for _, h := range handovers {
		w.start(sending, h, fresh)
	}
}

// start hands one message over beside everything else. Its connection is free
// again once the outcome is recorded.
func (w *Worker) start(ctx context.Context, h reads.Handover, fresh func() bool) {
	w.sends.Go(func() {
		defer w.open.release(1)
		domain := w.domains.of(h.Address)
		if !w.turn(ctx, domain) {
			w.recorder.add(reads.Result{Handover: h, Outcome: reads.Abandoned, Reply: "no connection was free in time", At: w.o.Now()}, func() {})
			return
		}
		result := w.handOver(ctx, h, fresh)
		domain.release(1)
		w.recorder.add(result, func() { w.connections.release(1) })
	})
}

// turn waits for a place in a domain, then for a connection, and tells whether it
// has both. It gives up when the domain has none for as long as a gate counts.
func (w *Worker) turn(ctx context.Context, domain semaphore) bool {
	waiting, cancel := context.WithTimeout(ctx, FreshFor)
	defer cancel()
	if !domain.acquire(waiting, 1) {
		return false
	}
	if !w.connections.acquire(ctx, 1) {
		domain.release(1)
		return false
	}
	return true
}

// handOver writes one message and sends it, if the gate's word is fresh; a nil
// fresh says that it is. Whatever happens, it gives a result.
func (w *Worker) handOver(ctx context.Context, h reads.Handover, fresh func() bool) (result reads.Result) {
	result = reads.Result{Handover: h, Outcome: reads.Retry, Reply: "the message could not be written"}
	defer func() {
		if problem := recover(); problem != nil {
			w.o.Log.Error("message panicked", slog.String("notice", string(h.Notice)),
				slog.String("type", fmt.Sprintf("%T", problem)), slog.String("stack", string(debug.Stack())))
		}
		result.Reply, result.At = clip(result.Reply), w.o.Now()
		w.o.Log.Debug("hand-over ended", slog.String("notice", string(h.Notice)),
			slog.Int("attempt", h.Attempt), slog.String("outcome", string(result.Outcome)))
	}()
	if h.Channel != scheduler.Email {
		result.Outcome, result.Reply = reads.Refused, "nothing is handed over on this channel"
		return result
	}
	if fresh != nil && !fresh() {
		result.Outcome, result.Reply = reads.Abandoned, "no connection was free in time"
		return result
	}
	message, err := w.o.Composer.Compose(h, w.o.Now())
	if err != nil {
		result.Reply = clip(err.Error())
		if fault.Is(err, fault.Invalid) {
			result.Outcome, result.AddressBad = reads.Refused, addressFault(err)
		}
		return result
	}
	message.Fresh = fresh
	delivery := w.o.Mail.Send(ctx, message)
	if delivery.Outcome != reads.Abandoned {
		w.o.Monitor.mailIs(delivery.Trouble)
	}
	result.Outcome, result.Reply, result.AddressBad = delivery.Outcome, delivery.Reply, delivery.AddressBad
	return result
}

// maxReply bounds what is stored of a reply, in octets.
const maxReply = 500

func clip(reply string) string { return reply[:min(len(reply), maxReply)] }

func addressFault(err error) bool {
	for _, f := range fault.All(err) {
		if f.Field == "address" {
			return true
		}
	}
	return false
}

// lookAfterMail checks the mail server at the start, and now and then, so that
// its state is known although nothing is sent.
func (w *Worker) lookAfterMail(ctx context.Context) {
	ticker := time.NewTicker(checkEvery)
	defer ticker.Stop()
	for turn := 0; ; turn++ {
		if turn%10 == 0 || w.o.Monitor.mailDown() {
			trouble := ""
			if err := w.o.Mail.Check(ctx); err != nil {
				trouble = err.Error()
			}
			if ctx.Err() == nil {
				w.o.Monitor.mailIs(trouble)
			}
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
