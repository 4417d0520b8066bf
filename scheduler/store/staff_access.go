package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// DisableStaff ends somebody's access: their sign-ins and links end at once. A second time changes nothing. NotFound
// when there is no such member of staff.
func (db *DB) DisableStaff(ctx context.Context, a access.Actor, clinic, id scheduler.ID) error {
	return db.changeStaff(ctx, a, clinic, id, "staff.disable", func(t *tx, s reads.Staff, now time.Time) (bool, error) {
		if s.Disabled {
			return false, nil
		}
		err := t.Exec(ctx, "UPDATE staff SET disabled_at = ? WHERE clinic = ? AND id = ?", sqldb.Stamp(now), clinic, id)
		if err != nil {
			return false, fmt.Errorf("disabling staff: %w", err)
		}
		err = t.Exec(ctx, "UPDATE signins SET spent_at = ? WHERE clinic = ? AND staff = ? AND spent_at = ''",
			sqldb.Stamp(now), clinic, id)
		if err != nil {
			return false, fmt.Errorf("ending sign-ins: %w", err)
		}
		return true, nil
	})
}

// EnableStaff lets a disabled member of staff sign in again, by a new link. Somebody who is not disabled stays as they
// are. NotFound when there is no such member of staff.
func (db *DB) EnableStaff(ctx context.Context, a access.Actor, clinic, id scheduler.ID) error {
	return db.changeStaff(ctx, a, clinic, id, "staff.enable", func(t *tx, s reads.Staff, _ time.Time) (bool, error) {
		if !s.Disabled {
			return false, nil
		}
		err := t.Exec(ctx, "UPDATE staff SET disabled_at = '' WHERE clinic = ? AND id = ?", clinic, id)
		if err != nil {
			return false, fmt.Errorf("enabling staff: %w", err)
		}
		return true, nil
	})
}

// SetStaffRole gives a member of staff another role, which holds from their next request on. Invalid when it is not a
// role; NotFound when there is no such member of staff; Closed when they are disabled.
func (db *DB) SetStaffRole(ctx context.Context, a access.Actor, clinic, id scheduler.ID, role string) error {
	parsed, err := access.ParseRole(role)
	if err != nil {
		return err
	}
	return db.changeStaff(ctx, a, clinic, id, "staff.role", func(t *tx, s reads.Staff, _ time.Time) (bool, error) {
		switch {
		case s.Disabled:
			return false, fault.New(fault.Closed, "This member of staff is disabled. Enable them first.")
		case s.Role == string(parsed):
			return false, nil
		}
		err := t.Exec(ctx, "UPDATE staff SET role = ? WHERE clinic = ? AND id = ?", parsed, clinic, id)
		if err != nil {
			return false, fmt.Errorf("setting a role: %w", err)
		}
		return true, nil
	})
}

// changeStaff locks a member of staff, runs change on them and writes the audit row if change reports that it changed
// something.
func (db *DB) changeStaff(
	ctx context.Context, a access.Actor, clinic, id scheduler.ID, action string,
	change func(t *tx, s reads.Staff, now time.Time) (bool, error),
) error {
	if err := access.CheckIn(a, access.StaffManage, string(clinic)); err != nil {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		now, s := db.now(), reads.Staff{ID: id}
		var disabled string
		err := t.Row(ctx, "SELECT role, disabled_at FROM staff WHERE clinic = ? AND id = ?"+t.ForUpdate(), clinic, id).
			Scan(&s.Role, &disabled)
		if errors.Is(err, sql.ErrNoRows) {
			return noStaff()
		}
		if err != nil {
			return fmt.Errorf("reading staff: %w", err)
		}
		s.Disabled = disabled != ""
		changed, err := change(t, s, now)
		if err != nil || !changed {
			return err
		}
		return t.audit(ctx, clinic, a, now, scheduler.AuditEntry{Action: action, Subjects: []scheduler.ID{id}})
	})
}

// LeadsFrom lists the planned sessions that end after now and that a member of staff leads, in order of start.
func (db *DB) LeadsFrom(ctx context.Context, a access.Actor, clinic, staff scheduler.ID) ([]reads.LedSession, error) {
	if err := access.CheckIn(a, access.StaffManage, string(clinic)); err != nil {
		return nil, err
	}
	var all []reads.LedSession
	err := db.view(ctx, func(t *tx) error {
		rows, err := t.Query(ctx, `SELECT c.id, c.name, x.local_start FROM sessions x JOIN cohorts c ON c.id = x.cohort
WHERE x.clinic = ? AND x.leader = ? AND x.leader <> '' AND x.state = 'planned' AND x.end_at > ?
ORDER BY x.start_at, x.id`,
			clinic, staff, sqldb.Stamp(db.now()))
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows, func(rows *sql.Rows) (l reads.LedSession, err error) {
			return l, rows.Scan(&l.Cohort, &l.CohortName, &l.LocalStart)
		})
		return err
	})
	return all, err
}
