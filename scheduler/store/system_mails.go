package store

import (
	"context"
	"time"

	"almanac/scheduler/store/sqldb"
)

// forgetMails: a mail may come to the mailbox of no clinic that is known, so those of all are forgotten together.
func (t *tx) forgetMails(ctx context.Context, before time.Time) (int64, error) {
	return t.Count(ctx, "DELETE FROM mails_in WHERE at < ?", sqldb.Stamp(before))
}
