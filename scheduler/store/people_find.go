package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// peopleListed is how many people are listed when a query does not say.
const peopleListed = 50

// FindPeople lists the people of a clinic whom the actor may see and a query means, by name. Names are sealed, so all
// of them are opened for each query. Invalid, in field "query", when the text is too long, and in "after" when the
// person after whom to go on is not in the list any more.
func (db *DB) FindPeople(ctx context.Context, a access.Actor, clinic scheduler.ID,
	q reads.PeopleQuery) (reads.PeoplePage, error) {
	if err := access.CheckIn(a, access.PersonView, string(clinic)); err != nil {
		return reads.PeoplePage{}, err
	}
	if len(q.Text) > scheduler.MostSearchText {
		return reads.PeoplePage{}, fault.In("query", "This is too long for a search. Shorten it.")
	}
	if q.Limit <= 0 {
		q.Limit = peopleListed
	}
	var page reads.PeoplePage
	err := db.view(ctx, func(t *tx) error {
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		found, err := t.matching(ctx, a, key, clinic, scheduler.NewPersonSearch(q.Text))
		if err != nil {
			return err
		}
		page = reads.PeoplePage{Total: len(found)}
		if found, err = behind(found, q.After); err != nil {
			return err
		}
		if len(found) > q.Limit {
			found = found[:q.Limit]
			page.Next = found[q.Limit-1].id
		}
		ids := make([]scheduler.ID, len(found))
		for i, f := range found {
			ids[i] = f.id
		}
		page.People, err = t.personRows(ctx, a, key, clinic, ids)
		return err
	})
	return page, err
}

// match is a person who was found, and how their name is put in order.
type match struct {
	id    scheduler.ID
	order string
}

// behind gives what comes after a person in a list.
func behind(found []match, after scheduler.ID) ([]match, error) {
	if after == "" {
		return found, nil
	}
	i := slices.IndexFunc(found, func(m match) bool { return m.id == after })
	if i < 0 {
		return nil, fault.In("after", "The list has changed. Start again from its first page.")
	}
	return found[i+1:], nil
}

// matching opens of everybody what a search compares, and gives those whom it means and the actor may see, by name.
func (t *tx) matching(ctx context.Context, a access.Actor, key *clinicKey, clinic scheduler.ID,
	search scheduler.PersonSearch) ([]match, error) {
	identified, err := t.identified(ctx, key, clinic, search)
	if err != nil {
		return nil, err
	}
	columns := []string{"name"}
	if search.AsksEmails() {
		columns = append(columns, "email")
	}
	if search.AsksPhones() {
		columns = append(columns, "phone")
	}
	rows, err := t.Query(ctx, "SELECT id, data_key, "+strings.Join(columns, ", ")+" FROM people WHERE clinic = ? "+
		"AND "+standing, clinic)
	if err != nil {
		return nil, err
	}
	var own sql.RawBytes
	kept := make([]sql.RawBytes, len(columns))
	found, err := sqldb.Collect(rows, func(rows *sql.Rows) (m match, err error) {
		into := []any{&m.id, &own, nil, nil, nil}[:2+len(columns)]
		for i := range kept {
			into[2+i] = &kept[i]
		}
		if err := rows.Scan(into...); err != nil {
			return m, err
		}
		c := scheduler.Contact{ExternalIDs: identified[m.id]}
		theirs := key.quiet().person(clinic, m.id, own)
		for i, column := range columns {
			text, err := opened(theirs, place(clinic, "people", column, m.id), kept[i])
			switch {
			case err != nil:
				return m, err
			case column == "name":
				c.Name = text
			case column == "email":
				c.Email = text
			default:
				c.Phone = text
			}
		}
		if !search.Matches(c) {
			return match{}, nil
		}
		m.order = scheduler.FoldName(c.Name)
		return m, nil
	})
	if err != nil {
		return nil, fmt.Errorf("searching people: %w", err)
	}
	found = slices.DeleteFunc(found, func(m match) bool { return m.id == "" })
	if found, err = t.seenMatches(ctx, a, clinic, found); err != nil {
		return nil, err
	}
	slices.SortFunc(found,
		func(a, b match) int { return cmp.Or(strings.Compare(a.order, b.order), cmp.Compare(a.id, b.id)) })
	return found, nil
}

// seenMatches leaves out who the actor may not see.
func (t *tx) seenMatches(ctx context.Context, a access.Actor, clinic scheduler.ID, found []match) ([]match, error) {
	reach, err := t.reachFor(ctx, a, clinic)
	if err != nil || reach.all {
		return found, err
	}
	ids := make([]scheduler.ID, len(found))
	for i, m := range found {
		ids[i] = m.id
	}
	if ids, err = t.seenPeople(ctx, reach, clinic, ids); err != nil {
		return nil, err
	}
	slices.Sort(ids)
	return slices.DeleteFunc(found, func(m match) bool {
		_, seen := slices.BinarySearch(ids, m.id)
		return !seen
	}), nil
}

// mostAsIDs is how many words of a search are looked up as ids of other systems.
const mostAsIDs = 8

// identified finds people by their ids in other systems, through the blind index: a word of the search is one of them,
// whatever its case.
func (t *tx) identified(ctx context.Context, key *clinicKey, clinic scheduler.ID,
	search scheduler.PersonSearch) (map[scheduler.ID][]scheduler.ExternalID, error) {
	if search.IsEmpty() {
		return nil, nil
	}
	ids, words := map[string]scheduler.ExternalID{}, search.Words()
	for _, word := range words[:min(len(words), mostAsIDs)] {
		ids[anyExternalIndex(key, word)] = scheduler.ExternalID{Value: word}
	}
	found := map[scheduler.ID][]scheduler.ExternalID{}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(ids)), mostListed) {
		in, args := sqldb.List(part)
		rows, err := t.Query(ctx, `
			SELECT x.person, x.any_index FROM external_ids x JOIN people p ON p.id = x.person
			WHERE p.`+ofClinic+` AND x.any_index IN (`+in+`)`, append([]any{clinic}, args...)...)
		if err != nil {
			return nil, err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
			var person scheduler.ID
			var index string
			if err := rows.Scan(&person, &index); err != nil {
				return none, err
			}
			found[person] = append(found[person], ids[index])
			return none, nil
		})
		if err != nil {
			return nil, fmt.Errorf("looking for ids of other systems: %w", err)
		}
	}
	return found, nil
}
