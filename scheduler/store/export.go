package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

const (
	// exportPage is how many rows of an export are in memory.
	exportPage = 500
	// MostExported is how many messages or tasks one export has.
	MostExported = 100_000
	// longestExport is the most days of an export of attendance.
	longestExport = 366
)

// noteExport writes to the audit who takes data out, before they get any. NotFound when a cohort is not the clinic's.
func (db *DB) noteExport(ctx context.Context, a access.Actor, clinic scheduler.ID, what string,
	cohorts ...scheduler.ID) error {
	if err := access.CheckIn(a, access.PersonExport, string(clinic)); err != nil {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		if _, err := t.share(ctx, clinic); err != nil {
			return err
		}
		for _, cohort := range cohorts {
			var n int
			err := t.Row(ctx, "SELECT count(*) FROM cohorts WHERE clinic = ? AND id = ?", clinic, cohort).Scan(&n)
			if err != nil {
				return fmt.Errorf("looking for cohort %s: %w", cohort, err)
			}
			if n == 0 {
				return notFound("There is no such cohort. Choose one from the list.")
			}
		}
		subjects := cohorts
		if len(subjects) != 1 {
			subjects = []scheduler.ID{clinic}
		}
		return t.audit(ctx, clinic, a, db.now(), scheduler.AuditEntry{Action: what, Subjects: subjects})
	})
}

// ExportRosters gives the people of some cohorts, or of all open ones when none is named, cohort by cohort and by name,
// and writes to the audit who asked.
func (db *DB) ExportRosters(ctx context.Context, a access.Actor, clinic scheduler.ID, cohorts []scheduler.ID,
	each func(reads.RosterRow) error) error {
	if err := db.noteExport(ctx, a, clinic, "rosters.export", cohorts...); err != nil {
		return err
	}
	if len(cohorts) == 0 {
		err := db.view(ctx, func(t *tx) error {
			rows, err := t.Query(ctx, "SELECT id FROM cohorts WHERE clinic = ? AND state = 'open' ORDER BY name, id",
				clinic)
			if err != nil {
				return err
			}
			cohorts, err = sqldb.Collect(rows, scanID)
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, cohort := range cohorts {
		var rows []reads.RosterRow
		err := db.view(ctx, func(t *tx) (err error) {
			rows, err = t.rosterRows(ctx, clinic, cohort)
			return err
		})
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := each(row); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *tx) rosterRows(ctx context.Context, clinic, cohort scheduler.ID) ([]reads.RosterRow, error) {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	rows, err := t.Query(ctx, `
		SELECT c.id, c.name, e.id, p.id, p.data_key, p.name, p.email, p.phone, e.state, e.requested_at,
		  coalesce(s.local_start, ''), e.ended_at
		FROM enrollments e JOIN cohorts c ON c.id = e.cohort JOIN people p ON p.id = e.person
		LEFT JOIN sessions s ON s.id = e.entry WHERE e.clinic = ? AND e.cohort = ?`, clinic, cohort)
	if err != nil {
		return nil, err
	}
	all, err := sqldb.Collect(rows, func(rows *sql.Rows) (r reads.RosterRow, err error) {
		var own, name, email, phone []byte
		err = rows.Scan(&r.Cohort, &r.CohortName, &r.Enrollment, &r.Person, &own, &name, &email, &phone, &r.State,
			sqldb.When(&r.RequestedAt), sqldb.Text(&r.Entry), sqldb.When(&r.EndedAt))
		if err != nil {
			return r, err
		}
		theirs := key.person(clinic, r.Person, own)
		for _, column := range []struct {
			name string
			kept []byte
			into *string
		}{{"name", name, &r.Name}, {"email", email, &r.Email}, {"phone", phone, &r.Phone}} {
			*column.into, err = opened(theirs, place(clinic, "people", column.name, r.Person), column.kept)
			if err != nil {
				return r, err
			}
		}
		return r, nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the roster of cohort %s: %w", cohort, err)
	}
	slices.SortFunc(all, func(a, b reads.RosterRow) int {
		return slices.Compare([]string{strings.ToLower(a.Name), string(a.Enrollment)},
			[]string{strings.ToLower(b.Name), string(b.Enrollment)})
	})
	return all, nil
}

// ExportAttendance gives who sat in the sessions of a period that are over, session by session, and writes to the
// audit who asked. Invalid, in from or until, when the period is missing or longer than a year.
func (db *DB) ExportAttendance(ctx context.Context, a access.Actor, clinic scheduler.ID, q reads.AttendanceQuery,
	each func(reads.AttendanceRow) error) error {
	switch {
	case q.From.IsZero():
		return fault.In("from", "Choose the first day of the period.")
	case q.Until.IsZero() || q.Until.Before(q.From):
		return fault.In("until", "Choose the last day of the period. It is not before the first.")
	case q.From.AddDays(longestExport).Before(q.Until):
		return fault.In("until", "Choose a period of at most a year.")
	}
	var named []scheduler.ID
	if q.Cohort != "" {
		named = append(named, q.Cohort)
	}
	if err := db.noteExport(ctx, a, clinic, "attendance.export", named...); err != nil {
		return err
	}
	var sessions []scheduler.ID
	var key *clinicKey
	err := db.view(ctx, func(t *tx) (err error) {
		if key, err = t.key(ctx, clinic); err != nil {
			return err
		}
		sessions, err = t.sessionsWithin(ctx, clinic, q)
		return err
	})
	if err != nil {
		return err
	}
	names := map[scheduler.ID]string{}
	for part := range slices.Chunk(sessions, 50) {
		var rows []reads.AttendanceRow
		err := db.view(ctx, func(t *tx) (err error) {
			rows, err = t.attendanceRows(ctx, clinic, key, part, names)
			return err
		})
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := each(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// sessionsWithin lists the sessions of a period that are over and took place.
func (t *tx) sessionsWithin(ctx context.Context, clinic scheduler.ID, q reads.AttendanceQuery) ([]scheduler.ID, error) {
	// The local date decides; the instants only narrow what the index gives.
	query := `SELECT id FROM sessions WHERE clinic = ? AND start_at >= ? AND start_at < ?
		  AND local_start >= ? AND local_start < ? AND end_at <= ? AND state <> 'cancelled'`
	args := []any{clinic, q.From.AddDays(-2).String(), q.Until.AddDays(3).String(), q.From.String(),
		q.Until.AddDays(1).String(), sqldb.Stamp(t.db.now())}
	if q.Cohort != "" {
		query, args = query+" AND cohort = ?", append(args, q.Cohort)
	}
	rows, err := t.Query(ctx, query+" ORDER BY start_at, id", args...)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, scanID)
}

func (t *tx) attendanceRows(ctx context.Context, clinic scheduler.ID, key *clinicKey, sessions []scheduler.ID,
	names map[scheduler.ID]string) ([]reads.AttendanceRow, error) {
	in, args := sqldb.List(sessions)
	rows, err := t.Query(ctx, `
		SELECT c.id, c.name, c.zone, x.id, x.local_start, x.title, x.minutes, p.id, p.data_key, p.name, s.state,
		  s.minutes, s.notice_hours, s.missed_segments
		FROM sessions x JOIN cohorts c ON c.id = x.cohort JOIN seats s ON s.session = x.id
		JOIN people p ON p.id = s.person
		WHERE x.clinic = ? AND x.id IN (`+in+`) AND s.state NOT IN ('released', 'cancelled')
		ORDER BY x.start_at, x.id, s.id`, append([]any{clinic}, args...)...)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (r reads.AttendanceRow, err error) {
		var own, name []byte
		err = rows.Scan(&r.Cohort, &r.CohortName, &r.Zone, &r.Session, sqldb.Text(&r.Wall), &r.Title, &r.Scheduled,
			&r.Person, &own, &name, &r.State, &r.Attendance.Minutes, &r.NoticeHours, &r.Missed)
		if err != nil {
			return r, err
		}
		known := false
		if r.Name, known = names[r.Person]; known {
			return r, nil
		}
		r.Name, err = opened(key.person(clinic, r.Person, own), place(clinic, "people", "name", r.Person), name)
		names[r.Person] = r.Name
		return r, err
	})
}

// ExportNotices gives the messages that a query selects with their fates, the latest due first, and writes to the audit
// who asked. Invalid when they are more than MostExported.
func (db *DB) ExportNotices(ctx context.Context, a access.Actor, clinic scheduler.ID, q reads.LedgerQuery,
	each func(reads.LedgerRow) error) error {
	if err := db.noteExport(ctx, a, clinic, "notices.export"); err != nil {
		return err
	}
	var key *clinicKey
	var people, staff []scheduler.ID
	err := db.view(ctx, func(t *tx) (err error) {
		if key, err = t.key(ctx, clinic); err != nil || q.Name == "" {
			return err
		}
		if people, err = t.named(ctx, clinic, key, "people", q.Name); err == nil {
			staff, err = t.named(ctx, clinic, key, "staff", q.Name)
		}
		return err
	})
	if err != nil || q.Name != "" && len(people)+len(staff) == 0 {
		return err
	}
	q.Limit = exportPage - 1 // the ledger reads one more
	for n := 0; ; {
		var rows []reads.LedgerRow
		err := db.view(ctx, func(t *tx) (err error) {
			rows, err = t.ledger(ctx, clinic, key, q, people, staff)
			return err
		})
		if err != nil {
			return err
		}
		if n += len(rows); n > MostExported {
			return fault.In("day", "These are more than %d messages. Narrow them by a name or a day.", MostExported)
		}
		for _, row := range rows {
			if err := each(row); err != nil {
				return err
			}
		}
		if len(rows) < exportPage {
			return nil
		}
		q.After = reads.Cursor{At: rows[len(rows)-1].Due, ID: rows[len(rows)-1].ID}
	}
}

// ExportTasks gives the open tasks, the most urgent first, and writes to the audit who asked.
func (db *DB) ExportTasks(ctx context.Context, a access.Actor, clinic scheduler.ID,
	each func(reads.Task) error) error {
	if err := db.noteExport(ctx, a, clinic, "tasks.export"); err != nil {
		return err
	}
	const order = " ORDER BY k.due_at, k.id LIMIT ?"
	clause, args := order, []any{exportPage}
	for {
		var tasks []reads.Task
		err := db.view(ctx, func(t *tx) (err error) {
			tasks, err = t.openTasks(ctx, clinic, clause, args...)
			return err
		})
		if err != nil {
			return err
		}
		for _, task := range tasks {
			if err := each(task); err != nil {
				return err
			}
		}
		if len(tasks) < exportPage {
			return nil
		}
		last := tasks[len(tasks)-1]
		due := sqldb.Stamp(last.Due)
		clause = "AND (k.due_at > ? OR k.due_at = ? AND k.id > ?)" + order
		args = []any{due, due, last.ID, exportPage}
	}
}
