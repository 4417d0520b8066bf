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

// takeStray counts an answer about an appointment that nobody knows. When more
// come in a day (of UTC) than a mistyped line explains, staff of the clinic whose
// mailbox it was get a task, once that day.
func (t *tx) takeStray(ctx context.Context, a access.Actor, in reads.Inbound,
	now time.Time) (reads.InboundResult, error) {
	taken := reads.InboundResult{Act: string(gate.ReplyDrop), Reason: gate.ReplyUnknown}
	var err error
	if taken.Clinic, err = t.strayClinic(ctx, in); err != nil {
		return reads.InboundResult{}, err
	}
	if taken.Clinic != "" {
		if err := access.CheckIn(a, access.NoticeHandle, string(taken.Clinic)); err != nil {
			return reads.InboundResult{}, err
		}
		if _, err := t.lock(ctx, taken.Clinic); err != nil {
			return reads.InboundResult{}, err
		}
	}
	day := now.UTC().Format(time.DateOnly)
	err = t.Row(ctx, `INSERT INTO strays (clinic, day, answers) VALUES (?, ?, 1)
ON CONFLICT (clinic, day) DO UPDATE
SET answers = strays.answers + 1 RETURNING answers`, taken.Clinic, day).Scan(&taken.Strays)
	if err != nil {
		return reads.InboundResult{}, fmt.Errorf("counting a stray answer: %w", err)
	}
	if taken.Clinic == "" || taken.Strays != reads.MostStrays+1 {
		return taken, nil
	}
	return taken, t.saveTasks(ctx, taken.Clinic, []scheduler.Task{scheduler.NewTask(taken.Clinic, scheduler.Task{
		Kind: scheduler.MailTask, About: scheduler.AboutStrays, Due: now.Add(24 * time.Hour),
	}, scheduler.AboutStrays+":"+day, now)})
}

// strayClinic is the clinic of the mail of ours that a stray answer names, else
// that of the mailbox; empty when neither is known.
func (t *tx) strayClinic(ctx context.Context, in reads.Inbound) (clinic scheduler.ID, err error) {
	if in.Thread != "" {
		clinic, _, err = t.welcomeSentBack(ctx, in.Thread)
	} else {
		clinic, _, err = t.noticeSentBack(ctx, in.Notice)
	}
	if sqldb.IsNoRows(err) {
		return in.Mailbox, nil
	}
	return clinic, err
}
