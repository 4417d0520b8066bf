package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
	"almanac/scheduler/store/sqldb"
)

// TokenRequest says what an API token is for.
type TokenRequest struct {
	Scopes   []access.Scope
	Networks []netip.Prefix // from which it may be used; none: from all
	Expires  time.Time      // from when on it is refused; zero: never
	// Organization is another one that uses it; empty: the clinic. Relies is the kind of consent without which it reads
	// nothing of a person.
	Organization string
	Relies       scheduler.ConsentKind
}

// check is Invalid in field "scope", "organization" or "relies_on".
func (r *TokenRequest) check() error {
	if len(r.Scopes) == 0 {
		return fault.In("scope",
			"Say what the token is for: one or more of read, write, enroll, attendance, staff, audit and export.")
	}
	for _, scope := range r.Scopes {
		if _, err := access.ParseScope(string(scope)); err != nil {
			return err
		}
	}
	name, err := scheduler.CheckLine("organization", "The organization", r.Organization)
	if err != nil {
		return err
	}
	r.Organization = name
	if name == "" && r.Relies == "" {
		return nil
	}
	if name == "" {
		return fault.In("organization", "Name the other organization, as consents name it.")
	}
	if len(r.Scopes) != 1 || r.Scopes[0] != access.ScopeRead {
		return fault.In("scope", "A token of another organization only reads. Give it the scope read and no other.")
	}
	return scheduler.CheckRelies(r.Relies)
}

// AddToken makes an API token of a clinic and gives it and its id. The token is
// kept nowhere but as a hash, so it is shown this once. Invalid, in field
// "scope", without a scope or with one that does not exist, and in field
// "expires" when it would be refused from the beginning.
func (db *DB) AddToken(ctx context.Context, a access.Actor, clinic scheduler.ID,
	r TokenRequest) (id scheduler.ID, token string, err error) {
	if err := access.CheckIn(a, access.KeyManage, string(clinic)); err != nil {
		return "", "", err
	}
	if err := r.check(); err != nil {
		return "", "", err
	}
	now := db.now()
	if !r.Expires.IsZero() && !r.Expires.After(now) {
		return "", "", fault.In("expires", "A token ends in the future. Choose a later day.")
	}
	id, token = randomID(), seal.RandomAPIToken()
	hash, scopes, networks := seal.HashToken(token), joinScopes(r.Scopes), joinNetworks(r.Networks)
	err = db.write(ctx, func(t *tx) error {
		if _, err := t.lock(ctx, clinic); err != nil {
			return err
		}
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		expires, recipient := sqldb.Stamp(r.Expires), recipientIndex(key, r.Organization)
		err = t.Exec(ctx, `INSERT INTO api_tokens (id, clinic, hash, scopes, networks, expires_at, created_at,
			organization, recipient_index, relies_on, mac) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, id, clinic,
			hash, scopes, networks, expires, sqldb.Stamp(now),
			sealed(key, place(clinic, "api_tokens", "organization", id), r.Organization), recipient, r.Relies,
			key.apiTokenMAC(id, hash, scopes, networks, expires, recipient, string(r.Relies)))
		if err != nil {
			return fmt.Errorf("writing a token: %w", err)
		}
		return t.audit(ctx, clinic, a, now, scheduler.AuditEntry{Action: "token.add", Subjects: []scheduler.ID{id}})
	})
	if err != nil {
		return "", "", err
	}
	return id, token, nil
}

// Tokens lists a clinic's API tokens, the oldest first, the revoked ones as well.
func (db *DB) Tokens(ctx context.Context, a access.Actor, clinic scheduler.ID) ([]reads.Token, error) {
	if err := access.CheckIn(a, access.KeyManage, string(clinic)); err != nil {
		return nil, err
	}
	var all []reads.Token
	err := db.view(ctx, func(t *tx) error {
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		rows, err := t.Query(ctx, "SELECT id, scopes, networks, expires_at, created_at, revoked_at, seen_at, "+
			"organization, relies_on FROM api_tokens "+
			"WHERE clinic = ? ORDER BY created_at, id", clinic)
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows, func(rows *sql.Rows) (k reads.Token, err error) {
			var scopes, networks string
			var organization []byte
			err = rows.Scan(&k.ID, &scopes, &networks, sqldb.When(&k.Expires), sqldb.When(&k.Created),
				sqldb.When(&k.Revoked), sqldb.When(&k.Seen), &organization, &k.Relies)
			if err != nil {
				return k, err
			}
			k.Scopes = strings.Split(scopes, ",")
			k.Organization, err = opened(key, place(clinic, "api_tokens", "organization", k.ID), organization)
			if err != nil {
				return k, err
			}
			k.Networks, err = splitNetworks(networks)
			return k, err
		})
		return err
	})
	return all, err
}

// RevokeToken ends a token at once; ending it again changes nothing. NotFound
// when the clinic has no such token.
func (db *DB) RevokeToken(ctx context.Context, a access.Actor, clinic, id scheduler.ID) error {
	if err := access.CheckIn(a, access.KeyManage, string(clinic)); err != nil {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		now := db.now()
		var revoked string
		err := t.Row(ctx, "SELECT revoked_at FROM api_tokens WHERE clinic = ? AND id = ?"+t.ForUpdate(), clinic,
			id).Scan(&revoked)
		if sqldb.IsNoRows(err) {
			return notFound("There is no such token. `almanac token list` shows them all.")
		}
		if err != nil || revoked != "" {
			return err
		}
		err = t.Exec(ctx, "UPDATE api_tokens SET revoked_at = ?, mac = '' WHERE clinic = ? AND id = ?",
			sqldb.Stamp(now), clinic, id)
		if err != nil {
			return fmt.Errorf("revoking a token: %w", err)
		}
		return t.audit(ctx, clinic, a, now, scheduler.AuditEntry{Action: "token.revoke", Subjects: []scheduler.ID{id}})
	})
}

// TokenActor tells who comes with an API token from an address, and notes the
// hour in which it was last used. NotFound, with the same words always, when the
// token is unknown, was revoked, has expired, or is not for this address.
func (db *DB) TokenActor(ctx context.Context, a access.Actor, token string, from netip.Addr) (access.Actor, error) {
	if err := access.Check(a, access.TokenFind); err != nil {
		return access.Actor{}, err
	}
	var id, clinic scheduler.ID
	var scopes, within, recipient, relies, mac string
	hash := seal.HashToken(token)
	var revoked, expires, seen time.Time
	err := db.quick(ctx, tokenQuery, hash).Scan(&id, &clinic, &scopes, &within,
		sqldb.When(&expires), sqldb.When(&revoked), sqldb.When(&seen), &recipient, &relies, &mac)
	var networks []netip.Prefix
	if err == nil {
		networks, err = splitNetworks(within)
	}
	if errors.Is(err, sql.ErrNoRows) || err == nil && (!revoked.IsZero() || !isIn(from, networks) ||
		!expires.IsZero() && !db.now().Before(expires)) {
		return access.Actor{}, errToken()
	}
	if err != nil {
		return access.Actor{}, db.sql.Fault(fmt.Errorf("looking up a token: %w", err))
	}
	key, err := db.openKey(ctx, clinic)
	if err != nil {
		return access.Actor{}, err
	}
	if !isMAC(mac, key.apiTokenMAC(id, hash, scopes, within, sqldb.Stamp(expires), recipient, relies)) {
		db.altered(ctx, "api_tokens")
		return access.Actor{}, errToken()
	}
	if err := db.noteToken(ctx, clinic, id, seen); err != nil {
		return access.Actor{}, err
	}
	actor := access.Token(string(id), string(clinic), splitScopes(scopes)...)
	actor.Recipient, actor.Relies = recipient, relies
	return actor, nil
}

func errToken() error {
	return notFound("This token is unknown, has ended, or is not for the network it comes from. " +
		"Ask an admin of the clinic for a new one.")
}

// noteToken writes down the hour in which a token is used, once an hour; of many
// requests at once one writes and the others go on.
func (db *DB) noteToken(ctx context.Context, clinic, id scheduler.ID, seen time.Time) error {
	hour := db.now().Truncate(time.Hour)
	if !seen.Before(hour) {
		return nil
	}
	if noted, loaded := db.tokensSeen.Swap(id, hour); loaded && noted.(time.Time).Equal(hour) {
		return nil
	}
	err := db.write(ctx, func(t *tx) error {
		return t.Exec(ctx, "UPDATE api_tokens SET seen_at = ? WHERE clinic = ? AND id = ? AND seen_at < ?",
			sqldb.Stamp(hour), clinic, id, sqldb.Stamp(hour))
	})
	if err != nil {
		db.tokensSeen.Delete(id)
	}
	return err
}

// isIn tells whether an address is in one of the networks; without networks every address is.
func isIn(from netip.Addr, networks []netip.Prefix) bool {
	return len(networks) == 0 ||
		slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(from.Unmap()) })
}

func joinNetworks(networks []netip.Prefix) string {
	words := make([]string, len(networks))
	for i, n := range networks {
		words[i] = n.Masked().String()
	}
	return strings.Join(words, ",")
}

func splitNetworks(text string) (networks []netip.Prefix, err error) {
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' }) {
		n, err := netip.ParsePrefix(word)
		if err != nil {
			return nil, fmt.Errorf("reading the networks of a token: %w", err)
		}
		networks = append(networks, n)
	}
	return networks, nil
}

func joinScopes(scopes []access.Scope) string {
	sorted := slices.Clone(scopes)
	slices.SortFunc(sorted, func(a, b access.Scope) int {
		return slices.Index(access.Scopes(), a) - slices.Index(access.Scopes(), b)
	})
	words := make([]string, 0, len(sorted))
	for _, scope := range slices.Compact(sorted) {
		words = append(words, string(scope))
	}
	return strings.Join(words, ",")
}

func splitScopes(text string) []access.Scope {
	var scopes []access.Scope
	for word := range strings.SplitSeq(text, ",") {
		scopes = append(scopes, access.Scope(word))
	}
	return scopes
}
