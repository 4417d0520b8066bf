package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"almanac/scheduler"
	"almanac/scheduler/store/sqldb"
)

// bookPeople lists who own seats in the rosters, and the named; each once.
func bookPeople(rosters []*scheduler.Roster, named []scheduler.ID) []scheduler.ID {
	who := slices.Clone(named)
	for _, r := range rosters {
		for _, s := range r.Seats {
			who = append(who, s.Person)
		}
	}
	slices.Sort(who)
	return slices.Compact(who)
}

// personRow is a person with one of their consents.
type personRow struct {
	person  scheduler.Person
	channel sql.NullString
}

// people gives what the rules know of those among ids who are the clinic's. A
// channel counts when there is an address, a consent that was not taken back, and
// no refusal of the address by its provider.
func (t *tx) people(ctx context.Context, clinic scheduler.ID,
	ids []scheduler.ID) (map[scheduler.ID]*scheduler.Person, error) {
	var found []personRow
	for part := range slices.Chunk(ids, mostListed) {
		among, args := sqldb.Among(t.Tx, "p.id", part)
		rows, err := t.Query(ctx, `
SELECT p.id, p.zone, p.language, p.merged_into, p.erased_at <> '', coalesce(s.short_notice, 0), c.channel
FROM people p LEFT JOIN settings s ON s.person = p.id
LEFT JOIN consents c ON c.person = p.id AND c.revoked_at = '' AND `+consentCounts+`
WHERE p.`+ofClinic+` AND `+among+` ORDER BY p.id, c.given_at, c.channel`, append([]any{clinic}, args...)...)
		if err != nil {
			return nil, err
		}
		some, err := sqldb.Collect(rows, func(r *sql.Rows) (row personRow, err error) {
			return row, r.Scan(&row.person.ID, &row.person.Zone, &row.person.Language, &row.person.MergedInto,
				&row.person.Erased, &row.person.ShortNotice, &row.channel)
		})
		if err != nil {
			return nil, fmt.Errorf("loading people: %w", err)
		}
		found = append(found, some...)
	}
	people := map[scheduler.ID]*scheduler.Person{}
	for _, row := range found {
		p := people[row.person.ID]
		if p == nil {
			p = &row.person
			people[p.ID] = p
		}
		channel := scheduler.Channel(row.channel.String)
		if row.channel.Valid && !slices.Contains(p.Reach, channel) {
			p.Reach = append(p.Reach, channel)
		}
	}
	return people, nil
}

// pairs tells whether people are kept apart who may be in the book.
func (w *whole) pairs() bool {
	for _, p := range w.rare {
		if p.pairs {
			return true
		}
	}
	return false
}

// keptApart gives the pairs of which at least one is among the people.
func (t *tx) keptApart(ctx context.Context, clinic scheduler.ID,
	people map[scheduler.ID]*scheduler.Person) ([][2]scheduler.ID, error) {
	rows, err := t.Query(ctx,
		"SELECT person_a, person_b FROM keep_apart WHERE clinic = ? ORDER BY person_a, person_b", clinic)
	if err != nil {
		return nil, err
	}
	all, err := sqldb.Collect(rows,
		func(rows *sql.Rows) (pair [2]scheduler.ID, err error) { return pair, rows.Scan(&pair[0], &pair[1]) })
	if err != nil {
		return nil, fmt.Errorf("loading who is kept apart: %w", err)
	}
	return slices.DeleteFunc(all,
		func(pair [2]scheduler.ID) bool { return people[pair[0]] == nil && people[pair[1]] == nil }), nil
}

// saveApart writes which pairs of people are kept apart from now on, and forgets
// the others.
func (s *saving) saveApart(ctx context.Context, l *loaded) error {
	var rows [][]any
	for _, pair := range l.book.KeptApart {
		if !slices.Contains(l.apart, pair) {
			rows = append(rows, []any{s.clinic, min(pair[0], pair[1]), max(pair[0], pair[1]), sqldb.Stamp(s.now),
				s.actor.String()})
		}
	}
	for _, pair := range l.apart {
		if slices.Contains(l.book.KeptApart, pair) {
			continue
		}
		s.saved = true
		err := s.Exec(ctx, "DELETE FROM keep_apart WHERE clinic = ? AND person_a = ? AND person_b = ?", s.clinic,
			pair[0], pair[1])
		if err != nil {
			return err
		}
	}
	if len(rows) > 0 {
		s.saved = true
	}
	return s.Insert(ctx, "INSERT INTO keep_apart (clinic, person_a, person_b, at, by_actor)", rows,
		" ON CONFLICT (clinic, person_a, person_b) DO NOTHING")
}
