package store

import (
	"context"
	"database/sql"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/store/sqldb"
)

// seatOwner: a way in says nothing of its clinic. It gives the generation of the page, too; no row: that is off.
func (t *tx) seatOwner(ctx context.Context, seat scheduler.ID) (clinic, person scheduler.ID, page guardedToken,
	err error) {
	err = t.Row(ctx, `SELECT s.clinic, s.person, k.subject, k.generation, k.mac
		FROM seats s JOIN tokens k ON k.subject = s.person
		WHERE s.id = ? AND k.purpose = 'page' AND k.revoked_at = ''`, seat).Scan(&clinic, &person, &page.subject,
		&page.generation, &page.mac)
	return clinic, person, page, err
}

// clinicOfSeat: a video host says nothing of the clinic. No row: the seat is not in this session.
func (t *tx) clinicOfSeat(ctx context.Context, seat, session scheduler.ID) (clinic scheduler.ID, err error) {
	err = t.Row(ctx, "SELECT clinic FROM seats WHERE id = ? AND session = ?", seat, session).Scan(&clinic)
	return clinic, err
}

// meetingSessions: a duty looks at the video hosts for all clinics. It gives the sessions with a meeting that end after
// one UTC instant and start before another.
func (t *tx) meetingSessions(ctx context.Context, after, before time.Time) ([]meetingSession, error) {
	rows, err := t.Query(ctx, `
		SELECT s.clinic, s.id, s.meeting, s.start_at FROM sessions s
		WHERE s.meeting <> '' AND s.state = 'planned' AND s.start_at < ? AND s.start_at > ? AND s.end_at > ?
		ORDER BY s.start_at, s.id`,
		sqldb.Stamp(before), sqldb.Stamp(after.Add(-longestSession)), sqldb.Stamp(after))
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (m meetingSession, err error) {
		return m, rows.Scan(&m.Clinic, &m.Session, &m.meeting, sqldb.When(&m.Start))
	})
}

// longestSession is longer than any session, to find those that run by their start.
const longestSession = 24 * time.Hour

// forgetJoins: who joined grows old alike at all clinics.
func (t *tx) forgetJoins(ctx context.Context, before time.Time) (int64, error) {
	return t.Count(ctx, "DELETE FROM join_events WHERE at <= ?", sqldb.Stamp(before))
}

// forgetAddresses: changes of addresses grow old alike at all clinics.
func (t *tx) forgetAddresses(ctx context.Context, before time.Time) (int64, error) {
	return t.Count(ctx, "DELETE FROM address_changes WHERE asked_at <= ?", sqldb.Stamp(before))
}
