package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// BreachScope lists whose records the rows of the audit are about that a query means, by name (42 CFR 2.16, 45 CFR
// 164.404). The audit says who asked, and what for. Invalid in field "from" when the query means everything.
func (db *DB) BreachScope(ctx context.Context, a access.Actor, clinic scheduler.ID,
	q reads.BreachQuery) (scope reads.BreachScope, err error) {
	if err := access.CheckIn(a, access.BreachScope, string(clinic)); err != nil {
		return scope, err
	}
	if q.Actor == "" && q.Request == "" && (q.From.IsZero() || q.Until.IsZero()) {
		return scope, fault.In("from", "Say from when until when, who it was, or which request.")
	}
	if err := db.takeViews(ctx); err != nil {
		return scope, err
	}
	err = db.write(ctx, func(t *tx) error {
		found, err := t.touched(ctx, clinic, q)
		if err != nil {
			return err
		}
		if scope, err = t.nameTouched(ctx, clinic, found); err != nil {
			return err
		}
		return t.audit(ctx, clinic, a, db.now(), scheduler.AuditEntry{Action: "breach.scope",
			Subjects: []scheduler.ID{clinic}, Fields: scheduler.ChangedFields(map[string]bool{
				"period": !q.From.IsZero() || !q.Until.IsZero(), "actor": q.Actor != "", "request": q.Request != ""})})
	})
	if err != nil {
		return reads.BreachScope{}, fmt.Errorf("listing whose records were touched: %w", err)
	}
	return scope, nil
}

// breach is what rows of the audit say of people, by alias.
type breach struct {
	people map[scheduler.ID]*reads.Touched
	sure   map[scheduler.ID]bool // an alias for certain: a view, or what is a person's
	rows   int
}

// touched reads the rows that a query means.
func (t *tx) touched(ctx context.Context, clinic scheduler.ID, q reads.BreachQuery) (*breach, error) {
	where, args, err := t.auditWhere(ctx, clinic, reads.AuditQuery{Actor: q.Actor, Request: q.Request, From: q.From,
		Until: q.Until})
	if err != nil {
		return nil, err
	}
	rows, err := t.Query(ctx, "SELECT at, action, subject, fields, people FROM audit WHERE clinic = ?"+where+
		" ORDER BY at, id", args...)
	if err != nil {
		return nil, err
	}
	b := &breach{people: map[scheduler.ID]*reads.Touched{}, sure: map[scheduler.ID]bool{}}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var at time.Time
		var action, fields, people string
		var subject scheduler.ID
		if err := rows.Scan(sqldb.When(&at), &action, &subject, &fields, &people); err != nil {
			return none, err
		}
		b.rows++
		about := []scheduler.ID{subject}
		for _, alias := range strings.Fields(people) {
			about = append(about, scheduler.ID(alias))
		}
		for _, one := range about {
			b.add(one, at, action, fields)
		}
		return none, nil
	})
	return b, err
}

// add counts a row for the person it is about.
func (b *breach) add(about scheduler.ID, at time.Time, action, fields string) {
	alias := personOf(about)
	p := b.people[alias]
	if p == nil {
		p = &reads.Touched{First: at}
		b.people[alias] = p
	}
	p.Last, p.Times = at, p.Times+1
	if !slices.Contains(p.Actions, action) {
		p.Actions = append(p.Actions, action)
	}
	for _, field := range words(fields) {
		if !slices.Contains(p.Fields, field) {
			p.Fields = append(p.Fields, field)
		}
	}
	b.sure[alias] = b.sure[alias] || alias != about || action == reads.AuditView
}

// nameTouched says who the aliases are. What is no alias, as a cohort, is left out.
func (t *tx) nameTouched(ctx context.Context, clinic scheduler.ID, b *breach) (reads.BreachScope, error) {
	scope := reads.BreachScope{Rows: b.rows}
	delete(b.people, clinic)
	known, err := t.knownAliases(ctx, clinic, "alias", slices.Sorted(maps.Keys(b.people)))
	if err != nil {
		return scope, err
	}
	ids := map[scheduler.ID]scheduler.ID{}
	for person, a := range known {
		ids[person] = a.text
	}
	key, err := t.key(ctx, clinic)
	if err != nil {
		return scope, err
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(ids)), mostListed) {
		in, args := sqldb.List(part)
		rows, err := t.Query(ctx, "SELECT id, name, data_key FROM people WHERE "+ofClinic+" AND id IN ("+in+")",
			append([]any{clinic}, args...)...)
		if err != nil {
			return scope, err
		}
		named, err := sqldb.Collect(rows,
			func(rows *sql.Rows) (reads.PersonName, error) { return scanName(rows, clinic, key) })
		if err != nil {
			return scope, err
		}
		for _, p := range named {
			one := *b.people[ids[p.ID]]
			one.Person, one.Name = p.ID, p.Name
			slices.Sort(one.Fields)
			scope.People = append(scope.People, one)
			delete(b.people, ids[p.ID])
		}
	}
	for person, alias := range ids {
		if p, is := b.people[alias]; is { // of somebody who was referred, and is no person of the clinic yet
			p.Person = person
			scope.People = append(scope.People, *p)
			delete(b.people, alias)
		}
	}
	for alias := range b.people {
		if b.sure[alias] {
			scope.Erased++
		}
	}
	slices.SortFunc(scope.People, func(a, b reads.Touched) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)),
			strings.Compare(string(a.Person), string(b.Person)))
	})
	return scope, nil
}

// BreachActors lists who may have caused a breach: all staff, by name, and all tokens, also those that have ended.
func (db *DB) BreachActors(ctx context.Context, a access.Actor, clinic scheduler.ID) (all []reads.BreachActor,
	err error) {
	if err := access.CheckIn(a, access.BreachScope, string(clinic)); err != nil {
		return nil, err
	}
	operator := access.Operator(string(clinic))
	staff, err := db.Staff(ctx, operator, clinic)
	if err != nil {
		return nil, err
	}
	tokens, err := db.Tokens(ctx, operator, clinic)
	if err != nil {
		return nil, err
	}
	for _, m := range staff {
		all = append(all, reads.BreachActor{Actor: string(access.KindStaff) + ":" + string(m.ID), Name: m.Name})
	}
	for _, k := range tokens {
		all = append(all, reads.BreachActor{Actor: string(access.KindToken) + ":" + string(k.ID), Name: k.Organization,
			Since: k.Created})
	}
	return all, nil
}
