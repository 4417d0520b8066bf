package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// auditRow is a row of the audit that is about to be written.
type auditRow struct {
	action, fields string
	subject        scheduler.ID
	people         []string // aliases, when there are several
}

// auditor writes the rows of one actor and moment, with where they came from.
type auditor struct {
	clinic scheduler.ID
	actor  access.Actor
	at     time.Time
	from   reads.Source
}

// by is how the audit names the actor: participants by alias.
func (w auditor) by(as aliases) string {
	if w.actor.Kind != access.KindPerson {
		return w.actor.String()
	}
	return string(access.KindPerson) + ":" + string(as.of(scheduler.ID(w.actor.ID)))
}

// auditColumns are what auditor.values gives.
const auditColumns = `
	INSERT INTO audit (id, clinic, at, actor, action, subject, role, network, route, request, fields, people)`

func (w auditor) values(id scheduler.ID, as aliases, row auditRow) []any {
	return []any{id, w.clinic, sqldb.Stamp(w.at), w.by(as), row.action, as.of(row.subject), string(w.actor.Role),
		w.from.Network, w.from.Route, w.from.Request, row.fields, strings.Join(row.people, " ")}
}

// audit writes down what an actor did, one row for each subject. People and what is theirs alone stand in it by their
// aliases.
func (t *tx) audit(ctx context.Context, clinic scheduler.ID, actor access.Actor, at time.Time,
	entries ...scheduler.AuditEntry) error {
	w := auditor{clinic: clinic, actor: actor, at: at, from: reads.ViewingOf(ctx).From()}
	var about []scheduler.ID
	for _, entry := range entries {
		about = append(about, entry.Subjects...)
	}
	if actor.Kind == access.KindPerson {
		about = append(about, scheduler.ID(actor.ID))
	}
	as, err := t.aliases(ctx, clinic, about)
	if err != nil {
		return err
	}
	var rows [][]any
	for _, entry := range entries {
		for _, subject := range entry.Subjects {
			rows = append(rows, w.values(randomID(), as, auditRow{action: entry.Action, subject: subject,
				fields: strings.Join(entry.Fields, ",")}))
		}
	}
	return t.insertAudit(ctx, rows)
}

// insertAudit writes rows, and who stands in those that are about several people. Rows that are there already stay.
func (t *tx) insertAudit(ctx context.Context, rows [][]any) error {
	var people [][]any
	for _, row := range rows {
		id, clinic, at, subject, named := row[0], row[1], row[2], row[5], row[11]
		for _, alias := range strings.Fields(fmt.Sprint(named)) {
			people = append(people, []any{clinic, alias, at, id, subject})
		}
	}
	err := t.Insert(ctx, auditColumns, rows, " ON CONFLICT DO NOTHING")
	if err == nil {
		const into = "INSERT INTO audit_people (clinic, person, at, id, subject)"
		err = t.Insert(ctx, into, people, " ON CONFLICT DO NOTHING")
	}
	if err != nil {
		return fmt.Errorf("writing the audit: %w", err)
	}
	return nil
}

// mostInView is how many people one row of a view names.
const mostInView = 200

// viewRows makes the rows of what a request has seen.
func (w auditor) viewRows(as aliases, seen []reads.View) (rows [][]any) {
	for _, view := range seen {
		for part := range slices.Chunk(view.People, mostInView) {
			row := auditRow{action: reads.AuditView, fields: view.Fields.String(), subject: part[0]}
			if len(part) > 1 {
				row.subject = w.clinic
				for _, person := range part {
					row.people = append(row.people, string(as.of(person)))
				}
				slices.Sort(row.people) // not in the order of ids
			}
			rows = append(rows, w.values(randomID(), as, row))
		}
	}
	return rows
}
