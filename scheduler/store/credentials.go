package store

import (
	"context"
	"database/sql"
	"fmt"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// RecordCredential writes down that a member of staff has a credential, or until
// when they have it from now on. Invalid, in field "name", when its name could
// not stand in a protocol; NotFound when there is no such member of staff.
func (db *DB) RecordCredential(ctx context.Context, a access.Actor, clinic, staff scheduler.ID,
	c scheduler.Credential) error {
	if err := c.Check(); err != nil {
		return err
	}
	expires := ""
	if !c.Expires.IsZero() {
		expires = c.Expires.String()
	}
	return db.credential(ctx, a, clinic, staff, "credential.record", c.Name, func(t *tx) error {
		return t.Exec(ctx, `INSERT INTO credentials (clinic, staff, name, expires) VALUES (?, ?, ?, ?)
ON CONFLICT (staff, name) DO UPDATE SET expires = excluded.expires`, clinic, staff, c.Name, expires)
	})
}

// WithdrawCredential takes a credential off somebody's record. What they lead
// already they go on leading. NotFound when they do not have it, or when there is
// no such member of staff.
func (db *DB) WithdrawCredential(ctx context.Context, a access.Actor, clinic, staff scheduler.ID, name string) error {
	return db.credential(ctx, a, clinic, staff, "credential.withdraw", name, func(t *tx) error {
		gone, err := t.Count(ctx, "DELETE FROM credentials WHERE clinic = ? AND staff = ? AND name = ?",
			clinic, staff, name)
		if err != nil {
			return err
		}
		if gone > 0 {
			return nil
		}
		return notFound("This credential is not on record for them. `almanac staff list` shows which are.")
	})
}

// credential changes a record of somebody's credentials, and notes who did it.
func (db *DB) credential(ctx context.Context, a access.Actor, clinic, staff scheduler.ID, action, name string,
	do func(*tx) error) error {
	if err := access.CheckIn(a, access.StaffManage, string(clinic)); err != nil {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		if _, err := t.lock(ctx, clinic); err != nil { // a change that reads them is alone
			return err
		}
		var found scheduler.ID
		err := t.Row(ctx, "SELECT id FROM staff WHERE clinic = ? AND id = ?", clinic, staff).Scan(&found)
		if sqldb.IsNoRows(err) {
			return noStaff()
		}
		if err != nil {
			return fmt.Errorf("looking for staff: %w", err)
		}
		if err := do(t); err != nil {
			return err
		}
		return t.audit(ctx, clinic, a, db.now(),
			scheduler.AuditEntry{Action: action, Subjects: []scheduler.ID{staff, scheduler.ID("credential:" + name)}})
	})
}

// addCredentials gives each member of staff what stands on their record, by name.
func (t *tx) addCredentials(ctx context.Context, clinic scheduler.ID, staff []reads.Staff) error {
	of := make(map[scheduler.ID][]scheduler.Credential, len(staff))
	rows, err := t.Query(ctx,
		"SELECT staff, name, expires FROM credentials WHERE clinic = ? ORDER BY staff, name", clinic)
	if err != nil {
		return err
	}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (c scheduler.Credential, err error) {
		var id scheduler.ID
		if err := rows.Scan(&id, &c.Name, sqldb.Text(&c.Expires)); err != nil {
			return c, err
		}
		of[id] = append(of[id], c)
		return c, nil
	})
	if err != nil {
		return fmt.Errorf("loading credentials: %w", err)
	}
	for i := range staff {
		staff[i].Credentials = of[staff[i].ID]
	}
	return nil
}
