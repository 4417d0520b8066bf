package store

import (
	"context"
	"crypto/subtle"
	"fmt"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
)

// firstPurpose is the purpose of the address at which the first admin begins.
const firstPurpose = "first-admin"

// FirstToken gives the token with which the first admin of a clinic begins. It follows from the clinic's key, and
// works as long as no clinic has staff. NotFound when there is no such clinic.
func (db *DB) FirstToken(ctx context.Context, a access.Actor, clinic scheduler.ID) (string, error) {
	if err := access.CheckIn(a, access.StaffManage, string(clinic)); err != nil {
		return "", err
	}
	key, err := db.openKey(ctx, clinic)
	if err != nil {
		return "", err
	}
	return key.Token(firstPurpose, string(clinic), 0), nil
}

// CheckFirst tells whether somebody may become the first admin with a token. NotFound otherwise.
func (db *DB) CheckFirst(ctx context.Context, a access.Actor, token string) error {
	if err := access.Check(a, access.TokenFind); err != nil {
		return err
	}
	return db.view(ctx, func(t *tx) error {
		_, err := t.firstClinic(ctx, token)
		return err
	})
}

// firstClinic finds the clinic of a token. NotFound when it is none, or somebody is on the staff of any clinic.
func (t *tx) firstClinic(ctx context.Context, token string) (found scheduler.ID, err error) {
	clinics, err := t.clinicIDs(ctx, "")
	if err != nil {
		return "", err
	}
	for _, clinic := range clinics {
		var staff int
		err := t.Row(ctx, "SELECT count(*) FROM staff WHERE clinic = ?", clinic).Scan(&staff)
		if err != nil {
			return "", fmt.Errorf("counting staff: %w", err)
		}
		if staff > 0 {
			return "", errLink()
		}
		key, err := t.key(ctx, clinic)
		if err != nil {
			return "", err
		}
		right := key.Token(firstPurpose, string(clinic), 0)
		if subtle.ConstantTimeCompare([]byte(right), []byte(token)) == 1 {
			found = clinic
		}
	}
	if found == "" {
		return "", errLink()
	}
	return found, nil
}

// AddFirstAdmin makes somebody the first admin and gives the token of their sign-in, which counts as made by a link
// from the server. It fails as CheckFirst and AddStaff do.
func (db *DB) AddFirstAdmin(
	ctx context.Context, a access.Actor, token string, q reads.FirstAdmin,
) (browser string, err error) {
	if err := access.Check(a, access.TokenFind); err != nil {
		return "", err
	}
	browser = seal.RandomToken()
	err = db.write(ctx, func(t *tx) error {
		clinic, err := t.firstClinic(ctx, token)
		if err != nil {
			return err
		}
		if _, err := t.lock(ctx, clinic); err != nil {
			return err
		}
		if _, err := t.firstClinic(ctx, token); err != nil { // somebody may have been faster
			return err
		}
		add, err := newMember(q.Name, q.Email, string(access.Admin))
		if err != nil {
			return err
		}
		if err := t.addStaff(ctx, access.Operator(string(clinic)), clinic, add); err != nil {
			return err
		}
		made := newSignIn{clinic: clinic, staff: add.id, kind: browserSignIn, method: reads.ByCommand,
			device: q.Device, token: browser, life: SignInLife}
		if err := t.addSignIn(ctx, made, db.now()); err != nil {
			return err
		}
		return t.audit(ctx, clinic, access.Staff(string(add.id), string(clinic), access.Admin), db.now(),
			scheduler.AuditEntry{Action: "staff.sign-in", Subjects: []scheduler.ID{add.id}})
	})
	if err != nil {
		return "", err
	}
	return browser, nil
}
