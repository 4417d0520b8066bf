package store

import (
	"context"
	"time"
)

// Claim sets the duty's next time to next if its present one is not after now,
// in one step, and tells whether it did. A duty never seen is due. However many
// nodes ask at once, one of them is told yes.
func (db *DB) Claim(ctx context.Context, name string, now, next time.Time) (bool, error) {
	due, err := db.dutyDue(ctx, name, now)
	if err != nil || !due {
		return false, err
	}
	claimed := false
	err = db.write(ctx, func(t *tx) error {
		rows, err := t.claimDuty(ctx, name, now, next)
		claimed = rows == 1
		return err
	})
	return claimed && err == nil, err
}
