package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// DisableStaff ends somebody's access: their sign-ins, links, passkeys and calendar addresses end at once. It
// fails as ChangeStaff does.
func (db *DB) DisableStaff(ctx context.Context, a access.Actor, clinic, id scheduler.ID) error {
	disabled := true
	return db.ChangeStaff(ctx, a, clinic, id, desk.StaffChange{Disabled: &disabled})
}

// EnableStaff lets a disabled member of staff sign in again, by a new link. It fails as ChangeStaff does.
func (db *DB) EnableStaff(ctx context.Context, a access.Actor, clinic, id scheduler.ID) error {
	disabled := false
	return db.ChangeStaff(ctx, a, clinic, id, desk.StaffChange{Disabled: &disabled})
}

// SetStaffRole gives a member of staff another role. It fails as ChangeStaff does.
func (db *DB) SetStaffRole(ctx context.Context, a access.Actor, clinic, id scheduler.ID, role string) error {
	return db.ChangeStaff(ctx, a, clinic, id, desk.StaffChange{Role: &role})
}

// ChangeStaff disables, enables or gives another role, which hold from the next request of theirs on. What is so
// already stays, without an audit row. Invalid when the role is none; NotFound when there is no such member of staff;
// Closed for a role of somebody disabled; Conflict for the only admin, but at the shell.
func (db *DB) ChangeStaff(ctx context.Context, a access.Actor, clinic, id scheduler.ID, q desk.StaffChange) error {
	if err := access.CheckIn(a, access.StaffManage, string(clinic)); err != nil {
		return err
	}
	var role access.Role
	if q.Role != nil {
		var err error
		if role, err = access.ParseRole(*q.Role); err != nil {
			return err
		}
	}
	err := db.write(ctx, func(t *tx) error {
		if _, err := t.lock(ctx, clinic); err != nil { // two admins cannot disable each other at once
			return err
		}
		c := staffChange{tx: t, by: a, clinic: clinic, now: db.now()}
		if err := c.read(ctx, id); err != nil {
			return err
		}
		if q.Disabled != nil && !*q.Disabled {
			if err := c.enable(ctx); err != nil {
				return err
			}
		}
		if role != "" {
			if err := c.setRole(ctx, role); err != nil {
				return err
			}
		}
		if q.Disabled != nil && *q.Disabled {
			if err := c.disable(ctx); err != nil {
				return err
			}
		}
		if q.DryRun {
			return errDryRun
		}
		return nil
	})
	if errors.Is(err, errDryRun) {
		return nil
	}
	return err
}

// errDryRun takes back what was done to see whether it can be done.
var errDryRun = errors.New("nothing is to be stored")

// staffChange is a change of one member of staff.
type staffChange struct {
	*tx
	by     access.Actor
	clinic scheduler.ID
	now    time.Time
	who    reads.Staff
	row    guardedStaff
}

func (c *staffChange) read(ctx context.Context, id scheduler.ID) (err error) {
	c.who.ID = id
	c.row, err = c.guardedRow(ctx, c.clinic, id)
	if errors.Is(err, sql.ErrNoRows) {
		return noStaff()
	}
	if err != nil {
		return fmt.Errorf("reading staff: %w", err)
	}
	c.who.Role, c.who.Disabled = c.row.role, c.row.disabled != ""
	return nil
}

func (c *staffChange) noted(ctx context.Context, action string) error {
	return c.audit(ctx, c.clinic, c.by, c.now,
		scheduler.AuditEntry{Action: action, Subjects: []scheduler.ID{c.who.ID}})
}

func (c *staffChange) enable(ctx context.Context) error {
	if !c.who.Disabled {
		return nil
	}
	c.row.disabled = ""
	if err := c.saveGuarded(ctx, c.clinic, c.row); err != nil {
		return fmt.Errorf("enabling staff: %w", err)
	}
	c.who.Disabled = false
	return c.noted(ctx, "staff.enable")
}

func (c *staffChange) setRole(ctx context.Context, role access.Role) error {
	switch {
	case c.who.Disabled:
		return fault.New(fault.Closed, "This member of staff is disabled. Enable them first.")
	case c.who.Role == string(role):
		return nil
	}
	if err := c.keepAdmin(ctx, c.by, c.clinic, c.who); err != nil {
		return err
	}
	c.row.role = string(role)
	if err := c.saveGuarded(ctx, c.clinic, c.row); err != nil {
		return fmt.Errorf("setting a role: %w", err)
	}
	c.who.Role = string(role)
	return c.noted(ctx, "staff.role")
}

func (c *staffChange) disable(ctx context.Context) error {
	if c.who.Disabled {
		return nil
	}
	if err := c.keepAdmin(ctx, c.by, c.clinic, c.who); err != nil {
		return err
	}
	at := sqldb.Stamp(c.now)
	c.row.disabled = at
	if err := c.saveGuarded(ctx, c.clinic, c.row); err != nil {
		return fmt.Errorf("disabling staff: %w", err)
	}
	err := c.Exec(ctx, "UPDATE signins SET spent_at = ?, mac = '' WHERE clinic = ? AND staff = ? AND spent_at = ''", at,
		c.clinic, c.who.ID)
	if err != nil {
		return fmt.Errorf("ending sign-ins: %w", err)
	}
	if err := c.endFeeds(ctx, c.clinic, c.who.ID, "", c.now); err != nil {
		return err
	}
	err = c.Exec(ctx, "DELETE FROM passkeys WHERE clinic = ? AND staff = ?", c.clinic, c.who.ID)
	if err != nil {
		return fmt.Errorf("ending passkeys: %w", err)
	}
	return c.noted(ctx, "staff.disable")
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
