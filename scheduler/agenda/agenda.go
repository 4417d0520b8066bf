package agenda

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/robfig/cron/v3"
)

// claimAgain is how soon a node claims again after another node had the duty. So
// another node takes over within this time when a node dies.
const claimAgain = 10 * time.Second

// Duty is something done by the clock.
type Duty struct {
	// Name is used in logs and claims; unique on the agenda.
	Name string
	// Every is the interval, in whole seconds and at least one. Times are multiples of
	// it in UTC, so that all nodes agree on them.
	Every time.Duration
	// After shifts these times, in whole seconds and by less than the interval. Messages
	// are due at whole minutes; other work can avoid these.
	After time.Duration
	// EachNode makes every node run the duty, without a claim.
	EachNode bool
	// Run runs the duty. Its context ends when the agenda must stop. A panic counts as
	// an error and stops neither the process nor the duty.
	Run func(ctx context.Context) error
}

// next is the duty's first time after now.
func (d Duty) next(now time.Time) time.Time {
	return now.Add(-d.After).Truncate(d.Every).Add(d.Every + d.After)
}

// Claims shares duties among nodes.
type Claims interface {
	// Claim sets the duty's next time to next if the stored one is not after now, in one
	// step, and tells whether it did. An unknown duty is due.
	Claim(ctx context.Context, name string, now, next time.Time) (bool, error)
}

// Agenda runs duties. It is safe for concurrent use.
type Agenda struct {
	log     *slog.Logger
	claims  Claims
	now     func() time.Time
	entries []*entry

	mu      sync.Mutex
	running *running // nil while stopped
}

// running is the time between Start and Stop.
type running struct {
	cron   *cron.Cron
	cancel context.CancelFunc
}

// New makes a stopped agenda. now decides when duties are due; the tick uses the clock
// of the machine. It reports all mistakes in duties together. claims may be nil when
// every duty is EachNode.
func New(log *slog.Logger, claims Claims, now func() time.Time, duties ...Duty) (*Agenda, error) {
	a := &Agenda{log: log, claims: claims, now: now}
	var problems []error
	names := map[string]bool{}
	for _, d := range duties {
		switch {
		case d.Name == "":
			problems = append(problems, errors.New("a duty needs a name"))
		case names[d.Name]:
			problems = append(problems, fmt.Errorf("duty %s stands on the agenda twice", d.Name))
		case d.Every < time.Second || d.Every%time.Second != 0:
			problems = append(problems, fmt.Errorf("duty %s: %s is not an interval in whole seconds", d.Name, d.Every))
		case d.After < 0 || d.After >= d.Every || d.After%time.Second != 0:
			problems = append(problems, fmt.Errorf(
				"duty %s: %s after its time is not in whole seconds and less than %s", d.Name, d.After, d.Every))
		case d.Run == nil:
			problems = append(problems, fmt.Errorf("duty %s does nothing", d.Name))
		case claims == nil && !d.EachNode:
			problems = append(problems, fmt.Errorf("duty %s needs claims, or must run on each node", d.Name))
		}
		names[d.Name] = true
		a.entries = append(a.entries, newEntry(d))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return a, nil
}

// Start begins to tick; the first tick comes within a second. The contexts of duties
// derive from ctx. Starting a started agenda does nothing.
func (a *Agenda) Start(ctx context.Context) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running != nil {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	log := cronLog{a.log}
	// The first wrapper is the outermost. Recover must be inside: a panic in
	// SkipIfStillRunning would keep its only token, and the duty would be skipped
	// for ever.
	c := cron.New(
		cron.WithLocation(time.UTC),
		cron.WithLogger(log),
		cron.WithChain(cron.SkipIfStillRunning(log), cron.Recover(log)),
	)
	for _, e := range a.entries {
		c.Schedule(cron.Every(time.Second), cron.FuncJob(func() { a.tick(ctx, e) }))
	}
	c.Start()
	a.running = &running{cron: c, cancel: cancel}
}

// Stop stops the tick and waits for running duties. When ctx ends first, it cancels
// their contexts and returns an error that names them.
// Stopping a stopped agenda does nothing.
func (a *Agenda) Stop(ctx context.Context) error {
	a.mu.Lock()
	r := a.running
	a.running = nil
	a.mu.Unlock()
	if r == nil {
		return nil
	}
	defer r.cancel()
	select {
	case <-r.cron.Stop().Done():
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stopping while duties run (%s): %w", strings.Join(a.busy(), ", "), context.Cause(ctx))
	}
}

// Status returns the state of each duty on this node, in the order given to New.
func (a *Agenda) Status() []Status {
	all := make([]Status, len(a.entries))
	for i, e := range a.entries {
		all[i] = e.snapshot()
	}
	return all
}

// tick runs a duty if it is due and this node claims it. It logs the first failure and
// the recovery, not every failure.
func (a *Agenda) tick(ctx context.Context, e *entry) {
	now := a.now().UTC()
	if ctx.Err() != nil || !e.due(now) {
		return
	}
	mine, err := a.claim(ctx, e, now)
	if err == nil && !mine {
		return
	}
	if err == nil {
		err = e.run(ctx, now)
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return // the agenda stops
	}
	switch change := e.record(now, err); {
	case change.began:
		a.log.LogAttrs(ctx, slog.LevelError, "duty fails", slog.String("duty", e.duty.Name),
			slog.Int("incident", change.incident), slog.String("error", err.Error()))
	case change.ended:
		a.log.LogAttrs(ctx, slog.LevelInfo, "duty works again", slog.String("duty", e.duty.Name),
			slog.Int("incident", change.incident), slog.Int("failures", change.failures),
			slog.Duration("duration", now.Sub(change.since)))
	}
}

// claim tells whether this node runs a due duty, and sets when to claim again.
func (a *Agenda) claim(ctx context.Context, e *entry, now time.Time) (bool, error) {
	next := e.duty.next(now)
	if e.duty.EachNode {
		e.wait(next)
		return true, nil
	}
	mine, err := a.claims.Claim(ctx, e.duty.Name, now, next)
	if err != nil {
		return false, fmt.Errorf("claiming duty %s: %w", e.duty.Name, err)
	}
	if later := now.Add(claimAgain); !mine && next.After(later) {
		next = later
	}
	e.wait(next)
	return mine, nil
}

// busy returns the names of running duties.
func (a *Agenda) busy() []string {
	var names []string
	for _, s := range a.Status() {
		if s.Running {
			names = append(names, s.Name)
		}
	}
	return names
}

// cronLog logs errors of cron and drops its messages of each second (wake, run, skip).
type cronLog struct{ log *slog.Logger }

// Info drops a message.
func (cronLog) Info(string, ...any) {}

// Error logs a panic outside a duty's code, by its type only.
func (c cronLog) Error(err error, message string, _ ...any) {
	c.log.Error("tick fails", slog.String("reason", message), slog.String("type", fmt.Sprintf("%T", err)))
}
