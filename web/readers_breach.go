package web

import (
	"context"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// Breaches list what a breach touched.
type Breaches interface {
	// BreachScope lists whose records rows of the audit are about. Invalid in from.
	BreachScope(ctx context.Context, a access.Actor, clinic scheduler.ID, q reads.BreachQuery) (reads.BreachScope,
		error)
	// BreachActors lists staff and tokens.
	BreachActors(ctx context.Context, a access.Actor, clinic scheduler.ID) ([]reads.BreachActor, error)
}
