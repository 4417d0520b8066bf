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

// aheadDays is how far ahead windows are listed before they open, and mostAssessments how many rows a page has.
const (
	aheadDays       = 28
	mostAssessments = 200
)

// Assessments lists windows of assessments by the clinic's date. A blinded reader gets them without enrollment and
// cohort. Facilitators get those of their own cohorts.
func (db *DB) Assessments(ctx context.Context, a access.Actor, clinic scheduler.ID,
	q reads.AssessmentQuery) (page reads.AssessmentPage, err error) {
	if err := access.CheckIn(a, access.AssessmentView, string(clinic)); err != nil {
		return page, err
	}
	err = db.view(ctx, func(t *tx) error {
		c, err := t.clinic(ctx, clinic, "")
		if err != nil {
			return err
		}
		loc, err := db.zones.Location(c.Zone)
		if err != nil {
			return err
		}
		page.Today = civil.WallOf(db.now(), loc).Date
		reach, err := t.reachFor(ctx, a, clinic)
		if err != nil {
			return err
		}
		page.Rows, err = t.assessments(ctx, clinic, q, page.Today, reach)
		return err
	})
	if err != nil {
		return page, fmt.Errorf("listing assessments: %w", err)
	}
	if q.Limit == 0 {
		q.Limit = mostAssessments
	}
	if len(page.Rows) > q.Limit {
		page.Rows = page.Rows[:q.Limit]
		last := page.Rows[q.Limit-1]
		due, err := time.Parse(time.DateOnly, dueOf(last.Assessment).String())
		if err != nil {
			return page, fmt.Errorf("listing assessments: %w", err)
		}
		page.Next = reads.Cursor{At: due, ID: last.ID}
	}
	seen := make([]scheduler.ID, len(page.Rows))
	for i := range page.Rows {
		row := &page.Rows[i]
		seen[i], row.State = row.Person, row.StateOn(page.Today)
		if a.Blinded() {
			row.Enrollment, row.Cohort, row.CohortName, row.By = "", "", "", ""
		}
	}
	reads.ViewingOf(ctx).Saw(reads.FieldCare, seen...)
	return page, nil
}

// AssessmentTarget returns the enrollment and the window that the id of a row means. NotFound when there is no such
// row within reach.
func (db *DB) AssessmentTarget(ctx context.Context, a access.Actor, clinic,
	id scheduler.ID) (enrollment scheduler.ID, window string, err error) {
	if err := access.CheckIn(a, access.AssessmentNote, string(clinic)); err != nil {
		return "", "", err
	}
	err = db.view(ctx, func(t *tx) error {
		reach, err := t.reachFor(ctx, a, clinic)
		if err != nil {
			return err
		}
		rows, err := t.assessments(ctx, clinic, reads.AssessmentQuery{ID: id, Limit: 1}, civil.Date{}, reach)
		if err == nil && len(rows) == 0 {
			err = notFound("There is no such assessment. Choose one from the list.")
		}
		if err == nil {
			enrollment, window = rows[0].Enrollment, rows[0].Window
		}
		return err
	})
	return enrollment, window, err
}

// assessments reads one row more than a page has.
func (t *tx) assessments(ctx context.Context, clinic scheduler.ID, q reads.AssessmentQuery, today civil.Date,
	reach reachOf) ([]reads.AssessmentRow, error) {
	where, args := "", []any{clinic}
	and := func(clause string, more ...any) { where, args = where+" AND "+clause, append(args, more...) }
	order, later := "m.due, m.id", "(m.due > ? OR m.due = ? AND m.id > ?)"
	switch q.Show {
	case reads.AssessmentsToDo:
		and("m.outcome = '' AND m.opens <= ?", today.String())
	case reads.AssessmentsAhead:
		and("m.outcome = '' AND m.opens > ? AND m.opens <= ?", today.String(), today.AddDays(aheadDays).String())
	case reads.AssessmentsNoted, reads.AssessmentsDeviations:
		and("m.outcome <> ''")
		order, later = "m.due DESC, m.id DESC", "(m.due < ? OR m.due = ? AND m.id < ?)"
	}
	if q.Show == reads.AssessmentsDeviations {
		and("m.outcome = 'done' AND (m.done_on < m.opens OR m.closes <> '' AND m.done_on > m.closes)")
	}
	if q.Enrollment != "" {
		and("m.enrollment = ?", q.Enrollment)
	}
	if q.Cohort != "" {
		and("e.cohort = ?", q.Cohort)
	}
	if q.ID != "" {
		and("m.id = ?", q.ID)
	}
	if !reach.all {
		in, own := sqldb.List(append(slices.Clone(reach.own), ""))
		and("e.cohort IN ("+in+")", own...)
	}
	if q.After.ID != "" {
		due := q.After.At.UTC().Format(time.DateOnly)
		and(later, due, due, q.After.ID)
	}
	limit := q.Limit
	if limit == 0 {
		limit = mostAssessments
	}
	rows, err := t.Query(ctx, `
		SELECT m.id, m.enrollment, e.person, m.what, m.title, m.opens, m.target, m.closes, m.outcome, m.done_on, m.mode,
		  m.by_actor, m.at, e.cohort, c.name
		FROM assessments m JOIN enrollments e ON e.id = m.enrollment JOIN cohorts c ON c.id = e.cohort
		WHERE m.clinic = ?`+where+" ORDER BY "+order+" LIMIT ?", append(args, limit+1)...)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (r reads.AssessmentRow, err error) {
		return r, rows.Scan(&r.ID, &r.Enrollment, &r.Person, &r.Window, &r.Title, sqldb.Text(&r.Opens),
			sqldb.Text(&r.Target), sqldb.Text(&r.Closes), &r.Outcome, sqldb.Text(&r.Date), &r.Mode, &r.By,
			sqldb.When(&r.At), &r.Cohort, &r.CohortName)
	})
}

// dueOf is the date by which lists are ordered.
func dueOf(a scheduler.Assessment) civil.Date {
	if a.Closes.IsZero() {
		return a.Opens
	}
	return a.Closes
}

// saveAssessments writes the windows of the changed cohorts as they are now. Those of an enrollment that ended before
// stay as they were, because a book may lack what they count from.
func (s *saving) saveAssessments(ctx context.Context, l *loaded) error {
	for _, c := range s.changes {
		if !c.any() || c.now.Definition == nil || len(c.now.Definition.Assessments) == 0 {
			continue
		}
		var these []scheduler.ID
		for _, e := range c.now.Enrollments {
			if e.State.Live() || slices.Contains(c.enrollments, e) || slices.Contains(c.newcomers, e) {
				these = append(these, e.ID)
			}
		}
		for part := range slices.Chunk(these, mostListed) {
			if err := s.writeAssessments(ctx, l.book, part); err != nil {
				return fmt.Errorf("writing the assessments of cohort %s: %w", c.now.Cohort.ID, err)
			}
		}
	}
	return nil
}

// assessmentKey identifies a window within a clinic.
type assessmentKey struct {
	enrollment scheduler.ID
	window     string
}

func (s *saving) writeAssessments(ctx context.Context, b *scheduler.Book, enrollments []scheduler.ID) error {
	in, args := sqldb.List(enrollments)
	rows, err := s.Query(ctx, `
		SELECT id, enrollment, what, title, opens, target, closes, outcome, done_on, mode, at
		FROM assessments WHERE `+ofClinic+" AND enrollment IN ("+in+")", append([]any{s.clinic}, args...)...)
	if err != nil {
		return err
	}
	written := map[assessmentKey]scheduler.Assessment{}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (m scheduler.Assessment, err error) {
		err = rows.Scan(&m.ID, &m.Enrollment, &m.Window, &m.Title, sqldb.Text(&m.Opens), sqldb.Text(&m.Target),
			sqldb.Text(&m.Closes), &m.Outcome, sqldb.Text(&m.Date), &m.Mode, sqldb.When(&m.At))
		written[assessmentKey{m.Enrollment, m.Window}] = m
		return m, err
	})
	if err != nil {
		return err
	}
	var fresh [][]any
	for _, enrollment := range enrollments {
		for _, m := range b.Assessments(enrollment) {
			key := assessmentKey{m.Enrollment, m.Window}
			was, stands := written[key]
			if delete(written, key); stands && sameAssessment(was, m) {
				continue
			}
			fresh = append(fresh, []any{m.ID, s.clinic, m.Enrollment, m.Window, m.Title, m.Opens.String(),
				m.Target.String(), m.Closes.String(), dueOf(m).String(), m.Outcome, m.Date.String(), m.Mode, m.By,
				sqldb.Stamp(m.At)})
		}
	}
	if err := b.Err(); err != nil {
		return err
	}
	var gone []scheduler.ID
	for _, m := range written {
		gone = append(gone, m.ID)
	}
	slices.Sort(gone)
	for part := range slices.Chunk(gone, mostListed) {
		in, args := sqldb.List(part)
		if err := s.Exec(ctx, "DELETE FROM assessments WHERE "+ofClinic+" AND id IN ("+in+")",
			append([]any{s.clinic}, args...)...); err != nil {
			return err
		}
	}
	return s.Insert(ctx, "INSERT INTO assessments (id, clinic, enrollment, what, title, opens, target, closes, due, "+
		"outcome, done_on, mode, by_actor, at)", fresh, ` ON CONFLICT (enrollment, what) DO UPDATE SET
title = excluded.title, opens = excluded.opens, target = excluded.target, closes = excluded.closes, due = excluded.due,
outcome = excluded.outcome, done_on = excluded.done_on, mode = excluded.mode, by_actor = excluded.by_actor,
at = excluded.at`)
}

// sameAssessment tells whether two windows of one enrollment say the same. Who noted it changes with when.
func sameAssessment(x, y scheduler.Assessment) bool {
	return x.Title == y.Title && x.Opens == y.Opens && x.Target == y.Target && x.Closes == y.Closes &&
		x.Outcome == y.Outcome && x.Date == y.Date && x.Mode == y.Mode && x.At.Equal(y.At)
}

// ExportAssessments gives every window that an actor may see, the first to close first, and notes that in the audit.
func (db *DB) ExportAssessments(ctx context.Context, a access.Actor, clinic scheduler.ID,
	each func(reads.AssessmentRow) error) error {
	if err := access.CheckIn(a, access.AssessmentNote, string(clinic)); err != nil {
		return err
	}
	err := db.write(ctx, func(t *tx) error {
		if _, err := t.share(ctx, clinic); err != nil {
			return err
		}
		return t.audit(ctx, clinic, a, db.now(),
			scheduler.AuditEntry{Action: "assessments.export", Subjects: []scheduler.ID{clinic}})
	})
	if err != nil {
		return err
	}
	for q := (reads.AssessmentQuery{}); ; {
		page, err := db.Assessments(ctx, a, clinic, q)
		if err != nil {
			return err
		}
		for _, row := range page.Rows {
			if err := each(row); err != nil {
				return err
			}
		}
		if q.After = page.Next; q.After.ID == "" {
			return nil
		}
	}
}
