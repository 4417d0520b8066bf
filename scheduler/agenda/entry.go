package agenda

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// Status is how a duty fares on one node. A duty that another node runs has
// not run here: its zero times say nothing bad.
type Status struct {
	Name     string
	Running  bool
	LastRun  time.Time // when the last run here began; zero: none yet
	Err      error     // what the last run, or the claim for it, ended with; nil: well
	Failures int       // how many ticks failed one after another; 0: none
	Since    time.Time // when they began to fail; zero: they do not
}

// entry is a duty on the agenda and how it fares.
type entry struct {
	duty Duty
	turn chan struct{} // holds one token while nobody runs the duty

	mu        sync.Mutex
	next      time.Time // not due before; zero: due
	status    Status
	incidents int
}

// change is what a tick's result means for the log.
type change struct {
	began, ended       bool
	incident, failures int
	since              time.Time
}

func newEntry(d Duty) *entry {
	e := &entry{duty: d, turn: make(chan struct{}, 1), status: Status{Name: d.Name}}
	e.turn <- struct{}{}
	return e
}

// due tells whether the duty's time has come. A next time further away than
// the rhythm means that the clock was put back: then it is due as well.
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

// run waits for its turn, runs the duty and notes how it went.
func (e *entry) run(ctx context.Context, now time.Time) error {
	select {
	case <-e.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { e.turn <- struct{}{} }()
	e.note(func(s *Status) { s.Running, s.LastRun = true, now })
	err := e.safely(ctx)
	e.note(func(s *Status) { s.Running, s.Err = false, err })
	return err
}

// safely runs the duty and makes an error of a panic. A panic's own text may
// hold anything, a name too; so only the runtime's own texts are repeated.
func (e *entry) safely(ctx context.Context) (err error) {
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

// judge counts a tick's result and tells whether a trouble began or ended with it.
func (e *entry) judge(now time.Time, err error) change {
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
