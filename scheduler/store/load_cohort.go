package store

import (
	"context"
	"database/sql"
	"fmt"

	"almanac/scheduler"
	"almanac/scheduler/store/sqldb"
)

// rare tells which rows a cohort has that most cohorts have not. They are read
// only where there are some.
type rare struct {
	guests   bool // somebody sits, or sat, in another cohort's session
	pairs    bool // people of the clinic are kept apart
	openings bool // somebody new could begin when the cohort was last saved

	seated []scheduler.ID // living enrollments that own seats, or ever did
}

// readRoster reads a cohort with its living enrollments, but without sessions and
// seats. NotFound when there is no such cohort at the clinic.
func (t *tx) readRoster(ctx context.Context, clinic, cohort scheduler.ID) (*scheduler.Roster, rare, error) {
	r, has := &scheduler.Roster{}, rare{}
	var err error
	r.Cohort, err = scanCohort(t.Row(ctx, "SELECT "+cohortColumns+`,
  EXISTS (SELECT 1 FROM seats WHERE host <> '' AND host = ?) OR EXISTS (SELECT 1 FROM seats WHERE home <> ''
AND home = ?),
  EXISTS (SELECT 1 FROM keep_apart WHERE clinic = ?), EXISTS (SELECT 1 FROM openings WHERE cohort = ?)
FROM cohorts WHERE clinic = ?
AND id = ?`, cohort, cohort, clinic, cohort, clinic, cohort).Scan, &has.guests, &has.pairs, &has.openings)
	if sqldb.IsNoRows(err) {
		return nil, has, notFound("There is no such cohort. Choose one from the list.")
	}
	if err != nil {
		return nil, has, fmt.Errorf("reading the cohort: %w", err)
	}
	rows, err := t.Query(ctx, "SELECT "+enrollmentColumns+`, e.has_seats FROM enrollments e
WHERE e.clinic = ? AND e.cohort = ? AND e.state NOT IN ('completed', 'withdrawn') ORDER BY e.queue_no`, clinic, cohort)
	if err != nil {
		return nil, has, err
	}
	living, err := sqldb.Collect(rows, func(rows *sql.Rows) (e scheduler.Enrollment, err error) {
		var seated bool
		if err = rows.Scan(append(intoEnrollment(&e), &seated)...); seated {
			has.seated = append(has.seated, e.ID)
		}
		return e, err
	})
	if err != nil {
		return nil, has, err
	}
	r.Enrollments = pointers(living)
	which := "SELECT id FROM enrollments WHERE clinic = ? AND cohort = ? AND state NOT IN ('completed', 'withdrawn')"
	if err := t.readHistories(ctx, clinic, r.Enrollments, which, []any{clinic, cohort}); err != nil {
		return nil, has, err
	}
	r.Definition, err = t.definition(ctx, r.Cohort.Hash)
	return r, has, err
}

// pointers gives the addresses of values.
func pointers[T any](values []T) []*T {
	all := make([]*T, len(values))
	for i := range values {
		all[i] = &values[i]
	}
	return all
}
