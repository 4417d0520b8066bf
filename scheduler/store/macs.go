package store

import (
	"context"
	"crypto/hmac"
	"database/sql"
	"fmt"

	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/store/sqldb"
)

// Who can write to the database can write a row that lets somebody in. So such rows carry a MAC under the clinic's key,
// over all that decides whom they let in, as what and until when. A row whose MAC is not right is as if it were not
// there, and doctor counts it. Ending a row takes its MAC away, so that emptying one column does not bring it back.

// isMAC compares a MAC with the right one, always in the same time.
func isMAC(got, right string) bool { return hmac.Equal([]byte(got), []byte(right)) }

// guardedStaff is what of a member of staff decides what they may do.
type guardedStaff struct {
	id                        scheduler.ID
	role, disabled, index, is string // disabled is the column's text; is: the MAC of the row
}

func (k *clinicKey) staffMAC(s guardedStaff) string {
	return k.MAC("staff", string(s.id), s.role, s.disabled, s.index)
}

// errAltered answers for a row that cannot be trusted, where its absence would make no sense.
func errAltered() error {
	return fault.New(fault.Conflict,
		"This entry was altered in the database, and not by Almanac, so it counts for nothing. Run `almanac "+
			"doctor`, and restore the database from a backup.")
}

// altered says in the log that a row opens nothing, because its MAC is not right.
func (db *DB) altered(ctx context.Context, table string) {
	db.log.WarnContext(ctx, "a row was altered outside of Almanac, so it opens nothing; run almanac doctor", "table",
		table)
}

// guardedRow reads the columns that decide what a member of staff may do, locked. sql.ErrNoRows when there is no such
// member of staff; Conflict when the row was altered.
func (t *tx) guardedRow(ctx context.Context, clinic, staff scheduler.ID) (s guardedStaff, err error) {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return s, err
	}
	s.id = staff
	err = t.Row(ctx, "SELECT role, disabled_at, email_index, mac FROM staff WHERE clinic = ? AND id = ?"+
		t.ForUpdate(), clinic, staff).Scan(&s.role, &s.disabled, &s.index, &s.is)
	if err == nil && !isMAC(s.is, key.staffMAC(s)) {
		t.db.altered(ctx, "staff")
		return s, errAltered()
	}
	return s, err
}

// saveGuarded writes the role of a member of staff, and whether they are disabled.
func (t *tx) saveGuarded(ctx context.Context, clinic scheduler.ID, s guardedStaff) error {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return err
	}
	return t.Exec(ctx, "UPDATE staff SET role = ?, disabled_at = ?, mac = ? WHERE clinic = ? AND id = ?", s.role,
		s.disabled, key.staffMAC(s), clinic, s.id)
}

func (k *clinicKey) signInMAC(hash string, staff scheduler.ID, kind, method, created, expires string) string {
	return k.MAC("signins", hash, string(staff), kind, method, created, expires)
}

// proofMAC is that of the last proof of a sign-in.
func (k *clinicKey) proofMAC(hash, proved string) string { return k.MAC("proof", hash, proved) }

func (k *clinicKey) passkeyMAC(staff scheduler.ID, credential string, data []byte, counter uint32) string {
	return k.MAC("passkeys", string(staff), credential, string(data), fmt.Sprint(counter))
}

func (k *clinicKey) identityMAC(account string, staff scheduler.ID, byGroups int) string {
	return k.MAC("identities", account, string(staff), fmt.Sprint(byGroups))
}

func (k *clinicKey) apiTokenMAC(id scheduler.ID, hash, scopes, networks, expires, recipient, relies string) string {
	return k.MAC("api_tokens", string(id), hash, scopes, networks, expires, recipient, relies)
}

func (k *clinicKey) staffFeedMAC(id, staff scheduler.ID, hash string, cohort scheduler.ID, place,
	detail string) string {
	return k.MAC("staff_feeds", string(id), string(staff), hash, string(cohort), place, detail)
}

func (k *clinicKey) tokenMAC(purpose string, subject scheduler.ID, generation int) string {
	return k.MAC("tokens", purpose, string(subject), fmt.Sprint(generation))
}

// mergedMAC is that of a record that was merged into a person.
func (k *clinicKey) mergedMAC(record, into scheduler.ID) string {
	return k.MAC("merged", string(record), string(into))
}

// guardedToken is what a private address opens.
type guardedToken struct {
	subject    scheduler.ID
	generation int
	mac        string
	// into is the person with whom the subject was merged, with the MAC of that; empty: they were not.
	into      scheduler.ID
	mergedMAC string
}

// checkToken is sql.ErrNoRows when the row of a token is not the one that Almanac wrote for it. Of one that was revoked
// the MAC is gone.
func (db *DB) checkToken(ctx context.Context, clinic scheduler.ID, purpose, token string, g guardedToken,
	revoked bool) error {
	key, err := db.openKey(ctx, clinic)
	if err != nil {
		return err
	}
	if isMAC(token, key.Token(purpose, string(g.subject), g.generation)) &&
		(g.into == "" || isMAC(g.mergedMAC, key.mergedMAC(g.subject, g.into))) &&
		(revoked || isMAC(g.mac, key.tokenMAC(purpose, g.subject, g.generation))) {
		return nil
	}
	db.altered(ctx, "tokens")
	return sql.ErrNoRows
}

// guardedQueries read of each table whose rows let somebody in those that still do, with their MAC and what it covers.
var guardedQueries = []struct{ table, query string }{
	{"people", "SELECT id, merged_mac, merged_into, '', '', '', '', '' FROM people WHERE clinic = ? " +
		"AND merged_into <> ''"},
	{"staff", "SELECT id, mac, role, disabled_at, email_index, '', '', '' FROM staff WHERE clinic = ?"},
	{"signins", "SELECT id, mac, hash, staff, kind, method, created_at, expires_at FROM signins WHERE clinic = ? " +
		"AND spent_at = ''"},
	{"identities", "SELECT account, mac, staff, CAST(by_groups AS TEXT), '', '', '', '' FROM identities " +
		"WHERE clinic = ?"},
	{"tokens", "SELECT hash, mac, purpose, subject, CAST(generation AS TEXT), '', '', '' FROM tokens " +
		"WHERE clinic = ? AND revoked_at = ''"},
	{"api_tokens", "SELECT id, mac, hash, scopes, networks, expires_at, recipient_index, relies_on FROM api_tokens " +
		"WHERE clinic = ? AND revoked_at = ''"},
	{"staff_feeds", "SELECT id, mac, staff, hash, cohort, place, detail, '' FROM staff_feeds " +
		"WHERE clinic = ? AND ended_at = ''"},
}

// rightMAC gives the MAC that a row of guardedQueries should have.
func (k *clinicKey) rightMAC(table, id string, v [6]string) string {
	switch table {
	case "staff":
		return k.MAC(table, id, v[0], v[1], v[2])
	case "people":
		return k.mergedMAC(scheduler.ID(id), scheduler.ID(v[0]))
	case "identities":
		return k.MAC(table, id, v[0], v[1])
	case "tokens":
		return k.MAC(table, v[0], v[1], v[2])
	case "api_tokens":
		return k.MAC(table, id, v[0], v[1], v[2], v[3], v[4], v[5])
	case "staff_feeds":
		return k.MAC(table, id, v[0], v[1], v[2], v[3], v[4])
	default:
		return k.MAC(table, v[:]...)
	}
}

// alteredRows adds the rows of a clinic whose MAC is not right, by table.
func (t *tx) alteredRows(ctx context.Context, clinic scheduler.ID, key *clinicKey,
	add func(table string, id scheduler.ID)) error {
	for _, q := range guardedQueries {
		rows, err := t.Query(ctx, q.query, clinic)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
			var id, mac string
			var v [6]string
			if err := rows.Scan(&id, &mac, &v[0], &v[1], &v[2], &v[3], &v[4], &v[5]); err != nil {
				return none, err
			}
			if !isMAC(mac, key.rightMAC(q.table, id, v)) {
				add(q.table, scheduler.ID(id))
			}
			return none, nil
		})
		if err != nil {
			return fmt.Errorf("checking the rows of %s: %w", q.table, err)
		}
	}
	rows, err := t.Query(ctx, "SELECT id, mac, staff, credential, data, counter FROM passkeys WHERE clinic = ?", clinic)
	if err != nil {
		return err
	}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var id, staff scheduler.ID
		var mac, credential string
		var data []byte
		var counter uint32
		if err := rows.Scan(&id, &mac, &staff, &credential, &data, &counter); err != nil {
			return none, err
		}
		if !isMAC(mac, key.passkeyMAC(staff, credential, data, counter)) {
			add("passkeys", id)
		}
		return none, nil
	})
	return err
}
