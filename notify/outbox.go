package notify

import (
	"context"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// Outbox is the store of notices as dispatcher and worker see it. Every call
// may be Unavailable while the database is.
type Outbox interface {
	// Due gives at most limit planned notices whose time has come, the most urgent
	// first, and marks them as queued: for 20 s nobody is given them again.
	Due(ctx context.Context, a access.Actor, limit int) ([]reads.Ticket, error)
	// Gate compares up to 50 notices with the truth in one transaction and gives
	// those that may be handed over now; the others it drops, expires or defers
	// by itself. The commit opens an attempt for each that it gives; an id that is
	// unknown, done, not due yet, or part of an open attempt is passed over.
	Gate(ctx context.Context, a access.Actor, ids []scheduler.ID) ([]reads.Handover, error)
	// Record writes down how attempts ended, all in one transaction. An attempt
	// that is no longer the notice's latest changes nothing.
	Record(ctx context.Context, a access.Actor, results []reads.Result) error
	// Foresee writes down the notices that the clock alone makes due (invites,
	// reminders) and gives how many are new. Asked twice it adds nothing.
	Foresee(ctx context.Context, a access.Actor) (int, error)
}

// GateLimit is the most notices that one Gate takes.
const GateLimit = 50
