package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/store/sqldb"
)

// recognized gives the contact data that a request describes, and the known people of the
// clinic who share an address, a number or an external id with it; it adds them to the load.
// Both are empty when the load describes nobody.
func (t *tx) recognized(ctx context.Context, clinic scheduler.Clinic, rosters []*scheduler.Roster,
	load *desk.Load) (scheduler.Contact, []scheduler.Known, error) {
	if load.Newcomer == nil && load.Newcomers == nil && load.Edit == nil {
		return scheduler.Contact{}, nil, nil
	}
	var cohort *scheduler.Roster
	for _, r := range rosters {
		if slices.Contains(load.Cohorts, r.Cohort.ID) {
			cohort = r
		}
	}
	if load.Newcomers != nil {
		known, err := t.knownAmong(ctx, clinic.ID, load.Newcomers(clinic, cohort), load.People)
		if err != nil {
			return scheduler.Contact{}, nil, fmt.Errorf("looking for the known people of a table: %w", err)
		}
		load.People = withKnown(load.People, known)
		return scheduler.Contact{}, known, nil
	}
	who, err := t.described(ctx, clinic, cohort, *load)
	if err != nil {
		return who, nil, err
	}
	known, err := t.known(ctx, clinic.ID, who, load.People)
	if err != nil {
		return who, nil, fmt.Errorf("looking for known people: %w", err)
	}
	load.People = withKnown(load.People, known)
	return who, known, nil
}

func withKnown(people []scheduler.ID, known []scheduler.Known) []scheduler.ID {
	people = slices.Clone(people)
	for _, k := range known {
		people = append(people, k.Person)
	}
	return people
}

// described gives the contact data that a request describes: of somebody who is enrolled, or of a person to edit.
func (t *tx) described(ctx context.Context, clinic scheduler.Clinic, cohort *scheduler.Roster,
	load desk.Load) (scheduler.Contact, error) {
	if load.Edit == nil {
		return load.Newcomer(clinic, cohort)
	}
	if len(load.People) == 0 {
		return scheduler.Contact{}, noPerson()
	}
	p, err := t.contact(ctx, clinic.ID, load.People[0])
	if err != nil {
		return scheduler.Contact{}, err
	}
	return load.Edit(clinic, p.Person, p.Contact)
}

// withTheirs adds the living enrollments of the people that a load names.
func (t *tx) withTheirs(ctx context.Context, clinic scheduler.ID, load desk.Load) (desk.Load, error) {
	if !load.Theirs {
		return load, nil
	}
	load.Enrollments = slices.Clone(load.Enrollments)
	for _, person := range load.People {
		rows, err := t.Query(ctx, `
			SELECT id FROM enrollments WHERE person = ? AND `+ofClinic+`
			  AND state NOT IN ('completed', 'withdrawn') ORDER BY id`, person, clinic)
		if err != nil {
			return load, err
		}
		theirs, err := sqldb.Collect(rows, scanID)
		if err != nil {
			return load, fmt.Errorf("looking for the enrollments of person %s: %w", person, err)
		}
		load.Enrollments = append(load.Enrollments, theirs...)
	}
	return load, nil
}

// sharer is somebody who shares an address, a number or an external id.
type sharer struct {
	id          scheduler.ID
	sealed, own []byte // their name, and their key
	external    int    // 1: an external id
}

// known finds who has an id of another system in common with a contact, who has an
// address or a number in common and a like name, and the named. Only their names are
// opened to tell, and the contact data of those who are left.
func (t *tx) known(ctx context.Context, clinic scheduler.ID, who scheduler.Contact,
	named []scheduler.ID) ([]scheduler.Known, error) {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	sharers, err := t.sharers(ctx, key, clinic, who)
	if err != nil {
		return nil, err
	}
	meant := slices.Clone(named)
	for _, s := range sharers {
		name, err := opened(key.quiet().person(clinic, s.id, s.own), place(clinic, "people", "name", s.id), s.sealed)
		if s.external == 1 || err == nil && scheduler.LikeName(name, who.Name) {
			meant = append(meant, s.id)
		}
	}
	var known []scheduler.Known
	for i, id := range meant {
		if slices.Contains(meant[:i], id) {
			continue
		}
		p, err := t.contact(ctx, clinic, id)
		if fault.Is(err, fault.NotFound) {
			continue // named, and unknown: anyone who loads people says so
		}
		if err != nil {
			return nil, err
		}
		known = append(known, scheduler.Known{Person: id, Contact: p.Contact})
	}
	return known, nil
}

// sharers asks the blind indexes, the oldest person first.
func (t *tx) sharers(ctx context.Context, key *clinicKey, clinic scheduler.ID,
	who scheduler.Contact) ([]sharer, error) {
	var parts []string
	var args []any
	ask := func(condition, external string, values ...any) {
		parts = append(parts,
			"SELECT p.id, p.name, p.data_key, p.created_at, "+external+
				" AS external FROM people p WHERE p.clinic = ? AND p.merged_into = '' AND "+condition)
		args = append(append(args, clinic), values...)
	}
	if who.Email != "" {
		ask("p.email_index = ?", "0", emailIndex(key, who.Email))
	}
	if who.Phone != "" {
		ask("p.phone_index = ?", "0", phoneIndex(key, who.Phone))
	}
	for _, id := range who.ExternalIDs {
		ask("p.id IN (SELECT x.person FROM external_ids x WHERE x.value_index = ?)", "1", externalIndex(key, id))
	}
	if len(parts) == 0 {
		return nil, nil
	}
	rows, err := t.Query(ctx, strings.Join(parts, " UNION ALL ")+" ORDER BY created_at, id", args...)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (s sharer, err error) {
		var created string
		return s, rows.Scan(&s.id, &s.sealed, &s.own, &created, &s.external)
	})
}
