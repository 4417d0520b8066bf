package store

import (
	"context"
	"database/sql"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// AttendanceNotes gives every taking and correction of a session's attendance,
// the first in front; nothing for a session that is not at the clinic.
func (db *DB) AttendanceNotes(ctx context.Context, a access.Actor, clinic,
	session scheduler.ID) ([]reads.AttendanceNote, error) {
	if err := access.CheckIn(a, access.AttendanceTake, string(clinic)); err != nil {
		return nil, err
	}
	var notes []reads.AttendanceNote
	err := db.view(ctx, func(t *tx) (err error) {
		if err := t.seesSession(ctx, a, clinic, session); err != nil {
			return err
		}
		if notes, err = t.attendanceNotes(ctx, clinic, session); err != nil {
			return err
		}
		return t.nameNoters(ctx, clinic, notes)
	})
	return notes, err
}

// attendanceNotes reads the history of a session's seats; By is who it was as
// the audit writes it, kind:id.
func (t *tx) attendanceNotes(ctx context.Context, clinic, session scheduler.ID) ([]reads.AttendanceNote, error) {
	rows, err := t.Query(ctx, `
		SELECT s.person, h.state, h.minutes, h.notice_hours, h.missed_segments, h.at, h.by_actor
		FROM seats s JOIN attendance h ON h.seat = s.id
		WHERE s.clinic = ? AND s.session = ? ORDER BY h.at, h.id`, clinic, session)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (n reads.AttendanceNote, err error) {
		return n, rows.Scan(&n.Person, &n.State, &n.Minutes, &n.NoticeHours, &n.Missed, sqldb.When(&n.At), &n.By)
	})
}

// nameNoters puts names of staff in place of their ids.
func (t *tx) nameNoters(ctx context.Context, clinic scheduler.ID, notes []reads.AttendanceNote) error {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for i := range notes {
		by := notes[i].By
		name, known := names[by]
		if id, staff := strings.CutPrefix(by, string(access.KindStaff)+":"); staff && !known {
			if name, err = t.staffName(ctx, clinic, scheduler.ID(id), key); err != nil {
				return err
			}
			names[by] = name
		}
		notes[i].By = name
	}
	return nil
}
