package store

import (
	"context"
	"database/sql"
	"slices"

	"almanac/scheduler"
	"almanac/scheduler/store/sqldb"
)

// A session's row: first what is special, then what sessionValues gives. A new field stands in sessionFields,
// intoSession and sessionValues.
const (
	sessionFields = `number, kind, main, phase, position, title, local_start, start_at, end_at, minutes, place, state,
moved_from, leader, content_lost, appointment_for, window_opens, window_closes, seats, meeting`
	sessionColumns = "id, counter, seat_limit, " + sessionFields
)

// intoSession gives where sessionColumns go.
func intoSession(s *scheduler.Session) []any {
	return []any{
		&s.ID, &s.Counter, &s.SeatLimit, &s.Number, &s.Kind, &s.Main, &s.Phase, &s.Position, &s.Title,
		sqldb.Text(&s.Wall), sqldb.When(&s.Start), sqldb.When(&s.End), &s.Minutes, &s.Place, &s.State,
		sqldb.Text(&s.MovedFrom), &s.Leader, &s.ContentLost, &s.For, sqldb.Text(&s.Opens), sqldb.Text(&s.Closes),
		&s.Seats, &s.Meeting,
	}
}

// sessionValues are what sessionFields hold.
func sessionValues(s *scheduler.Session) []any {
	return []any{
		s.Number, s.Kind, yes(s.Main), s.Phase, s.Position, s.Title, s.Wall.String(), sqldb.Stamp(s.Start),
		sqldb.Stamp(s.End), s.Minutes, s.Place, s.State, s.MovedFrom.String(), s.Leader, yes(s.ContentLost), s.For,
		s.Opens.String(), s.Closes.String(), s.Seats, s.Meeting,
	}
}

// scanSession reads sessionColumns.
func scanSession(r *sql.Rows) (s scheduler.Session, err error) { return s, r.Scan(intoSession(&s)...) }

func sameSession(a, b *scheduler.Session) bool {
	return *a == *b || a.SeatLimit == b.SeatLimit && slices.Equal(sessionValues(a), sessionValues(b))
}

// looksDifferent compares what a participant sees of a session.
func looksDifferent(a, b *scheduler.Session) bool {
	return !a.Start.Equal(b.Start) || !a.End.Equal(b.End) || a.Place != b.Place || a.Meeting != b.Meeting ||
		a.State != b.State || a.MovedFrom != b.MovedFrom
}

// saveSessions never evicts: a seat limit stays at least as high as what is seated.
func (s *saving) saveSessions(ctx context.Context, c *rosterChange) error {
	for _, x := range c.sessions {
		err := s.Exec(ctx, "UPDATE sessions SET "+setting(sessionFields)+`, sequence = sequence + 1, changed_at = ?,
seat_limit = CASE WHEN seated > ? THEN seated ELSE ? END WHERE clinic = ? AND id = ?`,
			append(sessionValues(x), sqldb.Stamp(s.now), x.SeatLimit, x.SeatLimit, s.clinic, x.ID)...)
		if err != nil {
			return err
		}
	}
	rows := make([][]any, len(c.newSessions))
	for i, x := range c.newSessions {
		rows[i] = append([]any{s.clinic, c.now.Cohort.ID, sqldb.Stamp(s.now), x.ID, x.Counter, x.SeatLimit},
			sessionValues(x)...)
	}
	return s.Insert(ctx, "INSERT INTO sessions (clinic, cohort, changed_at, "+sessionColumns+")", rows, "")
}
