package store

import (
	"context"
	"database/sql"
	"io/fs"
	"maps"
	"testing/fstest"

	"almanac/scheduler"
	"almanac/scheduler/desk"
)

// unguarded is a store whose Change loads the book outside the transaction and without a
// lock. The negative controls of the races use it.
type unguarded struct {
	*DB
	loaded func() // called between loading and saving
}

// Unguarded returns a store of the same database without the guard of Change. loaded is
// called between loading and saving.
func Unguarded(db *DB, loaded func()) desk.Store { return unguarded{db, loaded} }

// Change does what DB.Change does, without its lock.
func (u unguarded) Change(ctx context.Context, c desk.Change, load desk.Load, do func(*scheduler.Book) error) error {
	found, err := u.look(ctx, c, load)
	if err != nil {
		return err
	}
	if err := do(found.book); err != nil {
		return err
	}
	u.loaded()
	return u.write(ctx, func(t *tx) error { return t.save(ctx, found, c.Actor) })
}

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
