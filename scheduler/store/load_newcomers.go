package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/store/sqldb"
)

// knownAmong is known for many people at once: a few queries, however many there are. Who shares something with any
// of them is given, the oldest person first, and the named.
func (t *tx) knownAmong(ctx context.Context, clinic scheduler.ID, newcomers []scheduler.Contact,
	named []scheduler.ID) ([]scheduler.Known, error) {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	ids := slices.Clone(named)
	for _, by := range []struct {
		find  string // people whose blind index is among some values; the index belongs to one clinic's key
		index string
		of    func(scheduler.Contact) []string
	}{
		{"SELECT id FROM people WHERE clinic = ? AND merged_into = '' AND ", "email_index",
			func(c scheduler.Contact) []string { return []string{emailIndex(key, c.Email)} }},
		{"SELECT id FROM people WHERE clinic = ? AND merged_into = '' AND ", "phone_index",
			func(c scheduler.Contact) []string { return []string{phoneIndex(key, c.Phone)} }},
		{"SELECT person FROM external_ids WHERE ", "value_index",
			func(c scheduler.Contact) (all []string) {
				for _, id := range c.ExternalIDs {
					all = append(all, externalIndex(key, id))
				}
				return all
			}},
	} {
		var values []string
		for _, c := range newcomers {
			values = append(values, by.of(c)...)
		}
		values = slices.DeleteFunc(values, func(v string) bool { return v == "" })
		slices.Sort(values)
		found, err := t.peopleBy(ctx, clinic, by.find, by.index, slices.Compact(values))
		if err != nil {
			return nil, err
		}
		ids = append(ids, found...)
	}
	slices.Sort(ids)
	contacts, err := t.contacts(ctx, clinic, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	known := make([]scheduler.Known, len(contacts))
	for i, c := range contacts {
		known[i] = scheduler.Known{Person: c.ID, Contact: c.Contact}
	}
	return known, nil
}

// peopleBy lists the people with one of the values in a blind index.
func (t *tx) peopleBy(ctx context.Context, clinic scheduler.ID, find, index string,
	values []string) (ids []scheduler.ID, err error) {
	for part := range slices.Chunk(values, mostListed) {
		among, args := sqldb.Among(t.Tx, index, part)
		if strings.Contains(find, "clinic") {
			args = append([]any{clinic}, args...)
		}
		rows, err := t.Query(ctx, find+among, args...)
		if err != nil {
			return nil, err
		}
		found, err := sqldb.Collect(rows, func(r *sql.Rows) (id scheduler.ID, err error) { return id, r.Scan(&id) })
		if err != nil {
			return nil, err
		}
		ids = append(ids, found...)
	}
	return ids, nil
}

// contactRow is a person with their contact data.
type contactRow struct {
	ID             scheduler.ID
	Zone, Language string
	scheduler.Contact
	createdAt string
}

// contacts opens the contact data of people, the oldest first. Of ids that are nobody's at the clinic there is none.
func (t *tx) contacts(ctx context.Context, clinic scheduler.ID, ids []scheduler.ID) ([]contactRow, error) {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	var all []contactRow
	for part := range slices.Chunk(ids, mostListed) {
		among, args := sqldb.Among(t.Tx, "p.id", part)
		rows, err := t.Query(ctx, `SELECT p.id, p.zone, p.language, p.created_at, p.data_key, p.name, p.email, p.phone
FROM people p
WHERE p.`+ofClinic+` AND p.merged_into = '' AND `+among, append([]any{clinic}, args...)...)
		if err != nil {
			return nil, err
		}
		found, err := sqldb.Collect(rows, func(r *sql.Rows) (contactRow, error) { return scanContact(r, clinic, key) })
		if err != nil {
			return nil, err
		}
		at := make(map[scheduler.ID]*scheduler.Contact, len(found))
		for i := range found {
			at[found[i].ID] = &found[i].Contact
		}
		if err := t.addConsents(ctx, part, at); err != nil {
			return nil, err
		}
		if err := t.addExternalIDs(ctx, clinic, key, part, at); err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, func(a, b contactRow) int {
		return slices.Compare([]string{a.createdAt, string(a.ID)}, []string{b.createdAt, string(b.ID)})
	})
	return all, nil
}

func scanContact(r *sql.Rows, clinic scheduler.ID, key *clinicKey) (c contactRow, err error) {
	var own, name, email, phone []byte
	if err := r.Scan(&c.ID, &c.Zone, &c.Language, &c.createdAt, &own, &name, &email, &phone); err != nil {
		return c, err
	}
	theirs := key.person(clinic, c.ID, own)
	for _, column := range []struct {
		name string
		kept []byte
		into *string
	}{{"name", name, &c.Name}, {"email", email, &c.Email}, {"phone", phone, &c.Phone}} {
		if *column.into, err = opened(theirs, place(clinic, "people", column.name, c.ID), column.kept); err != nil {
			return c, err
		}
	}
	return c, nil
}

// addConsents adds the living consents of people, the first given in front.
func (t *tx) addConsents(ctx context.Context, ids []scheduler.ID, at map[scheduler.ID]*scheduler.Contact) error {
	among, args := sqldb.Among(t.Tx, "person", ids)
	rows, err := t.Query(ctx, "SELECT person, channel, text_version, given_at, how FROM consents WHERE revoked_at "+
		"= '' AND "+
		among+" ORDER BY given_at, channel", args...)
	if err != nil {
		return fmt.Errorf("reading consents: %w", err)
	}
	_, err = sqldb.Collect(rows, func(r *sql.Rows) (id scheduler.ID, err error) {
		var c scheduler.Consent
		if err := r.Scan(&id, &c.Channel, &c.TextVersion, sqldb.When(&c.GivenAt), &c.How); err != nil {
			return id, err
		}
		if who := at[id]; who != nil {
			who.Consents = append(who.Consents, c)
		}
		return id, nil
	})
	return err
}

// addExternalIDs adds what other systems call people, by system.
func (t *tx) addExternalIDs(ctx context.Context, clinic scheduler.ID, key *clinicKey, ids []scheduler.ID,
	at map[scheduler.ID]*scheduler.Contact) error {
	among, args := sqldb.Among(t.Tx, "x.person", ids)
	rows, err := t.Query(ctx, "SELECT x.person, x.system, x.value, p.data_key FROM external_ids x "+
		"JOIN people p ON p.id = x.person WHERE p.clinic = ? AND "+among+" ORDER BY x.system",
		append([]any{clinic}, args...)...)
	if err != nil {
		return fmt.Errorf("reading external ids: %w", err)
	}
	_, err = sqldb.Collect(rows, func(r *sql.Rows) (id scheduler.ID, err error) {
		var x scheduler.ExternalID
		var value, own []byte
		if err := r.Scan(&id, &x.System, &value, &own); err != nil {
			return id, err
		}
		if x.Value, err = opened(key.person(clinic, id, own), externalPlace(clinic, id, x.System), value); err != nil {
			return id, err
		}
		if who := at[id]; who != nil {
			who.ExternalIDs = append(who.ExternalIDs, x)
		}
		return id, nil
	})
	return err
}
