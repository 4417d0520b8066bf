package sqldb

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Exec runs a statement whose number of rows is not needed. On PostgreSQL it is
// queued and sent in one batch with others, before the next query or the commit.
// An error of it comes from there.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) error {
	if !t.db.dialect.batches {
		_, err := t.Count(ctx, query, args...)
		return err
	}
	if t.batch == nil {
		t.batch = &pgx.Batch{}
	}
	t.batch.Queue(t.db.rebind(query), args...)
	return nil
}

// flush sends the statements that Exec has queued.
func (t *Tx) flush(ctx context.Context) error {
	if t.batch == nil {
		return nil
	}
	batch := t.batch
	t.batch = nil
	err := t.conn.Raw(func(driver any) error {
		return driver.(*stdlib.Conn).Conn().SendBatch(ctx, batch).Close() // wrapped below
	})
	if err == nil {
		return nil
	}
	if ctx.Err() != nil { // the driver only says that the connection is closed
		err = errors.Join(context.Cause(ctx), err)
	}
	return fmt.Errorf("running statements: %w", err)
}
