package store

import (
	"context"
	"slices"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/store/sqldb"
)

// An enrollment's row: first what never changes, then what enrollmentValues gives. A new field stands in
// enrollmentFields, intoEnrollment and enrollmentValues. What is remembered in rows of their own is in row_history.go.
const (
	enrollmentFields = `e.priority, e.state, e.earliest, e.entry, e.ended_at, e.continues, e.in_phase, e.moved_on,
e.way, e.front, e.paused_days`
	enrollmentColumns = "e.id, e.person, e.queue_no, e.requested_at, " + enrollmentFields
)

// intoEnrollment gives where enrollmentColumns go.
func intoEnrollment(e *scheduler.Enrollment) []any {
	return []any{
		&e.ID, &e.Person, &e.QueueNo, sqldb.When(&e.RequestedAt), &e.Priority, &e.State, sqldb.Text(&e.Earliest),
		&e.Entry, sqldb.When(&e.EndedAt), &e.Continues, &e.InPhase, &e.MovedOn, &e.EntryMode, &e.Front, &e.PausedDays,
	}
}

// enrollmentValues are what enrollmentFields hold.
func enrollmentValues(e *scheduler.Enrollment) []any {
	return []any{
		e.Priority, e.State, e.Earliest.String(), e.Entry, sqldb.Stamp(e.EndedAt), e.Continues, yes(e.InPhase),
		yes(e.MovedOn), e.EntryMode, yes(e.Front), e.PausedDays,
	}
}

func sameEnrollment(a, b *scheduler.Enrollment) bool {
	return a.History.Equal(&b.History) && slices.Equal(enrollmentValues(a), enrollmentValues(b))
}

// saveEnrollments writes enrollments. What is remembered of them in rows of their
// own is another step.
func (s *saving) saveEnrollments(ctx context.Context, c *rosterChange) error {
	seated := map[scheduler.ID]bool{}
	for _, seat := range c.now.Seats {
		seated[seat.Enrollment] = true
	}
	for _, e := range c.changed() {
		err := s.Exec(ctx, "UPDATE enrollments SET "+setting(strings.ReplaceAll(enrollmentFields, "e.", ""))+`,
has_seats = CASE WHEN has_seats = 1 THEN 1 ELSE ? END WHERE clinic = ? AND id = ?`,
			append(enrollmentValues(e), yes(seated[e.ID]), s.clinic, e.ID)...)
		if err != nil {
			return err
		}
	}
	rows := make([][]any, len(c.newcomers))
	for i, e := range c.newcomers {
		rows[i] = append([]any{s.clinic, c.now.Cohort.ID, yes(seated[e.ID]), e.ID, e.Person, e.QueueNo,
			sqldb.Stamp(e.RequestedAt)}, enrollmentValues(e)...)
	}
	return s.Insert(ctx, "INSERT INTO enrollments (clinic, cohort, has_seats, "+
		strings.ReplaceAll(enrollmentColumns, "e.", "")+")", rows, "")
}

// changed lists the enrollments whose row changes: those of which something else
// is true, and those that get their first seat here though nothing else changed.
func (c *rosterChange) changed() []*scheduler.Enrollment {
	all := slices.Clone(c.enrollments)
	if len(c.newSeats) == 0 {
		return all
	}
	owners := make(map[scheduler.ID]*scheduler.Enrollment, len(c.now.Enrollments))
	for _, e := range c.now.Enrollments {
		owners[e.ID] = e
	}
	for _, seat := range c.newSeats {
		if e := owners[seat.Enrollment]; e != nil && !slices.Contains(all, e) && !slices.Contains(c.newcomers, e) {
			all = append(all, e)
		}
	}
	return all
}
