package store

import (
	"context"
	"embed"
	"fmt"

	"almanac/scheduler/store/sqldb"
)

//go:embed migrations/*.sql
var migrations embed.FS

// steps are what a migration does beside its SQL, in the same transaction, by
// its number.
var steps = map[int]func(context.Context, *tx) error{
	1: addDefaultClinic,
}

// The clinic that exists after the first migration.
const (
	defaultClinic = "default"
	defaultZone   = "Etc/UTC"
)

// Migrate brings the schema up to date and gives how many steps that took. Each
// is one transaction and one process takes them at a time, so it may be called
// by several at once and again after any failure. Conflict when the database
// was made by a newer program or before the first release, or a step that it
// has taken has changed since.
func (db *DB) Migrate(ctx context.Context) (applied int, err error) {
	all, err := db.sql.ReadMigrations(migrations)
	if err != nil {
		return 0, err
	}
	return db.migrate(ctx, all)
}

func (db *DB) migrate(ctx context.Context, all []sqldb.Migration) (applied int, err error) {
	return db.sql.Migrate(ctx, all, func(ctx context.Context, t *sqldb.Tx, version int) error {
		if step := steps[version]; step != nil {
			return step(ctx, &tx{t, db})
		}
		return nil
	})
}

// addDefaultClinic notes the secret key, and makes the clinic that a command means when it names none.
func addDefaultClinic(ctx context.Context, t *tx) error {
	id := randomID()
	if err := t.addSecret(ctx, t.db.root.CheckValue(), secretUsed); err != nil {
		return err
	}
	wrapped, _, err := t.db.root.NewClinicKey(string(id))
	if err != nil {
		return fmt.Errorf("making the key of the first clinic: %w", err)
	}
	err = t.Exec(ctx, "INSERT INTO clinics (id, name, zone, data_key, created_at) VALUES (?, ?, ?, ?, ?)",
		id, defaultClinic, defaultZone, wrapped, sqldb.Stamp(t.db.now()))
	return err
}

// SchemaVersion gives the number of the last migration that the database has
// taken; 0 when it has taken none.
func (db *DB) SchemaVersion(ctx context.Context) (int, error) { return db.sql.SchemaVersion(ctx) }
