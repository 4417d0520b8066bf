package store

import (
	"context"
	"sync"

	"almanac/scheduler"
)

// turns lets the changes of one clinic go one after another in the order in
// which they came, within this process. The clinic's row lock keeps them right;
// this keeps them fair: database/sql gives a free connection to any of those who
// wait for one, so that among a hundred somebody waits five times as long as the
// others, and anyone who waits for a row's lock has a connection that readers want.
// The zero value is ready.
type turns struct{ of sync.Map } // clinic → chan struct{}, full while somebody has the turn

// take waits for the clinic's turn and gives what ends it; the error is the
// context's when that ends first. Who sends to a full channel is served in order.
func (t *turns) take(ctx context.Context, clinic scheduler.ID) (end func(), err error) {
	known, found := t.of.Load(clinic)
	if !found {
		known, _ = t.of.LoadOrStore(clinic, make(chan struct{}, 1))
	}
	turn := known.(chan struct{})
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
