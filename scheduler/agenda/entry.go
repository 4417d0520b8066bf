package agenda

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// Status is the state of a duty on one node. Its times are zero when another node runs
// the duty.
type Status struct {
	Name     string
	Running  bool
	LastRun  time.Time // start of the last run here; zero: none yet
	Err      error     // of the last run, or of its claim
	Failures int       // consecutive failed ticks
	Since    time.Time // of the first failure; zero without one
}

// entry is a duty with its state.
type entry struct {
	duty Duty
	idle chan struct{} // holds a value while the duty does not run

	mu        sync.Mutex
	next      time.Time // not due before this; zero: due
	status    Status
	incidents int
}

// change says what to log after a tick.
type change struct {
	began, ended       bool
	incident, failures int
	since              time.Time
}

func newEntry(d Duty) *entry {
	e := &entry{duty: d, idle: make(chan struct{}, 1), status: Status{Name: d.Name}}
	e.idle <- struct{}{}
	return e
}

// due tells whether the duty is due. It is also due when next is more than an interval
// away: then the clock was set back.
func (e *entry) due(now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return !now.Before(e.next) || e.next.Sub(now) > e.duty.Every
}

func (e *entry) wait(next time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.next = next
}

// run waits until the duty is idle, runs it and notes the result.
func (e *entry) run(ctx context.Context, now time.Time) error {
	select {
	case <-e.idle:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { e.idle <- struct{}{} }()
	e.note(func(s *Status) { s.Running, s.LastRun = true, now })
	err := e.recovered(ctx)
	e.note(func(s *Status) { s.Running, s.Err = false, err })
	return err
}

// recovered runs the duty and turns a panic into an error. The text of a panic may hold
// a name, so only texts of the runtime are kept.
func (e *entry) recovered(ctx context.Context) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case runtime.Error:
			err = fmt.Errorf("duty %s panicked: %w\n%s", e.duty.Name, p, debug.Stack())
		default:
			err = fmt.Errorf("duty %s panicked with a %T\n%s", e.duty.Name, p, debug.Stack())
		}
	}()
	return e.duty.Run(ctx)
}

// record counts the result of a tick and returns what to log.
func (e *entry) record(now time.Time, err error) change {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.status.Err = err
	if err != nil {
		e.status.Failures++
		if e.status.Failures > 1 {
			return change{}
		}
		e.incidents++
		e.status.Since = now
		return change{began: true, incident: e.incidents}
	}
	was := e.status
	e.status.Failures, e.status.Since = 0, time.Time{}
	return change{ended: was.Failures > 0, incident: e.incidents, failures: was.Failures, since: was.Since}
}

func (e *entry) note(set func(*Status)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	set(&e.status)
}

func (e *entry) snapshot() Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.status
}
