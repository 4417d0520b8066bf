package sqldb

import (
	"database/sql"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// dialect is all that differs between the two databases.
type dialect struct {
	name     string // also the end of the names of migrations that are for it alone
	numbered bool   // placeholders are $1, $2 …, not ?
	batches  bool   // statements are sent in batches; see Tx.Exec

	// Row locks, to stand at the end of a SELECT. On SQLite they are empty: an
	// immediate transaction is alone.
	forUpdate, forShare, skipLocked string

	viewing *sql.TxOptions // of a transaction that only reads

	clock         string            // gives the database's time as an instant
	hasTable      string            // counts the tables of a name
	words         *strings.Replacer // of SQLite in a migration; nil: they stay
	migrationLock string            // lets one process migrate at a time
	unhurried     string            // lets the statements of a transaction take their time; empty: they may
	scrub         string            // empties the log of writes; empty: tables are vacuumed
	script        []any             // arguments that let several statements run at once

	trouble func(error) trouble
}

func sqliteDialect() dialect {
	return dialect{
		name:     "sqlite",
		clock:    "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
		hasTable: "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?",
		scrub:    "PRAGMA wal_checkpoint(TRUNCATE)",
		trouble:  sqliteTrouble,
	}
}

const postgresUnhurried = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0"

// postgresDialect locks rows FOR NO KEY UPDATE: no key ever changes, and so rows
// that refer to a locked one can still be written. Views are REPEATABLE READ,
// so that all of their queries see one moment; writes stay on READ COMMITTED,
// so that what they read after a lock is what its holder before committed.
func postgresDialect() dialect {
	return dialect{
		name: "postgres", numbered: true, batches: true,
		forUpdate: " FOR NO KEY UPDATE", forShare: " FOR SHARE", skipLocked: " FOR NO KEY UPDATE SKIP LOCKED",
		viewing:  &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		clock:    `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
		hasTable: "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = ?",
		words: strings.NewReplacer(" TEXT", ` TEXT COLLATE "C"`, " INTEGER NOT NULL", " BIGINT NOT NULL",
			" BLOB", " BYTEA",
			") STRICT, WITHOUT ROWID;", ");", ") STRICT;", ");"),
		migrationLock: postgresUnhurried + "; SELECT pg_advisory_xact_lock(7310575178)",
		unhurried:     postgresUnhurried,
		script:        []any{pgx.QueryExecModeSimpleProtocol},
		trouble:       postgresTrouble,
	}
}

// translated writes a migration in the words of the dialect. Migrations are written in SQLite's.
func (d *dialect) translated(text string) string {
	if d.words == nil {
		return text
	}
	return d.words.Replace(text)
}

// rebind writes a query with the dialect's placeholders. No query has a
// question mark in it that is not one.
func (db *DB) rebind(query string) string {
	if !db.dialect.numbered {
		return query
	}
	if known, ok := db.rebound.Load(query); ok {
		return known.(string)
	}
	var b strings.Builder
	b.Grow(len(query) + 32)
	rest, n := query, 0
	for {
		before, after, found := strings.Cut(rest, "?")
		b.WriteString(before)
		if !found {
			break
		}
		n++
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
		rest = after
	}
	numbered := b.String()
	db.rebound.Store(query, numbered)
	return numbered
}

// Marks gives n placeholders for an IN list: "?, ?, ?". None for none, so a
// caller leaves the query out when its list is empty.
func Marks(n int) string {
	return strings.TrimSuffix(strings.Repeat("?, ", n), ", ")
}
