package notify_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"almanac/notify/notifytest"
	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// With any name and place, the server gets exactly one message with one recipient,
// byte for byte.
func TestHostileTextArrives(t *testing.T) {
	t.Parallel()
	sink := notifytest.SMTP(t)
	channel := channelTo(t, sink)
	composer := newComposer(t)
	piece := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z.]{0,90}`), rapid.SampledFrom([]string{
		"\r", "\n", "\r\n", ".", "\r\n.\r\n", "\n.\n", "\r.\r", "MAIL FROM:<x@y.example>", "RCPT TO:<x@y.example>",
		"DATA", "QUIT"}))
	hostile := rapid.Map(rapid.SliceOfN(piece, 0, 12), func(pieces []string) string { return strings.Join(pieces, "") })
	kinds := rapid.SampledFrom([]scheduler.NoticeKind{scheduler.Calendar, scheduler.Reminder, scheduler.Welcome})
	sent := 0
	rapid.Check(t, func(r *rapid.T) {
		h := sample(t, kinds.Draw(r, "kind"))
		h.Name, h.Seats[0].Place = hostile.Draw(r, "name"), hostile.Draw(r, "place")
		message, err := composer.Compose(h, stamp)
		if err != nil {
			r.Fatal(err)
		}
		if d := channel.Send(t.Context(), message); d.Outcome != reads.Sent {
			r.Fatalf("%+v", d)
		}
		sent++
		all := sink.Messages()
		if len(all) != sent {
			r.Fatalf("%d messages arrived after %d were sent", len(all), sent)
		}
		if m := all[sent-1]; string(m.Data) != string(message.Data) || len(m.To) != 1 || m.To[0] != h.Address {
			r.Fatalf("to %q arrived %q", m.To, m.Data)
		}
	})
}
