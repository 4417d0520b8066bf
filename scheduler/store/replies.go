package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// TakeReply judges an answer to an invite by what is true now and does as
// scheduler.JudgeReply says, in one transaction: it sets the intent of the one
// seat that the UID names, or asks the person or staff, or plans the invite once
// more, or drops the answer. It never changes the state of a seat. Taken twice, an
// answer changes nothing the second time. One whose UID nobody knows is counted.
func (db *DB) TakeReply(ctx context.Context, a access.Actor, reply scheduler.Reply, in reads.Inbound) (reads.Taken, error) {
	if err := access.Check(a, access.NoticeHandle); err != nil {
		return reads.Taken{}, err
	}
	var taken reads.Taken
	err := db.write(ctx, func(t *tx) error {
		clinic, seat, err := t.seatOfUID(ctx, reply.UID)
		if isNoRows(err) {
			taken, err = t.takeStray(ctx, a, in, db.now())
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
		verdict := scheduler.JudgeReply(r.ReplyStanding, db.now())
		taken = reads.Taken{Act: string(verdict.Act), Reason: verdict.Reason, Clinic: clinic, Person: r.person, Seat: seat}
		if verdict.Act == scheduler.ReplyDrop {
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
	scheduler.ReplyStanding
	clinic, cohort, enrollment, person scheduler.ID
}

// answered reads the truth about a reply to a seat.
func (t *tx) answered(ctx context.Context, clinic, id scheduler.ID, reply scheduler.Reply) (*answer, error) {
	r := &answer{clinic: clinic, ReplyStanding: scheduler.ReplyStanding{Reply: reply}}
	seats, err := t.seatTruths(ctx, clinic, "s.id", []scheduler.ID{id})
	if err != nil || len(seats) != 1 {
		return nil, errors.Join(err, fmt.Errorf("reading seat %s: %d found", id, len(seats)))
	}
	r.Seat, r.Session, r.enrollment = &seats[0].Seat, &seats[0].session, seats[0].Enrollment
	var email []byte
	err = t.row(ctx, `
		SELECT s.person, e.cohort, p.email, s.answered_sequence, s.answered_stamp, s.resent_at
		FROM seats s JOIN people p ON p.id = s.person JOIN enrollments e ON e.id = s.enrollment
		WHERE s.clinic = ? AND s.id = ?`, clinic, id).
		Scan(&r.person, &r.cohort, &email, &r.Last.Sequence, when(&r.Last.Stamp), when(&r.LinkedAt))
	if err != nil {
		return nil, fmt.Errorf("reading what was answered: %w", err)
	}
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	if r.Address, err = opened(key, place(clinic, "people", "email", r.person), email); err != nil {
		return nil, err
	}
	reach, err := t.reach(ctx, clinic, []scheduler.ID{r.person})
	r.Reach = reach[r.person]
	return r, err
}

// obey does as a verdict says.
func (t *tx) obey(ctx context.Context, r *answer, v scheduler.ReplyVerdict, now time.Time) error {
	switch v.Act {
	case scheduler.ReplyApply:
		return t.applyAnswer(ctx, r, v, now)
	case scheduler.ReplyResend:
		return t.resend(ctx, r, now)
	case scheduler.ReplyUnconfirmed:
		return t.unconfirmed(ctx, r, v, now)
	case scheduler.ReplyTask:
		about := scheduler.AboutOtherTime
		if r.Reply.Method == scheduler.MethodReply {
			about = scheduler.AboutOtherPerson
		}
		return t.askStaff(ctx, r, about, r.Reply.Proposed+" "+r.Reply.Comment, fmt.Sprint(v.Mark.Sequence), now)
	}
	return nil
}

// unconfirmed shows staff an answer of which nobody knows whose it is, and asks: the
// person by a link, or staff where no link may be mailed.
func (t *tx) unconfirmed(ctx context.Context, r *answer, v scheduler.ReplyVerdict, now time.Time) error {
	err := t.exec(ctx, "UPDATE seats SET claimed = ? WHERE clinic = ? AND id = ?", v.Intent, r.clinic, r.Seat.ID)
	switch {
	case err != nil:
		return err
	case v.SendLink:
		return t.sendLink(ctx, r, now)
	case v.AskStaff: // one task for each thing that is said, however often it is said
		return t.askStaff(ctx, r, scheduler.AboutAnswer, string(v.Intent)+" "+r.Reply.Comment, fmt.Sprintf("%d:%s", v.Mark.Sequence, v.Intent), now)
	}
	return nil
}

// applyAnswer makes the seat remember what was said; words beside it are for staff.
func (t *tx) applyAnswer(ctx context.Context, r *answer, v scheduler.ReplyVerdict, now time.Time) error {
	err := t.exec(ctx, "UPDATE seats SET intent = ?, claimed = '', answered_sequence = ?, answered_stamp = ? WHERE clinic = ? AND id = ?",
		v.Intent, v.Mark.Sequence, stamp(v.Mark.Stamp), r.clinic, r.Seat.ID)
	if err != nil {
		return err
	}
	if err := t.endLinks(ctx, r.clinic, r.Seat.ID, now); err != nil || r.Reply.Comment == "" {
		return err
	}
	return t.askStaff(ctx, r, scheduler.AboutComment, r.Reply.Comment, stamp(v.Mark.Stamp), now)
}

// resend plans the seat's REQUEST once more, for the registered address.
func (t *tx) resend(ctx context.Context, r *answer, now time.Time) error {
	notice := scheduler.NewNotice(r.clinic, scheduler.Notice{
		Kind: scheduler.Calendar, Channel: scheduler.Email, Person: r.person, Enrollment: r.enrollment,
		Session: r.Session.ID, Seat: r.Seat.ID, Due: now, NotAfter: r.Session.End, Asked: true,
	}, r.Seat, now)
	if err := t.saveNotices(ctx, r.clinic, []scheduler.Notice{notice}); err != nil {
		return err
	}
	return t.exec(ctx, "UPDATE seats SET resent_at = ? WHERE clinic = ? AND id = ?", stamp(now), r.clinic, r.Seat.ID)
}

// askStaff makes a task about an answer, once for each natural key.
func (t *tx) askStaff(ctx context.Context, r *answer, about, note, natural string, now time.Time) error {
	due := now.Add(24 * time.Hour)
	if r.Session.Start.Before(due) {
		due = r.Session.Start
	}
	return t.saveTasks(ctx, r.clinic, []scheduler.Task{scheduler.NewTask(r.clinic, scheduler.Task{
		Kind: scheduler.MailTask, About: about, Cohort: r.cohort, Person: r.person, Enrollment: r.enrollment,
		Session: r.Session.ID, Due: due, Note: note,
	}, about+":"+string(r.Seat.ID)+":"+natural, now)})
}

// TakeWritten asks staff to read a mail that only people can judge; about is
// scheduler.AboutWritten or scheduler.AboutUnreadable. Nothing of its text is
// kept. The clinic is that of the mail of ours that it answers, else clinic. Of
// people whom nobody knows one task stands for all that comes within an hour.
func (db *DB) TakeWritten(ctx context.Context, a access.Actor, clinic scheduler.ID, about string, in reads.Inbound) (reads.Taken, error) {
	if err := access.CheckIn(a, access.NoticeHandle, string(clinic)); err != nil {
		return reads.Taken{}, err
	}
	var taken reads.Taken
	err := db.write(ctx, func(t *tx) error {
		now := db.now()
		m, err := t.mailSentBack(ctx, in)
		if err != nil && !isNoRows(err) {
			return err
		}
		if m.notice == "" || a.Clinic != "" && m.clinic != clinic {
			m = mailOfOurs{clinic: clinic}
		}
		if m.person == "" {
			if m.person, err = t.writer(ctx, clinic, in.From); err != nil {
				return err
			}
		}
		natural := about + ":" + in.Digest
		if m.person == "" {
			natural = about + ":" + now.UTC().Format("2006-01-02T15")
		}
		taken = reads.Taken{Act: "task", Reason: about, Clinic: m.clinic, Person: m.person, Notice: m.notice}
		task := scheduler.NewTask(m.clinic, scheduler.Task{
			Kind: scheduler.MailTask, About: about, Cohort: m.cohort, Person: m.person, Enrollment: m.enrollment, Due: now.Add(24 * time.Hour),
		}, natural, now)
		if err := t.saveTasks(ctx, m.clinic, []scheduler.Task{task}); err != nil {
			return err
		}
		return t.audit(ctx, m.clinic, a, now, scheduler.AuditEntry{Action: "mail." + about, Subjects: []scheduler.ID{digestSubject(in)}})
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
	rows, err := t.query(ctx, "SELECT id FROM people WHERE clinic = ? AND email_index IN (?, ?) LIMIT 2",
		append([]any{clinic}, emailIndexes(key, checked)...)...)
	if err != nil {
		return "", err
	}
	found, err := collect(rows, scanID)
	if err != nil || len(found) != 1 {
		return "", err
	}
	return found[0], nil
}
