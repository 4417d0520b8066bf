package store

import (
	"context"
	"fmt"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// staffAnswer is the session and the member of staff that an answer is about.
type staffAnswer struct {
	clinic, cohort, session, staff, leader scheduler.ID
	start                                  time.Time
	email                                  []byte // sealed
}

// Reasons for which an answer of staff changes nothing.
const (
	staffAnswerNoted  = "staff need not answer"
	staffAnswerForged = "not from the member of staff"
)

// takeStaffReply takes an answer to an invite of staff. They lead what they are named for, so only a
// refusal matters: coordinators get a task. An answer that names no session at all is counted.
func (t *tx) takeStaffReply(
	ctx context.Context, a access.Actor, reply gate.Reply, in reads.Inbound, now time.Time,
) (reads.InboundResult, error) {
	about, err := t.assignmentOfUID(ctx, reply.UID)
	if sqldb.IsNoRows(err) {
		return t.takeStray(ctx, a, in, now)
	}
	if err != nil {
		return reads.InboundResult{}, fmt.Errorf("looking for who leads: %w", err)
	}
	if err := access.CheckIn(a, access.NoticeHandle, string(about.clinic)); err != nil {
		return reads.InboundResult{}, err
	}
	taken := reads.InboundResult{Act: string(gate.ReplyDrop), Reason: staffAnswerNoted, Clinic: about.clinic}
	key, err := t.key(ctx, about.clinic)
	if err != nil {
		return reads.InboundResult{}, err
	}
	address, err := openedForUse(key, place(about.clinic, "staff", "email", about.staff), about.email)
	switch {
	case err != nil:
		return reads.InboundResult{}, err
	case !scheduler.SameAddress(reply.From, address) || !reply.Authentic:
		taken.Reason = staffAnswerForged
		return taken, nil
	case reply.Partstat != "DECLINED" || about.leader != about.staff || !about.start.After(now):
		return taken, nil
	}
	taken.Act, taken.Reason = string(gate.ReplyTask), scheduler.AboutNoLeader
	err = t.saveTasks(ctx, about.clinic, []scheduler.Task{scheduler.NewTask(about.clinic, scheduler.Task{
		Kind: scheduler.MailTask, About: scheduler.AboutNoLeader, Cohort: about.cohort, Session: about.session,
		Staff: about.staff,
		Due:   sooner(about.start, now.Add(24*time.Hour)), Note: reply.Comment,
	}, fmt.Sprintf("%s:%s:%s:%d", scheduler.AboutNoLeader, about.session, about.staff, reply.Sequence), now)})
	if err != nil {
		return reads.InboundResult{}, err
	}
	return taken, t.audit(ctx, about.clinic, a, now, scheduler.AuditEntry{
		Action: "reply.task", Subjects: []scheduler.ID{about.session, about.staff, digestSubject(in)},
	})
}
