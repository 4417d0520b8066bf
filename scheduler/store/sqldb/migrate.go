package sqldb

import (
	"context"
	"crypto/sha256"
	"database/sql"
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

// Migration is one step of the schema, forward only. Once landed it never changes.
type Migration struct {
	Version int
	Name    string
	Hash    string // SHA-256 of the SQL, in hexadecimal
	SQL     string
}

// ReadMigrations returns the migrations of the database's dialect in order: 1, 2, 3 … without a gap. NNNN_name.sql is
// for both databases. NNNN_name.DIALECT.sql follows it on one of them, for what has no common text.
func (db *DB) ReadMigrations(folder fs.FS) ([]Migration, error) {
	files, err := fs.Glob(folder, "migrations/*.sql") // sorted by name
	if err != nil {
		return nil, fmt.Errorf("listing migrations: %w", err)
	}
	var all []Migration
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
		own, err := fs.ReadFile(folder, path.Join("migrations", title+"."+db.dialect.name+".sql"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("reading a migration: %w", err)
		}
		text := db.dialect.translated(string(common)) + string(own)
		sum := sha256.Sum256([]byte(text))
		all = append(all, Migration{len(all) + 1, name, hex.EncodeToString(sum[:]), text})
	}
	return all, nil
}

// Step is what a migration does beside its SQL, in the same transaction, by the number of the migration.
type Step func(ctx context.Context, t *Tx, version int) error

// Migrate applies the migrations that the database has not taken, each in one transaction, and gives how many those
// were. One process takes them at a time. Conflict when what it has taken is not what is given.
func (db *DB) Migrate(ctx context.Context, all []Migration, step Step) (applied int, err error) {
	for {
		did := false
		err := db.attempt(ctx, db.writer, nil, func(t *Tx) error {
			next, err := t.pending(ctx, all)
			if err != nil || next == nil {
				return err
			}
			did = true
			return t.apply(ctx, *next, step)
		})
		if err != nil {
			return applied, db.Fault(fmt.Errorf("migrating the database: %w", err))
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
func (t *Tx) pending(ctx context.Context, all []Migration) (*Migration, error) {
	if err := t.script(ctx, t.db.dialect.migrationLock+`;
`+t.db.dialect.translated(migrationsTable)); err != nil {
		return nil, err
	}
	hashes, err := t.applied(ctx)
	if err != nil {
		return nil, err
	}
	if first, taken := hashes[1]; taken && first != all[0].Hash {
		return nil, fault.New(fault.Conflict,
			"The database was made by an Almanac from before the first release, and its tables are not those of "+
				"this program. "+
				"There is no way to bring it along: choose an empty data folder or database, and begin there.")
	}
	for version, hash := range hashes {
		switch {
		case version > len(all):
			return nil, fault.New(fault.Conflict,
				"The database was made by a newer Almanac: its schema is version %d and this program knows %d. Run "+
					"the newer program.", version, len(all))
		case hash != all[version-1].Hash:
			return nil, fault.New(fault.Conflict,
				"Migration %d is not the one that the database has taken. Run the program that it came with, or "+
					"restore the file.", version)
		}
	}
	if len(hashes) == len(all) {
		return nil, nil
	}
	return &all[len(hashes)], nil
}

// applied gives the hashes of the migrations that the database has taken.
func (t *Tx) applied(ctx context.Context) (map[int]string, error) {
	rows, err := t.Query(ctx, "SELECT version, hash FROM schema_migrations")
	if err != nil {
		return nil, err
	}
	hashes := map[int]string{}
	_, err = Collect(rows, func(r *sql.Rows) (int, error) {
		var version int
		var hash string
		err := r.Scan(&version, &hash)
		hashes[version] = hash
		return version, err
	})
	return hashes, err
}

func (t *Tx) apply(ctx context.Context, m Migration, step Step) error {
	if err := t.script(ctx, m.SQL); err != nil {
		return fmt.Errorf("migration %d: %w", m.Version, err)
	}
	if err := step(ctx, t, m.Version); err != nil {
		return fmt.Errorf("migration %d: %w", m.Version, err)
	}
	crashpoint.Pass("in-migration")
	return t.Exec(ctx, "INSERT INTO schema_migrations (version, name, hash, applied_at) VALUES (?, ?, ?, ?)",
		m.Version, m.Name, m.Hash, Stamp(t.db.now()))
}

// script runs several statements at once.
func (t *Tx) script(ctx context.Context, statements string) error {
	if err := t.flush(ctx); err != nil {
		return err
	}
	if _, err := t.sql.ExecContext(ctx, statements, t.db.dialect.script...); err != nil {
		return fmt.Errorf("running statements: %w", err)
	}
	return nil
}

// SchemaVersion gives the number of the last migration that the database has
// taken; 0 when it has taken none.
func (db *DB) SchemaVersion(ctx context.Context) (int, error) {
	var version int
	err := db.View(ctx, func(t *Tx) error {
		var tables int
		if err := t.Row(ctx, t.db.dialect.hasTable, "schema_migrations").Scan(&tables); err != nil || tables == 0 {
			return err
		}
		return t.Row(ctx, "SELECT coalesce(max(version), 0) FROM schema_migrations").Scan(&version)
	})
	if err != nil {
		return 0, fmt.Errorf("reading the version of the schema: %w", err)
	}
	return version, nil
}
