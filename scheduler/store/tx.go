package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	mathrand "math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/seal"
)

// A write is tried again when the database asks for it, so often and after such
// a pause at the most, and ends after patience whatever happens.
const (
	retries  = 3
	pause    = 40 * time.Millisecond
	patience = time.Minute
)

// tx is one transaction. Its queries are written with ? and name their columns.
type tx struct {
	db    *DB
	conn  *sql.Conn
	sql   *sql.Tx
	kept  *prepared  // nil: none
	batch *pgx.Batch // statements to be sent before the next query; nil: none
}

// write runs do in a transaction that may write and commits when do gives no
// error. do may run again, when two transactions were in each other's way, so it
// keeps nothing of an earlier run. Unavailable when the database is busy, full or gone.
func (db *DB) write(ctx context.Context, do func(*tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for attempt := 0; ; attempt++ {
		err := db.attempt(ctx, db.writer, nil, do)
		db.feedKeys.empty() // also after an error: a commit may have come through
		if err == nil || attempt == retries || db.dialect.trouble(err) != serialization {
			return db.translate(err)
		}
		db.log.DebugContext(ctx, "transaction tried again", "attempt", attempt+1)
		if err := rest(ctx, attempt); err != nil {
			return db.translate(err)
		}
	}
}

// view runs do in a transaction that only reads and sees one moment.
func (db *DB) view(ctx context.Context, do func(*tx) error) error {
	return db.translate(db.attempt(ctx, db.reader, db.dialect.viewing, do))
}

// errBegin is what a transaction fails with that could not begin.
var errBegin = errors.New("beginning")

// attempt runs do once. It tries another connection when the server has closed one
// while it was idle, which shows when a transaction begins on it.
func (db *DB) attempt(ctx context.Context, pool *sql.DB, options *sql.TxOptions, do func(*tx) error) (err error) {
	for range retries {
		err = db.attemptOn(ctx, pool, options, do)
		if !errors.Is(err, errBegin) || db.dialect.trouble(err) != gone || ctx.Err() != nil {
			break
		}
	}
	return err
}

func (db *DB) attemptOn(ctx context.Context, pool *sql.DB, options *sql.TxOptions, do func(*tx) error) error {
	kept := db.writing
	if pool != db.writer {
		kept = db.reading
	}
	kept.prepare(ctx, pool)
	t := &tx{db: db, kept: kept}
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

// count runs a statement and gives the number of rows it touched.
func (t *tx) count(ctx context.Context, query string, args ...any) (int64, error) {
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

// query runs a query; see collect. No second query of the same text may run
// before its rows are closed.
func (t *tx) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
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

// row runs a query for one row; its Scan gives sql.ErrNoRows when there is none.
func (t *tx) row(ctx context.Context, query string, args ...any) oneRow {
	if err := t.flush(ctx); err != nil {
		return oneRow{err: err}
	}
	if statement := t.kept.statement(query); statement != nil {
		return oneRow{row: t.sql.StmtContext(ctx, statement).QueryRowContext(ctx, args...)}
	}
	return oneRow{row: t.sql.QueryRowContext(ctx, t.db.rebind(query), args...)}
}

// oneRow is the row that a query gave, or why it could not be asked.
type oneRow struct {
	row *sql.Row
	err error
}

// Scan reads the row's columns.
func (r oneRow) Scan(into ...any) error {
	if r.err != nil {
		return r.err
	}
	return r.row.Scan(into...) // callers ask for sql.ErrNoRows and say what they did
}

// collect scans every row and closes the rows.
func collect[T any](rows *sql.Rows, scan func(*sql.Rows) (T, error)) ([]T, error) {
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

// forUpdate ends a SELECT that locks what it reads against every other lock.
func (t *tx) forUpdate() string { return t.db.dialect.forUpdate }

// forShare ends a SELECT that keeps what it reads from being changed.
func (t *tx) forShare() string { return t.db.dialect.forShare }

// skipLocked ends a SELECT that locks what nobody else has locked.
func (t *tx) skipLocked() string { return t.db.dialect.skipLocked }

// lock takes a clinic's row, so that its changes happen one after another, and
// gives the clinic as the holder before left it. NotFound when there is none.
func (t *tx) lock(ctx context.Context, clinic scheduler.ID) (scheduler.Clinic, error) {
	return t.clinic(ctx, clinic, t.forUpdate())
}

// share keeps a clinic from being changed, together with others who share it:
// taken first, it makes every further lock of rows of the clinic unnecessary.
func (t *tx) share(ctx context.Context, clinic scheduler.ID) (scheduler.Clinic, error) {
	return t.clinic(ctx, clinic, t.forShare())
}

func (t *tx) clinic(ctx context.Context, id scheduler.ID, lock string) (scheduler.Clinic, error) {
	c := scheduler.Clinic{ID: id}
	var closed string
	err := t.row(ctx, "SELECT zone, change_no, closed FROM clinics WHERE id = ?"+lock, id).Scan(&c.Zone, &c.ChangeNo, &closed)
	if errors.Is(err, sql.ErrNoRows) {
		return c, notFound("There is no such clinic. `almanac clinic add` makes one.")
	}
	if err != nil {
		return c, fmt.Errorf("reading clinic %s: %w", id, err)
	}
	c.Closed, err = readClosed(closed)
	return c, err
}

// key gives a clinic's open data key, kept once opened.
func (t *tx) key(ctx context.Context, clinic scheduler.ID) (*seal.Key, error) {
	if known, ok := t.db.keys.Load(clinic); ok {
		return known.(*seal.Key), nil
	}
	var wrapped []byte
	err := t.row(ctx, "SELECT data_key FROM clinics WHERE id = ?", clinic).Scan(&wrapped)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound("There is no such clinic.")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the key of clinic %s: %w", clinic, err)
	}
	key, err := t.db.root.OpenClinicKey(string(clinic), wrapped)
	if err != nil {
		return nil, err // it says all there is
	}
	t.db.keys.Store(clinic, key)
	return key, nil
}

// place is where a sealed column lives.
func place(clinic scheduler.ID, table, column string, row scheduler.ID) seal.Place {
	return seal.Place{Clinic: string(clinic), Table: table, Column: column, Row: string(row)}
}

// sealed seals a text for its place; nil, which the database keeps as NULL, for
// the empty text.
func sealed(key *seal.Key, where seal.Place, plain string) any {
	if plain == "" {
		return nil
	}
	return key.Seal(where, plain)
}

// unreadable stands where a sealed text does not open.
const unreadable = "cannot be read"

// opened opens what sealed made, to be shown. One that does not open reads as
// unreadable, so that one broken row never hides the others.
func opened(key *seal.Key, where seal.Place, kept []byte) (string, error) {
	text, err := openedExactly(key, where, kept)
	if errors.Is(err, seal.ErrSealed) {
		return unreadable, nil
	}
	return text, err
}

// openedForUse opens what is used and not shown, such as an address to write to: one
// that does not open is empty, as if it had never been given.
func openedForUse(key *seal.Key, where seal.Place, kept []byte) (string, error) {
	text, err := openedExactly(key, where, kept)
	if errors.Is(err, seal.ErrSealed) {
		return "", nil
	}
	return text, err
}

func openedExactly(key *seal.Key, where seal.Place, kept []byte) (string, error) {
	if len(kept) == 0 {
		return "", nil
	}
	return key.Open(where, kept) // it names the place
}

// randomID draws an id.
func randomID() scheduler.ID {
	var octets [9]byte
	_, _ = rand.Read(octets[:]) // never fails: it ends the program instead
	return scheduler.RandomID(octets)
}

// randomUID makes an iCalendar UID.
func randomUID() string {
	var octets [16]byte
	_, _ = rand.Read(octets[:])
	return scheduler.RandomUID(octets)
}

// mostInserted is how many rows one statement writes at the most, a power of two.
const mostInserted = 32

// insert writes rows with as few statements as fit. into is the statement up to
// VALUES, behind what follows them; every row has the same number of values.
func (t *tx) insert(ctx context.Context, into string, rows [][]any, behind string) error {
	for part := range chunks(rows) {
		text, args := values(part)
		if err := t.exec(ctx, into+" VALUES "+text+behind, args...); err != nil {
			return err
		}
	}
	return nil
}

// chunks divides rows into parts whose lengths are powers of two, so that rows
// of all lengths make a handful of statements, each prepared once.
func chunks(rows [][]any) iter.Seq[[][]any] {
	return func(yield func([][]any) bool) {
		for size := mostInserted; len(rows) > 0; {
			for size > len(rows) {
				size /= 2
			}
			if !yield(rows[:size]) {
				return
			}
			rows = rows[size:]
		}
	}
}

// values writes rows of equal length as they stand behind VALUES, and gives
// their arguments.
func values(rows [][]any) (text string, args []any) {
	row := "(" + marks(len(rows[0])) + ")"
	args = make([]any, 0, len(rows)*len(rows[0]))
	for _, values := range rows {
		args = append(args, values...)
	}
	return row + strings.Repeat(", "+row, len(rows)-1), args
}

// audit writes down what an actor did, one row for each subject.
func (t *tx) audit(ctx context.Context, clinic scheduler.ID, actor access.Actor, at time.Time, entries ...scheduler.AuditEntry) error {
	var rows [][]any
	for _, entry := range entries {
		for _, subject := range entry.Subjects {
			rows = append(rows, []any{randomID(), clinic, stamp(at), actor.String(), entry.Action, subject})
		}
	}
	if err := t.insert(ctx, "INSERT INTO audit (id, clinic, at, actor, action, subject)", rows, ""); err != nil {
		return fmt.Errorf("writing the audit: %w", err)
	}
	return nil
}
