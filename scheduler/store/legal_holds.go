package store

import (
	"context"
	"errors"
	"fmt"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
	"almanac/scheduler/store/sqldb"
)

// mostReason is how long the reason of a hold may be, in octets.
const mostReason = 500

// SetHold keeps a person from being erased, with a reason. It counts for every record that was merged into theirs, too.
// NotFound when there is no such person; Conflict when a hold stands; Invalid, in field "reason", without a reason;
// Closed when they were erased.
func (db *DB) SetHold(ctx context.Context, a access.Actor, clinic, person scheduler.ID, reason string,
	m reads.Mode) error {
	reason, unclear := scheduler.CheckLine("reason", "The reason", reason)
	switch {
	case unclear != nil:
		return unclear
	case reason == "":
		return fault.In("reason", "Say why this person's data must be kept, for example which proceedings ask for it.")
	case len(reason) > mostReason:
		return fault.In("reason", "The reason is too long. Write at most %d characters.", mostReason)
	}
	return db.changeHold(ctx, a, clinic, person, m, "person.hold", func(t *tx, stands bool) error {
		if stands {
			return fault.New(fault.Conflict, "A legal hold stands already. Lift it before you set another one.")
		}
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		at := sqldb.Stamp(db.now())
		return t.Exec(ctx, "INSERT INTO legal_holds (person, at, clinic, reason, by_actor) VALUES (?, ?, ?, ?, ?)",
			person, at, clinic, key.Seal(holdPlace(clinic, person, at), reason), a.String())
	})
}

// LiftHold ends the legal hold of a person. NotFound when none stands or there is no such person.
func (db *DB) LiftHold(ctx context.Context, a access.Actor, clinic, person scheduler.ID, m reads.Mode) error {
	return db.changeHold(ctx, a, clinic, person, m, "person.hold-lifted", func(t *tx, stands bool) error {
		if !stands {
			return notFound("No legal hold stands for this person.")
		}
		return t.Exec(ctx, "UPDATE legal_holds SET lifted_at = ?, lifted_by = ? WHERE clinic = ? AND person = ? "+
			"AND lifted_at = ''", sqldb.Stamp(db.now()), a.String(), clinic, person)
	})
}

// changeHold runs a change of a hold and notes it.
func (db *DB) changeHold(ctx context.Context, a access.Actor, clinic, person scheduler.ID, m reads.Mode, action string,
	do func(t *tx, stands bool) error) error {
	if err := access.CheckIn(a, access.PersonErase, string(clinic)); err != nil {
		return err
	}
	err := db.write(ctx, func(t *tx) error {
		if _, err := t.lock(ctx, clinic); err != nil {
			return err
		}
		if err := t.person(ctx, clinic, person, t.ForUpdate()); err != nil {
			return err
		}
		hold, err := t.hold(ctx, clinic, person)
		if err != nil {
			return err
		}
		if err := do(t, hold != nil); err != nil {
			return err
		}
		if m == reads.OnlyCheck {
			return errDryRun
		}
		return t.audit(ctx, clinic, a, db.now(),
			scheduler.AuditEntry{Action: action, Subjects: []scheduler.ID{person}})
	})
	if errors.Is(err, errDryRun) {
		return nil
	}
	return err
}

// hold reads the legal hold that stands for a person; nil when there is none.
func (t *tx) hold(ctx context.Context, clinic, person scheduler.ID) (*reads.Hold, error) {
	var h reads.Hold
	var at string
	var reason []byte
	err := t.Row(ctx, "SELECT at, reason, by_actor FROM legal_holds WHERE clinic = ? AND person = ? AND lifted_at = ''",
		clinic, person).Scan(&at, &reason, &h.By)
	if sqldb.IsNoRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the hold of person %s: %w", person, err)
	}
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	if h.Reason, err = opened(key, holdPlace(clinic, person, at), reason); err != nil {
		return nil, err
	}
	if h.By, err = t.actorName(ctx, clinic, h.By); err != nil {
		return nil, err
	}
	return &h, sqldb.When(&h.At).Scan(at)
}

// holdPlace binds a reason to its hold.
func holdPlace(clinic, person scheduler.ID, at string) seal.Place {
	return place(clinic, "legal_holds", "reason:"+at, person)
}
