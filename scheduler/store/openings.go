package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// NextOpenings lists the entries that somebody new could take, as they stood when
// their cohorts were last changed or looked after, the soonest first; what has
// begun, or must have been asked for earlier, is left out. Whether an entry is
// still free is looked at when somebody asks for it.
func (db *DB) NextOpenings(ctx context.Context, a access.Actor, clinic scheduler.ID,
	q reads.OpeningsQuery) ([]reads.Opening, error) {
	if err := access.CheckIn(a, access.CohortView, string(clinic)); err != nil {
		return nil, err
	}
	if q.Limit <= 0 {
		q.Limit = 50
	}
	var found []reads.Opening
	err := db.view(ctx, func(t *tx) (err error) {
		reach, err := t.reachFor(ctx, a, clinic)
		if err != nil {
			return err
		}
		found, err = t.nextOpenings(ctx, clinic, q, db.now())
		found = slices.DeleteFunc(found, func(o reads.Opening) bool { return !reach.sees(o.Cohort) })
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking for openings: %w", err)
	}
	return found, nil
}

// farthestEast is how long before midnight UTC a local date may begin.
const farthestEast = 14 * time.Hour

// nextOpenings reads the index from a bound on and leaves out what is a little too
// early. How many are of one cohort is only counted when somebody asks for that.
func (t *tx) nextOpenings(ctx context.Context, clinic scheduler.ID, q reads.OpeningsQuery,
	now time.Time) ([]reads.Opening, error) {
	bound := sqldb.Stamp(now)
	if !q.From.IsZero() {
		midnight, err := sqldb.Instant(q.From.String() + "T00:00:00.000Z")
		if err != nil {
			return nil, err
		}
		bound = max(bound, sqldb.Stamp(midnight.Add(-farthestEast)))
	}
	at, args := "", []any{clinic, bound, q.From.String()}
	if q.Position != "" {
		at, args = " AND o.position = ?", append(args, q.Position)
	}
	if q.Cohorts != nil {
		in, these := sqldb.List(q.Cohorts)
		at, args = at+" AND o.cohort IN ("+in+")", append(args, these...)
	}
	if q.Protocol != "" {
		at, args = at+" AND c.protocol = ?", append(args, q.Protocol)
	}
	late, more, err := t.tooLate(ctx, clinic, now)
	if err != nil {
		return nil, err
	}
	from := "openings o JOIN cohorts c ON c.id = o.cohort WHERE o.clinic = ? AND o.start_at > ? AND o.local_date >= ?" +
		at + late
	args = append(args, more...)
	columns := "o.cohort, c.name, c.protocol, o.session, o.position, o.start_at, o.local_date, c.zone, o.seats"
	query := "SELECT " + columns + " FROM " + from
	if q.OfEach > 0 {
		query = "SELECT " + columns +
			" FROM (SELECT o.*, row_number() OVER (PARTITION BY o.cohort ORDER BY o.start_at, o.session) AS turn " +
			"FROM " + from +
			") o JOIN cohorts c ON c.id = o.cohort WHERE o.turn <= ? AND c.clinic = ?"
		args = append(args, q.OfEach, clinic)
	}
	rows, err := t.Query(ctx, query+" ORDER BY o.start_at, o.session LIMIT ?", append(args, q.Limit)...)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (o reads.Opening, err error) {
		return o, rows.Scan(&o.Cohort, &o.CohortName, &o.Protocol, &o.Session, &o.Position, sqldb.When(&o.Start),
			sqldb.Text(&o.Date), &o.Zone, &o.Seats)
	})
}

// tooLate leaves out, of openings o of cohorts c, those that had to be asked for
// before now: time alone closes them, and no change writes that down.
func (t *tx) tooLate(ctx context.Context, clinic scheduler.ID, now time.Time) (clause string, args []any, err error) {
	rows, err := t.Query(ctx,
		"SELECT DISTINCT definition FROM cohorts WHERE clinic = ? AND state = 'open' AND rolling = 1", clinic)
	if err != nil {
		return "", nil, err
	}
	hashes, err := sqldb.Collect(rows, func(rows *sql.Rows) (hash string, err error) { return hash, rows.Scan(&hash) })
	if err != nil {
		return "", nil, fmt.Errorf("reading by when entries are asked for: %w", err)
	}
	leads := map[time.Duration][]string{}
	for _, hash := range hashes {
		d, err := t.definition(ctx, hash)
		if err != nil {
			return "", nil, err
		}
		if lead := scheduler.EntryLead(d); lead > 0 {
			leads[lead] = append(leads[lead], hash)
		}
	}
	for _, lead := range slices.Sorted(maps.Keys(leads)) {
		for part := range slices.Chunk(leads[lead], mostListed) {
			in, these := sqldb.List(part)
			clause += " AND NOT (o.start_at < ? AND c.rolling = 1 AND c.definition IN (" + in + "))"
			args = append(append(args, sqldb.Stamp(now.Add(lead))), these...)
		}
	}
	return clause, args, nil
}

// saveOpenings keeps at which sessions of the changed cohorts somebody new could
// begin, so that nobody has to load them all to find the next one. An upkeep
// looks at them anew: what somebody who waits does elsewhere changes them, too.
func (s *saving) saveOpenings(ctx context.Context, l *loaded) error {
	for _, c := range s.changes {
		if !c.any() && !l.upkeep {
			continue
		}
		points := l.book.EntryPoints(c.now)
		if err := l.book.Err(); err != nil {
			return err
		}
		if err := s.replaceOpenings(ctx, c.now.Cohort.ID, l.openings[c.now.Cohort.ID], points); err != nil {
			return fmt.Errorf("writing the openings of cohort %s: %w", c.now.Cohort.ID, err)
		}
	}
	return nil
}

// writtenOpenings gives a cohort's openings as they were last written, by session.
func (t *tx) writtenOpenings(ctx context.Context, clinic,
	cohort scheduler.ID) (map[scheduler.ID]scheduler.EntryPoint, error) {
	rows, err := t.Query(ctx,
		"SELECT session, position, start_at, seats FROM openings WHERE "+ofClinic+" AND cohort = ?", clinic, cohort)
	if err != nil {
		return nil, err
	}
	written := map[scheduler.ID]scheduler.EntryPoint{}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (p scheduler.EntryPoint, err error) {
		err = rows.Scan(&p.Session, &p.Position, sqldb.When(&p.Start), &p.Seats)
		written[p.Session] = p
		return p, err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the openings of cohort %s: %w", cohort, err)
	}
	return written, nil
}

// replaceOpenings writes what is new or another and erases what is no more. Where only the number of seats
// is another, it leaves the columns alone that an index has.
func (s *saving) replaceOpenings(ctx context.Context, cohort scheduler.ID,
	written map[scheduler.ID]scheduler.EntryPoint, points []scheduler.EntryPoint) error {
	var fresh [][]any
	for _, p := range points {
		was, stands := written[p.Session]
		switch {
		case !stands || was.Position != p.Position || !was.Start.Equal(p.Start):
			fresh = append(fresh,
				[]any{s.clinic, cohort, p.Session, p.Position, sqldb.Stamp(p.Start), p.Date.String(), p.Seats})
		case was.Seats != p.Seats:
			err := s.Exec(ctx, "UPDATE openings SET seats = ? WHERE "+ofClinic+" AND session = ?", p.Seats,
				s.clinic, p.Session)
			if err != nil {
				return err
			}
		}
		delete(written, p.Session)
	}
	for gone := range slices.Chunk(slices.Sorted(maps.Keys(written)), mostListed) {
		among, args := sqldb.Among(s.Tx, "session", gone)
		if err := s.Exec(ctx, "DELETE FROM openings WHERE "+ofClinic+" AND "+among,
			append([]any{s.clinic}, args...)...); err != nil {
			return err
		}
	}
	return s.Insert(ctx, "INSERT INTO openings (clinic, cohort, session, position, start_at, local_date, seats)", fresh,
		` ON CONFLICT (session) DO UPDATE SET position = excluded.position, start_at = excluded.start_at,
local_date = excluded.local_date, seats = excluded.seats`)
}
