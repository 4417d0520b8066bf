package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

// Options is what a database is opened with. All but Throwaway are needed.
type Options struct {
	// URL is "sqlite:PATH" (a file that is made when it is missing, readable by its owner alone) or "postgres://…" as
	// libpq writes it.
	URL string
	Now func() time.Time // the instant that stands beside an applied migration
	Log *slog.Logger
	// Throwaway lets SQLite leave to the system when it writes to the disk: a power cut may break the file.
	Throwaway bool
}

// DB is an open database. It may be used from any number of goroutines.
type DB struct {
	dialect dialect
	writer  *sql.DB // SQLite: one connection, immediate transactions
	reader  *sql.DB // SQLite: four, which cannot write; PostgreSQL: the writer

	writing, reading *prepared // statements of the two pools; nil: the driver keeps them

	now     func() time.Time
	log     *slog.Logger
	rebound sync.Map // query → the same with the dialect's placeholders
}

// Open opens a database and makes sure that it answers; it does not migrate.
// Invalid (field "database-url") when the URL is none of the two kinds;
// Unavailable when nothing answers there.
func Open(ctx context.Context, o Options) (*DB, error) {
	db := &DB{now: o.Now, log: o.Log}
	if err := db.connect(ctx, o); err != nil {
		return nil, err
	}
	if _, err := db.Clock(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Row asks for one row outside a transaction.
func (db *DB) Row(ctx context.Context, query string, args ...any) *sql.Row {
	db.reading.prepare(ctx, db.reader)
	if kept := db.reading.statement(query); kept != nil {
		return kept.QueryRowContext(ctx, args...)
	}
	return db.reader.QueryRowContext(ctx, db.rebind(query), args...)
}

// Pool is the pool that writes. Tests make trouble on its connections.
func (db *DB) Pool() *sql.DB { return db.writer }

// Asked lists the texts of what an open SQLite database was asked while writing.
func (db *DB) Asked() []string {
	db.writing.mu.Lock()
	defer db.writing.mu.Unlock()
	return slices.Compact(slices.Sorted(slices.Values(slices.AppendSeq(slices.Collect(maps.Keys(db.writing.kept)),
		maps.Keys(db.writing.asked)))))
}

// Close waits for what is running and closes all connections.
func (db *DB) Close() error {
	db.writing.close()
	db.reading.close()
	err := db.writer.Close()
	if db.reader != db.writer {
		err = errors.Join(err, db.reader.Close())
	}
	if err != nil {
		return fmt.Errorf("closing the database: %w", err)
	}
	return nil
}

// Abreast is how many transactions may well write beside each other: one on
// SQLite, which would let the others wait.
func (db *DB) Abreast() int {
	if db.dialect.skipLocked == "" {
		return 1
	}
	return writersAbreast
}

// Clock gives the database's own time as a UTC instant, so that a node can
// compare its clock with the one that all nodes share.
func (db *DB) Clock(ctx context.Context) (time.Time, error) {
	var text string
	if err := db.reader.QueryRowContext(ctx, db.dialect.clock).Scan(&text); err != nil {
		return time.Time{}, db.Fault(fmt.Errorf("asking the database for its time: %w", err))
	}
	return Instant(text)
}
