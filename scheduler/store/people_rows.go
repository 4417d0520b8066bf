package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// PersonRows reads what a list shows of people whom the actor may see, in the order of their ids. Others are left out.
func (db *DB) PersonRows(ctx context.Context, a access.Actor, clinic scheduler.ID,
	ids []scheduler.ID) ([]reads.PersonRow, error) {
	if err := access.CheckIn(a, access.PersonView, string(clinic)); err != nil {
		return nil, err
	}
	var all []reads.PersonRow
	err := db.view(ctx, func(t *tx) (err error) {
		all, err = t.seenRows(ctx, a, clinic, ids)
		return err
	})
	return all, err
}

// personRows reads what a list shows of people, in the order of their ids. Of cohorts that the actor may not see it
// says nothing.
func (t *tx) personRows(ctx context.Context, a access.Actor, key *clinicKey, clinic scheduler.ID,
	ids []scheduler.ID) ([]reads.PersonRow, error) {
	reach, err := t.reachFor(ctx, a, clinic)
	if err != nil {
		return nil, err
	}
	all := make([]reads.PersonRow, len(ids))
	at := make(map[scheduler.ID]*reads.PersonRow, len(ids))
	for i, id := range ids {
		all[i].ID, at[id] = id, &all[i]
	}
	for part := range slices.Chunk(ids, mostListed) {
		if err := t.fillContacts(ctx, key, clinic, part, at); err != nil {
			return nil, fmt.Errorf("reading people: %w", err)
		}
		if err := t.fillAlike(ctx, key, clinic, part, at); err != nil {
			return nil, fmt.Errorf("looking for people who stand twice: %w", err)
		}
		if err := t.fillGroups(ctx, clinic, part, reach, at); err != nil {
			return nil, fmt.Errorf("reading enrollments of people: %w", err)
		}
	}
	return all, nil
}

// fillContacts opens names, addresses and ids of other systems.
func (t *tx) fillContacts(ctx context.Context, key *clinicKey, clinic scheduler.ID, ids []scheduler.ID,
	at map[scheduler.ID]*reads.PersonRow) error {
	in, args := sqldb.List(ids)
	args = append([]any{clinic}, args...)
	rows, err := t.Query(ctx,
		"SELECT id, data_key, name, email, phone FROM people WHERE "+ofClinic+" AND id IN ("+in+")", args...)
	if err != nil {
		return err
	}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var id scheduler.ID
		var own, name, email, phone []byte
		if err := rows.Scan(&id, &own, &name, &email, &phone); err != nil {
			return none, err
		}
		p, theirs := at[id], key.person(clinic, id, own)
		for _, column := range []struct {
			name string
			kept []byte
			into *string
		}{{"name", name, &p.Name}, {"email", email, &p.Email}, {"phone", phone, &p.Phone}} {
			if *column.into, err = opened(theirs, place(clinic, "people", column.name, id), column.kept); err != nil {
				return none, err
			}
		}
		return none, nil
	})
	if err != nil {
		return err
	}
	rows, err = t.Query(ctx, `
		SELECT x.person, x.system, x.value, p.data_key FROM external_ids x JOIN people p ON p.id = x.person
		WHERE p.`+ofClinic+` AND x.person IN (`+in+`) ORDER BY x.person, x.system`, args...)
	if err != nil {
		return err
	}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var person scheduler.ID
		var id scheduler.ExternalID
		var value, own []byte
		if err := rows.Scan(&person, &id.System, &value, &own); err != nil {
			return none, err
		}
		id.Value, err = opened(key.person(clinic, person, own), externalPlace(clinic, person, id.System), value)
		if err != nil {
			return none, err
		}
		at[person].ExternalIDs = append(at[person].ExternalIDs, id)
		return none, nil
	})
	return err
}

// fillGroups reads the enrollments of people, the latest first.
func (t *tx) fillGroups(ctx context.Context, clinic scheduler.ID, ids []scheduler.ID, reach reachOf,
	at map[scheduler.ID]*reads.PersonRow) error {
	in, args := sqldb.List(ids)
	rows, err := t.Query(ctx, `
		SELECT e.person, e.id, e.cohort, c.name, e.state, e.requested_at, coalesce(s.local_start, '')
		FROM enrollments e JOIN cohorts c ON c.id = e.cohort LEFT JOIN sessions s ON s.id = e.entry
		WHERE e.`+ofClinic+` AND e.person IN (`+in+`) ORDER BY e.person, e.requested_at DESC, e.id`,
		append([]any{clinic}, args...)...)
	if err != nil {
		return err
	}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var person scheduler.ID
		var g reads.PersonGroup
		if err := rows.Scan(&person, &g.Enrollment, &g.Cohort, &g.CohortName, &g.State, sqldb.When(&g.RequestedAt),
			sqldb.Text(&g.Entry)); err != nil {
			return none, err
		}
		if reach.sees(g.Cohort) {
			at[person].Groups = append(at[person].Groups, g)
		}
		return none, nil
	})
	return err
}
