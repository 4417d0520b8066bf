package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// standing are the records of people who were neither merged into another one nor erased.
const standing = "merged_into = '' AND erased_at = ''"

// noPerson answers for somebody who does not exist or is another clinic's.
func noPerson() error { return notFound("There is no such person. Choose one from the list.") }

// person makes sure that a person is at a clinic, and locks their row as lock
// says. NotFound when they are not, Closed when the record was merged into another or they were erased.
func (t *tx) person(ctx context.Context, clinic, id scheduler.ID, lock string) error {
	var merged scheduler.ID
	var erased string
	err := t.Row(ctx, "SELECT merged_into, erased_at FROM people WHERE clinic = ? AND id = ?"+lock, clinic, id).
		Scan(&merged, &erased)
	if errors.Is(err, sql.ErrNoRows) {
		return noPerson()
	}
	if err != nil {
		return fmt.Errorf("reading person %s: %w", id, err)
	}
	if merged != "" {
		return scheduler.MergedAlready()
	}
	if erased != "" {
		return scheduler.ErasedAlready()
	}
	return nil
}

// reach lists the channels on which each person may be written to or called:
// those with an address that works and a consent that was not revoked, the one
// that was given first in front.
func (t *tx) reach(ctx context.Context, clinic scheduler.ID,
	people []scheduler.ID) (map[scheduler.ID][]scheduler.Channel, error) {
	all := make(map[scheduler.ID][]scheduler.Channel, len(people))
	for part := range slices.Chunk(people, mostListed) {
		in, args := sqldb.List(part)
		rows, err := t.Query(ctx, `
			SELECT p.id, c.channel FROM people p JOIN consents c ON c.person = p.id
			WHERE p.`+ofClinic+` AND p.id IN (`+in+`) AND c.revoked_at = ''
			  AND `+consentCounts+`
			ORDER BY p.id, c.given_at, c.channel`, append([]any{clinic}, args...)...)
		if err != nil {
			return nil, err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (id scheduler.ID, err error) {
			var channel scheduler.Channel
			if err := rows.Scan(&id, &channel); err != nil {
				return id, err
			}
			if !slices.Contains(all[id], channel) {
				all[id] = append(all[id], channel)
			}
			return id, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Person gives a person's page for staff: contact data, enrollments and the
// whole itinerary. NotFound when there is no such person at the clinic.
func (db *DB) Person(ctx context.Context, a access.Actor, clinic, id scheduler.ID) (reads.Person, error) {
	if err := access.CheckIn(a, access.PersonView, string(clinic)); err != nil {
		return reads.Person{}, err
	}
	var p reads.Person
	err := db.view(ctx, func(t *tx) error {
		reach, err := t.reachFor(ctx, a, clinic)
		if err != nil {
			return err
		}
		if err := t.seesPerson(ctx, reach, clinic, id); err != nil {
			return err
		}
		if p, err = t.contact(ctx, clinic, id); err != nil {
			return err
		}
		if p.Enrollments, err = t.enrollmentsOf(ctx, clinic, "e.person", id); err != nil {
			return err
		}
		p.Items, err = t.items(ctx, clinic, id)
		reach.narrow(&p)
		if !access.Can(a, access.AttendanceView) {
			p.HideAttendance()
		}
		return err
	})
	if err != nil {
		return reads.Person{}, err
	}
	return p, nil
}

// contact reads and opens a person's contact data.
func (t *tx) contact(ctx context.Context, clinic, id scheduler.ID) (p reads.Person, err error) {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return p, err
	}
	var own, name, email, phone []byte
	p.ID = id
	err = t.Row(ctx, `SELECT zone, language, merged_into, erased_at, data_key, name, email, phone
		FROM people WHERE clinic = ? AND id = ?`, clinic, id).
		Scan(&p.Zone, &p.Language, &p.MergedInto, sqldb.When(&p.ErasedAt), &own, &name, &email, &phone)
	if errors.Is(err, sql.ErrNoRows) {
		return p, noPerson()
	}
	if err != nil {
		return p, fmt.Errorf("reading person %s: %w", id, err)
	}
	theirs := key.person(clinic, id, own)
	for _, column := range []struct {
		name string
		kept []byte
		into *string
	}{{"name", name, &p.Contact.Name}, {"email", email, &p.Contact.Email}, {"phone", phone, &p.Contact.Phone}} {
		if *column.into, err = opened(theirs, place(clinic, "people", column.name, id), column.kept); err != nil {
			return p, err
		}
	}
	if p.Contact.Consents, err = t.consents(ctx, clinic, id); err != nil {
		return p, err
	}
	if p.Contact.ExternalIDs, err = t.externalIDs(ctx, clinic, id); err != nil {
		return p, err
	}
	settings, err := t.settingsOf(ctx, clinic, []scheduler.ID{id})
	if err != nil {
		return p, err
	}
	p.Settings = settings[id]
	reach, err := t.reach(ctx, clinic, []scheduler.ID{id})
	p.Reach = reach[id]
	return p, err
}

// externalIDs lists what other systems call a person, by system.
func (t *tx) externalIDs(ctx context.Context, clinic, person scheduler.ID) ([]scheduler.ExternalID, error) {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	rows, err := t.Query(ctx, `
		SELECT x.system, x.value, p.data_key FROM external_ids x JOIN people p ON p.id = x.person
		WHERE p.clinic = ? AND x.person = ? ORDER BY x.system`, clinic, person)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (id scheduler.ExternalID, err error) {
		var value, own []byte
		if err := rows.Scan(&id.System, &value, &own); err != nil {
			return id, err
		}
		id.Value, err = opened(key.person(clinic, person, own), externalPlace(clinic, person, id.System), value)
		return id, err
	})
}

// consents lists a person's living consents, the first given in front.
func (t *tx) consents(ctx context.Context, clinic, person scheduler.ID) ([]scheduler.Consent, error) {
	rows, err := t.Query(ctx, `
		SELECT c.channel, c.text_version, c.given_at, c.how FROM consents c JOIN people p ON p.id = c.person
		WHERE p.clinic = ? AND c.person = ? AND c.revoked_at = '' ORDER BY c.given_at, c.channel`, clinic, person)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (c scheduler.Consent, err error) {
		return c, rows.Scan(&c.Channel, &c.TextVersion, sqldb.When(&c.GivenAt), &c.How)
	})
}

// Enrollment gives one enrollment with the name of its cohort. NotFound when
// there is none of that id at the clinic.
func (db *DB) Enrollment(ctx context.Context, a access.Actor, clinic, id scheduler.ID) (reads.PersonEnrollment, error) {
	if err := access.CheckIn(a, access.PersonView, string(clinic)); err != nil {
		return reads.PersonEnrollment{}, err
	}
	var found []reads.PersonEnrollment
	err := db.view(ctx, func(t *tx) error {
		reach, err := t.reachFor(ctx, a, clinic)
		if err != nil {
			return err
		}
		found, err = t.enrollmentsOf(ctx, clinic, "e.id", id)
		found = slices.DeleteFunc(found, func(e reads.PersonEnrollment) bool {
			return !reach.sees(e.Cohort) && !slices.Contains(reach.opened, e.Person)
		})
		if err == nil && reach.outside && len(found) > 0 && reach.people[found[0].Person] == "" {
			found = nil
		}
		return err
	})
	if err == nil && len(found) == 0 {
		err = notFound("There is no such enrollment. Look at the list again.")
	}
	if err != nil {
		return reads.PersonEnrollment{}, err
	}
	return found[0], nil
}

// enrollmentsOf reads the enrollments whose column is id, the latest first.
func (t *tx) enrollmentsOf(ctx context.Context, clinic scheduler.ID, column string,
	id scheduler.ID) ([]reads.PersonEnrollment, error) {
	rows, err := t.Query(ctx, `
		SELECT `+enrollmentColumns+`, c.id, c.name
		FROM enrollments e JOIN cohorts c ON c.id = e.cohort
		WHERE e.clinic = ? AND `+column+` = ? ORDER BY e.requested_at DESC, e.id`, clinic, id)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (e reads.PersonEnrollment, err error) {
		err = rows.Scan(append(intoEnrollment(&e.Enrollment), &e.Cohort, &e.CohortName)...)
		reads.ViewingOf(ctx).Saw(reads.FieldCare, e.Person)
		return e, err
	})
}

// items reads a person's itinerary in order of start. Seats that were given up are
// no part of it, nor are those that are only kept for an answer or until
// prerequisites are done.
func (t *tx) items(ctx context.Context, clinic, person scheduler.ID) ([]reads.Item, error) {
	rows, err := t.Query(ctx, `
		SELECT x.id, x.session, s.cohort, x.enrollment, x.uid, x.sequence, x.state, s.start_at, s.end_at,
		  c.zone, s.place, s.meeting, e.state, s.title, s.position, s.moved_from, x.created_at, x.changed_at,
		  CASE WHEN x.answered_start = s.start_at AND x.answered_end = s.end_at THEN x.intent ELSE '' END, x.claimed
		FROM enrollments e JOIN seats x ON x.enrollment = e.id JOIN sessions s ON s.id = x.session JOIN cohorts c
ON c.id = s.cohort
		WHERE e.clinic = ? AND e.person = ? AND x.state <> 'released' AND e.state NOT IN ('pending', 'offered')
ORDER BY s.start_at, x.id`, clinic, person)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (i reads.Item, err error) {
		return i, rows.Scan(&i.Seat, &i.Session, &i.Cohort, &i.Enrollment, &i.UID, &i.Sequence, &i.State,
			sqldb.When(&i.Start), sqldb.When(&i.End),
			&i.Zone, &i.Place, &i.Meeting, &i.Enrolled, &i.Title, &i.Position,
			sqldb.Text(&i.MovedFrom), sqldb.When(&i.CreatedAt),
			sqldb.When(&i.ChangedAt), &i.Intent, &i.Claimed)
	})
}

// Names opens the names of people; who is not at the clinic is left out.
func (db *DB) Names(ctx context.Context, a access.Actor, clinic scheduler.ID,
	ids []scheduler.ID) (map[scheduler.ID]string, error) {
	if err := access.CheckIn(a, access.PersonView, string(clinic)); err != nil {
		return nil, err
	}
	names := make(map[scheduler.ID]string, len(ids))
	err := db.view(ctx, func(t *tx) error {
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		reach, err := t.reachFor(ctx, a, clinic)
		if err != nil {
			return err
		}
		seen, err := t.seenPeople(ctx, reach, clinic, ids)
		if err != nil {
			return err
		}
		for part := range slices.Chunk(seen, mostListed) {
			in, args := sqldb.List(part)
			rows, err := t.Query(ctx, "SELECT id, name, data_key FROM people WHERE "+ofClinic+" AND id IN ("+in+")",
				append([]any{clinic}, args...)...)
			if err != nil {
				return err
			}
			found, err := sqldb.Collect(rows,
				func(rows *sql.Rows) (reads.PersonName, error) { return scanName(rows, clinic, key) })
			if err != nil {
				return err
			}
			for _, p := range found {
				names[p.ID] = p.Name
			}
		}
		return nil
	})
	return names, err
}

func scanName(rows *sql.Rows, clinic scheduler.ID, key *clinicKey) (p reads.PersonName, err error) {
	var name, own []byte
	if err := rows.Scan(&p.ID, &name, &own); err != nil {
		return p, err
	}
	p.Name, err = opened(key.person(clinic, p.ID, own), place(clinic, "people", "name", p.ID), name)
	return p, err
}

// People lists everybody at the clinic by name, whatever its case.
func (db *DB) People(ctx context.Context, a access.Actor, clinic scheduler.ID) ([]reads.PersonName, error) {
	if err := access.CheckIn(a, access.PersonView, string(clinic)); err != nil {
		return nil, err
	}
	var all []reads.PersonName
	err := db.view(ctx, func(t *tx) error {
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		rows, err := t.Query(ctx, "SELECT id, name, data_key FROM people WHERE clinic = ? AND "+standing, clinic)
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows,
			func(rows *sql.Rows) (reads.PersonName, error) { return scanName(rows, clinic, key) })
		if err != nil {
			return err
		}
		all, err = t.seenNames(ctx, a, clinic, all)
		return err
	})
	slices.SortFunc(all, func(a, b reads.PersonName) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return all, err
}

// FindByEmail finds a person by their address through the blind index, whose case
// does not count. NotFound when nobody at the clinic has it; Invalid when it is
// not an address.
func (db *DB) FindByEmail(ctx context.Context, a access.Actor, clinic scheduler.ID,
	email string) (scheduler.ID, error) {
	if err := access.CheckIn(a, access.PersonView, string(clinic)); err != nil {
		return "", err
	}
	email, err := needEmail(email)
	if err != nil {
		return "", err
	}
	var id scheduler.ID
	err = db.view(ctx, func(t *tx) error {
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		err = t.Row(ctx, "SELECT id FROM people WHERE clinic = ? AND merged_into = '' AND email_index = ? "+
			"ORDER BY created_at, id LIMIT 1", clinic, emailIndex(key, email)).Scan(&id)
		if err != nil {
			return err
		}
		return t.maySee(ctx, a, clinic, id)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return "", notFound("Nobody at this clinic has that e-mail address.")
	}
	return id, err
}
