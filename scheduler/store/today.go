package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// dueShown is how many lines of each kind Today lists.
const dueShown = 5

// Today gives what is due at a clinic, as far as the caller may see it.
func (db *DB) Today(ctx context.Context, a access.Actor, clinic scheduler.ID) (reads.Today, error) {
	if err := access.CheckIn(a, access.CohortView, string(clinic)); err != nil {
		return reads.Today{}, err
	}
	var today reads.Today
	err := db.view(ctx, func(t *tx) error {
		today = reads.Today{}
		now := db.now()
		reach, err := t.reachFor(ctx, a, clinic)
		if err != nil {
			return err
		}
		if err := t.todayCohorts(ctx, clinic, reach, &today); err != nil {
			return err
		}
		if today.Next, err = t.nextSession(ctx, a, clinic, reach, now); err != nil {
			return err
		}
		if access.Can(a, access.AttendanceTake) {
			if err := t.untaken(ctx, a, clinic, reach, now, &today); err != nil {
				return err
			}
		}
		if access.Can(a, access.Enroll) {
			if err := t.todayIntake(ctx, clinic, now, &today); err != nil {
				return err
			}
		}
		if access.Can(a, access.TaskView) {
			if err := t.todayTasks(ctx, clinic, &today); err != nil {
				return err
			}
		}
		return t.todayWeek(ctx, a, clinic, reach, &today)
	})
	if err != nil {
		return reads.Today{}, fmt.Errorf("reading what is due: %w", err)
	}
	return today, nil
}

// todayCohorts counts the open cohorts within reach, and the people of a clinic for who sees all of it.
func (t *tx) todayCohorts(ctx context.Context, clinic scheduler.ID, reach reachOf, today *reads.Today) error {
	rows, err := t.Query(ctx, "SELECT id FROM cohorts WHERE clinic = ? AND state = 'open'", clinic)
	if err != nil {
		return err
	}
	ids, err := sqldb.Collect(rows, scanID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		today.Cohorts += yes(reach.sees(id))
	}
	if !reach.all {
		return nil
	}
	// Whether there is anybody is all that is asked.
	return t.Row(ctx, "SELECT count(*) FROM (SELECT id FROM people WHERE clinic = ? LIMIT 1) p", clinic).
		Scan(&today.People)
}

// untaken reads the sessions that are over and whose attendance is not taken, as long as it may be noted late.
func (t *tx) untaken(ctx context.Context, a access.Actor, clinic scheduler.ID, reach reachOf, now time.Time,
	today *reads.Today) error {
	rows, err := t.Query(ctx, `
		SELECT id, cohort FROM sessions WHERE clinic = ? AND state = 'planned' AND start_at >= ? AND start_at < ?
		  AND end_at <= ? AND seated > 0 ORDER BY start_at DESC, id`,
		clinic, sqldb.Stamp(now.Add(-ledFor)), sqldb.Stamp(now), sqldb.Stamp(now))
	if err != nil {
		return err
	}
	var ids []scheduler.ID
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var id, cohort scheduler.ID
		if err := rows.Scan(&id, &cohort); err != nil {
			return none, err
		}
		if reach.sees(cohort) {
			ids = append(ids, id)
		}
		return none, nil
	})
	if today.UntakenOf = len(ids); err != nil || len(ids) == 0 {
		return err
	}
	in, args := sqldb.List(ids[:min(dueShown, len(ids))])
	rows, err = t.Query(ctx, "SELECT cohort, seated, "+sessionColumns+" FROM sessions WHERE "+ofClinic+
		" AND id IN ("+in+") ORDER BY start_at DESC, id", append([]any{clinic}, args...)...)
	if err != nil {
		return err
	}
	latest, err := sqldb.Collect(rows, scanDaySession)
	if err != nil {
		return err
	}
	today.Untaken, err = t.describeDays(ctx, a, clinic, reach, latest)
	return err
}

// todayIntake reads which offers end soon, how many wait and since when, and how many seats are free.
func (t *tx) todayIntake(ctx context.Context, clinic scheduler.ID, now time.Time, today *reads.Today) error {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return err
	}
	offered, err := t.comers(ctx, clinic, key, " AND e.state = 'offered'")
	if err != nil {
		return err
	}
	slices.SortFunc(offered, func(x, y comer) int { return x.Ends.Compare(y.Ends) })
	today.OffersOf = len(offered)
	for _, c := range offered[:min(dueShown, len(offered))] {
		today.Offers = append(today.Offers, reads.TodayOffer{Enrollment: c.Enrollment, Person: c.Person,
			Name: c.Name, CohortName: c.CohortName, Zone: c.Zone, Ends: c.Ends})
	}
	err = t.Row(ctx, `
		SELECT count(*), coalesce(min(e.requested_at), '')
		FROM cohorts c JOIN enrollments e ON e.cohort = c.id
		WHERE c.clinic = ? AND c.state = 'open' AND e.state = 'waiting'`, clinic).
		Scan(&today.Waiting, sqldb.When(&today.WaitSince))
	if err != nil {
		return err
	}
	openings, err := t.nextOpenings(ctx, clinic, reads.OpeningsQuery{OfEach: 1, Limit: mostOpenings}, now)
	for _, o := range openings {
		today.Seats.Cohorts++
		if o.Seats > scheduler.MaxCapacity/2 {
			today.Seats.Unlimited = true
			continue
		}
		today.Seats.Free += o.Seats
	}
	return err
}

// todayWeek counts what the reports say of the last seven days.
func (t *tx) todayWeek(ctx context.Context, a access.Actor, clinic scheduler.ID, reach reachOf,
	today *reads.Today) error {
	c, err := t.counting(ctx, clinic)
	if err != nil {
		return err
	}
	if !reach.all {
		c.cohorts = slices.Concat([]scheduler.ID{}, reach.own)
	}
	c.span.To = civil.WallOf(c.now, c.zone).Date
	c.span.From = c.span.To.AddDays(-6)
	c.past = []scheduler.ReportPeriod{{From: c.span.From, To: c.span.To}}
	if access.Can(a, access.AttendanceView) {
		rows, err := c.attendances(ctx)
		if err != nil {
			return err
		}
		today.NoShows = scheduler.ReportAttendance.Value(rows[0].Values, "no_shows")
	}
	if access.Can(a, access.TaskView) {
		rows, err := c.deliveries(ctx)
		if err != nil {
			return err
		}
		today.Late = scheduler.ReportMessages.Value(rows[0].Values, "late") +
			scheduler.ReportMessages.Value(rows[0].Values, "missed")
	}
	return nil
}

// mostOpenings is more than the open cohorts of a clinic.
const mostOpenings = 20000

// todayTasks counts the open tasks, and names the sessions with too few people.
func (t *tx) todayTasks(ctx context.Context, clinic scheduler.ID, today *reads.Today) (err error) {
	if today.Tasks, err = t.countTasks(ctx, clinic); err != nil {
		return err
	}
	err = t.Row(ctx, `SELECT count(*) FROM tasks WHERE clinic = ? AND done_at = '' AND kind IN (?, ?)`, clinic,
		scheduler.CallTask, scheduler.LetterTask).Scan(&today.Calls)
	if err != nil {
		return err
	}
	rows, err := t.Query(ctx, `
		SELECT c.id, c.name, c.zone, coalesce(s.id, ''), coalesce(s.start_at, ''), coalesce(s.local_start, '')
		FROM tasks k JOIN cohorts c ON c.id = k.cohort LEFT JOIN sessions s ON s.id = k.session
		WHERE k.clinic = ? AND k.done_at = '' AND k.kind = ? AND k.about = ? ORDER BY k.due_at, k.id LIMIT ?`,
		clinic, scheduler.LookTask, scheduler.AboutSmall, dueShown)
	if err != nil {
		return err
	}
	today.Small, err = sqldb.Collect(rows, func(rows *sql.Rows) (s reads.TodaySmall, err error) {
		return s, rows.Scan(&s.Cohort, &s.CohortName, &s.Session.Zone, &s.Session.ID,
			sqldb.When(&s.Session.Start), sqldb.Text(&s.Session.Wall))
	})
	return err
}
