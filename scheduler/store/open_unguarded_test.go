package store

import "database/sql"

// Unguard takes the guard of Change away: books are loaded before and outside
// the transaction, without a lock. loaded is called between loading and saving.
func Unguard(db *DB, loaded func()) { db.hooks = hooks{unguarded: true, loaded: loaded} }

// Writer gives the pool that writes, to make trouble on its connections.
func Writer(db *DB) *sql.DB { return db.writer }
