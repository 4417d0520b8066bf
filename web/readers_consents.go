package web

import (
	"context"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// Consents are the written consents of people, for staff and on people's own pages.
type Consents interface {
	// WrittenConsents lists those of a person, the latest first, the ended ones as well.
	WrittenConsents(ctx context.Context, a access.Actor, clinic, person scheduler.ID) ([]reads.WrittenConsent, error)
	// GiveConsent returns the id of the new consent. It fails with Invalid and the fields to correct.
	GiveConsent(ctx context.Context, a access.Actor, clinic scheduler.ID, q desk.ConsentRequest) (scheduler.ID, error)
	// EndConsent fails with Closed when the consent has ended already.
	EndConsent(ctx context.Context, a access.Actor, clinic scheduler.ID, q desk.ConsentEnd) error
	// OwnConsents lists those in force of the holder of a page.
	OwnConsents(ctx context.Context, a access.Actor, token string) (reads.OwnConsents, error)
	// GiveOwnConsent records a consent with the name that its person typed as signature.
	GiveOwnConsent(ctx context.Context, a access.Actor, token string, kind scheduler.ConsentKind, signedBy string) error
	EndOwnConsent(ctx context.Context, a access.Actor, token string, consent scheduler.ID) error
}
