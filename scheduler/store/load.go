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
	named := namedPeople(rosters, load)
	people, err := t.people(ctx, clinic.ID, cohorts, named)
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
	busy, err := t.commitments(ctx, clinic.ID, cohorts, named, leaders(rosters, load), now)
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
	var cohorts []scheduler.ID
	for _, by := range []struct {
		ids     []scheduler.ID
		query   string
		missing string
	}{
		{load.Cohorts, "SELECT id FROM cohorts WHERE clinic = ? AND id = ?", "There is no such cohort. Choose one from the list."},
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

// person is one row of a person with one of their consents.
type personRow struct {
	person             scheduler.Person
	mailable, callable bool
	channel            sql.NullString
}

const personColumns = `SELECT p.id, p.zone, p.language, p.email IS NOT NULL AND p.email_bad_at = '', p.phone IS NOT NULL, c.channel
FROM people p LEFT JOIN consents c ON c.person = p.id AND c.revoked_at = '' `

// people gives what the rules know of those who own seats in the cohorts and of
// the named. A channel counts when there is an address, a consent that was not
// taken back, and no refusal of the address by its provider.
func (t *tx) people(ctx context.Context, clinic scheduler.ID, cohorts, named []scheduler.ID) (map[scheduler.ID]*scheduler.Person, error) {
	people := map[scheduler.ID]*scheduler.Person{}
	for _, cohort := range cohorts {
		err := t.addPeople(ctx, people, personColumns+`WHERE p.clinic = ? AND p.id IN
(SELECT person FROM enrollments WHERE cohort = ? AND has_seats = 1 AND state NOT IN ('completed', 'withdrawn'))
ORDER BY p.id, c.given_at, c.channel`, clinic, cohort)
		if err != nil {
			return nil, err
		}
	}
	var missing []scheduler.ID
	for _, id := range named {
		if people[id] == nil {
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 {
		err := t.addPeople(ctx, people, personColumns+`WHERE p.clinic = ? AND p.id IN (`+marks(len(missing))+`)
ORDER BY p.id, c.given_at, c.channel`, append([]any{clinic}, anys(missing)...)...)
		if err != nil {
			return nil, err
		}
	}
	return people, nil
}

func (t *tx) addPeople(ctx context.Context, people map[scheduler.ID]*scheduler.Person, query string, args ...any) error {
	rows, err := t.query(ctx, query, args...)
	if err != nil {
		return err
	}
	found, err := collect(rows, func(r *sql.Rows) (row personRow, err error) {
		return row, r.Scan(&row.person.ID, &row.person.Zone, &row.person.Language, &row.mailable, &row.callable, &row.channel)
	})
	if err != nil {
		return fmt.Errorf("loading people: %w", err)
	}
	loaded := map[scheduler.ID]bool{} // by an earlier query
	for id := range people {
		loaded[id] = true
	}
	for _, row := range found {
		p := people[row.person.ID]
		if p == nil {
			p = &row.person
			people[p.ID] = p
		}
		channel := scheduler.Channel(row.channel.String)
		reached := channel == scheduler.Email && row.mailable || channel != scheduler.Email && row.callable
		if row.channel.Valid && reached && !loaded[p.ID] && !slices.Contains(p.Reach, channel) {
			p.Reach = append(p.Reach, channel)
		}
	}
	return nil
}
