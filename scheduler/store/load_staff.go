package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"almanac/scheduler"
	"almanac/scheduler/store/sqldb"
)

// checkStaff refuses staff of another clinic, unknown or disabled.
func (t *tx) checkStaff(ctx context.Context, clinic scheduler.ID, staff []scheduler.ID) error {
	for _, id := range staff {
		var found scheduler.ID
		err := t.Row(ctx, "SELECT id FROM staff WHERE clinic = ? AND id = ? AND disabled_at = ''", clinic,
			id).Scan(&found)
		if sqldb.IsNoRows(err) {
			return notFound("There is no such facilitator. Choose one from the list of staff.")
		}
		if err != nil {
			return fmt.Errorf("looking for a facilitator: %w", err)
		}
	}
	return nil
}

// facilitators gives what the rules know of facilitators.
func (t *tx) facilitators(ctx context.Context, clinic scheduler.ID,
	staff []scheduler.ID) (map[scheduler.ID]*scheduler.Facilitator, error) {
	all := make(map[scheduler.ID]*scheduler.Facilitator, len(staff))
	for _, id := range staff {
		all[id] = &scheduler.Facilitator{ID: id}
	}
	for part := range slices.Chunk(staff, mostListed) {
		in, args := sqldb.List(part)
		rows, err := t.Query(ctx,
			"SELECT staff, name, expires FROM credentials WHERE "+ofClinic+" AND staff IN ("+in+
				") ORDER BY staff, name",
			append([]any{clinic}, args...)...)
		if err != nil {
			return nil, err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (c scheduler.Credential, err error) {
			var id scheduler.ID
			if err := rows.Scan(&id, &c.Name, sqldb.Text(&c.Expires)); err != nil {
				return c, err
			}
			all[id].Credentials = append(all[id].Credentials, c)
			return c, nil
		})
		if err != nil {
			return nil, fmt.Errorf("loading credentials: %w", err)
		}
	}
	return all, nil
}
