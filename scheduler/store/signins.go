package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
	"almanac/scheduler/store/sqldb"
)

// How long a sign-in lasts; durations are elapsed time.
const (
	// SignInLife is how long a sign-in lasts however much it is used.
	SignInLife = 12 * time.Hour

	seenEvery = time.Minute // a sign-in in use is noted no more often
)

// The kinds of row in signins.
const (
	linkSignIn    = "link"    // good once
	browserSignIn = "browser" // what a cookie carries
)

// errLink answers for every link that opens nothing.
func errLink() error {
	return notFound("This sign-in link is used up, too old or unknown. Ask an admin of the clinic for a new link.")
}

// errSignIn answers for every sign-in that is none.
func errSignIn() error {
	return notFound("You are not signed in, or your sign-in has ended. Ask an admin of the clinic for a new link.")
}

// newSignIn is a row of signins to write.
type newSignIn struct {
	clinic, staff scheduler.ID
	kind          string
	method        reads.SignInMethod
	device        string
	token         string
	life          time.Duration
	proved        time.Time // zero: no passkey was used
}

func (t *tx) addSignIn(ctx context.Context, n newSignIn, now time.Time) error {
	key, err := t.key(ctx, n.clinic)
	if err != nil {
		return err
	}
	at, expires, proved := sqldb.Stamp(now), sqldb.Stamp(now.Add(n.life)), sqldb.Stamp(n.proved)
	hash := seal.HashToken(n.token)
	err = t.Exec(ctx, `
		INSERT INTO signins (hash, clinic, staff, kind, id, method, device, created_at, expires_at, seen_at, proved_at,
		  proof, mac)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		hash, n.clinic, n.staff, n.kind, randomID(), n.method, n.device, at, expires, at, proved,
		key.proofMAC(hash, proved), key.signInMAC(hash, n.staff, n.kind, string(n.method), at, expires))
	if err != nil {
		return fmt.Errorf("writing a sign-in: %w", err)
	}
	return nil
}

// SpendLink burns a one-time link and gives the token of a new sign-in, for the
// browser to keep. device is that browser in plain words. NotFound, with the same words always, when the link is
// unknown, used up or too old, or its holder was disabled.
func (db *DB) SpendLink(ctx context.Context, a access.Actor, token, device string) (browser string, err error) {
	if err := access.Check(a, access.TokenFind); err != nil {
		return "", err
	}
	hash := seal.HashToken(token)
	browser = seal.RandomToken()
	err = db.write(ctx, func(t *tx) error {
		now := db.now()
		s, err := scanSignIn(t.Row(ctx, signInQuery, hash, linkSignIn))
		if err != nil {
			return err
		}
		if err := db.checkSignIn(ctx, &s, hash, linkSignIn); err != nil {
			return err
		}
		if !s.valid(now) {
			return errLink()
		}
		spent, err := t.spendSignIn(ctx, hash, now)
		if err != nil {
			return err
		}
		if spent == 0 {
			return errLink()
		}
		made := newSignIn{clinic: s.clinic, staff: s.staff, kind: browserSignIn, method: s.signIn.Method,
			device: device, token: browser, life: SignInLife}
		if err := t.addSignIn(ctx, made, now); err != nil {
			return err
		}
		return t.audit(ctx, s.clinic, s.actor(), now,
			scheduler.AuditEntry{Action: "staff.sign-in", Subjects: []scheduler.ID{s.staff}})
	})
	if errors.Is(err, sql.ErrNoRows) {
		return "", errLink()
	}
	if err != nil {
		return "", err
	}
	return browser, nil
}

// SignedIn tells who carries a sign-in. NotFound when it is unknown, was ended
// or is 12 hours old, or its holder was disabled. A locked one stays locked.
func (db *DB) SignedIn(ctx context.Context, a access.Actor, token string) (access.Actor, reads.SignedIn, error) {
	if err := access.Check(a, access.TokenFind); err != nil {
		return access.Actor{}, reads.SignedIn{}, err
	}
	s, locked, err := db.browserSignIn(ctx, token)
	if err != nil {
		return access.Actor{}, reads.SignedIn{}, err
	}
	staff, err := db.openStaff(ctx, s)
	if err != nil {
		return access.Actor{}, reads.SignedIn{}, err
	}
	screen, err := db.screen(ctx, s, locked)
	if err != nil {
		return access.Actor{}, reads.SignedIn{}, err
	}
	if now := db.now(); !locked && now.Sub(s.signIn.Seen) >= seenEvery {
		hash := seal.HashToken(token)
		if err := db.write(ctx, func(t *tx) error { return t.touchSignIn(ctx, hash, now) }); err != nil {
			return access.Actor{}, reads.SignedIn{}, err
		}
	}
	return s.actor(), reads.SignedIn{Staff: staff, SignIn: s.signIn,
		NeedsKey: s.rule == reads.SignInStrong && !s.signIn.Keyed(), LockMinutes: s.lockMinutes,
		Screen: screen}, nil
}

// browserSignIn finds the sign-in that a cookie carries, and whether it is locked. It fails as SignedIn does.
func (db *DB) browserSignIn(ctx context.Context, token string) (s signIn, locked bool, err error) {
	hash := seal.HashToken(token)
	s, err = scanSignIn(db.quick(ctx, signInQuery, hash, browserSignIn))
	if err == nil {
		err = db.checkSignIn(ctx, &s, hash, browserSignIn)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return s, false, errSignIn()
	}
	if err != nil {
		return s, false, db.sql.Fault(err)
	}
	now := db.now()
	if !s.valid(now) {
		return s, false, errSignIn()
	}
	if now.Sub(s.signIn.Seen) < time.Duration(s.lockMinutes)*time.Minute {
		return s, false, nil
	}
	leads, err := db.leadsNow(ctx, s.clinic, s.staff, now)
	return s, !leads, err
}

// leadsNow tells whether a member of staff leads a session that is running: their screen is not locked before its end.
func (db *DB) leadsNow(ctx context.Context, clinic, staff scheduler.ID, now time.Time) (bool, error) {
	var running int
	at := sqldb.Stamp(now)
	err := db.quick(ctx, `
		SELECT count(*) FROM sessions
		WHERE clinic = ? AND leader = ? AND state = 'planned' AND start_at <= ? AND end_at > ?`,
		clinic, staff, at, at).Scan(&running)
	if err != nil {
		return false, db.sql.Fault(fmt.Errorf("looking for a running session: %w", err))
	}
	return running > 0, nil
}

// screenPurpose is the purpose of the digest by which a page knows whose sign-in it belongs to.
const screenPurpose = "screen"

// Screen tells whose a sign-in is and whether it is locked, without counting as its use. It fails as SignedIn does.
func (db *DB) Screen(ctx context.Context, a access.Actor, token string) (reads.Screen, error) {
	if err := access.Check(a, access.TokenFind); err != nil {
		return reads.Screen{}, err
	}
	s, locked, err := db.browserSignIn(ctx, token)
	if err != nil {
		return reads.Screen{}, err
	}
	return db.screen(ctx, s, locked)
}

func (db *DB) screen(ctx context.Context, s signIn, locked bool) (reads.Screen, error) {
	key, err := db.openKey(ctx, s.clinic)
	if err != nil {
		return reads.Screen{}, err
	}
	return reads.Screen{Locked: locked, Holder: key.Token(screenPurpose, string(s.staff), 0)}, nil
}

// SignOut ends a sign-in. One that has ended or never was is no error.
func (db *DB) SignOut(ctx context.Context, a access.Actor, token string) error {
	if err := access.Check(a, access.TokenFind); err != nil {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		_, err := t.spendSignIn(ctx, seal.HashToken(token), db.now())
		return err
	})
}

// signIn is a row of signins with its holder, still sealed.
type signIn struct {
	clinic, staff   scheduler.ID
	signIn          reads.SignIn
	spent, disabled time.Time
	role            access.Role
	name, email     []byte
	proof, mac      string
	row             guardedStaff
	facilitators    string // the clinic's setting
	lockMinutes     int
	rule            string // what lets staff in
}

// actor is who carries the sign-in.
func (s *signIn) actor() access.Actor {
	a := access.Staff(string(s.staff), string(s.clinic), s.role)
	a.Everywhere = s.facilitators == FacilitatorsAll
	return a
}

// scanSignIn reads signInQuery; sql.ErrNoRows when nothing is there.
func scanSignIn(row interface{ Scan(into ...any) error }) (s signIn, err error) {
	i := &s.signIn
	err = row.Scan(&s.clinic, &s.staff, &i.ID, &i.Method, &i.Device, sqldb.When(&i.At), sqldb.When(&i.Expires),
		sqldb.When(&i.Seen), sqldb.When(&i.Proved), sqldb.When(&s.spent), &s.proof, &s.mac, &s.role, &s.name,
		&s.email, sqldb.When(&s.disabled), &s.row.index, &s.row.is,
		&s.facilitators, &s.lockMinutes, &s.rule)
	if err != nil {
		return s, fmt.Errorf("looking up a sign-in: %w", err)
	}
	return s, nil
}

// checkSignIn is sql.ErrNoRows when the row of a sign-in or of its holder is not as Almanac wrote it. A proof that is
// not counts as none. One that is spent has no MAC any more, and opens nothing anyway.
func (db *DB) checkSignIn(ctx context.Context, s *signIn, hash, kind string) error {
	if !s.spent.IsZero() {
		return nil
	}
	key, err := db.openKey(ctx, s.clinic)
	if err != nil {
		return err
	}
	i := &s.signIn
	s.row.id, s.row.role, s.row.disabled = s.staff, string(s.role), sqldb.Stamp(s.disabled)
	if !isMAC(s.row.is, key.staffMAC(s.row)) || !isMAC(s.mac, key.signInMAC(hash, s.staff, kind, string(i.Method),
		sqldb.Stamp(i.At), sqldb.Stamp(i.Expires))) {
		db.altered(ctx, "signins")
		return sql.ErrNoRows
	}
	if !isMAC(s.proof, key.proofMAC(hash, sqldb.Stamp(i.Proved))) {
		i.Proved = time.Time{}
	}
	return nil
}

// valid tells whether a sign-in or link may be used at now, idleness aside.
func (s *signIn) valid(now time.Time) bool {
	return s.spent.IsZero() && s.disabled.IsZero() && now.Before(s.signIn.Expires)
}

// openStaff opens the name and address of a sign-in's holder.
func (db *DB) openStaff(ctx context.Context, s signIn) (reads.Staff, error) {
	staff := reads.Staff{ID: s.staff, Role: string(s.role)}
	key, err := db.openKey(ctx, s.clinic)
	if err != nil {
		return staff, err
	}
	if staff.Name, err = opened(key, place(s.clinic, "staff", "name", s.staff), s.name); err != nil {
		return staff, err
	}
	staff.Email, err = opened(key, place(s.clinic, "staff", "email", s.staff), s.email)
	return staff, err
}
