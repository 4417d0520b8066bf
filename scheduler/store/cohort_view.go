package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// CohortView gives as much of a cohort as its page shows at once. NotFound when there is no such cohort at the clinic.
func (db *DB) CohortView(ctx context.Context, a access.Actor, clinic, id scheduler.ID,
	q reads.CohortPart) (reads.CohortView, error) {
	if err := access.CheckIn(a, access.CohortView, string(clinic)); err != nil {
		return reads.CohortView{}, err
	}
	var c reads.CohortView
	err := db.view(ctx, func(t *tx) error {
		c = reads.CohortView{}
		key, err := t.cohortFrame(ctx, a, clinic, id, &c.Cohort)
		if err != nil {
			return err
		}
		if err := t.viewSessions(ctx, clinic, id, q, &c); err != nil {
			return err
		}
		if c.Leaders, err = t.leadersOf(ctx, c.Cohort, slices.Concat(c.Older, c.Sessions), key); err != nil {
			return err
		}
		return t.viewPeople(ctx, a, clinic, id, key, q, &c)
	})
	if err != nil {
		return reads.CohortView{}, err
	}
	return c, nil
}

func (t *tx) viewSessions(ctx context.Context, clinic, id scheduler.ID, q reads.CohortPart,
	c *reads.CohortView) (err error) {
	if !c.Cohort.Cohort.Rolling {
		c.Sessions, err = t.sessionsOf(ctx, clinic, id, "")
		return err
	}
	since := sqldb.Stamp(q.Since)
	if c.Sessions, err = t.sessionsOf(ctx, clinic, id, "AND start_at >= ?", since); err != nil {
		return err
	}
	err = t.Row(ctx, "SELECT count(*) FROM sessions WHERE clinic = ? AND cohort = ? AND start_at < ?", clinic, id,
		since).Scan(&c.OlderOf)
	if err != nil || q.Older.Limit == 0 {
		return err
	}
	c.Older, err = t.sessionsOf(ctx, clinic, id, `AND id IN (SELECT x.id FROM sessions x WHERE x.cohort = ?
AND x.start_at < ?
		ORDER BY x.start_at DESC, x.counter DESC LIMIT ? OFFSET ?)`, id, since, q.Older.Limit, q.Older.From)
	return err
}

// viewPeople reads who is in, and a page each of who waits and of who has left, the latest first.
func (t *tx) viewPeople(ctx context.Context, a access.Actor, clinic, id scheduler.ID, key *clinicKey,
	q reads.CohortPart, c *reads.CohortView) error {
	pending, err := t.countRoll(ctx, clinic, id, c)
	if err != nil {
		return err
	}
	seated, err := t.rollOf(ctx, clinic, id, key, "AND e.state IN ('active', 'offered', 'on_hold') ORDER BY e.queue_no")
	if err != nil {
		return err
	}
	waiting, err := t.rollOf(ctx, clinic, id, key, `AND e.state IN ('pending', 'waiting')
		ORDER BY CASE WHEN e.state = 'pending' THEN 0 ELSE 1 END, CASE WHEN e.state = 'pending' THEN 0
ELSE e.front END DESC,
		  CASE WHEN e.state = 'pending' THEN 0 ELSE e.priority END DESC, CASE WHEN e.state = 'pending' THEN ''
ELSE e.requested_at END, e.queue_no
		LIMIT ? OFFSET ?`, q.Waiting.Limit, q.Waiting.From)
	if err != nil {
		return err
	}
	for i := range waiting {
		if waiting[i].State == scheduler.Waiting {
			waiting[i].WaitlistPosition = q.Waiting.From + i + 1 - pending
		}
	}
	var left []reads.Enrollment
	if q.Left.Limit > 0 {
		left, err = t.rollOf(ctx, clinic, id, key,
			"AND e.state IN ('completed', 'withdrawn') ORDER BY e.ended_at DESC, e.queue_no DESC LIMIT ? OFFSET ?",
			q.Left.Limit, q.Left.From)
		if err != nil {
			return err
		}
	}
	if access.Can(a, access.AttendanceView) {
		if err := t.marksOf(ctx, clinic, seated); err != nil {
			return err
		}
	}
	c.Enrollments = slices.Concat(seated, waiting, left)
	return t.entries(ctx, clinic, c.Enrollments)
}

// marksOf gives people the states of their seats, make-ups elsewhere included.
func (t *tx) marksOf(ctx context.Context, clinic scheduler.ID, people []reads.Enrollment) error {
	at := map[scheduler.ID]int{}
	for i, e := range people {
		at[e.ID] = i
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(at)), mostListed) {
		in, args := sqldb.List(part)
		rows, err := t.Query(ctx, `
			SELECT s.enrollment, s.state, x.start_at, x.end_at
			FROM seats s JOIN sessions x ON x.id = s.session
			WHERE s.clinic = ? AND s.state <> 'released' AND s.enrollment IN (`+in+`)
			ORDER BY x.start_at, s.id`, append([]any{clinic}, args...)...)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (mark reads.SeatMark, err error) {
			var id scheduler.ID
			err = rows.Scan(&id, &mark.State, sqldb.When(&mark.Start), sqldb.When(&mark.End))
			people[at[id]].Marks = append(people[at[id]].Marks, mark)
			return mark, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// countRoll counts who waits and who has left, and gives how many are pending.
func (t *tx) countRoll(ctx context.Context, clinic, id scheduler.ID, c *reads.CohortView) (pending int, err error) {
	err = t.Row(ctx, `
		SELECT count(CASE WHEN state = 'pending' THEN 1 END), count(CASE WHEN state IN ('pending', 'waiting')
THEN 1 END),
		  count(CASE WHEN state IN ('completed', 'withdrawn') THEN 1 END)
		FROM enrollments WHERE clinic = ? AND cohort = ?`, clinic, id).Scan(&pending, &c.WaitOf, &c.LeftOf)
	return pending, err
}

// entries gives enrollments the wall time of their entry.
func (t *tx) entries(ctx context.Context, clinic scheduler.ID, enrollments []reads.Enrollment) error {
	ids := unique(enrollments, func(e reads.Enrollment) scheduler.ID { return e.Entry })
	walls := map[scheduler.ID]civil.WallTime{}
	for part := range slices.Chunk(ids, mostListed) {
		in, args := sqldb.List(part)
		rows, err := t.Query(ctx, "SELECT id, local_start FROM sessions WHERE "+ofClinic+" AND id IN ("+in+")",
			append([]any{clinic}, args...)...)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (id scheduler.ID, err error) {
			var wall civil.WallTime
			err = rows.Scan(&id, sqldb.Text(&wall))
			walls[id] = wall
			return id, err
		})
		if err != nil {
			return err
		}
	}
	for i, e := range enrollments {
		enrollments[i].EntryWall = walls[e.Entry]
	}
	return nil
}
