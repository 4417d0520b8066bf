package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// TakeReply judges an answer to an invite by what is true now and does as
// gate.JudgeReply says, in one transaction: it sets the intent of the one
// seat that the UID names, or asks the person or staff, or plans the invite once
// more, or drops the answer. It never changes the state of a seat. Taken twice, an
// answer changes nothing the second time. One whose UID nobody knows is counted.
func (db *DB) TakeReply(ctx context.Context, a access.Actor, reply gate.Reply,
	in reads.Inbound) (reads.InboundResult, error) {
	if err := access.Check(a, access.NoticeHandle); err != nil {
		return reads.InboundResult{}, err
	}
	var taken reads.InboundResult
	err := db.write(ctx, func(t *tx) error {
		if again, err := t.takenBefore(ctx, in.Mailbox, in); again || err != nil {
			taken = droppedAgain(in.Mailbox)
			return err
		}
		clinic, seat, err := t.seatOfUID(ctx, reply.UID)
		if sqldb.IsNoRows(err) {
			taken, err = t.takeStaffReply(ctx, a, reply, in, db.now())
			return err
		}
		if err != nil {
			return fmt.Errorf("looking for an appointment: %w", err)
		}
		if err := access.CheckIn(a, access.NoticeHandle, string(clinic)); err != nil {
			return err
		}
		// Answers to one seat are judged one after another.
		if _, err := t.lock(ctx, clinic); err != nil {
			return err
		}
		r, err := t.answered(ctx, clinic, seat, reply)
		if err != nil {
			return err
		}
		verdict := gate.JudgeReply(r.ReplyFacts, db.now())
		taken = reads.InboundResult{Act: string(verdict.Act), Reason: verdict.Reason, Clinic: clinic,
			Person: r.person, Seat: seat}
		if verdict.Act == gate.ReplyDrop {
			return nil
		}
		if err := t.obey(ctx, r, verdict, db.now()); err != nil {
			return fmt.Errorf("doing with an answer as judged: %w", err)
		}
		return t.audit(ctx, clinic, a, db.now(), scheduler.AuditEntry{
			Action: "reply." + string(verdict.Act), Subjects: []scheduler.ID{seat, r.person, digestSubject(in)},
		})
	})
	return taken, err
}

// digestSubject names a message in the audit.
func digestSubject(in reads.Inbound) scheduler.ID { return "sha256:" + scheduler.ID(in.Digest) }

// answer is what stands about a reply, and whose it is.
type answer struct {
	gate.ReplyFacts
	clinic, cohort, enrollment, person scheduler.ID
}

const insertVersion = "INSERT INTO seat_versions (seat, sequence, start_at, end_at)"

// versions lists what was mailed of a seat, by sequence.
func (t *tx) versions(ctx context.Context, seat scheduler.ID) ([]gate.Version, error) {
	rows, err := t.Query(ctx,
		"SELECT sequence, start_at, end_at FROM seat_versions WHERE seat = ? ORDER BY sequence", seat)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (v gate.Version, err error) {
		return v, rows.Scan(&v.Sequence, sqldb.When(&v.Start), sqldb.When(&v.End))
	})
}

// answered reads what is known of a reply to a seat.
func (t *tx) answered(ctx context.Context, clinic, id scheduler.ID, reply gate.Reply) (*answer, error) {
	r := &answer{clinic: clinic, ReplyFacts: gate.ReplyFacts{Reply: reply}}
	seats, err := t.seatTruths(ctx, clinic, "s.id", []scheduler.ID{id})
	if err != nil || len(seats) != 1 {
		return nil, errors.Join(err, fmt.Errorf("reading seat %s: %d found", id, len(seats)))
	}
	r.Seat, r.Session, r.enrollment = &seats[0].Seat, &seats[0].session, seats[0].Enrollment
	var email, own []byte
	err = t.Row(ctx, `
		SELECT s.person, e.cohort, p.email, p.data_key, s.intent, s.answered_start, s.answered_end, s.answered_stamp,
		  s.resent_at
		FROM seats s JOIN people p ON p.id = s.person JOIN enrollments e ON e.id = s.enrollment
		WHERE s.clinic = ? AND s.id = ?`, clinic, id).
		Scan(&r.person, &r.cohort, &email, &own, &r.Last.Intent, sqldb.When(&r.Last.Start), sqldb.When(&r.Last.End),
			sqldb.When(&r.Last.Stamp), sqldb.When(&r.LinkedAt))
	if err != nil {
		return nil, fmt.Errorf("reading what was answered: %w", err)
	}
	if r.Versions, err = t.versions(ctx, id); err != nil {
		return nil, fmt.Errorf("reading what was mailed: %w", err)
	}
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	r.Address, err = openedForUse(key.person(clinic, r.person, own), place(clinic, "people", "email", r.person), email)
	if err != nil {
		return nil, err
	}
	reach, err := t.reach(ctx, clinic, []scheduler.ID{r.person})
	r.Reach = reach[r.person]
	return r, err
}

// obey does as a verdict says.
func (t *tx) obey(ctx context.Context, r *answer, v gate.ReplyVerdict, now time.Time) error {
	switch v.Act {
	case gate.ReplyApply:
		return t.applyAnswer(ctx, r, v, now)
	case gate.ReplyResend:
		return t.resend(ctx, r, now)
	case gate.ReplyUnconfirmed:
		return t.unconfirmed(ctx, r, v, now)
	case gate.ReplyTask:
		return t.askStaff(ctx, r, v, v.About, strings.TrimSpace(r.Reply.Proposed+" "+r.Reply.Comment), now)
	}
	return nil
}

// unconfirmed asks about an answer that cannot be applied: the person by a link, or
// staff where no link may be mailed. Staff see what was said, unless it was said of
// another time, and the words beside it.
func (t *tx) unconfirmed(ctx context.Context, r *answer, v gate.ReplyVerdict, now time.Time) error {
	said := v.Answer.Intent
	if said != "" {
		err := t.Exec(ctx, "UPDATE seats SET claimed = ? WHERE clinic = ? AND id = ?", said, r.clinic, r.Seat.ID)
		if err != nil {
			return err
		}
	}
	if v.SendLink {
		if err := t.sendLink(ctx, r, now); err != nil {
			return err
		}
	}
	switch {
	case v.AskStaff, r.Reply.Comment != "" && !v.Trusted:
		return t.askStaff(ctx, r, v, scheduler.AboutAnswer, strings.TrimSpace(string(said)+" "+r.Reply.Comment), now)
	case r.Reply.Comment != "":
		return t.askStaff(ctx, r, v, scheduler.AboutComment, r.Reply.Comment, now)
	}
	return nil
}

// applyAnswer makes the seat remember what was said; words beside it are for staff.
func (t *tx) applyAnswer(ctx context.Context, r *answer, v gate.ReplyVerdict, now time.Time) error {
	a := v.Answer
	err := t.Exec(ctx, `UPDATE seats SET intent = ?, claimed = '', answered_sequence = told_sequence,
		answered_start = ?, answered_end = ?, answered_stamp = ? WHERE clinic = ? AND id = ?`,
		a.Intent, sqldb.Stamp(a.Start), sqldb.Stamp(a.End), sqldb.Stamp(a.Stamp), r.clinic, r.Seat.ID)
	if err != nil {
		return err
	}
	if err := t.endLinks(ctx, r.clinic, r.Seat.ID, now); err != nil || r.Reply.Comment == "" {
		return err
	}
	return t.askStaff(ctx, r, v, scheduler.AboutComment, r.Reply.Comment, now)
}

// resend plans the seat's REQUEST once more, for the registered address.
func (t *tx) resend(ctx context.Context, r *answer, now time.Time) error {
	notice := scheduler.NewNotice(scheduler.Notice{
		Kind: scheduler.Calendar, Channel: scheduler.Email, Person: r.person, Enrollment: r.enrollment,
		Session: r.Session.ID, Seat: r.Seat.ID, Due: now, NotAfter: r.Session.End, Asked: true,
	}, r.Seat, now)
	if err := t.saveNotices(ctx, r.clinic, []scheduler.Notice{notice}); err != nil {
		return err
	}
	return t.Exec(ctx, "UPDATE seats SET resent_at = ? WHERE clinic = ? AND id = ?", sqldb.Stamp(now),
		r.clinic, r.Seat.ID)
}

// askStaff makes a task about an answer. What the person surely wrote makes one for
// each text; what anybody may have written makes one for each version and answer.
func (t *tx) askStaff(ctx context.Context, r *answer, v gate.ReplyVerdict, about, note string, now time.Time) error {
	due := now.Add(24 * time.Hour)
	if start := r.Session.Start; start.Before(due) && start.After(now) {
		due = start
	}
	natural := fmt.Sprintf("%s:%s:%d:", about, r.Seat.ID, r.Seat.Sequence)
	if !v.Trusted {
		natural += string(v.Answer.Intent)
	} else {
		key, err := t.key(ctx, r.clinic)
		if err != nil {
			return err
		}
		natural += blind(key, "note", note)
	}
	return t.saveTasks(ctx, r.clinic, []scheduler.Task{scheduler.NewTask(r.clinic, scheduler.Task{
		Kind: scheduler.MailTask, About: about, Cohort: r.cohort, Person: r.person, Enrollment: r.enrollment,
		Session: r.Session.ID, Due: due, Note: note,
	}, natural, now)})
}

// TakeWritten asks staff to read a mail that only people can judge; about is
// scheduler.AboutWritten, AboutUnreadable or AboutComplaint. Nothing of its text is
// kept. The clinic is that of the mail of ours that it answers, else clinic, which may
// be empty for a mail that counts only when it is known. Of
// people whom nobody knows one task stands for all that comes within an hour.
func (db *DB) TakeWritten(ctx context.Context, a access.Actor, clinic scheduler.ID, about string,
	in reads.Inbound) (reads.InboundResult, error) {
	if err := access.CheckIn(a, access.NoticeHandle, string(clinic)); err != nil {
		return reads.InboundResult{}, err
	}
	var taken reads.InboundResult
	err := db.write(ctx, func(t *tx) error {
		if again, err := t.takenBefore(ctx, clinic, in); again || err != nil {
			taken = droppedAgain(clinic)
			return err
		}
		now := db.now()
		m, err := t.mailSentBack(ctx, in)
		if err != nil && !sqldb.IsNoRows(err) {
			return err
		}
		if m.notice == "" || a.Clinic != "" && m.clinic != clinic {
			m = mailOfOurs{clinic: clinic}
		}
		if m.person == "" && clinic != "" {
			if m.person, err = t.writer(ctx, clinic, in.From); err != nil {
				return err
			}
		}
		if in.Known && m.person == "" {
			taken = reads.InboundResult{Act: string(gate.ReplyDrop), Reason: "nobody we know wrote it",
				Clinic: m.clinic}
			return nil
		}
		natural := about + ":" + in.Digest
		if about == scheduler.AboutComplaint && m.notice != "" {
			natural = about + ":" + string(m.notice)
		}
		if m.person == "" {
			natural = about + ":" + now.UTC().Format("2006-01-02T15")
		}
		taken = reads.InboundResult{Act: "task", Reason: about, Clinic: m.clinic, Person: m.person, Notice: m.notice}
		task := scheduler.NewTask(m.clinic, scheduler.Task{
			Kind: scheduler.MailTask, About: about, Cohort: m.cohort, Person: m.person, Enrollment: m.enrollment,
			Due: now.Add(24 * time.Hour),
		}, natural, now)
		if err := t.saveTasks(ctx, m.clinic, []scheduler.Task{task}); err != nil {
			return err
		}
		return t.audit(ctx, m.clinic, a, now,
			scheduler.AuditEntry{Action: "mail." + about, Subjects: []scheduler.ID{digestSubject(in)}})
	})
	return taken, err
}

// writer finds the one person of a clinic who has an address; empty when nobody
// has it, or several.
func (t *tx) writer(ctx context.Context, clinic scheduler.ID, address string) (scheduler.ID, error) {
	checked, fault := scheduler.CheckEmail(address)
	if fault != nil || checked == "" {
		return "", nil
	}
	key, err := t.key(ctx, clinic)
	if err != nil {
		return "", err
	}
	rows, err := t.Query(ctx, "SELECT id FROM people WHERE clinic = ? AND merged_into = '' AND email_index = ? LIMIT 2",
		clinic, emailIndex(key, checked))
	if err != nil {
		return "", err
	}
	found, err := sqldb.Collect(rows, scanID)
	if err != nil || len(found) != 1 {
		return "", err
	}
	return found[0], nil
}
