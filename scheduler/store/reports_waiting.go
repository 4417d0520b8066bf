package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/store/sqldb"
)

// waiter is an enrollment that may have waited.
type waiter struct {
	scheduler.Wait
	id, cohort scheduler.ID
	front      bool
}

// waits rebuilds who waited from what is stored of enrollments, offers, facts and leaves.
func (c *counting) waits(ctx context.Context) ([]scheduler.ReportRow, error) {
	all, err := c.waiters(ctx)
	if err != nil {
		return nil, err
	}
	for part := range slices.Chunk(all, mostListed) {
		if err := c.fillWaits(ctx, part); err != nil {
			return nil, err
		}
	}
	var waits []scheduler.Wait
	for _, w := range all {
		// A cohort that was not chosen still tells where a wait went on.
		if c.cohorts != nil && !slices.Contains(c.cohorts, w.cohort) {
			w.Pending = true
		}
		waits = append(waits, w.Wait)
	}
	return scheduler.ReportWaits(c.past, waits, c.now, c.zone), nil
}

// waiters reads the enrollments of a clinic that had not ended when the report begins. When one was seated, the seat of
// its entry tells; one that had it as soon as it asked never waited.
func (c *counting) waiters(ctx context.Context) ([]*waiter, error) {
	from := civil.Resolve(civil.WallTime{Date: c.span.From}, c.zone).Instant
	until := civil.Resolve(civil.WallTime{Date: c.span.To.AddDays(1)}, c.zone).Instant
	rows, err := c.Query(ctx, `
		SELECT e.id, e.person, e.cohort, e.state, e.requested_at, e.ended_at, e.front, coalesce(s.created_at, '')
		FROM cohorts k JOIN enrollments e ON e.cohort = k.id
		LEFT JOIN seats s ON s.session = e.entry AND s.person = e.person AND s.enrollment = e.id
		WHERE k.clinic = ? AND e.requested_at < ? AND (e.ended_at = '' OR e.ended_at >= ?)
		  AND (s.id IS NULL OR s.created_at > e.requested_at OR e.front = 1)`,
		c.clinic, sqldb.Stamp(until), sqldb.Stamp(from))
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (*waiter, error) {
		var w waiter
		var state scheduler.EnrollmentState
		var front int
		err := rows.Scan(&w.id, &w.Person, &w.cohort, &state, sqldb.When(&w.Asked), sqldb.When(&w.Ended), &front,
			sqldb.When(&w.Seated))
		w.Pending = state == scheduler.Pending
		w.front = state == scheduler.Waiting && front == 1
		return &w, err
	})
}

// fillWaits fills in offers, what had to be done first, and leaves.
func (c *counting) fillWaits(ctx context.Context, part []*waiter) error {
	at, ids := map[scheduler.ID]*waiter{}, make([]scheduler.ID, len(part))
	for i, w := range part {
		at[w.id], ids[i] = w, w.id
	}
	in, args := sqldb.List(ids)
	args = append([]any{c.clinic}, args...)
	rows, err := c.Query(ctx, "SELECT enrollment, made_at, closed_at, state FROM offers WHERE clinic = ? "+
		"AND enrollment IN ("+in+")", args...)
	if err != nil {
		return err
	}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (o scheduler.WaitOffer, err error) {
		var id scheduler.ID
		var state scheduler.OfferState
		err = rows.Scan(&id, sqldb.When(&o.Made), sqldb.When(&o.Closed), &state)
		o.Accepted = state == scheduler.OfferAccepted
		at[id].Offers = append(at[id].Offers, o)
		return o, err
	})
	if err != nil {
		return err
	}
	for _, w := range part {
		if slices.ContainsFunc(w.Offers, func(o scheduler.WaitOffer) bool { return o.Made.Equal(w.Seated) }) {
			w.Seated = time.Time{} // those seats were kept for an answer
		}
	}
	for _, one := range []struct {
		query string
		set   func(*waiter, time.Time)
	}{
		{"SELECT enrollment, max(at) FROM enrollment_facts WHERE clinic = ? AND kind IN ('prerequisite', 'override', " +
			"'clinical') AND enrollment IN (" + in + ") GROUP BY enrollment",
			func(w *waiter, t time.Time) { w.Ready = t }},
		{"SELECT enrollment, max(ended_at) FROM leaves WHERE clinic = ? AND enrollment IN (" + in +
			") GROUP BY enrollment", func(w *waiter, t time.Time) {
			if w.front {
				w.Back = t
			}
		}},
	} {
		rows, err := c.Query(ctx, one.query, args...)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (t time.Time, err error) {
			var id scheduler.ID
			if err := rows.Scan(&id, sqldb.When(&t)); err != nil {
				return t, err
			}
			one.set(at[id], t)
			return t, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
