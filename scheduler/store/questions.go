package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// confirmPurpose is that of the links by which a person says whether they come;
// the subject is the seat. Several of one seat live until one of them is used.
const confirmPurpose = "confirm"

// sendLink plans a mail with a new confirm link to the registered address.
func (t *tx) sendLink(ctx context.Context, r *answer, now time.Time) error {
	var last int
	err := t.Row(ctx, "SELECT coalesce(max(generation), -1) FROM tokens WHERE clinic = ? AND purpose = ? AND "+
		"subject = ?",
		r.clinic, confirmPurpose, r.Seat.ID).Scan(&last)
	if err != nil {
		return fmt.Errorf("numbering a confirm link: %w", err)
	}
	key, err := t.key(ctx, r.clinic)
	if err != nil {
		return err
	}
	row := key.tokenRow(r.clinic, confirmPurpose, r.Seat.ID, last+1)
	if err := t.Insert(ctx, insertToken, [][]any{row}, ""); err != nil {
		return err
	}
	notice := scheduler.NewNotice(scheduler.Notice{
		Kind: scheduler.Confirm, Channel: scheduler.Email, Person: r.person, Enrollment: r.enrollment,
		Session: r.Session.ID, Seat: r.Seat.ID, Due: now, NotAfter: r.Session.Start,
	}, r.Seat, now)
	if err := t.saveNotices(ctx, r.clinic, []scheduler.Notice{notice}); err != nil {
		return err
	}
	err = t.Exec(ctx, "UPDATE seats SET resent_at = ? WHERE clinic = ? AND id = ?", sqldb.Stamp(now),
		r.clinic, r.Seat.ID)
	return err
}

// confirmTokens derives the latest living confirm token of each seat that has one.
func (t *tx) confirmTokens(ctx context.Context, clinic scheduler.ID,
	seats []scheduler.ID) (map[scheduler.ID]string, error) {
	if len(seats) == 0 {
		return nil, nil
	}
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	in, args := sqldb.List(seats)
	rows, err := t.Query(ctx, `
		SELECT subject, max(generation) FROM tokens
		WHERE clinic = ? AND purpose = 'confirm' AND revoked_at = '' AND subject IN (`+in+`) GROUP BY subject`,
		append([]any{clinic}, args...)...)
	if err != nil {
		return nil, err
	}
	tokens := map[scheduler.ID]string{}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (seat scheduler.ID, err error) {
		var generation int
		err = rows.Scan(&seat, &generation)
		tokens[seat] = key.Token(confirmPurpose, string(seat), generation)
		return seat, err
	})
	return tokens, err
}

// Question gives what the page behind a confirm link shows. NotFound, with the
// same words as for every address that leads nowhere, when the token is
// unknown, the session has begun, or the person is not expected there any more.
func (db *DB) Question(ctx context.Context, a access.Actor, token string) (reads.Question, error) {
	if err := access.Check(a, access.TokenFind); err != nil {
		return reads.Question{}, err
	}
	var q reads.Question
	err := db.view(ctx, func(t *tx) (err error) {
		q, err = t.question(ctx, token)
		return err
	})
	return q, err
}

// Answer makes the one seat of a confirm link remember what its person says,
// yes or no, and ends all its confirm links. NotFound as for Question; Closed
// when the link was used before; Invalid for any other intent. An answer by
// mail that was made earlier does not count any more.
func (db *DB) Answer(ctx context.Context, a access.Actor, token string, intent gate.Intent) error {
	if err := access.Check(a, access.TokenFind); err != nil {
		return err
	}
	if intent != gate.IntentYes && intent != gate.IntentNo {
		return fault.In("come", "Choose one of the two answers.")
	}
	return db.write(ctx, func(t *tx) error {
		found, err := t.question(ctx, token)
		if err != nil {
			return err
		}
		if _, err := t.lock(ctx, found.Clinic); err != nil { // answers to one seat come one after another
			return err
		}
		q, err := t.question(ctx, token)
		if err != nil {
			return err
		}
		if q.Answered {
			return fault.New(fault.Closed, "This was answered already. Ask for another link to change it.")
		}
		return t.answer(ctx, q, intent, db.now())
	})
}

// answer writes down what was answered and burns the links.
func (t *tx) answer(ctx context.Context, q reads.Question, intent gate.Intent, now time.Time) error {
	err := t.Exec(ctx, `
		UPDATE seats SET intent = ?, claimed = '', answered_sequence = sequence, answered_stamp = ?,
answered_start = ?, answered_end = ?
		WHERE clinic = ? AND id = ?`, intent, sqldb.Stamp(now), sqldb.Stamp(q.Start), sqldb.Stamp(q.End),
		q.Clinic, q.Seat)
	if err != nil {
		return fmt.Errorf("writing an answer: %w", err)
	}
	if err := t.endLinks(ctx, q.Clinic, q.Seat, now); err != nil {
		return err
	}
	person := access.Person(string(q.Person), string(q.Clinic))
	return t.audit(ctx, q.Clinic, person, now,
		scheduler.AuditEntry{Action: "reply.confirm", Subjects: []scheduler.ID{q.Seat, q.Person}})
}

// endLinks burns all confirm links of a seat.
func (t *tx) endLinks(ctx context.Context, clinic, seat scheduler.ID, now time.Time) error {
	err := t.Exec(ctx, "UPDATE tokens SET revoked_at = ?, mac = '' WHERE clinic = ? AND purpose = ? AND "+
		"subject = ? AND revoked_at = ''",
		sqldb.Stamp(now), clinic, confirmPurpose, seat)
	if err != nil {
		return fmt.Errorf("ending confirm links: %w", err)
	}
	return nil
}

// question reads what a confirm link leads to, while it leads anywhere.
func (t *tx) question(ctx context.Context, token string) (q reads.Question, err error) {
	var used time.Time
	q.Clinic, q.Seat, used, err = t.tokenOf(ctx, confirmPurpose, token)
	if sqldb.IsNoRows(err) {
		return q, errNoAddress()
	}
	if err != nil {
		return q, fmt.Errorf("looking up a confirm link: %w", err)
	}
	seats, err := t.seatTruths(ctx, q.Clinic, "s.id", []scheduler.ID{q.Seat})
	if err != nil || len(seats) != 1 {
		return q, errors.Join(err, fmt.Errorf("reading seat %s: %d found", q.Seat, len(seats)))
	}
	var state scheduler.EnrollmentState
	err = t.Row(ctx, `
		SELECT p.id, p.zone, p.language, e.state FROM enrollments e JOIN people p ON p.id = e.person
		WHERE e.clinic = ? AND e.id = ?`, q.Clinic, seats[0].Enrollment).Scan(&q.Person, &q.Zone, &q.Language, &state)
	if err != nil {
		return q, fmt.Errorf("reading whose seat %s is: %w", q.Seat, err)
	}
	current := scheduler.MomentOf(&seats[0].Seat, &seats[0].session)
	if state != scheduler.Active || !current.Expected || !t.db.now().Before(current.Start) {
		return q, errNoAddress()
	}
	q.Start, q.End, q.Place, q.Answered = current.Start, current.End, current.Place, !used.IsZero()
	return q, nil
}

// readQuestions reads the tokens that confirms ask with.
func (t *tx) readQuestions(ctx context.Context, clinic scheduler.ID, all []*noticeData) error {
	asks := func(n *noticeData) bool { return n.Kind == scheduler.Confirm }
	questions, err := t.confirmTokens(ctx, clinic, of(all, asks, func(n *noticeData) scheduler.ID { return n.Seat }))
	for _, n := range all {
		if asks(n) {
			n.question = questions[n.Seat]
		}
	}
	return err
}
