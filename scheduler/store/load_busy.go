package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"almanac/scheduler"
)

// commitment is a Commitment with the cohort it comes from.
type commitment struct {
	scheduler.Commitment
	cohort scheduler.ID
}

// commitments gives what else the people and facilitators of a book do, from now
// on: seats of other cohorts and sessions they lead there.
func (t *tx) commitments(ctx context.Context, clinic scheduler.ID, cohorts, people, staff []scheduler.ID, now time.Time) ([]scheduler.Commitment, error) {
	var all []commitment
	add := func(query string, args ...any) error {
		rows, err := t.query(ctx, query, args...)
		if err != nil {
			return err
		}
		more, err := collect(rows, scanCommitment)
		all = append(all, more...)
		return err
	}
	const taken = `s.state NOT IN ('cancelled', 'released') AND x.state <> 'cancelled' AND x.end_at > ?`
	for _, cohort := range cohorts { // the seats that those who own one here own elsewhere
		err := add(`SELECT s.person, x.id, x.start_at, x.end_at, x.cohort
FROM enrollments e JOIN enrollments o ON o.person = e.person AND o.cohort <> e.cohort AND o.has_seats = 1
JOIN seats s ON s.enrollment = o.id JOIN sessions x ON x.id = s.session
WHERE e.clinic = ? AND e.cohort = ? AND e.has_seats = 1 AND e.state NOT IN ('completed', 'withdrawn') AND `+taken, clinic, cohort, stamp(now))
		if err != nil {
			return nil, fmt.Errorf("loading commitments: %w", err)
		}
	}
	if len(people) > 0 {
		err := add(`SELECT s.person, x.id, x.start_at, x.end_at, x.cohort FROM seats s JOIN sessions x ON x.id = s.session
WHERE s.clinic = ? AND s.person IN (`+marks(len(people))+`) AND `+taken, slices.Concat([]any{clinic}, anys(people), []any{stamp(now)})...)
		if err != nil {
			return nil, fmt.Errorf("loading commitments: %w", err)
		}
	}
	if len(staff) > 0 {
		err := add(`SELECT x.leader, x.id, x.start_at, x.end_at, x.cohort FROM sessions x
WHERE x.clinic = ? AND x.leader IN (`+marks(len(staff))+`) AND x.leader <> '' AND x.state <> 'cancelled' AND x.end_at > ?`,
			slices.Concat([]any{clinic}, anys(staff), []any{stamp(now)})...)
		if err != nil {
			return nil, fmt.Errorf("loading commitments: %w", err)
		}
	}
	return outside(all, cohorts), nil
}

// outside keeps the commitments that are not in the book's own cohorts, each once.
func outside(all []commitment, cohorts []scheduler.ID) []scheduler.Commitment {
	type key struct{ who, session scheduler.ID }
	seen := map[key]bool{}
	var kept []scheduler.Commitment
	for _, c := range all {
		k := key{c.Who, c.Session}
		if !seen[k] && !slices.Contains(cohorts, c.cohort) {
			seen[k] = true
			kept = append(kept, c.Commitment)
		}
	}
	return kept
}

func scanCommitment(r *sql.Rows) (c commitment, err error) {
	return c, r.Scan(&c.Who, &c.Session, when(&c.Start), when(&c.End), &c.cohort)
}
