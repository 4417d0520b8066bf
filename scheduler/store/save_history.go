package store

import (
	"context"
	"fmt"
	"slices"

	"almanac/scheduler"
	"almanac/scheduler/seal"
	"almanac/scheduler/store/sqldb"
)

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
	if err := s.saveFacts(ctx, e, len(was.Facts)); err != nil {
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

// saveFacts writes the facts that were recorded after the first so many. A fact
// never changes.
func (s *saving) saveFacts(ctx context.Context, e *scheduler.Enrollment, known int) error {
	if len(e.Facts) < known { // what was recorded was taken back
		return s.Exec(ctx, "DELETE FROM enrollment_facts WHERE clinic = ? AND enrollment = ? AND number > ?", s.clinic,
			e.ID, len(e.Facts))
	}
	if len(e.Facts) == known {
		return nil
	}
	key, err := s.key(ctx, s.clinic)
	if err != nil {
		return err
	}
	var rows [][]any
	for i, f := range e.Facts[known:] {
		reason := sealed(key, reasonPlace(s.clinic, e.ID, f), f.Reason)
		rows = append(rows, []any{s.clinic, e.ID, f.Kind, f.What, known + i + 1, f.Date.String(), sqldb.Stamp(f.At),
			s.actor.String(), reason})
	}
	return s.Insert(ctx,
		"INSERT INTO enrollment_facts (clinic, enrollment, kind, what, number, local_date, at, by_actor, reason)", rows,
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
				sqldb.Stamp(o.ToldAt), o.State, s.closedAt(o)})
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
		"INSERT INTO offers (id, clinic, enrollment, number, entry, made_at, told_at, state, closed_at)", rows, "")
}

// closedAt is when an offer that changes now ended, empty when it stands.
func (s *saving) closedAt(o scheduler.Offer) string {
	if o.State == scheduler.OfferOpen {
		return ""
	}
	return sqldb.Stamp(s.now)
}

// saveApart writes which pairs of people are kept apart from now on, and forgets
// the others.
func (s *saving) saveApart(ctx context.Context, l *loaded) error {
	var rows [][]any
	for _, pair := range l.book.KeptApart {
		if !slices.Contains(l.apart, pair) {
			rows = append(rows, []any{s.clinic, min(pair[0], pair[1]), max(pair[0], pair[1]), sqldb.Stamp(s.now),
				s.actor.String()})
		}
	}
	for _, pair := range l.apart {
		if slices.Contains(l.book.KeptApart, pair) {
			continue
		}
		s.saved = true
		err := s.Exec(ctx, "DELETE FROM keep_apart WHERE clinic = ? AND person_a = ? AND person_b = ?", s.clinic,
			pair[0], pair[1])
		if err != nil {
			return err
		}
	}
	if len(rows) > 0 {
		s.saved = true
	}
	return s.Insert(ctx, "INSERT INTO keep_apart (clinic, person_a, person_b, at, by_actor)", rows,
		" ON CONFLICT (clinic, person_a, person_b) DO NOTHING")
}
