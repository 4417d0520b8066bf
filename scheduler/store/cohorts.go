package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// Cohorts lists a clinic's cohorts with their numbers: the open ones first, by
// their next session.
func (db *DB) Cohorts(ctx context.Context, a access.Actor, clinic scheduler.ID) ([]reads.CohortRow, error) {
	if err := access.CheckIn(a, access.CohortView, string(clinic)); err != nil {
		return nil, err
	}
	var all []reads.CohortRow
	err := db.view(ctx, func(t *tx) error {
		reach, err := t.reachFor(ctx, a, clinic)
		if err != nil {
			return err
		}
		all, err = t.cohortRows(ctx, clinic, db.now(), nil)
		all = slices.DeleteFunc(all, func(c reads.CohortRow) bool { return !reach.sees(c.ID) })
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, soonerCohort)
	return all, nil
}

// Cohort gives a cohort's own page: every session, and everybody who was ever
// enrolled. NotFound when there is no such cohort at the clinic.
func (db *DB) Cohort(ctx context.Context, a access.Actor, clinic, id scheduler.ID) (reads.Cohort, error) {
	if err := access.CheckIn(a, access.CohortView, string(clinic)); err != nil {
		return reads.Cohort{}, err
	}
	var c reads.Cohort
	err := db.view(ctx, func(t *tx) error {
		key, err := t.cohortFrame(ctx, a, clinic, id, &c)
		if err != nil {
			return err
		}
		if c.Sessions, err = t.sessionsOf(ctx, clinic, id, ""); err != nil {
			return err
		}
		if c.Leaders, err = t.leadersOf(ctx, c, c.Sessions, key); err != nil {
			return err
		}
		if c.Enrollments, err = t.rollOf(ctx, clinic, id, key, rollOrder); err != nil {
			return err
		}
		enter(c.Enrollments, c.Sessions)
		rank(c.Enrollments)
		return nil
	})
	if err != nil {
		return reads.Cohort{}, err
	}
	return c, nil
}

// cohortFrame reads what a cohort's page says beside its sessions and people, and gives the key for their names.
func (t *tx) cohortFrame(ctx context.Context, a access.Actor, clinic, id scheduler.ID,
	c *reads.Cohort) (*clinicKey, error) {
	reach, err := t.reachFor(ctx, a, clinic)
	if err != nil {
		return nil, err
	}
	if !reach.sees(id) {
		return nil, notFound("There is no such cohort. Choose one from the list.")
	}
	row, err := t.clinic(ctx, clinic, "")
	if err != nil {
		return nil, err
	}
	c.ChangeNo = row.ChangeNo
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	c.Cohort, err = scanCohort(t.Row(ctx, "SELECT "+cohortColumns+" FROM cohorts WHERE clinic = ? AND id = ?",
		clinic, id).Scan)
	if sqldb.IsNoRows(err) {
		return nil, notFound("There is no such cohort. Choose one from the list.")
	}
	if err != nil {
		return nil, fmt.Errorf("reading cohort %s: %w", id, err)
	}
	if c.Definition, err = t.definition(ctx, c.Cohort.Hash); err != nil {
		return nil, err
	}
	if c.LeadName, err = t.staffName(ctx, clinic, c.Cohort.Lead, key); err != nil {
		return nil, err
	}
	if c.Overrides, err = t.overridesOf(ctx, a, clinic, id, key); err != nil {
		return nil, err
	}
	if c.Exceptions, err = t.exceptionsOf(ctx, a, clinic, id, key); err != nil {
		return nil, err
	}
	if c.Meetings, err = t.meetingsOf(ctx, a, clinic, id, key); err != nil {
		return nil, err
	}
	c.Phases, err = t.phasesOf(ctx, clinic, c.Cohort.Series)
	c.Phases = slices.DeleteFunc(c.Phases, func(p reads.Phase) bool { return !reach.sees(p.Cohort) })
	return key, err
}

// phasesOf reads the open cohorts of a series in the order of their phases; none of no series.
func (t *tx) phasesOf(ctx context.Context, clinic, series scheduler.ID) ([]reads.Phase, error) {
	if series == "" {
		return nil, nil
	}
	rows, err := t.Query(ctx,
		"SELECT id, name, phase, phase_no FROM cohorts WHERE clinic = ? AND series = ? AND state = 'open' ORDER BY "+
			"phase_no, id", clinic, series)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (p reads.Phase, err error) {
		return p, rows.Scan(&p.Cohort, &p.Name, &p.Phase, &p.Number)
	})
}

// staffName opens the name of a member of staff; empty when there is none.
func (t *tx) staffName(ctx context.Context, clinic, id scheduler.ID, key *clinicKey) (string, error) {
	if id == "" {
		return "", nil
	}
	var name []byte
	err := t.Row(ctx, "SELECT name FROM staff WHERE clinic = ? AND id = ?", clinic, id).Scan(&name)
	if sqldb.IsNoRows(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading a name of staff: %w", err)
	}
	return opened(key, place(clinic, "staff", "name", id), name)
}

// leadersOf names who leads the sessions of a cohort, or leads in turn.
func (t *tx) leadersOf(ctx context.Context, c reads.Cohort, sessions []reads.Session,
	key *clinicKey) (map[scheduler.ID]string, error) {
	leaders := slices.Clone(c.Cohort.Rotation)
	for _, p := range c.Cohort.Staffing {
		leaders = append(leaders, p.Staff)
	}
	for i := range sessions {
		leaders = append(leaders, sessions[i].Leader)
	}
	names := map[scheduler.ID]string{}
	for _, id := range leaders {
		if _, known := names[id]; known || id == "" {
			continue
		}
		name, err := t.staffName(ctx, c.Cohort.Clinic, id, key)
		if err != nil {
			return nil, err
		}
		names[id] = name
	}
	return names, nil
}

// sessionsOf reads a cohort's sessions in order of start with their headcount; clause narrows them.
func (t *tx) sessionsOf(ctx context.Context, clinic, cohort scheduler.ID, clause string,
	args ...any) ([]reads.Session, error) {
	rows, err := t.Query(ctx,
		"SELECT seated, (SELECT count(*) FROM seats x JOIN enrollment_facts f ON f.enrollment = x.enrollment AND "+
			"f.kind = 'excused' AND f.what = x.session WHERE x.session = sessions.id AND x.state = 'released'), "+
			sessionColumns+" FROM sessions WHERE clinic = ? AND cohort = ? "+clause+" ORDER BY start_at, counter",
		append([]any{clinic, cohort}, args...)...)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (s reads.Session, err error) {
		return s, rows.Scan(append([]any{&s.Seated, &s.Excused}, intoSession(&s.Session)...)...)
	})
}

// rollOrder is the order of a whole roll: by asking, the ended ones last.
const rollOrder = "ORDER BY CASE WHEN e.state IN ('completed', 'withdrawn') THEN 1 ELSE 0 END, e.queue_no"

// rollOf reads people of a cohort with names, reach and the number of their seats; clause narrows and orders them.
func (t *tx) rollOf(ctx context.Context, clinic, cohort scheduler.ID, key *clinicKey, clause string,
	args ...any) ([]reads.Enrollment, error) {
	rows, err := t.Query(ctx, `
		SELECT `+enrollmentColumns+`, p.name, p.data_key,
		  (SELECT count(*) FROM seats s WHERE s.enrollment = e.id AND s.state NOT IN ('cancelled', 'released'))
		FROM enrollments e JOIN people p ON p.id = e.person WHERE e.clinic = ?
AND e.cohort = ? `+clause, append([]any{clinic, cohort}, args...)...)
	if err != nil {
		return nil, err
	}
	all, err := sqldb.Collect(rows, func(rows *sql.Rows) (e reads.Enrollment, err error) {
		var name, own []byte
		if err := rows.Scan(append(intoEnrollment(&e.Enrollment), &name, &own, &e.Seats)...); err != nil {
			return e, err
		}
		e.Name, err = opened(key.person(clinic, e.Person, own), place(clinic, "people", "name", e.Person), name)
		return e, err
	})
	if err != nil {
		return nil, err
	}
	reach, err := t.reach(ctx, clinic, unique(all, func(e reads.Enrollment) scheduler.ID { return e.Person }))
	for i, e := range all {
		all[i].Unreachable = !(&scheduler.Person{Reach: reach[e.Person]}).Reachable()
	}
	return all, err
}

// enter gives each enrollment the wall time of its entry.
func enter(enrollments []reads.Enrollment, sessions []reads.Session) {
	walls := make(map[scheduler.ID]civil.WallTime, len(sessions))
	for _, s := range sessions {
		walls[s.ID] = s.Wall
	}
	for i, e := range enrollments {
		enrollments[i].EntryWall = walls[e.Entry]
	}
}

// rank numbers the waitlist: who lost a seat to a leave, then by priority, then who
// asked first.
func rank(enrollments []reads.Enrollment) {
	var waiting []*reads.Enrollment
	for i := range enrollments {
		if enrollments[i].State == scheduler.Waiting {
			waiting = append(waiting, &enrollments[i])
		}
	}
	slices.SortFunc(waiting, func(a, b *reads.Enrollment) int {
		return yes(b.Before(&a.Enrollment)) - yes(a.Before(&b.Enrollment))
	})
	for i, e := range waiting {
		e.WaitlistPosition = i + 1
	}
}

// OpenCohorts lists the open cohorts of all clinics, for their upkeep.
func (db *DB) OpenCohorts(ctx context.Context, a access.Actor) ([]CohortRef, error) {
	return db.cohortRefs(ctx, a, (*tx).openCohorts)
}

// RestlessCohorts lists the cohorts of all clinics in which an offer stands or a
// leave is over.
func (db *DB) RestlessCohorts(ctx context.Context, a access.Actor) ([]CohortRef, error) {
	return db.cohortRefs(ctx, a,
		func(t *tx, ctx context.Context) ([]CohortRef, error) { return t.restlessCohorts(ctx, db.now()) })
}

// RollingCohorts lists the open rolling cohorts of all clinics, whose
// projection must be kept up.
func (db *DB) RollingCohorts(ctx context.Context, a access.Actor) ([]CohortRef, error) {
	return db.cohortRefs(ctx, a, (*tx).rollingCohorts)
}

func (db *DB) cohortRefs(ctx context.Context, a access.Actor,
	find func(*tx, context.Context) ([]CohortRef, error)) ([]CohortRef, error) {
	if err := access.Check(a, access.ClinicUpkeep); err != nil {
		return nil, err
	}
	var all []CohortRef
	err := db.view(ctx, func(t *tx) (err error) {
		all, err = find(t, ctx)
		return err
	})
	return all, err
}
