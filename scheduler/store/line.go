package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// line is a connection to PostgreSQL that goes there as seldom as it can. Each way
// takes longer than most statements do, and a change makes everybody behind it
// wait that long. So what begins a transaction goes along with its first inquiry,
// what was put off goes before the next one, what ends the transaction goes with
// what is still put off, and inquiries that were told of go along with whichever
// is asked first. database/sql sees a connection like any other.
type line struct {
	*stdlib.Conn
	later *pgx.Batch  // to be sent before anything else
	ahead []*foretold // until they are asked
}

// foretold is an inquiry that was told of.
type foretold struct {
	inquiry
	answer *result // nil: it was not sent yet
}

// lines opens connections that are lines.
type lines struct{ driver.Connector }

func (c lines) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all there is
	}
	return &line{Conn: conn.(*stdlib.Conn), later: &pgx.Batch{}}, nil
}

// putOff keeps a statement until the next inquiry or the commit. What it writes
// makes answers worthless that are there already.
func (l *line) putOff(query string, args []any) {
	l.ahead = nil
	l.later.Queue(query, args...)
}

// tell says that something will be asked.
func (l *line) tell(q inquiry) { l.ahead = append(l.ahead, &foretold{inquiry: q}) }

// QueryContext gives an answer that is there already, or asks.
func (l *line) QueryContext(ctx context.Context, query string, named []driver.NamedValue) (driver.Rows, error) {
	args := plain(named)
	at := slices.IndexFunc(l.ahead, func(q *foretold) bool { return q.text == query && reflect.DeepEqual(q.args, args) })
	asked := &foretold{inquiry: inquiry{query, args}}
	if at >= 0 {
		asked = l.ahead[at]
		l.ahead = slices.Delete(l.ahead, at, at+1)
	}
	if asked.answer != nil {
		return asked.answer, nil
	}
	if l.later.Len() == 0 && !slices.ContainsFunc(l.ahead, unsent) {
		return l.Conn.QueryContext(ctx, query, named) //nolint:wrapcheck // tx.query says what was done
	}
	l.ask(asked)
	for _, q := range l.ahead {
		if unsent(q) {
			l.ask(q)
		}
	}
	if err := l.send(ctx); err != nil {
		return nil, err
	}
	return asked.answer, nil
}

func unsent(q *foretold) bool { return q.answer == nil }

// ask puts an inquiry behind what was put off.
func (l *line) ask(q *foretold) {
	l.later.Queue(q.text, q.args...).Query(func(rows pgx.Rows) (err error) {
		q.answer, err = readAnswer(rows)
		return err
	})
}

// ExecContext runs a statement, behind what was put off.
func (l *line) ExecContext(ctx context.Context, query string, named []driver.NamedValue) (driver.Result, error) {
	l.ahead = nil
	args := plain(named)
	if len(args) > 0 {
		if _, script := args[0].(pgx.QueryExecMode); script { // it cannot go with others
			if err := l.send(ctx); err != nil {
				return nil, err
			}
		}
	}
	if l.later.Len() == 0 {
		return l.Conn.ExecContext(ctx, query, named) //nolint:wrapcheck // tx.count says what was done
	}
	var touched driver.RowsAffected
	l.later.Queue(query, args...).Exec(func(tag pgconn.CommandTag) error {
		touched = driver.RowsAffected(tag.RowsAffected())
		return nil
	})
	err := l.send(ctx)
	return touched, err
}

// errUnsent is what a transaction meets whose connection turns out to be closed
// before anything of it went out: another connection will do.
var errUnsent = errors.New("the connection was closed before anything was sent")

// send sends what was put off; errUnsent when that was to begin a transaction and
// nothing of it went out.
func (l *line) send(ctx context.Context) error {
	if l.later.Len() == 0 {
		return nil
	}
	together, idle := l.later, l.idle()
	l.later = &pgx.Batch{}
	err := l.Conn.Conn().SendBatch(ctx, together).Close()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil: // the connection says only that it is closed
		err = errors.Join(context.Cause(ctx), err)
	case idle && pgconn.SafeToRetry(err):
		return fmt.Errorf("%w: %w", errUnsent, driver.ErrBadConn)
	}
	return fmt.Errorf("running statements: %w", err)
}

// idle tells whether no transaction is open at the server.
func (l *line) idle() bool { return l.Conn.Conn().PgConn().TxStatus() == 'I' }

// BeginTx puts off the beginning of a transaction.
func (l *line) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if l.Conn.Conn().IsClosed() {
		return nil, driver.ErrBadConn
	}
	begin := "BEGIN"
	if sql.IsolationLevel(options.Isolation) == sql.LevelRepeatableRead {
		begin += " ISOLATION LEVEL REPEATABLE READ"
	}
	if options.ReadOnly {
		begin += " READ ONLY"
	}
	l.later, l.ahead = &pgx.Batch{}, nil
	l.later.Queue(begin)
	return &lineTx{line: l, ctx: ctx}, nil
}

// lineTx is a transaction on a line. It keeps its context because database/sql
// ends a transaction without one.
type lineTx struct {
	line *line
	ctx  context.Context
}

// Commit sends what was put off and ends the transaction. One of which nothing was
// sent, and nothing is to be sent, ends without a word.
func (t *lineTx) Commit() error {
	l := t.line
	l.ahead = nil
	if l.idle() && l.later.Len() == 1 { // its beginning
		l.later = &pgx.Batch{}
		return nil
	}
	l.later.Queue("COMMIT").Exec(func(tag pgconn.CommandTag) error {
		if tag.String() == "ROLLBACK" { // somebody passed over an error
			return pgx.ErrTxCommitRollback
		}
		return nil
	})
	err := l.send(t.ctx)
	if err != nil {
		return errors.Join(err, t.Rollback())
	}
	return nil
}

// goodbye is how long a transaction may take to be rolled back.
const goodbye = 5 * time.Second

// Rollback ends the transaction, also when its context has ended; whoever cannot
// be told so loses the connection.
func (t *lineTx) Rollback() error {
	l := t.line
	l.later, l.ahead = &pgx.Batch{}, nil
	if l.Conn.Conn().IsClosed() || l.idle() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), goodbye)
	defer cancel()
	if _, err := l.Conn.Conn().Exec(ctx, "ROLLBACK"); err != nil {
		return errors.Join(err, l.Conn.Conn().Close(ctx))
	}
	return nil
}

// result is what came back for an inquiry.
type result struct {
	columns []string
	rows    [][]any
}

func readAnswer(rows pgx.Rows) (*result, error) {
	if err := rows.Err(); err != nil { // then there are no columns
		return nil, err //nolint:wrapcheck // send says what was done
	}
	a := &result{columns: make([]string, len(rows.FieldDescriptions()))}
	for rows.Next() {
		row, err := rows.Values()
		if err != nil {
			return nil, fmt.Errorf("reading an answer: %w", err)
		}
		for i, value := range row {
			switch n := value.(type) { // database/sql knows one kind of whole number
			case int32:
				row[i] = int64(n)
			case int16:
				row[i] = int64(n)
			}
		}
		a.rows = append(a.rows, row)
	}
	return a, rows.Err()
}

// Columns gives as many names as there are columns; nobody asks which.
func (a *result) Columns() []string { return a.columns }

// Close does nothing: the answer is read.
func (a *result) Close() error { return nil }

// Next gives the next row.
func (a *result) Next(into []driver.Value) error {
	if len(a.rows) == 0 {
		return io.EOF
	}
	for i, value := range a.rows[0] {
		into[i] = value
	}
	a.rows = a.rows[1:]
	return nil
}

func plain(named []driver.NamedValue) []any {
	args := make([]any, len(named))
	for i, one := range named {
		args[i] = one.Value
	}
	return args
}
