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
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
	"almanac/scheduler/store/sqldb"
)

// How often somebody can ask for a link by mail. It bounds what a stranger can do to the mailbox of somebody whose
// address they know.
const (
	linkPause    = time.Minute // after a link, before the next one
	linksAnHour  = 5
	linkLookBack = time.Hour
)

// NewLink makes a one-time sign-in link for a member of staff and returns its token, which is kept nowhere. Their
// older links end. Invalid when life is not positive; NotFound when there is no such member of staff; Closed when
// they were disabled.
func (db *DB) NewLink(
	ctx context.Context, a access.Actor, clinic, staff scheduler.ID, life time.Duration,
) (token string, err error) {
	if err := access.CheckIn(a, access.StaffManage, string(clinic)); err != nil {
		return "", err
	}
	if life <= 0 {
		return "", fault.In("life", "A link must be good for some time.")
	}
	err = db.write(ctx, func(t *tx) error {
		var disabled string
		query := "SELECT disabled_at FROM staff WHERE clinic = ? AND id = ?" + t.ForUpdate()
		err := t.Row(ctx, query, clinic, staff).Scan(&disabled)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return noStaff()
		case err != nil:
			return fmt.Errorf("reading staff: %w", err)
		case disabled != "":
			return fault.New(fault.Closed, "This member of staff was disabled and cannot sign in.")
		}
		token, err = t.newLink(ctx, a, clinic, staff, db.now(), life)
		return err
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// newLink ends the links of a member of staff and makes a new one.
func (t *tx) newLink(
	ctx context.Context, a access.Actor, clinic, staff scheduler.ID, now time.Time, life time.Duration,
) (string, error) {
	err := t.Exec(ctx, "UPDATE signins SET spent_at = ?, mac = '' WHERE clinic = ? AND staff = ? AND kind = ? AND "+
		"spent_at = ''", sqldb.Stamp(now), clinic, staff, linkSignIn)
	if err != nil {
		return "", fmt.Errorf("ending links: %w", err)
	}
	token := seal.RandomToken()
	made := newSignIn{clinic: clinic, staff: staff, kind: linkSignIn, method: methodOf(a), token: token, life: life}
	if err := t.addSignIn(ctx, made, now); err != nil {
		return "", err
	}
	return token, t.audit(ctx, clinic, a, now,
		scheduler.AuditEntry{Action: "staff.link", Subjects: []scheduler.ID{staff}})
}

// methodOf tells how somebody signs in with a link that an actor makes.
func methodOf(a access.Actor) reads.SignInMethod {
	switch a.Kind {
	case access.KindCommand:
		return reads.ByCommand
	case access.KindSystem:
		return reads.ByMail
	default:
		return reads.ByInvitation
	}
}

// SignInLinks makes a link for each member of staff of any clinic who has an address and is not disabled, and returns
// them for the mails. Their older links end. Nobody has the address, or they asked too often: no links and no error.
// Invalid when it is no address, or life is not positive.
func (db *DB) SignInLinks(
	ctx context.Context, a access.Actor, email string, life time.Duration,
) (links []reads.SignInLink, err error) {
	if err := access.Check(a, access.TokenFind); err != nil {
		return nil, err
	}
	if email, err = needEmail(email); err != nil {
		return nil, err
	}
	if life <= 0 {
		return nil, fault.In("life", "A link must be good for some time.")
	}
	err = db.write(ctx, func(t *tx) error {
		links = nil
		rows, err := t.Query(ctx, "SELECT id, name, zone FROM clinics ORDER BY id")
		if err != nil {
			return err
		}
		clinics, err := sqldb.Collect(rows, func(rows *sql.Rows) (l reads.SignInLink, err error) {
			return l, rows.Scan(&l.Clinic, &l.ClinicName, &l.ClinicZone)
		})
		if err != nil {
			return err
		}
		for _, l := range clinics {
			made, err := t.linkByMail(ctx, a, &l, email, life)
			if err != nil {
				return err
			}
			if made {
				links = append(links, l)
			}
		}
		return nil
	})
	return links, err
}

// linkByMail completes a link for the member of staff of one clinic who has an address. It reports false when nobody
// has it, or they asked too often.
func (t *tx) linkByMail(
	ctx context.Context, a access.Actor, l *reads.SignInLink, email string, life time.Duration,
) (bool, error) {
	now := t.db.now()
	key, err := t.key(ctx, l.Clinic)
	if err != nil {
		return false, err
	}
	row := t.Row(ctx, "SELECT "+staffColumns+" FROM staff s WHERE s.clinic = ? AND s.email_index = ?"+t.ForUpdate(),
		l.Clinic, emailIndex(key, email))
	who, err := scanStaff(row.Scan, l.Clinic, key)
	if errors.Is(err, sql.ErrNoRows) || err == nil && who.Disabled {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var lately int
	var last string
	query := `SELECT count(*), coalesce(max(created_at), '') FROM signins
WHERE clinic = ? AND staff = ? AND kind = ? AND created_at > ?`
	err = t.Row(ctx, query, l.Clinic, who.ID, linkSignIn, sqldb.Stamp(now.Add(-linkLookBack))).Scan(&lately, &last)
	if err != nil {
		return false, fmt.Errorf("counting links: %w", err)
	}
	if lately >= linksAnHour || last > sqldb.Stamp(now.Add(-linkPause)) {
		return false, nil
	}
	l.Staff, l.Name, l.Email, l.Expires = who.ID, who.Name, who.Email, now.Add(life)
	l.Token, err = t.newLink(ctx, a, l.Clinic, who.ID, now, life)
	return err == nil, err
}
