package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// Tasks lists all that staff have to do, the most urgent first.
func (db *DB) Tasks(ctx context.Context, a access.Actor, clinic scheduler.ID) ([]reads.Task, error) {
	if err := access.CheckIn(a, access.TaskView, string(clinic)); err != nil {
		return nil, err
	}
	var all []reads.Task
	err := db.view(ctx, func(t *tx) (err error) {
		all, err = t.openTasks(ctx, clinic, "ORDER BY k.due_at, k.id")
		return err
	})
	return all, err
}

// TaskPage gives one page of what staff have to do, the most urgent first, and how much there is.
func (db *DB) TaskPage(ctx context.Context, a access.Actor, clinic scheduler.ID,
	q reads.TaskQuery) (reads.TaskPage, error) {
	if err := access.CheckIn(a, access.TaskView, string(clinic)); err != nil {
		return reads.TaskPage{}, err
	}
	var page reads.TaskPage
	err := db.view(ctx, func(t *tx) (err error) {
		if page, err = t.callPage(ctx, clinic, q); err == nil {
			page.Counts, err = t.countTasks(ctx, clinic)
		}
		return err
	})
	return page, err
}

// CountTasks tells how many tasks are open.
func (db *DB) CountTasks(ctx context.Context, a access.Actor, clinic scheduler.ID) (reads.TaskCounts, error) {
	if err := access.CheckIn(a, access.TaskView, string(clinic)); err != nil {
		return reads.TaskCounts{}, err
	}
	var counts reads.TaskCounts
	err := db.view(ctx, func(t *tx) (err error) {
		counts, err = t.countTasks(ctx, clinic)
		return err
	})
	return counts, err
}

func (t *tx) countTasks(ctx context.Context, clinic scheduler.ID) (reads.TaskCounts, error) {
	counts := reads.TaskCounts{ByCohort: map[scheduler.ID]int{}}
	rows, err := t.Query(ctx, `
		SELECT cohort, count(*), count(CASE WHEN due_at < ? THEN 1 END)
		FROM tasks WHERE clinic = ? AND done_at = '' GROUP BY cohort`, sqldb.Stamp(t.db.now()), clinic)
	if err != nil {
		return counts, err
	}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var cohort scheduler.ID
		var open, late int
		err = rows.Scan(&cohort, &open, &late)
		counts.ByCohort[cohort] = open
		counts.Open, counts.Late = counts.Open+open, counts.Late+late
		return none, err
	})
	return counts, err
}

// openTasks reads open tasks; clause narrows, orders and limits them.
func (t *tx) openTasks(ctx context.Context, clinic scheduler.ID, clause string, args ...any) ([]reads.Task, error) {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	rows, err := t.Query(ctx, `
		SELECT k.id, k.key, k.kind, k.about, k.cohort, k.person, k.enrollment, k.session, k.staff, k.due_at,
k.created_at,
		  coalesce(c.name, ''), coalesce(c.zone, ''), p.data_key, p.name, p.phone, f.name, coalesce(s.start_at, ''),
coalesce(s.local_start, ''), k.note, k.tries, k.tried_at, k.tried
		FROM tasks k
		LEFT JOIN cohorts c ON c.id = k.cohort LEFT JOIN people p ON p.id = k.person LEFT JOIN sessions s
ON s.id = k.session
		LEFT JOIN staff f ON f.id = k.staff
		WHERE k.clinic = ? AND k.done_at = '' `+clause, append([]any{clinic}, args...)...)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (reads.Task, error) { return scanTask(rows, clinic, key) })
}

func scanTask(rows *sql.Rows, clinic scheduler.ID, key *clinicKey) (task reads.Task, err error) {
	var own, name, phone, staff, note []byte
	err = rows.Scan(&task.ID, &task.Key, &task.Kind, &task.About, &task.Cohort, &task.Person, &task.Enrollment,
		&task.Task.Session, &task.Staff,
		sqldb.When(&task.Due), sqldb.When(&task.CreatedAt), &task.CohortName, &task.Session.Zone, &own, &name, &phone,
		&staff,
		sqldb.When(&task.Session.Start), sqldb.Text(&task.Session.Wall), &note, &task.Tries,
		sqldb.When(&task.TriedAt), &task.Tried)
	if err != nil {
		return task, err
	}
	theirs := key.person(clinic, task.Person, own)
	if task.Staff == "" {
		task.Name, err = opened(theirs, place(clinic, "people", "name", task.Person), name)
	} else {
		task.Name, err = opened(key, place(clinic, "staff", "name", task.Staff), staff)
	}
	if err != nil {
		return task, err
	}
	if task.Note, err = opened(key, place(clinic, "tasks", "note", task.ID), note); err != nil {
		return task, err
	}
	if task.Session.Start.IsZero() { // a task about no session
		task.Session = reads.Moment{}
	} else {
		task.Session.ID = task.Task.Session
	}
	task.Phone, err = opened(theirs, place(clinic, "people", "phone", task.Person), phone)
	return task, err
}

// FinishTask ticks a task off. Doing so again changes nothing. Who was to be told of dates
// was told them by that. NotFound when there is no such task at the clinic.
func (db *DB) FinishTask(ctx context.Context, a access.Actor, clinic, id scheduler.ID) error {
	if err := access.CheckIn(a, access.TaskDone, string(clinic)); err != nil {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		now := db.now()
		if _, err := t.share(ctx, clinic); err != nil {
			return err
		}
		var done string
		task := scheduler.Task{ID: id}
		err := t.Row(ctx, "SELECT done_at, key, kind, about, person, enrollment, session FROM tasks WHERE clinic = "+
			"? AND id = ?"+t.ForUpdate(), clinic, id).
			Scan(&done, &task.Key, &task.Kind, &task.About, &task.Person, &task.Enrollment, &task.Session)
		if errors.Is(err, sql.ErrNoRows) {
			return notFound("There is no such task. Look at the list again.")
		}
		if err != nil || done != "" {
			return err
		}
		if err := t.finish(ctx, clinic, a, task, now); err != nil {
			return err
		}
		return t.audit(ctx, clinic, a, now, scheduler.AuditEntry{Action: "task.done", Subjects: []scheduler.ID{id}})
	})
}

// finish ticks an open task off, and remembers what its person was told by that.
func (t *tx) finish(ctx context.Context, clinic scheduler.ID, a access.Actor, task scheduler.Task,
	now time.Time) error {
	if err := t.toldByStaff(ctx, clinic, task, now); err != nil {
		return err
	}
	err := t.Exec(ctx, "UPDATE tasks SET done_at = ?, done_by = ? WHERE clinic = ? AND id = ?", sqldb.Stamp(now),
		a.String(), clinic, task.ID)
	if err != nil {
		return fmt.Errorf("finishing a task: %w", err)
	}
	return nil
}
