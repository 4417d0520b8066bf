package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// readAbsences reads the dates to come that the person of a page gave back, and their leaves.
func (t *tx) readAbsences(ctx context.Context, page *reads.Page) error {
	rows, err := t.Query(ctx, `
		SELECT x.id, x.enrollment, x.session, s.start_at, s.end_at
		FROM enrollments e JOIN enrollment_facts f ON f.enrollment = e.id AND f.kind = ?
		  JOIN seats x ON x.enrollment = e.id AND x.session = f.what JOIN sessions s ON s.id = f.what
		WHERE e.clinic = ? AND e.person = ? AND e.state IN ('active', 'on_hold') AND x.state = 'released'
		  AND s.state = 'planned' AND s.start_at > ? ORDER BY s.start_at, x.id`,
		scheduler.FactExcused, page.Clinic, page.Person, sqldb.Stamp(t.db.now()))
	if err != nil {
		return err
	}
	page.GivenBack, err = sqldb.Collect(rows, func(rows *sql.Rows) (g reads.GivenBack, err error) {
		return g, rows.Scan(&g.Seat, &g.Enrollment, &g.Session, sqldb.When(&g.Start), sqldb.When(&g.End))
	})
	if err != nil {
		return fmt.Errorf("reading what %s gave back: %w", page.Person, err)
	}
	rows, err = t.Query(ctx, `
		SELECT l.enrollment, l.from_at, l.until_at, c.zone
		FROM enrollments e JOIN leaves l ON l.enrollment = e.id JOIN cohorts c ON c.id = e.cohort
		WHERE e.clinic = ? AND e.person = ? AND e.state IN ('active', 'on_hold') AND l.ended_at = '' AND l.until_at > ?
		ORDER BY l.from_at, l.enrollment`, page.Clinic, page.Person, sqldb.Stamp(t.db.now()))
	if err != nil {
		return err
	}
	page.Away, err = sqldb.Collect(rows, func(rows *sql.Rows) (w reads.Away, err error) {
		return w, rows.Scan(&w.Enrollment, sqldb.When(&w.From), sqldb.When(&w.Until), &w.Zone)
	})
	if err != nil {
		return fmt.Errorf("reading when %s is away: %w", page.Person, err)
	}
	return nil
}

// NoteLate keeps that the holder of a page will be late for one of their dates. NotFound for a token or a date that is
// not theirs; Closed when it is not near, is over or does not take place.
func (db *DB) NoteLate(ctx context.Context, a access.Actor, token string, seat scheduler.ID) error {
	if err := access.Check(a, access.TokenFind); err != nil {
		return err
	}
	h, err := db.holder(ctx, pagePurpose, token)
	if err != nil {
		return err
	}
	if !h.revoked.IsZero() || h.Ended {
		return errNoAddress()
	}
	return db.write(ctx, func(t *tx) error {
		var session scheduler.ID
		var start, end time.Time
		err := t.Row(ctx, `
			SELECT x.session, s.start_at, s.end_at FROM seats x JOIN sessions s ON s.id = x.session
			WHERE x.clinic = ? AND x.id = ? AND x.person = ? AND x.state = 'planned' AND s.state = 'planned'`,
			h.Clinic, seat, h.Person).Scan(&session, sqldb.When(&start), sqldb.When(&end))
		if sqldb.IsNoRows(err) {
			return errNoAddress()
		}
		if err != nil {
			return fmt.Errorf("reading a date of %s: %w", h.Person, err)
		}
		now := db.now()
		if now.Before(start.Add(-scheduler.LateAhead)) || !now.Before(end) {
			return fault.New(fault.Closed, "It is not the time to say that you are late.")
		}
		return t.saveJoin(ctx, h.Clinic, session, reads.JoinEvent{Seat: seat, Kind: reads.JoinLate, At: now})
	})
}

// excusedFrom lists who gave a session back ahead, with the reasons.
func (t *tx) excusedFrom(ctx context.Context, clinic, session scheduler.ID) ([]reads.Excused, error) {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	rows, err := t.Query(ctx, `
		SELECT e.person, f.enrollment, f.at, f.reason
		FROM seats x JOIN enrollment_facts f ON f.enrollment = x.enrollment AND f.kind = ? AND f.what = x.session
		  JOIN enrollments e ON e.id = f.enrollment
		WHERE x.clinic = ? AND x.session = ? AND x.state = 'released' AND e.state <> 'withdrawn'
		ORDER BY f.at, f.enrollment`,
		scheduler.FactExcused, clinic, session)
	if err != nil {
		return nil, err
	}
	all, err := sqldb.Collect(rows, func(rows *sql.Rows) (x reads.Excused, err error) {
		var reason []byte
		if err := rows.Scan(&x.Person, &x.Enrollment, sqldb.When(&x.At), &reason); err != nil {
			return x, err
		}
		f := scheduler.Fact{Kind: scheduler.FactExcused, What: string(session)}
		x.Reason, err = opened(key, reasonPlace(clinic, x.Enrollment, f), reason)
		return x, err
	})
	if err != nil {
		return nil, fmt.Errorf("reading who gave session %s back: %w", session, err)
	}
	return all, nil
}

// Excused lists who gave a session back ahead, with the reasons.
func (db *DB) Excused(ctx context.Context, a access.Actor, clinic, session scheduler.ID) (all []reads.Excused,
	err error) {
	if err := access.CheckIn(a, access.AttendanceView, string(clinic)); err != nil {
		return nil, err
	}
	err = db.view(ctx, func(t *tx) error {
		if err := t.seesSession(ctx, a, clinic, session); err != nil {
			return err
		}
		all, err = t.excusedFrom(ctx, clinic, session)
		return err
	})
	return all, err
}
