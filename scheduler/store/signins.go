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
	// SignInIdle is how long a sign-in may lie unused.
	SignInIdle = 60 * time.Minute
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
	return notFound("You are not signed in, or were away for too long. Ask an admin of the clinic for a new link.")
}

func (t *tx) addSignIn(ctx context.Context, clinic, staff scheduler.ID, kind, token string, now,
	expires time.Time) error {
	err := t.Exec(ctx, "INSERT INTO signins (hash, clinic, staff, kind, created_at, expires_at, seen_at) VALUES (?, "+
		"?, ?, ?, ?, ?, ?)",
		seal.HashToken(token), clinic, staff, kind, sqldb.Stamp(now), sqldb.Stamp(expires), sqldb.Stamp(now))
	if err != nil {
		return fmt.Errorf("writing a sign-in: %w", err)
	}
	return nil
}

// SpendLink burns a one-time link and gives the token of a new sign-in, for the
// browser to keep. NotFound, with the same words always, when the link is
// unknown, used up or too old, or its holder was disabled.
func (db *DB) SpendLink(ctx context.Context, a access.Actor, token string) (browser string, err error) {
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
		if err := t.addSignIn(ctx, s.clinic, s.staff, browserSignIn, browser, now, now.Add(SignInLife)); err != nil {
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

// SignedIn tells who carries a sign-in. NotFound when it is unknown, was ended,
// lay idle for an hour or is 12 hours old, or its holder was disabled.
func (db *DB) SignedIn(ctx context.Context, a access.Actor, token string) (access.Actor, reads.Staff, error) {
	if err := access.Check(a, access.TokenFind); err != nil {
		return access.Actor{}, reads.Staff{}, err
	}
	hash, now := seal.HashToken(token), db.now()
	s, err := scanSignIn(db.quick(ctx, signInQuery, hash, browserSignIn))
	if errors.Is(err, sql.ErrNoRows) {
		return access.Actor{}, reads.Staff{}, errSignIn()
	}
	if err != nil {
		return access.Actor{}, reads.Staff{}, db.sql.Fault(err)
	}
	if !s.valid(now) || !now.Before(s.seen.Add(SignInIdle)) {
		return access.Actor{}, reads.Staff{}, errSignIn()
	}
	staff, err := db.openStaff(ctx, s)
	if err != nil {
		return access.Actor{}, reads.Staff{}, err
	}
	if now.Sub(s.seen) >= seenEvery {
		if err := db.write(ctx, func(t *tx) error { return t.touchSignIn(ctx, hash, now) }); err != nil {
			return access.Actor{}, reads.Staff{}, err
		}
	}
	return s.actor(), staff, nil
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
	clinic, staff                  scheduler.ID
	expires, seen, spent, disabled time.Time
	role                           access.Role
	name, email                    []byte
	facilitators                   string // the clinic's setting
}

// actor is who carries the sign-in.
func (s *signIn) actor() access.Actor {
	a := access.Staff(string(s.staff), string(s.clinic), s.role)
	a.Everywhere = s.facilitators == FacilitatorsAll
	return a
}

// scanSignIn reads signInQuery; sql.ErrNoRows when nothing is there.
func scanSignIn(row interface{ Scan(into ...any) error }) (s signIn, err error) {
	err = row.Scan(&s.clinic, &s.staff, sqldb.When(&s.expires), sqldb.When(&s.seen), sqldb.When(&s.spent), &s.role,
		&s.name, &s.email, sqldb.When(&s.disabled), &s.facilitators)
	if err != nil {
		return s, fmt.Errorf("looking up a sign-in: %w", err)
	}
	return s, nil
}

// valid tells whether a sign-in or link may be used at now, idleness aside.
func (s *signIn) valid(now time.Time) bool {
	return s.spent.IsZero() && s.disabled.IsZero() && now.Before(s.expires)
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

// openKey gives a clinic's key outside a transaction.
func (db *DB) openKey(ctx context.Context, clinic scheduler.ID) (key *seal.Key, err error) {
	if known, ok := db.keys.Load(clinic); ok {
		return known.(*seal.Key), nil
	}
	err = db.view(ctx, func(t *tx) error {
		key, err = t.key(ctx, clinic)
		return err
	})
	return key, err
}
