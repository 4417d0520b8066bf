package smtp_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"almanac/notify/notifytest"
	"almanac/notify/smtp"
	"almanac/scheduler/reads"
)

// After an invalid reply the message is neither sent nor refused: it is retried over
// another connection. Trouble holds no personal data.
func TestSMTPNonsense(t *testing.T) {
	t.Parallel()
	for name, nonsense := range map[string]string{
		"words":                     "pat@example.net, what do you want?\r\n",
		"octets":                    "\x00\xff\xfe\x80 \r\n",
		"an empty line":             "\r\n",
		"a code too high":           "999 refused\r\n",
		"a code too low":            "199 soon\r\n",
		"another command's code":    "221 bye\r\n",
		"a code of four digits":     "2500 fine\r\n",
		"a negative code":           "-50 fine\r\n",
		"an answer that never ends": strings.Repeat("250-fine\r\n", 1<<20),
		"a line that never ends":    strings.Repeat("250 fine ", 1<<20),
	} {
		for _, at := range []notifytest.Stage{notifytest.AtConnect, notifytest.AtHello, notifytest.AtMail,
			notifytest.AtRcpt, notifytest.AtData, notifytest.AtEnd} {
			t.Run(fmt.Sprintf("%s at %s", name, at), func(t *testing.T) {
				t.Parallel()
				sink := notifytest.SMTP(t)
				channel := channelTo(t, sink, smtp.Options{})
				sink.Behave(notifytest.Trouble{At: at, Say: nonsense})
				d := channel.Send(t.Context(), mailTo(1, "pat@example.net"))
				if d.Outcome != reads.Retry || d.AddressBad || d.Trouble == "" || d.Reply == "" ||
					len(d.Reply) > 64<<10 {
					t.Errorf("%+.300v", d)
				}
				if containsAny(d.Trouble, "pat", "what") {
					t.Errorf("the trouble holds personal data: %q", d.Trouble)
				}
				sink.Behave()
				if d := channel.Send(t.Context(), mailTo(2, "pat@example.net")); d.Outcome != reads.Sent {
					t.Errorf("afterwards: %+.300v", d)
				}
				if n := len(sink.Messages()); n != 1 {
					t.Errorf("%d mails arrived", n)
				}
			})
		}
	}
}

// An endless reply is not kept in memory. Not parallel, because it measures memory.
func TestSMTPChatter(t *testing.T) {
	sink := notifytest.SMTP(t)
	channel := channelTo(t, sink, smtp.Options{})
	sink.Behave(notifytest.Trouble{At: notifytest.AtMail, Say: strings.Repeat("250-fine\r\n", 1<<19)})
	message := mailTo(1, "pat@example.net")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	d := channel.Send(t.Context(), message)
	runtime.ReadMemStats(&after)
	if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; d.Outcome != reads.Retry || spent > 16 {
		t.Errorf("%s after %d MiB", d.Outcome, spent)
	}
}
