package store

import (
	"context"
	"database/sql"
	"fmt"

	"almanac/scheduler"
	"almanac/scheduler/seal"
)

// recognise brings what was stored before people were recognised to today's form.
// What does not open is left as it is: it is reported where it is read.
func recognise(ctx context.Context, t *tx) error {
	rows, err := t.query(ctx, "SELECT id FROM clinics ORDER BY id")
	if err != nil {
		return err
	}
	clinics, err := collect(rows, scanID)
	if err != nil {
		return fmt.Errorf("listing clinics: %w", err)
	}
	for _, clinic := range clinics {
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		for _, table := range []string{"people", "staff"} {
			if err := t.normalizeEmails(ctx, key, clinic, table); err != nil {
				return fmt.Errorf("normalizing the addresses of %s: %w", table, err)
			}
		}
		if err := t.indexExternalIDs(ctx, key, clinic); err != nil {
			return fmt.Errorf("indexing external ids: %w", err)
		}
	}
	now := stamp(t.db.now())
	err = t.exec(ctx, "UPDATE consents SET revoked_at = ? WHERE revoked_at = '' AND (text_version = '' OR given_at > ?)", now, now)
	if err != nil {
		return fmt.Errorf("taking back consents that count for nothing: %w", err)
	}
	return nil
}

// emailRow is an address as it is stored.
type emailRow struct {
	id     scheduler.ID
	sealed []byte
	index  string
}

// normalizeEmails writes the addresses of a table, people or staff, with A-labels,
// and their indexes. An address of staff that somebody else has by now stays.
func (t *tx) normalizeEmails(ctx context.Context, key *seal.Key, clinic scheduler.ID, table string) error {
	rows, err := t.query(ctx, "SELECT id, email, email_index FROM "+table+" WHERE clinic = ? AND email IS NOT NULL ORDER BY id", clinic)
	if err != nil {
		return err
	}
	all, err := collect(rows, func(rows *sql.Rows) (r emailRow, err error) { return r, rows.Scan(&r.id, &r.sealed, &r.index) })
	if err != nil {
		return err
	}
	taken := map[string]bool{}
	for _, r := range all {
		taken[r.index] = true
	}
	for _, r := range all {
		where := place(clinic, table, "email", r.id)
		email, err := opened(key, where, r.sealed)
		if err != nil {
			continue
		}
		tidy, refused := scheduler.CheckEmail(email)
		index := emailIndex(key, tidy)
		if refused != nil || tidy == email && index == r.index || table == "staff" && index != r.index && taken[index] {
			continue
		}
		taken[index] = true
		err = t.exec(ctx, "UPDATE "+table+" SET email = ?, email_index = ? WHERE clinic = ? AND id = ?", key.Seal(where, tidy), index, clinic, r.id)
		if err != nil {
			return err
		}
	}
	return nil
}

// indexExternalIDs fills the index of a clinic's external ids.
func (t *tx) indexExternalIDs(ctx context.Context, key *seal.Key, clinic scheduler.ID) error {
	type row struct {
		person scheduler.ID
		system string
		sealed []byte
	}
	rows, err := t.query(ctx, "SELECT x.person, x.system, x.value FROM external_ids x JOIN people p ON p.id = x.person WHERE p.clinic = ?", clinic)
	if err != nil {
		return err
	}
	all, err := collect(rows, func(rows *sql.Rows) (r row, err error) { return r, rows.Scan(&r.person, &r.system, &r.sealed) })
	if err != nil {
		return err
	}
	for _, r := range all {
		value, err := opened(key, externalPlace(clinic, r.person, r.system), r.sealed)
		if err != nil {
			continue
		}
		err = t.exec(ctx, "UPDATE external_ids SET value_index = ? WHERE person = ? AND system = ?",
			externalIndex(key, scheduler.ExternalID{System: r.system, Value: value}), r.person, r.system)
		if err != nil {
			return err
		}
	}
	return nil
}
