package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/auditlog"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// logAtOnce is how many rows one transaction adds to a log.
const logAtOnce = 5000

// auditGrace is how far behind the newest row of a log the search for rows begins that are not in it: a row may commit
// later than one with a later moment. What is older is found because the numbers of rows differ.
const auditGrace = 48 * time.Hour

// LogAudit adds the rows of a clinic's audit that are not in its log, signs a head when there were any, and gives the
// latest head. It is the zero value as long as the audit is empty.
func (db *DB) LogAudit(ctx context.Context, a access.Actor, clinic scheduler.ID) (head reads.AuditHead, err error) {
	if err := access.CheckIn(a, access.ClinicUpkeep, string(clinic)); err != nil {
		return head, err
	}
	if err := db.takeViews(ctx); err != nil {
		return head, err
	}
	for more := true; more; {
		if err := db.write(ctx, func(t *tx) error {
			var err error
			head, more, err = t.logAudit(ctx, clinic)
			return err
		}); err != nil {
			return reads.AuditHead{}, fmt.Errorf("writing the log of the audit: %w", err)
		}
	}
	return head, nil
}

// logAudit adds up to logAtOnce rows, and signs when all are in the log.
func (t *tx) logAudit(ctx context.Context, clinic scheduler.ID) (head reads.AuditHead, more bool, err error) {
	if _, err := t.lock(ctx, clinic); err != nil {
		return head, false, err
	}
	size, err := t.loggedRows(ctx, clinic)
	if err != nil {
		return head, false, err
	}
	fresh, err := t.unlogged(ctx, clinic, size)
	if err != nil {
		return head, false, err
	}
	if len(fresh) == 0 {
		head, err := t.lastHead(ctx, clinic)
		if err == nil && head.Size != size {
			head, err = t.signHead(ctx, clinic, size)
		}
		return head, false, err
	}
	first, added, err := auditlog.Grow(size, fresh, t.storedHashes(ctx, clinic))
	if err != nil {
		return head, false, err
	}
	rows, hashes := make([][]any, len(fresh)), make([][]any, len(added))
	for i, row := range fresh {
		rows[i] = []any{clinic, row.Number, row.Subject, row.At, row.ID}
	}
	for i, hash := range added {
		hashes[i] = []any{clinic, first + int64(i), hash[:]}
	}
	if err := t.Insert(ctx, "INSERT INTO audit_log (clinic, number, subject, at, id)", rows, ""); err != nil {
		return head, false, err
	}
	return head, true, t.Insert(ctx, "INSERT INTO audit_hashes (clinic, number, hash)", hashes, "")
}

// loggedRows gives how many rows the log has.
func (t *tx) loggedRows(ctx context.Context, clinic scheduler.ID) (size int64, err error) {
	return size, t.Row(ctx, "SELECT coalesce(max(number) + 1, 0) FROM audit_log WHERE clinic = ?", clinic).Scan(&size)
}

// lastHead gives the latest head. The zero value: there is none.
func (t *tx) lastHead(ctx context.Context, clinic scheduler.ID) (reads.AuditHead, error) {
	head := reads.AuditHead{Clinic: clinic}
	err := t.Row(ctx, "SELECT size, at, head FROM audit_heads WHERE clinic = ? ORDER BY size DESC LIMIT 1", clinic).
		Scan(&head.Size, sqldb.When(&head.At), &head.Signed)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return head, err
}

// LastAuditHead gives the latest signed head of a clinic's audit. The zero value: there is none.
func (db *DB) LastAuditHead(ctx context.Context, a access.Actor,
	clinic scheduler.ID) (head reads.AuditHead, err error) {
	if err := access.CheckIn(a, access.AuditView, string(clinic)); err != nil {
		return head, err
	}
	err = db.view(ctx, func(t *tx) error {
		head, err = t.lastHead(ctx, clinic)
		return err
	})
	return head, err
}

// unlogged gives the rows that are not in the log, in the order in which they are added.
func (t *tx) unlogged(ctx context.Context, clinic scheduler.ID, size int64) ([]auditlog.Row, error) {
	var newest time.Time
	var all int64
	err := t.Row(ctx, "SELECT coalesce(max(at), '') FROM audit_log WHERE clinic = ?", clinic).Scan(sqldb.When(&newest))
	if err != nil {
		return nil, err
	}
	if !newest.IsZero() {
		newest = newest.Add(-auditGrace)
	}
	rows, err := t.unloggedSince(ctx, clinic, newest)
	if err != nil || len(rows) > 0 || newest.IsZero() {
		return rows, err
	}
	err = t.Row(ctx, "SELECT count(*) FROM audit WHERE clinic = ?", clinic).Scan(&all)
	if err != nil || all <= size {
		return nil, err
	}
	return t.unloggedSince(ctx, clinic, time.Time{})
}

func (t *tx) unloggedSince(ctx context.Context, clinic scheduler.ID, since time.Time) ([]auditlog.Row, error) {
	rows, err := t.Query(ctx, `
		SELECT a.at, a.id, a.actor, a.action, a.subject, a.role, a.network, a.route, a.request, a.fields, a.people
		FROM audit a
		WHERE a.clinic = ? AND a.at >= ? AND NOT EXISTS (SELECT 1 FROM audit_log l
		  WHERE l.clinic = a.clinic AND l.subject = a.subject AND l.at = a.at AND l.id = a.id)
		ORDER BY a.at, a.id, a.subject LIMIT ?`, clinic, sqldb.Stamp(since), logAtOnce)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (r auditlog.Row, err error) {
		return r, rows.Scan(&r.At, &r.ID, &r.Actor, &r.Action, &r.Subject, &r.Role, &r.Network, &r.Route, &r.Request,
			&r.Fields, &r.People)
	})
}

// signHead signs the tree as it is.
func (t *tx) signHead(ctx context.Context, clinic scheduler.ID, size int64) (reads.AuditHead, error) {
	head := reads.AuditHead{Clinic: clinic, Size: size, At: t.db.now().UTC().Truncate(time.Second)}
	key, err := t.key(ctx, clinic)
	if err != nil {
		return head, err
	}
	by, err := auditlog.NewSigner(string(clinic), key.Key)
	if err != nil {
		return head, err
	}
	if head.Signed, err = by.SignTree(size, head.At, t.storedHashes(ctx, clinic)); err != nil {
		return head, err
	}
	return head, t.Exec(ctx, "INSERT INTO audit_heads (clinic, size, at, head) VALUES (?, ?, ?, ?)", clinic, size,
		sqldb.Stamp(head.At), head.Signed)
}

// storedHashes reads the hashes of a log, by their numbers. Reading fails when one is missing.
func (t *tx) storedHashes(ctx context.Context, clinic scheduler.ID) auditlog.Stored {
	return func(numbers []int64) ([]auditlog.Hash, error) {
		found := make([]auditlog.Hash, len(numbers))
		for i, number := range numbers {
			var hash []byte
			err := t.Row(ctx, "SELECT hash FROM audit_hashes WHERE clinic = ? AND number = ?", clinic, number).
				Scan(&hash)
			if errors.Is(err, sql.ErrNoRows) || err == nil && len(hash) != len(found[i]) {
				return nil, fault.New(fault.Invalid, "Hash %d of the audit's log is missing.", number)
			}
			if err != nil {
				return nil, err
			}
			copy(found[i][:], hash)
		}
		return found, nil
	}
}

// ExportAudit hands on the log of a clinic's audit, row by row and then its heads. Rows that are not in the log yet are
// left out.
func (db *DB) ExportAudit(ctx context.Context, a access.Actor, clinic scheduler.ID, row func(auditlog.Row) error,
	head func(string) error) error {
	if err := access.CheckIn(a, access.AuditView, string(clinic)); err != nil {
		return err
	}
	return db.view(ctx, func(t *tx) error {
		if err := t.eachLogged(ctx, clinic, row); err != nil {
			return err
		}
		heads, err := t.auditHeads(ctx, clinic)
		for _, h := range heads {
			if err := head(h.Signed); err != nil {
				return err
			}
		}
		return err
	})
}

// AuditSigner gives what signs and proves the heads of a clinic's log.
func (db *DB) AuditSigner(ctx context.Context, a access.Actor, clinic scheduler.ID) (by *auditlog.Signer, err error) {
	if err := access.CheckIn(a, access.AuditView, string(clinic)); err != nil {
		return nil, err
	}
	err = db.view(ctx, func(t *tx) error {
		key, err := t.key(ctx, clinic)
		if err == nil {
			by, err = auditlog.NewSigner(string(clinic), key.Key)
		}
		return err
	})
	return by, err
}

func (t *tx) auditHeads(ctx context.Context, clinic scheduler.ID) ([]reads.AuditHead, error) {
	rows, err := t.Query(ctx, "SELECT size, at, head FROM audit_heads WHERE clinic = ? ORDER BY size", clinic)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (reads.AuditHead, error) {
		h := reads.AuditHead{Clinic: clinic}
		return h, rows.Scan(&h.Size, sqldb.When(&h.At), &h.Signed)
	})
}

// eachLogged hands on the rows of the log in order, with what the audit says of each now. It fails with Invalid at a
// row that is in the log and not in the audit any more.
func (t *tx) eachLogged(ctx context.Context, clinic scheduler.ID, do func(auditlog.Row) error) error {
	rows, err := t.Query(ctx, `
		SELECT l.number, l.at, l.id, coalesce(a.actor, ''), coalesce(a.action, ''), l.subject, coalesce(a.role, ''),
		  coalesce(a.network, ''), coalesce(a.route, ''), coalesce(a.request, ''), coalesce(a.fields, ''),
		  coalesce(a.people, '') FROM audit_log l
		LEFT JOIN audit a ON a.clinic = l.clinic AND a.subject = l.subject AND a.at = l.at AND a.id = l.id
		WHERE l.clinic = ? ORDER BY l.number`, clinic)
	if err != nil {
		return err
	}
	next := int64(0)
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var r auditlog.Row
		if err := rows.Scan(&r.Number, &r.At, &r.ID, &r.Actor, &r.Action, &r.Subject, &r.Role, &r.Network, &r.Route,
			&r.Request, &r.Fields, &r.People); err != nil {
			return none, err
		}
		if r.Number != next || r.Actor == "" {
			return none, fault.New(fault.Invalid, "Row number %d of the audit was removed.", next)
		}
		next++
		return none, do(r)
	})
	return err
}

// VerifyAudit proves that the audit in the database is as its log says, against the heads in the database and those
// that were kept elsewhere. It fails with Invalid and names the first row that is wrong.
func (db *DB) VerifyAudit(ctx context.Context, a access.Actor, clinic scheduler.ID,
	kept ...string) (proof reads.AuditProof, err error) {
	by, err := db.AuditSigner(ctx, a, clinic)
	if err != nil {
		return proof, err
	}
	err = db.view(ctx, func(t *tx) error {
		var tree auditlog.Tree
		err := t.eachLogged(ctx, clinic, func(r auditlog.Row) error { return tree.Add(r.Leaf()) })
		if err != nil {
			return err
		}
		if err := t.sameHashes(ctx, clinic, tree.Hashes()); err != nil {
			return err
		}
		var all int64
		if err := t.Row(ctx, "SELECT count(*) FROM audit WHERE clinic = ?", clinic).Scan(&all); err != nil {
			return err
		}
		proof.Pending = all - tree.Size()
		heads, err := t.auditHeads(ctx, clinic)
		if err != nil {
			return err
		}
		signed := slices.Clone(kept)
		for _, h := range heads {
			signed = append(signed, h.Signed)
		}
		head, err := auditlog.CheckTree(&tree, by.Name(), by.Verifier(), signed)
		proof.Size, proof.At = head.Tree.N, head.At
		return err
	})
	return proof, err
}

// sameHashes compares the stored hashes with those of the rows as they are, to name the row that is another.
func (t *tx) sameHashes(ctx context.Context, clinic scheduler.ID, want auditlog.Hashes) error {
	rows, err := t.Query(ctx, "SELECT number, hash FROM audit_hashes WHERE clinic = ? ORDER BY number", clinic)
	if err != nil {
		return err
	}
	next := int64(0)
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var number int64
		var hash []byte
		if err := rows.Scan(&number, &hash); err != nil {
			return none, err
		}
		if number != next || next >= int64(len(want)) {
			return none, fault.New(fault.Invalid, "Hash %d of the audit's log is missing or one too many.", next)
		}
		if !bytes.Equal(hash, want[next][:]) {
			if row, leaf := auditlog.RowOf(next); leaf {
				return none, fault.New(fault.Invalid, "Row number %d of the audit was altered.", row)
			}
			return none, fault.New(fault.Invalid, "Hash %d of the audit's log was altered.", next)
		}
		next++
		return none, nil
	})
	if err == nil && next != int64(len(want)) {
		err = fault.New(fault.Invalid, "Hash %d of the audit's log is missing or one too many.", next)
	}
	return err
}
