package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// DaySessions lists the sessions of all cohorts within the caller's reach that begin in a stretch of time, in order
// of start; cancelled ones are among them.
func (db *DB) DaySessions(ctx context.Context, a access.Actor, clinic scheduler.ID,
	q reads.DayQuery) ([]reads.DaySession, error) {
	if err := access.CheckIn(a, access.CohortView, string(clinic)); err != nil {
		return nil, err
	}
	var all []reads.DaySession
	err := db.view(ctx, func(t *tx) error {
		reach, err := t.reachFor(ctx, a, clinic)
		if err != nil {
			return err
		}
		all, err = t.daySessions(ctx, a, clinic, reach, "AND start_at >= ? AND start_at < ? ORDER BY start_at, id",
			sqldb.Stamp(q.From), sqldb.Stamp(q.Until))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the sessions of some days: %w", err)
	}
	return all, nil
}

// daySessions reads sessions of all cohorts within reach; clause narrows and orders them.
func (t *tx) daySessions(ctx context.Context, a access.Actor, clinic scheduler.ID, reach reachOf, clause string,
	args ...any) ([]reads.DaySession, error) {
	rows, err := t.Query(ctx, "SELECT cohort, seated, "+sessionColumns+" FROM sessions WHERE clinic = ? "+clause,
		append([]any{clinic}, args...)...)
	if err != nil {
		return nil, err
	}
	all, err := sqldb.Collect(rows, scanDaySession)
	if err != nil {
		return nil, err
	}
	return t.describeDays(ctx, a, clinic, reach, all)
}

// scanDaySession reads the cohort, the seated and sessionColumns.
func scanDaySession(rows *sql.Rows) (s reads.DaySession, err error) {
	return s, rows.Scan(append([]any{&s.Cohort, &s.Seated}, intoSession(&s.Session.Session)...)...)
}

// describeDays leaves out what is not within reach, and fills in what sessions alone do not say.
func (t *tx) describeDays(ctx context.Context, a access.Actor, clinic scheduler.ID, reach reachOf,
	all []reads.DaySession) ([]reads.DaySession, error) {
	all = slices.DeleteFunc(all, func(s reads.DaySession) bool { return !reach.sees(s.Cohort) })
	if len(all) == 0 {
		return nil, nil
	}
	for i := range all {
		all[i].Own = all[i].Leader != "" && all[i].Leader == callerOf(a)
	}
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	if err := t.dayCohorts(ctx, a, clinic, all); err != nil {
		return nil, err
	}
	if err := t.dayLeaders(ctx, clinic, key, all); err != nil {
		return nil, err
	}
	if err := t.dayPersons(ctx, clinic, key, all); err != nil {
		return nil, err
	}
	return all, t.dayAnswers(ctx, clinic, all)
}

// callerOf is the id of a caller on the staff, empty for everybody else.
func callerOf(a access.Actor) scheduler.ID {
	if a.Kind != access.KindStaff {
		return ""
	}
	return scheduler.ID(a.ID)
}

// dayCohorts fills in what the cohorts of sessions are called, where they are, and their seats.
func (t *tx) dayCohorts(ctx context.Context, a access.Actor, clinic scheduler.ID, all []reads.DaySession) error {
	found := map[scheduler.ID]reads.DaySession{}
	for part := range slices.Chunk(unique(all, func(s reads.DaySession) scheduler.ID { return s.Cohort }), mostListed) {
		in, args := sqldb.List(part)
		rows, err := t.Query(ctx, "SELECT id, name, zone, capacity, lead, rotation FROM cohorts WHERE "+ofClinic+
			" AND id IN ("+in+")", append([]any{clinic}, args...)...)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (c reads.DaySession, err error) {
			led := scheduler.Cohort{}
			var rotation string
			err = rows.Scan(&c.Cohort, &c.CohortName, &c.Zone, &c.Capacity, &led.Lead, &rotation)
			for _, id := range strings.Split(rotation, ",") {
				led.Rotation = append(led.Rotation, scheduler.ID(id))
			}
			c.OwnCohort = led.LedBy(callerOf(a))
			found[c.Cohort] = c
			return c, err
		})
		if err != nil {
			return err
		}
	}
	for i, s := range all {
		c := found[s.Cohort]
		all[i].CohortName, all[i].Zone, all[i].Capacity = c.CohortName, c.Zone, c.Capacity
		all[i].OwnCohort = c.OwnCohort
	}
	return nil
}

// dayLeaders fills in the names of those who lead.
func (t *tx) dayLeaders(ctx context.Context, clinic scheduler.ID, key *clinicKey, all []reads.DaySession) error {
	names, err := t.staffNames(ctx, clinic, key)
	for i, s := range all {
		all[i].LeaderName = names[s.Leader]
	}
	return err
}

// staffNames gives the names of all staff of a clinic, who are few.
func (t *tx) staffNames(ctx context.Context, clinic scheduler.ID, key *clinicKey) (map[scheduler.ID]string, error) {
	rows, err := t.Query(ctx, "SELECT id, name FROM staff WHERE clinic = ?", clinic)
	if err != nil {
		return nil, err
	}
	names := map[scheduler.ID]string{}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (id scheduler.ID, err error) {
		var name []byte
		if err := rows.Scan(&id, &name); err != nil {
			return id, err
		}
		names[id], err = opened(key, place(clinic, "staff", "name", id), name)
		return id, err
	})
	return names, err
}

// dayPersons fills in whose an appointment is.
func (t *tx) dayPersons(ctx context.Context, clinic scheduler.ID, key *clinicKey, all []reads.DaySession) error {
	ids := unique(all, func(s reads.DaySession) scheduler.ID { return s.Session.For })
	names := map[scheduler.ID]string{}
	for part := range slices.Chunk(ids, mostListed) {
		in, args := sqldb.List(part)
		rows, err := t.Query(ctx, `
			SELECT e.id, p.id, p.name, p.data_key FROM enrollments e JOIN people p ON p.id = e.person
			WHERE e.id IN (`+in+`) AND e.clinic = ?`, append(args, clinic)...)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (id scheduler.ID, err error) {
			var person scheduler.ID
			var name, own []byte
			if err := rows.Scan(&id, &person, &name, &own); err != nil {
				return id, err
			}
			names[id], err = opened(key.person(clinic, person, own), place(clinic, "people", "name", person), name)
			return id, err
		})
		if err != nil {
			return err
		}
	}
	for i, s := range all {
		all[i].For = names[s.Session.For]
	}
	return nil
}

// dayAnswers counts who said that they will not come.
func (t *tx) dayAnswers(ctx context.Context, clinic scheduler.ID, all []reads.DaySession) error {
	said := map[scheduler.ID]int{}
	for part := range slices.Chunk(unique(all, func(s reads.DaySession) scheduler.ID { return s.ID }), mostListed) {
		in, args := sqldb.List(part)
		rows, err := t.Query(ctx, `
			SELECT session, count(*) FROM seats
			WHERE session IN (`+in+`) AND intent = 'no' AND state NOT IN ('cancelled', 'released') AND clinic = ?
			GROUP BY session`, append(args, clinic)...)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (id scheduler.ID, err error) {
			var n int
			err = rows.Scan(&id, &n)
			said[id] = n
			return id, err
		})
		if err != nil {
			return err
		}
	}
	for i, s := range all {
		all[i].No = said[s.ID]
	}
	return nil
}

// nextSession reads the next session that the caller leads, with its people.
func (t *tx) nextSession(ctx context.Context, a access.Actor, clinic scheduler.ID, reach reachOf,
	now time.Time) (next reads.NextSession, err error) {
	if callerOf(a) == "" {
		return next, nil
	}
	found, err := t.daySessions(ctx, a, clinic, reach, `AND leader = ? AND leader <> '' AND end_at > ?
		AND state <> 'cancelled' ORDER BY start_at, id LIMIT 1`, a.ID, sqldb.Stamp(now))
	if err != nil || len(found) == 0 {
		return next, err
	}
	next.DaySession = found[0]
	key, err := t.key(ctx, clinic)
	if err != nil {
		return next, err
	}
	rows, err := t.Query(ctx, `
		SELECT x.enrollment, x.person, x.state, x.intent, x.claimed, p.name, p.data_key
		FROM seats x JOIN people p ON p.id = x.person
		WHERE x.session = ? AND x.state NOT IN ('cancelled', 'released') AND x.clinic = ?`, next.ID, clinic)
	if err != nil {
		return next, err
	}
	next.People, err = sqldb.Collect(rows, func(rows *sql.Rows) (p reads.NextPerson, err error) {
		var name, own []byte
		if err := rows.Scan(&p.Enrollment, &p.Person, &p.State, &p.Intent, &p.Claimed, &name, &own); err != nil {
			return p, err
		}
		p.Name, err = opened(key.person(clinic, p.Person, own), place(clinic, "people", "name", p.Person), name)
		return p, err
	})
	slices.SortFunc(next.People, func(x, y reads.NextPerson) int {
		return slices.Compare([]string{scheduler.Folded(x.Name), string(x.Enrollment)},
			[]string{scheduler.Folded(y.Name), string(y.Enrollment)})
	})
	return next, err
}
