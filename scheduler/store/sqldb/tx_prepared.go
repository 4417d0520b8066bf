package sqldb

import (
	"context"
	"database/sql"
	"slices"
	"sync"
)

// A statement is kept once it was asked for so often; and so many are kept at
// the most, because an IN list makes a text of its own for each length.
const (
	worthKeeping = 3
	mostKept     = 200
)

// prepared keeps the statements of one of SQLite's pools, which else parses each
// one every time, and that takes longer than to run it. pgx keeps its own.
type prepared struct {
	mu    sync.Mutex
	kept  map[string]*sql.Stmt
	asked map[string]int
	next  []string // to be prepared before the next transaction
}

// statement gives the kept statement of a query, nil when there is none yet.
func (p *prepared) statement(query string) *sql.Stmt {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if kept := p.kept[query]; kept != nil || len(p.kept) >= mostKept {
		return kept
	}
	if p.asked == nil || len(p.asked) > 4*mostKept {
		p.asked = map[string]int{}
	}
	if p.asked[query]++; p.asked[query] >= worthKeeping && !slices.Contains(p.next, query) {
		p.next = append(p.next, query)
	}
	return nil
}

// prepare keeps the statements that were asked for often enough since. It needs a
// connection, and the writer has one, so it is called between transactions.
func (p *prepared) prepare(ctx context.Context, pool *sql.DB) {
	if p == nil {
		return
	}
	p.mu.Lock()
	queries := p.next
	p.next = nil
	p.mu.Unlock()
	for _, query := range queries {
		if statement, err := pool.PrepareContext(ctx, query); err == nil { // running it reports the error
			p.keep(query, statement)
		}
	}
}

func (p *prepared) keep(query string, statement *sql.Stmt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept == nil {
		p.kept = map[string]*sql.Stmt{}
	}
	if p.kept[query] != nil {
		_ = statement.Close() // another was faster
		return
	}
	p.kept[query] = statement
}

// close ends all statements; the pool closes after them.
func (p *prepared) close() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, statement := range p.kept {
		_ = statement.Close() // its connection closes next
	}
	p.kept = nil
}
