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

// Elapsed times of the worker.
const (
	// FreshFor is how long after the gate a message may start to leave.
	FreshFor = 5 * time.Second
	// DirectEvery is how often a worker asks the outbox itself while the queue is
	// silent or down.
	DirectEvery = 5 * time.Second
	// FinishWithin is how long open hand-overs may take once the worker is stopped.
	FinishWithin = 30 * time.Second

	gateTimeout = 15 * time.Second // for one Gate or Due
	gatePause   = time.Second      // after a Gate that failed
	checkEvery  = 30 * time.Second // of a mail server in trouble; ten times as long when it works
)

// WorkerOptions configures a worker. Fields are required unless their comment says
// what zero means.
type WorkerOptions struct {
	Outbox Outbox
	Queue  queue.Queue
	Mail   Channel
	// Texts hands texts over; nil: none is, and staff call.
	Texts    Texts
	Composer *Composer
	Monitor  *Monitor
	Log      *slog.Logger
	// Now is the wall clock: messages and outcomes carry its time.
	Now func() time.Time
	// Steady measures the time since the gate. It must not jump; time.Now does not,
	// because it has a monotonic reading. nil means Now.
	Steady func() time.Time
	// Connections is how many messages are sent at once; 0 means 20.
	Connections int
	// PerDomain is how many messages to one domain are sent at once; 0 means 5,
	// negative means no limit but Connections.
	PerDomain int
	// Abreast is how many goroutines call Gate, and how many call Record; 0 means 1.
	// More help where the database lets several transactions write at once.
	Abreast int
}

// Worker hands over due notices. Use NewWorker.
//
// Abreast goroutines fetch ids and call the gate, for at most openPerConnection open
// attempts per connection. Each open attempt has a goroutine that waits for its
// domain and for a connection, and sends the message. Abreast goroutines record
// outcomes, and one checks the mail server now and then.
//
// A connection is free for the next message once the outcome of its last one is
// recorded. So a crash repeats at most one message per connection.
type Worker struct {
	o           WorkerOptions
	actor       access.Actor
	open        semaphore // attempts
	batch       int       // notices per gate: all gates together wait for half of the open attempts to end
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
	open := openPerConnection * o.Connections
	return &Worker{
		o: o, actor: actor, batch: min(GateLimit, max(1, open/(2*o.Abreast))),
		recorder: newRecorder(o.Outbox, actor, o.Log),
		open:     make(semaphore, open), connections: make(semaphore, o.Connections),
		domains: newDomains(o.PerDomain, o.Connections),
	}
}

// Run works until ctx ends, then stops in order: nothing new starts, open hand-overs
// end within FinishWithin, their outcomes are recorded. Call it once. It fails when
// some outcomes could not be recorded; their messages may be repeated.
func (w *Worker) Run(ctx context.Context) error {
	working, stopWorking := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWorking()
	var background sync.WaitGroup
	for range w.o.Abreast {
		background.Go(func() { w.recorder.run(working) })
	}
	background.Go(func() { check(ctx, w.o.Mail.Check, w.o.Monitor.mailResult, w.o.Monitor.mailDown) })
	if w.o.Texts != nil {
		background.Go(func() { check(ctx, w.o.Texts.Check, w.o.Monitor.textResult, w.o.Monitor.textsDown) })
	}

	sending, stopSending := context.WithCancel(working)
	defer stopSending()
	var gating sync.WaitGroup
	for range w.o.Abreast {
		gating.Go(func() {
			ids := newSource(w)
			defer ids.tick.Stop()
			for ctx.Err() == nil {
				w.startBatch(ctx, sending, ids)
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
		return fault.New(fault.Unavailable,
			"%d outcomes could not be recorded; their messages may be sent once more.", left)
	}
	return nil
}

// startBatch fetches ids, calls the gate and starts the hand-overs that it returns.
func (w *Worker) startBatch(ctx, sending context.Context, ids *source) {
	n := w.batch
	if !w.open.acquire(ctx, n) {
		return
	}
	batch := w.recorder.withoutUnsaved(ids.next(ctx, n))
	if len(batch) == 0 {
		w.open.release(n)
		return
	}
	gated := w.o.Steady() // before the gate commits, so that the message is never too old
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
	fresh := func() bool { return w.o.Steady().Sub(gated) < FreshFor }
	for _, h := range handovers {
		w.start(sending, h, fresh)
	}
}

// start hands over one message in a goroutine. It frees the connection once the
// outcome is recorded.
func (w *Worker) start(ctx context.Context, h reads.Handover, fresh func() bool) {
	w.sends.Go(func() {
		defer w.open.release(1)
		domain := w.domains.of(h.Address)
		if !w.acquireConnection(ctx, domain) {
			late := reads.Result{
				Handover: h, Outcome: reads.Abandoned, Reply: "no connection was free in time", At: w.o.Now(),
			}
			w.recorder.add(late, func() {})
			return
		}
		result := w.handOver(ctx, h, fresh)
		domain.release(1)
		w.recorder.add(result, func() { w.connections.release(1) })
	})
}

// acquireConnection waits for a place in the domain, then for a connection. It
// returns false when the domain has no place within FreshFor, or ctx ends.
func (w *Worker) acquireConnection(ctx context.Context, domain semaphore) bool {
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

// handOver writes one message and sends it while fresh returns true; nil means
// always. It always returns a result, also after a panic.
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
	if h.Channel != scheduler.Email && (h.Channel != scheduler.SMS || w.o.Texts == nil) {
		result.Outcome, result.Reply = reads.Refused, "nothing is handed over on this channel"
		return result
	}
	if fresh != nil && !fresh() {
		result.Outcome, result.Reply = reads.Abandoned, "no connection was free in time"
		return result
	}
	if h.Channel == scheduler.SMS {
		w.textOver(ctx, h, fresh, &result)
		return result
	}
	message, err := w.o.Composer.Compose(h, w.o.Now())
	if err != nil {
		uncomposed(&result, err)
		return result
	}
	message.Fresh = fresh
	delivery := w.o.Mail.Send(ctx, message)
	if delivery.Outcome != reads.Abandoned {
		w.o.Monitor.mailResult(delivery.Trouble)
	}
	result.Outcome, result.Reply, result.AddressBad = delivery.Outcome, delivery.Reply, delivery.AddressBad
	return result
}

// textOver writes one text and hands it over.
func (w *Worker) textOver(ctx context.Context, h reads.Handover, fresh func() bool, result *reads.Result) {
	message, err := w.o.Composer.ComposeText(h)
	if err != nil {
		uncomposed(result, err)
		return
	}
	message.Fresh = fresh
	delivery := w.o.Texts.Send(ctx, message)
	if delivery.Outcome != reads.Abandoned {
		w.o.Monitor.textResult(delivery.Trouble)
	}
	textOutcome(result, message, delivery)
}

// uncomposed is the result of a message that could not be written: what the data forbids is given up.
func uncomposed(result *reads.Result, err error) {
	result.Reply = err.Error()
	if fault.Is(err, fault.Invalid) {
		result.Outcome, result.AddressBad = reads.Refused, addressFault(err)
	}
}

// maxReply is how many octets of a reply are recorded.
const maxReply = 500

func clip(reply string) string { return reply[:min(len(reply), maxReply)] }

// addressFault tells whether an error is about the field "address".
func addressFault(err error) bool {
	for _, f := range fault.All(err) {
		if f.Field == "address" {
			return true
		}
	}
	return false
}

// check checks a mail server or a gateway at the start and now and then, so that its state
// is known while nothing is sent.
func check(ctx context.Context, ask func(context.Context) error, note func(trouble string), down func() bool) {
	ticker := time.NewTicker(checkEvery)
	defer ticker.Stop()
	for n := 0; ; n++ {
		if n%10 == 0 || down() {
			trouble := ""
			if err := ask(ctx); err != nil {
				trouble = err.Error()
			}
			if ctx.Err() == nil {
				note(trouble)
			}
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// pause waits for d or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
