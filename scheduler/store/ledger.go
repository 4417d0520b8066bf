package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// mostNamed is how many people a name may mean.
const mostNamed = 200

// Ledger lists the clinic's notices with their fates, the latest due first, at
// most Limit (or 50) of them. Invalid, in field "name", when a name means more
// than 200 people.
func (db *DB) Ledger(ctx context.Context, a access.Actor, clinic scheduler.ID,
	q reads.LedgerQuery) (reads.Ledger, error) {
	if err := access.CheckIn(a, access.TaskView, string(clinic)); err != nil {
		return reads.Ledger{}, err
	}
	if q.Limit <= 0 {
		q.Limit = 50
	}
	var page reads.Ledger
	err := db.view(ctx, func(t *tx) error {
		page = reads.Ledger{}
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		var people, staff []scheduler.ID
		if q.Name != "" {
			if people, err = t.named(ctx, clinic, key, "people", q.Name); err != nil {
				return err
			}
			if staff, err = t.named(ctx, clinic, key, "staff", q.Name); err != nil || len(people)+len(staff) == 0 {
				return err
			}
		}
		page.Rows, err = t.ledger(ctx, clinic, key, q, people, staff)
		return err
	})
	if err != nil {
		return reads.Ledger{}, err
	}
	if len(page.Rows) > q.Limit {
		page.Rows = page.Rows[:q.Limit]
		last := page.Rows[q.Limit-1]
		page.Next = reads.Cursor{At: last.Due, ID: last.ID}
	}
	return page, nil
}

// handedOver is when a notice n ended: when the server took it, which may be before that was written
// down. Only one that ended so late that this matters is looked up.
const handedOver = `CASE WHEN n.start_at <> '' AND n.done_at >= n.start_at THEN coalesce(
	(SELECT max(a.finished_at) FROM attempts a WHERE a.notice = n.id AND a.outcome = 'sent'), n.done_at)
ELSE n.done_at END`

// tooLate tells whether a message was handed over when the session it is about had begun.
func tooLate(state scheduler.NoticeState, done, start time.Time) bool {
	return state.HandedOver() && !start.IsZero() && !done.Before(start)
}

// ledger reads one row more than asked for, to see whether there are more.
func (t *tx) ledger(ctx context.Context, clinic scheduler.ID, key *clinicKey, q reads.LedgerQuery, people,
	staff []scheduler.ID) ([]reads.LedgerRow, error) {
	query := `
		SELECT n.id, n.kind, n.channel, n.session, n.due_at, n.not_after, n.state, n.reason, n.attempts,
` + handedOver + `, n.start_at,
		  coalesce(n.enrollment, ''), coalesce(n.person, ''), p.name, p.data_key, coalesce(n.staff, ''), f.name,
		  coalesce(c.name, ''), coalesce(c.zone, ''), coalesce(x.start_at, ''), coalesce(x.local_start, '')
		FROM notices n LEFT JOIN people p ON p.id = n.person LEFT JOIN enrollments e ON e.id = n.enrollment
LEFT JOIN staff f ON f.id = n.staff
		LEFT JOIN sessions x ON x.id = n.session LEFT JOIN cohorts c ON c.id = coalesce(e.cohort, x.cohort)
		WHERE n.clinic = ?`
	args := []any{clinic}
	var named []string
	if len(people) > 0 {
		in, ids := sqldb.List(people)
		named, args = append(named, "n.enrollment IN (SELECT id FROM enrollments WHERE person IN ("+in+"))"),
			append(args, ids...)
	}
	if len(staff) > 0 {
		in, ids := sqldb.List(staff)
		named, args = append(named, "n.staff IN ("+in+")"), append(args, ids...)
	}
	if len(named) > 0 {
		query += " AND (" + strings.Join(named, " OR ") + ")"
	}
	for _, one := range []struct {
		clause string
		id     scheduler.ID
	}{
		{"n.enrollment IN (SELECT id FROM enrollments WHERE person = ?)", q.Person},
		{"n.enrollment = ?", q.Enrollment}, {"n.session = ?", q.Session},
	} {
		if one.id != "" {
			query, args = query+" AND "+one.clause, append(args, one.id)
		}
	}
	if !q.Day.IsZero() {
		query += " AND x.local_start >= ? AND x.local_start < ?"
		args = append(args, q.Day.String(), q.Day.AddDays(1).String())
	}
	if len(q.State) > 0 {
		in, states := sqldb.List(q.State)
		query, args = query+" AND (n.state IN ("+in+")", append(args, states...)
		if slices.Contains(q.State, scheduler.NoticeExpired) {
			query += " OR n.state IN ('sent', 'delivered') AND n.start_at <> '' AND " + handedOver + " >= n.start_at"
		}
		query += ")"
	}
	if q.After.ID != "" {
		query += " AND (n.due_at < ? OR n.due_at = ? AND n.id < ?)"
		args = append(args, sqldb.Stamp(q.After.At), sqldb.Stamp(q.After.At), q.After.ID)
	}
	rows, err := t.Query(ctx, query+" ORDER BY n.due_at DESC, n.id DESC LIMIT ?", append(args, q.Limit+1)...)
	if err != nil {
		return nil, err
	}
	now := t.db.now()
	return sqldb.Collect(rows,
		func(rows *sql.Rows) (reads.LedgerRow, error) { return scanLedger(rows, clinic, key, now) })
}

func scanLedger(rows *sql.Rows, clinic scheduler.ID, key *clinicKey, now time.Time) (r reads.LedgerRow, err error) {
	var name, own, staff []byte
	var start time.Time
	err = rows.Scan(&r.ID, &r.Kind, &r.Channel, &r.Session, sqldb.When(&r.Due), sqldb.When(&r.NotAfter), &r.State,
		&r.Reason, &r.Attempts, sqldb.When(&r.Done), sqldb.When(&start),
		&r.Enrollment, &r.Person, &name, &own, &r.Staff, &staff, &r.CohortName, &r.Moment.Zone,
		sqldb.When(&r.Moment.Start), sqldb.Text(&r.Moment.Wall))
	if err != nil {
		return r, err
	}
	if r.Moment.ID = r.Session; r.Moment.Start.IsZero() {
		r.Moment = reads.Moment{}
	}
	r.TooLate = tooLate(r.State, r.Done, start)
	r.MayTry = givenUp(r.State) && now.Before(r.NotAfter)
	if r.Staff != "" {
		r.Name, err = opened(key, place(clinic, "staff", "name", r.Staff), staff)
		return r, err
	}
	r.Name, err = opened(key.person(clinic, r.Person, own), place(clinic, "people", "name", r.Person), name)
	return r, err
}

// named finds the rows of people or staff in whose names a text stands, whatever its case. Names
// are sealed, so all of the clinic's are opened.
func (t *tx) named(ctx context.Context, clinic scheduler.ID, key *clinicKey, table,
	part string) ([]scheduler.ID, error) {
	columns := "id, name, NULL"
	if table == "people" {
		columns = "id, name, data_key"
	}
	rows, err := t.Query(ctx, "SELECT "+columns+" FROM "+table+" WHERE clinic = ?", clinic)
	if err != nil {
		return nil, err
	}
	part = strings.ToLower(strings.TrimSpace(part))
	var found []scheduler.ID
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var id scheduler.ID
		var kept, own []byte
		if err := rows.Scan(&id, &kept, &own); err != nil {
			return none, err
		}
		var by opener = key.quiet()
		if table == "people" {
			by = key.quiet().person(clinic, id, own)
		}
		name, err := opened(by, place(clinic, table, "name", id), kept)
		if strings.Contains(strings.ToLower(name), part) {
			found = append(found, id)
		}
		return none, err
	})
	if err == nil && len(found) > mostNamed {
		return nil, fault.In("name", "More than %d people have this in their name; write more of it.", mostNamed)
	}
	return found, err
}

// LedgerDays tells of each of the last days, today included and last, what
// became of the notices that were due.
func (db *DB) LedgerDays(ctx context.Context, a access.Actor, clinic scheduler.ID,
	days int) ([]reads.LedgerDay, error) {
	if err := access.CheckIn(a, access.TaskView, string(clinic)); err != nil {
		return nil, err
	}
	var all []reads.LedgerDay
	err := db.view(ctx, func(t *tx) error {
		c, err := t.clinic(ctx, clinic, "")
		if err != nil {
			return err
		}
		zone, err := db.zones.Location(c.Zone)
		if err != nil {
			return fmt.Errorf("finding the zone of clinic %s: %w", clinic, err)
		}
		all, err = t.ledgerDays(ctx, clinic, db.now(), zone, days)
		return err
	})
	return all, err
}

// fated is when a notice was due and what became of it.
type fated struct {
	due, notAfter, done, start time.Time
	state                      scheduler.NoticeState
}

func (t *tx) ledgerDays(ctx context.Context, clinic scheduler.ID, now time.Time, zone *time.Location,
	days int) ([]reads.LedgerDay, error) {
	today := civil.DateOf(now.In(zone))
	all := make([]reads.LedgerDay, days)
	for i := range all {
		all[i].Date = today.AddDays(i + 1 - days)
	}
	// A day more on each side, so that no zone loses hours.
	rows, err := t.Query(ctx,
		"SELECT n.due_at, n.not_after, "+handedOver+
			", n.start_at, n.state FROM notices n WHERE n.clinic = ? AND n.due_at >= ? AND n.due_at <= ?",
		clinic, sqldb.Stamp(now.Add(-time.Duration(days+1)*24*time.Hour)), sqldb.Stamp(now))
	if err != nil {
		return nil, err
	}
	late := make([][]time.Duration, days)
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (f fated, err error) {
		if err := rows.Scan(sqldb.When(&f.due), sqldb.When(&f.notAfter), sqldb.When(&f.done), sqldb.When(&f.start),
			&f.state); err != nil {
			return f, err
		}
		date := civil.DateOf(f.due.In(zone))
		i := slices.IndexFunc(all, func(d reads.LedgerDay) bool { return d.Date == date })
		if i < 0 {
			return f, nil
		}
		if count(&all[i], f, now) {
			late[i] = append(late[i], max(0, f.done.Sub(f.due)))
		}
		return f, nil
	})
	for i := range all {
		slices.Sort(late[i])
		at := func(hundredths int) time.Duration { return scheduler.Quantile(late[i], hundredths) }
		all[i].P50, all[i].P99, all[i].Max = at(50), at(99), at(100)
	}
	return all, err
}

// count adds one notice to its day and tells whether it was sent.
func count(day *reads.LedgerDay, f fated, now time.Time) (sent bool) {
	switch {
	case tooLate(f.state, f.done, f.start):
		day.Missed++
	case f.state.HandedOver():
		day.Sent++
		return true
	case f.state == scheduler.NoticeDropped:
		day.Dropped++
	case f.state == scheduler.NoticePlanned && now.Before(f.notAfter):
		day.Waiting++
	default:
		day.Missed++
	}
	return false
}

func givenUp(state scheduler.NoticeState) bool {
	return state == scheduler.NoticeFailed || state == scheduler.NoticeExpired
}

// TryAgain plans a notice that was given up once more; the gate then decides
// about it as about any other. NotFound when there is no such notice at the
// clinic; Conflict when it was not given up; Closed when its deadline has passed. With OnlyCheck it changes nothing.
func (db *DB) TryAgain(ctx context.Context, a access.Actor, clinic, notice scheduler.ID, m reads.Mode) error {
	if err := access.CheckIn(a, access.TaskDone, string(clinic)); err != nil {
		return err
	}
	err := db.write(ctx, func(t *tx) error {
		now := db.now()
		if _, err := t.lock(ctx, clinic); err != nil {
			return err
		}
		n, _, err := t.notice(ctx, clinic, notice)
		switch {
		case err != nil:
			return err
		case !givenUp(n.State):
			return fault.New(fault.Conflict,
				"This message was not given up, so there is nothing to try again. Look at the list again.")
		case !now.Before(n.NotAfter):
			return fault.New(fault.Closed, "It is too late to send this message. Tell the person yourself.")
		case m == reads.OnlyCheck:
			return errDryRun
		}
		// Attempts of which nobody said how they ended do not count against it any more.
		err = t.Exec(ctx, "UPDATE attempts SET outcome = ?, finished_at = ? WHERE notice = ? AND outcome = ''",
			reads.Lost, sqldb.Stamp(now), notice)
		if err != nil {
			return err
		}
		err = t.Exec(ctx, "UPDATE notices SET state = 'planned', reason = '', done_at = '', queued_until = '', "+
			"lease_until = '' WHERE clinic = ? AND id = ?", clinic, notice)
		if err != nil {
			return fmt.Errorf("planning a notice again: %w", err)
		}
		return t.audit(ctx, clinic, a, now,
			scheduler.AuditEntry{Action: "notice.again", Subjects: []scheduler.ID{notice}})
	})
	if errors.Is(err, errDryRun) {
		return nil
	}
	return err
}
