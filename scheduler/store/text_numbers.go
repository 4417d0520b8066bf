package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// consentCounts is a condition that a living consent c of a person p counts: there is an address that works, and a
// number has confirmed since the consent was given that it takes texts.
const consentCounts = `(c.channel = 'email' AND p.email IS NOT NULL AND p.email_bad_at = ''
	  OR c.channel = 'sms' AND p.phone IS NOT NULL AND EXISTS (SELECT 1 FROM text_numbers tn
	    WHERE tn.clinic = p.clinic AND tn.number = p.phone_index AND tn.confirmed_at >= c.given_at
	      AND tn.stopped_at = '' AND tn.refused_at = '')
	  OR c.channel NOT IN ('email', 'sms') AND p.phone IS NOT NULL)`

// unconfirmedNumbers are living consents c of people p whose number has not been asked, or has not confirmed, since.
const unconfirmedNumbers = `c.channel = 'sms' AND c.revoked_at = '' AND p.phone IS NOT NULL AND p.merged_into = ''
	AND NOT EXISTS (SELECT 1 FROM text_numbers tn WHERE tn.clinic = p.clinic AND tn.number = p.phone_index
	  AND (tn.confirmed_at >= c.given_at OR tn.stopped_at <> '' OR tn.refused_at <> ''))`

// optInUseful is how long a text that asks for confirmation may still leave.
const optInUseful = 7 * 24 * time.Hour

// optIns gives the texts that ask numbers to confirm that they take texts: one for each consent that was given since
// its number was asked last, to people who have a living enrollment.
func (t *tx) optIns(ctx context.Context, clinic scheduler.ID, now time.Time) ([]scheduler.Notice, error) {
	rows, err := t.Query(ctx, `
		SELECT p.id, p.phone_index, max(c.given_at), min(e.id)
		FROM consents c JOIN people p ON p.id = c.person JOIN enrollments e ON e.person = p.id
		WHERE p.clinic = ? AND `+unconfirmedNumbers+` AND e.state NOT IN ('completed', 'withdrawn')
		  AND NOT EXISTS (SELECT 1 FROM text_numbers tn WHERE tn.clinic = p.clinic AND tn.number = p.phone_index
		    AND tn.asked_at >= c.given_at)
		GROUP BY p.id, p.phone_index ORDER BY p.id`, clinic)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (n scheduler.Notice, err error) {
		var number, given string
		n = scheduler.Notice{Kind: scheduler.OptIn, Channel: scheduler.SMS, Due: now, NotAfter: now.Add(optInUseful)}
		if err := rows.Scan(&n.Person, &number, &given, &n.Enrollment); err != nil {
			return n, err
		}
		n.Version = scheduler.DeriveID(n.Person, "number", number+given)
		return scheduler.NewNotice(n, nil, now), nil
	})
}

// foreseeOptIns adds to what clinics owe the texts that ask for confirmation.
func (t *tx) foreseeOptIns(ctx context.Context, only string, owed map[scheduler.ID]*foreseen, now time.Time) error {
	clinics, err := t.clinicIDs(ctx, only)
	if err != nil {
		return err
	}
	for _, clinic := range clinics {
		notices, err := t.optIns(ctx, clinic, now)
		if err != nil {
			return fmt.Errorf("looking for numbers to ask: %w", err)
		}
		if len(notices) == 0 {
			continue
		}
		if owed[clinic] == nil {
			owed[clinic] = &foreseen{}
		}
		owed[clinic].notices = append(owed[clinic].notices, notices...)
	}
	return nil
}

// clinicIDs lists all clinics, or the one that only names.
func (t *tx) clinicIDs(ctx context.Context, only string) ([]scheduler.ID, error) {
	rows, err := t.Query(ctx, "SELECT id FROM clinics WHERE ? = '' OR id = ? ORDER BY id", only, only)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, scanID)
}

// textsGo tells whether any number has confirmed that it takes texts.
func (t *tx) textsGo(ctx context.Context) (any bool, err error) {
	clinics, err := t.clinicIDs(ctx, "")
	for _, clinic := range clinics {
		var n int
		err = t.Row(ctx, `SELECT count(*) FROM (SELECT 1 FROM text_numbers WHERE clinic = ? AND confirmed_at <> ''
LIMIT 1) AS x`, clinic).Scan(&n)
		if err != nil || n > 0 {
			return n > 0, err
		}
	}
	return false, err
}

// readTexted reads what the gate must know of people about to get a text: what they got in the last seven days, and
// whether their number has yet to confirm.
func (t *tx) readTexted(ctx context.Context, clinic scheduler.ID, all []*noticeData, now time.Time) error {
	texts := func(n *noticeData) bool { return n.Channel == scheduler.SMS }
	people := of(all, texts, func(n *noticeData) scheduler.ID { return n.Person })
	if len(people) == 0 {
		return nil
	}
	in, args := sqldb.List(people)
	rows, err := t.Query(ctx, `
		SELECT DISTINCT p.id FROM people p JOIN consents c ON c.person = p.id
		WHERE p.clinic = ? AND p.id IN (`+in+`) AND `+unconfirmedNumbers, append([]any{clinic}, args...)...)
	if err != nil {
		return err
	}
	unconfirmed, err := sqldb.Collect(rows, scanID)
	if err != nil {
		return fmt.Errorf("reading which numbers have to confirm: %w", err)
	}
	rows, err = t.Query(ctx, `
		SELECT e.person, n.kind, n.done_at FROM enrollments e JOIN notices n ON n.enrollment = e.id
		WHERE e.clinic = ? AND e.person IN (`+in+`) AND n.channel = 'sms' AND n.kind <> 'opt-in'
		  AND n.state IN ('sent', 'delivered', 'failed') AND n.done_at > ?`,
		append(append([]any{clinic}, args...), sqldb.Stamp(now.Add(-weekOf-24*time.Hour)))...)
	if err != nil {
		return err
	}
	texted := map[scheduler.ID][]gate.Texted{}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (person scheduler.ID, err error) {
		var one gate.Texted
		err = rows.Scan(&person, &one.Kind, sqldb.When(&one.At))
		texted[person] = append(texted[person], one)
		return person, err
	})
	for _, n := range all {
		if !texts(n) {
			continue
		}
		n.texted = texted[n.Person]
		for _, person := range unconfirmed {
			n.unconfirmed = n.unconfirmed || person == n.Person
		}
	}
	return err
}

// numberState is what is known of a number; times as the database keeps them.
type numberState struct{ asked, confirmed, stopped, refused string }

func (t *tx) numberState(ctx context.Context, clinic scheduler.ID, number string) (n numberState, err error) {
	err = t.Row(ctx, `SELECT asked_at, confirmed_at, stopped_at, refused_at FROM text_numbers
WHERE clinic = ? AND number = ?`, clinic, number).Scan(&n.asked, &n.confirmed, &n.stopped, &n.refused)
	if sqldb.IsNoRows(err) {
		return n, nil
	}
	return n, err
}

func (t *tx) saveNumber(ctx context.Context, clinic scheduler.ID, number string, n numberState) error {
	return t.Insert(ctx, "INSERT INTO text_numbers (clinic, number, asked_at, confirmed_at, stopped_at, refused_at)",
		[][]any{{clinic, number, n.asked, n.confirmed, n.stopped, n.refused}}, ` ON CONFLICT (clinic, number) DO UPDATE
SET asked_at = excluded.asked_at, confirmed_at = excluded.confirmed_at, stopped_at = excluded.stopped_at,
refused_at = excluded.refused_at`)
}

// askedNumbers remembers when numbers were asked to confirm, and ends the letters whose dates a text told since.
func (r *recorder) askedNumbers(ctx context.Context, handovers []reads.Handover) error {
	for _, h := range handovers {
		if h.Kind == scheduler.Welcome && h.Channel == scheduler.SMS {
			err := r.tx.Exec(ctx, `UPDATE tasks SET done_at = ?, done_by = ? WHERE clinic = ? AND done_at = ''
AND key IN (SELECT 'letter:' || n.enrollment FROM notices n WHERE n.clinic = ? AND n.id = ?)`,
				sqldb.Stamp(r.now), deliveredBy, r.clinic, r.clinic, h.Notice)
			if err != nil {
				return err
			}
		}
		if h.Kind != scheduler.OptIn {
			continue
		}
		number := phoneIndex(r.key, h.Address)
		n, err := r.tx.numberState(ctx, r.clinic, number)
		if err != nil {
			return err
		}
		n.asked = sqldb.Stamp(r.now)
		if err := r.tx.saveNumber(ctx, r.clinic, number, n); err != nil {
			return fmt.Errorf("noting that a number was asked: %w", err)
		}
	}
	return nil
}
