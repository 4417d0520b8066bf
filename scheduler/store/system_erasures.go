package store

import (
	"context"
	"database/sql"
	"fmt"

	"almanac/scheduler"
	"almanac/scheduler/store/sqldb"
)

// erasures lists who was erased at all clinics, for the list that is kept outside the database.
func (db *DB) erasures(ctx context.Context, clause string) (all []scheduler.Erasure, err error) {
	err = db.view(ctx, func(t *tx) error {
		rows, err := t.Query(ctx, "SELECT clinic, id, erased_at FROM people WHERE erased_at <> ''"+clause+
			" ORDER BY erased_at, id")
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows, func(rows *sql.Rows) (e scheduler.Erasure, err error) {
			e.People = make([]scheduler.ID, 1)
			return e, rows.Scan(&e.Clinic, &e.People[0], sqldb.When(&e.At))
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing erasures: %w", err)
	}
	return all, nil
}
