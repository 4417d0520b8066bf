package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// mostTextsAnswered is how many texts of one number are answered within an hour, so that two machines do not write
// to each other for ever.
const mostTextsAnswered = 6

// TakeText takes a text that came in, at each clinic that knows its number, and says what to answer. It ends or gives
// back the consent to texts in one transaction with what was promised, for everybody with the number. What people
// must read is sealed and becomes a task. A text that was taken and answered before changes nothing; one that was
// taken only is answered again. Where there are several clinics, nothing is kept of a number that none of them knows
// but that it wants no texts.
func (db *DB) TakeText(ctx context.Context, a access.Actor, in reads.TextIn) (reads.TextTaken, error) {
	if err := access.Check(a, access.NoticeHandle); err != nil {
		return reads.TextTaken{}, err
	}
	var taken reads.TextTaken
	err := db.write(ctx, func(t *tx) error {
		taken = reads.TextTaken{Meaning: string(gate.ReadText(in.Text)), Answer: true}
		if gate.SpanishText(in.Text) {
			taken.Language = "es"
		}
		clinics, err := t.clinicIDs(ctx, a.Clinic)
		if err != nil {
			return err
		}
		for _, clinic := range clinics {
			if err := t.takeTextAt(ctx, a, clinic, in, len(clinics) == 1, &taken); err != nil {
				return fmt.Errorf("taking a text at clinic %s: %w", clinic, err)
			}
		}
		return nil
	})
	return taken, err
}

// takeTextAt takes a text at one clinic; the only one takes those of strangers, too.
func (t *tx) takeTextAt(ctx context.Context, a access.Actor, clinic scheduler.ID, in reads.TextIn, only bool,
	taken *reads.TextTaken) error {
	if _, err := t.lock(ctx, clinic); err != nil {
		return err
	}
	key, err := t.key(ctx, clinic)
	if err != nil {
		return err
	}
	w := textTaker{tx: t, actor: a, clinic: clinic, key: key, number: phoneIndex(key, in.From), now: t.db.now(), in: in}
	if w.people, err = t.peopleOfNumber(ctx, clinic, w.number); err != nil {
		return err
	}
	if len(w.people) == 0 && !only {
		if gate.TextMeaning(taken.Meaning) != gate.TextStop {
			return nil
		}
		_, err := t.stopTexts(ctx, a, clinic, w.number, w.now)
		return err
	}
	if before, err := w.before(ctx); err != nil || before {
		taken.Known, taken.Repeated, taken.Answer = true, true, false
		return err
	}
	act, err := w.take(ctx, gate.TextMeaning(taken.Meaning))
	if err != nil {
		return err
	}
	if err := w.note(ctx, act); err != nil {
		return err
	}
	flood, err := w.flood(ctx)
	if err != nil {
		return err
	}
	taken.Answer = taken.Answer && !flood
	return w.describe(ctx, act, taken)
}

// textTaker takes one text at one clinic.
type textTaker struct {
	tx     *tx
	actor  access.Actor
	clinic scheduler.ID
	key    *clinicKey
	number string // blind index
	people []scheduler.ID
	now    time.Time
	in     reads.TextIn
}

// row is the id of a text at a clinic.
func (w textTaker) row() scheduler.ID { return scheduler.DeriveID(w.clinic, "text", w.in.ID) }

// before tells whether the text was taken and answered.
func (w textTaker) before(ctx context.Context) (bool, error) {
	var answered string
	err := w.tx.Row(ctx, "SELECT answered_at FROM texts_in WHERE clinic = ? AND id = ?", w.clinic,
		w.row()).Scan(&answered)
	if sqldb.IsNoRows(err) {
		return false, nil
	}
	return answered != "", err
}

// take does what a text means, and gives what became of it.
func (w textTaker) take(ctx context.Context, meaning gate.TextMeaning) (string, error) {
	switch meaning {
	case gate.TextStop:
		_, err := w.tx.stopTexts(ctx, w.actor, w.clinic, w.number, w.now)
		return reads.TextStopped, err
	case gate.TextStart:
		return w.start(ctx)
	case gate.TextHelp:
		return reads.TextHelped, nil
	case gate.TextYes:
		asked, err := w.asked(ctx)
		if err != nil {
			return "", err
		}
		if asked {
			return w.confirm(ctx)
		}
		return w.asks(ctx)
	case gate.TextNo, gate.TextCannot:
		return w.asks(ctx)
	}
	return reads.TextToRead, w.toRead(ctx)
}

// asks leaves to the desk what a person answers; a stranger's answer is for people.
func (w textTaker) asks(ctx context.Context) (string, error) {
	if len(w.people) == 0 {
		return reads.TextToRead, w.toRead(ctx)
	}
	return reads.TextAsks, nil
}

// asked tells whether the number was asked to confirm, and has not since.
func (w textTaker) asked(ctx context.Context) (bool, error) {
	n, err := w.tx.numberState(ctx, w.clinic, w.number)
	if err != nil || len(w.people) == 0 || n.asked == "" || n.stopped != "" || n.confirmed >= n.asked {
		return false, err
	}
	var waiting int
	in, args := sqldb.List(w.people)
	err = w.tx.Row(ctx, `SELECT count(*) FROM consents c JOIN people p ON p.id = c.person
WHERE p.clinic = ? AND p.id IN (`+in+`) AND `+unconfirmedNumbers, append([]any{w.clinic}, args...)...).Scan(&waiting)
	return waiting > 0, err
}

// confirm lets texts go to the number, by the consents that there are.
func (w textTaker) confirm(ctx context.Context) (string, error) {
	n, err := w.tx.numberState(ctx, w.clinic, w.number)
	if err != nil {
		return "", err
	}
	n.confirmed, n.stopped, n.refused = sqldb.Stamp(w.now), "", ""
	if err := w.tx.saveNumber(ctx, w.clinic, w.number, n); err != nil {
		return "", err
	}
	if err := w.tx.Exec(ctx, "UPDATE clinics SET change_no = change_no + 1 WHERE id = ?", w.clinic); err != nil {
		return "", err
	}
	if err := w.welcome(ctx); err != nil {
		return "", fmt.Errorf("promising all dates by text: %w", err)
	}
	return reads.TextConfirmed, w.tx.audit(ctx, w.clinic, w.actor, w.now,
		scheduler.AuditEntry{Action: "person.consents", Subjects: w.people, Fields: []string{string(scheduler.SMS)}})
}

// welcome promises all dates by text to people whose stay no message has told them yet.
func (w textTaker) welcome(ctx context.Context) error {
	in, args := sqldb.List(w.people)
	rows, err := w.tx.Query(ctx, `
		SELECT e.id, e.person, max(x.end_at) FROM enrollments e JOIN seats s ON s.enrollment = e.id
		  JOIN sessions x ON x.id = s.session
		WHERE e.clinic = ? AND e.person IN (`+in+`) AND e.state = 'active' AND s.state = 'planned' AND x.start_at > ?
		  AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.enrollment = e.id AND n.kind = 'welcome'
		    AND n.state IN ('planned', 'sent', 'delivered'))
		GROUP BY e.id, e.person ORDER BY e.id`, append(append([]any{w.clinic}, args...), sqldb.Stamp(w.now))...)
	if err != nil {
		return err
	}
	notices, err := sqldb.Collect(rows, func(rows *sql.Rows) (n scheduler.Notice, err error) {
		n = scheduler.Notice{Kind: scheduler.Welcome, Channel: scheduler.SMS, Due: w.now}
		err = rows.Scan(&n.Enrollment, &n.Person, sqldb.When(&n.NotAfter))
		return scheduler.NewNotice(n, nil, w.now), err
	})
	if err != nil {
		return err
	}
	return w.tx.saveNotices(ctx, w.clinic, notices)
}

// start gives back the consents that a text ended; without one, and without one that waits, there is nothing to start.
func (w textTaker) start(ctx context.Context) (string, error) {
	if len(w.people) == 0 {
		return reads.TextNoConsent, nil
	}
	in, args := sqldb.List(w.people)
	rows, err := w.tx.Query(ctx, `
		SELECT c.person, c.text_version FROM consents c JOIN people p ON p.id = c.person
		WHERE p.clinic = ? AND p.id IN (`+in+`) AND c.channel = 'sms' AND c.revoked_how = 'text' AND c.revoked_at <> ''
		  AND NOT EXISTS (SELECT 1 FROM consents o WHERE o.person = c.person AND o.channel = 'sms'
		    AND o.given_at > c.given_at) ORDER BY c.person`, append([]any{w.clinic}, args...)...)
	if err != nil {
		return "", err
	}
	type ended struct {
		person  scheduler.ID
		version string
	}
	all, err := sqldb.Collect(rows,
		func(rows *sql.Rows) (e ended, err error) { return e, rows.Scan(&e.person, &e.version) })
	if err != nil {
		return "", fmt.Errorf("reading ended consents: %w", err)
	}
	for _, e := range all {
		err := w.tx.giveConsent(ctx, w.actor, e.person, scheduler.Consent{Channel: scheduler.SMS,
			TextVersion: e.version, How: "text"}, w.now)
		if err != nil {
			return "", fmt.Errorf("giving a consent back: %w", err)
		}
	}
	var living int
	err = w.tx.Row(ctx, `SELECT count(*) FROM consents c JOIN people p ON p.id = c.person WHERE p.clinic = ?
AND p.id IN (`+in+`) AND c.channel = 'sms' AND c.revoked_at = ''`, append([]any{w.clinic}, args...)...).Scan(&living)
	if err != nil {
		return "", err
	}
	if living == 0 {
		return reads.TextNoConsent, nil
	}
	return w.confirm(ctx)
}

// toRead seals a text and asks staff to read it now. What a number of several people wrote is about none of them.
func (w textTaker) toRead(ctx context.Context) error {
	task := scheduler.Task{Kind: scheduler.LookTask, About: scheduler.AboutTexted, Due: w.now, Note: w.in.Text}
	switch len(w.people) {
	case 0:
		task.Note = fmt.Sprintf("From %s, a number that nobody here has: %s", w.in.From, w.in.Text)
	case 1:
		task.Person = w.people[0]
	default:
		task.Note = fmt.Sprintf("From a number that %d people here have: %s", len(w.people), w.in.Text)
	}
	return w.tx.saveTasks(ctx, w.clinic, []scheduler.Task{
		scheduler.NewTask(w.clinic, task, scheduler.AboutTexted+":"+string(w.row()), w.now)})
}

// note writes down that a text came, sealed.
func (w textTaker) note(ctx context.Context, act string) error {
	person := scheduler.ID("")
	if len(w.people) == 1 {
		person = w.people[0]
	}
	return w.tx.Insert(ctx, "INSERT INTO texts_in (id, clinic, person, number, at, act, text)", [][]any{{w.row(),
		w.clinic,
		person, w.number, sqldb.Stamp(w.now), act, sealed(w.key, place(w.clinic, "texts_in", "text", w.row()),
			w.in.Text)}},
		" ON CONFLICT (id) DO NOTHING")
}

// flood tells whether the number has written so much within an hour that it gets no answer now.
func (w textTaker) flood(ctx context.Context) (bool, error) {
	var n int
	err := w.tx.Row(ctx, "SELECT count(*) FROM texts_in WHERE clinic = ? AND number = ? AND at > ?", w.clinic, w.number,
		sqldb.Stamp(w.now.Add(-time.Hour))).Scan(&n)
	return n > mostTextsAnswered, err
}

// describe adds what the answer needs: of several clinics with the number the first one's.
func (w textTaker) describe(ctx context.Context, act string, taken *reads.TextTaken) error {
	taken.Rows = append(taken.Rows, reads.TextRow{Clinic: w.clinic, ID: w.row()})
	if taken.Known {
		return nil
	}
	contact, err := w.tx.contactOf(ctx, w.clinic)
	if err != nil {
		return err
	}
	taken.Known, taken.Clinic, taken.Act, taken.Contact = true, w.clinic, act, contact
	taken.People = slices.Clone(w.people)
	if len(w.people) == 0 {
		return nil
	}
	var language string
	if err := w.tx.Row(ctx, "SELECT language FROM people WHERE clinic = ? AND id = ?", w.clinic, w.people[0]).
		Scan(&language); err != nil {
		return err
	}
	if taken.Language == "" && len(w.people) == 1 {
		taken.Language = language
	}
	if len(w.people) == 1 {
		links, err := w.tx.links(ctx, w.clinic, w.people)
		if err != nil {
			return err
		}
		taken.Page = links[w.people[0]].Page
		if act == reads.TextAsks {
			return w.readAsked(ctx, taken)
		}
	}
	return nil
}

// readAsked reads what the person was asked by text in the last seven days: the last reminder, and the last offer. A
// second text within a day, without a reminder between, names no date.
func (w textTaker) readAsked(ctx context.Context, taken *reads.TextTaken) error {
	reminder, err := w.lastTexted(ctx, scheduler.Reminder)
	if err != nil {
		return err
	}
	offer, err := w.lastTexted(ctx, scheduler.OfferNotice)
	if err != nil {
		return err
	}
	taken.Reminded = reminder.Session
	if offer.Key != "" {
		taken.Offer, taken.OfferTo, taken.OfferStart = scheduler.OfferOf(offer.Key), offer.Enrollment, offer.Start
	}
	if taken.Reminded != "" {
		return nil
	}
	var lately int
	err = w.tx.Row(ctx, "SELECT count(*) FROM texts_in WHERE clinic = ? AND number = ? AND at > ? AND act = ?",
		w.clinic, w.number, sqldb.Stamp(w.now.Add(-24*time.Hour)), reads.TextGivenBack).Scan(&lately)
	if lately > 0 && taken.Meaning == string(gate.TextCannot) {
		taken.Act = reads.TextWhich
	}
	return err
}

// lastTexted gives the last notice of a kind that the person was texted in the last seven days; zero: there is none.
func (w textTaker) lastTexted(ctx context.Context, kind scheduler.NoticeKind) (n scheduler.Notice, err error) {
	err = w.tx.Row(ctx, `
		SELECT n.session, n.key, n.enrollment, n.start_at
		FROM notices n JOIN enrollments e ON e.id = n.enrollment
		WHERE e.clinic = ? AND e.person = ? AND n.kind = ? AND n.channel = 'sms' AND n.state IN ('sent', 'delivered')
		  AND n.done_at > ? ORDER BY n.done_at DESC LIMIT 1`,
		w.clinic, w.people[0], kind, sqldb.Stamp(w.now.Add(-weekOf))).
		Scan(&n.Session, &n.Key, &n.Enrollment, sqldb.When(&n.Start))
	if err != nil && !sqldb.IsNoRows(err) {
		return n, fmt.Errorf("reading the last text of kind %s: %w", kind, err)
	}
	return n, nil
}

// TextToRead gives a text that was taken, and that answers nothing, to staff.
func (db *DB) TextToRead(ctx context.Context, a access.Actor, row reads.TextRow, people []scheduler.ID,
	in reads.TextIn) error {
	if err := access.CheckIn(a, access.NoticeHandle, string(row.Clinic)); err != nil {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		return textTaker{tx: t, actor: a, clinic: row.Clinic, people: people, now: db.now(), in: in}.toRead(ctx)
	})
}

// TextAnswered notes what became of a text that came in, and that it was answered, so that it is not answered again.
func (db *DB) TextAnswered(ctx context.Context, a access.Actor, rows []reads.TextRow, act string) error {
	if err := access.Check(a, access.NoticeHandle); err != nil {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		for _, row := range rows {
			err := t.Exec(ctx, "UPDATE texts_in SET answered_at = ?, act = ? WHERE clinic = ? AND id = ? AND "+
				"answered_at = ''",
				sqldb.Stamp(db.now()), act, row.Clinic, row.ID)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// TextCounts counts the texts that were handed over, and their parts.
func (db *DB) TextCounts(ctx context.Context, a access.Actor) (c reads.TextCounts, err error) {
	if err := access.Check(a, access.NoticeHandle); err != nil {
		return c, err
	}
	err = db.view(ctx, func(t *tx) error {
		return t.Row(ctx, "SELECT count(*), coalesce(sum(segments), 0) FROM attempts WHERE segments > 0").
			Scan(&c.Texts, &c.Segments)
	})
	return c, err
}
