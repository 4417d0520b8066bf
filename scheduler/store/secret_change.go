package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
	"almanac/scheduler/store/sqldb"
)

// A secret key is changed while everything goes on:
//
//	one key ─► WrapSecret ─► two keys, each opens everything ─► FinishSecret ─► the new key alone
//	                              └─► CancelSecret ─► the old key alone
//
// Only the keys of clinics are sealed under it, so each step is one short transaction. A process that has opened them
// goes on through all of it, whichever key it began with.

// The states of a row in secret_keys.
const (
	secretUsed = "used"
	secretNext = "next"
)

// secretKeys are the check values of the secret keys that open the database.
type secretKeys struct{ used, next string }

// are tells whether a secret key is one of them.
func (k secretKeys) are(check string) bool { return check == k.used || check == k.next }

// secretKeys reads them, and keeps them as lock says: an empty one does not.
func (t *tx) secretKeys(ctx context.Context, lock string) (keys secretKeys, err error) {
	rows, err := t.Query(ctx, "SELECT check_value, state FROM secret_keys ORDER BY state"+lock)
	if err != nil {
		return keys, err
	}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var check, state string
		if err := rows.Scan(&check, &state); err != nil {
			return none, err
		}
		if state == secretNext {
			keys.next = check
		} else {
			keys.used = check
		}
		return none, nil
	})
	if err != nil {
		return keys, fmt.Errorf("reading which secret keys open the database: %w", err)
	}
	return keys, nil
}

func (t *tx) addSecret(ctx context.Context, check, state string) error {
	err := t.Exec(ctx, "INSERT INTO secret_keys (check_value, state, at) VALUES (?, ?, ?)", check, state,
		sqldb.Stamp(t.db.now()))
	if err != nil {
		return fmt.Errorf("noting a secret key: %w", err)
	}
	return nil
}

// oneSecret keeps the secret key from being changed in this transaction. Conflict while a change is open, Unavailable
// when this process runs with a key that was replaced.
func (t *tx) oneSecret(ctx context.Context) error {
	keys, err := t.secretKeys(ctx, t.ForShare())
	switch {
	case err != nil:
		return err
	case keys.next != "":
		return fault.New(fault.Conflict, "The secret key is being changed. Finish that first with `almanac key "+
			"rotate --finish`, then add the clinic.")
	case keys.used != t.db.root.CheckValue():
		return errReplaced()
	}
	return nil
}

// errReplaced answers where a process would need the secret key that replaced its own.
func errReplaced() error {
	return fault.New(fault.Unavailable,
		"The secret key was changed while this program ran. Start it again with the new key.")
}

// openClinic opens the key of a clinic, which is sealed under the used secret key, and under the next one while a
// change is open. seal.ErrSealed when this process has neither.
func (db *DB) openClinic(clinic scheduler.ID, wrapped, next []byte) (*seal.Key, error) {
	key, err := db.root.OpenClinicKey(string(clinic), wrapped)
	if err != nil && len(next) > 0 {
		return db.root.OpenClinicKey(string(clinic), next)
	}
	return key, err
}

// SecretChange tells how far a change of the secret key is.
func (db *DB) SecretChange(ctx context.Context, a access.Actor) (c reads.SecretChange, err error) {
	if err := access.Check(a, access.SecretChange); err != nil {
		return c, err
	}
	err = db.view(ctx, func(t *tx) error {
		c, err = t.secretChange(ctx, "")
		return err
	})
	return c, err
}

func (t *tx) secretChange(ctx context.Context, lock string) (c reads.SecretChange, err error) {
	keys, err := t.secretKeys(ctx, lock)
	if err != nil {
		return c, err
	}
	c.Used, c.Next = keys.used, keys.next
	if err := t.Row(ctx, "SELECT count(*) FROM clinics").Scan(&c.Clinics); err != nil {
		return c, fmt.Errorf("counting clinics: %w", err)
	}
	err = t.Row(ctx, "SELECT count(*) FROM processes WHERE seen_at > ? AND secret <> ?",
		sqldb.Stamp(t.db.now().Add(-reads.DeadAfter)), cmp.Or(c.Next, c.Used)).Scan(&c.Old)
	if err != nil {
		return c, fmt.Errorf("looking at the processes: %w", err)
	}
	return c, nil
}

// changeSecret takes one step of a change in one transaction, and notes it in the audit of each clinic. With OnlyCheck
// it only finds out whether the step could be taken.
func (db *DB) changeSecret(ctx context.Context, a access.Actor, m reads.Mode, action string,
	step func(*tx, *reads.SecretChange) error) (c reads.SecretChange, err error) {
	if err := access.Check(a, access.SecretChange); err != nil {
		return c, err
	}
	err = db.write(ctx, func(t *tx) error {
		if c, err = t.secretChange(ctx, t.ForUpdate()); err != nil {
			return err
		}
		before := c
		if err := step(t, &c); err != nil {
			return err
		}
		if m == reads.OnlyCheck {
			return errDryRun
		}
		if before == c { // it was taken already
			return nil
		}
		clinics, err := t.clinicIDs(ctx, "")
		if err != nil {
			return err
		}
		for _, clinic := range clinics {
			err := t.audit(ctx, clinic, a.In(string(clinic)), db.now(), scheduler.AuditEntry{Action: action,
				Subjects: []scheduler.ID{clinic}})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errDryRun) {
		return c, nil
	}
	return c, err
}

// WrapSecret seals the key of each clinic under the next secret key as well. From then on both open everything until
// FinishSecret or CancelSecret. Calling it again with the same key changes nothing. Invalid when the next key is the
// one in use; Conflict when a change to another key is open.
func (db *DB) WrapSecret(ctx context.Context, a access.Actor, next *seal.Root,
	m reads.Mode) (reads.SecretChange, error) {
	return db.changeSecret(ctx, a, m, "secret.wrap", func(t *tx, c *reads.SecretChange) error {
		switch check := next.CheckValue(); {
		case check == c.Used:
			return fault.New(fault.Invalid, "The new secret key is the one in use. Give another one.")
		case check == c.Next:
			return nil
		case c.Next != "":
			return fault.New(fault.Conflict, "A change to another secret key is open, with the check value %s. Give "+
				"that key again, or give the change up with `almanac key rotate --cancel`.", c.Next)
		default:
			c.Next = check
		}
		if c.Used != db.root.CheckValue() {
			return errReplaced()
		}
		if err := t.addSecret(ctx, c.Next, secretNext); err != nil {
			return err
		}
		return t.eachClinicKey(ctx, func(clinic scheduler.ID, wrapped, _ []byte) error {
			again, err := db.root.Rewrap(string(clinic), wrapped, next)
			if err != nil {
				return err
			}
			return t.Exec(ctx, "UPDATE clinics SET next_key = ? WHERE id = ?", again, clinic)
		})
	})
}

// FinishSecret makes the next secret key the only one: the one before opens nothing any more. It must be called with
// the next key, so that it is certain that somebody has it. Conflict when no change is open, when this process has
// another key, and while a process runs with the one before.
func (db *DB) FinishSecret(ctx context.Context, a access.Actor, m reads.Mode) (reads.SecretChange, error) {
	c, err := db.changeSecret(ctx, a, m, "secret.change", func(t *tx, c *reads.SecretChange) error {
		switch {
		case c.Next == "":
			return errNoChange()
		case c.Next != db.root.CheckValue():
			return fault.New(fault.Conflict, "This command runs with the old secret key. Run it with the new one, "+
				"whose check value is %s, so that it is certain that the new one is here.", c.Next)
		case c.Old > 0:
			return fault.New(fault.Conflict, "Programs that still run with the old secret key: %d. Restart them "+
				"with the new one, wait a minute, and run this again.", c.Old)
		}
		err := t.eachClinicKey(ctx, func(clinic scheduler.ID, _, next []byte) error {
			if _, err := db.root.OpenClinicKey(string(clinic), next); err != nil {
				return err
			}
			return t.Exec(ctx, "UPDATE clinics SET data_key = next_key, next_key = NULL WHERE id = ?", clinic)
		})
		if err != nil {
			return err
		}
		if err := t.Exec(ctx, "DELETE FROM secret_keys WHERE state = ?", secretUsed); err != nil {
			return err
		}
		c.Used, c.Next = c.Next, ""
		return t.Exec(ctx, "UPDATE secret_keys SET state = ? WHERE check_value = ?", secretUsed, c.Used)
	})
	if err == nil && m == reads.Do {
		if err := db.sql.Scrub(ctx, "clinics"); err != nil {
			db.log.WarnContext(ctx, "keys under the old secret key may still stand in free pages", "error", err)
		}
	}
	return c, err
}

// CancelSecret gives an open change up: the next secret key opens nothing any more. Conflict when no change is open,
// and when this process has the next key.
func (db *DB) CancelSecret(ctx context.Context, a access.Actor, m reads.Mode) (reads.SecretChange, error) {
	return db.changeSecret(ctx, a, m, "secret.cancel", func(t *tx, c *reads.SecretChange) error {
		switch {
		case c.Next == "":
			return errNoChange()
		case c.Used != db.root.CheckValue():
			return fault.New(fault.Conflict, "This command runs with the new secret key. Run it with the one before, "+
				"whose check value is %s.", c.Used)
		}
		if err := t.Exec(ctx, "DELETE FROM secret_keys WHERE state = ?", secretNext); err != nil {
			return err
		}
		c.Next = ""
		return t.eachClinicKey(ctx, func(clinic scheduler.ID, _, _ []byte) error {
			return t.Exec(ctx, "UPDATE clinics SET next_key = NULL WHERE id = ?", clinic)
		})
	})
}

func errNoChange() error {
	return fault.New(fault.Conflict, "No change of the secret key is open. `almanac key rotate` begins one.")
}

// eachClinicKey locks the clinics one after another and gives their wrapped keys.
func (t *tx) eachClinicKey(ctx context.Context, do func(clinic scheduler.ID, wrapped, next []byte) error) error {
	clinics, err := t.clinicIDs(ctx, "")
	if err != nil {
		return err
	}
	for _, clinic := range clinics {
		var wrapped, next []byte
		err := t.Row(ctx, "SELECT data_key, next_key FROM clinics WHERE id = ?"+t.ForUpdate(), clinic).
			Scan(&wrapped, &next)
		if err == nil {
			err = do(clinic, wrapped, next)
		}
		if err != nil {
			return fmt.Errorf("sealing the key of clinic %s anew: %w", clinic, err)
		}
	}
	return nil
}
