package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// LastUndo gives the latest change of a clinic that its actor may still take
// back; the zero value when there is none.
func (db *DB) LastUndo(ctx context.Context, a access.Actor, clinic scheduler.ID) (last reads.Undo, err error) {
	if err := access.CheckIn(a, access.SessionChange, string(clinic)); err != nil {
		return last, err
	}
	err = db.view(ctx, func(t *tx) error {
		err := t.row(ctx, "SELECT change_no, expires_at FROM undos WHERE clinic = ? AND actor = ? AND expires_at > ? ORDER BY change_no DESC LIMIT 1",
			clinic, a.String(), stamp(db.now())).Scan(&last.ChangeNo, when(&last.Until))
		if isNoRows(err) {
			return nil
		}
		return err
	})
	return last, err
}

// undoing loads what is kept of a change; nil when nothing is. It says whether
// one of the cohorts has another revision than the change gave it, and which
// tasks of the change are done.
func (t *tx) undoing(ctx context.Context, clinic scheduler.ID, changeNo int64) (*scheduler.Undo, error) {
	if changeNo == 0 {
		return nil, nil
	}
	u := &scheduler.Undo{ChangeNo: changeNo}
	var revs, image string
	err := t.row(ctx, "SELECT actor, expires_at, revs, image FROM undos WHERE clinic = ? AND change_no = ?", clinic, changeNo).
		Scan(&u.By, when(&u.Until), &revs, &image)
	if isNoRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading what is kept of a change: %w", err)
	}
	given := map[scheduler.ID]int64{}
	if err := json.Unmarshal([]byte(revs), &given); err != nil {
		return nil, fmt.Errorf("reading the revisions of a change: %w", err)
	}
	if err := json.Unmarshal([]byte(image), &u.Image); err != nil {
		return nil, fmt.Errorf("reading the image of a change: %w", err)
	}
	for cohort, rev := range given {
		var now int64
		if err := t.row(ctx, "SELECT rev FROM cohorts WHERE clinic = ? AND id = ?", clinic, cohort).Scan(&now); err != nil {
			return nil, fmt.Errorf("reading the revision: %w", err)
		}
		u.Overtaken = u.Overtaken || now != rev
	}
	tasks := make([]scheduler.ID, len(u.Image.Tasks))
	for i, task := range u.Image.Tasks {
		tasks[i] = task.Task
	}
	for some := range slices.Chunk(tasks, mostListed) {
		in, args := list(some)
		rows, err := t.query(ctx, "SELECT id FROM tasks WHERE "+ofClinic+" AND done_at <> '' AND id IN ("+in+")", append([]any{clinic}, args...)...)
		if err != nil {
			return nil, err
		}
		done, err := collect(rows, scanID)
		if err != nil {
			return nil, err
		}
		u.Done = append(u.Done, done...)
	}
	return u, nil
}

// saveUndo keeps what a change can be taken back with, and forgets what is too
// old for that or was taken back.
func (s *saving) saveUndo(ctx context.Context, l *loaded) error {
	if u := l.book.Undoing; u != nil {
		if err := s.exec(ctx, "DELETE FROM undos WHERE clinic = ? AND change_no = ?", s.clinic, u.ChangeNo); err != nil {
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
	revs := map[scheduler.ID]int64{}
	for _, c := range s.changes {
		if c.any() {
			revs[c.now.Cohort.ID] = l.frames[c.now.Cohort.ID].rev + 1
		}
	}
	given, err := json.Marshal(revs)
	if err != nil {
		return fmt.Errorf("writing revisions: %w", err)
	}
	image, err := json.Marshal(u.Image)
	if err != nil {
		return fmt.Errorf("writing an image: %w", err)
	}
	if err := s.exec(ctx, "DELETE FROM undos WHERE clinic = ? AND expires_at <= ?", s.clinic, stamp(s.now)); err != nil {
		return err
	}
	err = s.exec(ctx, "INSERT INTO undos (clinic, change_no, actor, expires_at, revs, image) VALUES (?, ?, ?, ?, ?, ?)",
		s.clinic, l.book.Clinic.ChangeNo+1, s.actor.String(), stamp(u.Until), string(given), string(image))
	return err
}

// dropTasks forgets tasks that nobody has done.
func (s *saving) dropTasks(ctx context.Context, tasks []scheduler.ID) error {
	for some := range slices.Chunk(tasks, mostListed) {
		in, args := list(some)
		err := s.exec(ctx, "DELETE FROM tasks WHERE "+ofClinic+" AND done_at = '' AND id IN ("+in+")", append([]any{s.clinic}, args...)...)
		if err != nil {
			return err
		}
		s.saved = true
	}
	return nil
}

// compareGone finds the sessions that a change took away, with their seats.
func (c *rosterChange) compareGone(before, now *scheduler.Roster) {
	if len(before.Sessions)+len(c.newSessions) == len(now.Sessions) {
		return
	}
	stands := map[scheduler.ID]bool{}
	for _, s := range now.Sessions {
		stands[s.ID] = true
	}
	for _, s := range before.Sessions {
		if !stands[s.ID] {
			c.gone = append(c.gone, s.ID)
		}
	}
	for _, seat := range before.Seats {
		if !stands[seat.Session] {
			c.goneSeats = append(c.goneSeats, seat)
		}
	}
}

// removeSessions erases sessions that a change had added and that were taken
// back before anybody was told of them. Closed when somebody is being told;
// Stale when somebody got a seat in one of them since.
func (s *saving) removeSessions(ctx context.Context, c *rosterChange) error {
	seats := make([]scheduler.ID, len(c.goneSeats))
	for i, seat := range c.goneSeats {
		seats[i] = seat.ID
	}
	for some := range slices.Chunk(seats, mostListed) {
		if err := s.removeSeats(ctx, some); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(c.gone, mostListed) {
		in, args := list(some)
		args = append([]any{s.clinic}, args...)
		taken, err := s.any(ctx, "SELECT id FROM seats WHERE "+ofClinic+" AND session IN ("+in+") LIMIT 1", args)
		if err != nil {
			return err
		}
		if taken {
			return fault.New(fault.Stale, "Somebody got a seat in the added session since, so this cannot be undone any more. Cancel the session instead.")
		}
		for _, table := range []string{"openings WHERE " + ofClinic + " AND session", "sessions WHERE " + ofClinic + " AND id"} {
			if err := s.exec(ctx, "DELETE FROM "+table+" IN ("+in+")", args...); err != nil {
				return err
			}
		}
	}
	return nil
}

// removeSeats erases seats and the promises about them.
func (s *saving) removeSeats(ctx context.Context, seats []scheduler.ID) error {
	in, args := list(seats)
	args = append([]any{s.clinic}, args...)
	tried, err := s.any(ctx, "SELECT n.id FROM notices n JOIN attempts a ON a.notice = n.id WHERE n."+ofClinic+" AND n.seat <> '' AND n.seat IN ("+in+") LIMIT 1", args)
	if err != nil {
		return err
	}
	if tried {
		return fault.New(fault.Closed, "Somebody is being told of the added session already. Cancel it instead, and they hear of that.")
	}
	if err := s.exec(ctx, "DELETE FROM notices WHERE "+ofClinic+" AND seat <> '' AND seat IN ("+in+")", args...); err != nil {
		return err
	}
	err = s.exec(ctx, "DELETE FROM seats WHERE "+ofClinic+" AND id IN ("+in+")", args...)
	return err
}

// any tells whether a query of ids finds one.
func (s *saving) any(ctx context.Context, query string, args []any) (bool, error) {
	rows, err := s.query(ctx, query, args...)
	if err != nil {
		return false, err
	}
	found, err := collect(rows, scanID)
	return len(found) > 0, err
}
