package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"almanac/scheduler/fault"
)

// How many connections there are. SQLite has one writer at a time whatever we
// do, and a queue in Go is fairer than its busy handler.
const (
	sqliteReaders   = 4
	postgresPool    = 20
	writersAbreast  = 2 // on PostgreSQL, of one kind of work
	connectionAge   = 30 * time.Minute
	connectionIdle  = 5 * time.Minute
	urlAdvice       = "Write the database as sqlite:PATH or postgres://USER@HOST/NAME."
	statementBudget = "15s" // PostgreSQL ends a statement that takes longer
	lockBudget      = "10s" // and one that waits longer for a lock
)

// connect opens the pools that a URL asks for.
func (db *DB) connect(ctx context.Context, o Options) error {
	scheme, rest, _ := strings.Cut(o.URL, ":")
	switch scheme {
	case "sqlite":
		return db.connectSQLite(ctx, rest, synchronous(o))
	case "postgres", "postgresql":
		return db.connectPostgres(o.URL)
	}
	return fault.In("database-url", "%s", urlAdvice)
}

// synchronous is SQLite's pragma of that name. With FULL, what was committed survives
// a power cut.
func synchronous(o Options) string {
	if o.Throwaway {
		return "synchronous(OFF)"
	}
	return "synchronous(FULL)"
}

// connectSQLite opens the one writer, whose transactions are immediate, and the
// readers.
func (db *DB) connectSQLite(ctx context.Context, path, synchronous string) error {
	if path == "" {
		return fault.In("database-url", "The file of the database is missing. %s", urlAdvice)
	}
	if err := makePrivate(path); err != nil {
		return fault.Wrap(fault.Unavailable, err,
			"The database file cannot be opened. Look at its folder and at who may write there.")
	}
	db.dialect = sqliteDialect()
	db.writing, db.reading = &prepared{}, &prepared{}
	common := url.Values{"_pragma": {"busy_timeout(5000)", "foreign_keys(1)", synchronous, "cache_size(-16000)",
		"temp_store(MEMORY)"}}
	writing := url.Values{"_pragma": append([]string{"journal_mode(WAL)", "secure_delete(1)"}, common["_pragma"]...),
		"_txlock": {"immediate"}}
	// Readers look at the file where it is mapped, which spares a new process the copying of each page. A disk that
	// fails to read then ends the process, where it would fail one query otherwise.
	reading := url.Values{"_pragma": append([]string{"query_only(1)", "mmap_size(268435456)"}, common["_pragma"]...)}
	name := "file:" + (&url.URL{Path: path}).EscapedPath() + "?"
	var err error
	if db.writer, err = sql.Open("sqlite", name+writing.Encode()); err != nil {
		return db.Fault(err)
	}
	db.writer.SetMaxOpenConns(1)
	if db.reader, err = sql.Open("sqlite", name+reading.Encode()); err != nil {
		return errors.Join(db.Fault(err), db.writer.Close())
	}
	db.reader.SetMaxOpenConns(sqliteReaders)
	db.reader.SetMaxIdleConns(sqliteReaders)
	if err := db.writer.PingContext(ctx); err != nil { // turns WAL on before the first reader comes
		return errors.Join(db.Fault(err), db.Close())
	}
	return nil
}

// makePrivate makes the file, so that nobody but its owner can read it; its
// journals take the same mode. An existing file stays as it is.
func makePrivate(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err // it names the path
	}
	return file.Close() // it names the path
}

// connectPostgres makes the pool; nothing is sent before the first query.
func (db *DB) connectPostgres(address string) error {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "%s", urlAdvice).In("database-url")
	}
	config.RuntimeParams["application_name"] = "almanac"
	config.RuntimeParams["default_transaction_isolation"] = "read committed"
	config.RuntimeParams["statement_timeout"] = statementBudget
	config.RuntimeParams["lock_timeout"] = lockBudget
	db.dialect = postgresDialect()
	db.writer = sql.OpenDB(stdlib.GetConnector(*config))
	db.writer.SetMaxOpenConns(postgresPool)
	db.writer.SetMaxIdleConns(postgresPool)
	db.writer.SetConnMaxLifetime(connectionAge)
	db.writer.SetConnMaxIdleTime(connectionIdle)
	db.reader = db.writer
	return nil
}
