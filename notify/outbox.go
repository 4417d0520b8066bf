package notify

import (
	"context"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// Outbox is the store of notices, as dispatcher and worker use it. Every method
// fails with Unavailable while the database is down.
type Outbox interface {
	// Due returns at most limit planned notices that are due, the most urgent first.
	// It marks them as queued: no other call returns them for 20 s.
	Due(ctx context.Context, a access.Actor, limit int) ([]reads.Ticket, error)
	// Gate checks up to GateLimit notices against the current data, in one
	// transaction. It opens an attempt for each notice that may leave now and returns
	// those; it drops, expires or defers the others. It skips an id that is unknown,
	// done, not due yet, or part of an open attempt.
	Gate(ctx context.Context, a access.Actor, ids []scheduler.ID) ([]reads.Handover, error)
	// Record writes the outcomes of attempts in one transaction. An attempt that is
	// not the notice's last one changes nothing.
	Record(ctx context.Context, a access.Actor, results []reads.Result) error
	// Foresee adds the notices that become due by the clock alone (invites, reminders)
	// and returns how many are new. A second call adds nothing.
	Foresee(ctx context.Context, a access.Actor) (int, error)
}

// GateLimit is the most notices that one Gate checks.
const GateLimit = 50
