package store

import (
	"context"
	"fmt"
	"time"

	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// Backlog counts the notices of all clinics by state, what is due, and the
// answers that nobody could place.
func (db *DB) Backlog(ctx context.Context, a access.Actor) (reads.Backlog, error) {
	if err := access.Check(a, access.NoticeHandle); err != nil {
		return reads.Backlog{}, err
	}
	var b reads.Backlog
	err := db.view(ctx, func(t *tx) (err error) {
		if b, err = t.backlog(ctx, db.now()); err != nil {
			return err
		}
		if b.Notices, err = t.fates(ctx); err != nil {
			return err
		}
		b.Strays, err = t.strays(ctx)
		return err
	})
	if err != nil {
		return reads.Backlog{}, fmt.Errorf("counting notices: %w", err)
	}
	return b, nil
}

// NextDue gives the instant at which the next planned notice of any clinic may be
// pushed, which is in the past when one waits already; zero when none is planned.
func (db *DB) NextDue(ctx context.Context, a access.Actor) (at time.Time, err error) {
	if err := access.Check(a, access.NoticeHandle); err != nil {
		return time.Time{}, err
	}
	err = db.view(ctx, func(t *tx) (err error) {
		at, err = t.nextDue(ctx)
		return err
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("asking when the next notice is due: %w", err)
	}
	return at, nil
}
