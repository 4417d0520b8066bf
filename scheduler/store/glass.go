package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// glassFor is how long an access in an emergency lasts. Nobody can extend it.
const glassFor = time.Hour

// BreakGlass lets a facilitator see one person who is in none of their cohorts, for an hour (45 CFR
// 164.312(a)(2)(ii)). Who must find exactly one person, as a search does. An access that is open already stays as it
// is. Invalid in field "reason", and in field "who" when it does not mean one person, which the audit notes.
func (db *DB) BreakGlass(ctx context.Context, a access.Actor, clinic scheduler.ID, who,
	reason string) (g reads.Glass, err error) {
	if err := access.CheckIn(a, access.GlassBreak, string(clinic)); err != nil {
		return g, err
	}
	reason, wrong := scheduler.CheckLine("reason", "The reason", reason)
	if wrong == nil && reason == "" {
		wrong = fault.In("reason", "Say why you need to see this person now. The privacy officer reads it.")
	}
	if wrong != nil {
		return g, wrong
	}
	person, err := db.onePerson(ctx, clinic, who)
	if err != nil {
		return g, errors.Join(err, db.write(ctx, func(t *tx) error {
			return t.audit(ctx, clinic, a, db.now(),
				scheduler.AuditEntry{Action: "glass.missed", Subjects: []scheduler.ID{clinic}})
		}))
	}
	g = reads.Glass{ID: randomID(), Person: person, Reason: reason, From: db.now(), Until: db.now().Add(glassFor)}
	err = db.write(ctx, func(t *tx) error {
		if _, err := t.lock(ctx, clinic); err != nil {
			return err
		}
		if err := t.person(ctx, clinic, person, ""); err != nil {
			return err
		}
		err := t.Row(ctx, `SELECT id, until_at FROM break_glass
			WHERE clinic = ? AND staff = ? AND person = ? AND until_at > ?`, clinic, a.ID,
			person, sqldb.Stamp(g.From)).Scan(&g.ID, sqldb.When(&g.Until))
		if !sqldb.IsNoRows(err) {
			g.AlreadyOpen = true
			return err
		}
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		err = t.Exec(ctx, `INSERT INTO break_glass (id, clinic, staff, person, reason, from_at, until_at)
			VALUES (?, ?, ?, ?, ?, ?, ?)`, g.ID, clinic, a.ID, person,
			key.Seal(place(clinic, "break_glass", "reason", g.ID), reason), sqldb.Stamp(g.From), sqldb.Stamp(g.Until))
		if err != nil {
			return fmt.Errorf("writing an access in an emergency: %w", err)
		}
		return t.audit(ctx, clinic, a, g.From,
			scheduler.AuditEntry{Action: "glass.break", Subjects: []scheduler.ID{person}})
	})
	if err != nil || g.AlreadyOpen {
		return g, err
	}
	g.TellOfficers, err = db.officers(ctx, clinic)
	return g, err
}

// onePerson finds the person whom a text means. It is Invalid in field "who" when it means nobody, or several.
func (db *DB) onePerson(ctx context.Context, clinic scheduler.ID, who string) (scheduler.ID, error) {
	unclear := fault.In("who", "This does not mean one person. Write their full name, their number or their address.")
	if len([]rune(who)) < 4 {
		return "", unclear
	}
	quiet := reads.WithViewing(ctx, nil) // nothing of it is shown
	found, err := db.FindPeople(quiet, access.Operator(string(clinic)), clinic, reads.PeopleQuery{Text: who, Limit: 2})
	if err != nil {
		return "", err
	}
	if len(found.People) != 1 {
		return "", unclear
	}
	return found.People[0].ID, nil
}

// officers are the privacy officers of a clinic, or its admins where there is none.
func (db *DB) officers(ctx context.Context, clinic scheduler.ID) ([]reads.Staff, error) {
	all, err := db.Staff(ctx, access.Operator(string(clinic)), clinic)
	if err != nil {
		return nil, err
	}
	for _, role := range []access.Role{access.PrivacyOfficer, access.Admin} {
		some := slices.DeleteFunc(slices.Clone(all),
			func(s reads.Staff) bool { return s.Disabled || s.Role != string(role) })
		if len(some) > 0 {
			return some, nil
		}
	}
	return nil, nil
}

// openedTo lists the people whom a facilitator sees in an emergency, now.
func (t *tx) openedTo(ctx context.Context, clinic scheduler.ID, staff string) ([]scheduler.ID, error) {
	rows, err := t.Query(ctx, "SELECT person FROM break_glass WHERE clinic = ? AND staff = ? AND until_at > ?", clinic,
		staff, sqldb.Stamp(t.db.now()))
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, scanID)
}

// Glasses lists the accesses in emergencies, the latest 200 first.
func (db *DB) Glasses(ctx context.Context, a access.Actor, clinic scheduler.ID) (all []reads.Glass, err error) {
	if err := access.CheckIn(a, access.AuditView, string(clinic)); err != nil {
		return nil, err
	}
	err = db.view(ctx, func(t *tx) error {
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		rows, err := t.Query(ctx, `
			SELECT g.id, g.person, g.staff, g.reason, g.from_at, g.until_at, g.reviewed_at, g.reviewed_by, p.name,
			  p.data_key
			FROM break_glass g JOIN people p ON p.id = g.person
			WHERE g.clinic = ? ORDER BY g.from_at DESC, g.id LIMIT 200`, clinic)
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows, func(rows *sql.Rows) (g reads.Glass, err error) {
			var reason, name, own []byte
			err = rows.Scan(&g.ID, &g.Person, &g.By, &reason, sqldb.When(&g.From), sqldb.When(&g.Until),
				sqldb.When(&g.Reviewed), &g.ReviewedBy, &name, &own)
			if err != nil {
				return g, err
			}
			if g.Reason, err = opened(key, place(clinic, "break_glass", "reason", g.ID), reason); err != nil {
				return g, err
			}
			if !access.Can(a, access.PersonView) {
				return g, nil
			}
			theirs := key.person(clinic, g.Person, own)
			g.PersonName, err = opened(theirs, place(clinic, "people", "name", g.Person), name)
			return g, err
		})
		if err != nil {
			return fmt.Errorf("reading accesses in emergencies: %w", err)
		}
		named := map[string]string{"": ""}
		for i := range all {
			if all[i].By, err = t.nameOnce(ctx, clinic, "staff:"+all[i].By, named); err != nil {
				return err
			}
			if all[i].ReviewedBy, err = t.nameOnce(ctx, clinic, all[i].ReviewedBy, named); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// ReviewGlass notes that the privacy officer has looked at an access in an emergency; again changes nothing. NotFound
// when there is none.
func (db *DB) ReviewGlass(ctx context.Context, a access.Actor, clinic, id scheduler.ID) error {
	if err := access.CheckIn(a, access.GlassReview, string(clinic)); err != nil {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		if _, err := t.lock(ctx, clinic); err != nil {
			return err
		}
		var person scheduler.ID
		var reviewed string
		err := t.Row(ctx, "SELECT person, reviewed_at FROM break_glass WHERE clinic = ? AND id = ?", clinic,
			id).Scan(&person, &reviewed)
		if sqldb.IsNoRows(err) {
			return notFound("There is no such access. Look at the list again.")
		}
		if err != nil || reviewed != "" {
			return err
		}
		err = t.Exec(ctx, "UPDATE break_glass SET reviewed_at = ?, reviewed_by = ? WHERE clinic = ? AND id = ?",
			sqldb.Stamp(db.now()), a.String(), clinic, id)
		if err != nil {
			return fmt.Errorf("noting a review: %w", err)
		}
		return t.audit(ctx, clinic, a, db.now(),
			scheduler.AuditEntry{Action: "glass.review", Subjects: []scheduler.ID{person}})
	})
}
