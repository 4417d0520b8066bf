package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// The journal is the book of first entry for a rush. That a reminder was sent
// takes one short row there, instead of changes to its attempt and its notice
// with all their indexes; Carry makes these when the rush is over. Until then the
// notice counts as being handed over, and its lease keeps others away. A gate
// that meets a notice whose lease has passed looks into the journal first.

// mostCarried is how many rows of the journal one transaction carries: whoever
// wants to write waits no longer than that takes. It is a power of two.
const mostCarried = 128

// Journal writes down how hand-overs ended, all of them in one transaction, as
// Record does; but of what was sent and tells no seat anything new, as a reminder
// to somebody who was invited, it takes a note, which Carry enters later.
func (db *DB) Journal(ctx context.Context, a access.Actor, results []reads.Result) error {
	if err := mayRecord(a, results); err != nil {
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

// Carry enters some of what Journal noted at least so long ago where it belongs,
// and tells whether there may be more. It reads before it writes.
func (db *DB) Carry(ctx context.Context, a access.Actor, age time.Duration) (more bool, err error) {
	if err := access.Check(a, access.NoticeHandle); err != nil {
		return false, err
	}
	by := db.now().Add(-age)
	var clinic scheduler.ID
	err = db.view(ctx, func(t *tx) (err error) {
		clinic, err = t.journaled(ctx, a, by)
		return err
	})
	if err != nil || clinic == "" {
		return false, err
	}
	err = db.write(ctx, func(t *tx) error {
		if _, err := t.share(ctx, clinic); err != nil {
			return err
		}
		rows, err := t.query(ctx, "SELECT id FROM journal WHERE clinic = ? AND written_at <= ? ORDER BY id LIMIT ?"+t.skipLocked(), clinic, stamp(by), mostCarried)
		if err != nil {
			return err
		}
		ids, err := collect(rows, scanID)
		if err != nil {
			return err
		}
		more = len(ids) > 0
		return t.carry(ctx, clinic, ids)
	})
	return more && err == nil, err
}

// carry enters rows of the journal that this transaction has locked: their
// attempts end and their notices are done, whatever they were meanwhile. What
// somebody else has recorded already stays as it is.
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

// carryFirst enters what the journal says of notices that were tried before, and
// gives those of which it says nothing: whoever was written to must not be
// written to again because that is not entered yet.
func (t *tx) carryFirst(ctx context.Context, clinic scheduler.ID, origins []origin) ([]origin, error) {
	tried := of(origins, func(o origin) bool { return o.attempts > 0 }, func(o origin) scheduler.ID { return o.notice })
	if len(tried) == 0 {
		return origins, nil
	}
	among, args := t.among("notice", tried)
	rows, err := t.query(ctx, "SELECT id, notice FROM journal WHERE "+ofClinic+" AND "+among+" ORDER BY id"+t.forUpdate(), append([]any{clinic}, args...)...)
	if err != nil {
		return nil, err
	}
	noted := map[scheduler.ID]bool{}
	ids, err := collect(rows, func(rows *sql.Rows) (id scheduler.ID, err error) {
		var notice scheduler.ID
		err = rows.Scan(&id, &notice)
		noted[notice] = true
		return id, err
	})
	if err != nil || len(ids) == 0 {
		return origins, err
	}
	rest := slices.DeleteFunc(slices.Clone(origins), func(o origin) bool { return noted[o.notice] })
	return rest, t.carry(ctx, clinic, ids)
}
