package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// Audit gives a page of what was done at a clinic, the newest first, with the names of its subjects.
func (db *DB) Audit(ctx context.Context, a access.Actor, clinic scheduler.ID,
	q reads.AuditQuery) (p reads.AuditPage, err error) {
	if err := access.CheckIn(a, access.AuditView, string(clinic)); err != nil {
		return p, err
	}
	if err := db.takeViews(ctx); err != nil {
		return p, err
	}
	err = db.view(ctx, func(t *tx) error {
		where, args, err := t.auditWhere(ctx, clinic, q)
		if err != nil {
			return err
		}
		rows, err := t.Query(ctx, `SELECT at, id, actor, action, subject, role, network, route, request, fields, people
			FROM audit WHERE clinic = ?`+where+" ORDER BY at DESC, id DESC LIMIT ?", append(args, q.Limit+1)...)
		if err != nil {
			return err
		}
		p.Rows, err = sqldb.Collect(rows, scanAudit)
		if err != nil {
			return err
		}
		p.Next = reads.Cursor{}
		if len(p.Rows) > q.Limit {
			p.Rows = p.Rows[:q.Limit]
			p.Next = p.Rows[q.Limit-1].Cursor
		}
		if err := t.unaliasAudit(ctx, clinic, p.Rows); err != nil {
			return err
		}
		return t.nameAudit(ctx, clinic, p.Rows)
	})
	return p, err
}

// mostShown is how many people of a row are named.
const mostShown = 8

func scanAudit(rows *sql.Rows) (r reads.AuditRow, err error) {
	var people string
	err = rows.Scan(sqldb.When(&r.At), &r.ID, &r.Actor, &r.Action, &r.Subject.ID, &r.Role, &r.Network, &r.Route,
		&r.Request, &r.Fields, &people)
	aliases := strings.Fields(people)
	r.Others = max(0, len(aliases)-mostShown)
	for _, alias := range aliases[:len(aliases)-r.Others] {
		r.People = append(r.People, reads.AuditSubject{ID: scheduler.ID(alias)})
	}
	return r, err
}

// auditWhere is what a query asks for beside its clinic, whose id is the first of args.
func (t *tx) auditWhere(ctx context.Context, clinic scheduler.ID, q reads.AuditQuery) (
	where string, args []any, err error) {
	args = []any{clinic}
	add := func(clause string, values ...any) {
		where, args = where+" AND "+clause, append(args, values...)
	}
	if !q.After.At.IsZero() {
		add("(at, id) < (?, ?)", sqldb.Stamp(q.After.At), q.After.ID)
	}
	if q.Subject != "" {
		clause, values, err := t.auditAbout(ctx, clinic, q.Subject)
		if err != nil {
			return "", nil, err
		}
		add(clause, values...)
	}
	if q.Actor != "" {
		actor := q.Actor
		if id, is := strings.CutPrefix(actor, string(access.KindPerson)+":"); is {
			as, err := t.knownAs(ctx, clinic, []scheduler.ID{scheduler.ID(id)})
			if err != nil {
				return "", nil, err
			}
			actor = string(access.KindPerson) + ":" + string(as.of(scheduler.ID(id)))
		}
		add("actor = ?", actor)
	}
	if q.Action != "" {
		add("action = ?", q.Action)
	}
	if q.Request != "" {
		add("request = ?", q.Request)
	}
	if clause := auditKinds[q.Kind]; clause != "" {
		add(clause)
	}
	if !q.From.IsZero() {
		add("at >= ?", sqldb.Stamp(q.From))
	}
	if !q.Until.IsZero() {
		add("at < ?", sqldb.Stamp(q.Until))
	}
	return where, args, nil
}

// auditAbout selects the rows about something: of a person also those about records that were merged into theirs, about
// what is theirs, which follows behind a dot, and about several people.
func (t *tx) auditAbout(ctx context.Context, clinic, subject scheduler.ID) (clause string, args []any, err error) {
	records, err := t.mergedIn(ctx, clinic, subject)
	if err != nil {
		return "", nil, err
	}
	as, err := t.knownAs(ctx, clinic, records)
	if err != nil {
		return "", nil, err
	}
	var parts []string
	for _, record := range records {
		name := as.of(record)
		if name == record || strings.Contains(string(name), ".") {
			parts = append(parts, "SELECT id FROM audit WHERE clinic = ? AND subject = ?")
			args = append(args, clinic, name)
			continue
		}
		parts = append(parts, "SELECT id FROM audit WHERE clinic = ? AND subject >= ? AND subject < ? "+
			"UNION ALL SELECT id FROM audit_people WHERE clinic = ? AND person = ?")
		args = append(args, clinic, name, name+"/", clinic, name)
	}
	return "id IN (" + strings.Join(parts, " UNION ALL ") + ")", args, nil
}

// auditKinds are the rows of each kind.
var auditKinds = map[reads.AuditKind]string{
	reads.AuditViews:    "action = 'people.view'",
	reads.AuditExports:  "action LIKE '%.export'",
	reads.AuditSecurity: "subject = 'security:event'",
	reads.AuditChanges:  "action <> 'people.view' AND action NOT LIKE '%.export' AND subject <> 'security:event'",
}

// auditNames finds what ids are about: as id, cohort, owner, sealed or plain name, a person's key, and local start.
// What has no name of its own is called as its person or cohort is.
var auditNames = []struct{ kind, sealed, query string }{
	{"cohort", "", "SELECT id, id, id, name, NULL, '' FROM cohorts WHERE clinic = ? AND "},
	{"session", "", `SELECT x.id, x.cohort, '', c.name, NULL, x.local_start
FROM sessions x JOIN cohorts c ON c.id = x.cohort
WHERE x.clinic = ? AND x.`},
	{"enrollment", "people", `SELECT e.id, e.cohort, p.id, p.name, p.data_key, ''
FROM enrollments e JOIN people p ON p.id = e.person
WHERE e.clinic = ? AND e.`},
	{"person", "people", "SELECT id, '', id, name, data_key, '' FROM people WHERE clinic = ? AND "},
	{"staff", "staff", "SELECT id, '', id, name, NULL, '' FROM staff WHERE clinic = ? AND "},
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
		for _, person := range r.People {
			ids = append(ids, person.ID)
		}
		if staff, is := strings.CutPrefix(r.Actor, string(access.KindStaff)+":"); is {
			ids = append(ids, scheduler.ID(staff))
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	known := map[scheduler.ID]reads.AuditSubject{}
	for part := range slices.Chunk(ids, mostListed) {
		in, args := sqldb.List(part)
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
	}
	for i := range rows {
		r := &rows[i]
		if s, found := known[r.Subject.ID]; found {
			r.Subject = s
		}
		for j := range r.People {
			if s, found := known[r.People[j].ID]; found {
				r.People[j] = s
			}
		}
		if staff, is := strings.CutPrefix(r.Actor, string(access.KindStaff)+":"); is {
			r.By = known[scheduler.ID(staff)].Name
		}
	}
	return nil
}

// scanSubject reads auditNames.
func scanSubject(rows *sql.Rows, clinic scheduler.ID, key *clinicKey, kind, sealed string) (
	s reads.AuditSubject, err error) {
	var owner scheduler.ID
	var name, own []byte
	if err := rows.Scan(&s.ID, &s.Cohort, &owner, &name, &own, &s.Local); err != nil {
		return s, err
	}
	s.Kind, s.Name = kind, string(name)
	switch sealed {
	case "people":
		s.Name, err = opened(key.person(clinic, owner, own), place(clinic, sealed, "name", owner), name)
	case "staff":
		s.Name, err = opened(key, place(clinic, sealed, "name", owner), name)
	}
	return s, err
}
