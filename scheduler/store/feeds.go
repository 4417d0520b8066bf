package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
	"almanac/scheduler/store/sqldb"
)

// AfterEnd is how long an address that was revoked, or whose person's last
// enrollment has ended, still answers. Then it is as unknown as any other.
const AfterEnd = 90 * 24 * time.Hour

// FeedKey tells whose feed a token opens, in one indexed read at most; see
// feedKeys. NotFound, with the same words always, when the token is unknown or
// has ended long ago.
func (db *DB) FeedKey(ctx context.Context, a access.Actor, token string) (reads.FeedKey, error) {
	if err := access.Check(a, access.TokenFind); err != nil {
		return reads.FeedKey{}, err
	}
	now := db.now()
	if key, ok := db.feedKeys.get(token, now); ok {
		return key, nil
	}
	h, err := db.holder(ctx, feedPurpose, token)
	if err == nil && !h.Ended { // what has ended may become unknown any moment
		db.feedKeys.put(token, h.FeedKey, now)
	}
	return h.FeedKey, err
}

// Feed gives what a feed shows: nothing when it has ended. Only the person
// themself may ask for it.
func (db *DB) Feed(ctx context.Context, a access.Actor, key reads.FeedKey) (reads.Page, error) {
	if err := access.CheckIn(a, access.FeedRead, string(key.Clinic)); err != nil {
		return reads.Page{}, err
	}
	if a.ID != string(key.Person) {
		return reads.Page{}, errNoAddress()
	}
	var page reads.Page
	err := db.view(ctx, func(t *tx) (err error) {
		page, err = t.page(ctx, key)
		return err
	})
	return page, err
}

// Page gives what a person's own page shows, by the token of its address.
// NotFound, with the same words always, when the token is unknown, revoked, or
// the person's last enrollment has ended long ago.
func (db *DB) Page(ctx context.Context, a access.Actor, token string) (reads.Page, error) {
	if err := access.Check(a, access.TokenFind); err != nil {
		return reads.Page{}, err
	}
	h, err := db.holder(ctx, pagePurpose, token)
	if err != nil {
		return reads.Page{}, err
	}
	if !h.revoked.IsZero() {
		return reads.Page{}, errNoAddress()
	}
	over := h.Ended
	h.Ended = false // a page shows what was, a feed clears the phone
	var page reads.Page
	err = db.view(ctx, func(t *tx) (err error) {
		if page, err = t.page(ctx, h.FeedKey); err != nil {
			return err
		}
		page.Over = over
		if err := t.joinTokens(ctx, &page); err != nil {
			return err
		}
		if page.Offered, err = t.offeredTo(ctx, h.Clinic, h.Person); err != nil {
			return err
		}
		if err := t.readAbsences(ctx, &page); err != nil {
			return err
		}
		if page.Waits, err = t.waitsOf(ctx, h.Clinic, h.Person); err != nil {
			return err
		}
		settings, err := t.settingsOf(ctx, h.Clinic, []scheduler.ID{h.Person})
		if err != nil {
			return err
		}
		reach, err := t.reach(ctx, h.Clinic, []scheduler.ID{h.Person})
		page.Settings, page.Reach = settings[h.Person], reach[h.Person]
		if err == nil {
			page.Contact, err = t.contactOf(ctx, h.Clinic)
		}
		return err
	})
	return page, err
}

// offeredTo lists the enrollments of a person for which seats are kept for an answer.
func (t *tx) offeredTo(ctx context.Context, clinic, person scheduler.ID) ([]scheduler.ID, error) {
	rows, err := t.Query(ctx, `SELECT id FROM enrollments e WHERE clinic = ? AND person = ? AND state IN ('offered',
'active')
		AND EXISTS (SELECT 1 FROM offers o WHERE o.enrollment = e.id AND o.state = 'open') ORDER BY requested_at,
id`, clinic, person)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, scanID)
}

// waitsOf lists the enrollments of a person that wait.
func (t *tx) waitsOf(ctx context.Context, clinic, person scheduler.ID) ([]scheduler.ID, error) {
	rows, err := t.Query(ctx,
		"SELECT id FROM enrollments WHERE clinic = ? AND person = ? AND state = 'waiting' ORDER BY requested_at, id",
		clinic, person)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, scanID)
}

// errNoAddress answers for every address that opens nothing.
func errNoAddress() error {
	return notFound("There is nothing at this address. Ask for a new link.")
}

// holder finds whom a token belongs to, while it answers.
func (db *DB) holder(ctx context.Context, purpose, token string) (holder, error) {
	var h holder
	var ended string
	var g guardedToken
	err := db.quick(ctx, holderQuery, seal.HashToken(token), purpose).
		Scan(&h.Clinic, &h.Person, &g.subject, &g.generation, &g.mac, &g.into, &g.mergedMAC,
			sqldb.When(&h.revoked), &h.PersonRev, &h.ClinicRev, &h.Language, &ended)
	if err == nil {
		err = db.checkToken(ctx, h.Clinic, purpose, token, g, !h.revoked.IsZero())
	}
	if errors.Is(err, sql.ErrNoRows) {
		return holder{}, errNoAddress()
	}
	if err != nil {
		return holder{}, db.sql.Fault(fmt.Errorf("looking up a token: %w", err))
	}
	if ended != living {
		if h.ended, err = sqldb.Instant(ended); err != nil {
			return holder{}, err
		}
	}
	h.Ended = ended != living || !h.revoked.IsZero()
	for _, end := range []time.Time{h.revoked, h.ended} {
		if !end.IsZero() && !db.now().Before(end.Add(AfterEnd)) {
			return holder{}, errNoAddress()
		}
	}
	return h, nil
}

// page reads what a person's page or feed shows.
func (t *tx) page(ctx context.Context, key reads.FeedKey) (reads.Page, error) {
	page := reads.Page{Clinic: key.Clinic, Person: key.Person}
	err := t.Row(ctx, `
		SELECT zone, language FROM people WHERE clinic = ?
AND id = ?`, key.Clinic, key.Person).Scan(&page.Zone, &page.Language)
	if errors.Is(err, sql.ErrNoRows) {
		return reads.Page{}, errNoAddress()
	}
	if err != nil {
		return reads.Page{}, fmt.Errorf("reading the page of %s: %w", key.Person, err)
	}
	links, err := t.links(ctx, key.Clinic, []scheduler.ID{key.Person})
	if err != nil {
		return reads.Page{}, err
	}
	page.Feed = links[key.Person].Feed
	if key.Ended {
		return page, nil
	}
	page.Items, err = t.items(ctx, key.Clinic, key.Person)
	for i := range page.Items {
		page.Items[i].Title, page.Items[i].Position, page.Items[i].Cohort = "", "", "" // nothing that tells
	}
	return page, err
}

// CountFetch adds n fetches of a person's feed to the count of this hour. A
// person who is not at the clinic is not counted.
func (db *DB) CountFetch(ctx context.Context, a access.Actor, clinic, person scheduler.ID, n int) error {
	if err := access.CheckIn(a, access.TokenFind, string(clinic)); err != nil {
		return err
	}
	if n <= 0 {
		return nil
	}
	return db.write(ctx, func(t *tx) error {
		return t.Exec(ctx, `
			INSERT INTO feed_fetches (person, hour, count)
			SELECT id, CAST(? AS TEXT), CAST(? AS BIGINT) FROM people WHERE clinic = ? AND id = ?
			ON CONFLICT (person, hour) DO UPDATE SET count = feed_fetches.count + excluded.count`,
			db.now().Format("2006-01-02T15"), n, clinic, person)
	})
}
