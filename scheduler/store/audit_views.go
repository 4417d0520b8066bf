package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// viewPatience is how long a request waits for its rows, and mostViews how many requests share a transaction.
const (
	viewPatience = 10 * time.Second
	mostViews    = 64
)

// views are the requests that wait for their rows. While one transaction commits, the next ones gather, and share one.
type views struct {
	mu      sync.Mutex
	waiting []*view
	writing bool
	running sync.WaitGroup
}

// view is what one request has seen.
type view struct {
	auditor
	seen []reads.View
	done chan error
}

// RecordViews writes to the audit whose data a request has read since the last time, and returns once that is
// committed. It fails with Unavailable, and for a program of another organization as discloseViews does. Then nothing
// of what was read may go out.
func (db *DB) RecordViews(ctx context.Context, a access.Actor, clinic scheduler.ID, v *reads.Viewing) error {
	if a.Kind == "" || a.Clinic != string(clinic) {
		return notFound("There is no such clinic.")
	}
	one := &view{auditor{clinic, a, db.now(), v.From()}, v.Take(), make(chan error, 1)}
	if len(one.seen) == 0 {
		return nil
	}
	if a.Outside() {
		if err := db.discloseViews(ctx, a, clinic, one.seen); err != nil {
			return err
		}
	}
	db.views.mu.Lock()
	db.views.waiting = append(db.views.waiting, one)
	if !db.views.writing {
		db.views.writing = true
		background := context.WithoutCancel(ctx)
		db.views.running.Go(func() { db.writeViews(background) })
	}
	db.views.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, viewPatience)
	defer cancel()
	select {
	case err := <-one.done:
		if err != nil {
			return fault.Wrap(fault.Unavailable, err, "%s", viewUnrecorded)
		}
		return nil
	case <-ctx.Done():
		return fault.Wrap(fault.Unavailable, context.Cause(ctx), "%s", viewUnrecorded)
	}
}

const viewUnrecorded = "This cannot be shown right now, because the audit could not note that you looked. " +
	"Nothing was shown. Try again in a minute."

// writeViews writes what waits until nothing does.
func (db *DB) writeViews(ctx context.Context) {
	for {
		db.views.mu.Lock()
		some := db.views.waiting[:min(len(db.views.waiting), mostViews)]
		db.views.waiting = slices.Clone(db.views.waiting[len(some):])
		if len(some) == 0 {
			db.views.writing = false
			db.views.mu.Unlock()
			return
		}
		db.views.mu.Unlock()
		big, err := db.writeSome(ctx, some)
		for _, one := range some {
			one.done <- err
		}
		if err == nil && (big || db.journal.due(db.now())) {
			if err := db.takeViews(ctx); err != nil { // they are safe where they are
				db.log.ErrorContext(ctx, "rows of views wait", "error", err)
			}
		}
	}
}

// writeSome saves the rows of some requests together.
func (db *DB) writeSome(ctx context.Context, some []*view) (big bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, viewPatience)
	defer cancel()
	people := map[scheduler.ID][]scheduler.ID{} // by clinic
	for _, one := range some {
		for _, seen := range one.seen {
			people[one.clinic] = append(people[one.clinic], seen.People...)
		}
	}
	as := map[scheduler.ID]aliases{}
	for clinic, seen := range people {
		if as[clinic], err = db.viewAliases(ctx, clinic, seen); err != nil {
			return false, fmt.Errorf("naming who was seen: %w", err)
		}
	}
	var rows [][]any
	for _, one := range some {
		rows = append(rows, one.viewRows(as[one.clinic], one.seen)...)
	}
	return db.keepViews(ctx, rows)
}

// viewAliases gives the aliases of people, which are kept once they are in the database.
func (db *DB) viewAliases(ctx context.Context, clinic scheduler.ID, people []scheduler.ID) (aliases, error) {
	as := make(aliases, len(people))
	var unknown []scheduler.ID
	for _, person := range people {
		if known, is := db.aliases.Load([2]scheduler.ID{clinic, person}); is {
			as[person] = known.(scheduler.ID)
		} else {
			unknown = append(unknown, person)
		}
	}
	if len(unknown) == 0 {
		return as, nil
	}
	var found map[scheduler.ID]alias
	err := db.sql.Write(ctx, func(in *sqldb.Tx) (err error) {
		found, err = (&tx{in, db}).aliasesOf(ctx, clinic, unknown)
		return err
	})
	for person, a := range found {
		if err == nil {
			as[person] = a.text
			db.aliases.Store([2]scheduler.ID{clinic, person}, a.text)
		}
	}
	return as, err
}

// securityEvent is the subject of what was not let in.
const securityEvent = "security:event"

// RecordSecurityEvent writes to the audit that somebody was not let in. By is the zero actor when nobody knows who it
// was.
func (db *DB) RecordSecurityEvent(ctx context.Context, a, by access.Actor, r reads.SecurityEvent) error {
	if err := access.Check(a, access.TokenFind); err != nil {
		return err
	}
	clinics := []scheduler.ID{r.Clinic}
	if r.Clinic == "" {
		err := db.view(ctx, func(t *tx) error {
			rows, err := t.Query(ctx, "SELECT id FROM clinics ORDER BY id")
			if err == nil {
				clinics, err = sqldb.Collect(rows, scanID)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	var rows [][]any
	for _, clinic := range clinics {
		w := auditor{clinic: clinic, actor: by, at: db.now(), from: r.Source}
		rows = append(rows, w.values(randomID(), nil, auditRow{action: r.Action, subject: securityEvent}))
	}
	_, err := db.keepViews(ctx, rows)
	return err
}

// SawAddresses notes in the Viewing of ctx that mail to these addresses was read. Addresses of nobody are left out.
func (db *DB) SawAddresses(ctx context.Context, a access.Actor, clinic scheduler.ID, addresses []string) error {
	if err := access.CheckIn(a, access.MailView, string(clinic)); err != nil || len(addresses) == 0 {
		return err
	}
	return db.view(ctx, func(t *tx) error {
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		indexes := make([]string, len(addresses))
		for i, address := range addresses {
			if indexes[i] = emailIndex(key, address); strings.HasPrefix(address, "+") {
				indexes[i] = phoneIndex(key, address)
			}
		}
		slices.Sort(indexes)
		for part := range slices.Chunk(slices.Compact(indexes), mostListed) {
			in, args := sqldb.List(part)
			rows, err := t.Query(ctx, `
				SELECT id FROM people WHERE clinic = ? AND email_index <> '' AND email_index IN (`+in+`)
				UNION SELECT id FROM people WHERE clinic = ? AND phone_index <> '' AND phone_index IN (`+in+")",
				slices.Concat([]any{clinic}, args, []any{clinic}, args)...)
			if err != nil {
				return err
			}
			people, err := sqldb.Collect(rows, scanID)
			if err != nil {
				return fmt.Errorf("looking for whom mail was for: %w", err)
			}
			reads.ViewingOf(ctx).Saw(reads.FieldContact|reads.FieldCare, people...)
		}
		return nil
	})
}
