package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"almanac/scheduler"
	"almanac/scheduler/store/sqldb"
)

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
		case was.State == s.State && was.Sequence == s.Sequence && was.ChangedAt.Equal(s.ChangedAt) &&
			was.Attendance == s.Attendance:
		case s.State.Occupies():
			c.seats = append(c.seats, s)
		default:
			c.released = append(c.released, s)
		}
	}
}

func (s *saving) releaseSeats(ctx context.Context, c *rosterChange) error {
	return s.updateSeats(ctx, c.released)
}

// updateSeats writes what a change may change of a seat: never what its person
// was told, which the outbox writes. A change leaves most of its seats alike, so
// each kind of them is one statement.
func (s *saving) updateSeats(ctx context.Context, seats []*scheduler.Seat) error {
	type kind struct {
		state    scheduler.SeatState
		sequence int
		changed  string
		scheduler.Attendance
	}
	var kinds []kind
	alike := map[kind][]any{}
	for _, seat := range seats {
		k := kind{seat.State, seat.Sequence, sqldb.Stamp(seat.ChangedAt), seat.Attendance}
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
	err = s.Exec(ctx, "UPDATE enrollments SET has_seats = 1 WHERE clinic = ? AND id IN ("+
		sqldb.Marks(len(visitors))+")",
		append([]any{s.clinic}, sqldb.Anys(visitors)...)...)
	return err
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
