package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/protocols"
	"almanac/scheduler"
)

const (
	cohortColumns = `id, clinic, name, protocol, definition, rolling, zone, zone_data, start_date, local_time, weekdays, closed, holidays,
capacity, place, lead, state, queue_counter, session_counter, opened_at, rev`
	sessionColumns = `id, counter, number, kind, main, phase, position, title, local_start, start_at, end_at, minutes, place, state,
moved_from, leader, seat_limit`
	enrollmentColumns = `id, person, queue_no, priority, state, requested_at, earliest, entry, ended_at`
	seatColumns       = `s.id, s.enrollment, s.session, s.state, s.uid, s.sequence, s.created_at, s.changed_at,
s.told_expected, s.told_start, s.told_end, s.told_place, s.told_sequence, s.invited`
)

// roster loads one cohort and gives its revision beside it.
func (t *tx) roster(ctx context.Context, clinic, cohort scheduler.ID, named []scheduler.ID, now time.Time) (*scheduler.Roster, int64, error) {
	frame, err := t.frame(ctx, clinic, cohort)
	if err != nil {
		return nil, 0, err
	}
	r := frame.roster()
	if r.Definition, err = t.definition(ctx, r.Cohort.Hash); err != nil {
		return nil, 0, err
	}
	ended, err := t.endedEnrollments(ctx, clinic, cohort, named, now)
	if err != nil {
		return nil, 0, err
	}
	r.Enrollments = append(r.Enrollments, ended...)
	slices.SortFunc(r.Enrollments, func(a, b *scheduler.Enrollment) int { return a.QueueNo - b.QueueNo })
	r.Seats, err = t.seats(ctx, clinic, cohort, ended)
	return r, frame.rev, err
}

// endedEnrollments gives those that are over but matter to a change: the named,
// and those that still occupy a seat in a session that is going on.
func (t *tx) endedEnrollments(ctx context.Context, clinic, cohort scheduler.ID, named []scheduler.ID, now time.Time) ([]*scheduler.Enrollment, error) {
	query := "SELECT " + enrollmentColumns + ` FROM (
  SELECT s.enrollment AS one FROM sessions x JOIN seats s ON s.session = x.id
  WHERE x.cohort = ? AND x.start_at <= ? AND x.end_at > ? AND s.state NOT IN ('cancelled', 'released')`
	args := []any{cohort, stamp(now), stamp(now)}
	if len(named) > 0 {
		query += " UNION SELECT id FROM enrollments WHERE clinic = ? AND id IN (" + marks(len(named)) + ")"
		args = append(append(args, clinic), anys(named)...)
	}
	query += ") AS these JOIN enrollments e ON e.id = these.one WHERE e.clinic = ? AND e.cohort = ? AND e.state IN ('completed', 'withdrawn')"
	args = append(args, clinic, cohort)
	rows, err := t.query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	ended, err := collect(rows, scanEnrollment)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(ended, func(a, b scheduler.Enrollment) int { return a.QueueNo - b.QueueNo })
	return pointers(slices.CompactFunc(ended, func(a, b scheduler.Enrollment) bool { return a.ID == b.ID })), nil
}

// seats gives the seats of the living enrollments and of some ended ones.
func (t *tx) seats(ctx context.Context, clinic, cohort scheduler.ID, ended []*scheduler.Enrollment) ([]*scheduler.Seat, error) {
	rows, err := t.query(ctx, "SELECT "+seatColumns+` FROM enrollments e JOIN seats s ON s.enrollment = e.id
WHERE e.clinic = ? AND e.cohort = ? AND e.has_seats = 1 AND e.state NOT IN ('completed', 'withdrawn')`, clinic, cohort)
	if err != nil {
		return nil, err
	}
	seats, err := collect(rows, scanSeat)
	if err != nil {
		return nil, err
	}
	for _, e := range ended {
		rows, err := t.query(ctx, "SELECT "+seatColumns+" FROM seats s WHERE s.clinic = ? AND s.enrollment = ?", clinic, e.ID)
		if err != nil {
			return nil, err
		}
		more, err := collect(rows, scanSeat)
		if err != nil {
			return nil, err
		}
		seats = append(seats, more...)
	}
	return pointers(seats), nil
}

func pointers[T any](values []T) []*T {
	all := make([]*T, len(values))
	for i := range values {
		all[i] = &values[i]
	}
	return all
}

// scanCohort reads cohortColumns.
func scanCohort(scan func(...any) error) (c scheduler.Cohort, rev int64, err error) {
	var weekdays, closed string
	err = scan(&c.ID, &c.Clinic, &c.Name, &c.Protocol, &c.Hash, &c.Rolling, &c.Zone, &c.ZoneData, text(&c.Start), text(&c.At), &weekdays, &closed,
		&c.Holidays, &c.Capacity, &c.Place, &c.Lead, &c.State, &c.QueueCounter, &c.SessionCounter, when(&c.OpenedAt), &rev)
	if err != nil {
		return c, 0, err
	}
	if c.Weekdays, err = readWeekdays(weekdays); err != nil {
		return c, 0, err
	}
	c.Closed, err = readClosed(closed)
	return c, rev, err
}

// scanSession reads sessionColumns.
func scanSession(r *sql.Rows) (s scheduler.Session, err error) {
	return s, r.Scan(&s.ID, &s.Counter, &s.Number, &s.Kind, &s.Main, &s.Phase, &s.Position, &s.Title, text(&s.Wall), when(&s.Start), when(&s.End),
		&s.Minutes, &s.Place, &s.State, text(&s.MovedFrom), &s.Leader, &s.SeatLimit)
}

// scanEnrollment reads enrollmentColumns.
func scanEnrollment(r *sql.Rows) (e scheduler.Enrollment, err error) {
	return e, r.Scan(&e.ID, &e.Person, &e.QueueNo, &e.Priority, &e.State, when(&e.RequestedAt), text(&e.Earliest), &e.Entry, when(&e.EndedAt))
}

// scanSeat reads seatColumns.
func scanSeat(r *sql.Rows) (s scheduler.Seat, err error) {
	return s, r.Scan(&s.ID, &s.Enrollment, &s.Session, &s.State, &s.UID, &s.Sequence, when(&s.CreatedAt), when(&s.ChangedAt),
		&s.Told.Expected, when(&s.Told.Start), when(&s.Told.End), &s.Told.Place, &s.Told.Sequence, &s.Told.Invited)
}

// weekdayWords are how the database names the days of the week, from Sunday on.
var weekdayWords = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func writeWeekdays(days []time.Weekday) string {
	words := make([]string, len(days))
	for i, day := range days {
		words[i] = weekdayWords[day]
	}
	return strings.Join(words, ",")
}

func readWeekdays(text string) ([]time.Weekday, error) {
	var days []time.Weekday
	for word := range strings.SplitSeq(text, ",") {
		if word == "" {
			continue
		}
		day := slices.Index(weekdayWords[:], word)
		if day < 0 {
			return nil, fmt.Errorf("there is no weekday %q", word)
		}
		days = append(days, time.Weekday(day))
	}
	return days, nil
}

func writeClosed(ranges []protocols.DateRange) string {
	words := make([]string, len(ranges))
	for i, r := range ranges {
		words[i] = r.String()
	}
	return strings.Join(words, ",")
}

func readClosed(text string) ([]protocols.DateRange, error) {
	var ranges []protocols.DateRange
	for word := range strings.SplitSeq(text, ",") {
		if word == "" {
			continue
		}
		r, err := protocols.ParseDateRange(word)
		if err != nil {
			return nil, fmt.Errorf("reading a closed range: %w", err)
		}
		ranges = append(ranges, r)
	}
	return ranges, nil
}
