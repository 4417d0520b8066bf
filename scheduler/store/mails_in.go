package store

import (
	"context"
	"fmt"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// mailsKept is how long a mail that came in is known again. Mail servers try for five days; a folder that cannot be
// cleared shows the same mail again and again, which counts anew.
const mailsKept = 30 * 24 * time.Hour

// replyTaken is why a mail that came twice is dropped.
const replyTaken = "it was taken before"

// takenBefore notes that a mail came, and tells whether it had come before. It stands in the transaction that takes the
// mail, so that one of two that take it at the same time waits for the other.
func (t *tx) takenBefore(ctx context.Context, clinic scheduler.ID, in reads.Inbound) (bool, error) {
	if in.Digest == "" {
		return false, nil
	}
	now := sqldb.Stamp(t.db.now())
	came, err := t.Count(ctx, "INSERT INTO mails_in (clinic, digest, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
		clinic, in.Digest, now)
	if err != nil {
		return false, fmt.Errorf("noting a mail that came in: %w", err)
	}
	if came > 0 {
		return false, nil
	}
	return true, t.Exec(ctx, "UPDATE mails_in SET at = ? WHERE clinic = ? AND digest = ?", now, clinic, in.Digest)
}

// droppedAgain is the result for a mail that was taken before.
func droppedAgain(clinic scheduler.ID) reads.InboundResult {
	return reads.InboundResult{Act: string(gate.ReplyDrop), Reason: replyTaken, Clinic: clinic}
}

// ForgetMails forgets which mails came in long ago, and says how many.
func (db *DB) ForgetMails(ctx context.Context, a access.Actor) (n int64, err error) {
	if err := access.Check(a, access.NoticeHandle); err != nil {
		return 0, err
	}
	err = db.write(ctx, func(t *tx) error {
		n, err = t.forgetMails(ctx, db.now().Add(-mailsKept))
		return err
	})
	return n, err
}
