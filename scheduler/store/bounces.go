package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// ReasonSentBack stands beside a notice that was sent and came back.
const ReasonSentBack = "sent back"

// Reasons for which a bounce is dropped.
const (
	bounceUnknown = "unknown mail"
	bounceUnsent  = "a mail that was never sent"
)

// TakeBounce writes down that a mail of ours did not arrive: its notice says
// so, staff get a task, and an address of which the report says that there is
// no such mailbox is not used again. Anybody can write a report, so it counts
// only for a mail whose Message-ID it names or to whose own address it was sent,
// not when the two disagree. Only a report about the registered address marks that
// address; one about another, to which the mail was forwarded, or about nobody
// makes a task: the person was not reached. Taken twice it changes nothing the
// second time.
func (db *DB) TakeBounce(ctx context.Context, a access.Actor, in reads.Inbound) (reads.InboundResult, error) {
	if err := access.Check(a, access.NoticeHandle); err != nil {
		return reads.InboundResult{}, err
	}
	var taken reads.InboundResult
	err := db.write(ctx, func(t *tx) error {
		if again, err := t.takenBefore(ctx, "", in); again || err != nil {
			taken = droppedAgain("")
			return err
		}
		taken = reads.InboundResult{Act: string(gate.ReplyDrop), Reason: bounceUnknown}
		m, err := t.mailSentBack(ctx, in)
		if sqldb.IsNoRows(err) || err == nil && in.Envelope != "" && in.Envelope != m.notice {
			return nil
		}
		if err != nil {
			return fmt.Errorf("looking for a mail that came back: %w", err)
		}
		if err := access.CheckIn(a, access.NoticeHandle, string(m.clinic)); err != nil {
			return err
		}
		taken.Clinic, taken.Person, taken.Notice = m.clinic, m.person, m.notice
		if m.attempts == 0 {
			taken.Reason = bounceUnsent
			return nil
		}
		refusal := m.refusal(in.Refusals)
		taken.Act, taken.Reason = "task", ReasonSentBack
		if refusal.Bad && m.person != "" {
			taken.Act = "mark"
		}
		return t.sentBack(ctx, a, m, refusal, in)
	})
	return taken, err
}

// mailOfOurs is a mail that left, as it is found again by its Message-ID.
type mailOfOurs struct {
	clinic, cohort, person, enrollment, staff, session, notice scheduler.ID
	key, address                                               string
	attempts                                                   int
}

// mailSentBack finds the mail that another one is about and locks its clinic;
// sql.ErrNoRows when there is none.
func (t *tx) mailSentBack(ctx context.Context, in reads.Inbound) (m mailOfOurs, err error) {
	if in.Thread != "" {
		m.clinic, m.notice, err = t.welcomeSentBack(ctx, in.Thread)
	} else {
		m.clinic, m.notice, err = t.noticeSentBack(ctx, in.Notice)
	}
	if err != nil {
		return mailOfOurs{}, err
	}
	if _, err := t.lock(ctx, m.clinic); err != nil { // so that the address stays as it is read
		return mailOfOurs{}, err
	}
	var email, own []byte
	err = t.Row(ctx, `
		SELECT coalesce(n.person, ''), coalesce(n.enrollment, ''), coalesce(n.staff, ''), n.session, n.key, n.attempts,
		  coalesce(e.cohort, x.cohort, ''), coalesce(p.email, f.email), p.data_key
		FROM notices n LEFT JOIN enrollments e ON e.id = n.enrollment LEFT JOIN people p ON p.id = n.person
		LEFT JOIN staff f ON f.id = n.staff LEFT JOIN sessions x ON x.id = n.session
		WHERE n.clinic = ? AND n.id = ?`, m.clinic, m.notice).
		Scan(&m.person, &m.enrollment, &m.staff, &m.session, &m.key, &m.attempts, &m.cohort, &email, &own)
	if err != nil {
		return mailOfOurs{}, err
	}
	key, err := t.key(ctx, m.clinic)
	if err != nil {
		return mailOfOurs{}, err
	}
	if m.staff != "" {
		m.address, err = openedForUse(key, place(m.clinic, "staff", "email", m.staff), email)
		return m, err
	}
	theirs := key.person(m.clinic, m.person, own)
	m.address, err = openedForUse(theirs, place(m.clinic, "people", "email", m.person), email)
	return m, err
}

// refusal finds what was said about the registered address, else about the one to
// which it forwards, else about anybody. Only the first says that the address is bad.
func (m mailOfOurs) refusal(all []reads.Refusal) reads.Refusal {
	for _, about := range []func(reads.Refusal) bool{
		func(r reads.Refusal) bool { return scheduler.SameAddress(r.Address, m.address) },
		func(r reads.Refusal) bool { return scheduler.SameAddress(r.Original, m.address) },
		func(reads.Refusal) bool { return true },
	} {
		if i := slices.IndexFunc(all, about); i >= 0 {
			r := all[i]
			r.Bad = r.Bad && scheduler.SameAddress(r.Address, m.address)
			return r
		}
	}
	return reads.Refusal{}
}

// sentBack marks notice and address and asks staff to look.
func (t *tx) sentBack(ctx context.Context, a access.Actor, m mailOfOurs, refusal reads.Refusal,
	in reads.Inbound) error {
	now := t.db.now()
	err := t.Exec(ctx, "UPDATE notices SET reason = ? WHERE clinic = ? AND id = ? AND state = 'sent'", ReasonSentBack,
		m.clinic, m.notice)
	if err != nil {
		return err
	}
	if refusal.Bad && m.person != "" {
		err := t.Exec(ctx, "UPDATE people SET email_bad_at = ? WHERE clinic = ? AND id = ? AND email_bad_at = ''",
			sqldb.Stamp(now), m.clinic, m.person)
		if err != nil {
			return err
		}
	}
	err = t.saveTasks(ctx, m.clinic, []scheduler.Task{scheduler.NewTask(m.clinic, scheduler.Task{
		Kind: scheduler.NoticeTask, About: scheduler.AboutSentBack, Cohort: m.cohort, Person: m.person,
		Enrollment: m.enrollment,
		Session:    m.session, Staff: m.staff, Due: now.Add(time.Hour), Note: refusal.Said,
	}, scheduler.AboutSentBack+":"+m.key, now)})
	if err != nil {
		return err
	}
	return t.audit(ctx, m.clinic, a, now,
		scheduler.AuditEntry{Action: "mail.bounce",
			Subjects: []scheduler.ID{m.notice, m.person + m.staff, digestSubject(in)}})
}
