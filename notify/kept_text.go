package notify

import (
	"context"
	"strings"

	"almanac/notify/sms"
	"almanac/notify/smtp"
	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// keptTextTo is the header of a kept text that holds its number; a mail has none.
const keptTextTo = "Text-To"

// KeptTexts is the channel of a program without a gateway: it writes every text to a file beside the kept mail, where
// staff read it on the same page.
type KeptTexts struct{ Kept *Kept }

// Send writes the text to a file, as Kept does with mail.
func (k KeptTexts) Send(ctx context.Context, m sms.Message) sms.Delivery {
	var b strings.Builder
	for _, line := range []string{
		"Date: " + k.Kept.now().UTC().Format(dateHeader), keptTextTo + ": " + oneLine(m.To), "Subject: Text message",
		"MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "",
		strings.ReplaceAll(m.Text, "\n", "\r\n"),
	} {
		b.WriteString(line + "\r\n")
	}
	notice := m.Notice
	if notice == "" { // an answer
		notice = scheduler.DeriveID(m.Clinic, "answer", m.To+m.Text)
	}
	d := k.Kept.Send(ctx, smtp.Message{Notice: notice, Clinic: m.Clinic, Data: []byte(b.String()), Fresh: m.Fresh})
	return sms.Delivery{Outcome: d.Outcome, Reply: d.Reply, Trouble: d.Trouble}
}

// Check fails when the folder cannot be written to.
func (k KeptTexts) Check(ctx context.Context) error { return k.Kept.Check(ctx) }

// Close does nothing.
func (k KeptTexts) Close() error { return nil }

var _ Texts = KeptTexts{}

// textOutcome is the result of a hand-over by text.
func textOutcome(result *reads.Result, m sms.Message, d sms.Delivery) {
	result.Outcome, result.Reply, result.AddressBad = d.Outcome, d.Reply, d.NumberBad
	result.OptedOut, result.Message = d.OptedOut, d.ID
	if d.Outcome == reads.Sent {
		result.Segments, _ = sms.Segments(m.Text)
	}
}
