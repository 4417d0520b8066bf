package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
	"almanac/scheduler/store/sqldb"
)

// accountPurpose is the purpose of the digest by which an organization's account is found.
const accountPurpose = "organization-account"

// accountOf gives the digest of an organization's account at a clinic. The subject itself is kept nowhere.
func (k *clinicKey) accountOf(q reads.IdentityUse) string {
	return k.Token(accountPurpose, q.Issuer+"\n"+q.Subject, 0)
}

// findIdentity finds at which clinic an organization's account is linked, and to whom. sql.ErrNoRows when nobody
// has linked it.
func (t *tx) findIdentity(ctx context.Context, q reads.IdentityUse) (identity, error) {
	clinics, err := t.clinicIDs(ctx, "")
	if err != nil {
		return identity{}, err
	}
	for _, clinic := range clinics {
		key, err := t.key(ctx, clinic)
		if err != nil {
			return identity{}, err
		}
		found, err := t.identityOf(ctx, clinic, key, key.accountOf(q))
		if !errors.Is(err, sql.ErrNoRows) {
			return found, err
		}
	}
	return identity{}, sql.ErrNoRows
}

// Identity gives the organization's account of a member of staff, zero when none is linked. NotFound when there is no
// such member of staff.
func (db *DB) Identity(
	ctx context.Context, a access.Actor, clinic, staff scheduler.ID,
) (found reads.Identity, err error) {
	if err := checkSignIns(a, clinic, staff); err != nil {
		return found, err
	}
	err = db.view(ctx, func(t *tx) error {
		if err := t.knownStaff(ctx, clinic, staff); err != nil {
			return err
		}
		err := t.Row(ctx, "SELECT issuer, created_at, used_at FROM identities WHERE clinic = ? AND staff = ?", clinic,
			staff).Scan(&found.Issuer, sqldb.When(&found.Linked), sqldb.When(&found.Used))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return found, err
}

// LinkIdentity links an organization's account to the actor, whose sign-in with this token it proves. It is
// no error when it is linked to them already. Conflict when it is linked to somebody else, or they have another one.
func (db *DB) LinkIdentity(ctx context.Context, a access.Actor, token string, q reads.IdentityUse) error {
	clinic, staff := scheduler.ID(a.Clinic), scheduler.ID(a.ID)
	if err := checkSignIns(a, clinic, staff); err != nil {
		return err
	}
	err := db.write(ctx, func(t *tx) error {
		now := db.now()
		if err := t.lockStaff(ctx, clinic, staff); err != nil {
			return err
		}
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		var account string
		err = t.Row(ctx, "SELECT account FROM identities WHERE clinic = ? AND staff = ?", clinic, staff).Scan(&account)
		switch {
		case err == nil && account == key.accountOf(q):
			return t.proveSignIn(ctx, clinic, staff, seal.HashToken(token), now)
		case err == nil:
			return fault.New(fault.Conflict, "Another account of your organization is linked. Unlink it first.")
		case !errors.Is(err, sql.ErrNoRows):
			return fmt.Errorf("reading an identity: %w", err)
		}
		made := identity{clinic: clinic, staff: staff}
		if err := t.addIdentity(ctx, made, q); err != nil {
			return err
		}
		if err := t.proveSignIn(ctx, clinic, staff, seal.HashToken(token), now); err != nil {
			return err
		}
		return t.audit(ctx, clinic, a, now,
			scheduler.AuditEntry{Action: "provider.link", Subjects: []scheduler.ID{staff}})
	})
	return db.accountTaken(err)
}

func (db *DB) accountTaken(err error) error {
	if db.sql.IsUnique(err) {
		return errAccountTaken()
	}
	return err
}

func errAccountTaken() error {
	return fault.New(fault.Conflict, "This account of your organization is linked to somebody else here.")
}

// UnlinkIdentity unlinks the organization's account of a member of staff. Their sign-ins go on. With OnlyCheck it
// changes nothing. NotFound when none is linked.
func (db *DB) UnlinkIdentity(
	ctx context.Context, a access.Actor, clinic, staff scheduler.ID, m reads.Mode,
) error {
	if err := checkSignIns(a, clinic, staff); err != nil {
		return err
	}
	err := db.write(ctx, func(t *tx) error {
		if err := t.knownStaff(ctx, clinic, staff); err != nil {
			return err
		}
		done, err := t.Count(ctx, "DELETE FROM identities WHERE clinic = ? AND staff = ?", clinic, staff)
		switch {
		case err != nil:
			return fmt.Errorf("unlinking an account: %w", err)
		case done == 0:
			return notFound("No account of the organization is linked.")
		case m == reads.OnlyCheck:
			return errDryRun
		}
		return t.audit(ctx, clinic, a, db.now(),
			scheduler.AuditEntry{Action: "provider.unlink", Subjects: []scheduler.ID{staff}})
	})
	if errors.Is(err, errDryRun) {
		return nil
	}
	return err
}

// identity is a row of identities with its member of staff.
type identity struct {
	clinic, staff scheduler.ID
	byGroups      bool
	role          access.Role
	disabled      string
}

// addIdentity links an account that is linked at no clinic. Conflict otherwise.
func (t *tx) addIdentity(ctx context.Context, i identity, q reads.IdentityUse) error {
	clinics, err := t.clinicIDs(ctx, "")
	if err != nil {
		return err
	}
	for _, clinic := range clinics { // so that two clinics do not link it at once
		if _, err := t.lock(ctx, clinic); err != nil {
			return err
		}
	}
	if _, err := t.findIdentity(ctx, q); !errors.Is(err, sql.ErrNoRows) {
		return cmp.Or(err, errAccountTaken())
	}
	key, err := t.key(ctx, i.clinic)
	if err != nil {
		return err
	}
	at := sqldb.Stamp(t.db.now())
	account := key.accountOf(q)
	return t.Exec(ctx, `
		INSERT INTO identities (account, clinic, staff, issuer, by_groups, mac, created_at, used_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		account, i.clinic, i.staff, q.Issuer, yes(i.byGroups), key.identityMAC(account, i.staff, yes(i.byGroups)),
		at, at)
}

// errUnlinked answers for every account that opens nothing, whether or not somebody has its address.
func errUnlinked() error {
	return fault.New(fault.Forbidden,
		"This account of your organization opens nothing here yet. Sign in by email or with a passkey and link it on "+
			"the page Your account, or ask an admin to invite you.")
}

// UseIdentity notes that somebody signed in at their organization. With the token of a sign-in it proves that
// sign-in; without one it makes a new sign-in and returns its token. An account that is not linked opens the one
// open invitation to its confirmed address, or is added to the staff when its groups give it a role. Forbidden when it
// opens nothing, and when its member of staff is disabled; Conflict when it is somebody else's than the token.
func (db *DB) UseIdentity(ctx context.Context, a access.Actor, q reads.IdentityUse) (browser string, err error) {
	if err := access.Check(a, access.TokenFind); err != nil {
		return "", err
	}
	browser = seal.RandomToken()
	err = db.write(ctx, func(t *tx) error {
		found, err := t.findIdentity(ctx, q)
		if errors.Is(err, sql.ErrNoRows) && q.Token == "" {
			found, err = t.newIdentity(ctx, q)
		} else if errors.Is(err, sql.ErrNoRows) {
			err = somebodyElse()
		}
		if err != nil {
			return err
		}
		if found.disabled != "" {
			return fault.New(fault.Forbidden, "Your access was ended. Ask an admin of the clinic.")
		}
		now := db.now()
		err = t.Exec(ctx, "UPDATE identities SET used_at = ? WHERE clinic = ? AND staff = ?", sqldb.Stamp(now),
			found.clinic, found.staff)
		if err != nil {
			return fmt.Errorf("using an identity: %w", err)
		}
		if q.Token != "" {
			if browser = q.Token; q.Staff != found.staff {
				return somebodyElse()
			}
			return t.proveSignIn(ctx, found.clinic, found.staff, seal.HashToken(q.Token), now)
		}
		if err := t.takeRole(ctx, &found, q); err != nil {
			return err
		}
		made := newSignIn{clinic: found.clinic, staff: found.staff, kind: browserSignIn, method: reads.ByProvider,
			device: q.Device, token: browser, life: SignInLife, proved: now}
		if err := t.addSignIn(ctx, made, now); err != nil {
			return err
		}
		s := signIn{clinic: found.clinic, staff: found.staff, role: found.role}
		return t.audit(ctx, found.clinic, s.actor(), now,
			scheduler.AuditEntry{Action: "staff.sign-in", Subjects: []scheduler.ID{found.staff}})
	})
	if err != nil {
		return "", db.accountTaken(err)
	}
	return browser, nil
}

func somebodyElse() error {
	return fault.New(fault.Conflict,
		"You signed in at your organization with an account that is not linked to you here. Choose your own, or link "+
			"it on the page Your account.")
}

// takeRole gives a member of staff the role of their groups; the only admin stays one. Forbidden when they were added
// by their groups and have none any more that gives a role.
func (t *tx) takeRole(ctx context.Context, i *identity, q reads.IdentityUse) error {
	switch {
	case !q.Mapped:
		return nil
	case q.Role == "" && i.byGroups:
		return fault.New(fault.Forbidden,
			"Your organization has put you in no group that may work here. Ask an admin of the clinic.")
	case q.Role == "" || q.Role == string(i.role):
		return nil
	}
	role, err := access.ParseRole(q.Role)
	if err != nil {
		return err
	}
	if _, err := t.lock(ctx, i.clinic); err != nil { // two admins cannot lose their role at once
		return err
	}
	c := staffChange{tx: t, by: access.System("provider").In(string(i.clinic)), clinic: i.clinic, now: t.db.now()}
	if err := c.read(ctx, i.staff); err != nil {
		return err
	}
	if err := c.setRole(ctx, role); err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	i.role = access.Role(c.who.Role)
	return nil
}
