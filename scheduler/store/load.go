package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"almanac/scheduler"
)

// loaded is a book and what it was made of, so that the difference can be saved.
type loaded struct {
	book   *scheduler.Book
	people map[scheduler.ID]scheduler.Person // as they were
	revs   map[scheduler.ID]int64            // of the cohorts

	changes []*rosterChange // what was saved
}

// load makes the book of a change. It holds, of each cohort, all sessions, the
// enrollments that live (and the ended ones that are named or still sit in a
// session that is not over), and their seats. Of people it holds those who own
// seats, who are named, and who is first on the waitlist: the rest of a
// waitlist is nobody's business before its turn comes.
func (t *tx) load(ctx context.Context, clinic scheduler.Clinic, load scheduler.Load) (*loaded, error) {
	now := t.db.now()
	cohorts, err := t.cohortsToLoad(ctx, clinic.ID, load)
	if err != nil {
		return nil, err
	}
	l := &loaded{people: map[scheduler.ID]scheduler.Person{}, revs: map[scheduler.ID]int64{}}
	rosters := make([]*scheduler.Roster, 0, len(cohorts))
	for _, cohort := range cohorts {
		r, rev, err := t.roster(ctx, clinic.ID, cohort, load.Enrollments, now)
		if err != nil {
			return nil, fmt.Errorf("loading cohort %s: %w", cohort, err)
		}
		rosters = append(rosters, r)
		l.revs[cohort] = rev
	}
	who := t.bookPeople(clinic.ID, cohorts, namedPeople(rosters, load))
	people, err := t.people(ctx, clinic.ID, who)
	if err != nil {
		return nil, err
	}
	for _, id := range load.People {
		if people[id] == nil {
			return nil, notFound("There is no such person. Choose them from the list, or enter them as new.")
		}
	}
	if err := t.checkStaff(ctx, clinic.ID, load.Staff); err != nil {
		return nil, err
	}
	busy, err := t.commitments(ctx, clinic.ID, cohorts, who, leaders(rosters, load), now)
	if err != nil {
		return nil, err
	}
	for id, p := range people {
		l.people[id] = *p
	}
	l.book = scheduler.NewBook(clinic, now, t.db.zones, rosters, people, busy)
	return l, nil
}

// cohortsToLoad gives the cohorts that a Load names, by themselves or through
// one of their sessions or enrollments; each once.
func (t *tx) cohortsToLoad(ctx context.Context, clinic scheduler.ID, load scheduler.Load) ([]scheduler.ID, error) {
	cohorts := slices.Clone(load.Cohorts)
	if load.Running {
		running, err := t.runningCohorts(ctx, clinic)
		if err != nil {
			return nil, err
		}
		cohorts = append(cohorts, running...)
	}
	slices.Sort(cohorts)
	cohorts = slices.Compact(cohorts)
	for _, by := range []struct {
		ids     []scheduler.ID
		query   string
		missing string
	}{
		{load.Sessions, "SELECT cohort FROM sessions WHERE clinic = ? AND id = ?", "There is no such session. Choose one on the page of its cohort."},
		{load.Enrollments, "SELECT cohort FROM enrollments WHERE clinic = ? AND id = ?", "There is no such enrollment. Choose one on the page of its cohort."},
	} {
		for _, id := range by.ids {
			var cohort scheduler.ID
			err := t.row(ctx, by.query, clinic, id).Scan(&cohort)
			if isNoRows(err) {
				return nil, notFound("%s", by.missing)
			}
			if err != nil {
				return nil, fmt.Errorf("looking for what to load: %w", err)
			}
			if !slices.Contains(cohorts, cohort) {
				cohorts = append(cohorts, cohort)
			}
		}
	}
	return cohorts, nil
}

// namedPeople lists the people that the book needs beside those who own seats:
// the named, those of named or ended enrollments, and the first who wait.
func namedPeople(rosters []*scheduler.Roster, load scheduler.Load) []scheduler.ID {
	named := slices.Clone(load.People)
	for _, r := range rosters {
		var first *scheduler.Enrollment
		for _, e := range r.Enrollments {
			if !e.State.Live() || slices.Contains(load.Enrollments, e.ID) {
				named = append(named, e.Person)
			}
			if e.State == scheduler.Waiting && (first == nil || e.Priority > first.Priority) { // in order of asking
				first = e
			}
		}
		if first != nil {
			named = append(named, first.Person)
		}
	}
	slices.Sort(named)
	return slices.Compact(named)
}

// leaders lists the facilitators whose other sessions count.
func leaders(rosters []*scheduler.Roster, load scheduler.Load) []scheduler.ID {
	set := map[scheduler.ID]bool{}
	for _, id := range load.Staff {
		set[id] = true
	}
	for _, r := range rosters {
		set[r.Cohort.Lead] = true
		for _, s := range r.Sessions {
			set[s.Leader] = true
		}
	}
	delete(set, "")
	return slices.Sorted(maps.Keys(set))
}

// checkStaff refuses staff of another clinic, unknown or disabled.
func (t *tx) checkStaff(ctx context.Context, clinic scheduler.ID, staff []scheduler.ID) error {
	for _, id := range staff {
		var found scheduler.ID
		err := t.row(ctx, "SELECT id FROM staff WHERE clinic = ? AND id = ? AND disabled_at = ''", clinic, id).Scan(&found)
		if isNoRows(err) {
			return notFound("There is no such facilitator. Choose one from the list of staff.")
		}
		if err != nil {
			return fmt.Errorf("looking for a facilitator: %w", err)
		}
	}
	return nil
}

// selection is the head of a query that gives ids as "who".
type selection struct {
	with string
	args []any
}

// bookPeople selects those who own seats in the cohorts, and the named.
func (t *tx) bookPeople(clinic scheduler.ID, cohorts, named []scheduler.ID) selection {
	with := "WITH who (id) AS (SELECT ''"
	var args []any
	if len(cohorts) > 0 {
		with += ` UNION SELECT person FROM enrollments
WHERE clinic = ? AND cohort IN (` + marks(len(cohorts)) + `) AND has_seats = 1 AND state NOT IN ('completed', 'withdrawn')`
		args = append(append(args, clinic), anys(cohorts)...)
	}
	if len(named) > 0 {
		with += " UNION SELECT id FROM people WHERE " + ofClinic + " AND id IN (" + marks(len(named)) + ")"
		args = append(append(args, clinic), anys(named)...)
	}
	return selection{with + ") ", args}
}

// personRow is a person with one of their consents.
type personRow struct {
	person             scheduler.Person
	mailable, callable bool
	channel            sql.NullString
}

// people gives what the rules know of the selected. A channel counts when there
// is an address, a consent that was not taken back, and no refusal of the
// address by its provider.
func (t *tx) people(ctx context.Context, clinic scheduler.ID, who selection) (map[scheduler.ID]*scheduler.Person, error) {
	rows, err := t.query(ctx, who.with+`
SELECT p.id, p.zone, p.language, p.email IS NOT NULL AND p.email_bad_at = '', p.phone IS NOT NULL, c.channel
FROM who JOIN people p ON p.id = who.id LEFT JOIN consents c ON c.person = p.id AND c.revoked_at = ''
WHERE p.clinic = ? ORDER BY p.id, c.given_at, c.channel`, append(slices.Clone(who.args), clinic)...)
	if err != nil {
		return nil, err
	}
	found, err := collect(rows, func(r *sql.Rows) (row personRow, err error) {
		return row, r.Scan(&row.person.ID, &row.person.Zone, &row.person.Language, &row.mailable, &row.callable, &row.channel)
	})
	if err != nil {
		return nil, fmt.Errorf("loading people: %w", err)
	}
	people := map[scheduler.ID]*scheduler.Person{}
	for _, row := range found {
		p := people[row.person.ID]
		if p == nil {
			p = &row.person
			people[p.ID] = p
		}
		channel := scheduler.Channel(row.channel.String)
		reached := channel == scheduler.Email && row.mailable || channel != scheduler.Email && row.callable
		if row.channel.Valid && reached && !slices.Contains(p.Reach, channel) {
			p.Reach = append(p.Reach, channel)
		}
	}
	return people, nil
}
