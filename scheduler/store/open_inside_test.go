package store

import (
	"context"
	"database/sql"
	"time"
)

// Unguard takes the guard of Change away: books are loaded before and outside
// the transaction, without a lock. loaded is called between loading and saving.
func Unguard(db *DB, loaded func()) { db.hooks = hooks{unguarded: true, loaded: loaded} }

// Recent sets how far back loads of recent sessions go.
func Recent(db *DB, back time.Duration) { db.hooks.recent = back }

// Writer gives the pool that writes, to make trouble on its connections.
func Writer(db *DB) *sql.DB { return db.writer }

// MigrateTo brings the schema as far as one version, as an older program would.
func MigrateTo(ctx context.Context, db *DB, version int) (applied int, err error) {
	all, err := readMigrations(db.dialect.name)
	if err != nil {
		return 0, err
	}
	return db.migrate(ctx, all[:version])
}

// MigrationHashes gives the name and the hash of each migration of a dialect.
func MigrationHashes(dialect string) (names, hashes []string, err error) {
	all, err := readMigrations(dialect)
	for _, m := range all {
		names, hashes = append(names, m.name), append(hashes, m.hash)
	}
	return names, hashes, err
}

// Recognise takes the step in Go of migration 18 once more.
func Recognise(ctx context.Context, db *DB) error {
	return db.write(ctx, func(t *tx) error { return recognise(ctx, t) })
}
