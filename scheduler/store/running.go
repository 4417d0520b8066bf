package store

import (
	"context"
	"fmt"

	"almanac/scheduler"
	"almanac/scheduler/store/sqldb"
)

// runningCohorts gives the cohorts of a clinic that have not ended.
func (t *tx) runningCohorts(ctx context.Context, clinic scheduler.ID) ([]scheduler.ID, error) {
	rows, err := t.Query(ctx, "SELECT id FROM cohorts WHERE clinic = ? AND state = 'open' ORDER BY id", clinic)
	if err != nil {
		return nil, err
	}
	cohorts, err := sqldb.Collect(rows, scanID)
	if err != nil {
		return nil, fmt.Errorf("looking for the cohorts that run: %w", err)
	}
	return cohorts, nil
}
