package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
)

// A write is tried again when the database asks for it, so often and after such
// a pause at the most, and ends after Patience whatever happens.
const (
	retries  = 3
	pause    = 40 * time.Millisecond
	Patience = time.Minute
)

// Tx is one transaction. Its queries are written with ? and name their columns.
type Tx struct {
	db    *DB
	conn  *sql.Conn
	sql   *sql.Tx
	kept  *prepared  // nil: none
	batch *pgx.Batch // statements to be sent before the next query; nil: none
}

// Write runs do in a transaction that may write and commits when do gives no
// error. do may run again, when two transactions were in each other's way, so it
// keeps nothing of an earlier run. Unavailable when the database is busy, full or gone.
func (db *DB) Write(ctx context.Context, do func(*Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	for attempt := 0; ; attempt++ {
		err := db.attempt(ctx, db.writer, nil, do)
		if err == nil || attempt == retries || db.dialect.trouble(err) != serialization {
			return db.Fault(err)
		}
		db.log.DebugContext(ctx, "transaction tried again", "attempt", attempt+1)
		if err := rest(ctx, attempt); err != nil {
			return db.Fault(err)
		}
	}
}

// View runs do in a transaction that only reads and sees one moment.
func (db *DB) View(ctx context.Context, do func(*Tx) error) error {
	return db.Fault(db.attempt(ctx, db.reader, db.dialect.viewing, do))
}

// Snapshot is a View of everything there is: it may take as long as it needs.
func (db *DB) Snapshot(ctx context.Context, do func(*Tx) error) error {
	return db.Fault(db.attempt(ctx, db.reader, db.dialect.viewing, unhurried(ctx, do)))
}

// WriteOnce is a Write that may take as long as it needs, and whose do runs once.
func (db *DB) WriteOnce(ctx context.Context, do func(*Tx) error) error {
	return db.Fault(db.attempt(ctx, db.writer, nil, unhurried(ctx, do)))
}

func unhurried(ctx context.Context, do func(*Tx) error) func(*Tx) error {
	return func(t *Tx) error {
		if statement := t.db.dialect.unhurried; statement != "" {
			if err := t.script(ctx, statement); err != nil {
				return err
			}
		}
		return do(t)
	}
}

// errBegin is what a transaction fails with that could not begin.
var errBegin = errors.New("beginning")

// attempt runs do once. It tries another connection when the server has closed one
// while it was idle, which shows when a transaction begins on it.
func (db *DB) attempt(ctx context.Context, pool *sql.DB, options *sql.TxOptions, do func(*Tx) error) (err error) {
	for range retries {
		err = db.attemptOn(ctx, pool, options, do)
		if !errors.Is(err, errBegin) || db.dialect.trouble(err) != gone || ctx.Err() != nil {
			break
		}
	}
	return err
}

func (db *DB) attemptOn(ctx context.Context, pool *sql.DB, options *sql.TxOptions, do func(*Tx) error) error {
	kept := db.writing
	if pool != db.writer {
		kept = db.reading
	}
	kept.prepare(ctx, pool)
	t := &Tx{db: db, kept: kept}
	var err error
	if t.conn, err = pool.Conn(ctx); err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	defer func() { _ = t.conn.Close() }() // it goes back to the pool
	if t.sql, err = t.conn.BeginTx(ctx, options); err != nil {
		return fmt.Errorf("%w: %w", errBegin, err)
	}
	defer func() { _ = t.sql.Rollback() }() // after a commit it does nothing
	if err := do(t); err != nil {
		return overdue(ctx, err)
	}
	if err := t.flush(ctx); err != nil {
		return overdue(ctx, err)
	}
	if err := t.sql.Commit(); err != nil {
		return fmt.Errorf("committing: %w", overdue(ctx, err))
	}
	return nil
}

// overdue says why database/sql ended a transaction behind our back: it rolls
// back by itself when the context ends, and then says only that the transaction
// or its connection is no more.
func overdue(ctx context.Context, err error) error {
	if ctx.Err() != nil && (errors.Is(err, sql.ErrTxDone) || errors.Is(err, sql.ErrConnDone)) {
		return errors.Join(context.Cause(ctx), err)
	}
	return err
}

// rest waits a little, longer each time and never as long as somebody else.
func rest(ctx context.Context, attempt int) error {
	timer := time.NewTimer(mathrand.N(pause << attempt))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Count runs a statement and gives the number of rows it touched.
func (t *Tx) Count(ctx context.Context, query string, args ...any) (int64, error) {
	if err := t.flush(ctx); err != nil {
		return 0, err
	}
	var result sql.Result
	var err error
	if statement := t.kept.statement(query); statement != nil {
		result, err = t.sql.StmtContext(ctx, statement).ExecContext(ctx, args...)
	} else {
		result, err = t.sql.ExecContext(ctx, t.db.rebind(query), args...)
	}
	if err != nil {
		return 0, fmt.Errorf("running a statement: %w", err)
	}
	return result.RowsAffected() // neither driver fails here
}

// Query runs a query; see [Collect]. No second query of the same text may run
// before its rows are closed.
func (t *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := t.flush(ctx); err != nil {
		return nil, err
	}
	var rows *sql.Rows
	var err error
	if statement := t.kept.statement(query); statement != nil {
		rows, err = t.sql.StmtContext(ctx, statement).QueryContext(ctx, args...)
	} else {
		rows, err = t.sql.QueryContext(ctx, t.db.rebind(query), args...)
	}
	if err != nil {
		return nil, fmt.Errorf("running a query: %w", err)
	}
	return rows, nil
}

// Row runs a query for one row; its Scan gives sql.ErrNoRows when there is none.
func (t *Tx) Row(ctx context.Context, query string, args ...any) OneRow {
	if err := t.flush(ctx); err != nil {
		return OneRow{err: err}
	}
	if statement := t.kept.statement(query); statement != nil {
		return OneRow{row: t.sql.StmtContext(ctx, statement).QueryRowContext(ctx, args...)}
	}
	return OneRow{row: t.sql.QueryRowContext(ctx, t.db.rebind(query), args...)}
}

// OneRow is the row that a query gave, or why it could not be asked.
type OneRow struct {
	row *sql.Row
	err error
}

// Scan reads the row's columns.
func (r OneRow) Scan(into ...any) error {
	if r.err != nil {
		return r.err
	}
	return r.row.Scan(into...) // callers ask for sql.ErrNoRows and say what they did
}

// Collect scans every row and closes the rows.
func Collect[T any](rows *sql.Rows, scan func(*sql.Rows) (T, error)) ([]T, error) {
	defer func() { _ = rows.Close() }() // Err below has what matters
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("reading a row: %w", err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading rows: %w", err)
	}
	return all, nil
}

// ForUpdate ends a SELECT that locks what it reads against every other lock.
func (t *Tx) ForUpdate() string { return t.db.dialect.forUpdate }

// ForShare ends a SELECT that keeps what it reads from being changed.
func (t *Tx) ForShare() string { return t.db.dialect.forShare }

// SkipLocked ends a SELECT that locks what nobody else has locked.
func (t *Tx) SkipLocked() string { return t.db.dialect.skipLocked }
