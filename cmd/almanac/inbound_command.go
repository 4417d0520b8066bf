package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"almanac/notify"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// runInbound reads one mail from standard input and does what it asks for, as
// far as it is to be believed. It is made to stand behind the mailbox that
// answers and bounces go to, one run a mail. A mail that is dropped is handled,
// too; exit 1 means that nothing became of it and it may be given again.
func inboundCommand(t terminal) *cobra.Command {
	c := t.command("inbound", "read one mail that came in: an answer, a bounce, or something for staff", 0, 0)
	own := c.Flags()
	clinic := clinicFlag(own)
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		in, unreadable := notify.ReadInbound(t.in, notify.InboundOptions{AuthServID: config.InboundAuth})
		if unreadable != nil && !fault.Is(unreadable, fault.Invalid) {
			return unreadable
		}
		h, err := openHouse(ctx, config, newLogger(t.trouble, config.LogLevel, config.LogFormat), t.now)
		if err != nil {
			return err
		}
		defer h.close()
		if unreadable != nil {
			return h.reportUnreadable(ctx, *clinic, unreadable)
		}
		taken, err := h.takeInbound(ctx, *clinic, in)
		if err != nil {
			return err
		}
		h.log.Debug("mail came in", slog.String("kind", string(in.Kind)), slog.String("act", taken.Act), slog.String("reason", taken.Reason),
			slog.String("clinic", string(taken.Clinic)), slog.String("person", string(taken.Person)),
			slog.String("seat", string(taken.Seat)), slog.String("notice", string(taken.Notice)))
		_, err = fmt.Fprintln(t.out, inboundSentence(in, taken))
		return err
	})
	return c
}

// takeInbound gives a mail to whom it concerns.
func (h *house) takeInbound(ctx context.Context, clinic string, in notify.Inbound) (reads.Taken, error) {
	actor, mail := access.System("inbound"), inboundFacts(in)
	switch in.Kind {
	case notify.InboundReply, notify.InboundCounter, notify.InboundRefresh:
		return h.takeAnswer(ctx, clinic, in, mail)
	case notify.InboundBounce:
		if len(mail.Refusals) == 0 {
			return reads.Taken{Act: "drop", Reason: "nothing was given up"}, nil
		}
		return h.store.TakeBounce(ctx, actor, mail)
	case notify.InboundOther:
		return h.takeWritten(ctx, clinic, scheduler.AboutWritten, mail)
	default:
		return reads.Taken{Act: "drop", Reason: in.Reason}, nil
	}
}

// takeAnswer gives an answer to the appointment that it names. Where a mailbox is
// that of several clinics, only the answer itself says whose it is.
func (h *house) takeAnswer(ctx context.Context, clinic string, in notify.Inbound, mail reads.Inbound) (reads.Taken, error) {
	clinics, err := h.store.Clinics(ctx, access.Operator(""))
	if err != nil {
		return reads.Taken{}, err
	}
	if clinic != "" || len(clinics) == 1 {
		found, err := h.clinic(ctx, clinic)
		if err != nil {
			return reads.Taken{}, err
		}
		mail.Mailbox = found.ID
	}
	taken, err := h.store.TakeReply(ctx, access.System("inbound"), in.Reply, mail)
	if err == nil && taken.Strays == reads.MostStrays+1 {
		h.log.Warn("many answers about unknown appointments came today", slog.Int("answers", taken.Strays), slog.String("clinic", string(taken.Clinic)))
	}
	return taken, err
}

func (h *house) takeWritten(ctx context.Context, clinic, about string, mail reads.Inbound) (reads.Taken, error) {
	found, err := h.clinic(ctx, clinic)
	if err != nil {
		return reads.Taken{}, err
	}
	return h.store.TakeWritten(ctx, access.System("inbound"), found.ID, about, mail)
}

// reportUnreadable tells staff of a mail that cannot be read, and whoever gave
// it why.
func (h *house) reportUnreadable(ctx context.Context, clinic string, why error) error {
	if _, err := h.takeWritten(ctx, clinic, scheduler.AboutUnreadable, reads.Inbound{}); err != nil {
		return err
	}
	return why
}

// inboundFacts is what the store needs of a mail.
func inboundFacts(in notify.Inbound) reads.Inbound {
	mail := reads.Inbound{
		Digest: hex.EncodeToString(in.Digest[:]), From: in.From, Notice: in.About.Notice, Thread: in.About.Thread,
		Envelope: scheduler.ID(in.Bounce.Token),
	}
	for _, r := range in.Bounce.Recipients {
		if r.GivenUp() {
			mail.Refusals = append(mail.Refusals, reads.Refusal{Address: r.Address, Bad: r.AddressBad(), Said: r.Status + " " + r.Diagnostic})
		}
	}
	return mail
}

// inboundSentence says what became of a mail, in ids and words of ours.
func inboundSentence(in notify.Inbound, taken reads.Taken) string {
	switch taken.Act {
	case string(scheduler.ReplyApply):
		return fmt.Sprintf("The answer stands with appointment %s.", taken.Seat)
	case string(scheduler.ReplyUnconfirmed):
		return fmt.Sprintf("Nobody knows whether the answer about appointment %s is the person's own; they are asked, or staff are.", taken.Seat)
	case string(scheduler.ReplyResend):
		return fmt.Sprintf("The invite of appointment %s is sent once more.", taken.Seat)
	case "mark":
		return fmt.Sprintf("Message %s came back; its address is not used any more and staff have a task.", taken.Notice)
	case string(scheduler.ReplyDrop):
		return fmt.Sprintf("Nothing to do with this %s: %s.", in.Kind, taken.Reason)
	default:
		return fmt.Sprintf("Staff have a task about this %s.", in.Kind)
	}
}
