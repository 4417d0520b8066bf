package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/store/sqldb"
)

// commitments gives what else the people and facilitators of a book do, from now
// on: seats in other cohorts and sessions they lead there.
func (t *tx) commitments(ctx context.Context, clinic scheduler.ID, cohorts, people, staff []scheduler.ID,
	now time.Time) ([]scheduler.Commitment, error) {
	elsewhere, here := "", []any(nil)
	if len(cohorts) > 0 {
		elsewhere, here = sqldb.List(cohorts)
		elsewhere = " AND x.cohort NOT IN (" + elsewhere + ")"
	}
	var busy []scheduler.Commitment
	ask := func(query string, args ...any) error {
		rows, err := t.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		some, err := sqldb.Collect(rows, scanCommitment)
		if err != nil {
			return fmt.Errorf("loading commitments: %w", err)
		}
		busy = append(busy, some...)
		return nil
	}
	for part := range slices.Chunk(people, mostListed) {
		among, args := sqldb.Among(t.Tx, "o.person", part)
		err := ask(`
SELECT s.person, x.id, x.start_at, x.end_at
FROM enrollments o JOIN seats s ON s.enrollment = o.id JOIN sessions x ON x.id = s.session
WHERE o.`+ofClinic+` AND `+among+` AND o.has_seats = 1 AND s.state NOT IN ('cancelled', 'released')
AND x.state <> 'cancelled' AND x.end_at > ?`+
			strings.ReplaceAll(elsewhere, "x.cohort", "o.cohort"),
			slices.Concat([]any{clinic}, args, []any{sqldb.Stamp(now)}, here)...)
		if err != nil {
			return nil, err
		}
	}
	if len(staff) == 0 {
		return busy, nil
	}
	in, args := sqldb.List(staff)
	return busy, ask(`SELECT x.leader, x.id, x.start_at, x.end_at FROM sessions x
WHERE x.clinic = ? AND x.leader IN (`+in+`) AND x.leader <> '' AND x.state <> 'cancelled'
AND x.end_at > ?`+elsewhere,
		slices.Concat([]any{clinic}, args, []any{sqldb.Stamp(now)}, here)...)
}

func scanCommitment(r *sql.Rows) (c scheduler.Commitment, err error) {
	return c, r.Scan(&c.Who, &c.Session, sqldb.When(&c.Start), sqldb.When(&c.End))
}
