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

// InviteStaff adds somebody to a clinic's staff and makes their first sign-in link. A repeated request gives who was
// added then, and a dry run nobody, both without a link. It fails as AddStaff and NewLink do.
func (db *DB) InviteStaff(
	ctx context.Context, a access.Actor, clinic scheduler.ID, q desk.InviteRequest,
) (link reads.SignInLink, err error) {
	if err := access.CheckIn(a, access.StaffManage, string(clinic)); err != nil {
		return link, err
	}
	add, err := newMember(q.Name, q.Email, q.Role)
	if err != nil {
		return link, err
	}
	asked := desk.Change{Clinic: clinic, Actor: a, Action: access.StaffManage, Once: q.Once}
	err = db.write(ctx, func(t *tx) error {
		if _, err := t.lock(ctx, clinic); err != nil {
			return err
		}
		if err := t.recall(ctx, asked); err != nil {
			return err
		}
		if err := t.addStaff(ctx, a, clinic, add); err != nil {
			return err
		}
		if link, err = t.linkTo(ctx, a, clinic, add.id, q.Life); err != nil {
			return err
		}
		if q.DryRun {
			return errDryRun
		}
		return t.keep(ctx, asked, &scheduler.Book{Made: add.id})
	})
	var before *desk.Repeated
	switch {
	case errors.Is(err, errDryRun):
		return reads.SignInLink{Clinic: clinic}, nil
	case errors.As(err, &before):
		return reads.SignInLink{Clinic: clinic, Staff: before.Made}, nil
	case db.sql.IsUnique(err):
		return reads.SignInLink{}, addressTaken()
	case err != nil:
		return reads.SignInLink{}, err
	}
	return link, nil
}

// StaffLink is NewLink with all that the mail with the link says.
func (db *DB) StaffLink(
	ctx context.Context, a access.Actor, clinic, staff scheduler.ID, life time.Duration,
) (link reads.SignInLink, err error) {
	if err := access.CheckIn(a, access.StaffManage, string(clinic)); err != nil {
		return link, err
	}
	err = db.write(ctx, func(t *tx) error {
		link, err = t.linkTo(ctx, a, clinic, staff, life)
		return err
	})
	if err != nil {
		return reads.SignInLink{}, err
	}
	return link, nil
}

// linkTo makes a link for a member of staff who is not disabled.
func (t *tx) linkTo(
	ctx context.Context, a access.Actor, clinic, staff scheduler.ID, life time.Duration,
) (l reads.SignInLink, err error) {
	if life <= 0 {
		return l, fault.In("life", "A link must be good for some time.")
	}
	key, err := t.key(ctx, clinic)
	if err != nil {
		return l, err
	}
	l.Clinic, l.Invited = clinic, true
	if err := t.Row(ctx, "SELECT name, zone FROM clinics WHERE id = ?", clinic).
		Scan(&l.ClinicName, &l.ClinicZone); err != nil {
		return l, fmt.Errorf("reading the clinic: %w", err)
	}
	row := t.Row(ctx, "SELECT "+staffColumns+" FROM staff s WHERE s.clinic = ? AND s.id = ?"+t.ForUpdate(), clinic,
		staff)
	who, err := scanStaff(row.Scan, clinic, key)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return l, noStaff()
	case err != nil:
		return l, err
	case who.Disabled:
		return l, fault.New(fault.Closed, "This member of staff was disabled and cannot sign in.")
	}
	now := t.db.now()
	l.Staff, l.Name, l.Email, l.Expires = who.ID, who.Name, who.Email, now.Add(life)
	l.Token, err = t.newLink(ctx, a, clinic, who.ID, now, life)
	return l, err
}

// member is somebody to add.
type member struct {
	id          scheduler.ID
	name, email string
	role        access.Role
}

// newMember checks what is asked for of somebody to add.
func newMember(name, email, role string) (member, error) {
	name, nameErr := checkName(name)
	email, emailErr := needEmail(email)
	parsed, roleErr := access.ParseRole(role)
	return member{randomID(), name, email, parsed}, errors.Join(nameErr, emailErr, roleErr)
}

func (t *tx) addStaff(ctx context.Context, a access.Actor, clinic scheduler.ID, m member) error {
	now := t.db.now()
	key, err := t.key(ctx, clinic)
	if err != nil {
		return err
	}
	guarded := guardedStaff{id: m.id, role: string(m.role), index: emailIndex(key, m.email)}
	err = t.Exec(ctx, `INSERT INTO staff (id, clinic, role, name, email, email_index, mac, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		m.id, clinic, m.role, key.Seal(place(clinic, "staff", "name", m.id), m.name),
		key.Seal(place(clinic, "staff", "email", m.id), m.email), guarded.index, key.staffMAC(guarded),
		sqldb.Stamp(now))
	if err != nil {
		return err
	}
	return t.audit(ctx, clinic, a, now, scheduler.AuditEntry{Action: "staff.add", Subjects: []scheduler.ID{m.id}})
}

func addressTaken() error {
	return fault.New(fault.Conflict,
		"Somebody at this clinic has that email address already. Make a new sign-in link for them instead.").In("email")
}

// keepAdmin fails with Conflict when a clinic would be without an admin. Commands may do that, because they can make
// another one.
func (t *tx) keepAdmin(ctx context.Context, a access.Actor, clinic scheduler.ID, s reads.Staff) error {
	if a.Kind == access.KindCommand || s.Role != string(access.Admin) || s.Disabled {
		return nil
	}
	var others int
	err := t.Row(ctx, "SELECT count(*) FROM staff WHERE clinic = ? AND role = ? AND disabled_at = '' AND id <> ?",
		clinic, access.Admin, s.ID).Scan(&others)
	if err != nil {
		return fmt.Errorf("counting admins: %w", err)
	}
	if others > 0 {
		return nil
	}
	return fault.New(fault.Conflict, "This is the only admin. Give somebody else the role admin first.").In("role")
}
