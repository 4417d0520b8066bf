package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// newIdentity links an account that is not linked: to somebody who was invited, or to somebody whom it adds to the
// staff. Forbidden when it is neither.
func (t *tx) newIdentity(ctx context.Context, q reads.IdentityUse) (identity, error) {
	clinics, err := t.clinicIDs(ctx, "")
	if err != nil {
		return identity{}, err
	}
	var invited []identity
	for _, clinic := range clinics {
		one, open, err := t.invited(ctx, clinic, q.Email)
		if err != nil {
			return identity{}, err
		}
		if open {
			invited = append(invited, one)
		}
	}
	switch {
	case len(invited) == 1:
		return invited[0], t.acceptInvitation(ctx, invited[0], q)
	case q.Role == "" || len(invited) > 1:
		return identity{}, errUnlinked()
	}
	return t.addByGroups(ctx, clinics, q)
}

// invited finds the member of staff of a clinic with a confirmed address whose invitation is open: an admin or a
// command made a link that is still good, and they never signed in. Nobody else is found by an address.
func (t *tx) invited(ctx context.Context, clinic scheduler.ID, email string) (i identity, open bool, err error) {
	if email, err = needEmail(email); err != nil {
		return i, false, nil // it is none: nobody is found by it
	}
	key, err := t.key(ctx, clinic)
	if err != nil {
		return i, false, err
	}
	i.clinic = clinic
	var row guardedStaff
	err = t.Row(ctx, `
		SELECT s.id, s.role, s.email_index, s.mac FROM staff s
		WHERE s.clinic = ? AND s.email_index = ? AND s.disabled_at = ''
		  AND EXISTS (SELECT 1 FROM signins l WHERE l.staff = s.id AND l.kind = ? AND l.method IN (?, ?)
		    AND l.spent_at = '' AND l.expires_at > ?)
		  AND NOT EXISTS (SELECT 1 FROM signins b WHERE b.staff = s.id AND b.kind = ?)
		  AND NOT EXISTS (SELECT 1 FROM passkeys p WHERE p.staff = s.id)
		  AND NOT EXISTS (SELECT 1 FROM identities o WHERE o.staff = s.id)`+t.ForUpdate(),
		clinic, emailIndex(key, email), linkSignIn, reads.ByInvitation, reads.ByCommand, sqldb.Stamp(t.db.now()),
		browserSignIn).Scan(&row.id, &row.role, &row.index, &row.is)
	if errors.Is(err, sql.ErrNoRows) {
		return i, false, nil
	}
	if err != nil {
		return i, false, fmt.Errorf("looking for an invitation: %w", err)
	}
	if !isMAC(row.is, key.staffMAC(row)) {
		t.db.altered(ctx, "staff")
		return i, false, nil
	}
	i.staff, i.role = row.id, access.Role(row.role)
	return i, true, nil
}

// acceptInvitation links an account to somebody who was invited. The link that invited them is used up by that.
func (t *tx) acceptInvitation(ctx context.Context, i identity, q reads.IdentityUse) error {
	now := t.db.now()
	err := t.Exec(ctx, "UPDATE signins SET spent_at = ?, mac = '' WHERE clinic = ? AND staff = ? AND spent_at = ''",
		sqldb.Stamp(now), i.clinic, i.staff)
	if err != nil {
		return fmt.Errorf("ending links: %w", err)
	}
	if err := t.addIdentity(ctx, i, q); err != nil {
		return err
	}
	own := access.Staff(string(i.staff), string(i.clinic), i.role)
	return t.audit(ctx, i.clinic, own, now,
		scheduler.AuditEntry{Action: "provider.link", Subjects: []scheduler.ID{i.staff}})
}

// addByGroups adds somebody to the staff whose groups give a role. Forbidden without a confirmed address, and when a
// member of staff has that address: their account is never taken over.
func (t *tx) addByGroups(ctx context.Context, clinics []scheduler.ID, q reads.IdentityUse) (identity, error) {
	clinic, err := t.clinicByGroups(ctx, clinics, q.Clinic)
	if err != nil {
		return identity{}, err
	}
	if q.Email == "" {
		return identity{}, fault.New(fault.Forbidden,
			"Your organization has not confirmed your email address, so you cannot be added here. Ask an admin to "+
				"invite you.")
	}
	add, err := newMember(q.Name, q.Email, q.Role)
	if fault.Is(err, fault.Invalid) { // a name that is none, or none at all
		add, err = newMember(q.Email, q.Email, q.Role)
	}
	if err != nil {
		return identity{}, err
	}
	key, err := t.key(ctx, clinic)
	if err != nil {
		return identity{}, err
	}
	var taken int
	err = t.Row(ctx, "SELECT count(*) FROM staff WHERE clinic = ? AND email_index = ?", clinic,
		emailIndex(key, add.email)).Scan(&taken)
	if err != nil {
		return identity{}, fmt.Errorf("looking up an address: %w", err)
	}
	if taken > 0 {
		return identity{}, errUnlinked()
	}
	if err := t.addStaff(ctx, access.System("provider").In(string(clinic)), clinic, add); err != nil {
		return identity{}, err
	}
	made := identity{clinic: clinic, staff: add.id, byGroups: true, role: add.role}
	return made, t.addIdentity(ctx, made, q)
}

// clinicByGroups finds the clinic to which groups add people, by its name or id; without one it is the only clinic.
func (t *tx) clinicByGroups(ctx context.Context, all []scheduler.ID, named string) (found scheduler.ID, err error) {
	if named == "" && len(all) == 1 {
		return all[0], nil
	}
	err = t.Row(ctx, "SELECT id FROM clinics WHERE name = ? OR id = ?", named, named).Scan(&found)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fault.New(fault.Unavailable,
			"This site does not know to which clinic your groups belong. Ask an admin to invite you.")
	}
	return found, err
}
