package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/protocols"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// Undos lists the changes of a clinic that can still be taken back, the latest
// first, with who made them: for a facilitator their own, and those that touch only cohorts they see.
func (db *DB) Undos(ctx context.Context, a access.Actor, clinic scheduler.ID) (all []reads.Undo, err error) {
	if err := access.CheckIn(a, access.CohortView, string(clinic)); err != nil {
		return nil, err
	}
	err = db.view(ctx, func(t *tx) error {
		if all, err = t.undos(ctx, clinic, db.now()); err != nil || len(all) == 0 {
			return err
		}
		reach, err := t.reachFor(ctx, a, clinic)
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(u reads.Undo) bool {
			return u.By != a.String() &&
				slices.ContainsFunc(u.Image.Cohorts,
					func(c scheduler.CohortImage) bool { return !reach.sees(c.Cohort.ID) })
		})
		for i := range all {
			all[i].Own = all[i].By == a.String()
			if all[i].By, err = t.actorName(ctx, clinic, all[i].By); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// undos reads what is kept of changes that can still be taken back.
func (t *tx) undos(ctx context.Context, clinic scheduler.ID, now time.Time) ([]reads.Undo, error) {
	rows, err := t.Query(ctx,
		"SELECT change_no, actor, expires_at, image FROM undos WHERE clinic = ? AND expires_at > ? ORDER BY "+
			"change_no DESC",
		clinic, sqldb.Stamp(now))
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (u reads.Undo, err error) {
		var image []byte
		if err := rows.Scan(&u.ChangeNo, &u.By, sqldb.When(&u.Until), &image); err != nil {
			return u, err
		}
		u.Image, err = unpackImage(image)
		return u, err
	})
}

// actorName is what staff call who made a change: a colleague by name.
func (t *tx) actorName(ctx context.Context, clinic scheduler.ID, actor string) (string, error) {
	kind, id, _ := strings.Cut(actor, ":")
	switch access.Kind(kind) {
	case access.KindStaff:
		key, err := t.key(ctx, clinic)
		if err != nil {
			return "", err
		}
		return t.staffName(ctx, clinic, scheduler.ID(id), key)
	case access.KindPerson:
		return "The person themselves", nil
	case access.KindToken:
		return "Another program", nil
	case access.KindCommand:
		return "Somebody at the command line", nil
	}
	return "Almanac itself", nil
}

// rest sums up the seats that rest in the sessions of a book.
func (t *tx) rest(ctx context.Context, clinic scheduler.ID, rosters []*scheduler.Roster, now time.Time) error {
	rows, err := t.Query(ctx, "SELECT resting FROM undos WHERE clinic = ? AND expires_at > ? AND resting <> '{}'",
		clinic, sqldb.Stamp(now))
	if err != nil {
		return fmt.Errorf("reading what rests: %w", err)
	}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (all map[scheduler.ID][]scheduler.ID, err error) {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(text), &all); err != nil {
			return nil, fmt.Errorf("reading what rests: %w", err)
		}
		for session, people := range all {
			for _, r := range rosters {
				if r.Session(session) == nil {
					continue
				}
				if r.Resting == nil {
					r.Resting = map[scheduler.ID][]scheduler.ID{}
				}
				r.Resting[session] = append(r.Resting[session], people...)
			}
		}
		return all, nil
	})
	return err
}

// lookedAt is how long seats that rest no longer are looked at every minute.
const lookedAt = 3 * time.Minute

// undoing loads what is kept of a change; nil when nothing is. It says which
// tasks of the change are done, and who changed the same things since.
func (t *tx) undoing(ctx context.Context, clinic scheduler.ID, changeNo int64) (*scheduler.Undo, error) {
	if changeNo == 0 {
		return nil, nil
	}
	u := &scheduler.Undo{ChangeNo: changeNo, Definitions: map[string]*protocols.Definition{}}
	var image []byte
	err := t.Row(ctx, "SELECT actor, expires_at, image FROM undos WHERE clinic = ? AND expires_at > ? AND change_no "+
		"= ?",
		clinic, sqldb.Stamp(t.db.now().Add(-undosKept)), changeNo).
		Scan(&u.By, sqldb.When(&u.Until), &image)
	if sqldb.IsNoRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading what is kept of a change: %w", err)
	}
	if u.Image, err = unpackImage(image); err != nil {
		return nil, err
	}
	for _, c := range u.Image.Cohorts {
		var hash string
		if json.Unmarshal(c.Cohort.Was["Hash"], &hash) != nil {
			continue // the change was not one of the version
		}
		if u.Definitions[hash], err = t.definition(ctx, hash); err != nil {
			return nil, err
		}
	}
	if u.Since, err = t.changedSince(ctx, clinic, u); err != nil {
		return nil, err
	}
	tasks := make([]scheduler.ID, len(u.Image.Tasks))
	for i, task := range u.Image.Tasks {
		tasks[i] = task.Task
	}
	for some := range slices.Chunk(tasks, mostListed) {
		in, args := sqldb.List(some)
		rows, err := t.Query(ctx, "SELECT id FROM tasks WHERE "+ofClinic+" AND done_at <> '' AND id IN ("+in+")",
			append([]any{clinic}, args...)...)
		if err != nil {
			return nil, err
		}
		done, err := sqldb.Collect(rows, scanID)
		if err != nil {
			return nil, err
		}
		u.Done = append(u.Done, done...)
	}
	return u, nil
}

// changedSince names who last changed something that a change concerned, after it.
func (t *tx) changedSince(ctx context.Context, clinic scheduler.ID, u *scheduler.Undo) (string, error) {
	var latest, by string
	for _, c := range u.Image.Cohorts {
		subjects := []scheduler.ID{c.Cohort.ID}
		for _, row := range slices.Concat(c.Sessions, c.Enrollments) {
			subjects = append(subjects, row.ID)
		}
		as, err := t.knownAs(ctx, clinic, subjects)
		if err != nil {
			return "", err
		}
		for i, subject := range subjects {
			subjects[i] = as.of(subject)
		}
		for some := range slices.Chunk(subjects, mostListed) {
			in, args := sqldb.List(some)
			var at, actor string
			err := t.Row(ctx, "SELECT at, actor FROM audit WHERE "+ofClinic+" AND subject IN ("+in+
				") AND at > ? ORDER BY at DESC LIMIT 1",
				append(append([]any{clinic}, args...), sqldb.Stamp(u.Until.Add(-scheduler.UndoWindow)))...).Scan(&at,
				&actor)
			if sqldb.IsNoRows(err) {
				continue
			}
			if err != nil {
				return "", fmt.Errorf("reading who changed something since: %w", err)
			}
			if at > latest {
				latest, by = at, actor
			}
		}
	}
	if by == "" {
		return "", nil
	}
	return t.actorName(ctx, clinic, by)
}

// undosKept is how long what can be taken back no more is kept, so that its
// seats are offered once it rests no longer.
const undosKept = 10 * time.Minute

// saveUndo keeps what a change can be taken back with, and forgets what is too
// old for that or was taken back.
func (s *saving) saveUndo(ctx context.Context, l *loaded) error {
	if u := l.book.Undoing; u != nil {
		if err := s.Exec(ctx, "DELETE FROM undos WHERE clinic = ? AND expires_at = ? AND change_no = ?", s.clinic,
			sqldb.Stamp(u.Until), u.ChangeNo); err != nil {
			return err
		}
	}
	if err := s.dropTasks(ctx, l.book.Dropped); err != nil {
		return err
	}
	u := l.book.Undo
	if u == nil || !s.saved {
		return nil
	}
	resting, err := json.Marshal(u.Image.Resting)
	if err != nil {
		return fmt.Errorf("writing what rests: %w", err)
	}
	image, err := packImage(u.Image)
	if err != nil {
		return err
	}
	if err := s.Exec(ctx, "DELETE FROM undos WHERE clinic = ? AND expires_at <= ?", s.clinic,
		sqldb.Stamp(s.now.Add(-undosKept))); err != nil {
		return err
	}
	err = s.Exec(ctx, "INSERT INTO undos (clinic, change_no, actor, expires_at, resting, image) VALUES (?, ?, ?, ?, "+
		"?, ?) ON CONFLICT (clinic, expires_at, change_no) DO NOTHING",
		s.clinic, u.ChangeNo, s.actor.String(), sqldb.Stamp(u.Until), string(resting), image)
	return err
}

// dropTasks forgets tasks that nobody has done.
func (s *saving) dropTasks(ctx context.Context, tasks []scheduler.ID) error {
	for some := range slices.Chunk(tasks, mostListed) {
		in, args := sqldb.List(some)
		err := s.Exec(ctx, "DELETE FROM tasks WHERE "+ofClinic+" AND done_at = '' AND id IN ("+in+")",
			append([]any{s.clinic}, args...)...)
		if err != nil {
			return err
		}
		s.saved = true
	}
	return nil
}

// compareGone finds the sessions and enrollments that a change took away, with
// their seats.
func (c *rosterChange) compareGone(before, now *scheduler.Roster) {
	if len(before.Sessions)+len(c.newSessions) == len(now.Sessions) &&
		len(before.Enrollments)+len(c.newcomers) == len(now.Enrollments) {
		return
	}
	stands := map[scheduler.ID]bool{}
	for _, e := range now.Enrollments {
		stands[e.ID] = true
	}
	for _, e := range before.Enrollments {
		if !stands[e.ID] {
			c.goneEnrollments = append(c.goneEnrollments, e)
		}
	}
	for _, s := range now.Sessions {
		stands[s.ID] = true
	}
	for _, s := range before.Sessions {
		if !stands[s.ID] {
			c.gone = append(c.gone, s.ID)
		}
	}
	for _, seat := range before.Seats {
		if !stands[seat.Session] || c.leaves(seat.Enrollment) {
			c.goneSeats = append(c.goneSeats, seat)
		}
	}
}

// leaves tells whether a change took an enrollment away.
func (c *rosterChange) leaves(enrollment scheduler.ID) bool {
	return slices.ContainsFunc(c.goneEnrollments, func(e *scheduler.Enrollment) bool { return e.ID == enrollment })
}

// removeEnrollments erases enrollments that a change had made and that were taken
// back, with all that was promised about them. Closed when their person is being told.
func (s *saving) removeEnrollments(ctx context.Context, c *rosterChange) error {
	for _, e := range c.goneEnrollments {
		args := []any{s.clinic, e.ID}
		tried, err := s.any(ctx,
			"SELECT n.id FROM notices n JOIN attempts a ON a.notice = n.id WHERE n.clinic = ? AND n.enrollment = ? "+
				"LIMIT 1", args)
		if err != nil {
			return err
		}
		if tried {
			return fault.New(fault.Closed,
				"The person is being told of their place already. End the enrollment instead, and they hear of that.")
		}
		for _, table := range []string{"notices", "seats", "offers", "leaves", "enrollment_facts", "assessments"} {
			if err := s.Exec(ctx, "DELETE FROM "+table+" WHERE clinic = ? AND enrollment = ?", args...); err != nil {
				return err
			}
		}
		if err := s.Exec(ctx, "DELETE FROM enrollments WHERE clinic = ? AND id = ?", args...); err != nil {
			return err
		}
	}
	return nil
}

// removeSessions erases sessions that a change had added and that were taken
// back before anybody was told of them. Closed when somebody is being told;
// Stale when somebody got a seat in one of them since.
func (s *saving) removeSessions(ctx context.Context, c *rosterChange) error {
	for some := range slices.Chunk(c.goneSeats, mostListed) {
		if err := s.removeSeats(ctx, some); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(c.gone, mostListed) {
		in, args := sqldb.List(some)
		args = append([]any{s.clinic}, args...)
		taken, err := s.any(ctx, "SELECT id FROM seats WHERE "+ofClinic+" AND session IN ("+in+") LIMIT 1", args)
		if err != nil {
			return err
		}
		if taken {
			return fault.New(fault.Stale,
				"Somebody got a seat in the added session since, so this cannot be undone any more. Cancel the "+
					"session instead.")
		}
		if err := s.forgetAssignments(ctx, some); err != nil {
			return err
		}
		for _, table := range []string{"openings WHERE " + ofClinic + " AND session",
			"sessions WHERE " + ofClinic + " AND id"} {
			if err := s.Exec(ctx, "DELETE FROM "+table+" IN ("+in+")", args...); err != nil {
				return err
			}
		}
	}
	return nil
}

func toldAlready() error {
	return fault.New(fault.Closed,
		"Somebody is being told of the added session already. Cancel it instead, and they hear of that.")
}

// removeSeats erases seats and the promises about them.
func (s *saving) removeSeats(ctx context.Context, seats []*scheduler.Seat) error {
	in, args := sqldb.List(unique(seats, func(s *scheduler.Seat) scheduler.ID { return s.ID }))
	whose, owners := sqldb.List(unique(seats, func(s *scheduler.Seat) scheduler.ID { return s.Enrollment }))
	of, about := " AND enrollment IN ("+whose+") AND seat IN ("+in+")", slices.Concat([]any{s.clinic}, owners, args)
	args = append([]any{s.clinic}, args...)
	tried, err := s.any(ctx,
		"SELECT id FROM notices WHERE "+ofClinic+of+
			" AND id IN (SELECT notice FROM attempts WHERE notice = notices.id) LIMIT 1", about)
	if err != nil {
		return err
	}
	if tried {
		return toldAlready()
	}
	if err := s.Exec(ctx, "DELETE FROM notices WHERE "+ofClinic+of, about...); err != nil {
		return err
	}
	// The triggers that count the seats of a session see a seat that is given up, and none that is erased.
	if err := s.Exec(ctx, "UPDATE seats SET state = ? WHERE "+ofClinic+" AND id IN ("+in+")",
		append([]any{scheduler.SeatReleased}, args...)...); err != nil {
		return err
	}
	err = s.Exec(ctx, "DELETE FROM seats WHERE "+ofClinic+" AND id IN ("+in+")", args...)
	return err
}

// any tells whether a query of ids finds one.
func (s *saving) any(ctx context.Context, query string, args []any) (bool, error) {
	rows, err := s.Query(ctx, query, args...)
	if err != nil {
		return false, err
	}
	found, err := sqldb.Collect(rows, scanID)
	return len(found) > 0, err
}
