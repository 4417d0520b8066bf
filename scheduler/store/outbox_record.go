package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/crashpoint"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// Record writes down how hand-overs ended, all of them in one transaction. A
// result counts for its notice only while its attempt is the last one: a worker
// that was away for longer than the lease changes nothing any more. Recorded
// twice, a result changes nothing the second time.
//
//	sent       the notice is done, and its seats remember what was told
//	retry      planned again, after 1, 2, 5 and then every 10 minutes
//	refused    failed; staff get a task, and a bad address is not used again
//	abandoned  planned again at once
func (db *DB) Record(ctx context.Context, a access.Actor, results []reads.Result) error {
	if err := mayRecord(a, results); err != nil || len(results) == 0 {
		return err
	}
	return db.write(ctx, func(t *tx) error { return t.record(ctx, results) })
}

func mayRecord(a access.Actor, results []reads.Result) error {
	for _, r := range results {
		if err := access.CheckIn(a, access.NoticeHandle, string(r.Handover.Clinic)); err != nil {
			return err
		}
	}
	return access.Check(a, access.NoticeHandle)
}

func (t *tx) record(ctx context.Context, results []reads.Result) error {
	// In order of clinic and notice, as the gate takes its locks.
	ordered := slices.SortedFunc(slices.Values(results), func(a, b reads.Result) int {
		return cmp.Or(cmp.Compare(a.Handover.Clinic, b.Handover.Clinic),
			cmp.Compare(a.Handover.Notice, b.Handover.Notice))
	})
	r := recorder{tx: t, now: t.db.now()}
	for rest := ordered; len(rest) > 0; {
		n := 1 // of one clinic, and not too many at once
		for n < len(rest) && n < mostRecorded && rest[n].Handover.Clinic == rest[0].Handover.Clinic {
			n++
		}
		if err := r.recordAll(ctx, rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	crashpoint.Pass("in-record")
	return nil
}

// recorder writes results, clinic after clinic.
type recorder struct {
	tx     *tx
	now    time.Time
	clinic scheduler.ID
	key    *clinicKey
}

// at turns to a clinic: sharing its row keeps changes out, so that seats and
// notices are locked in no order but one.
func (r *recorder) at(ctx context.Context, clinic scheduler.ID) (err error) {
	if clinic == r.clinic {
		return nil
	}
	if _, err := r.tx.share(ctx, clinic); err != nil {
		return err
	}
	r.clinic = clinic
	r.key, err = r.tx.key(ctx, clinic)
	return err
}

// mostReply bounds what is kept of a provider's answer, in octets.
const mostReply = 1000

// sealedReply seals what is kept of a provider's answer to an attempt.
func sealedReply(key *clinicKey, clinic, attempt scheduler.ID, reply string) any {
	return sealed(key, place(clinic, "attempts", "reply", attempt), reply[:min(len(reply), mostReply)])
}

// mostRecorded bounds how many results go into one statement.
const mostRecorded = 250

// recordAll writes down results of one clinic: what was sent all together, for
// that is what a rush consists of, and everything else one by one.
func (r *recorder) recordAll(ctx context.Context, results []reads.Result) error {
	if err := r.at(ctx, results[0].Handover.Clinic); err != nil {
		return err
	}
	finished, err := r.finish(ctx, results)
	if err != nil {
		return fmt.Errorf("finishing attempts: %w", err)
	}
	fates, err := r.reportedBefore(ctx, results)
	if err != nil {
		return fmt.Errorf("looking for reports: %w", err)
	}
	sent := map[int][]reads.Handover{}
	for _, result := range results {
		h := result.Handover
		row := attemptRow(h.Notice, h.Attempt)
		if !finished[row] {
			continue
		}
		delete(finished, row) // given twice, a result counts once
		if result.Outcome == reads.Sent || fates[row] == reads.TextDelivered {
			sent[h.Attempt] = append(sent[h.Attempt], h)
		} else if err := r.record(ctx, result); err != nil {
			return fmt.Errorf("recording notice %s: %w", h.Notice, err)
		}
	}
	for _, attempt := range slices.Sorted(maps.Keys(sent)) {
		if err := r.sent(ctx, attempt, sent[attempt]); err != nil {
			return fmt.Errorf("recording what was sent: %w", err)
		}
		for _, h := range sent[attempt] {
			if fate := fates[attemptRow(h.Notice, attempt)]; fate != "" {
				if err := r.applyFate(ctx, h.Notice, attempt, fate); err != nil {
					return fmt.Errorf("recording what was reported before: %w", err)
				}
			}
		}
	}
	return nil
}

// finish ends the attempts that are still open, and gives them by attemptRow.
func (r *recorder) finish(ctx context.Context, results []reads.Result) (finished map[scheduler.ID]bool, err error) {
	rows := make([][]any, 0, len(results))
	finished = make(map[scheduler.ID]bool, len(results))
	for _, result := range results {
		h := result.Handover
		row := attemptRow(h.Notice, h.Attempt)
		if finished[row] {
			continue // PostgreSQL refuses to touch a row twice in one statement
		}
		finished[row] = true
		rows = append(rows, []any{h.Notice, h.Attempt, sqldb.Stamp(h.GatedAt), sqldb.Stamp(result.At), result.Outcome,
			sealedReply(r.key, r.clinic, row, result.Reply), result.Message, result.Segments})
	}
	clear(finished)
	// All rows exist: an insert that always meets them is how both databases
	// change many rows to values of their own in one statement.
	for part := range sqldb.Chunks(rows) {
		text, args := sqldb.Values(part)
		open, err := r.tx.Query(ctx,
			"INSERT INTO attempts (notice, number, started_at, finished_at, outcome, reply, message_id, segments) "+
				"VALUES "+
				text+`
			ON CONFLICT (notice, number) DO UPDATE
			SET finished_at = excluded.finished_at, outcome = excluded.outcome, reply = excluded.reply,
			  message_id = excluded.message_id, segments = excluded.segments
WHERE attempts.outcome = ''
			RETURNING notice, number`, args...)
		if err != nil {
			return nil, err
		}
		_, err = sqldb.Collect(open, func(rows *sql.Rows) (notice scheduler.ID, err error) {
			var number int
			err = rows.Scan(&notice, &number)
			finished[attemptRow(notice, number)] = true
			return notice, err
		})
		if err != nil {
			return nil, err
		}
	}
	return finished, nil
}

// record does what an outcome that is not Sent asks for.
func (r *recorder) record(ctx context.Context, result reads.Result) error {
	switch result.Outcome {
	case reads.Refused:
		return r.refused(ctx, result)
	case reads.Retry:
		return r.retry(ctx, result)
	default:
		return r.release(ctx, result.Handover, r.now)
	}
}

// release ends the attempt's hold on its notice, which is tried again from next
// on, unless it was dropped meanwhile.
func (r *recorder) release(ctx context.Context, h reads.Handover, next time.Time) error {
	return r.tx.Exec(ctx,
		"UPDATE notices SET lease_until = '', queued_until = ? WHERE clinic = ? AND id = ? AND attempts = ?",
		sqldb.Stamp(next), r.clinic, h.Notice, h.Attempt)
}

// fail gives a notice up and tells whether it did: the attempt must be the last
// one, and what was dropped while it was being handed over stays dropped.
func (r *recorder) fail(ctx context.Context, h reads.Handover, reason string) (bool, error) {
	rows, err := r.tx.Count(ctx, `
		UPDATE notices SET lease_until = '', state = 'failed', reason = ?, done_at = ?
		WHERE clinic = ? AND id = ? AND attempts = ? AND state = 'planned'`,
		reason, sqldb.Stamp(r.now), r.clinic, h.Notice, h.Attempt)
	return rows == 1, err
}

// sent finishes notices whose last attempt this is, whatever they were
// meanwhile: that they were sent is a fact. Their seats remember what was told.
// A welcome or a reminder says nothing to a calendar, so it changes only what
// nobody was invited to.
func (r *recorder) sent(ctx context.Context, attempt int, handovers []reads.Handover) error {
	among, args := sqldb.Among(r.tx.Tx, "id",
		unique(handovers, func(h reads.Handover) scheduler.ID { return h.Notice }))
	rows, err := r.tx.Query(ctx, `
		UPDATE notices SET lease_until = '', state = 'sent', reason = '', done_at = ?
		WHERE `+ofClinic+` AND `+among+` AND attempts = ? RETURNING id`,
		slices.Concat([]any{sqldb.Stamp(r.now), r.clinic}, args, []any{attempt})...)
	if err != nil {
		return err
	}
	done, err := sqldb.Collect(rows, scanID)
	if err != nil {
		return err
	}
	if len(done) < len(handovers) {
		handovers = slices.DeleteFunc(slices.Clone(handovers),
			func(h reads.Handover) bool { return !slices.Contains(done, h.Notice) })
	}
	if err := r.toldOffers(ctx, handovers); err != nil {
		return err
	}
	if err := r.toldStaff(ctx, handovers); err != nil {
		return err
	}
	if err := r.settleCalls(ctx, handovers); err != nil {
		return err
	}
	if err := r.askedNumbers(ctx, handovers); err != nil {
		return err
	}
	for _, h := range handovers {
		for _, s := range h.Seats {
			if !tellsSeat(h, s) {
				continue
			}
			if err := r.told(ctx, h, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellsSeat tells whether a seat remembers what this hand-over said.
func tellsSeat(h reads.Handover, s reads.HandoverSeat) bool {
	switch h.Kind {
	case scheduler.Confirm, scheduler.OfferNotice:
		return false // a question tells nothing
	case scheduler.AssignedOne, scheduler.AssignedDates:
		return false // staff have no seat
	case scheduler.Calendar:
		return true
	}
	return !s.Invited
}

// told makes a seat remember what its person was told. What a calendar shows
// changes with a REQUEST or CANCEL only: a welcome or a reminder says nothing
// to it, so these leave alone what an invited person was told. What is not
// confirmed was said of the time that was told: of another time it says nothing.
func (r *recorder) told(ctx context.Context, h reads.Handover, s reads.HandoverSeat) error {
	invited, which := yes(h.Method == gate.MethodRequest), ""
	if h.Kind != scheduler.Calendar {
		invited, which = 0, " AND invited = 0"
	}
	if h.Kind == scheduler.Calendar && h.Method == gate.MethodRequest {
		row := [][]any{{s.Seat, s.Sequence, sqldb.Stamp(s.Start), sqldb.Stamp(s.End)}}
		if err := r.tx.Insert(ctx, insertVersion, row, " ON CONFLICT (seat, sequence) DO NOTHING"); err != nil {
			return err
		}
	}
	rows, err := r.tx.Count(ctx, `
		UPDATE seats SET told_expected = ?, told_start = ?, told_end = ?, told_place = ?, told_meeting = ?,
told_sequence = ?, invited = ?,
		  claimed = CASE WHEN invited = 1 AND (told_start <> ? OR told_end <> ?) THEN '' ELSE claimed END
		WHERE clinic = ? AND id = ? AND told_sequence <= ?`+which,
		yes(s.Expected), sqldb.Stamp(s.Start), sqldb.Stamp(s.End), s.Place, s.Meeting, s.Sequence, invited,
		sqldb.Stamp(s.Start), sqldb.Stamp(s.End), r.clinic, s.Seat, s.Sequence)
	if err != nil || rows > 0 || h.Method != gate.MethodRequest {
		return err
	}
	// A text told something newer before this invite was recorded: it stands in the calendar all the
	// same, unless a later calendar mail has taken it out.
	return r.tx.Exec(ctx, `
		UPDATE seats SET invited = 1 WHERE clinic = ? AND id = ? AND NOT EXISTS (
		  SELECT 1 FROM notices z JOIN attempts b ON b.notice = z.id
		  WHERE z.enrollment = seats.enrollment AND z.seat = seats.id AND z.kind = 'calendar' AND b.outcome = 'sent'
AND b.started_at > ?)`,
		r.clinic, s.Seat, sqldb.Stamp(h.GatedAt))
}

func (r *recorder) refused(ctx context.Context, result reads.Result) error {
	h := result.Handover
	last, err := r.fail(ctx, h, "refused")
	if err != nil || !last {
		return err
	}
	if result.AddressBad && h.Channel == scheduler.Email {
		// Only the address that was refused: it may have been corrected meanwhile.
		err := r.tx.Exec(ctx, "UPDATE people SET email_bad_at = ? WHERE clinic = ? AND id = ? AND email_index = ?",
			sqldb.Stamp(result.At), r.clinic, h.Person, emailIndex(r.key, h.Address))
		if err != nil {
			return err
		}
	}
	if h.Channel == scheduler.SMS {
		return r.refusedText(ctx, result)
	}
	n, cohort, err := r.tx.notice(ctx, r.clinic, h.Notice)
	if err != nil {
		return err
	}
	return r.tx.saveTasks(ctx, r.clinic, []scheduler.Task{unsentTask(r.clinic, cohort, n, r.now)})
}

// retry plans the notice again, while there is time before its deadline.
func (r *recorder) retry(ctx context.Context, result reads.Result) error {
	h := result.Handover
	var failures int
	err := r.tx.Row(ctx, "SELECT count(*) FROM attempts WHERE notice = ? AND outcome = ?", h.Notice,
		reads.Retry).Scan(&failures)
	if err != nil {
		return err
	}
	n, _, err := r.tx.notice(ctx, r.clinic, h.Notice)
	if err != nil {
		return err
	}
	return r.release(ctx, h, nextTry(n, failures, r.now))
}

// Pauses between tries of one notice; the last repeats.
const (
	lastTry   = 30 * time.Second // before the deadline
	soonest   = 5 * time.Second
	longPause = 10 * time.Minute
)

// nextTry is when a notice that failed so many times is tried again: later each
// time, spread by up to a fifth so that not all come back at once, and early
// enough for the deadline.
func nextTry(n scheduler.Notice, failures int, now time.Time) time.Time {
	pause := longPause
	switch failures {
	case 0, 1:
		pause = time.Minute
	case 2:
		pause = 2 * time.Minute
	case 3:
		pause = 5 * time.Minute
	}
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(n.ID)) // never fails
	pause += pause / 5 * time.Duration(sum.Sum32()%100) / 100
	next := now.Add(pause)
	if last := n.NotAfter.Add(-lastTry); next.After(last) {
		next = last
	}
	if first := now.Add(soonest); next.Before(first) {
		next = first
	}
	return next
}
