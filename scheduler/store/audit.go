package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
	"almanac/scheduler/store/sqldb"
)

// Audit gives a page of what was done at a clinic, the newest first, with the names of its subjects.
func (db *DB) Audit(ctx context.Context, a access.Actor, clinic scheduler.ID,
	q reads.AuditQuery) (p reads.AuditPage, err error) {
	if err := access.CheckIn(a, access.AuditView, string(clinic)); err != nil {
		return p, err
	}
	where, args := auditWhere(clinic, q)
	err = db.view(ctx, func(t *tx) error {
		rows, err := t.Query(ctx, "SELECT at, id, actor, action, subject FROM audit WHERE clinic = ?"+where+
			" ORDER BY at DESC, id DESC LIMIT ?", append(args, q.Limit+1)...)
		if err != nil {
			return err
		}
		p.Rows, err = sqldb.Collect(rows, func(rows *sql.Rows) (r reads.AuditRow, err error) {
			return r, rows.Scan(sqldb.When(&r.At), &r.ID, &r.Actor, &r.Action, &r.Subject.ID)
		})
		if err != nil {
			return err
		}
		p.Next = reads.Cursor{}
		if len(p.Rows) > q.Limit {
			p.Rows = p.Rows[:q.Limit]
			p.Next = p.Rows[q.Limit-1].Cursor
		}
		return t.nameAudit(ctx, clinic, p.Rows)
	})
	return p, err
}

// auditWhere is what a query asks for beside its clinic, whose id is the first of args.
func auditWhere(clinic scheduler.ID, q reads.AuditQuery) (where string, args []any) {
	args = []any{clinic}
	add := func(clause string, values ...any) {
		where, args = where+" AND "+clause, append(args, values...)
	}
	if !q.After.At.IsZero() {
		add("(at, id) < (?, ?)", sqldb.Stamp(q.After.At), q.After.ID)
	}
	if q.Subject != "" {
		add("subject = ?", q.Subject)
	}
	if q.Actor != "" {
		add("actor = ?", q.Actor)
	}
	if q.Action != "" {
		add("action = ?", q.Action)
	}
	if !q.From.IsZero() {
		add("at >= ?", sqldb.Stamp(q.From))
	}
	if !q.Until.IsZero() {
		add("at < ?", sqldb.Stamp(q.Until))
	}
	return where, args
}

// auditNames finds what ids are about: as id, cohort, sealed or plain name, and local start. What has no name of its
// own is called as its person or cohort is.
var auditNames = []struct{ kind, sealed, query string }{
	{"cohort", "", "SELECT id, id, id, name, '' FROM cohorts WHERE clinic = ? AND "},
	{"session", "", `SELECT x.id, x.cohort, '', c.name, x.local_start FROM sessions x JOIN cohorts c ON c.id = x.cohort
WHERE x.clinic = ? AND x.`},
	{"enrollment", "people", `SELECT e.id, e.cohort, p.id, p.name, ''
FROM enrollments e JOIN people p ON p.id = e.person
WHERE e.clinic = ? AND e.`},
	{"person", "people", "SELECT id, '', id, name, '' FROM people WHERE clinic = ? AND "},
	{"staff", "staff", "SELECT id, '', id, name, '' FROM staff WHERE clinic = ? AND "},
}

// nameAudit says of rows whom and what they are about, and who did it.
func (t *tx) nameAudit(ctx context.Context, clinic scheduler.ID, rows []reads.AuditRow) error {
	key, err := t.key(ctx, clinic)
	if err != nil || len(rows) == 0 {
		return err
	}
	var ids []scheduler.ID
	for _, r := range rows {
		ids = append(ids, r.Subject.ID)
		if staff, is := strings.CutPrefix(r.Actor, string(access.KindStaff)+":"); is {
			ids = append(ids, scheduler.ID(staff))
		}
	}
	known := map[scheduler.ID]reads.AuditSubject{}
	in, args := sqldb.List(ids)
	for _, n := range auditNames {
		found, err := t.Query(ctx, n.query+"id IN ("+in+")", append([]any{clinic}, args...)...)
		if err != nil {
			return err
		}
		all, err := sqldb.Collect(found, func(rows *sql.Rows) (reads.AuditSubject, error) {
			return scanSubject(rows, clinic, key, n.kind, n.sealed)
		})
		if err != nil {
			return fmt.Errorf("naming the audit: %w", err)
		}
		for _, s := range all {
			known[s.ID] = s
		}
	}
	for i := range rows {
		r := &rows[i]
		if s, found := known[r.Subject.ID]; found {
			r.Subject = s
		}
		if staff, is := strings.CutPrefix(r.Actor, string(access.KindStaff)+":"); is {
			r.By = known[scheduler.ID(staff)].Name
		}
	}
	return nil
}

// scanSubject reads auditNames.
func scanSubject(rows *sql.Rows, clinic scheduler.ID, key *seal.Key, kind, sealed string) (
	s reads.AuditSubject, err error) {
	var owner scheduler.ID
	var name []byte
	if err := rows.Scan(&s.ID, &s.Cohort, &owner, &name, &s.Local); err != nil {
		return s, err
	}
	s.Kind, s.Name = kind, string(name)
	if sealed != "" {
		s.Name, err = opened(key, place(clinic, sealed, "name", owner), name)
	}
	return s, err
}
