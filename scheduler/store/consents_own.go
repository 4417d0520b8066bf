package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// ownPage finds whose page a token opens, while things can be changed there. NotFound, with the words of Page, for a
// page that can only be read any more.
func (db *DB) ownPage(ctx context.Context, a access.Actor, token string) (holder, error) {
	if err := access.Check(a, access.TokenFind); err != nil {
		return holder{}, err
	}
	h, err := db.holder(ctx, pagePurpose, token)
	if err == nil && (!h.revoked.IsZero() || h.Ended) {
		err = errNoAddress()
	}
	return h, err
}

// OwnConsents lists the consents in force of the holder of a person's own page.
func (db *DB) OwnConsents(ctx context.Context, a access.Actor, token string) (own reads.OwnConsents, err error) {
	h, err := db.ownPage(ctx, a, token)
	if err != nil {
		return own, err
	}
	err = db.view(ctx, func(t *tx) error {
		own = reads.OwnConsents{}
		err := t.Row(ctx, "SELECT language, zone FROM people WHERE clinic = ? AND id = ?", h.Clinic,
			h.Person).Scan(&own.Language, &own.Zone)
		if err != nil {
			return fmt.Errorf("reading a person: %w", err)
		}
		all, err := t.writtenConsents(ctx, h.Clinic, "person = ?", h.Person)
		now := db.now()
		own.Consents = slices.DeleteFunc(all, func(c reads.WrittenConsent) bool { return !c.InForce(now) })
		return err
	})
	return own, err
}

// GiveOwnConsent records a consent that the holder of a page gives there, with the name that they typed as signature.
// What they have agreed to already stays as it is. Invalid in field "kind" or "signed_by".
func (db *DB) GiveOwnConsent(ctx context.Context, a access.Actor, token string, kind scheduler.ConsentKind,
	signedBy string) error {
	h, err := db.ownPage(ctx, a, token)
	if err != nil {
		return err
	}
	if !slices.Contains(scheduler.OwnConsentKinds(), kind) {
		kind = ""
	}
	own, err := db.OwnConsents(ctx, a, token)
	if err != nil {
		return err
	}
	standing := func(c reads.WrittenConsent) bool { return c.Kind == kind }
	if slices.ContainsFunc(own.Consents, standing) {
		return nil
	}
	var zone string
	err = db.quick(ctx, "SELECT zone FROM clinics WHERE id = ?", h.Clinic).Scan(&zone)
	if err != nil {
		return db.sql.Fault(fmt.Errorf("reading a clinic: %w", err))
	}
	local, err := db.zones.Location(zone)
	if err != nil {
		local = time.UTC
	}
	consent := scheduler.WrittenConsent{Person: h.Person, Kind: kind, How: "page",
		SignedOn: civil.DateOf(db.now().In(local)), ConsentTerms: scheduler.ConsentTerms{SignedBy: signedBy}}
	_, err = db.GiveConsent(ctx, access.Person(string(h.Person), string(h.Clinic)), h.Clinic,
		desk.ConsentRequest{Consent: consent})
	return err
}

// EndOwnConsent ends a consent of the holder of a page. It fails as EndConsent does.
func (db *DB) EndOwnConsent(ctx context.Context, a access.Actor, token string, consent scheduler.ID) error {
	h, err := db.ownPage(ctx, a, token)
	if err != nil {
		return err
	}
	return db.EndConsent(ctx, access.Person(string(h.Person), string(h.Clinic)), h.Clinic,
		desk.ConsentEnd{Person: h.Person, Consent: consent, How: "page"})
}

// expiredConsent is a consent whose last day is over, and whose end nobody has written down.
type expiredConsent struct {
	clinic scheduler.ID
	scheduler.WrittenConsent
}

func (t *tx) expiredConsents(ctx context.Context, clinic scheduler.ID) ([]expiredConsent, error) {
	rows, err := t.Query(ctx, `SELECT id, person, kind, expires_at FROM written_consents
		WHERE clinic = ? AND ended_at = '' AND expires_at <> '' AND expires_at <= ? ORDER BY expires_at LIMIT ?`,
		clinic, sqldb.Stamp(t.db.now()), mostExpired)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (e expiredConsent, err error) {
		e.clinic = clinic
		return e, rows.Scan(&e.ID, &e.Person, &e.Kind, sqldb.When(&e.ExpiresAt))
	})
}

// mostExpired is how many consents of a clinic EndExpiredConsents ends in one run.
const mostExpired = 1000

// EndExpiredConsents ends the consents of all clinics whose last day is over. They hold no longer from that instant
// on; what this adds is their end in the record, and in the audit, and the end of calendar addresses.
func (db *DB) EndExpiredConsents(ctx context.Context, a access.Actor) (n int, err error) {
	if err := access.Check(a, access.DutyRun); err != nil {
		return 0, err
	}
	var all []expiredConsent
	err = db.view(ctx, func(t *tx) error {
		rows, err := t.Query(ctx, "SELECT id FROM clinics ORDER BY id")
		if err != nil {
			return err
		}
		clinics, err := sqldb.Collect(rows, scanID)
		if err != nil {
			return err
		}
		all = nil
		for _, clinic := range clinics {
			some, err := t.expiredConsents(ctx, clinic)
			if err != nil {
				return err
			}
			all = append(all, some...)
		}
		return nil
	})
	var failed []error
	for _, e := range all {
		err := db.write(ctx, func(t *tx) error {
			if _, err := t.lock(ctx, e.clinic); err != nil {
				return err
			}
			if err := t.endWritten(ctx, a, e.clinic, e.ID, consentExpired, e.ExpiresAt); err != nil {
				return err
			}
			return t.afterConsent(ctx, a, e.clinic, e.WrittenConsent, "consent.expire")
		})
		if err != nil {
			failed = append(failed, fmt.Errorf("ending consent %s: %w", e.ID, err))
			continue
		}
		n++
	}
	return n, errors.Join(append(failed, err)...)
}
