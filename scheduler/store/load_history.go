package store

import (
	"context"
	"database/sql"
	"fmt"

	"almanac/scheduler"
	"almanac/scheduler/store/sqldb"
)

// historyRow is something that is remembered of an enrollment in a row of its own.
type historyRow struct {
	enrollment scheduler.ID
	add        func(*scheduler.History)
}

// readHistories fills in what is remembered of enrollments in rows of their own:
// facts without their reasons, the open leave, and offers. Open offers carry the time at which
// they were told. The argument which is a list or a query of the ids.
func (t *tx) readHistories(ctx context.Context, clinic scheduler.ID, enrollments []*scheduler.Enrollment, which string,
	args []any) error {
	if len(enrollments) == 0 {
		return nil
	}
	byID := make(map[scheduler.ID]*scheduler.Enrollment, len(enrollments))
	for _, e := range enrollments {
		byID[e.ID] = e
	}
	for _, part := range []struct {
		from, behind string
		scan         func(*sql.Rows) (historyRow, error)
	}{
		{"enrollment, kind, what, local_date, at FROM enrollment_facts", " ORDER BY enrollment, number", scanFact},
		{"enrollment, from_at, until_at, since_date, last_date, released FROM leaves", " AND ended_at = ''", scanLeave},
		{"enrollment, id, entry, made_at, state, CASE WHEN state = 'open' THEN told_at ELSE '' END FROM offers",
			" ORDER BY enrollment, number", scanOffer},
	} {
		rows, err := t.Query(ctx, "SELECT "+part.from+" WHERE "+ofClinic+" AND enrollment IN ("+which+")"+part.behind,
			append([]any{clinic}, args...)...)
		if err != nil {
			return err
		}
		found, err := sqldb.Collect(rows, part.scan)
		if err != nil {
			return fmt.Errorf("reading what is remembered: %w", err)
		}
		for _, row := range found {
			row.add(&byID[row.enrollment].History)
		}
	}
	return nil
}

func scanFact(rows *sql.Rows) (row historyRow, err error) {
	var f scheduler.Fact
	row.add = func(c *scheduler.History) { c.Facts = append(c.Facts, f) }
	return row, rows.Scan(&row.enrollment, &f.Kind, &f.What, sqldb.Text(&f.Date), sqldb.When(&f.At))
}

func scanLeave(rows *sql.Rows) (row historyRow, err error) {
	var l scheduler.Leave
	row.add = func(c *scheduler.History) { c.Leave = &l }
	return row, rows.Scan(&row.enrollment, sqldb.When(&l.From), sqldb.When(&l.Until), sqldb.Text(&l.Since),
		sqldb.Text(&l.Last), &l.Released)
}

func scanOffer(rows *sql.Rows) (row historyRow, err error) {
	var o scheduler.Offer
	row.add = func(c *scheduler.History) { c.Offers = append(c.Offers, o) }
	return row, rows.Scan(&row.enrollment, &o.ID, &o.Entry, sqldb.When(&o.MadeAt), &o.State, sqldb.When(&o.ToldAt))
}
