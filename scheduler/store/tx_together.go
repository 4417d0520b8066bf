package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// exec runs a statement whose number of rows nobody asks for. Where each way to
// the database takes its time, the statement is put off and goes there together
// with others, before the next query or the commit: what it fails with then comes
// from there.
func (t *tx) exec(ctx context.Context, query string, args ...any) error {
	if t.conn == nil {
		_, err := t.count(ctx, query, args...)
		return err
	}
	t.later.Queue(t.db.rebind(query), args...)
	return nil
}

// flush sends the statements that were put off.
func (t *tx) flush(ctx context.Context) error {
	if t.later.Len() == 0 {
		return nil
	}
	together := t.later
	t.later = &pgx.Batch{}
	err := t.conn.Raw(func(driver any) error {
		return driver.(*stdlib.Conn).Conn().SendBatch(ctx, together).Close()
	})
	if err != nil && ctx.Err() != nil { // the connection says only that it is closed
		err = errors.Join(context.Cause(ctx), err)
	}
	if err != nil {
		return fmt.Errorf("running statements: %w", err)
	}
	return nil
}
