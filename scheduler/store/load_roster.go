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
	"almanac/scheduler/store/sqldb"
)

const (
	cohortColumns = `id, clinic, name, protocol, definition, rolling, zone, zone_data, start_date, local_time,
weekdays, closed, holidays,
capacity, place, lead, state, queue_counter, session_counter, opened_at,
series, phase, phase_no, rotation, ends_after, accept_shift, staffing`
	sessionColumns = `id, counter, number, kind, main, phase, position, title, local_start, start_at, end_at, minutes,
place, state,
moved_from, leader, seat_limit, content_lost, appointment_for, window_opens, window_closes, seats`
	enrollmentColumns = `e.id, e.person, e.queue_no, e.priority, e.state, e.requested_at, e.earliest, e.entry,
e.ended_at,
e.continues, e.in_phase, e.moved_on, e.way, e.front, e.paused_days`
	seatColumns = `s.id, s.enrollment, s.session, s.person, s.state, s.uid, s.sequence, s.created_at, s.changed_at,
s.told_expected, s.told_start, s.told_end, s.told_place, s.told_sequence, s.invited, s.host <> '', s.minutes,
s.notice_hours, s.missed_segments`
)

// ownSeats gives the seats of enrollments in sessions of their own cohort.
func (t *tx) ownSeats(ctx context.Context, clinic scheduler.ID,
	enrollments []scheduler.ID) (seats []scheduler.Seat, err error) {
	for part := range slices.Chunk(enrollments, mostListed) {
		in, args := sqldb.List(part)
		rows, err := t.Query(ctx,
			"SELECT "+seatColumns+" FROM seats s WHERE s."+ofClinic+" AND s.enrollment IN ("+in+") AND s.host = ''",
			append([]any{clinic}, args...)...)
		if err != nil {
			return nil, err
		}
		more, err := sqldb.Collect(rows, scanSeat)
		if err != nil {
			return nil, err
		}
		seats = append(seats, more...)
	}
	return seats, nil
}

// guestSeats gives the seats in a cohort's sessions of other cohorts' enrollments.
func (t *tx) guestSeats(ctx context.Context, clinic, cohort scheduler.ID) ([]scheduler.Seat, error) {
	rows, err := t.Query(ctx, "SELECT "+seatColumns+" FROM seats s WHERE s.clinic = ? AND s.host <> '' AND s.host = ?",
		clinic, cohort)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, scanSeat)
}

func pointers[T any](values []T) []*T {
	all := make([]*T, len(values))
	for i := range values {
		all[i] = &values[i]
	}
	return all
}

// scanCohort reads cohortColumns, and what comes behind them.
func scanCohort(scan func(...any) error, behind ...any) (c scheduler.Cohort, err error) {
	var weekdays, closed, rotation, staffing string
	err = scan(append([]any{&c.ID, &c.Clinic, &c.Name, &c.Protocol, &c.Hash, &c.Rolling, &c.Zone, &c.ZoneData,
		sqldb.Text(&c.Start), sqldb.Text(&c.At), &weekdays, &closed,
		&c.Holidays, &c.Capacity, &c.Place, &c.Lead, &c.State, &c.QueueCounter, &c.SessionCounter,
		sqldb.When(&c.OpenedAt),
		&c.Series, &c.Phase, &c.PhaseNo, &rotation, sqldb.Text(&c.EndsAfter), &c.AcceptShift, &staffing}, behind...)...)
	if err != nil {
		return c, err
	}
	if c.Weekdays, err = readWeekdays(weekdays); err != nil {
		return c, err
	}
	c.Rotation, c.Staffing = readRotation(rotation), readStaffing(staffing)
	c.Closed, err = readClosed(closed)
	return c, err
}

// scanSession reads sessionColumns.
func scanSession(r *sql.Rows) (s scheduler.Session, err error) { return s, r.Scan(intoSession(&s)...) }

func intoSession(s *scheduler.Session) []any {
	return []any{
		&s.ID, &s.Counter, &s.Number, &s.Kind, &s.Main, &s.Phase, &s.Position, &s.Title, sqldb.Text(&s.Wall),
		sqldb.When(&s.Start), sqldb.When(&s.End),
		&s.Minutes, &s.Place, &s.State, sqldb.Text(&s.MovedFrom), &s.Leader, &s.SeatLimit, &s.ContentLost, &s.For,
		sqldb.Text(&s.Opens), sqldb.Text(&s.Closes), &s.Seats,
	}
}

// scanEnrollment reads enrollmentColumns.
func scanEnrollment(r *sql.Rows) (e scheduler.Enrollment, err error) {
	return e, r.Scan(intoEnrollment(&e)...)
}

func intoEnrollment(e *scheduler.Enrollment) []any {
	return []any{
		&e.ID, &e.Person, &e.QueueNo, &e.Priority, &e.State, sqldb.When(&e.RequestedAt), sqldb.Text(&e.Earliest),
		&e.Entry, sqldb.When(&e.EndedAt),
		&e.Continues, &e.InPhase, &e.MovedOn, &e.EntryMode, &e.Front, &e.PausedDays,
	}
}

// scanSeat reads seatColumns.
func scanSeat(r *sql.Rows) (s scheduler.Seat, err error) { return s, r.Scan(intoSeat(&s)...) }

func intoSeat(s *scheduler.Seat) []any {
	return []any{
		&s.ID, &s.Enrollment, &s.Session, &s.Person, &s.State, &s.UID, &s.Sequence, sqldb.When(&s.CreatedAt),
		sqldb.When(&s.ChangedAt),
		&s.Told.Expected, sqldb.When(&s.Told.Start), sqldb.When(&s.Told.End), &s.Told.Place, &s.Told.Sequence,
		&s.Told.Invited,
		&s.Elsewhere, &s.Minutes, &s.NoticeHours, &s.Missed,
	}
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

func writeClosed(ranges []civil.DateRange) string {
	words := make([]string, len(ranges))
	for i, r := range ranges {
		words[i] = r.String()
	}
	return strings.Join(words, ",")
}

func readClosed(text string) ([]civil.DateRange, error) {
	var ranges []civil.DateRange
	for word := range strings.SplitSeq(text, ",") {
		if word == "" {
			continue
		}
		r, err := civil.ParseDateRange(word)
		if err != nil {
			return nil, fmt.Errorf("reading a closed range: %w", err)
		}
		ranges = append(ranges, r)
	}
	return ranges, nil
}

func writeRotation(staff []scheduler.ID) string {
	words := make([]string, len(staff))
	for i, id := range staff {
		words[i] = string(id)
	}
	return strings.Join(words, ",")
}

func readRotation(text string) []scheduler.ID {
	var staff []scheduler.ID
	for word := range strings.SplitSeq(text, ",") {
		if word != "" {
			staff = append(staff, scheduler.ID(word))
		}
	}
	return staff
}

func writeStaffing(posts []scheduler.Post) string {
	words := make([]string, len(posts))
	for i, p := range posts {
		words[i] = p.Role + "=" + string(p.Staff)
	}
	return strings.Join(words, ",")
}

func readStaffing(text string) []scheduler.Post {
	var posts []scheduler.Post
	for word := range strings.SplitSeq(text, ",") {
		if role, staff, ok := strings.Cut(word, "="); ok {
			posts = append(posts, scheduler.Post{Role: role, Staff: scheduler.ID(staff)})
		}
	}
	return posts
}
