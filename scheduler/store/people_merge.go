package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/store/sqldb"
)

// merging reads what a merge must know of two records.
func (t *tx) merging(ctx context.Context, clinic, stay, gone scheduler.ID) (*scheduler.Merging, error) {
	m := &scheduler.Merging{}
	for id, record := range map[scheduler.ID]*scheduler.MergeRecord{stay: &m.Stay, gone: &m.Gone} {
		if err := t.mergeRecord(ctx, clinic, id, record); err != nil {
			return nil, fmt.Errorf("reading person %s for a merge: %w", id, err)
		}
	}
	rows, err := t.Query(ctx, `
		SELECT c.name, x.local_start FROM enrollments e JOIN seats a ON a.enrollment = e.id
		JOIN seats b ON b.session = a.session AND b.person = ? AND b.state NOT IN ('cancelled', 'released')
		JOIN sessions x ON x.id = a.session JOIN cohorts c ON c.id = x.cohort
		WHERE e.clinic = ? AND e.person = ? AND a.state NOT IN ('cancelled', 'released') ORDER BY x.start_at, x.id`,
		gone, clinic, stay)
	if err != nil {
		return nil, err
	}
	m.Shared, err = sqldb.Collect(rows, func(rows *sql.Rows) (s scheduler.SharedSession, err error) {
		var wall civil.WallTime
		err = rows.Scan(&s.Cohort, sqldb.Text(&wall))
		s.Date = wall.Date
		return s, err
	})
	return m, err
}

func (t *tx) mergeRecord(ctx context.Context, clinic, id scheduler.ID, record *scheduler.MergeRecord) error {
	p, err := t.contact(ctx, clinic, id)
	if err != nil {
		return err
	}
	record.Contact, record.Ended = p.Contact, map[scheduler.Channel]time.Time{}
	record.Arms = map[string]string{}
	err = t.Row(ctx, "SELECT created_at FROM people WHERE clinic = ? AND id = ?", clinic, id).
		Scan(sqldb.When(&record.Created))
	if err != nil {
		return err
	}
	consents, err := t.consentRecords(ctx, clinic, id)
	if err != nil {
		return err
	}
	for _, c := range consents {
		if c.Ended.After(record.Ended[c.Channel]) {
			record.Ended[c.Channel] = c.Ended
		}
	}
	rows, err := t.Query(ctx, `
		SELECT DISTINCT c.definition FROM enrollments e JOIN cohorts c ON c.id = e.cohort
		WHERE e.clinic = ? AND e.person = ?`, clinic, id)
	if err != nil {
		return err
	}
	hashes, err := sqldb.Collect(rows, func(rows *sql.Rows) (hash string, err error) { return hash, rows.Scan(&hash) })
	if err != nil {
		return err
	}
	for _, hash := range hashes {
		d, err := t.definition(ctx, hash)
		if err != nil {
			return err
		}
		if d.ArmGroup != "" {
			record.Arms[d.ArmGroup] = d.Protocol
		}
	}
	return nil
}

// mergeConsents gives the consents of a record that was merged to the one that stays, with who wrote them down. Those
// that do not stay end. It goes before the person is written, who then has them already.
func (s *saving) mergeConsents(ctx context.Context, l *loaded) error {
	m := l.book.Merged
	if m == nil {
		return nil
	}
	err := s.Exec(ctx, `
		INSERT INTO consents (person, channel, text_version, given_at, how, by_actor, revoked_at, revoked_how,
		  revoked_by)
		SELECT CAST(? AS TEXT), c.channel, c.text_version, c.given_at, c.how, c.by_actor, c.revoked_at, c.revoked_how,
		  c.revoked_by
		FROM consents c JOIN people p ON p.id = c.person WHERE p.clinic = ? AND c.person = ?
		ON CONFLICT (person, channel, given_at) DO UPDATE SET
		  revoked_how = CASE WHEN consents.revoked_at = '' THEN excluded.revoked_how ELSE consents.revoked_how END,
		  revoked_by = CASE WHEN consents.revoked_at = '' THEN excluded.revoked_by ELSE consents.revoked_by END,
		  revoked_at = CASE WHEN consents.revoked_at = '' THEN excluded.revoked_at ELSE consents.revoked_at END`,
		m.Stay, s.clinic, m.Gone)
	if err != nil {
		return fmt.Errorf("merging consents: %w", err)
	}
	standing, err := s.consents(ctx, s.clinic, m.Stay)
	if err != nil {
		return err
	}
	for _, c := range standing {
		stays := slices.ContainsFunc(l.book.Contacts[m.Stay].Consents, func(other scheduler.Consent) bool {
			return other.Channel == c.Channel && other.GivenAt.Equal(c.GivenAt)
		})
		if stays {
			continue
		}
		err := s.Exec(ctx, `
			UPDATE consents SET revoked_at = ?, revoked_by = ? WHERE person = ? AND channel = ? AND given_at = ?`,
			sqldb.Stamp(s.now), s.actor.String(), m.Stay, c.Channel, sqldb.Stamp(c.GivenAt))
		if err != nil {
			return fmt.Errorf("ending a consent: %w", err)
		}
	}
	return nil
}

// mergePeople gives everything of a record that was merged to the one that stays.
func (s *saving) mergePeople(ctx context.Context, l *loaded) error {
	m := l.book.Merged
	if m == nil {
		return nil
	}
	s.saved = true
	const theirs = "enrollment IN (SELECT id FROM enrollments WHERE person = ?)"
	for _, one := range []struct {
		query string
		args  []any
	}{
		{"UPDATE notices SET person = ? WHERE clinic = ? AND " + theirs, []any{m.Stay, s.clinic, m.Gone}},
		{"UPDATE seats SET person = ? WHERE clinic = ? AND " + theirs, []any{m.Stay, s.clinic, m.Gone}},
		{"UPDATE enrollments SET person = ? WHERE clinic = ? AND person = ?", []any{m.Stay, s.clinic, m.Gone}},
		{"UPDATE disclosures SET person = ? WHERE clinic = ? AND person = ?", []any{m.Stay, s.clinic, m.Gone}},
		{"UPDATE break_glass SET person = ? WHERE clinic = ? AND person = ?", []any{m.Stay, s.clinic, m.Gone}},
		{"UPDATE written_consents SET person = ? WHERE clinic = ? AND person = ?", []any{m.Stay, s.clinic, m.Gone}},
		{"UPDATE tasks SET person = ? WHERE clinic = ? AND person = ?", []any{m.Stay, s.clinic, m.Gone}},
		{"DELETE FROM address_changes WHERE clinic = ? AND person = ?", []any{s.clinic, m.Gone}},
		{`INSERT INTO feed_fetches (person, hour, count)
			SELECT CAST(? AS TEXT), f.hour, f.count FROM feed_fetches f JOIN people p ON p.id = f.person
			WHERE p.clinic = ? AND f.person = ?
			ON CONFLICT (person, hour) DO UPDATE SET count = feed_fetches.count + excluded.count`,
			[]any{m.Stay, s.clinic, m.Gone}},
		{`DELETE FROM settings WHERE clinic = ? AND person = ? AND changed_at < (SELECT changed_at FROM settings
			WHERE clinic = ? AND person = ?)`, []any{s.clinic, m.Stay, s.clinic, m.Gone}},
		{`UPDATE settings SET person = ? WHERE clinic = ? AND person = ? AND NOT EXISTS (SELECT 1 FROM settings o
			WHERE o.clinic = ? AND o.person = ?)`, []any{m.Stay, s.clinic, m.Gone, s.clinic, m.Stay}},
		// The address that stays may be one that its provider refuses.
		{`UPDATE people SET email_bad_at = coalesce((SELECT o.email_bad_at FROM people o WHERE o.clinic = ? AND o.id = ?
			AND o.email_index = people.email_index), email_bad_at) WHERE clinic = ? AND id = ? AND email_bad_at = ''`,
			[]any{s.clinic, m.Gone, s.clinic, m.Stay}},
		// A calendar that was fetched by the other address must not take what it has for what is new.
		{`UPDATE people SET rev = (SELECT max(o.rev) + 1 FROM people o WHERE o.clinic = ? AND o.id IN (?, ?))
			WHERE clinic = ? AND id = ?`, []any{s.clinic, m.Stay, m.Gone, s.clinic, m.Stay}},
		{"UPDATE people SET merged_into = ? WHERE clinic = ? AND (id = ? OR merged_into = ?)",
			[]any{m.Stay, s.clinic, m.Gone, m.Gone}},
	} {
		if err := s.Exec(ctx, one.query, one.args...); err != nil {
			return fmt.Errorf("merging %s into %s: %w", m.Gone, m.Stay, err)
		}
	}
	if err := s.markMerged(ctx, m.Stay); err != nil {
		return err
	}
	if err := s.endMergedPages(ctx, m); err != nil {
		return err
	}
	return s.dropUnwanted(ctx, s.clinic, m.Stay, s.now)
}

// markMerged gives the records that were merged into a person their MACs: the addresses of those lead to that person.
func (s *saving) markMerged(ctx context.Context, into scheduler.ID) error {
	key, err := s.key(ctx, s.clinic)
	if err != nil {
		return err
	}
	all, err := s.mergedIn(ctx, s.clinic, into)
	if err != nil {
		return err
	}
	for _, id := range all {
		err := s.Exec(ctx, "UPDATE people SET merged_mac = ? WHERE clinic = ? AND id = ? AND merged_into = ?",
			key.mergedMAC(id, into), s.clinic, id, into)
		if err != nil {
			return fmt.Errorf("noting that %s was merged: %w", id, err)
		}
	}
	return nil
}

// endMergedPages ends the private pages of which the address went to an email address that does not stay. The person
// has one page from then on; calendars go on, because phones have subscribed to them.
func (s *saving) endMergedPages(ctx context.Context, m *scheduler.Merged) error {
	for _, id := range m.EndPages {
		if id == m.Stay {
			if err := s.nextLink(ctx, pagePurpose, id, []scheduler.ID{id}); err != nil {
				return fmt.Errorf("giving a person a new page: %w", err)
			}
			continue
		}
		if err := s.revokeTokens(ctx, s.clinic, pagePurpose, []scheduler.ID{id}, s.now); err != nil {
			return err
		}
	}
	return nil
}

// mergedIn lists a person and the records that were merged into them.
func (t *tx) mergedIn(ctx context.Context, clinic, person scheduler.ID) ([]scheduler.ID, error) {
	rows, err := t.Query(ctx, "SELECT id FROM people WHERE clinic = ? AND merged_into = ? "+
		"AND merged_into <> '' ORDER BY id", clinic, person)
	if err != nil {
		return nil, err
	}
	merged, err := sqldb.Collect(rows, scanID)
	if err != nil {
		return nil, fmt.Errorf("looking for what was merged into %s: %w", person, err)
	}
	return append([]scheduler.ID{person}, merged...), nil
}
