package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"almanac/scheduler/crashpoint"
	"almanac/scheduler/fault"
)

//go:embed migrations/sqlite/*.sql migrations/postgres/*.sql
var migrations embed.FS

// steps are what a migration does beside its SQL, in the same transaction, by
// its number.
var steps = map[int]func(context.Context, *tx) error{
	1:  addDefaultClinic,
	18: recognise,
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

// readMigrations gives the migrations of a dialect in order: 1, 2, 3 … without a gap.
func readMigrations(dialect string) ([]migration, error) {
	folder := path.Join("migrations", dialect)
	files, err := fs.ReadDir(migrations, folder) // sorted by name
	if err != nil {
		return nil, fmt.Errorf("listing migrations: %w", err)
	}
	all := make([]migration, 0, len(files))
	for i, file := range files {
		text, err := fs.ReadFile(migrations, path.Join(folder, file.Name()))
		if err != nil {
			return nil, fmt.Errorf("reading a migration: %w", err)
		}
		number, name, _ := strings.Cut(strings.TrimSuffix(file.Name(), ".sql"), "_")
		if version, err := strconv.Atoi(number); err != nil || version != i+1 {
			return nil, fmt.Errorf("migration %s should have the number %d", file.Name(), i+1)
		}
		sum := sha256.Sum256(text)
		all = append(all, migration{i + 1, name, hex.EncodeToString(sum[:]), string(text)})
	}
	return all, nil
}

// Migrate brings the schema up to date and gives how many steps that took. Each
// is one transaction and one process takes them at a time, so it may be called
// by several at once and again after any failure. Conflict when the database
// was made by a newer program, or a step that it has taken has changed since.
func (db *DB) Migrate(ctx context.Context) (applied int, err error) {
	all, err := readMigrations(db.dialect.name)
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

// pending gives the next migration to apply, nil when there is none.
func (t *tx) pending(ctx context.Context, all []migration) (*migration, error) {
	if err := t.script(ctx, t.db.dialect.migrationLock+`;
CREATE TABLE IF NOT EXISTS schema_migrations (version `+t.db.dialect.integer+` NOT NULL PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL, applied_at TEXT NOT NULL)`); err != nil {
		return nil, err
	}
	hashes, err := t.applied(ctx)
	if err != nil {
		return nil, err
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
