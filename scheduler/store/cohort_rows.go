package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// soonerCohort puts the open cohorts first, by their next session.
func soonerCohort(a, b reads.CohortRow) int {
	return cmp.Or(
		yes(a.State == scheduler.CohortEnded)-yes(b.State == scheduler.CohortEnded),
		yes(a.Next.IsZero())-yes(b.Next.IsZero()),
		a.Next.Compare(b.Next), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
}

// cohortRows counts people and sessions of some cohorts, or with nil of all, in one query. upcoming is
// the next session's start, wall time and seats, joined, so that min picks all.
func (t *tx) cohortRows(ctx context.Context, clinic scheduler.ID, now time.Time,
	among []scheduler.ID) ([]reads.CohortRow, error) {
	in, these := "", []any(nil)
	if among != nil {
		in, these = sqldb.List(among)
		in = " AND k.id IN (" + in + ")"
	}
	args := slices.Concat([]any{clinic}, these, []any{sqldb.Stamp(now), sqldb.Stamp(now), clinic}, these,
		[]any{clinic}, these)
	rows, err := t.Query(ctx, `
		SELECT c.id, c.name, c.protocol, c.definition, c.rolling, c.zone, c.capacity, c.state, c.phase, c.phase_no,
		  coalesce(e.seated, 0), coalesce(e.waiting, 0), coalesce(s.standing, 0), coalesce(s.past, 0),
coalesce(s.upcoming, '')
		FROM cohorts c
		LEFT JOIN (
		  SELECT n.cohort, count(CASE WHEN n.state = 'active' THEN 1 END) AS seated, count(CASE
WHEN n.state = 'waiting' THEN 1 END) AS waiting
		  FROM cohorts k JOIN enrollments n ON n.cohort = k.id WHERE k.clinic = ?`+in+` GROUP BY n.cohort) e
ON e.cohort = c.id
		LEFT JOIN (
		  SELECT x.cohort, count(CASE WHEN x.main = 1 THEN 1 END) AS standing,
		    count(CASE WHEN x.main = 1 AND x.end_at <= ? THEN 1 END) AS past,
		    min(CASE WHEN x.start_at > ?
THEN x.start_at || ' ' || x.local_start || ' ' || x.seated || '/' || x.seat_limit || '/' || coalesce(nullif(x.seats,
0), k.capacity) END) AS upcoming
		  FROM cohorts k JOIN sessions x ON x.cohort = k.id WHERE k.clinic = ?`+in+` AND x.state <> 'cancelled'
GROUP BY x.cohort) s ON s.cohort = c.id
		WHERE c.clinic = ?`+strings.ReplaceAll(in, "k.id", "c.id"), args...)
	if err != nil {
		return nil, err
	}
	hashes := map[scheduler.ID]string{}
	all, err := sqldb.Collect(rows, func(rows *sql.Rows) (c reads.CohortRow, err error) {
		var hash, upcoming string
		err = rows.Scan(&c.ID, &c.Name, &c.Protocol, &hash, &c.Rolling, &c.Zone, &c.Capacity, &c.State,
			&c.Phase, &c.PhaseNo, &c.Seated, &c.Waiting, &c.Sessions, &c.Past, &upcoming)
		if err != nil {
			return c, err
		}
		hashes[c.ID] = hash
		return c, readUpcoming(upcoming, &c)
	})
	if err != nil {
		return nil, err
	}
	for i := range all { // after the rows are closed: PostgreSQL does one thing at a time
		definition, err := t.definition(ctx, hashes[all[i].ID])
		if err != nil {
			return nil, err
		}
		all[i].ProtocolTitle = definition.Title
	}
	entries, err := t.nextOpenings(ctx, clinic, reads.OpeningsQuery{Cohorts: among, OfEach: 1, Limit: len(all)}, now)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		i := slices.IndexFunc(all, func(c reads.CohortRow) bool { return c.ID == entry.Cohort })
		if i >= 0 {
			all[i].Entry = entry
		}
	}
	return all, nil
}

// readUpcoming reads an instant, a wall time and "taken/seats" with spaces between
// them; the empty text is none.
func readUpcoming(text string, c *reads.CohortRow) (err error) {
	if text == "" {
		return nil
	}
	parts := strings.Split(text, " ")
	if len(parts) != 3 {
		return fmt.Errorf("the next session reads %q", text)
	}
	if c.Next, err = sqldb.Instant(parts[0]); err != nil {
		return err
	}
	if _, err := fmt.Sscanf(parts[2], "%d/%d/%d", &c.NextSeated, &c.NextLimit, &c.NextSeats); err != nil {
		return fmt.Errorf("the seats of the next session read %q: %w", parts[2], err)
	}
	c.NextWall, err = civil.ParseWallTime(parts[1])
	return err // it repeats the text
}
