package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/gate"
	"almanac/scheduler/store/sqldb"
)

// supersede drops the planned calendar notices of seats that a newer one is
// about. One whose attempt is open stays: the worker that hands it over tells the current data
// of that moment, and the newer one then finds nothing new.
func (s *saving) supersede(ctx context.Context, notices []scheduler.Notice) error {
	var news []scheduler.Notice
	for _, n := range notices {
		if n.Kind == scheduler.Calendar && n.Seat != "" {
			news = append(news, n)
		}
	}
	for part := range slices.Chunk(news, mostListed) {
		which, args := calendarOf(part)
		err := s.Exec(ctx, `UPDATE notices SET state = 'dropped', reason = ?, done_at = ?
WHERE `+ofClinic+` AND `+which+` AND state = 'planned' AND lease_until <= ?`,
			slices.Concat([]any{gate.ReasonSuperseded, sqldb.Stamp(s.now), s.clinic}, args,
				[]any{sqldb.Stamp(s.now)})...)
		if err != nil {
			return fmt.Errorf("dropping older notices: %w", err)
		}
	}
	return nil
}

// calendarOf is a condition that a notice is a calendar notice about a seat of some notices, at most mostListed. It
// names their enrollments for the index, which begins with them.
func calendarOf(notices []scheduler.Notice) (condition string, args []any) {
	enrollments, whose := sqldb.List(unique(notices, func(n scheduler.Notice) scheduler.ID { return n.Enrollment }))
	seats, which := sqldb.List(unique(notices, func(n scheduler.Notice) scheduler.ID { return n.Seat }))
	return "enrollment IN (" + enrollments + ") AND kind = 'calendar' AND seat IN (" + seats + ")",
		append(whose, which...)
}

// supersedeTexts drops the planned texts about changes of people to whom a newer one tells everything.
// The promised calendar notices stay: they say which dates are to be told.
func (s *saving) supersedeTexts(ctx context.Context, notices []scheduler.Notice) error {
	people := unique(notices, func(n scheduler.Notice) scheduler.ID {
		if n.Kind != scheduler.Changes {
			return ""
		}
		return n.Person
	})
	for some := range slices.Chunk(people, mostListed) {
		among, args := sqldb.Among(s.Tx, "person", some)
		err := s.Exec(ctx, `UPDATE notices SET state = 'dropped', reason = ?, done_at = ?
WHERE `+ofClinic+` AND kind = 'changes' AND state = 'planned' AND lease_until <= ?
  AND enrollment IN (SELECT id FROM enrollments WHERE `+ofClinic+` AND `+among+")",
			slices.Concat([]any{gate.ReasonSuperseded, sqldb.Stamp(s.now), s.clinic, sqldb.Stamp(s.now), s.clinic},
				args)...)
		if err != nil {
			return fmt.Errorf("dropping older texts: %w", err)
		}
	}
	return nil
}

// onTheirWay gives the notices of whose seat an invite was tried and nobody knows
// yet whether it arrived: its outcome may be written down after this change.
func (s *saving) onTheirWay(ctx context.Context, notices []scheduler.Notice) ([]scheduler.Notice, error) {
	tried := map[scheduler.ID]bool{}
	for part := range slices.Chunk(notices, mostListed) {
		which, args := calendarOf(part)
		rows, err := s.Query(ctx, `SELECT DISTINCT seat FROM notices
WHERE `+ofClinic+` AND `+which+` AND id IN (SELECT notice FROM attempts WHERE notice = notices.id AND outcome IN ('',
'retry', 'lost'))`, append([]any{s.clinic}, args...)...)
		if err != nil {
			return nil, err
		}
		seats, err := sqldb.Collect(rows, scanID)
		if err != nil {
			return nil, fmt.Errorf("looking for invites on their way: %w", err)
		}
		for _, seat := range seats {
			tried[seat] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(notices), func(n scheduler.Notice) bool { return !tried[n.Seat] }), nil
}

// saveNotices writes promises, one row each for ever. A row that was dropped is
// planned again; every other stays as it is, so what was sent stays sent. The id
// derives from the key, so the two are one constraint; id stands here because
// PostgreSQL checks the primary key first when two write the same row at once.
func (t *tx) saveNotices(ctx context.Context, clinic scheduler.ID, notices []scheduler.Notice) error {
	rows := make([][]any, 0, len(notices))
	seen := map[scheduler.ID]bool{} // PostgreSQL refuses to touch a row twice in one statement
	for _, n := range notices {
		if seen[n.ID] {
			continue
		}
		seen[n.ID] = true
		rows = append(rows, []any{
			n.ID, clinic, n.Key, n.Kind, n.Channel, orNull(n.Person), orNull(n.Enrollment), orNull(n.Staff), n.Session,
			n.Seat, sqldb.Stamp(n.Start), int64(n.Lead / time.Second),
			sqldb.Stamp(n.Due), sqldb.Stamp(n.NotAfter), n.State, n.Reason, doneAt(n), sqldb.Stamp(n.CreatedAt),
		})
	}
	if err := t.saveAssignments(ctx, clinic, notices); err != nil {
		return fmt.Errorf("writing who leads: %w", err)
	}
	err := t.Insert(ctx, `INSERT INTO notices (id, clinic, key, kind, channel, person, enrollment, staff, session,
seat, start_at, lead_seconds,
due_at, not_after, state, reason, done_at, created_at)`, rows, ` ON CONFLICT (id) DO UPDATE
SET state = excluded.state, reason = excluded.reason, due_at = excluded.due_at, not_after = excluded.not_after,
queued_until = '', done_at = excluded.done_at
WHERE notices.state = 'dropped'`)
	if err != nil {
		return fmt.Errorf("writing notices: %w", err)
	}
	return nil
}

// orNull is an id for a column that refers to another row, or to none.
func orNull(id scheduler.ID) any {
	if id == "" {
		return nil
	}
	return id
}

// doneAt is when a notice ended that never was due; empty: it waits.
func doneAt(n scheduler.Notice) string {
	if n.State == scheduler.NoticePlanned {
		return ""
	}
	return sqldb.Stamp(n.CreatedAt)
}

// saveTasks writes what staff must do, the words of others in it sealed; a task
// that stands already stays as it is, done or not, and one that was closed by a rule, or asks
// again after it was ticked off, is open again.
func (t *tx) saveTasks(ctx context.Context, clinic scheduler.ID, tasks []scheduler.Task) error {
	if len(tasks) == 0 {
		return nil
	}
	key, err := t.key(ctx, clinic)
	if err != nil {
		return err
	}
	for _, again := range []bool{false, true} {
		var rows [][]any
		seen := map[scheduler.ID]bool{}
		for _, k := range tasks {
			if k.Again != again || seen[k.ID] {
				continue
			}
			seen[k.ID] = true
			rows = append(rows, []any{
				k.ID, clinic, k.Key, k.Kind, k.About, k.Cohort, k.Person, k.Enrollment, k.Session, k.Staff,
				sqldb.Stamp(k.Due), sqldb.Stamp(k.CreatedAt),
				sealed(key, place(clinic, "tasks", "note", k.ID), k.Note),
			})
		}
		open := "tasks.done_by IN (" + closedByRule() + ")"
		if again {
			open = "tasks.done_at <> '' AND tasks.done_at < excluded.due_at"
		}
		err = t.Insert(ctx, "INSERT INTO tasks (id, clinic, key, kind, about, cohort, person, enrollment, session, "+
			"staff, due_at, created_at, note)",
			rows, " ON CONFLICT (id) DO UPDATE SET done_at = '', done_by = '', due_at = excluded.due_at, "+
				"tries = 0, tried_at = '', tried = '' WHERE "+open)
		if err != nil {
			return fmt.Errorf("writing tasks: %w", err)
		}
	}
	return nil
}

// closedByRule lists, for an IN, what stands in a task that nobody had to do because
// its cause was gone.
func closedByRule() string { return "'" + strings.Join(scheduler.ClosingRules(), "', '") + "'" }

// settleTasks ends the open tasks whose cause is gone. They stay, and the audit
// says whose change it was.
func (s *saving) closeTasks(ctx context.Context, closed []scheduler.ClosedTask) error {
	for _, by := range scheduler.ClosingRules() {
		var tasks []scheduler.ID
		for _, one := range closed {
			if one.By == by {
				tasks = append(tasks, one.Task)
			}
		}
		for some := range slices.Chunk(tasks, mostListed) {
			if err := s.closeSome(ctx, some, by); err != nil {
				return err
			}
		}
	}
	return nil
}

// closeSome closes those of at most mostListed tasks that are open.
func (s *saving) closeSome(ctx context.Context, tasks []scheduler.ID, by string) error {
	in, args := sqldb.List(tasks)
	rows, err := s.Query(ctx,
		"SELECT id FROM tasks WHERE "+ofClinic+" AND done_at = '' AND id IN ("+in+") ORDER BY id"+s.ForUpdate(),
		append([]any{s.clinic}, args...)...)
	if err != nil {
		return err
	}
	open, err := sqldb.Collect(rows, scanID)
	if err != nil {
		return fmt.Errorf("looking for tasks to close: %w", err)
	}
	if len(open) == 0 {
		return nil
	}
	in, args = sqldb.List(open)
	err = s.Exec(ctx, "UPDATE tasks SET done_at = ?, done_by = ? WHERE "+ofClinic+" AND id IN ("+in+")",
		append([]any{sqldb.Stamp(s.now), by, s.clinic}, args...)...)
	if err != nil {
		return fmt.Errorf("closing tasks: %w", err)
	}
	s.saved = true
	return s.audit(ctx, s.clinic, s.actor, s.now, scheduler.AuditEntry{Action: "task.close", Subjects: open})
}
