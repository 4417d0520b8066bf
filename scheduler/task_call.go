package scheduler

import (
	"slices"
	"time"
)

// CallOutcome says how a call to a person ended.
type CallOutcome string

// The outcomes of a call.
const (
	CallReached  CallOutcome = "reached"   // they were told all of it
	CallNoAnswer CallOutcome = "no-answer" // call again
	CallLeftWord CallOutcome = "left-word" // somebody else, or a machine, was asked to pass word on; call again
)

// CallOutcomes lists the outcomes.
func CallOutcomes() []CallOutcome { return []CallOutcome{CallReached, CallNoAnswer, CallLeftWord} }

// MaxCallRest bounds how far ahead the next try of a call may be.
const MaxCallRest = 60 * 24 * time.Hour

// notSpoken are the subjects of a person's tasks that a talk with them does not settle.
var notSpoken = []string{
	AboutWritten, AboutUnreadable, AboutStrays, AboutWindow, AboutPhaseFull, AboutReassess, AboutWaitlist,
	AboutTexted,
}

// Spoken tells whether a task is done by talking with its person.
func (t *Task) Spoken() bool {
	return t.Person != "" && t.Staff == "" && !slices.Contains(notSpoken, t.About)
}

// NextTry proposes when to call again: a day later, and sooner when the first date to tell is near.
func NextTry(now, first time.Time) time.Time {
	for _, rest := range []time.Duration{24 * time.Hour, time.Hour} {
		if next := now.Add(rest).Truncate(time.Minute); first.IsZero() || next.Before(first) {
			return next
		}
	}
	return now.Add(10 * time.Minute).Truncate(time.Minute)
}
