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
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// AddStaff adds somebody to a clinic's staff and gives their id. Invalid when
// the name, the address or the role is not one; Conflict when somebody at the
// clinic has the address, disabled or not.
func (db *DB) AddStaff(ctx context.Context, a access.Actor, clinic scheduler.ID, name, email,
	role string) (scheduler.ID, error) {
	if err := access.CheckIn(a, access.StaffManage, string(clinic)); err != nil {
		return "", err
	}
	add, err := newMember(name, email, role)
	if err != nil {
		return "", err
	}
	err = db.write(ctx, func(t *tx) error { return t.addStaff(ctx, a, clinic, add) })
	if db.sql.IsUnique(err) {
		return "", addressTaken()
	}
	if err != nil {
		return "", err
	}
	return add.id, nil
}

// Staff lists a clinic's staff by name, the disabled ones last, with the
// credentials on their record. Anyone who opens cohorts may ask, because they choose
// who leads.
func (db *DB) Staff(ctx context.Context, a access.Actor, clinic scheduler.ID) ([]reads.Staff, error) {
	if err := access.CheckIn(a, access.StaffView, string(clinic)); err != nil {
		return nil, err
	}
	var all []reads.Staff
	err := db.view(ctx, func(t *tx) error {
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		rows, err := t.Query(ctx, "SELECT "+staffColumns+" FROM staff s WHERE s.clinic = ?", clinic)
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows,
			func(rows *sql.Rows) (reads.Staff, error) { return scanStaff(rows.Scan, clinic, key) })
		if err != nil {
			return err
		}
		if err := t.addCredentials(ctx, clinic, all); err != nil {
			return err
		}
		return t.addProofs(ctx, clinic, all)
	})
	slices.SortFunc(all, func(a, b reads.Staff) int {
		return cmp.Or(yes(a.Disabled)-yes(b.Disabled), cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)),
			cmp.Compare(a.ID, b.ID))
	})
	return all, err
}

// FindStaff finds a member of staff by their address, whatever its case,
// through the blind index. NotFound when nobody has it; Invalid when it is not
// an address.
func (db *DB) FindStaff(ctx context.Context, a access.Actor, clinic scheduler.ID, email string) (reads.Staff, error) {
	if err := access.CheckIn(a, access.StaffView, string(clinic)); err != nil {
		return reads.Staff{}, err
	}
	email, err := needEmail(email)
	if err != nil {
		return reads.Staff{}, err
	}
	var found reads.Staff
	err = db.view(ctx, func(t *tx) error {
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		row := t.Row(ctx, "SELECT "+staffColumns+" FROM staff s WHERE s.clinic = ? AND s.email_index = ?", clinic,
			emailIndex(key, email))
		found, err = scanStaff(row.Scan, clinic, key)
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return reads.Staff{},
			notFound("Nobody on this clinic's staff has that e-mail address. `almanac staff add` adds them.")
	}
	return found, err
}

// addProofs notes who has a passkey, and whose organization's account is linked.
func (t *tx) addProofs(ctx context.Context, clinic scheduler.ID, all []reads.Staff) error {
	for query, note := range map[string]func(*reads.Staff){
		"SELECT DISTINCT staff FROM passkeys WHERE clinic = ?": func(s *reads.Staff) { s.Passkey = true },
		"SELECT staff FROM identities WHERE clinic = ?":        func(s *reads.Staff) { s.Provider = true },
	} {
		rows, err := t.Query(ctx, query, clinic)
		if err != nil {
			return err
		}
		have, err := sqldb.Collect(rows, scanID)
		if err != nil {
			return fmt.Errorf("reading how staff prove themselves: %w", err)
		}
		for i := range all {
			if slices.Contains(have, all[i].ID) {
				note(&all[i])
			}
		}
	}
	return nil
}

func noStaff() error {
	return notFound("There is no such member of staff. Choose one from the list.")
}

const staffColumns = "s.id, s.role, s.name, s.email, s.disabled_at"

// scanStaff reads staffColumns.
func scanStaff(scan func(...any) error, clinic scheduler.ID, key *clinicKey) (s reads.Staff, err error) {
	var name, email []byte
	var disabled string
	if err := scan(&s.ID, &s.Role, &name, &email, &disabled); err != nil {
		return s, err
	}
	s.Disabled = disabled != ""
	if s.Name, err = opened(key, place(clinic, "staff", "name", s.ID), name); err != nil {
		return s, err
	}
	s.Email, err = opened(key, place(clinic, "staff", "email", s.ID), email)
	return s, err
}

// needEmail checks an address that may not be left out.
func needEmail(raw string) (string, error) {
	email, problem := scheduler.CheckEmail(raw)
	switch {
	case problem != nil: // its own sentence says that it may be left empty
		return "", fault.In("email", "This is not an email address. Write it like pat@example.net.")
	case email == "":
		return "", fault.In("email", "An e-mail address is needed. Write it like pat@example.net.")
	}
	return email, nil
}
