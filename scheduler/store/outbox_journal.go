package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// The journal is the book of first entry for a rush. That a reminder was sent
// takes one short row there, instead of changes to its attempt and its notice
// with all their indexes; Carry makes these when the rush is over. Until then the
// notice counts as being handed over, and its lease keeps others away. Whoever
// meets it when the lease has passed, or must know what became of it, carries
// what the journal has of it first.

// mostCarried is how many notes one transaction carries: whoever wants to write
// waits no longer than that takes. It is a power of two.
const mostCarried = 128

// Journal writes down how hand-overs ended, all of them in one transaction, as
// Record does; but of what was sent and tells no seat anything new, as a reminder
// to somebody who was invited, it takes a note, which Carry enters later.
func (db *DB) Journal(ctx context.Context, a access.Actor, results []reads.Result) error {
	if err := mayRecord(a, results); err != nil || len(results) == 0 {
		return err
	}
	var notes, others []reads.Result
	for _, r := range results {
		if r.Outcome == reads.Sent && !tells(r.Handover) {
			notes = append(notes, r)
		} else {
			others = append(others, r)
		}
	}
	return db.write(ctx, func(t *tx) error {
		if err := t.record(ctx, others); err != nil {
			return err
		}
		return t.note(ctx, notes)
	})
}

// note writes hand-overs that ended well into the journal.
func (t *tx) note(ctx context.Context, results []reads.Result) error {
	if len(results) == 0 {
		return nil
	}
	at := stamp(t.db.now())
	rows := make([][]any, len(results))
	for i, result := range results {
		h := result.Handover
		key, err := t.key(ctx, h.Clinic)
		if err != nil {
			return err
		}
		reply := sealedReply(key, h.Clinic, attemptRow(h.Notice, h.Attempt), result.Reply)
		rows[i] = []any{at + string(randomID()), h.Clinic, h.Notice, h.Attempt, stamp(result.At), reply, at}
	}
	err := t.insert(ctx, "INSERT INTO journal (id, clinic, notice, number, finished_at, reply, written_at)", rows, "")
	if err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	crashpoint("in-journal")
	return nil
}

// Carry enters where it belongs some of what Journal noted, if it was noted at
// least so long ago, and tells whether there may be more. It reads before it
// writes. It passes over clinics that somebody is changing, and notes that
// somebody else is carrying: it waits for nobody.
func (db *DB) Carry(ctx context.Context, a access.Actor, age time.Duration) (more bool, err error) {
	if err := access.Check(a, access.NoticeHandle); err != nil {
		return false, err
	}
	by := db.now().Add(-age)
	var noted []scheduler.ID
	err = db.view(ctx, func(t *tx) (err error) {
		noted, err = t.journaled(ctx, a, by, "")
		return err
	})
	if err != nil || len(noted) == 0 {
		return false, err
	}
	err = db.write(ctx, func(t *tx) error {
		more = false
		free, err := t.journaled(ctx, a, by, t.db.dialect.shareUnlocked)
		if err != nil {
			return err
		}
		left := mostCarried
		for _, clinic := range free {
			ids, err := t.notes(ctx, "SELECT id FROM journal WHERE clinic = ? AND written_at <= ? ORDER BY id LIMIT ?"+t.skipLocked(), clinic, stamp(by), left)
			if err == nil {
				err = t.carry(ctx, clinic, ids)
			}
			if err != nil {
				return err
			}
			more = more || len(ids) > 0
			if left -= len(ids); left == 0 {
				break
			}
		}
		return nil
	})
	return more && err == nil, err
}

// notes gives the ids of notes that a query finds.
func (t *tx) notes(ctx context.Context, query string, args ...any) ([]scheduler.ID, error) {
	rows, err := t.query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return collect(rows, scanID)
}

// carry enters notes that this transaction has locked: their attempts end and their
// notices are done, whatever they were meanwhile. What somebody else has recorded
// already stays as it is.
func (t *tx) carry(ctx context.Context, clinic scheduler.ID, ids []scheduler.ID) error {
	if len(ids) == 0 {
		return nil
	}
	among, list := t.among("j.id", ids)
	args := append([]any{clinic}, list...)
	for _, statement := range []string{`
		UPDATE notices SET lease_until = '', state = 'sent', reason = '', done_at = j.written_at
		FROM journal j JOIN attempts a ON a.notice = j.notice AND a.number = j.number AND a.outcome = ''
		WHERE j.` + ofClinic + ` AND ` + among + ` AND notices.id = j.notice AND notices.attempts = j.number`, `
		UPDATE attempts SET finished_at = j.finished_at, outcome = 'sent', reply = j.reply
		FROM journal j
		WHERE j.` + ofClinic + ` AND ` + among + ` AND attempts.notice = j.notice AND attempts.number = j.number AND attempts.outcome = ''`, `
		DELETE FROM journal AS j WHERE j.` + ofClinic + ` AND ` + among,
	} {
		if err := t.exec(ctx, statement, args...); err != nil {
			return fmt.Errorf("carrying from the journal: %w", err)
		}
	}
	crashpoint("in-carry")
	return nil
}

// carryOf enters what the journal has of some notices, and gives of which it has
// something. It waits for nobody: what somebody else is carrying, they carry.
func (t *tx) carryOf(ctx context.Context, clinic scheduler.ID, notices []scheduler.ID) (noted map[scheduler.ID]bool, err error) {
	if len(notices) == 0 {
		return nil, nil
	}
	among, args := t.among("notice", notices)
	rows, err := t.query(ctx, "SELECT id, notice FROM journal WHERE "+ofClinic+" AND "+among, append([]any{clinic}, args...)...)
	if err != nil {
		return nil, err
	}
	noted = map[scheduler.ID]bool{}
	ids, err := collect(rows, func(rows *sql.Rows) (id scheduler.ID, err error) {
		var notice scheduler.ID
		err = rows.Scan(&id, &notice)
		noted[notice] = true
		return id, err
	})
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	if !t.alone() {
		among, args = t.among("id", ids)
		if ids, err = t.notes(ctx, "SELECT id FROM journal WHERE "+ofClinic+" AND "+among+t.skipLocked(), append([]any{clinic}, args...)...); err != nil {
			return nil, err
		}
	}
	return noted, t.carry(ctx, clinic, ids)
}

// carryFirst gives those of some notices that nobody has noted as sent: whoever
// was written to must not be written to again because that is not entered yet.
// Only those whose lease has passed can be among them.
func (t *tx) carryFirst(ctx context.Context, clinic scheduler.ID, origins []origin, now time.Time) ([]origin, error) {
	passed := of(origins, func(o origin) bool { return o.leased }, func(o origin) scheduler.ID { return o.notice })
	noted, err := t.carryOf(ctx, clinic, passed)
	if err != nil || len(noted) == 0 {
		return origins, err
	}
	rest := slices.DeleteFunc(slices.Clone(origins), func(o origin) bool { return noted[o.notice] })
	return rest, t.putOff(ctx, clinic, slices.Collect(maps.Keys(noted)), now.Add(siblingRest))
}
