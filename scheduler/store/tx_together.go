package store

import (
	"context"
	"database/sql"
)

// inquiry is a query with its arguments.
type inquiry struct {
	text string
	args []any
}

func inquire(text string, args ...any) inquiry { return inquiry{text, args} }

// exec runs a statement whose number of rows nobody asks for. Where each way to
// the database takes its time, the statement is put off and goes there together
// with others, before the next query or with the commit: what it fails with then
// comes from there.
func (t *tx) exec(ctx context.Context, query string, args ...any) error {
	if !t.db.dialect.together {
		_, err := t.count(ctx, query, args...)
		return err
	}
	return t.onLine(func(l *line) { l.putOff(t.db.rebind(query), args) })
}

// ahead says what will be asked, so that where each way to the database takes its
// time the answer comes along with that of the next query. It is good until
// something is written.
func (t *tx) ahead(inquiries ...inquiry) {
	if !t.db.dialect.together {
		return
	}
	for _, q := range inquiries {
		q.text = t.db.rebind(q.text)
		_ = t.onLine(func(l *line) { l.tell(q) }) // whoever asks is told
	}
}

// rows gives the rows of an inquiry; see query.
func (t *tx) rows(ctx context.Context, q inquiry) (*sql.Rows, error) {
	return t.query(ctx, q.text, q.args...)
}

func (t *tx) onLine(do func(*line)) error {
	return t.conn.Raw(func(driver any) error { //nolint:wrapcheck // it says that the connection is closed
		do(driver.(*line))
		return nil
	})
}
