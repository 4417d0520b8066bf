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

// checkSignIns checks that an actor may see and end the sign-ins of a member of staff: their own, or as an admin.
func checkSignIns(a access.Actor, clinic, staff scheduler.ID) error {
	if a.Kind == access.KindStaff && a.ID == string(staff) {
		return access.CheckIn(a, access.SignInOwn, string(clinic))
	}
	return access.CheckIn(a, access.StaffManage, string(clinic))
}

// OpenSignIns lists the sign-ins of a member of staff that work now, the last used first. NotFound when there is no
// such member of staff.
func (db *DB) OpenSignIns(
	ctx context.Context, a access.Actor, clinic, staff scheduler.ID,
) (all []reads.SignIn, err error) {
	if err := checkSignIns(a, clinic, staff); err != nil {
		return nil, err
	}
	err = db.view(ctx, func(t *tx) error {
		if err := t.knownStaff(ctx, clinic, staff); err != nil {
			return err
		}
		all, err = t.openSignIns(ctx, clinic, staff)
		return err
	})
	return all, err
}

func (t *tx) knownStaff(ctx context.Context, clinic, staff scheduler.ID) error {
	var found int
	err := t.Row(ctx, "SELECT count(*) FROM staff WHERE clinic = ? AND id = ?", clinic, staff).Scan(&found)
	if err == nil && found == 0 {
		return noStaff()
	}
	return err
}

func (t *tx) openSignIns(ctx context.Context, clinic, staff scheduler.ID) ([]reads.SignIn, error) {
	rows, err := t.Query(ctx, `
		SELECT id, method, device, created_at, seen_at, expires_at FROM signins
		WHERE clinic = ? AND staff = ? AND kind = ? AND spent_at = '' AND expires_at > ?
		ORDER BY seen_at DESC, created_at DESC, id`,
		clinic, staff, browserSignIn, sqldb.Stamp(t.db.now()))
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (s reads.SignIn, err error) {
		return s, rows.Scan(&s.ID, &s.Method, &s.Device, sqldb.When(&s.At), sqldb.When(&s.Seen),
			sqldb.When(&s.Expires))
	})
}

// EndSignIns ends sign-ins of a member of staff at once and returns how many. What has ended already is no error.
// NotFound when there is no such member of staff.
func (db *DB) EndSignIns(
	ctx context.Context, a access.Actor, clinic, staff scheduler.ID, q reads.EndSignIns,
) (ended int, err error) {
	if err := checkSignIns(a, clinic, staff); err != nil {
		return 0, err
	}
	err = db.write(ctx, func(t *tx) error {
		if err := t.knownStaff(ctx, clinic, staff); err != nil {
			return err
		}
		open, err := t.openSignIns(ctx, clinic, staff)
		if err != nil {
			return err
		}
		ended = 0
		now := db.now()
		for _, s := range open {
			if q.Only != "" && s.ID != q.Only || s.ID == q.Except {
				continue
			}
			ended++
			if q.DryRun {
				continue
			}
			err := t.Exec(ctx, "UPDATE signins SET spent_at = ?, mac = '' WHERE clinic = ? AND staff = ? AND id = ?",
				sqldb.Stamp(now), clinic, staff, s.ID)
			if err != nil {
				return fmt.Errorf("ending a sign-in: %w", err)
			}
		}
		if ended == 0 || q.DryRun {
			return nil
		}
		return t.audit(ctx, clinic, a, now,
			scheduler.AuditEntry{Action: "staff.sign-out", Subjects: []scheduler.ID{staff}})
	})
	return ended, err
}
