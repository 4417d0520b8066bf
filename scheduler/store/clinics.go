package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// Clinics lists the clinics that the actor may see, by name: all of them for
// who belongs to none (the operator, Almanac itself), its own for anybody else.
func (db *DB) Clinics(ctx context.Context, a access.Actor) ([]reads.Clinic, error) {
	if a.Clinic != "" {
		own, err := db.Clinic(ctx, a, scheduler.ID(a.Clinic))
		if err != nil {
			return nil, err
		}
		return []reads.Clinic{own}, nil
	}
	if err := access.Check(a, access.ClinicAdd); err != nil {
		return nil, err
	}
	var all []reads.Clinic
	err := db.view(ctx, func(t *tx) error {
		rows, err := t.Query(ctx, "SELECT id, "+clinicColumns+" FROM clinics ORDER BY name, id")
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows, func(rows *sql.Rows) (c reads.Clinic, err error) {
			return c, scanClinic(func(into ...any) error { return rows.Scan(append([]any{&c.ID}, into...)...) }, &c)
		})
		return err
	})
	return all, err
}

// Clinic gives one clinic; NotFound when there is none of that id.
func (db *DB) Clinic(ctx context.Context, a access.Actor, id scheduler.ID) (reads.Clinic, error) {
	c := reads.Clinic{ID: id}
	if err := access.CheckIn(a, access.ClinicView, string(id)); err != nil {
		return reads.Clinic{}, err
	}
	err := db.view(ctx, func(t *tx) error {
		return scanClinic(t.Row(ctx, "SELECT "+clinicColumns+" FROM clinics WHERE id = ?", id).Scan, &c)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return reads.Clinic{}, notFound("There is no such clinic. `almanac clinic add` makes one.")
	}
	return c, err
}

// AddClinic makes a clinic with a key of its own and gives its id. Invalid when
// the name is missing or no single line, or the zone is unknown; Conflict when
// another clinic has the name.
func (db *DB) AddClinic(ctx context.Context, a access.Actor, name, zone string) (scheduler.ID, error) {
	if err := access.Check(a, access.ClinicAdd); err != nil {
		return "", err
	}
	name, zone, err := db.checkClinic(name, zone)
	if err != nil {
		return "", err
	}
	id := randomID()
	wrapped, _, err := db.root.NewClinicKey(string(id))
	if err != nil {
		return "", fmt.Errorf("making the key of a clinic: %w", err)
	}
	err = db.write(ctx, func(t *tx) error {
		if err := t.oneSecret(ctx); err != nil {
			return err
		}
		now := db.now()
		err := t.Exec(ctx, "INSERT INTO clinics (id, name, zone, data_key, created_at) VALUES (?, ?, ?, ?, ?)",
			id, name, zone, wrapped, sqldb.Stamp(now))
		if err != nil {
			return err
		}
		return t.audit(ctx, id, a, now, scheduler.AuditEntry{Action: "clinic.add", Subjects: []scheduler.ID{id}})
	})
	if err != nil {
		return "", db.clinicNameTaken(err)
	}
	return id, nil
}

// What facilitators see of a clinic's cohorts.
const (
	FacilitatorsOwn = "own" // those they lead or substitute in; the default
	FacilitatorsAll = "all"
)

// CheckFacilitators is Invalid when which is neither own nor all.
func CheckFacilitators(which string) error {
	if which != FacilitatorsOwn && which != FacilitatorsAll {
		return fault.In("facilitators",
			"Choose what facilitators see: own (the cohorts they lead or substitute in) or all.")
	}
	return nil
}

// SetFacilitators says whether facilitators see their own cohorts or all of the
// clinic. Invalid when it is neither; NotFound when there is no such clinic.
func (db *DB) SetFacilitators(ctx context.Context, a access.Actor, clinic scheduler.ID, which string) error {
	if err := access.CheckIn(a, access.ClinicChange, string(clinic)); err != nil {
		return err
	}
	if err := CheckFacilitators(which); err != nil {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		now := db.now()
		n, err := t.Count(ctx, "UPDATE clinics SET facilitators = ? WHERE id = ?", which, clinic)
		if err != nil {
			return err
		}
		if n == 0 {
			return notFound("There is no such clinic. Choose one from the list.")
		}
		return t.audit(ctx, clinic, a, now,
			scheduler.AuditEntry{Action: "clinic.facilitators", Subjects: []scheduler.ID{clinic}})
	})
}

// SetClinic gives a clinic another name and zone. It fails as AddClinic does.
func (db *DB) SetClinic(ctx context.Context, a access.Actor, id scheduler.ID, name, zone string) error {
	if err := access.CheckIn(a, access.ClinicChange, string(id)); err != nil {
		return err
	}
	name, location, err := db.checkClinic(name, zone)
	if err != nil {
		return err
	}
	err = db.write(ctx, func(t *tx) error {
		if err := t.Exec(ctx, "UPDATE clinics SET name = ?, zone = ?, rev = rev + 1 WHERE id = ?", name, location,
			id); err != nil {
			return err
		}
		return t.audit(ctx, id, a, db.now(), scheduler.AuditEntry{Action: "clinic.set", Subjects: []scheduler.ID{id},
			Fields: []string{"name", "zone"}})
	})
	return db.clinicNameTaken(err)
}

// UnusedClinic finds the clinic that the first migration made, if there is no other
// and nothing was ever done in it.
func (db *DB) UnusedClinic(ctx context.Context, a access.Actor) (id scheduler.ID, found bool, err error) {
	if err := access.Check(a, access.ClinicAdd); err != nil {
		return "", false, err
	}
	err = db.view(ctx, func(t *tx) error {
		id, err = t.unusedClinic(ctx)
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return id, err == nil, err
}

// clinicNameTaken says so where err is about a name that another clinic has.
func (db *DB) clinicNameTaken(err error) error {
	if db.sql.IsUnique(err) {
		return fault.New(fault.Conflict, "There is a clinic of that name already. Choose another name.").In("name")
	}
	return err
}

// checkClinic tidies the name of a clinic and gives the canonical name of its zone.
func (db *DB) checkClinic(name, zone string) (tidied, canonical string, err error) {
	if tidied, err = checkName(name); err != nil {
		return "", "", err
	}
	location, err := db.zones.Location(zone)
	if err != nil {
		return "", "", fault.Wrap(fault.Invalid, err,
			"There is no such time zone. Write it like America/New_York.").In("zone")
	}
	return tidied, location.String(), nil
}

// checkName tidies the name of a clinic or of somebody who works there.
func checkName(name string) (string, error) {
	contact, faults := scheduler.Contact{Name: strings.TrimSpace(name)}.Check("")
	if len(faults) > 0 {
		return "", faults[0]
	}
	return contact.Name, nil
}
