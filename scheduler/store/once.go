package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
	"unicode/utf8"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/store/sqldb"
)

// recall tells by *desk.Repeated that a change was done before under the
// same key. The clinic is locked, so of two that come at once the second sees
// what the first left. Invalid when the key is none, or was used for something else.
func (t *tx) recall(ctx context.Context, c desk.Change) error {
	if c.Once.Key == "" {
		return nil
	}
	if utf8.RuneCountInString(c.Once.Key) > desk.MostOnceKey {
		return fault.In(desk.OnceField, "The key is longer than %d characters; choose a shorter one, such as a UUID.",
			desk.MostOnceKey)
	}
	var asked string
	var before desk.Repeated
	var at time.Time
	err := t.Row(ctx, "SELECT request_hash, made, created_at, change_no, undo_until FROM idempotency_keys WHERE "+
		"clinic = ? AND actor = ? AND key_hash = ?",
		c.Clinic, c.Actor.String(), hashKey(c)).Scan(&asked, &before.Made, sqldb.When(&at), &before.ChangeNo,
		sqldb.When(&before.Until))
	switch {
	case sqldb.IsNoRows(err), err == nil && !at.After(t.db.now().Add(-desk.OnceKept)):
		return nil
	case err != nil:
		return fmt.Errorf("looking for a key: %w", err)
	case asked != c.Once.Hash:
		return fault.In(desk.OnceField,
			"This key was used for another request within the last day. Choose a new key for each new request.")
	}
	return &before
}

// keep writes down what a change under a key made, in the change itself.
func (t *tx) keep(ctx context.Context, c desk.Change, b *scheduler.Book) error {
	if c.Once.Key == "" {
		return nil
	}
	var changeNo int64
	var until time.Time
	if b.Rests() {
		changeNo, until = b.Undo.ChangeNo, b.Undo.Until
	}
	err := t.Exec(ctx, `
		INSERT INTO idempotency_keys (clinic, actor, key_hash, request_hash, made, created_at, change_no, undo_until)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (clinic, actor, key_hash) DO UPDATE
		SET request_hash = excluded.request_hash, made = excluded.made, created_at = excluded.created_at,
		    change_no = excluded.change_no, undo_until = excluded.undo_until`,
		c.Clinic, c.Actor.String(), hashKey(c), c.Once.Hash, b.Made, sqldb.Stamp(t.db.now()), changeNo,
		sqldb.Stamp(until))
	if err != nil {
		return fmt.Errorf("keeping a key: %w", err)
	}
	return nil
}

func hashKey(c desk.Change) string {
	sum := sha256.Sum256([]byte(c.Once.Key))
	return hex.EncodeToString(sum[:])
}

// ForgetKeys erases keys that are remembered no longer, of all clinics, and
// tells how many.
func (db *DB) ForgetKeys(ctx context.Context, a access.Actor) (n int64, err error) {
	if err := access.Check(a, access.DutyRun); err != nil {
		return 0, err
	}
	err = db.write(ctx, func(t *tx) (err error) {
		n, err = t.forgetKeys(ctx, db.now().Add(-desk.OnceKept))
		return err
	})
	return n, err
}
