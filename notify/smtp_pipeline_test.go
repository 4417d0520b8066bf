package notify_test

import (
	"bufio"
	"net"
	"slices"
	"strings"
	"testing"

	"almanac/notify"
	"almanac/notify/notifytest"
	"almanac/scheduler/reads"
)

// A message whose time runs out while the server thinks about its recipient does
// not leave, although the server asked for it.
func TestSMTPAbandonsBeforeTheMessage(t *testing.T) {
	t.Parallel()
	sink := notifytest.SMTP(t)
	channel := channelTo(t, sink, notify.SMTPOptions{})
	late, asked := mailTo(t, 1, "pat@example.net"), 0
	late.Fresh = func() bool { asked++; return asked == 1 }
	if d := channel.Send(t.Context(), late); d.Outcome != reads.Abandoned {
		t.Errorf("too late: %+v", d)
	}
	if d := channel.Send(t.Context(), mailTo(t, 2, "pat@example.net")); d.Outcome != reads.Sent || len(sink.Messages()) != 1 {
		t.Errorf("afterwards: %+v, %d mails", d, len(sink.Messages()))
	}
}

// Dots at the beginning of lines arrive as they were written.
func TestSMTPKeepsDots(t *testing.T) {
	t.Parallel()
	sink := notifytest.SMTP(t)
	channel := channelTo(t, sink, notify.SMTPOptions{})
	for n, text := range []string{".\r\n", "a\r\n.\r\nb\r\n", "..\r\n.a.\r\n\r\n.\r\n"} {
		m := mailTo(t, n, "pat@example.net")
		m.Data = []byte(text)
		if d := channel.Send(t.Context(), m); d.Outcome != reads.Sent {
			t.Fatalf("%q: %+v", text, d)
		}
		if got := string(sink.Messages()[n].Data); got != text {
			t.Errorf("%q arrived as %q", text, got)
		}
	}
}

// A server that asks for the message although it has refused the recipient gets
// a lone dot, and the next message on the same connection.
func TestSMTPTakesBackWhatWasRefused(t *testing.T) {
	t.Parallel()
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	var said []string
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		conn, err := server.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		lines := bufio.NewScanner(conn)
		for _, turn := range [][]string{
			{"220 here\r\n"}, {"250-here\r\n250 PIPELINING\r\n", "EHLO"},
			{"250 ok\r\n550 5.1.1 nobody\r\n354 go on\r\n", "MAIL", "RCPT", "DATA"}, {"554 no valid recipients\r\n", "."},
			{"250 ok\r\n", "RSET"}, {"250 ok\r\n250 ok\r\n354 go on\r\n", "MAIL", "RCPT", "DATA"},
		} {
			for range turn[1:] {
				if !lines.Scan() {
					return
				}
				said = append(said, strings.Fields(lines.Text())[0])
			}
			_, _ = conn.Write([]byte(turn[0]))
		}
		for lines.Scan() && lines.Text() != "." {
		}
		_, _ = conn.Write([]byte("250 taken\r\n"))
	}()
	channel, err := notify.NewSMTP("smtp://"+server.Addr().String()+"?tls=none", notify.SMTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if d := channel.Send(t.Context(), mailTo(t, 1, "gone@example.net")); d.Outcome != reads.Refused || !d.AddressBad {
		t.Errorf("the refused: %+v", d)
	}
	if d := channel.Send(t.Context(), mailTo(t, 2, "pat@example.net")); d.Outcome != reads.Sent {
		t.Errorf("the next: %+v", d)
	}
	<-gone
	if want := strings.Fields("EHLO MAIL RCPT DATA . RSET MAIL RCPT DATA"); !slices.Equal(said, want) {
		t.Errorf("the server heard %q", said)
	}
}
