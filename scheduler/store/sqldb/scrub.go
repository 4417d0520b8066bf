package sqldb

import (
	"context"
	"fmt"
)

// Scrub makes what was deleted from tables or replaced in them leave the files of the database. SQLite overwrites it
// (secure_delete) and empties its write-ahead log here; PostgreSQL frees its room for new rows. It runs outside of
// transactions, and may be called again after an error.
func (db *DB) Scrub(ctx context.Context, tables ...string) error {
	if db.dialect.scrub != "" {
		var busy, log, done int
		if err := db.writer.QueryRowContext(ctx, db.dialect.scrub).Scan(&busy, &log, &done); err != nil {
			return db.Fault(err)
		}
		if busy != 0 {
			return fmt.Errorf("emptying the write-ahead log: a reader kept %d of %d pages", log-done, log)
		}
		return nil
	}
	for _, table := range tables {
		if _, err := db.writer.ExecContext(ctx, "VACUUM "+table); err != nil {
			return db.Fault(err)
		}
	}
	return nil
}
