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

// alike lists who may be the same as a person, by the rules of enrolling: a like name with the same address or number,
// or an id of another system in common. Whom the actor may not see is left out.
func (t *tx) alike(ctx context.Context, a access.Actor, clinic scheduler.ID,
	p reads.Person) (all []reads.PersonAlike, err error) {
	known, err := t.known(ctx, clinic, p.Contact, nil)
	if err != nil {
		return nil, fmt.Errorf("looking for people like %s: %w", p.ID, err)
	}
	by := map[scheduler.ID][]string{}
	var ids []scheduler.ID
	for _, k := range known {
		if k.Person != p.ID {
			ids = append(ids, k.Person)
			by[k.Person] = p.Contact.Shares(k.Contact)
		}
	}
	rows, err := t.seenRows(ctx, a, clinic, ids)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		all = append(all, reads.PersonAlike{PersonRow: row, By: by[row.ID]})
	}
	return all, nil
}

// fillAlike marks the people of a list who have a like name and the same address or number as somebody else.
func (t *tx) fillAlike(ctx context.Context, key *clinicKey, clinic scheduler.ID, ids []scheduler.ID,
	at map[scheduler.ID]*reads.PersonRow) error {
	in, args := sqldb.List(ids)
	args = append([]any{clinic}, args...)
	rows, err := t.Query(ctx, `
		SELECT p.id, o.id, o.name, o.data_key
		FROM people p JOIN people o ON o.clinic = p.clinic AND o.email_index = p.email_index
		WHERE p.`+ofClinic+` AND p.id IN (`+in+`) AND p.email_index <> '' AND o.merged_into = '' AND o.id <> p.id
		UNION
		SELECT p.id, o.id, o.name, o.data_key
		FROM people p JOIN people o ON o.clinic = p.clinic AND o.phone_index = p.phone_index
		WHERE p.`+ofClinic+` AND p.id IN (`+in+`) AND p.phone_index <> '' AND o.merged_into = '' AND o.id <> p.id`,
		slices.Concat(args, args)...)
	if err != nil {
		return err
	}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var id, other scheduler.ID
		var kept, own []byte
		if err := rows.Scan(&id, &other, &kept, &own); err != nil {
			return none, err
		}
		name, err := opened(key.quiet().person(clinic, other, own), place(clinic, "people", "name", other), kept)
		if err == nil && scheduler.LikeName(name, at[id].Name) {
			at[id].Twice = true
		}
		return none, err
	})
	return err
}
