package smtp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"almanac/notify/notifytest"
	"almanac/notify/smtp"
	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

func containsAny(text string, words ...string) bool {
	for _, word := range words {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

func channelTo(t testing.TB, sink *notifytest.Sink, options smtp.Options) *smtp.Channel {
	t.Helper()
	options.Roots = sink.Roots()
	channel, err := smtp.New(sink.URL(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = channel.Close() })
	return channel
}

func noticeID(n int) scheduler.ID { return scheduler.DeriveID("clinic", "notice", fmt.Sprint(n)) }

// mailTo is mail number n, some kilobytes long.
func mailTo(n int, address string) smtp.Message {
	return smtp.Message{
		Notice: noticeID(n), From: "b+" + string(noticeID(n)) + "@care.example", To: address,
		Data: []byte("Subject: Appointment\r\n\r\n" +
			strings.Repeat("This is a reminder of your appointment.\r\n", 200)),
	}
}

func TestSMTPKeepsConnections(t *testing.T) {
	t.Parallel()
	sink := notifytest.SMTP(t)
	channel := channelTo(t, sink, smtp.Options{})
	if err := channel.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	for n := range 40 {
		message := mailTo(n, "pat@example.net")
		if d := channel.Send(t.Context(), message); d.Outcome != reads.Sent || d.Trouble != "" {
			t.Fatalf("mail %d: %+v", n, d)
		}
		got := sink.Messages()[n]
		if got.From != "b+"+string(noticeID(n))+"@care.example" || len(got.To) != 1 || got.To[0] != "pat@example.net" ||
			!bytes.Equal(got.Data, message.Data) {
			t.Fatalf("mail %d arrived as from %q to %q, %d octets of %d", n, got.From, got.To, len(got.Data),
				len(message.Data))
		}
	}
	if n := sink.Connections(); n != 1 {
		t.Errorf("%d connections for 40 mails one after another", n)
	}
}

func TestSMTPAtOnce(t *testing.T) {
	t.Parallel()
	sink := notifytest.SMTP(t)
	channel := channelTo(t, sink, smtp.Options{Idle: 4})
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for n := range 150 {
				if d := channel.Send(t.Context(), mailTo(worker*1000+n, "pat@example.net")); d.Outcome != reads.Sent {
					t.Errorf("%+v", d)
				}
			}
		})
	}
	all.Wait()
	if n := len(sink.Messages()); n != 600 {
		t.Errorf("%d of 600 mails arrived", n)
	}
	if n := sink.Connections(); n < 4 || n > 16 { // each serves a hundred
		t.Errorf("%d connections for 600 mails, four at a time", n)
	}
}

func TestSMTPModesOfTLS(t *testing.T) {
	t.Parallel()
	for _, mode := range []notifytest.TLSMode{notifytest.TLSNone, notifytest.TLSStart, notifytest.TLSImplicit} {
		sink := notifytest.NewSMTP(t, notifytest.SinkOptions{TLS: mode, User: "almanac", Password: "p@ss word/%"})
		channel := channelTo(t, sink, smtp.Options{Hello: "care.example"})
		if d := channel.Send(t.Context(), mailTo(1, "pat@example.net")); d.Outcome != reads.Sent {
			t.Errorf("%s: %+v", mode, d)
			continue
		}
		if got := sink.Messages()[0]; got.User != "almanac" || got.TLS != (mode != notifytest.TLSNone) {
			t.Errorf("%s: user %q, encrypted %t", mode, got.User, got.TLS)
		}
	}
}

func TestSMTPTrustsNoStranger(t *testing.T) {
	t.Parallel()
	for _, mode := range []notifytest.TLSMode{notifytest.TLSStart, notifytest.TLSImplicit} {
		sink := notifytest.NewSMTP(t, notifytest.SinkOptions{TLS: mode, User: "almanac", Password: "secret"})
		channel, err := smtp.New(sink.URL(), smtp.Options{}) // the sink's certificate is not in the system's roots
		if err != nil {
			t.Fatal(err)
		}
		d := channel.Send(t.Context(), mailTo(1, "pat@example.net"))
		if d.Outcome != reads.Retry || !strings.HasPrefix(d.Trouble, "TLS: ") || len(sink.Messages()) != 0 {
			t.Errorf("%s: %+v", mode, d)
		}
	}
	// Without STARTTLS nothing is sent, also when an attacker removed it.
	plain := notifytest.SMTP(t)
	channel, err := smtp.New(strings.Replace(plain.URL(), "tls=none", "tls=starttls", 1), smtp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d := channel.Send(t.Context(), mailTo(1, "pat@example.net")); d.Outcome != reads.Retry ||
		!strings.Contains(d.Trouble, "STARTTLS") {
		t.Errorf("without STARTTLS: %+v", d)
	}
}

func TestSMTPTroubles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		trouble notifytest.Trouble
		outcome reads.Outcome
		bad     bool // the address
		down    bool // the server
		arrived int  // mails, although the outcome is not Sent
	}{
		{notifytest.Trouble{At: notifytest.AtConnect, Code: 554}, reads.Retry, false, true, 0},
		{notifytest.Trouble{At: notifytest.AtConnect, Drop: true}, reads.Retry, false, true, 0},
		{notifytest.Trouble{At: notifytest.AtHello, Code: 550}, reads.Retry, false, true, 0},
		{notifytest.Trouble{At: notifytest.AtAuth, Code: 535}, reads.Retry, false, true, 0},
		{notifytest.Trouble{At: notifytest.AtMail, Code: 421}, reads.Retry, false, true, 0},
		{notifytest.Trouble{At: notifytest.AtMail, Code: 451}, reads.Retry, false, false, 0},
		{notifytest.Trouble{At: notifytest.AtMail, Code: 553}, reads.Retry, false, true, 0},
		{notifytest.Trouble{At: notifytest.AtMail, Drop: true}, reads.Retry, false, true, 0},
		{notifytest.Trouble{At: notifytest.AtRcpt, Code: 450}, reads.Retry, false, false, 0},
		{notifytest.Trouble{At: notifytest.AtRcpt, Code: 550}, reads.Refused, true, false, 0},
		{notifytest.Trouble{At: notifytest.AtRcpt, Code: 552}, reads.Refused, false, false, 0},
		{notifytest.Trouble{At: notifytest.AtRcpt, Code: 530}, reads.Retry, false, true, 0},
		{notifytest.Trouble{At: notifytest.AtRcpt, Drop: true}, reads.Retry, false, true, 0},
		{notifytest.Trouble{At: notifytest.AtData, Code: 451}, reads.Retry, false, false, 0},
		{notifytest.Trouble{At: notifytest.AtData, Code: 554}, reads.Refused, false, false, 0},
		{notifytest.Trouble{At: notifytest.AtEnd, Code: 554}, reads.Refused, false, false, 0},
		{notifytest.Trouble{At: notifytest.AtEnd, Code: 452}, reads.Retry, false, false, 0},
		{notifytest.Trouble{At: notifytest.AtEnd, Drop: true}, reads.Retry, false, true, 0},
		// repeated later: at least once
		{notifytest.Trouble{At: notifytest.AtReply, Drop: true}, reads.Retry, false, true, 1},
	} {
		t.Run(fmt.Sprintf("%s %d", c.trouble.At, c.trouble.Code), func(t *testing.T) {
			t.Parallel()
			sink := notifytest.NewSMTP(t, notifytest.SinkOptions{User: "almanac", Password: "secret"})
			channel := channelTo(t, sink, smtp.Options{})
			sink.Behave(c.trouble)
			d := channel.Send(t.Context(), mailTo(1, "pat@example.net"))
			if d.Outcome != c.outcome || d.AddressBad != c.bad || (d.Trouble != "") != c.down || d.Reply == "" {
				t.Errorf("%+v", d)
			}
			if containsAny(d.Trouble, "pat", "secret") {
				t.Errorf("the trouble holds personal data: %q", d.Trouble)
			}
			if n := len(sink.Messages()); n != c.arrived {
				t.Errorf("%d mails arrived", n)
			}
			sink.Behave()
			if d := channel.Send(t.Context(), mailTo(2, "pat@example.net")); d.Outcome != reads.Sent {
				t.Errorf("afterwards: %+v", d)
			}
		})
	}
}

// Dots at the beginning of lines arrive unchanged.
func TestSMTPKeepsDots(t *testing.T) {
	t.Parallel()
	sink := notifytest.SMTP(t)
	channel := channelTo(t, sink, smtp.Options{})
	for n, text := range []string{".\r\n", "a\r\n.\r\nb\r\n", "..\r\n.a.\r\n\r\n.\r\n"} {
		m := mailTo(n, "pat@example.net")
		m.Data = []byte(text)
		if d := channel.Send(t.Context(), m); d.Outcome != reads.Sent {
			t.Fatalf("%q: %+v", text, d)
		}
		if got := string(sink.Messages()[n].Data); got != text {
			t.Errorf("%q arrived as %q", text, got)
		}
	}
}

// After a refused recipient the connection can send the next message.
func TestSMTPGoesOnAfterRefusal(t *testing.T) {
	t.Parallel()
	sink := notifytest.SMTP(t)
	channel := channelTo(t, sink, smtp.Options{})
	sink.Behave(notifytest.Trouble{At: notifytest.AtRcpt, To: "gone@example.net", Code: 550})
	for n, address := range []string{"pat@example.net", "gone@example.net", "jösé@example.net", "pat@example.net"} {
		d := channel.Send(t.Context(), mailTo(n, address))
		if (d.Outcome == reads.Sent) != (address == "pat@example.net") {
			t.Errorf("%s: %+v", address, d)
		}
	}
	if n := sink.Connections(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// When an idle connection is dead, the same attempt makes a new one.
func TestSMTPReplacesDeadConnections(t *testing.T) {
	t.Parallel()
	sink := notifytest.SMTP(t)
	channel := channelTo(t, sink, smtp.Options{})
	for n := range 3 {
		if d := channel.Send(t.Context(), mailTo(n, "pat@example.net")); d.Outcome != reads.Sent {
			t.Fatalf("mail %d: %+v", n, d)
		}
		sink.Down()
		if err := channel.Check(t.Context()); err == nil || strings.Contains(err.Error(), sink.Addr()) {
			t.Errorf("a server that is down checks as %v", err)
		}
		if d := channel.Send(t.Context(), mailTo(n, "pat@example.net")); d.Outcome != reads.Retry || d.Trouble == "" {
			t.Errorf("while down: %+v", d)
		}
		sink.Up()
	}
	if d := channel.Send(t.Context(), mailTo(9, "pat@example.net")); d.Outcome != reads.Sent {
		t.Fatal(d)
	}
	sink.Down()
	sink.Up() // the idle connection is dead, the server works
	if d := channel.Send(t.Context(), mailTo(10, "pat@example.net")); d.Outcome != reads.Sent {
		t.Errorf("over a dead connection: %+v", d)
	}
}

func TestSMTPAbandonsBeforeData(t *testing.T) {
	t.Parallel()
	sink := notifytest.SMTP(t)
	channel := channelTo(t, sink, smtp.Options{})
	late := mailTo(1, "pat@example.net")
	late.Fresh = func() bool { return false }
	if d := channel.Send(t.Context(), late); d.Outcome != reads.Abandoned || len(sink.Messages()) != 0 {
		t.Errorf("too late: %+v", d)
	}
	if d := channel.Send(t.Context(), mailTo(2, "pat@example.net")); d.Outcome != reads.Sent ||
		sink.Connections() != 1 {
		t.Errorf("afterwards: %+v", d)
	}
}

// An attempt ends when a server never answers.
func TestSMTPHangs(t *testing.T) {
	t.Parallel()
	for _, at := range []notifytest.Stage{notifytest.AtConnect, notifytest.AtHello, notifytest.AtMail,
		notifytest.AtRcpt, notifytest.AtEnd} {
		sink := notifytest.SMTP(t)
		channel := channelTo(t, sink, smtp.Options{})
		sink.Behave(notifytest.Trouble{At: at, Hang: true})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		if d := channel.Send(ctx, mailTo(1, "pat@example.net")); d.Outcome != reads.Retry ||
			!strings.Contains(d.Trouble, "no answer in time") {
			t.Errorf("hanging at %s: %+v", at, d)
		}
		cancel()
	}
}

func TestSMTPAddresses(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"smtp://mail.example", "smtp://u:p@mail.example:587?tls=starttls",
		"smtp://127.0.0.1:25?tls=none", "smtp://[::1]:465?tls=tls"} {
		if _, err := smtp.New(good, smtp.Options{}); err != nil {
			t.Errorf("%s: %s", good, err)
		}
	}
	for _, bad := range []string{"", "mail.example:25", "smtps://secret@mail.example", "smtp://",
		"smtp://u:secret@h:port", "smtp://h?tls=yes", "smtp://h/secret", "smtp://h:25\r\nx"} {
		_, err := smtp.New(bad, smtp.Options{})
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Field != "smtp-url" || containsAny(f.Error(), "secret") {
			t.Errorf("%q gives %v", bad, err)
		}
	}
}

func BenchmarkSend(b *testing.B) {
	sink := notifytest.SMTP(b)
	channel := channelTo(b, sink, smtp.Options{})
	message := mailTo(1, "pat@example.net")
	b.SetParallelism(10) // of GOMAXPROCS: 20 connections on two cores
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if d := channel.Send(b.Context(), message); d.Outcome != reads.Sent {
				b.Errorf("%+v", d)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}
