package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
	"almanac/scheduler/store/sqldb"
)

// mostStaffFeeds bounds the calendar addresses of one member of staff.
const mostStaffFeeds = 20

// AddStaffFeed makes a calendar address for a member of staff and returns its token, which is kept nowhere. Staff make
// their own; an admin makes them for everyone. Invalid, in field "cohort", when its holder does not see the cohort, and
// in field "detail" when there is no such detail; NotFound when there is no such member of staff; Closed when they are
// disabled; Full when they have 20. With OnlyCheck it changes nothing.
func (db *DB) AddStaffFeed(
	ctx context.Context, a access.Actor, clinic, staff scheduler.ID, f reads.StaffFeed, m reads.Mode,
) (token string, err error) {
	if err := mayHoldFeed(a, clinic, staff); err != nil {
		return "", err
	}
	switch f.Detail {
	case reads.FeedNeutral, reads.FeedFull, reads.FeedBusy:
	default:
		return "", fault.In("detail", "A calendar can say neutral, full or busy. Choose one of these.")
	}
	f.ID, token = randomID(), seal.RandomToken()
	err = db.write(ctx, func(t *tx) error {
		if _, err := t.lock(ctx, clinic); err != nil {
			return err
		}
		if err := t.mayAddFeed(ctx, clinic, staff, f.Cohort); err != nil || m == reads.OnlyCheck {
			return err
		}
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		now, hash := db.now(), seal.HashToken(token)
		err = t.Exec(ctx, `INSERT INTO staff_feeds (id, clinic, staff, hash, cohort, place, detail, mac, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, f.ID, clinic, staff, hash, f.Cohort, f.Place, f.Detail,
			key.staffFeedMAC(f.ID, staff, hash, f.Cohort, f.Place, string(f.Detail)), sqldb.Stamp(now))
		if err != nil {
			return fmt.Errorf("writing a calendar address: %w", err)
		}
		return t.audit(ctx, clinic, a, now,
			scheduler.AuditEntry{Action: "staff.feed", Subjects: []scheduler.ID{staff}})
	})
	if err != nil || m == reads.OnlyCheck {
		return "", err
	}
	return token, nil
}

// mayHoldFeed checks that an actor may see and change the calendar addresses of a member of staff.
func mayHoldFeed(a access.Actor, clinic, staff scheduler.ID) error {
	action := access.StaffManage
	if a.Kind == access.KindStaff && a.ID == string(staff) {
		action = access.CohortView
	}
	return access.CheckIn(a, action, string(clinic))
}

// mayAddFeed checks that a member of staff may have one more address, which shows a cohort, if any.
func (t *tx) mayAddFeed(ctx context.Context, clinic, staff, cohort scheduler.ID) error {
	var disabled, facilitators string
	var role access.Role
	var n int
	err := t.Row(ctx, `SELECT s.role, s.disabled_at, c.facilitators,
  (SELECT count(*) FROM staff_feeds f WHERE f.clinic = s.clinic AND f.staff = s.id AND f.ended_at = '')
FROM staff s JOIN clinics c ON c.id = s.clinic WHERE s.clinic = ? AND s.id = ?`, clinic, staff).
		Scan(&role, &disabled, &facilitators, &n)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return noStaff()
	case err != nil:
		return fmt.Errorf("reading staff: %w", err)
	case disabled != "":
		return fault.New(fault.Closed, "This member of staff is disabled. Enable them first.")
	case n >= mostStaffFeeds:
		return fault.New(fault.Full, "There are 20 calendar addresses already. End one that is no longer needed.")
	case cohort == "":
		return nil
	}
	who := signIn{clinic: clinic, staff: staff, role: role, facilitators: facilitators}
	reach, err := t.reachFor(ctx, who.actor(), clinic)
	if err != nil {
		return err
	}
	var found int
	err = t.Row(ctx, "SELECT count(*) FROM cohorts WHERE clinic = ? AND id = ?", clinic, cohort).Scan(&found)
	if err == nil && (found == 0 || !reach.sees(cohort)) {
		return fault.In("cohort", "There is no such cohort. Choose one from the list.")
	}
	return err
}

// StaffFeeds lists the calendar addresses of a member of staff, and the places that a new one could show.
func (db *DB) StaffFeeds(
	ctx context.Context, a access.Actor, clinic, staff scheduler.ID,
) (reads.StaffFeeds, error) {
	if err := mayHoldFeed(a, clinic, staff); err != nil {
		return reads.StaffFeeds{}, err
	}
	var all reads.StaffFeeds
	err := db.view(ctx, func(t *tx) error {
		rows, err := t.Query(ctx, `
			SELECT f.id, f.cohort, coalesce(c.name, ''), f.place, f.detail, f.created_at, f.fetched_on
			FROM staff_feeds f LEFT JOIN cohorts c ON c.id = f.cohort
			WHERE f.clinic = ? AND f.staff = ? AND f.ended_at = '' ORDER BY f.created_at, f.id`, clinic, staff)
		if err != nil {
			return err
		}
		all.Feeds, err = sqldb.Collect(rows, func(rows *sql.Rows) (f reads.StaffFeed, err error) {
			return f, rows.Scan(&f.ID, &f.Cohort, &f.CohortName, &f.Place, &f.Detail, sqldb.When(&f.Created),
				&f.FetchedOn)
		})
		if err != nil || a.OwnOnly() {
			return err
		}
		rows, err = t.Query(ctx, "SELECT DISTINCT place FROM sessions "+
			"WHERE clinic = ? AND start_at > ? AND place <> '' ORDER BY place", clinic, sqldb.Stamp(db.now()))
		if err != nil {
			return err
		}
		all.Places, err = sqldb.Collect(rows, func(rows *sql.Rows) (place string, err error) {
			return place, rows.Scan(&place)
		})
		return err
	})
	return all, err
}

// EndStaffFeed ends a calendar address: it is empty from now on, and unknown after 90 days. Ending it again changes
// nothing. NotFound when the member of staff has no such address. With OnlyCheck it changes nothing.
func (db *DB) EndStaffFeed(ctx context.Context, a access.Actor, clinic, staff, feed scheduler.ID, m reads.Mode) error {
	if err := mayHoldFeed(a, clinic, staff); err != nil {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		now := db.now()
		var ended string
		err := t.Row(ctx, "SELECT ended_at FROM staff_feeds WHERE clinic = ? AND staff = ? AND id = ?"+t.ForUpdate(),
			clinic, staff, feed).Scan(&ended)
		if sqldb.IsNoRows(err) {
			return notFound("There is no such calendar address. Choose one from the list.")
		}
		if err != nil || ended != "" || m == reads.OnlyCheck {
			return err
		}
		if err := t.endFeeds(ctx, clinic, staff, feed, now); err != nil {
			return err
		}
		return t.audit(ctx, clinic, a, now,
			scheduler.AuditEntry{Action: "staff.feed-end", Subjects: []scheduler.ID{staff}})
	})
}

// endFeeds ends a calendar address of a member of staff; without an id, all of them.
func (t *tx) endFeeds(ctx context.Context, clinic, staff, feed scheduler.ID, now time.Time) error {
	err := t.Exec(ctx, `UPDATE staff_feeds SET ended_at = ?, mac = ''
WHERE clinic = ? AND staff = ? AND (id = ? OR ? = '') AND ended_at = ''`,
		sqldb.Stamp(now), clinic, staff, feed, feed)
	if err != nil {
		return fmt.Errorf("ending calendar addresses: %w", err)
	}
	return nil
}

// StaffFeedKey tells which staff feed a token opens, and its holder with their role and reach of this moment. It notes
// the day of the fetch. NotFound, with the words of every unknown address, when there is none or it ended 90 days ago.
func (db *DB) StaffFeedKey(
	ctx context.Context, a access.Actor, token string,
) (holder access.Actor, k reads.StaffFeedKey, err error) {
	if err := access.Check(a, access.TokenFind); err != nil {
		return holder, k, err
	}
	var s signIn
	var ended time.Time
	hash, now := seal.HashToken(token), db.now()
	var mac string
	var row guardedStaff
	err = db.quick(ctx, staffFeedQuery, hash).Scan(&s.clinic, &row.id, &row.role, &row.disabled, &row.index, &row.is,
		&s.facilitators, &k.Feed.ID, &k.Feed.Cohort, &k.Feed.Place, &k.Feed.Detail, &mac, &k.Feed.FetchedOn,
		sqldb.When(&ended))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return holder, k, errNoAddress()
	case err != nil:
		return holder, k, db.sql.Fault(fmt.Errorf("looking up a calendar address: %w", err))
	case !ended.IsZero() && !now.Before(ended.Add(AfterEnd)):
		return holder, k, errNoAddress()
	}
	key, err := db.openKey(ctx, s.clinic)
	if err != nil {
		return holder, k, err
	}
	if ended.IsZero() && (!isMAC(row.is, key.staffMAC(row)) ||
		!isMAC(mac, key.staffFeedMAC(k.Feed.ID, row.id, hash, k.Feed.Cohort, k.Feed.Place, string(k.Feed.Detail)))) {
		db.altered(ctx, "staff_feeds")
		return holder, k, errNoAddress()
	}
	s.staff, s.role = row.id, access.Role(row.role)
	k.Clinic, k.Ended = s.clinic, !ended.IsZero()
	if day := now.UTC().Format(time.DateOnly); k.Feed.FetchedOn < day {
		err = db.write(ctx, func(t *tx) error {
			return t.Exec(ctx, "UPDATE staff_feeds SET fetched_on = ? WHERE clinic = ? AND id = ? AND fetched_on < ?",
				day, k.Clinic, k.Feed.ID, day)
		})
	}
	return s.actor(), k, err
}

// StaffFeed lists the sessions of a staff feed that begin in a stretch of time, in order of start: those within the
// reach of its holder. It is empty when the feed has ended.
func (db *DB) StaffFeed(
	ctx context.Context, holder access.Actor, k reads.StaffFeedKey, q reads.DayQuery,
) ([]reads.LedEvent, error) {
	if err := access.CheckIn(holder, access.CohortView, string(k.Clinic)); err != nil || k.Ended {
		return nil, err
	}
	clause, args := "leader = ? AND leader <> ''", []any{holder.ID}
	switch {
	case k.Feed.Cohort != "":
		clause, args = "cohort = ?", []any{k.Feed.Cohort}
	case k.Feed.Place != "":
		clause, args = "place = ?", []any{k.Feed.Place}
	}
	var events []reads.LedEvent
	err := db.view(ctx, func(t *tx) error {
		reach, err := t.reachFor(ctx, holder, k.Clinic)
		if err != nil {
			return err
		}
		bounds := []any{k.Clinic, sqldb.Stamp(q.From), sqldb.Stamp(q.Until)}
		all, err := t.daySessions(ctx, holder, k.Clinic, reach,
			"AND start_at >= ? AND start_at < ? AND "+clause+" ORDER BY start_at, id", append(bounds[1:], args...)...)
		if err != nil {
			return err
		}
		rows, err := t.Query(ctx, "SELECT id, sequence, changed_at FROM sessions WHERE clinic = ? AND "+
			"start_at >= ? AND start_at < ? AND "+clause, append(bounds, args...)...)
		if err != nil {
			return err
		}
		changes := make(map[scheduler.ID]reads.LedEvent, len(all))
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (id scheduler.ID, err error) {
			var e reads.LedEvent
			err = rows.Scan(&id, &e.Sequence, sqldb.When(&e.Changed))
			changes[id] = e
			return id, err
		})
		events = make([]reads.LedEvent, len(all))
		for i, s := range all {
			events[i] = changes[s.ID]
			events[i].DaySession = s
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading a staff feed: %w", err)
	}
	return events, nil
}
