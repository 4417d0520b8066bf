package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
	"almanac/scheduler/store/sqldb"
)

// Links gives the tokens of a person's private addresses, each empty when it
// was revoked. A token derives from its purpose, its person and its generation,
// so the same link can be written again at any time, while the database keeps
// nothing but its hash. NotFound when there is no such person at the clinic. They are
// secrets: anyone who has them reads the person's appointments.
func (db *DB) Links(ctx context.Context, a access.Actor, clinic, person scheduler.ID) (reads.Links, error) {
	if err := access.CheckIn(a, access.LinkView, string(clinic)); err != nil {
		return reads.Links{}, err
	}
	var links reads.Links
	err := db.view(ctx, func(t *tx) error {
		if err := t.person(ctx, clinic, person, ""); err != nil {
			return err
		}
		all, err := t.links(ctx, clinic, []scheduler.ID{person})
		links = all[person]
		return err
	})
	return links, err
}

// RotateFeed gives a person's feed a new address. The old one answers as ended
// for 90 days, so that subscribed phones clear it, and then as unknown. After
// RevokeFeed it opens the feed again. NotFound when there is no such person.
func (db *DB) RotateFeed(ctx context.Context, a access.Actor, clinic, person scheduler.ID) (reads.Links, error) {
	var links reads.Links
	err := db.changeFeed(ctx, a, clinic, person, "feed.rotate", func(t *tx, now time.Time) error {
		var last int
		err := t.Row(ctx, "SELECT coalesce(max(generation), -1) FROM tokens WHERE clinic = ? AND purpose = ? AND "+
			"subject = ?",
			clinic, feedPurpose, person).Scan(&last)
		if err != nil {
			return err
		}
		if err := t.addToken(ctx, clinic, feedPurpose, person, last+1); err != nil {
			return err
		}
		all, err := t.links(ctx, clinic, []scheduler.ID{person})
		links = all[person]
		return err
	})
	return links, err
}

// RevokeFeed closes a person's feed; RotateFeed opens it again under another
// address. Revoking twice is no error. NotFound when there is no such person.
func (db *DB) RevokeFeed(ctx context.Context, a access.Actor, clinic, person scheduler.ID) error {
	return db.changeFeed(ctx, a, clinic, person, "feed.revoke", func(*tx, time.Time) error { return nil })
}

// changeFeed revokes the living token of a person's feed and does the rest with
// the person's row locked.
func (db *DB) changeFeed(ctx context.Context, a access.Actor, clinic, person scheduler.ID, action string,
	do func(*tx, time.Time) error) error {
	if err := access.CheckIn(a, access.PersonChange, string(clinic)); err != nil {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		now := db.now()
		if err := t.person(ctx, clinic, person, t.ForUpdate()); err != nil {
			return err
		}
		records, err := t.mergedIn(ctx, clinic, person)
		if err != nil {
			return err
		}
		if err := t.revokeTokens(ctx, clinic, feedPurpose, records, now); err != nil {
			return err
		}
		if err := do(t, now); err != nil {
			return err
		}
		return t.audit(ctx, clinic, a, now, scheduler.AuditEntry{Action: action, Subjects: []scheduler.ID{person}})
	})
}

// renewLinks gives people who are enrolled again after all their stays had ended new
// addresses of their page and feed: what opened once must not open again. It looks at
// the enrollments as they stand, so it goes before anything is written.
func (s *saving) renewLinks(ctx context.Context, l *loaded) error {
	for _, person := range l.book.Readdressed {
		if err := s.renewBothLinks(ctx, person); err != nil {
			return err
		}
	}
	var back []scheduler.ID
	for _, c := range s.changes {
		for _, e := range c.newcomers {
			if _, known := l.people[e.Person]; known && e.State.Live() && !slices.Contains(back, e.Person) {
				back = append(back, e.Person)
			}
		}
	}
	if len(back) == 0 {
		return nil
	}
	in, args := sqldb.List(back)
	rows, err := s.Query(ctx, "SELECT person FROM enrollments WHERE "+ofClinic+" AND person IN ("+in+`)
		GROUP BY person HAVING sum(CASE WHEN state IN ('completed', 'withdrawn') THEN 0 ELSE 1 END) = 0`,
		append([]any{s.clinic}, args...)...)
	if err != nil {
		return err
	}
	ended, err := sqldb.Collect(rows, scanID)
	if err != nil {
		return fmt.Errorf("looking for people whose stays have ended: %w", err)
	}
	for _, person := range ended {
		if err := s.renewBothLinks(ctx, person); err != nil {
			return err
		}
	}
	return nil
}

// renewLink revokes the tokens of one purpose of a person, and of what was merged into them, and makes the next.
func (s *saving) renewLink(ctx context.Context, purpose string, person scheduler.ID) error {
	records, err := s.mergedIn(ctx, s.clinic, person)
	if err != nil {
		return err
	}
	return s.nextLink(ctx, purpose, person, records)
}

// nextLink revokes the tokens of some records and makes the next of a person.
func (s *saving) nextLink(ctx context.Context, purpose string, person scheduler.ID, of []scheduler.ID) error {
	var last int
	err := s.Row(ctx, "SELECT coalesce(max(generation), -1) FROM tokens WHERE clinic = ? AND purpose = ? AND "+
		"subject = ?", s.clinic, purpose, person).Scan(&last)
	if err != nil {
		return err
	}
	if err := s.revokeTokens(ctx, s.clinic, purpose, of, s.now); err != nil {
		return err
	}
	return s.addToken(ctx, s.clinic, purpose, person, last+1)
}

// revokeTokens revokes the living tokens of some records.
func (t *tx) revokeTokens(ctx context.Context, clinic scheduler.ID, purpose string, of []scheduler.ID,
	now time.Time) error {
	in, args := sqldb.List(of)
	err := t.Exec(ctx, "UPDATE tokens SET revoked_at = ?, mac = '' WHERE clinic = ? AND purpose = ? AND "+
		"revoked_at = '' AND subject IN ("+in+")", append([]any{sqldb.Stamp(now), clinic, purpose}, args...)...)
	if err != nil {
		return fmt.Errorf("ending private addresses: %w", err)
	}
	return nil
}

// insertToken goes with tokenRow.
const insertToken = "INSERT INTO tokens (hash, clinic, purpose, subject, generation, mac)"

func (k *clinicKey) tokenRow(clinic scheduler.ID, purpose string, subject scheduler.ID, generation int) []any {
	token := k.Token(purpose, string(subject), generation)
	return []any{seal.HashToken(token), clinic, purpose, subject, generation, k.tokenMAC(purpose, subject, generation)}
}

// addToken writes the hash of a token.
func (t *tx) addToken(ctx context.Context, clinic scheduler.ID, purpose string, subject scheduler.ID,
	generation int) error {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return err
	}
	return t.Insert(ctx, insertToken, [][]any{key.tokenRow(clinic, purpose, subject, generation)}, "")
}

// links derives the living tokens of people.
func (t *tx) links(ctx context.Context, clinic scheduler.ID,
	people []scheduler.ID) (map[scheduler.ID]reads.Links, error) {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	in, args := sqldb.List(people)
	rows, err := t.Query(ctx, `
		SELECT subject, purpose, generation FROM tokens
		WHERE clinic = ? AND revoked_at = '' AND purpose IN ('feed', 'page') AND subject IN (`+in+`)`,
		append([]any{clinic}, args...)...)
	if err != nil {
		return nil, err
	}
	all := make(map[scheduler.ID]reads.Links, len(people))
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (person scheduler.ID, err error) {
		var purpose string
		var generation int
		if err := rows.Scan(&person, &purpose, &generation); err != nil {
			return person, err
		}
		links := all[person]
		if purpose == feedPurpose {
			links.Feed = key.Token(purpose, string(person), generation)
		} else {
			links.Page = key.Token(purpose, string(person), generation)
		}
		all[person] = links
		return person, nil
	})
	return all, err
}
