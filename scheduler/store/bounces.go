package store

import (
	"context"
	"fmt"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// ReasonSentBack stands beside a notice that was sent and came back.
const ReasonSentBack = "sent back"

// Reasons for which a bounce is dropped.
const (
	bounceUnknown = "unknown mail"
	bounceOther   = "not the address that we wrote to"
	bounceUnsent  = "a mail that was never sent"
)

// TakeBounce writes down that a mail of ours did not arrive: its notice says
// so, staff get a task, and an address of which the report says that there is
// no such mailbox is not used again. Anybody can write a report, so it counts
// only for a mail whose Message-ID it names or to whose own address it was sent,
// not when the two disagree, and for a recipient who is the registered one; one that
// names nobody makes a task and marks nothing. Taken twice it changes nothing
// the second time.
func (db *DB) TakeBounce(ctx context.Context, a access.Actor, in reads.Inbound) (reads.Taken, error) {
	if err := access.Check(a, access.NoticeHandle); err != nil {
		return reads.Taken{}, err
	}
	var taken reads.Taken
	err := db.write(ctx, func(t *tx) error {
		taken = reads.Taken{Act: string(scheduler.ReplyDrop), Reason: bounceUnknown}
		m, err := t.mailSentBack(ctx, in)
		if isNoRows(err) || err == nil && in.Envelope != "" && in.Envelope != m.notice {
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
		refusal, ours := m.refusal(in.Refusals)
		if !ours {
			taken.Reason = bounceOther
			return nil
		}
		taken.Act, taken.Reason = "task", ReasonSentBack
		if refusal.Bad {
			taken.Act = "mark"
		}
		return t.sentBack(ctx, a, m, refusal, in)
	})
	return taken, err
}

// mailOfOurs is a mail that left, as it is found again by its Message-ID.
type mailOfOurs struct {
	clinic, cohort, person, enrollment, session, notice scheduler.ID
	key, address                                        string
	attempts                                            int
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
	if _, err := t.carryOf(ctx, m.clinic, []scheduler.ID{m.notice}); err != nil { // so that what is sent can be marked
		return mailOfOurs{}, err
	}
	var email []byte
	err = t.row(ctx, `
		SELECT n.person, n.enrollment, n.session, n.key, n.attempts, e.cohort, p.email
		FROM notices n JOIN enrollments e ON e.id = n.enrollment JOIN people p ON p.id = n.person
		WHERE n.clinic = ? AND n.id = ?`, m.clinic, m.notice).
		Scan(&m.person, &m.enrollment, &m.session, &m.key, &m.attempts, &m.cohort, &email)
	if err != nil {
		return mailOfOurs{}, err
	}
	key, err := t.key(ctx, m.clinic)
	if err != nil {
		return mailOfOurs{}, err
	}
	m.address, err = opened(key, place(m.clinic, "people", "email", m.person), email)
	return m, err
}

// refusal finds what was said about the registered address. A refusal of nobody
// in particular counts as one of this mail, but says nothing of the address.
func (m mailOfOurs) refusal(all []reads.Refusal) (reads.Refusal, bool) {
	for _, r := range all {
		if scheduler.SameAddress(r.Address, m.address) {
			return r, true
		}
	}
	for _, r := range all {
		if r.Address == "" {
			r.Bad = false
			return r, true
		}
	}
	return reads.Refusal{}, false
}

// sentBack marks notice and address and asks staff to look.
func (t *tx) sentBack(ctx context.Context, a access.Actor, m mailOfOurs, refusal reads.Refusal, in reads.Inbound) error {
	now := t.db.now()
	err := t.exec(ctx, "UPDATE notices SET reason = ? WHERE clinic = ? AND id = ? AND state = 'sent'", ReasonSentBack, m.clinic, m.notice)
	if err != nil {
		return err
	}
	if refusal.Bad {
		err := t.exec(ctx, "UPDATE people SET email_bad_at = ? WHERE clinic = ? AND id = ? AND email_bad_at = ''", stamp(now), m.clinic, m.person)
		if err != nil {
			return err
		}
	}
	err = t.saveTasks(ctx, m.clinic, []scheduler.Task{scheduler.NewTask(m.clinic, scheduler.Task{
		Kind: scheduler.NoticeTask, About: scheduler.AboutSentBack, Cohort: m.cohort, Person: m.person, Enrollment: m.enrollment,
		Session: m.session, Due: now.Add(time.Hour), Note: refusal.Said,
	}, scheduler.AboutSentBack+":"+m.key, now)})
	if err != nil {
		return err
	}
	return t.audit(ctx, m.clinic, a, now, scheduler.AuditEntry{Action: "mail.bounce", Subjects: []scheduler.ID{m.notice, m.person, digestSubject(in)}})
}
