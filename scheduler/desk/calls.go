package desk

import (
	"context"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
)

// CallChange is how a call to a person ended.
type CallChange struct {
	Outcome scheduler.CallOutcome
	// Again is when the call comes up again; zero: NextTry. Unused once they were reached.
	Again time.Time
	// Version is what the page showed of the call; another one is Stale. Empty: whatever there is to say.
	Version string
	DryRun  bool // only check, and save nothing
}

// CallRecorded is what the outcome of a call did.
type CallRecorded struct {
	Person scheduler.ID
	Tasks  []scheduler.ID // that are done, or come up again
	Offers []scheduler.ID // enrollments whose offer was told
	Dates  int            // that count as told
	Again  time.Time
}

// Calls keeps how calls ended.
type Calls interface {
	// RecordCall ends the call that a task belongs to. NotFound when there is no such open task; Stale when there is
	// something else to say than Version; Invalid for an outcome or a next try that cannot be.
	RecordCall(ctx context.Context, a access.Actor, clinic, task scheduler.ID, q CallChange) (CallRecorded, error)
}

// RecordCall notes how a call ended. Once a person was reached, the time to answer their offers runs.
func (d *Desk) RecordCall(ctx context.Context, q Request, calls Calls, task scheduler.ID,
	o CallChange) (CallRecorded, error) {
	try := o
	try.DryRun = true
	found, err := calls.RecordCall(ctx, q.Actor, q.Clinic, task, try)
	if err != nil || o.DryRun {
		return found, err
	}
	for _, enrollment := range found.Offers {
		err := d.Confirm(ctx, Request{Actor: q.Actor, Clinic: q.Clinic}, TellOffer(enrollment))
		if err != nil && !fault.Is(err, fault.Closed) {
			return CallRecorded{}, err
		}
	}
	return calls.RecordCall(ctx, q.Actor, q.Clinic, task, o)
}
