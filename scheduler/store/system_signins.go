package store

import (
	"context"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/seal"
	"almanac/scheduler/store/sqldb"
)

// tokenOf: anyone who comes with a link has not said which clinic they mean. It gives what the link is about, and when
// it was used up.
func (t *tx) tokenOf(ctx context.Context, purpose, token string) (clinic, subject scheduler.ID, used time.Time,
	err error) {
	var g guardedToken
	err = t.Row(ctx, "SELECT clinic, subject, generation, mac, revoked_at FROM tokens WHERE hash = ? AND purpose = ?",
		seal.HashToken(token), purpose).Scan(&clinic, &g.subject, &g.generation, &g.mac, sqldb.When(&used))
	if err == nil {
		err = t.db.checkToken(ctx, clinic, purpose, token, g, !used.IsZero())
	}
	return clinic, g.subject, used, err
}

// signInQuery: a link or a cookie says nothing of its clinic.
const signInQuery = `
	SELECT i.clinic, i.staff, i.id, i.method, i.device, i.created_at, i.expires_at, i.seen_at, i.proved_at,
	  i.spent_at, i.proof, i.mac, s.role, s.name, s.email, s.disabled_at, s.email_index, s.mac, c.facilitators,
	  c.lock_minutes, c.sign_in
	FROM signins i JOIN staff s ON s.id = i.staff JOIN clinics c ON c.id = i.clinic
	WHERE i.hash = ? AND i.kind = ?`

// identityOf finds the member of staff of a clinic to whom an account is linked. Conflict when that was altered.
func (t *tx) identityOf(ctx context.Context, clinic scheduler.ID, key *clinicKey,
	account string) (i identity, err error) {
	var byGroups int
	var mac string
	var s guardedStaff
	err = t.Row(ctx, `SELECT i.clinic, i.staff, i.by_groups, i.mac, s.role, s.disabled_at, s.email_index, s.mac
FROM identities i JOIN staff s ON s.id = i.staff WHERE i.clinic = ? AND i.account = ?`, clinic, account).
		Scan(&i.clinic, &i.staff, &byGroups, &mac, &s.role, &s.disabled, &s.index, &s.is)
	s.id = i.staff
	i.byGroups, i.role, i.disabled = byGroups == 1, access.Role(s.role), s.disabled
	if err == nil && (!isMAC(mac, key.identityMAC(account, i.staff, byGroups)) || !isMAC(s.is, key.staffMAC(s))) {
		t.db.altered(ctx, "identities")
		err = errAltered()
	}
	return i, err
}

// staffFeedQuery: a calendar program says nothing of its clinic but by the token.
const staffFeedQuery = `
	SELECT f.clinic, f.staff, s.role, s.disabled_at, s.email_index, s.mac, c.facilitators, f.id, f.cohort, f.place,
	  f.detail, f.mac, f.fetched_on, f.ended_at
	FROM staff_feeds f JOIN staff s ON s.id = f.staff JOIN clinics c ON c.id = f.clinic WHERE f.hash = ?`

// tokenQuery: a program says nothing of its clinic but by its token.
const tokenQuery = "SELECT id, clinic, scopes, networks, expires_at, revoked_at, seen_at, recipient_index, " +
	"relies_on, mac FROM api_tokens WHERE hash = ?"

// spendSignIn burns a link or ends a sign-in, once; 0 rows: somebody was faster.
func (t *tx) spendSignIn(ctx context.Context, hash string, now time.Time) (int64, error) {
	return t.Count(ctx, "UPDATE signins SET spent_at = ?, mac = '' WHERE hash = ? AND spent_at = ''",
		sqldb.Stamp(now), hash)
}

// touchSignIn notes that a sign-in is in use.
func (t *tx) touchSignIn(ctx context.Context, hash string, now time.Time) error {
	return t.Exec(ctx, "UPDATE signins SET seen_at = ? WHERE hash = ? AND seen_at < ?", sqldb.Stamp(now), hash,
		sqldb.Stamp(now))
}
