package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// reasonUndelivered stands beside a text of which a report says that it did not arrive.
const reasonUndelivered = "not delivered"

// undelivered is the outcome of an attempt of which a report says that it did not arrive: it told nothing.
const undelivered = "undelivered"

// TakeReport takes what a gateway reports of a text. It may come before the answer to the attempt, twice and in any
// order: delivered is final, and failed is taken once. What failed goes by the next channel that the person consented
// to; without one, staff have a call. A report about a text that nobody knows changes nothing.
func (db *DB) TakeReport(ctx context.Context, a access.Actor, r reads.TextReport) error {
	if err := access.Check(a, access.NoticeHandle); err != nil {
		return err
	}
	if r.Fate != reads.TextDelivered && r.Fate != reads.TextFailed {
		return nil
	}
	return db.write(ctx, func(t *tx) error {
		clinics, err := t.clinicIDs(ctx, a.Clinic)
		if err != nil {
			return err
		}
		for _, clinic := range clinics {
			found, err := t.textOf(ctx, clinic, r)
			if sqldb.IsNoRows(err) {
				continue
			}
			if err != nil {
				return fmt.Errorf("looking for a text: %w", err)
			}
			return t.takeReport(ctx, clinic, found, r)
		}
		return nil
	})
}

// sentText is an attempt to hand a text over.
type sentText struct {
	notice        scheduler.ID
	number        int
	outcome, fate string
}

// textOf finds the attempt that a report is about, by our reference or by the gateway's id.
func (t *tx) textOf(ctx context.Context, clinic scheduler.ID, r reads.TextReport) (s sentText, err error) {
	const query = `SELECT a.notice, a.number, a.outcome, a.fate FROM attempts a JOIN notices n ON n.id = a.notice
WHERE n.clinic = ? AND n.channel = 'sms' AND `
	row := t.Row(ctx, query+"a.notice = ? AND a.number = ?", clinic, r.Notice, r.Attempt)
	if r.Notice == "" {
		row = t.Row(ctx, query+"a.message_id = ? AND a.message_id <> ''", clinic, r.Message)
	}
	err = row.Scan(&s.notice, &s.number, &s.outcome, &s.fate)
	return s, err
}

func (t *tx) takeReport(ctx context.Context, clinic scheduler.ID, s sentText, r reads.TextReport) error {
	if _, err := t.lock(ctx, clinic); err != nil {
		return err
	}
	found, err := t.textOf(ctx, clinic, r) // again, behind the lock
	if err != nil || found.fate == reads.TextDelivered || found.fate == r.Fate {
		return err
	}
	err = t.Exec(ctx, "UPDATE attempts SET fate = ? WHERE notice = ? AND number = ?", r.Fate, s.notice, s.number)
	if err != nil {
		return err
	}
	rec := recorder{tx: t, now: t.db.now()}
	if err := rec.at(ctx, clinic); err != nil {
		return err
	}
	if found.outcome == "" { // the answer is still to come; recorder.sent looks here
		return rec.refuseNumber(ctx, s.notice, r)
	}
	if err := rec.refuseNumber(ctx, s.notice, r); err != nil {
		return err
	}
	return rec.applyFate(ctx, s.notice, s.number, r.Fate)
}

// applyFate ends a notice as a report says.
func (r *recorder) applyFate(ctx context.Context, notice scheduler.ID, attempt int, fate string) error {
	if fate == reads.TextDelivered {
		return r.tx.Exec(ctx, `UPDATE notices SET state = 'delivered', reason = '', lease_until = '',
done_at = CASE WHEN done_at = '' THEN ? ELSE done_at END
WHERE clinic = ? AND id = ? AND state IN ('planned', 'sent', 'failed')`, sqldb.Stamp(r.now), r.clinic, notice)
	}
	rows, err := r.tx.Count(ctx, `UPDATE notices SET state = 'failed', reason = ? WHERE clinic = ? AND id = ?
AND attempts = ? AND state = 'sent'`, reasonUndelivered, r.clinic, notice, attempt)
	if err != nil || rows == 0 {
		return err
	}
	if err := r.untell(ctx, notice, attempt); err != nil {
		return fmt.Errorf("taking back what a text told: %w", err)
	}
	return r.elsewhere(ctx, notice)
}

// reportedBefore gives, by attemptRow, what gateways reported of texts before their answer came.
func (r *recorder) reportedBefore(ctx context.Context, results []reads.Result) (map[scheduler.ID]string, error) {
	var texts []scheduler.ID
	for _, result := range results {
		if result.Handover.Channel == scheduler.SMS {
			texts = append(texts, result.Handover.Notice)
		}
	}
	fates := map[scheduler.ID]string{}
	if len(texts) == 0 {
		return fates, nil
	}
	among, args := sqldb.Among(r.tx.Tx, "notice", texts)
	rows, err := r.tx.Query(ctx, "SELECT notice, number, fate FROM attempts WHERE "+among+" AND fate <> ''", args...)
	if err != nil {
		return nil, err
	}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (notice scheduler.ID, err error) {
		var number int
		var fate string
		err = rows.Scan(&notice, &number, &fate)
		fates[attemptRow(notice, number)] = fate
		return notice, err
	})
	return fates, err
}

// refusedText moves a text that the gateway refused to the next channel.
func (r *recorder) refusedText(ctx context.Context, result reads.Result) error {
	err := r.refuseNumber(ctx, result.Handover.Notice,
		reads.TextReport{NumberBad: result.AddressBad, OptedOut: result.OptedOut})
	if err != nil {
		return err
	}
	return r.elsewhere(ctx, result.Handover.Notice)
}

// refuseNumber marks the number of a notice when the gateway says that no text can arrive there.
func (r *recorder) refuseNumber(ctx context.Context, notice scheduler.ID, report reads.TextReport) error {
	if !report.NumberBad && !report.OptedOut {
		return nil
	}
	var number string
	err := r.tx.Row(ctx, `SELECT p.phone_index FROM notices n JOIN people p ON p.id = n.person
WHERE n.clinic = ? AND n.id = ?`, r.clinic, notice).Scan(&number)
	if err != nil || number == "" {
		return err
	}
	if report.OptedOut {
		_, err := r.tx.stopTexts(ctx, access.System("gateway"), r.clinic, number, r.now)
		return err
	}
	n, err := r.tx.numberState(ctx, r.clinic, number)
	if err != nil {
		return err
	}
	n.refused = sqldb.Stamp(r.now)
	return r.tx.saveNumber(ctx, r.clinic, number, n)
}

// untell takes back what an attempt told: dates that a text listed, what seats remember, and the time of an offer.
func (r *recorder) untell(ctx context.Context, notice scheduler.ID, attempt int) error {
	for _, one := range []struct {
		query string
		args  []any
	}{
		{"UPDATE attempts SET outcome = ? WHERE notice = ? AND number = ?", []any{undelivered, notice, attempt}},
		{`UPDATE seats SET told_sequence = CASE WHEN d.was_start = '' THEN 0 ELSE told_sequence END,
told_expected = d.was_expected, told_start = d.was_start, told_end = d.was_end, told_place = d.was_place,
told_meeting = d.was_meeting
FROM told_dates d WHERE seats.clinic = ? AND d.source = ? AND d.number = ? AND d.seat = seats.id
AND seats.invited = 0 AND seats.told_sequence = d.sequence`, []any{r.clinic, notice, attempt}},
		{`UPDATE offers SET told_at = '' WHERE clinic = ? AND enrollment = (SELECT enrollment FROM notices
WHERE clinic = ? AND id = ? AND kind = 'offer') AND told_at = (SELECT done_at FROM notices WHERE clinic = ? AND id =
?)`,
			[]any{r.clinic, r.clinic, notice, r.clinic, notice}},
	} {
		if err := r.tx.Exec(ctx, one.query, one.args...); err != nil {
			return err
		}
	}
	return nil
}

// elsewhere tells what a failed notice was to tell by the next channel, or asks staff to call.
func (r *recorder) elsewhere(ctx context.Context, notice scheduler.ID) error {
	var o origin
	err := r.tx.Row(ctx, "SELECT id, clinic, kind FROM notices WHERE clinic = ? AND id = ?", r.clinic, notice).
		Scan(&o.notice, &o.clinic, &o.kind)
	if err != nil {
		return err
	}
	notices, err := r.tx.noticesAt(ctx, r.clinic, []origin{o}, r.now)
	if err != nil || len(notices) == 0 {
		return err
	}
	g, err := r.tx.newGateRun(ctx, r.clinic, r.now)
	if err != nil {
		return err
	}
	g.moved = []moved{{notices[0], notices[0].facts(r.tx.location, r.now)}}
	return g.write(ctx, r.tx)
}

// moveAll finds another channel for the notices that look for one.
func (g *gateRun) moveAll(ctx context.Context, t *tx) error {
	if len(g.moved) == 0 {
		return nil
	}
	if err := g.readTried(ctx, t); err != nil {
		return err
	}
	for _, m := range g.moved {
		g.elsewhere(m.notice, m.facts)
	}
	return nil
}

// readTried reads by which channels the promises of moved notices have been given already.
func (g *gateRun) readTried(ctx context.Context, t *tx) error {
	var keys []string
	for _, m := range g.moved {
		for _, c := range []scheduler.Channel{scheduler.Email, scheduler.SMS} {
			keys = append(keys, m.notice.OnChannel(c, g.now).Key)
		}
	}
	enrollments := unique(g.moved, func(m moved) scheduler.ID { return m.notice.Enrollment })
	in, args := sqldb.List(keys)
	whose, ids := sqldb.List(enrollments)
	rows, err := t.Query(ctx, "SELECT key FROM notices WHERE clinic || '' = ? AND enrollment IN ("+whose+") AND "+
		"key IN ("+
		in+") AND state <> 'dropped'", slices.Concat([]any{g.clinic}, ids, args)...)
	if err != nil {
		return err
	}
	g.tried, err = sqldb.Collect(rows, func(rows *sql.Rows) (key string, err error) { return key, rows.Scan(&key) })
	return err
}

// moved is a notice that looks for another channel, with what is known of it.
type moved struct {
	notice *noticeData
	facts  gate.Facts
}

// elsewhere plans a notice that failed, or may not leave on its channel, on the next channel of its person on which
// it was not tried; without one staff are asked to call. A text cannot carry a calendar object and says in words what
// changed.
func (g *gateRun) elsewhere(n *noticeData, s gate.Facts) {
	s.Texted = nil
	switch {
	case n.Kind == scheduler.Calendar && slices.Contains(s.Reach, scheduler.SMS):
		g.notices = append(g.notices, scheduler.NewNotice(scheduler.Notice{
			Kind: scheduler.Changes, Channel: scheduler.SMS, Person: n.Person, Enrollment: n.Enrollment, Version: n.ID,
			Start: n.Start, Due: g.now, NotAfter: n.NotAfter,
		}, nil, g.now))
		return
	case n.Kind == scheduler.OptIn || n.Kind == scheduler.AddressCode || n.Kind.ToStaff():
		return
	case n.Kind == scheduler.AddressChanged:
		g.tasks = append(g.tasks, g.unsent(n))
		return
	case n.Kind == scheduler.Calendar || n.Kind == scheduler.Confirm:
		g.tasks = append(g.tasks, unreachedTasks(g.clinic, s, n.cohort, g.now)...)
		return
	}
	for _, c := range s.Reach {
		next := n.OnChannel(c, g.now)
		if !c.HandedOver() || c == n.Channel || slices.Contains(g.tried, next.Key) || !g.now.Before(n.NotAfter) {
			continue
		}
		s.Notice = next
		if act := g.rule(s, g.now).Act; act == gate.HandOver || act == gate.Defer {
			g.notices = append(g.notices, next)
			return
		}
	}
	s.Notice, s.Reach = n.Notice, nil
	g.tasks = append(g.tasks, unreachedTasks(g.clinic, s, n.cohort, g.now)...)
}

// handedOverAt cuts the state off a welcome that left, and tells whether it did.
func handedOverAt(welcome string) (at string, sent bool) {
	for _, state := range []scheduler.NoticeState{scheduler.NoticeSent, scheduler.NoticeDelivered} {
		if at, sent = strings.CutPrefix(welcome, string(state)); sent {
			return at, true
		}
	}
	return "", false
}

// stopTexts ends the consent to texts of everybody with a number, and gives who they are. Promised texts are dropped
// in the same transaction, so that nothing starts after it.
func (t *tx) stopTexts(ctx context.Context, a access.Actor, clinic scheduler.ID, number string,
	now time.Time) ([]scheduler.ID, error) {
	people, err := t.peopleOfNumber(ctx, clinic, number)
	if err != nil {
		return nil, err
	}
	state, err := t.numberState(ctx, clinic, number)
	if err != nil {
		return nil, err
	}
	if state.stopped == "" {
		state.stopped = sqldb.Stamp(now)
		if err := t.saveNumber(ctx, clinic, number, state); err != nil {
			return nil, err
		}
	}
	var ended []scheduler.ID
	for _, person := range people {
		rows, err := t.Count(ctx, `UPDATE consents SET revoked_at = ?, revoked_by = ?, revoked_how = 'text'
WHERE person = ? AND channel = 'sms' AND revoked_at = ''`, sqldb.Stamp(now), a.String(), person)
		if err != nil {
			return nil, fmt.Errorf("ending a consent to texts: %w", err)
		}
		if rows == 0 {
			continue
		}
		ended = append(ended, person)
		if err := t.endedTexts(ctx, clinic, person, len(people) > 1, now); err != nil {
			return nil, err
		}
	}
	if len(ended) == 0 {
		return nil, nil
	}
	return ended, t.audit(ctx, clinic, a, now, scheduler.AuditEntry{Action: "person.consents", Subjects: ended,
		Fields: []string{string(scheduler.SMS)}})
}

// endedTexts drops what was to be texted to a person, and asks staff to call about changes when nothing else reaches
// them, or when several people have the number and only one of them wrote.
func (t *tx) endedTexts(ctx context.Context, clinic, person scheduler.ID, shared bool, now time.Time) error {
	if err := t.dropUnwanted(ctx, clinic, person, now); err != nil {
		return fmt.Errorf("dropping texts of %s: %w", person, err)
	}
	if err := t.Exec(ctx, "UPDATE people SET rev = rev + 1 WHERE clinic = ? AND id = ?", clinic, person); err != nil {
		return err
	}
	if err := t.Exec(ctx, "UPDATE clinics SET change_no = change_no + 1 WHERE id = ?", clinic); err != nil {
		return err
	}
	reach, err := t.reach(ctx, clinic, []scheduler.ID{person})
	if err != nil || !shared && (&scheduler.Person{Reach: reach[person]}).Reachable() {
		return err
	}
	return t.saveTasks(ctx, clinic, []scheduler.Task{scheduler.NewTask(clinic, scheduler.Task{
		Kind: scheduler.CallTask, About: scheduler.AboutStopped, Person: person, Due: now.Add(24 * time.Hour),
		Again: true,
	}, scheduler.AboutStopped+":"+string(person), now)})
}

// peopleOfNumber lists the people of a clinic who have a number.
func (t *tx) peopleOfNumber(ctx context.Context, clinic scheduler.ID, number string) ([]scheduler.ID, error) {
	if number == "" {
		return nil, nil
	}
	rows, err := t.Query(ctx, `SELECT id FROM people WHERE clinic = ? AND phone_index = ? AND merged_into = ''
ORDER BY id`, clinic, number)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, scanID)
}
