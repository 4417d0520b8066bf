package store

import (
	"context"
	"fmt"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/store/sqldb"
)

// Erasures lists who was erased in this database, one record each, the first in front.
func (db *DB) Erasures(ctx context.Context, a access.Actor) (all []scheduler.Erasure, err error) {
	if err := access.Check(a, access.DutyRun); err != nil {
		return nil, err
	}
	return db.erasures(ctx, "")
}

// RestoredErasures lists who was erased already in what restores brought that have not ended.
func (db *DB) RestoredErasures(ctx context.Context, a access.Actor) (all []scheduler.Erasure, err error) {
	if err := access.Check(a, access.BackupRun); err != nil {
		return nil, err
	}
	return db.erasures(ctx, ` AND clinic IN (SELECT c.id FROM clinics c JOIN restores r ON r.only_clinic IN ('', c.id)
WHERE r.ended_at = '')`)
}

// Returned tells what a restore has brought back of erasures: people who stand as if they had not been erased, with
// their living enrollments, and referrals.
type Returned struct {
	Clinic      scheduler.ID
	Person      scheduler.ID // empty: only referrals
	Enrollments []scheduler.ID
	Referrals   []scheduler.ID
}

// Returned finds what is there of erasures again.
func (db *DB) Returned(ctx context.Context, a access.Actor, erasures []scheduler.Erasure) (all []Returned, err error) {
	if err := access.Check(a, access.BackupRun); err != nil {
		return nil, err
	}
	err = db.view(ctx, func(t *tx) error {
		all = nil
		for _, e := range erasures {
			for _, id := range e.People {
				one, err := t.returned(ctx, e.Clinic, id)
				if err != nil {
					return fmt.Errorf("looking for %s: %w", id, err)
				}
				if one.Person != "" || len(one.Referrals) > 0 {
					all = append(all, one)
				}
			}
		}
		return nil
	})
	return all, err
}

func (t *tx) returned(ctx context.Context, clinic, id scheduler.ID) (r Returned, err error) {
	r.Clinic = clinic
	list := func(query string) ([]scheduler.ID, error) {
		rows, err := t.Query(ctx, query, clinic, id)
		if err != nil {
			return nil, err
		}
		return sqldb.Collect(rows, scanID)
	}
	people, err := list("SELECT id FROM people WHERE clinic = ? AND id = ? AND erased_at = ''")
	if err != nil {
		return r, err
	}
	if len(people) == 0 {
		r.Referrals, err = list("SELECT id FROM referrals WHERE clinic = ? AND id = ?")
		return r, err
	}
	r.Person = id
	r.Enrollments, err = list("SELECT id FROM enrollments WHERE clinic = ? AND person = ? " +
		"AND state NOT IN ('completed', 'withdrawn') ORDER BY id")
	return r, err
}

// EraseReferrals deletes referrals that a restore brought back.
func (db *DB) EraseReferrals(ctx context.Context, a access.Actor, clinic scheduler.ID, ids []scheduler.ID) error {
	if err := access.CheckIn(a, access.PersonErase, string(clinic)); err != nil {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		if _, err := t.lock(ctx, clinic); err != nil {
			return err
		}
		if err := t.eraseReferralRows(ctx, clinic, ids); err != nil {
			return err
		}
		return t.audit(ctx, clinic, a, db.now(),
			scheduler.AuditEntry{Action: "referral.erase", Subjects: []scheduler.ID{clinic}})
	})
}
