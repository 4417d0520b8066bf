package store

import (
	"context"
	"database/sql"
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

// reportActions are what callers must be allowed to do to see a report.
var reportActions = map[scheduler.ReportName]access.Action{
	scheduler.ReportSeats:      access.CohortView,
	scheduler.ReportWaiting:    access.CohortView,
	scheduler.ReportAttendance: access.AttendanceView,
	scheduler.ReportMessages:   access.TaskView,
	scheduler.ReportStays:      access.AttendanceView,
}

// ReportsFor lists the reports that an actor may see.
func (db *DB) ReportsFor(a access.Actor) []scheduler.ReportName {
	return slices.DeleteFunc(scheduler.ReportNames(), func(n scheduler.ReportName) bool {
		return !access.Can(a, access.CohortView) || !access.Can(a, reportActions[n])
	})
}

// Report gives the numbers of a report, as far as the caller may see them: a facilitator those of their own cohorts.
// Invalid, with the field, when the span is wrong or there is no such cohort or protocol. With an error in the query it
// still gives the cohorts to choose.
func (db *DB) Report(ctx context.Context, a access.Actor, clinic scheduler.ID,
	q reads.ReportQuery) (reads.Report, error) {
	action, known := reportActions[q.Name]
	if !known {
		return reads.Report{}, notFound("There is no such report. Choose one on the page Reports.")
	}
	for _, needed := range []access.Action{access.CohortView, action} {
		if err := access.CheckIn(a, needed, string(clinic)); err != nil {
			return reads.Report{}, err
		}
	}
	var report reads.Report
	err := db.view(ctx, func(t *tx) (err error) {
		report, err = t.report(ctx, a, clinic, q)
		return err
	})
	if err != nil && !fault.Is(err, fault.Invalid) {
		return reads.Report{}, fmt.Errorf("counting for the report %s: %w", q.Name, err)
	}
	return report, err
}

// ExportReport gives the numbers of a report for a file, and writes to the audit who asked. It fails as Report does.
func (db *DB) ExportReport(ctx context.Context, a access.Actor, clinic scheduler.ID,
	q reads.ReportQuery) (reads.Report, error) {
	report, err := db.Report(ctx, a, clinic, q)
	if err != nil {
		return report, err
	}
	subject := clinic
	if q.Cohort != "" {
		subject = q.Cohort
	}
	return report, db.write(ctx, func(t *tx) error {
		if _, err := t.share(ctx, clinic); err != nil {
			return err
		}
		return t.audit(ctx, clinic, a, db.now(),
			scheduler.AuditEntry{Action: "report.export", Subjects: []scheduler.ID{subject}})
	})
}

// counting is a report in the making.
type counting struct {
	*tx
	clinic  scheduler.ID
	zone    *time.Location
	now     time.Time
	span    scheduler.ReportSpan
	past    []scheduler.ReportPeriod // those that have begun
	cohorts []scheduler.ID           // nil: all of the clinic
}

// counting begins a report of a clinic.
func (t *tx) counting(ctx context.Context, clinic scheduler.ID) (*counting, error) {
	found, err := t.clinic(ctx, clinic, "")
	if err != nil {
		return nil, err
	}
	zone, err := t.db.zones.Location(found.Zone)
	if err != nil {
		return nil, fmt.Errorf("finding the zone of clinic %s: %w", clinic, err)
	}
	return &counting{tx: t, clinic: clinic, zone: zone, now: t.db.now()}, nil
}

func (t *tx) report(ctx context.Context, a access.Actor, clinic scheduler.ID,
	q reads.ReportQuery) (r reads.Report, err error) {
	c, err := t.counting(ctx, clinic)
	if err != nil {
		return r, err
	}
	r.Query = q
	if r.Cohorts, err = t.reportCohorts(ctx, a, clinic); err != nil {
		return r, err
	}
	if c.cohorts, err = chosenCohorts(r.Cohorts, a, q); err != nil {
		return r, err
	}
	today := civil.WallOf(c.now, c.zone).Date
	if c.span, err = q.Resolve(today); err != nil {
		return r, err
	}
	r.Query.ReportSpan, c.past = c.span, c.span.Before(today)
	switch q.Name {
	case scheduler.ReportSeats:
		r.Rows, err = c.seats(ctx)
	case scheduler.ReportWaiting:
		r.Rows, err = c.waits(ctx)
	case scheduler.ReportAttendance:
		r.Rows, err = c.attendances(ctx)
	case scheduler.ReportMessages:
		r.Rows, err = c.deliveries(ctx)
	case scheduler.ReportStays:
		r.Rows, err = c.stays(ctx)
	}
	return r, err
}

// reportCohorts lists the cohorts within reach.
func (t *tx) reportCohorts(ctx context.Context, a access.Actor, clinic scheduler.ID) ([]reads.ReportCohort, error) {
	reach, err := t.reachFor(ctx, a, clinic)
	if err != nil {
		return nil, err
	}
	rows, err := t.Query(ctx, "SELECT id, name, protocol, start_date, state FROM cohorts WHERE clinic = ? "+
		"ORDER BY name, start_date, id", clinic)
	if err != nil {
		return nil, err
	}
	all, err := sqldb.Collect(rows, func(rows *sql.Rows) (c reads.ReportCohort, err error) {
		var state scheduler.CohortState
		err = rows.Scan(&c.ID, &c.Name, &c.Protocol, sqldb.Text(&c.Start), &state)
		c.Protocol, _, _ = strings.Cut(c.Protocol, "@")
		c.Ended = state == scheduler.CohortEnded
		return c, err
	})
	return slices.DeleteFunc(all, func(c reads.ReportCohort) bool { return !reach.sees(c.ID) }), err
}

// chosenCohorts gives the cohorts of a report; nil when it is about all of the clinic.
func chosenCohorts(all []reads.ReportCohort, a access.Actor, q reads.ReportQuery) ([]scheduler.ID, error) {
	if q.Cohort == "" && q.Protocol == "" && !a.OwnOnly() {
		return nil, nil
	}
	chosen := []scheduler.ID{}
	follows, found := q.Protocol == "", q.Cohort == ""
	for _, c := range all {
		follows, found = follows || c.Protocol == q.Protocol, found || c.ID == q.Cohort
		if (q.Cohort == "" || c.ID == q.Cohort) && (q.Protocol == "" || c.Protocol == q.Protocol) {
			chosen = append(chosen, c.ID)
		}
	}
	switch {
	case !follows:
		return nil, fault.In("protocol", "No cohort here follows that protocol. Choose one from the list.")
	case !found:
		return nil, fault.In("cohort", "There is no such cohort. Choose one from the list.")
	}
	return chosen, nil
}

// inCohorts calls do with a clause that narrows a column to the chosen cohorts, in parts that fit into one query.
func (c *counting) inCohorts(column string, do func(clause string, args []any) error) error {
	if c.cohorts == nil {
		return do("", nil)
	}
	for part := range slices.Chunk(c.cohorts, mostListed) {
		in, args := sqldb.List(part)
		if err := do(" AND "+column+" IN ("+in+")", args); err != nil {
			return err
		}
	}
	return nil
}

// withinDays are the bounds of sessions by their local dates, from the first day of a report to a last one. The
// instants only narrow what the index gives.
const withinDays = " AND x.start_at >= ? AND x.start_at < ? AND x.local_start >= ? AND x.local_start < ?"

func (c *counting) bounds(last civil.Date) []any {
	return []any{c.span.From.AddDays(-2).String(), last.AddDays(3).String(), c.span.From.String(),
		last.AddDays(1).String()}
}

// daily runs a query that gives a date and so many numbers in each row.
func (c *counting) daily(ctx context.Context, n int, query string, args ...any) ([]scheduler.ReportDay, error) {
	rows, err := c.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (d scheduler.ReportDay, err error) {
		d.Values = make([]int, n)
		into := []any{sqldb.Text(&d.Date)}
		for i := range d.Values {
			into = append(into, &d.Values[i])
		}
		return d, rows.Scan(into...)
	})
}

// seats counts the seats of the sessions of a report, those to come included. Sessions without a limit count as
// sessions alone.
func (c *counting) seats(ctx context.Context) ([]scheduler.ReportRow, error) {
	const n = 5
	var days []scheduler.ReportDay
	err := c.inCohorts("x.cohort", func(clause string, args []any) error {
		none := scheduler.MaxCapacity
		found, err := c.daily(ctx, n, `
			SELECT substr(x.local_start, 1, 10), count(*),
			  sum(CASE WHEN x.seat_limit < ? THEN x.seat_limit ELSE 0 END),
			  sum(CASE WHEN x.seat_limit < ? THEN x.seated ELSE 0 END),
			  sum(CASE WHEN x.seat_limit < ? THEN x.seat_limit - x.seated ELSE 0 END),
			  sum(CASE WHEN x.seated >= x.seat_limit THEN 1 ELSE 0 END)
			FROM sessions x WHERE x.clinic = ?`+withinDays+`
			  AND x.state <> 'cancelled' AND x.appointment_for = ''`+clause+` GROUP BY 1`,
			slices.Concat([]any{none, none, none, c.clinic}, c.bounds(c.span.To), args)...)
		days = append(days, found...)
		return err
	})
	return scheduler.SumReport(c.span.Periods(), n, days), err
}

// attendances counts who came to the sessions that are over.
func (c *counting) attendances(ctx context.Context) ([]scheduler.ReportRow, error) {
	const n = 7
	var days []scheduler.ReportDay
	err := c.inCohorts("x.cohort", func(clause string, args []any) error {
		found, err := c.daily(ctx, n, `
			SELECT substr(x.local_start, 1, 10), count(DISTINCT x.id),
			  sum(CASE WHEN s.state <> 'planned' THEN 1 ELSE 0 END),
			  sum(CASE WHEN s.state IN ('present', 'late', 'partial') THEN 1 ELSE 0 END),
			  sum(CASE WHEN s.state = 'late' THEN 1 ELSE 0 END), sum(CASE WHEN s.state = 'excused' THEN 1 ELSE 0 END),
			  sum(CASE WHEN s.state = 'missed' THEN 1 ELSE 0 END), sum(CASE WHEN s.state = 'planned' THEN 1 ELSE 0 END)
			FROM sessions x JOIN seats s ON s.session = x.id
			WHERE x.clinic = ?`+withinDays+` AND x.end_at <= ? AND x.state <> 'cancelled'
			  AND s.state NOT IN ('released', 'cancelled')`+clause+` GROUP BY 1`,
			slices.Concat([]any{c.clinic}, c.bounds(c.span.To), []any{sqldb.Stamp(c.now)}, args)...)
		days = append(days, found...)
		return err
	})
	return scheduler.SumReport(c.past, n, days), err
}

// deliveries counts the messages that were due. Messages to staff belong to the cohort of their session.
func (c *counting) deliveries(ctx context.Context) ([]scheduler.ReportRow, error) {
	var all []scheduler.Delivery
	from := civil.Resolve(civil.WallTime{Date: c.span.From}, c.zone).Instant
	until := civil.Resolve(civil.WallTime{Date: c.span.To.AddDays(1)}, c.zone).Instant
	joins := ""
	if c.cohorts != nil {
		joins = " LEFT JOIN enrollments e ON e.id = n.enrollment LEFT JOIN sessions x ON x.id = n.session"
	}
	err := c.inCohorts("coalesce(e.cohort, x.cohort)", func(clause string, args []any) error {
		rows, err := c.Query(ctx, "SELECT n.due_at, n.not_after, "+handedOver+", n.start_at, n.state FROM notices n"+
			joins+" WHERE n.clinic = ? AND n.due_at >= ? AND n.due_at < ? AND n.due_at <= ? AND n.state <> 'dropped'"+
			clause, slices.Concat([]any{c.clinic, sqldb.Stamp(from), sqldb.Stamp(until), sqldb.Stamp(c.now)}, args)...)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (f fated, err error) {
			err = rows.Scan(sqldb.When(&f.due), sqldb.When(&f.notAfter), sqldb.When(&f.done), sqldb.When(&f.start),
				&f.state)
			var day reads.LedgerDay
			sent := count(&day, f, c.now)
			if sent || day.Missed > 0 {
				all = append(all, scheduler.Delivery{Due: civil.WallOf(f.due, c.zone).Date,
					Late: max(0, f.done.Sub(f.due)), Missed: !sent})
			}
			return f, err
		})
		return err
	})
	return scheduler.ReportDeliveries(c.past, all), err
}

// stays counts the enrollments that ended. Not among them are those that go on in another cohort or phase.
func (c *counting) stays(ctx context.Context) ([]scheduler.ReportRow, error) {
	const n = 3
	var days []scheduler.ReportDay
	from := civil.Resolve(civil.WallTime{Date: c.span.From}, c.zone).Instant
	until := civil.Resolve(civil.WallTime{Date: c.span.To.AddDays(1)}, c.zone).Instant
	err := c.inCohorts("e.cohort", func(clause string, args []any) error {
		rows, err := c.Query(ctx, `
			SELECT e.ended_at, e.state, e.has_seats
			FROM cohorts k JOIN enrollments e ON e.cohort = k.id
			WHERE k.clinic = ? AND e.ended_at >= ? AND e.ended_at < ? AND e.moved_on = 0 AND NOT EXISTS (
			  SELECT 1 FROM enrollments a WHERE a.person = e.person AND a.clinic = e.clinic AND a.id <> e.id
			    AND (a.continues = e.id AND a.requested_at = e.ended_at
			      OR a.requested_at = e.requested_at AND (a.ended_at = '' OR a.ended_at > e.ended_at)))`+clause,
			slices.Concat([]any{c.clinic, sqldb.Stamp(from), sqldb.Stamp(until)}, args)...)
		if err != nil {
			return err
		}
		found, err := sqldb.Collect(rows, func(rows *sql.Rows) (d scheduler.ReportDay, err error) {
			var at time.Time
			var state scheduler.EnrollmentState
			var seats int
			err = rows.Scan(sqldb.When(&at), &state, &seats)
			completed := state == scheduler.Completed
			d.Date = civil.WallOf(at, c.zone).Date
			d.Values = []int{yes(completed), yes(!completed && seats == 1), yes(!completed && seats == 0)}
			return d, err
		})
		days = append(days, found...)
		return err
	})
	return scheduler.SumReport(c.past, n, days), err
}
