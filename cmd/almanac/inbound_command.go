package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"almanac/notify/inbound"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
)

// exitAgain asks the mail server to try again later: EX_TEMPFAIL of sysexits.h, as
// Postfix, Exim and their kind read it.
const exitAgain = 75

// inboundHelp is what the help says beside the first line.
const inboundHelp = `Give it one message on standard input, as a mail server does behind the mailbox that
answers and returned mail go to. Staff get a task for what only a person can judge.

Exit codes: 0 the mail was handled, also when it was dropped or cannot be read and
staff have a task; 75 try again later (the database does not answer, the disk is
full); 1, 2 and 3 as for every command: the mail server then returns the mail.`

// inboundCommand reads one mail from standard input and does what it asks for, as
// far as it is to be believed. It is made to stand behind the mailbox that answers
// and bounces go to, one run a mail.
func inboundCommand(t terminal) *cobra.Command {
	c := t.command("inbound", "read one mail that came in: an answer, a bounce, or something for staff", 0, 0)
	c.Long = inboundHelp
	own := c.Flags()
	clinic := clinicFlag(own)
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		return later(t.inbound(ctx, config, *clinic))
	})
	return c
}

// later turns an error that may pass into one that asks for the mail again.
func later(err error) error {
	var known *exitError
	kind := fault.KindOf(err)
	if err == nil || errors.As(err, &known) ||
		kind != fault.Unavailable && kind != fault.Internal && kind != fault.Stale {
		return err
	}
	return &exitError{exitAgain, err}
}

// inbound handles one mail.
func (t terminal) inbound(ctx context.Context, config Config, clinic string) error {
	in, unreadable := inbound.Read(t.in, inbound.Options{AuthServID: config.InboundAuth})
	if unreadable != nil && !fault.Is(unreadable, fault.Invalid) {
		return unreadable
	}
	h, err := openHouse(ctx, config, newLogger(t.trouble, config.LogLevel, config.LogFormat), t.now)
	if err != nil {
		return err
	}
	defer h.close()
	said, err := h.takeMail(ctx, clinic, in, unreadable)
	if err == nil { // what cannot be printed is handled all the same
		_, _ = fmt.Fprintln(t.out, said)
	}
	return err
}

// takeMail takes one mail, which may be unreadable, and says what became of it.
func (h *house) takeMail(ctx context.Context, clinic string, in inbound.Mail, unreadable error) (string, error) {
	if unreadable != nil {
		_, err := h.takeWritten(ctx, clinic, scheduler.AboutUnreadable, inboundFacts(in))
		return "Staff have a task about a mail that cannot be read: " + explain(unreadable), err
	}
	taken, err := h.takeInbound(ctx, clinic, in)
	if err != nil {
		return "", err
	}
	h.log.Debug("mail came in", slog.String("kind", string(in.Kind)), slog.String("act", taken.Act),
		slog.String("reason", taken.Reason),
		slog.String("clinic", string(taken.Clinic)), slog.String("person", string(taken.Person)),
		slog.String("seat", string(taken.Seat)), slog.String("notice", string(taken.Notice)))
	return inboundSentence(in, taken), nil
}

// takeInbound gives a mail to whom it concerns.
func (h *house) takeInbound(ctx context.Context, clinic string, in inbound.Mail) (reads.InboundResult, error) {
	actor, mail := access.System("inbound"), inboundFacts(in)
	switch in.Kind {
	case inbound.KindReply, inbound.KindCounter, inbound.KindRefresh:
		return h.takeAnswer(ctx, clinic, in, mail)
	case inbound.KindBounce:
		if len(mail.Refusals) == 0 {
			return reads.InboundResult{Act: "drop", Reason: "nothing was given up"}, nil
		}
		return h.store.TakeBounce(ctx, actor, mail)
	case inbound.KindComplaint:
		return h.takeKnown(ctx, clinic, scheduler.AboutComplaint, mail)
	case inbound.KindOther:
		return h.takeWritten(ctx, clinic, scheduler.AboutWritten, mail)
	default:
		if in.Known {
			taken, err := h.takeKnown(ctx, clinic, scheduler.AboutWritten, mail)
			if err == nil && taken.Act == string(gate.ReplyDrop) {
				taken.Reason = in.Reason
			}
			return taken, err
		}
		return reads.InboundResult{Act: "drop", Reason: in.Reason}, nil
	}
}

// takeAnswer gives an answer to the appointment that it names. Where a mailbox is
// that of several clinics, only the answer itself says whose it is.
func (h *house) takeAnswer(ctx context.Context, clinic string, in inbound.Mail,
	mail reads.Inbound) (reads.InboundResult, error) {
	clinics, err := h.store.Clinics(ctx, access.Operator(""))
	if err != nil {
		return reads.InboundResult{}, err
	}
	if clinic != "" || len(clinics) == 1 {
		found, err := h.clinic(ctx, clinic)
		if err != nil {
			return reads.InboundResult{}, err
		}
		mail.Mailbox = found.ID
	}
	taken, err := h.store.TakeReply(ctx, access.System("inbound"), in.Reply, mail)
	if err == nil && taken.Strays == reads.MostStrays+1 {
		h.log.Warn("many answers about unknown appointments came today", slog.Int("answers", taken.Strays),
			slog.String("clinic", string(taken.Clinic)))
	}
	return taken, err
}

func (h *house) takeWritten(ctx context.Context, clinic, about string,
	mail reads.Inbound) (reads.InboundResult, error) {
	found, err := h.clinic(ctx, clinic)
	if err != nil {
		return reads.InboundResult{}, err
	}
	return h.store.TakeWritten(ctx, access.System("inbound"), found.ID, about, mail)
}

// takeKnown asks staff about a mail only where its author or the mail of ours that it
// is about is known. Where a mailbox is that of several clinics, only the latter is.
func (h *house) takeKnown(ctx context.Context, clinic, about string, mail reads.Inbound) (reads.InboundResult, error) {
	mail.Known = true
	found, err := h.clinic(ctx, clinic)
	if err != nil && (clinic != "" || !fault.Is(err, fault.Invalid)) {
		return reads.InboundResult{}, err
	}
	return h.store.TakeWritten(ctx, access.System("inbound"), found.ID, about, mail)
}

// inboundFacts is what the store needs of a mail.
func inboundFacts(in inbound.Mail) reads.Inbound {
	mail := reads.Inbound{
		Digest: digestOf(in), From: in.From, Notice: in.About.Notice, Thread: in.About.Thread,
		Envelope: scheduler.ID(in.Bounce.Token),
	}
	for _, r := range in.Bounce.Recipients {
		if r.GivenUp() {
			mail.Refusals = append(mail.Refusals, reads.Refusal{
				Address: r.Address, Original: r.Original, Bad: r.AddressBad(), Said: r.Status + " " + r.Diagnostic,
			})
		}
	}
	return mail
}

// digestOf names a message; empty: nothing of it could be read.
func digestOf(in inbound.Mail) string {
	if in.Digest == [len(in.Digest)]byte{} {
		return ""
	}
	return hex.EncodeToString(in.Digest[:])
}

// inboundSentence says what became of a mail, in ids and words of ours.
func inboundSentence(in inbound.Mail, taken reads.InboundResult) string {
	switch taken.Act {
	case string(gate.ReplyApply):
		return fmt.Sprintf("The answer stands with appointment %s.", taken.Seat)
	case string(gate.ReplyUnconfirmed):
		if taken.Reason == gate.ReplyOtherTime {
			return fmt.Sprintf("The answer about appointment %s is to an earlier time; they are asked again, or "+
				"staff are.", taken.Seat)
		}
		return fmt.Sprintf("Nobody knows whether the answer about appointment %s is the person's own; they are "+
			"asked, or staff are.", taken.Seat)
	case string(gate.ReplyResend):
		return fmt.Sprintf("The invite of appointment %s is sent once more.", taken.Seat)
	case "mark":
		return fmt.Sprintf("Message %s came back; its address is not used any more and staff have a task.",
			taken.Notice)
	case string(gate.ReplyDrop):
		return fmt.Sprintf("Nothing to do with this %s: %s.", in.Kind, taken.Reason)
	default:
		return fmt.Sprintf("Staff have a task about this %s.", in.Kind)
	}
}
