package store

import (
	"context"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/crashpoint"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/store/sqldb"
)

// Change locks the clinic, loads a book, runs do on it and saves the difference
// with all that it owes, in one transaction; see desk.Store. Forbidden or
// NotFound when the policy does not let the actor do it.
func (db *DB) Change(ctx context.Context, c desk.Change, load desk.Load, do func(*scheduler.Book) error) error {
	if err := access.CheckIn(c.Actor, c.Action, string(c.Clinic)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sqldb.Patience)
	defer cancel()
	end, err := db.turns.take(ctx, c.Clinic)
	if err != nil {
		return db.sql.Fault(err)
	}
	defer end()
	var refused error
	var erased *scheduler.Erasure
	err = db.write(ctx, func(t *tx) error {
		clinic, err := t.lock(ctx, c.Clinic)
		if err != nil {
			return err
		}
		if err := t.recall(ctx, c); err != nil {
			return err
		}
		if err := expect(c, clinic); err != nil {
			return err
		}
		found, err := t.load(ctx, clinic, c, load)
		if err != nil {
			return err
		}
		if refused = do(found.book); refused != nil {
			return refused
		}
		if err := t.save(ctx, found, c.Actor); err != nil {
			return err
		}
		erased = found.book.Erased
		err = t.keep(ctx, c, found.book)
		crashpoint.Pass(string(c.Action))
		return err
	})
	if refused != nil {
		return refused
	}
	if err == nil && erased != nil {
		db.scrub(ctx, erased)
	}
	return err
}

// Look loads the book that a change would get, without a lock; see
// desk.Store.
func (db *DB) Look(ctx context.Context, c desk.Change, load desk.Load) (*scheduler.Book, error) {
	if err := access.CheckIn(c.Actor, c.Action, string(c.Clinic)); err != nil {
		return nil, err
	}
	found, err := db.look(ctx, c, load)
	if err != nil {
		return nil, err
	}
	return found.book, nil
}

func (db *DB) look(ctx context.Context, c desk.Change, load desk.Load) (found *loaded, err error) {
	err = db.view(ctx, func(t *tx) error {
		clinic, err := t.clinic(ctx, c.Clinic, "")
		if err != nil {
			return err
		}
		if err := expect(c, clinic); err != nil {
			return err
		}
		found, err = t.load(ctx, clinic, c, load)
		return err
	})
	return found, err
}

// expect refuses a change that was previewed before somebody else's.
func expect(c desk.Change, clinic scheduler.Clinic) error {
	untouched := c.Expect == desk.Untouched && clinic.ChangeNo == 0
	if c.Expect != 0 && c.Expect != clinic.ChangeNo && !untouched {
		return fault.New(fault.Stale,
			"Somebody changed something here after this was shown. Look at it again, then confirm.")
	}
	return nil
}
