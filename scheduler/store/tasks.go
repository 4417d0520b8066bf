package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
)

// Tasks lists what staff have to do, the most urgent first.
func (db *DB) Tasks(ctx context.Context, a access.Actor, clinic scheduler.ID) ([]reads.Task, error) {
	if err := access.CheckIn(a, access.TaskView, string(clinic)); err != nil {
		return nil, err
	}
	var all []reads.Task
	err := db.view(ctx, func(t *tx) error {
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		rows, err := t.query(ctx, `
			SELECT k.id, k.key, k.kind, k.about, k.cohort, k.person, k.enrollment, k.session, k.due_at, k.created_at,
			  coalesce(c.name, ''), coalesce(c.zone, ''), p.name, p.phone, coalesce(s.start_at, ''), coalesce(s.local_start, ''), k.note
			FROM tasks k
			LEFT JOIN cohorts c ON c.id = k.cohort LEFT JOIN people p ON p.id = k.person LEFT JOIN sessions s ON s.id = k.session
			WHERE k.clinic = ? AND k.done_at = '' ORDER BY k.due_at, k.id`, clinic)
		if err != nil {
			return err
		}
		all, err = collect(rows, func(rows *sql.Rows) (reads.Task, error) { return scanTask(rows, clinic, key) })
		return err
	})
	return all, err
}

func scanTask(rows *sql.Rows, clinic scheduler.ID, key *seal.Key) (task reads.Task, err error) {
	var name, phone, note []byte
	err = rows.Scan(&task.ID, &task.Key, &task.Kind, &task.About, &task.Cohort, &task.Person, &task.Enrollment, &task.Task.Session,
		when(&task.Due), when(&task.CreatedAt), &task.CohortName, &task.Session.Zone, &name, &phone,
		when(&task.Session.Start), text(&task.Session.Wall), &note)
	if err != nil {
		return task, err
	}
	if task.Name, err = opened(key, place(clinic, "people", "name", task.Person), name); err != nil {
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
	task.Phone, err = opened(key, place(clinic, "people", "phone", task.Person), phone)
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
		err := t.row(ctx, "SELECT done_at, key, kind, about, person, enrollment, session FROM tasks WHERE clinic = ? AND id = ?"+t.forUpdate(), clinic, id).
			Scan(&done, &task.Key, &task.Kind, &task.About, &task.Person, &task.Enrollment, &task.Session)
		if errors.Is(err, sql.ErrNoRows) {
			return notFound("There is no such task. Look at the list again.")
		}
		if err != nil || done != "" {
			return err
		}
		if err := t.toldByStaff(ctx, clinic, task, now); err != nil {
			return err
		}
		err = t.exec(ctx, "UPDATE tasks SET done_at = ?, done_by = ? WHERE clinic = ? AND id = ?", stamp(now), a.String(), clinic, id)
		if err != nil {
			return fmt.Errorf("finishing a task: %w", err)
		}
		return t.audit(ctx, clinic, a, now, scheduler.AuditEntry{Action: "task.done", Subjects: []scheduler.ID{id}})
	})
}
