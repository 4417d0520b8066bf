// Package store keeps cohorts, people and what is owed to them, in SQLite or in
// PostgreSQL, alike to everyone above.
//
// One SQL text serves both. What truly differs (placeholders, row locks, error
// codes, words of migrations, triggers) stands in package sqldb and in migrations
// that end in a database's name; storetest is the contract that both must pass.
//
//	Change ─► write ─► lock the clinic ─► load a Book ─► the rules ─► save the difference
//	Look   ─► view  ─────────────────────► load a Book
//
// A clinic's changes happen one after another: write takes the clinic's row
// first and everything it reads afterwards is what the holder before left. On
// SQLite the one writing connection does the same for the whole file.
//
// Every query names its clinic. The few that cannot stand in system.go.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
	"almanac/scheduler/seal"
	"almanac/scheduler/store/sqldb"
)

// Options is what a store is made of. URL, Root, Zones and Now are needed.
type Options struct {
	// URL is "sqlite:PATH" (a file that is made when it is missing, readable by
	// its owner alone) or "postgres://…" as libpq writes it.
	URL   string
	Root  *seal.Root
	Zones *civil.Zones
	// Now gives the instant of every change.
	Now func() time.Time
	Log *slog.Logger // nil: no log
	// Throwaway lets SQLite leave to the system when it writes to the disk: a power
	// cut may break the file. PostgreSQL is the server's to set.
	Throwaway bool
	Judge     Judge // nil: gate.Judge
	// VideoHosts are the kinds of meeting that sessions may have because there is a video host for them.
	VideoHosts []scheduler.MeetingKind
	// Erased keeps outside the database that somebody was erased, before that is committed. It may be called again with
	// the same. nil: nobody can be erased.
	Erased func(context.Context, scheduler.Erasure) error
	// Shut: Root is not that of the rows, so nothing that is sealed is opened. Only [DB.Restore] heeds it.
	Shut bool
}

// Judge decides whether a notice may leave now.
type Judge func(gate.Facts, time.Time) gate.Verdict

// DB is an open database. It may be used from any number of goroutines.
type DB struct {
	sql   *sqldb.DB
	root  *seal.Root
	zones *civil.Zones
	clock func() time.Time
	judge Judge
	shut  bool
	// erased keeps the list of erasures; nil: there is none.
	erased func(context.Context, scheduler.Erasure) error
	log    *slog.Logger

	videoHosts []scheduler.MeetingKind

	keys        sync.Map // clinic → *seal.Key
	definitions sync.Map // hash → *protocols.Definition
	feedKeys    feedKeys
	tokensSeen  sync.Map // API token → the hour that was last noted
	turns       turns
	views       views
	journal     *journal // the rows of views that wait
	aliases     sync.Map // clinic and person → how the audit names them
}

// Open opens a database and makes sure that it answers; it does not migrate.
// Invalid (field "database-url") when the URL is none of the two kinds;
// Unavailable when nothing answers there.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Root == nil || o.Zones == nil || o.Now == nil {
		return nil, errors.New("a store needs a seal root, zones and a clock")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Judge == nil {
		o.Judge = gate.Judge
	}
	db := &DB{root: o.Root, zones: o.Zones, clock: o.Now, judge: o.Judge, shut: o.Shut, erased: o.Erased, log: o.Log,
		videoHosts: o.VideoHosts, journal: journalOf(o.URL, o.Throwaway)}
	var err error
	if db.sql, err = sqldb.Open(ctx,
		sqldb.Options{URL: o.URL, Now: db.now, Log: o.Log, Throwaway: o.Throwaway}); err != nil {
		return nil, err
	}
	return db, nil
}

// Close waits for what is running and closes all connections.
func (db *DB) Close() error {
	db.views.running.Wait()
	return errors.Join(db.journal.close(), db.sql.Close())
}

// Abreast is how many transactions may well write beside each other: one on
// SQLite, which would let the others wait.
func (db *DB) Abreast() int { return db.sql.Abreast() }

// Ping asks the database for a sign of life; Unavailable when there is none.
func (db *DB) Ping(ctx context.Context) error {
	_, err := db.Clock(ctx)
	return err
}

// Clock gives the database's own time as a UTC instant, so that a node can
// compare its clock with the one that all nodes share.
func (db *DB) Clock(ctx context.Context) (time.Time, error) { return db.sql.Clock(ctx) }

// now is the instant of a change as the database can keep it, to the millisecond.
func (db *DB) now() time.Time { return db.clock().UTC().Truncate(time.Millisecond) }

// definition gives a frozen definition by its hash, read once from the database
// and parsed once.
func (t *tx) definition(ctx context.Context, hash string) (*protocols.Definition, error) {
	if known, ok := t.db.definitions.Load(hash); ok {
		return known.(*protocols.Definition), nil
	}
	var ref, source string
	err := t.Row(ctx, "SELECT ref, source FROM definitions WHERE hash = ?", hash).Scan(&ref, &source)
	if err != nil {
		return nil, fmt.Errorf("reading definition %s: %w", hash, err)
	}
	d, err := protocols.Parse(ref, []byte(source))
	if err != nil {
		return nil, fmt.Errorf("parsing the frozen definition %s: %w", hash, err)
	}
	if d.Hash() != hash {
		return nil, fmt.Errorf("the frozen definition of %s is not the one its cohorts were opened with: it hashes "+
			"to %s, not %s", ref, d.Hash(), hash)
	}
	t.db.definitions.Store(hash, d)
	return d, nil
}

// notFound answers for what does not exist or belongs to another clinic.
func notFound(format string, args ...any) error { return fault.New(fault.NotFound, format, args...) }

var _ desk.Store = (*DB)(nil)
