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
	"almanac/scheduler/passkey"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
	"almanac/scheduler/store/sqldb"
)

const (
	// CeremonyLife is how long a browser has for adding or using a passkey.
	CeremonyLife = 5 * time.Minute

	mostPasskeys    = 20
	longestKeyName  = 60
	passkeyAdding   = "add"
	passkeySigning  = "use"
	ceremonyTooLate = "This took too long, or was sent before. Try again."
)

// Passkeys lists the passkeys of a member of staff by when they were added. NotFound when there is no such member of
// staff.
func (db *DB) Passkeys(
	ctx context.Context, a access.Actor, clinic, staff scheduler.ID,
) (all []reads.Passkey, err error) {
	if err := checkSignIns(a, clinic, staff); err != nil {
		return nil, err
	}
	err = db.view(ctx, func(t *tx) error {
		if err := t.knownStaff(ctx, clinic, staff); err != nil {
			return err
		}
		all, err = t.passkeys(ctx, clinic, staff)
		return err
	})
	return all, err
}

func (t *tx) passkeys(ctx context.Context, clinic, staff scheduler.ID) ([]reads.Passkey, error) {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	rows, err := t.Query(ctx, `
		SELECT id, name, created_at, used_at FROM passkeys WHERE clinic = ? AND staff = ? ORDER BY created_at, id`,
		clinic, staff)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (p reads.Passkey, err error) {
		var name []byte
		if err := rows.Scan(&p.ID, &name, sqldb.When(&p.Added), sqldb.When(&p.Used)); err != nil {
			return p, err
		}
		p.Name, err = opened(key, place(clinic, "passkeys", "name", p.ID), name)
		return p, err
	})
}

// ChangePasskey renames or removes a passkey of a member of staff, and returns its name before. NotFound when they
// have no such passkey; Invalid when the name is none.
func (db *DB) ChangePasskey(
	ctx context.Context, a access.Actor, clinic, staff scheduler.ID, q reads.PasskeyChange,
) (was string, err error) {
	if err := checkSignIns(a, clinic, staff); err != nil {
		return "", err
	}
	name, err := checkKeyName(q.Name)
	if err != nil && !q.Remove {
		return "", err
	}
	err = db.write(ctx, func(t *tx) error {
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		var kept []byte
		where := place(clinic, "passkeys", "name", q.ID)
		err = t.Row(ctx, "SELECT name FROM passkeys WHERE clinic = ? AND staff = ? AND id = ?"+t.ForUpdate(), clinic,
			staff, q.ID).Scan(&kept)
		if errors.Is(err, sql.ErrNoRows) {
			return notFound("There is no such passkey. Choose one from the list.")
		}
		if err != nil {
			return fmt.Errorf("reading a passkey: %w", err)
		}
		if was, err = opened(key, where, kept); err != nil || q.DryRun {
			return err
		}
		if !q.Remove {
			return t.Exec(ctx, "UPDATE passkeys SET name = ? WHERE clinic = ? AND staff = ? AND id = ?",
				key.Seal(where, name), clinic, staff, q.ID)
		}
		err = t.Exec(ctx, "DELETE FROM passkeys WHERE clinic = ? AND staff = ? AND id = ?", clinic, staff, q.ID)
		if err != nil {
			return fmt.Errorf("removing a passkey: %w", err)
		}
		return t.audit(ctx, clinic, a, db.now(),
			scheduler.AuditEntry{Action: "passkey.remove", Subjects: []scheduler.ID{staff}})
	})
	return was, err
}

func checkKeyName(raw string) (string, error) {
	name, err := checkName(raw)
	if err != nil || len([]rune(name)) > longestKeyName {
		return "", fault.In("name", "Name this passkey in 1 to 60 characters, such as My phone.")
	}
	return name, nil
}

// HolderOf returns a member of staff with their passkeys, for a ceremony. handle is their id. NotFound, with the same
// words always, when there is none, or they were disabled.
func (db *DB) HolderOf(ctx context.Context, a access.Actor, handle []byte) (h passkey.Holder, err error) {
	if err := access.Check(a, access.TokenFind); err != nil {
		return h, err
	}
	err = db.view(ctx, func(t *tx) error {
		clinic, who, err := t.openHolder(ctx, scheduler.ID(handle))
		if err != nil {
			return err
		}
		h.Handle, h.Name = handle, scheduler.ShownEmail(who.Email)
		h.Keys, err = t.passkeyData(ctx, clinic, who.ID)
		return err
	})
	return h, err
}

// openHolder finds the member of staff with a handle, in whichever clinic.
func (t *tx) openHolder(ctx context.Context, staff scheduler.ID) (clinic scheduler.ID, who reads.Staff, err error) {
	clinic, err = t.holder(ctx, staff)
	if errors.Is(err, sql.ErrNoRows) {
		return "", who, errPasskey()
	}
	if err != nil {
		return "", who, fmt.Errorf("looking up a passkey: %w", err)
	}
	key, err := t.key(ctx, clinic)
	if err != nil {
		return "", who, err
	}
	row := t.Row(ctx, "SELECT "+staffColumns+" FROM staff s WHERE s.clinic = ? AND s.id = ?", clinic, staff)
	who, err = scanStaff(row.Scan, clinic, key)
	return clinic, who, err
}

func errPasskey() error {
	return notFound("This passkey is not known here. Sign in by email instead.")
}

func (t *tx) passkeyData(ctx context.Context, clinic, staff scheduler.ID) ([]passkey.Key, error) {
	rows, err := t.Query(ctx, `
		SELECT credential, data, counter FROM passkeys WHERE clinic = ? AND staff = ? ORDER BY created_at, id`,
		clinic, staff)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (k passkey.Key, err error) {
		return k, rows.Scan(&k.ID, &k.Data, &k.Counter)
	})
}

// AddPasskey stores a new passkey of the actor, who proves themselves with it. Invalid when the name is none;
// Conflict when it is stored already; Full beyond 20.
func (db *DB) AddPasskey(ctx context.Context, a access.Actor, token, name string, k passkey.Key) error {
	clinic, staff := scheduler.ID(a.Clinic), scheduler.ID(a.ID)
	if err := checkSignIns(a, clinic, staff); err != nil {
		return err
	}
	name, err := checkKeyName(name)
	if err != nil {
		return err
	}
	err = db.write(ctx, func(t *tx) error {
		now := db.now()
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		if err := t.lockStaff(ctx, clinic, staff); err != nil {
			return err
		}
		known, err := t.passkeyData(ctx, clinic, staff)
		if err != nil {
			return err
		}
		if len(known) >= mostPasskeys {
			return fault.New(fault.Full, "You have 20 passkeys. Remove one first.").In("name")
		}
		id := randomID()
		err = t.Exec(ctx, `
			INSERT INTO passkeys (id, clinic, staff, credential, name, data, counter, mac, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, id, clinic, staff, k.ID,
			key.Seal(place(clinic, "passkeys", "name", id), name), k.Data, k.Counter,
			key.passkeyMAC(staff, k.ID, k.Data, k.Counter), sqldb.Stamp(now))
		if err != nil {
			return err
		}
		if err := t.proveSignIn(ctx, clinic, staff, seal.HashToken(token), now); err != nil {
			return err
		}
		return t.audit(ctx, clinic, a, now,
			scheduler.AuditEntry{Action: "passkey.add", Subjects: []scheduler.ID{staff}})
	})
	if db.sql.IsUnique(err) {
		return fault.New(fault.Conflict, "This passkey is stored already.").In("name")
	}
	return err
}

// lockStaff locks the row of a member of staff who is not disabled. NotFound otherwise.
func (t *tx) lockStaff(ctx context.Context, clinic, staff scheduler.ID) error {
	row, err := t.guardedRow(ctx, clinic, staff)
	if errors.Is(err, sql.ErrNoRows) || err == nil && row.disabled != "" {
		return errPasskey()
	}
	return err
}

func (t *tx) proveSignIn(ctx context.Context, clinic, staff scheduler.ID, hash string, now time.Time) error {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return err
	}
	at := sqldb.Stamp(now)
	done, err := t.Count(ctx, `
		UPDATE signins SET proved_at = ?, proof = ?, seen_at = ?
		WHERE clinic = ? AND staff = ? AND hash = ? AND kind = ? AND spent_at = ''`,
		at, key.proofMAC(hash, at), at, clinic, staff, hash, browserSignIn)
	if err == nil && done == 0 {
		return errSignIn()
	}
	return err
}

// ownPasskey makes sure that a passkey is as Almanac stored it, and gives the key of its clinic. NotFound otherwise.
func (t *tx) ownPasskey(ctx context.Context, clinic, staff scheduler.ID, credential string) (*clinicKey, error) {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	var data []byte
	var counter uint32
	var mac string
	err = t.Row(ctx, "SELECT data, counter, mac FROM passkeys WHERE clinic = ? AND staff = ? AND credential = ?"+
		t.ForUpdate(), clinic, staff, credential).Scan(&data, &counter, &mac)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errPasskey()
	}
	if err == nil && !isMAC(mac, key.passkeyMAC(staff, credential, data, counter)) {
		t.db.altered(ctx, "passkeys")
		return nil, errPasskey()
	}
	return key, err
}

// UsePasskey notes the use of a passkey. With the token of a sign-in it proves that sign-in, which must be of the
// same member of staff; without one it makes a new sign-in and returns its token. NotFound when the passkey was
// removed or its holder disabled; Conflict when its counter went back in the meantime, or it is somebody else's.
func (db *DB) UsePasskey(
	ctx context.Context, a access.Actor, handle []byte, k passkey.Key, q reads.PasskeyUse,
) (browser string, err error) {
	if err := access.Check(a, access.TokenFind); err != nil {
		return "", err
	}
	browser = seal.RandomToken()
	err = db.write(ctx, func(t *tx) error {
		now := db.now()
		clinic, who, err := t.openHolder(ctx, scheduler.ID(handle))
		if err != nil {
			return err
		}
		if err := t.lockStaff(ctx, clinic, who.ID); err != nil {
			return err
		}
		key, err := t.ownPasskey(ctx, clinic, who.ID, k.ID)
		if err != nil {
			return err
		}
		below := max(k.Counter, 1) // 0 stays 0, and every other counter goes up
		done, err := t.Count(ctx, `
			UPDATE passkeys SET counter = ?, data = ?, mac = ?, used_at = ?
			WHERE clinic = ? AND staff = ? AND credential = ? AND counter < ?`,
			k.Counter, k.Data, key.passkeyMAC(who.ID, k.ID, k.Data, k.Counter), sqldb.Stamp(now), clinic,
			who.ID, k.ID, below)
		if err != nil {
			return fmt.Errorf("using a passkey: %w", err)
		}
		if done == 0 {
			return errPasskey()
		}
		if q.Token != "" {
			browser = q.Token
			if q.Staff != who.ID {
				return fault.New(fault.Conflict,
					"This is the passkey of somebody else. Use your own, or sign out first.")
			}
			return t.proveSignIn(ctx, clinic, who.ID, seal.HashToken(q.Token), now)
		}
		made := newSignIn{clinic: clinic, staff: who.ID, kind: browserSignIn, method: reads.ByPasskey,
			device: q.Device, token: browser, life: SignInLife, proved: now}
		if err := t.addSignIn(ctx, made, now); err != nil {
			return err
		}
		s := signIn{clinic: clinic, staff: who.ID, role: access.Role(who.Role)}
		return t.audit(ctx, clinic, s.actor(), now,
			scheduler.AuditEntry{Action: "staff.sign-in", Subjects: []scheduler.ID{who.ID}})
	})
	if err != nil {
		return "", err
	}
	return browser, nil
}

// BeginCeremony keeps the state of a ceremony and returns the name under which TakeCeremony gives it back.
func (db *DB) BeginCeremony(ctx context.Context, a access.Actor, state []byte) (name string, err error) {
	if err := access.Check(a, access.TokenFind); err != nil {
		return "", err
	}
	name = seal.RandomToken()
	err = db.write(ctx, func(t *tx) error {
		now := db.now()
		if err := t.forgetCeremonies(ctx, now); err != nil {
			return err
		}
		return t.addCeremony(ctx, seal.HashToken(name), state, now.Add(CeremonyLife))
	})
	return name, err
}

// TakeCeremony gives back the state of a ceremony, once. Invalid when it was taken, or is too old.
func (db *DB) TakeCeremony(ctx context.Context, a access.Actor, name string) (state []byte, err error) {
	if err := access.Check(a, access.TokenFind); err != nil {
		return nil, err
	}
	err = db.write(ctx, func(t *tx) error {
		state, err = t.takeCeremony(ctx, seal.HashToken(name), db.now())
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.Invalid, ceremonyTooLate)
	}
	return state, err
}

// A ceremony belongs to no clinic: somebody who begins to use a passkey has not said which clinic they mean.
func (t *tx) addCeremony(ctx context.Context, hash string, state []byte, until time.Time) error {
	err := t.Exec(ctx, "INSERT INTO ceremonies (hash, state, expires_at) VALUES (?, ?, ?)", hash, state,
		sqldb.Stamp(until))
	if err != nil {
		return fmt.Errorf("writing a ceremony: %w", err)
	}
	return nil
}

func (t *tx) takeCeremony(ctx context.Context, hash string, now time.Time) (state []byte, err error) {
	return state, t.Row(ctx, "DELETE FROM ceremonies WHERE hash = ? AND expires_at > ? RETURNING state", hash,
		sqldb.Stamp(now)).Scan(&state)
}

func (t *tx) forgetCeremonies(ctx context.Context, now time.Time) error {
	return t.Exec(ctx, "DELETE FROM ceremonies WHERE expires_at <= ?", sqldb.Stamp(now))
}
