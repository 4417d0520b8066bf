package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// Three columns of a notice say when somebody may look at it again:
//
//	due_at        the promise itself: not before
//	queued_until  it was pushed to the queue, or put off: do not push before
//	lease_until   an attempt is open: nobody else may try before
//
//	planned ─► Due (pushed) ─► Gate ─┬─► attempt open ─► Record ─► sent, failed, or planned again
//	   ▲                             ├─► dropped, expired
//	   └──── put off ◄───────────────┘
//
// A worker that dies leaves an open attempt; when its lease has passed the
// notice is planned as before, and after three such attempts it is given up.

// Policy of the outbox; durations are elapsed time.
const (
	// MostGated is how many notices one call of Gate looks at.
	MostGated = 50

	pushRest      = 20 * time.Second // a pushed notice is not pushed again before
	lease         = 45 * time.Second // an open attempt keeps others away
	siblingRest   = 2 * time.Second  // while another notice of the enrollment is being handed over
	maxUnrecorded = 3                // attempts without a recorded outcome, until a notice is given up

	// mostSuspects is how many notices have their last chance in one gate: if one
	// of them is what kills the worker, few others are given up with it.
	mostSuspects = 5
)

// Due gives planned notices that are due, the most urgent first, at most limit,
// and keeps them from being given again for 20 seconds. It reads before it
// writes: with nothing due nothing is written.
func (db *DB) Due(ctx context.Context, a access.Actor, limit int) ([]reads.Ticket, error) {
	if err := access.Check(a, access.NoticeHandle); err != nil {
		return nil, err
	}
	now := db.now()
	var ids []scheduler.ID
	err := db.view(ctx, func(t *tx) (err error) {
		ids, err = t.dueNotices(ctx, a, now, limit)
		return err
	})
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	var tickets []reads.Ticket
	err = db.write(ctx, func(t *tx) error {
		tickets = nil
		for part := range slices.Chunk(ids, mostListed) {
			marked, err := t.markQueued(ctx, part, now, now.Add(pushRest))
			if err != nil {
				return err
			}
			tickets = append(tickets, marked...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(tickets, func(a, b reads.Ticket) int {
		return cmp.Or(a.Deadline.Compare(b.Deadline), cmp.Compare(a.ID, b.ID))
	})
	return tickets, nil
}

// mostListed bounds an IN list.
const mostListed = 512

// ofClinic is "clinic = ?" beside a list of ids. Written as an expression it
// cannot be looked up in an index that begins with the clinic, which SQLite
// would rather read from end to end than look for some dozens of ids.
const ofClinic = "clinic || '' = ?"

// origin tells whose a notice is.
type origin struct {
	notice, clinic scheduler.ID
	kind           scheduler.NoticeKind
}

// Gate decides about notices that are due, at most MostGated, in one
// transaction, by what is true now: it hands over, drops, lets expire or puts
// off. What it gives has an open attempt and a lease of 45 seconds; the hand-over
// starts with the commit, so nothing starts after a change that was committed
// before. Ids that are unknown, done, leased or not due yet are passed over.
// At most one notice of an enrollment is handed over at a time.
func (db *DB) Gate(ctx context.Context, a access.Actor, ids []scheduler.ID) ([]reads.Handover, error) {
	if err := access.Check(a, access.NoticeHandle); err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, nil
	}
	ids = ids[:min(len(ids), MostGated)]
	now := db.now()
	var all []reads.Handover
	err := db.write(ctx, func(t *tx) error {
		all = nil
		origins, err := t.claimable(ctx, a, ids, now)
		if err != nil {
			return err
		}
		// Clinics come in order and a change takes only its own, so nobody
		// waits in a circle.
		for clinic, theirs := range byClinic(origins) {
			handovers, err := t.gate(ctx, clinic, theirs, now)
			if err != nil {
				return err
			}
			all = append(all, handovers...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// byClinic groups origins, which are in order of their clinics.
func byClinic(origins []origin) func(yield func(scheduler.ID, []origin) bool) {
	return func(yield func(scheduler.ID, []origin) bool) {
		for len(origins) > 0 {
			n := 1
			for n < len(origins) && origins[n].clinic == origins[0].clinic {
				n++
			}
			if !yield(origins[0].clinic, origins[:n]) {
				return
			}
			origins = origins[n:]
		}
	}
}

// unique gives the distinct ids that pick finds, in order of their first sight.
func unique[T any](all []T, pick func(T) scheduler.ID) []scheduler.ID {
	seen := make(map[scheduler.ID]bool, len(all))
	var ids []scheduler.ID
	for _, one := range all {
		if id := pick(one); id != "" && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}
