package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// mostLetters is how many letters one print has at most; more than a cohort has people.
const mostLetters = 500

// Letters gives what letters to people say: their dates to come, in order, and their private page if the actor may see
// it. People whom the actor may not see are left out, and so are those without a date.
func (db *DB) Letters(ctx context.Context, a access.Actor, clinic scheduler.ID,
	people []scheduler.ID) (letters []reads.Letter, err error) {
	if err := access.CheckIn(a, access.PersonView, string(clinic)); err != nil {
		return nil, err
	}
	err = db.view(ctx, func(t *tx) error {
		letters = nil
		reach, err := t.reachFor(ctx, a, clinic)
		if err != nil {
			return err
		}
		seen, err := t.seenPeople(ctx, reach, clinic, people[:min(len(people), mostLetters)])
		if err != nil {
			return err
		}
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		contact, err := t.contactOf(ctx, clinic)
		if err != nil {
			return err
		}
		settings, err := t.settingsOf(ctx, clinic, seen)
		if err != nil {
			return err
		}
		for _, person := range seen {
			letter, err := t.letter(ctx, clinic, person, key)
			if err != nil {
				return err
			}
			letter.Contact, letter.Post = contact, settings[person].Contact.Post
			letter.Items = slices.DeleteFunc(letter.Items, func(i reads.Item) bool {
				return !reach.sees(i.Cohort) || !i.State.Occupies() || !i.End.After(db.now())
			})
			if !access.Can(a, access.LinkView) {
				letter.Page = ""
			}
			if len(letter.Items) > 0 {
				letters = append(letters, letter)
			}
		}
		return nil
	})
	return letters, err
}

// letter reads what a letter to one person says.
func (t *tx) letter(ctx context.Context, clinic, person scheduler.ID, key *clinicKey) (l reads.Letter, err error) {
	l.Person = person
	var name, own []byte
	err = t.Row(ctx, "SELECT name, data_key, zone, language FROM people WHERE clinic = ? AND id = ?", clinic, person).
		Scan(&name, &own, &l.Zone, &l.Language)
	if errors.Is(err, sql.ErrNoRows) {
		return l, noPerson()
	}
	if err != nil {
		return l, fmt.Errorf("reading whom a letter goes to: %w", err)
	}
	l.Name, err = opened(key.person(clinic, person, own), place(clinic, "people", "name", person), name)
	if err != nil {
		return l, err
	}
	links, err := t.links(ctx, clinic, []scheduler.ID{person})
	if err != nil {
		return l, err
	}
	l.Page = links[person].Page
	reads.ViewingOf(ctx).Saw(reads.FieldCare, person)
	l.Items, err = t.items(ctx, clinic, person)
	return l, err
}
