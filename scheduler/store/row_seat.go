package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"slices"

	"almanac/scheduler"
	"almanac/scheduler/store/sqldb"
)

// seatColumns are in the order of intoSeat. What a change may change of a seat is a seatState; what its person was told
// is written by the outbox.
const seatColumns = `s.id, s.enrollment, s.session, s.person, s.state, s.uid, s.sequence, s.created_at, s.changed_at,
s.told_expected, s.told_start, s.told_end, s.told_place, s.told_meeting, s.told_sequence, s.invited, s.host <> '',
s.minutes, s.notice_hours, s.missed_segments`

func intoSeat(s *scheduler.Seat) []any {
	return []any{
		&s.ID, &s.Enrollment, &s.Session, &s.Person, &s.State, &s.UID, &s.Sequence, sqldb.When(&s.CreatedAt),
		sqldb.When(&s.ChangedAt),
		&s.Told.Expected, sqldb.When(&s.Told.Start), sqldb.When(&s.Told.End), &s.Told.Place, &s.Told.Meeting,
		&s.Told.Sequence, &s.Told.Invited,
		&s.Elsewhere, &s.Minutes, &s.NoticeHours, &s.Missed,
	}
}

// scanSeat reads seatColumns.
func scanSeat(r *sql.Rows) (s scheduler.Seat, err error) { return s, r.Scan(intoSeat(&s)...) }

// seatState is what a change may change of a seat.
type seatState struct {
	state    scheduler.SeatState
	sequence int
	changed  string
	scheduler.Attendance
}

func stateOf(s *scheduler.Seat) seatState {
	return seatState{s.State, s.Sequence, sqldb.Stamp(s.ChangedAt), s.Attendance}
}

// ownSeats gives the seats of enrollments in sessions of their own cohort.
func (t *tx) ownSeats(ctx context.Context, clinic scheduler.ID,
	enrollments []scheduler.ID) (seats []scheduler.Seat, err error) {
	for part := range slices.Chunk(enrollments, mostListed) {
		in, args := sqldb.List(part)
		rows, err := t.Query(ctx,
			"SELECT "+seatColumns+" FROM seats s WHERE s."+ofClinic+" AND s.enrollment IN ("+in+") AND s.host = ''",
			append([]any{clinic}, args...)...)
		if err != nil {
			return nil, err
		}
		more, err := sqldb.Collect(rows, scanSeat)
		if err != nil {
			return nil, err
		}
		seats = append(seats, more...)
	}
	return seats, nil
}

// guestSeats gives the seats in a cohort's sessions of other cohorts' enrollments.
func (t *tx) guestSeats(ctx context.Context, clinic, cohort scheduler.ID) ([]scheduler.Seat, error) {
	rows, err := t.Query(ctx, "SELECT "+seatColumns+" FROM seats s WHERE s.clinic = ? AND s.host <> '' AND s.host = ?",
		clinic, cohort)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, scanSeat)
}

// compareSeats sorts the seats that changed.
func (c *rosterChange) compareSeats(before, now *scheduler.Roster) {
	known := make(map[scheduler.ID]*scheduler.Seat, len(before.Seats))
	for _, s := range before.Seats {
		known[s.ID] = s
	}
	for _, s := range now.Seats {
		was := known[s.ID]
		switch {
		case was == nil:
			c.newSeats = append(c.newSeats, s)
		case stateOf(was) == stateOf(s):
		case s.State.Occupies():
			c.seats = append(c.seats, s)
		default:
			c.released = append(c.released, s)
		}
	}
}

// releaseSeats writes the seats that are occupied no more.
func (s *saving) releaseSeats(ctx context.Context, c *rosterChange) error {
	return s.updateSeats(ctx, c.released)
}

// updateSeats writes what a change may change of a seat: never what its person
// was told, which the outbox writes. A change leaves most of its seats alike, so
// each kind of them is one statement.
func (s *saving) updateSeats(ctx context.Context, seats []*scheduler.Seat) error {
	var kinds []seatState
	alike := map[seatState][]any{}
	for _, seat := range seats {
		k := stateOf(seat)
		if alike[k] == nil {
			kinds = append(kinds, k)
		}
		alike[k] = append(alike[k], seat.ID)
	}
	for _, k := range kinds {
		for ids := range slices.Chunk(alike[k], sqldb.MostInserted) {
			err := s.Exec(ctx, `UPDATE seats SET state = ?, sequence = ?, changed_at = ?, minutes = ?,
notice_hours = ?, missed_segments = ?
WHERE clinic = ? AND id IN (`+sqldb.Marks(len(ids))+")",
				append([]any{k.state, k.sequence, k.changed, k.Minutes, k.NoticeHours, k.Missed, s.clinic}, ids...)...)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// takeSeats writes the seats that are occupied now and makes the UID of each new
// one, which it keeps for ever.
func (s *saving) takeSeats(ctx context.Context, c *rosterChange) error {
	if err := s.updateSeats(ctx, c.seats); err != nil {
		return err
	}
	uids := uidsOf{}
	var visitors []scheduler.ID
	rows := make([][]any, len(c.newSeats))
	for i, seat := range c.newSeats {
		uid := seat.UID
		if uid == "" {
			uid = uids.next(seat.Enrollment)
		}
		var host, home scheduler.ID
		if seat.Elsewhere {
			host = c.now.Cohort.ID
			if home = s.home(seat.Enrollment); home == "" {
				return fmt.Errorf("seat %s is of enrollment %s, which is not in the book", seat.ID, seat.Enrollment)
			}
			visitors = append(visitors, seat.Enrollment)
		}
		rows[i] = []any{
			seat.ID, s.clinic, seat.Enrollment, seat.Session, seat.Person, seat.State, uid, seat.Sequence,
			sqldb.Stamp(seat.CreatedAt), sqldb.Stamp(seat.ChangedAt), host, home, seat.Minutes,
			seat.NoticeHours, seat.Missed,
		}
	}
	err := s.Insert(ctx, `INSERT INTO seats (id, clinic, enrollment, session, person, state, uid, sequence,
created_at, changed_at, host, home, minutes, notice_hours, missed_segments)`, rows, "")
	if err != nil || len(visitors) == 0 {
		return err
	}
	in, args := sqldb.List(visitors)
	return s.Exec(ctx, "UPDATE enrollments SET has_seats = 1 WHERE clinic = ? AND id IN ("+in+")",
		append([]any{s.clinic}, args...)...)
}

// home finds the cohort of an enrollment, "" when it is not in the book.
func (s *saving) home(enrollment scheduler.ID) scheduler.ID {
	for _, c := range s.changes {
		if c.now.Enrollment(enrollment) != nil {
			return c.now.Cohort.ID
		}
	}
	return ""
}

// saveTaken writes the history of attendance: each taking and each correction is
// a row of its own.
func (s *saving) saveTaken(ctx context.Context, l *loaded) error {
	rows := make([][]any, len(l.book.AttendanceTaken))
	for i, n := range l.book.AttendanceTaken {
		rows[i] = []any{randomID(), s.clinic, n.Seat, n.State, n.Minutes, n.NoticeHours, n.Missed, sqldb.Stamp(n.At),
			s.actor.String()}
	}
	if len(rows) > 0 {
		s.saved = true
	}
	return s.Insert(ctx,
		"INSERT INTO attendance (id, clinic, seat, state, minutes, notice_hours, missed_segments, at, by_actor)", rows,
		"")
}

// uidsOf makes UIDs, which are UUIDv4. Those of one enrollment have their first half in common, so that an index
// keeps the seats of a change together; the 62 random bits behind it cannot be guessed by somebody who knows another.
type uidsOf map[scheduler.ID][16]byte

func (u uidsOf) next(enrollment scheduler.ID) string {
	octets, known := u[enrollment]
	if known {
		_, _ = rand.Read(octets[8:]) // never fails: it ends the program instead
	} else {
		_, _ = rand.Read(octets[:])
		u[enrollment] = octets
	}
	return scheduler.RandomUID(octets)
}
