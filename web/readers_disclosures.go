package web

import (
	"context"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// Disclosures are what leaves the programme, and whose records may.
type Disclosures interface {
	// Disclosures is the accounting of a person, the latest first.
	Disclosures(ctx context.Context, a access.Actor, clinic, person scheduler.ID) ([]reads.Disclosed, error)
	// LogDisclosure fails with Invalid and the fields to correct.
	LogDisclosure(ctx context.Context, a access.Actor, clinic scheduler.ID, d scheduler.Disclosure, once desk.Once,
		m reads.Mode) error
	// Outgoing fails with Invalid in to, purpose or relies_on.
	Outgoing(ctx context.Context, a access.Actor, clinic scheduler.ID, o scheduler.Outside) (reads.Outgoing, error)
	// RecordDisclosures must succeed before a file leaves.
	RecordDisclosures(ctx context.Context, a access.Actor, clinic scheduler.ID, o scheduler.Outside, what string,
		people []scheduler.ID) error
}
