package store

import (
	"context"
	"database/sql"
	"errors"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// Notices lists what a person was promised and what became of it, the latest
// first. NotFound when there is no such person at the clinic.
func (db *DB) Notices(ctx context.Context, a access.Actor, clinic, person scheduler.ID) ([]reads.NoticeRow, error) {
	if err := access.CheckIn(a, access.PersonView, string(clinic)); err != nil {
		return nil, err
	}
	var all []reads.NoticeRow
	err := db.view(ctx, func(t *tx) error {
		if err := errors.Join(t.person(ctx, clinic, person, ""), t.maySee(ctx, a, clinic, person)); err != nil {
			return err
		}
		rows, err := t.Query(ctx, `
			SELECT n.id, n.kind, n.channel, n.session, n.due_at, n.not_after, n.state, n.reason, n.attempts, n.done_at
			FROM enrollments e JOIN notices n ON n.enrollment = e.id
			WHERE e.clinic = ? AND e.person = ? ORDER BY n.due_at DESC, n.id`, clinic, person)
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows, func(rows *sql.Rows) (n reads.NoticeRow, err error) {
			return n, rows.Scan(&n.ID, &n.Kind, &n.Channel, &n.Session, sqldb.When(&n.Due), sqldb.When(&n.NotAfter),
				&n.State, &n.Reason, &n.Attempts, sqldb.When(&n.Done))
		})
		return err
	})
	return all, err
}
