package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"almanac/scheduler"
	"almanac/scheduler/seal"
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
		{"enrollment, kind, what, local_date, at, mode, by_actor FROM enrollment_facts",
			" ORDER BY enrollment, at, number", scanFact},
		{"enrollment, from_at, until_at, since_date, last_date, released FROM leaves", " AND ended_at = ''", scanLeave},
		{"enrollment, id, entry, made_at, state, short, CASE WHEN state = 'open' THEN told_at ELSE '' END FROM offers",
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
	return row, rows.Scan(&row.enrollment, &f.Kind, &f.What, sqldb.Text(&f.Date), sqldb.When(&f.At), &f.Mode,
		&f.By)
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
	return row, rows.Scan(&row.enrollment, &o.ID, &o.Entry, sqldb.When(&o.MadeAt), &o.State, &o.Short,
		sqldb.When(&o.ToldAt))
}

// saveHistories writes what changed of what is remembered of enrollments in rows of
// their own.
func (s *saving) saveHistories(ctx context.Context, c *rosterChange) error {
	none := &scheduler.Enrollment{}
	for _, e := range c.newcomers {
		if err := s.saveHistory(ctx, none, e); err != nil {
			return err
		}
	}
	for _, e := range c.enrollments {
		if err := s.saveHistory(ctx, c.before.Enrollment(e.ID), e); err != nil {
			return err
		}
	}
	return nil
}

func (s *saving) saveHistory(ctx context.Context, was, e *scheduler.Enrollment) error {
	if err := s.saveFacts(ctx, was.Facts, e); err != nil {
		return fmt.Errorf("writing facts: %w", err)
	}
	if err := s.saveLeave(ctx, was.Leave, e); err != nil {
		return fmt.Errorf("writing a leave: %w", err)
	}
	if err := s.saveOffers(ctx, was.Offers, e); err != nil {
		return fmt.Errorf("writing offers: %w", err)
	}
	return nil
}

// saveFacts deletes the facts that were taken back and writes the new ones. A fact never changes.
func (s *saving) saveFacts(ctx context.Context, was []scheduler.Fact, e *scheduler.Enrollment) error {
	among := func(facts []scheduler.Fact, f scheduler.Fact) bool { return slices.ContainsFunc(facts, f.Same) }
	for _, f := range was {
		if among(e.Facts, f) {
			continue
		}
		err := s.Exec(ctx, "DELETE FROM enrollment_facts WHERE clinic = ? AND enrollment = ? AND kind = ? AND what = ?",
			s.clinic, e.ID, f.Kind, f.What)
		if err != nil {
			return err
		}
	}
	var rows [][]any
	for i, f := range e.Facts {
		if among(was, f) {
			continue
		}
		key, err := s.key(ctx, s.clinic)
		if err != nil {
			return err
		}
		reason := sealed(key, reasonPlace(s.clinic, e.ID, f), f.Reason)
		rows = append(rows, []any{s.clinic, e.ID, f.Kind, f.What, i + 1, f.Date.String(), sqldb.Stamp(f.At),
			cmp.Or(f.By, s.actor.String()), reason, f.Mode})
	}
	return s.Insert(ctx,
		"INSERT INTO enrollment_facts (clinic, enrollment, kind, what, number, local_date, at, by_actor, reason, mode)",
		rows,
		"")
}

// reasonPlace binds a reason to its fact.
func reasonPlace(clinic, enrollment scheduler.ID, f scheduler.Fact) seal.Place {
	return place(clinic, "enrollment_facts", "reason:"+string(f.Kind)+":"+f.What, enrollment)
}

// saveLeave ends the leave that lasted and begins another one.
func (s *saving) saveLeave(ctx context.Context, was *scheduler.Leave, e *scheduler.Enrollment) error {
	if was.Equal(e.Leave) {
		return nil
	}
	if was != nil {
		err := s.Exec(ctx, "UPDATE leaves SET ended_at = ? WHERE clinic = ? AND enrollment = ? AND ended_at = ''",
			sqldb.Stamp(s.now), s.clinic, e.ID)
		if err != nil {
			return err
		}
	}
	if e.Leave == nil {
		return nil
	}
	l := e.Leave
	// A leave that ended and began anew at one instant is one row.
	return s.Insert(ctx,
		"INSERT INTO leaves (clinic, enrollment, from_at, until_at, since_date, last_date, released)", [][]any{{
			s.clinic, e.ID, sqldb.Stamp(l.From), sqldb.Stamp(l.Until), l.Since.String(), l.Last.String(),
			yes(l.Released),
		}}, ` ON CONFLICT (enrollment, from_at) DO UPDATE SET until_at = excluded.until_at,
since_date = excluded.since_date,
last_date = excluded.last_date, released = excluded.released, ended_at = ''`)
}

// saveOffers writes what became of offers, and new ones. A change says that
// somebody was told when staff told them; the outbox may have been first. Offers
// end before others are open again, because one stands at a time.
func (s *saving) saveOffers(ctx context.Context, was []scheduler.Offer, e *scheduler.Enrollment) error {
	var rows [][]any
	var changed []scheduler.Offer
	for i, o := range e.Offers {
		switch {
		case i >= len(was):
			rows = append(rows, []any{o.ID, s.clinic, e.ID, i + 1, o.Entry, sqldb.Stamp(o.MadeAt),
				sqldb.Stamp(o.ToldAt), o.State, s.closedAt(o), yes(o.Short)})
		case was[i].State == o.State && was[i].ToldAt.Equal(o.ToldAt):
		case o.State == scheduler.OfferOpen:
			changed = append(changed, o)
		default:
			changed = slices.Insert(changed, 0, o)
		}
	}
	for _, o := range changed {
		err := s.Exec(ctx, `UPDATE offers SET state = ?, closed_at = ?, told_at = CASE WHEN told_at = '' THEN ?
ELSE told_at END
WHERE clinic = ? AND id = ?`, o.State, s.closedAt(o), sqldb.Stamp(o.ToldAt), s.clinic, o.ID)
		if err != nil {
			return err
		}
	}
	return s.Insert(ctx,
		"INSERT INTO offers (id, clinic, enrollment, number, entry, made_at, told_at, state, closed_at, short)", rows,
		"")
}

// closedAt is when an offer that changes now ended, empty when it stands.
func (s *saving) closedAt(o scheduler.Offer) string {
	if o.State == scheduler.OfferOpen {
		return ""
	}
	return sqldb.Stamp(s.now)
}
