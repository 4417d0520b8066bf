package store

import (
	"context"
	"database/sql"
	"io/fs"
	"maps"
	"testing/fstest"
	"time"
)

// Unguard takes the guard of Change away: books are loaded before and outside
// the transaction, without a lock. loaded is called between loading and saving.
func Unguard(db *DB, loaded func()) { db.hooks = hooks{unguarded: true, loaded: loaded} }

// Recent sets how far back loads of recent sessions go.
func Recent(db *DB, back time.Duration) { db.hooks.recent = back }

// Writer gives the pool that writes, to make trouble on its connections.
func Writer(db *DB) *sql.DB { return db.sql.Pool() }

// MigrateWith brings the schema up to date as a later program would, which has further migrations.
func MigrateWith(ctx context.Context, db *DB, further fstest.MapFS) (applied int, err error) {
	files := maps.Clone(further)
	own, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return 0, err
	}
	for _, file := range own {
		text, err := fs.ReadFile(migrations, file)
		if err != nil {
			return 0, err
		}
		files[file] = &fstest.MapFile{Data: text}
	}
	all, err := db.sql.ReadMigrations(files)
	if err != nil {
		return 0, err
	}
	return db.migrate(ctx, all)
}

// MigrationHashes gives the name and the hash of each migration of a database's dialect.
func MigrationHashes(db *DB) (names, hashes []string, err error) {
	all, err := db.sql.ReadMigrations(migrations)
	for _, m := range all {
		names, hashes = append(names, m.Name), append(hashes, m.Hash)
	}
	return names, hashes, err
}

// Asked gives the texts of what an open SQLite database was asked while writing.
func (db *DB) Asked() []string { return db.sql.Asked() }
