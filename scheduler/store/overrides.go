package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
	"almanac/scheduler/store/sqldb"
)

// saveOverrides writes who may lead without a credential, and why. A row never
// changes; another reason is another row.
func (s *saving) saveOverrides(ctx context.Context, l *loaded) error {
	if len(l.book.Overrides) == 0 {
		return nil
	}
	s.saved = true
	key, err := s.key(ctx, s.clinic)
	if err != nil {
		return err
	}
	rows := make([][]any, len(l.book.Overrides))
	for i, o := range l.book.Overrides {
		id := randomID()
		reason := sealed(key, overridePlace(s.clinic, id), o.Reason)
		rows[i] = []any{id, s.clinic, o.Cohort, o.Session, o.Staff, o.Credential, reason, sqldb.Stamp(s.now),
			s.actor.String()}
	}
	return s.Insert(ctx,
		"INSERT INTO credential_overrides (id, clinic, cohort, session, staff, credential, reason, at, by_actor)", rows,
		"")
}

// overridePlace binds a reason to its row.
func overridePlace(clinic, id scheduler.ID) seal.Place {
	return place(clinic, "credential_overrides", "reason", id)
}

// overridesOf reads who may lead a cohort or one of its sessions without a
// credential, the first in front, with the names of staff. Why, and who said so,
// is for those who name facilitators themselves.
func (t *tx) overridesOf(ctx context.Context, a access.Actor, clinic, cohort scheduler.ID,
	key *clinicKey) ([]reads.CredentialOverride, error) {
	rows, err := t.Query(ctx, `SELECT id, session, staff, credential, reason, at, by_actor FROM credential_overrides
WHERE clinic = ? AND cohort = ? ORDER BY at, id`, clinic, cohort)
	if err != nil {
		return nil, err
	}
	all, err := sqldb.Collect(rows, func(rows *sql.Rows) (o reads.CredentialOverride, err error) {
		var id scheduler.ID
		var reason []byte
		if err := rows.Scan(&id, &o.Session, &o.Staff, &o.Credential, &reason, sqldb.When(&o.At), &o.By); err != nil {
			return o, err
		}
		o.Cohort = cohort
		if !access.Can(a, access.CohortChange) {
			o.By = ""
			return o, nil
		}
		o.Reason, err = opened(key, overridePlace(clinic, id), reason)
		return o, err
	})
	if err != nil {
		return nil, fmt.Errorf("reading who leads without a credential: %w", err)
	}
	names := map[scheduler.ID]string{"": ""}
	for i := range all {
		by, _ := strings.CutPrefix(all[i].By, string(access.KindStaff)+":")
		if by == all[i].By { // nobody of the staff
			by = ""
		}
		for _, id := range []scheduler.ID{all[i].Staff, scheduler.ID(by)} {
			if _, known := names[id]; known {
				continue
			}
			if names[id], err = t.staffName(ctx, clinic, id, key); err != nil {
				return nil, err
			}
		}
		all[i].Name, all[i].By = names[all[i].Staff], names[scheduler.ID(by)]
	}
	return all, nil
}
