package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"almanac/scheduler/crashpoint"
	"almanac/scheduler/fault"
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

// migration is one step of the schema, forward only. Once landed it never changes.
type migration struct {
	version int
	name    string
	hash    string // SHA-256 of the SQL, in hexadecimal
	sql     string
}

// readMigrations returns the migrations of a dialect in order: 1, 2, 3 … without a gap. NNNN_name.sql is for
// both databases. NNNN_name.DIALECT.sql follows it on one of them, for what has no common text.
func readMigrations(folder fs.FS, d *dialect) ([]migration, error) {
	files, err := fs.Glob(folder, "migrations/*.sql") // sorted by name
	if err != nil {
		return nil, fmt.Errorf("listing migrations: %w", err)
	}
	var all []migration
	for _, file := range files {
		title := strings.TrimSuffix(path.Base(file), ".sql")
		if strings.Contains(title, ".") {
			continue // read with the one that it follows
		}
		number, name, _ := strings.Cut(title, "_")
		if version, err := strconv.Atoi(number); err != nil || version != len(all)+1 {
			return nil, fmt.Errorf("migration %s should have the number %d", title, len(all)+1)
		}
		common, err := fs.ReadFile(folder, file)
		if err != nil {
			return nil, fmt.Errorf("reading a migration: %w", err)
		}
		own, err := fs.ReadFile(folder, path.Join("migrations", title+"."+d.name+".sql"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("reading a migration: %w", err)
		}
		text := d.translated(string(common)) + string(own)
		sum := sha256.Sum256([]byte(text))
		all = append(all, migration{len(all) + 1, name, hex.EncodeToString(sum[:]), text})
	}
	return all, nil
}

// Migrate brings the schema up to date and gives how many steps that took. Each
// is one transaction and one process takes them at a time, so it may be called
// by several at once and again after any failure. Conflict when the database
// was made by a newer program or before the first release, or a step that it
// has taken has changed since.
func (db *DB) Migrate(ctx context.Context) (applied int, err error) {
	all, err := readMigrations(migrations, &db.dialect)
	if err != nil {
		return 0, err
	}
	return db.migrate(ctx, all)
}

func (db *DB) migrate(ctx context.Context, all []migration) (applied int, err error) {
	for {
		did := false
		err := db.attempt(ctx, db.writer, nil, func(t *tx) error {
			next, err := t.pending(ctx, all)
			if err != nil || next == nil {
				return err
			}
			did = true
			return t.apply(ctx, *next)
		})
		if err != nil {
			return applied, db.translate(fmt.Errorf("migrating the database: %w", err))
		}
		if !did {
			return applied, nil
		}
		applied++
	}
}

// migrationsTable notes which migrations the database has taken.
const migrationsTable = `CREATE TABLE IF NOT EXISTS schema_migrations (
  version    INTEGER NOT NULL PRIMARY KEY,
  name       TEXT NOT NULL,
  hash       TEXT NOT NULL,
  applied_at TEXT NOT NULL
)`

// pending gives the next migration to apply, nil when there is none.
func (t *tx) pending(ctx context.Context, all []migration) (*migration, error) {
	if err := t.script(ctx, t.db.dialect.migrationLock+`;
`+t.db.dialect.translated(migrationsTable)); err != nil {
		return nil, err
	}
	hashes, err := t.applied(ctx)
	if err != nil {
		return nil, err
	}
	if first, taken := hashes[1]; taken && first != all[0].hash {
		return nil, fault.New(fault.Conflict, "The database was made by an Almanac from before the first release, and its tables are not those of this program. "+
			"There is no way to bring it along: choose an empty data folder or database, and begin there.")
	}
	for version, hash := range hashes {
		switch {
		case version > len(all):
			return nil, fault.New(fault.Conflict, "The database was made by a newer Almanac: its schema is version %d and this program knows %d. Run the newer program.", version, len(all))
		case hash != all[version-1].hash:
			return nil, fault.New(fault.Conflict, "Migration %d is not the one that the database has taken. Run the program that it came with, or restore the file.", version)
		}
	}
	if len(hashes) == len(all) {
		return nil, nil
	}
	return &all[len(hashes)], nil
}

// applied gives the hashes of the migrations that the database has taken.
func (t *tx) applied(ctx context.Context) (map[int]string, error) {
	rows, err := t.query(ctx, "SELECT version, hash FROM schema_migrations")
	if err != nil {
		return nil, err
	}
	hashes := map[int]string{}
	_, err = collect(rows, func(r *sql.Rows) (int, error) {
		var version int
		var hash string
		err := r.Scan(&version, &hash)
		hashes[version] = hash
		return version, err
	})
	return hashes, err
}

func (t *tx) apply(ctx context.Context, m migration) error {
	if err := t.script(ctx, m.sql); err != nil {
		return fmt.Errorf("migration %d: %w", m.version, err)
	}
	if step := steps[m.version]; step != nil {
		if err := step(ctx, t); err != nil {
			return fmt.Errorf("migration %d: %w", m.version, err)
		}
	}
	crashpoint.Pass("in-migration")
	return t.exec(ctx, "INSERT INTO schema_migrations (version, name, hash, applied_at) VALUES (?, ?, ?, ?)",
		m.version, m.name, m.hash, stamp(t.db.now()))
}

// script runs several statements at once.
func (t *tx) script(ctx context.Context, statements string) error {
	if err := t.flush(ctx); err != nil {
		return err
	}
	if _, err := t.sql.ExecContext(ctx, statements, t.db.dialect.script...); err != nil {
		return fmt.Errorf("running statements: %w", err)
	}
	return nil
}

// addDefaultClinic makes the clinic that a command means when it names none.
func addDefaultClinic(ctx context.Context, t *tx) error {
	id := randomID()
	wrapped, _, err := t.db.root.NewClinicKey(string(id))
	if err != nil {
		return fmt.Errorf("making the key of the first clinic: %w", err)
	}
	err = t.exec(ctx, "INSERT INTO clinics (id, name, zone, data_key, created_at) VALUES (?, ?, ?, ?, ?)",
		id, defaultClinic, defaultZone, wrapped, stamp(t.db.now()))
	return err
}

// SchemaVersion gives the number of the last migration that the database has
// taken; 0 when it has taken none.
func (db *DB) SchemaVersion(ctx context.Context) (int, error) {
	var version int
	err := db.view(ctx, func(t *tx) error {
		var tables int
		if err := t.row(ctx, t.db.dialect.hasTable, "schema_migrations").Scan(&tables); err != nil || tables == 0 {
			return err
		}
		return t.row(ctx, "SELECT coalesce(max(version), 0) FROM schema_migrations").Scan(&version)
	})
	if err != nil {
		return 0, fmt.Errorf("reading the version of the schema: %w", err)
	}
	return version, nil
}
