package notifytest_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/notify/notifytest"
)

const letter = "Subject: x\r\n\r\n.dot\r\nend\r\n"

func dial(t *testing.T, sink *notifytest.Sink) *smtp.Client {
	t.Helper()
	client, err := smtp.Dial(sink.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// deliver sends the letter over an open connection, each recipient on its own line.
func deliver(client *smtp.Client, to ...string) error {
	if err := client.Mail("from@example.net"); err != nil {
		return err
	}
	for _, rcpt := range to {
		if err := client.Rcpt(rcpt); err != nil {
			return errors.Join(err, client.Reset())
		}
	}
	w, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte(letter)); err != nil {
		return err
	}
	return w.Close()
}

func codeOf(err error) int {
	var reply *textproto.Error
	if errors.As(err, &reply) {
		return reply.Code
	}
	return 0
}

func TestSinkKeepsEnvelopeBytesAndTime(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_767_225_600, 0).UTC()
	sink := notifytest.NewSMTP(t, notifytest.SinkOptions{Now: func() time.Time { return at }})
	client := dial(t, sink)
	for range 2 {
		if err := deliver(client, "a@example.net", "b@example.net"); err != nil {
			t.Fatal(err)
		}
	}
	messages, err := sink.WaitFor(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	m := messages[1]
	if m.From != "from@example.net" || !slices.Equal(m.To, []string{"a@example.net", "b@example.net"}) {
		t.Errorf("envelope %s -> %s", m.From, m.To)
	}
	if string(m.Data) != letter || !m.At.Equal(at) || m.TLS || m.User != "" {
		t.Errorf("took %+v", m)
	}
	if sink.Connections() != 1 {
		t.Errorf("%d connections for two messages on one", sink.Connections())
	}
	sink.Forget()
	if n := len(sink.Messages()); n != 0 {
		t.Errorf("%d messages after Forget", n)
	}
}

func TestSinkWantsTLSAndLogin(t *testing.T) {
	t.Parallel()
	options := notifytest.SinkOptions{TLS: notifytest.TLSStart, User: "desk", Password: "s3cret"}
	sink := notifytest.NewSMTP(t, options)
	client := dial(t, sink)
	if code := codeOf(deliver(client, "a@example.net")); code != 530 {
		t.Errorf("in the clear: %d, want 530", code)
	}
	if err := client.StartTLS(&tls.Config{RootCAs: sink.Roots(), ServerName: "127.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	if code := codeOf(deliver(client, "a@example.net")); code != 530 {
		t.Errorf("without login: %d, want 530", code)
	}
	if err := client.Auth(smtp.PlainAuth("", "desk", "s3cret", "127.0.0.1")); err != nil {
		t.Fatal(err)
	}
	if err := deliver(client, "a@example.net"); err != nil {
		t.Fatal(err)
	}
	if m := sink.Messages()[0]; !m.TLS || m.User != "desk" {
		t.Errorf("took %+v", m)
	}

	again := dial(t, sink)
	if err := again.StartTLS(&tls.Config{RootCAs: sink.Roots(), ServerName: "127.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	if code := codeOf(again.Auth(smtp.PlainAuth("", "desk", "wrong", "127.0.0.1"))); code != 535 {
		t.Errorf("wrong password: %d, want 535", code)
	}
}

func TestSinkSpeaksTLSFromTheFirstByte(t *testing.T) {
	t.Parallel()
	sink := notifytest.NewSMTP(t, notifytest.SinkOptions{TLS: notifytest.TLSImplicit})
	conn, err := tls.Dial("tcp", sink.Addr(), &tls.Config{RootCAs: sink.Roots()})
	if err != nil {
		t.Fatal(err)
	}
	client, err := smtp.NewClient(conn, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	if err := deliver(client, "a@example.net"); err != nil {
		t.Fatal(err)
	}
	if !sink.Messages()[0].TLS || !strings.HasSuffix(sink.URL(), "?tls=tls") {
		t.Errorf("took %+v at %s", sink.Messages(), sink.URL())
	}
}

func TestSinkGoesDownAndUp(t *testing.T) {
	t.Parallel()
	sink := notifytest.SMTP(t)
	client, address := dial(t, sink), sink.Addr()
	sink.Down()
	if err := client.Noop(); err == nil {
		t.Error("a connection outlived Down")
	}
	if _, err := smtp.Dial(address); err == nil {
		t.Error("a sink that is down takes connections")
	}
	sink.Up()
	if sink.Addr() != address {
		t.Errorf("moved from %s to %s", address, sink.Addr())
	}
	if err := deliver(dial(t, sink), "a@example.net"); err != nil {
		t.Error(err)
	}
}

func TestTroublesRefuse(t *testing.T) {
	t.Parallel()
	for _, at := range []notifytest.Stage{
		notifytest.AtMail, notifytest.AtRcpt, notifytest.AtData, notifytest.AtEnd, notifytest.AtReply,
	} {
		sink := notifytest.SMTP(t)
		client := dial(t, sink)
		sink.Behave(notifytest.Trouble{At: at, Code: 450, Times: 1})
		if code := codeOf(deliver(client, "a@example.net")); code != 450 {
			t.Errorf("%s: %d, want 450", at, code)
		}
		if err := sink.WaitForTroubles(t.Context(), 1); err != nil {
			t.Errorf("%s: waiting for the trouble: %s", at, err)
		}
		kept := 0
		if at == notifytest.AtReply {
			kept = 1 // taken, but the client was told otherwise
		}
		if n := len(sink.Messages()); n != kept {
			t.Errorf("%s: %d messages kept, want %d", at, n, kept)
		}
		if err := errors.Join(client.Reset(), deliver(client, "a@example.net")); err != nil {
			t.Errorf("%s: after the trouble: %s", at, err)
		}
	}
}

func TestTroubleForOneRecipient(t *testing.T) {
	t.Parallel()
	sink := notifytest.SMTP(t)
	sink.Behave(notifytest.Trouble{At: notifytest.AtRcpt, To: "gone@example.net", Code: 550})
	client := dial(t, sink)
	for range 2 {
		if code := codeOf(deliver(client, "Gone@example.net")); code != 550 {
			t.Errorf("the unknown recipient: %d, want 550", code)
		}
	}
	if err := deliver(client, "a@example.net"); err != nil {
		t.Error(err)
	}
	sink.Behave()
	if err := deliver(client, "gone@example.net"); err != nil {
		t.Errorf("after Behave: %s", err)
	}
}

func TestDropAfterKeepingLosesOnlyTheAnswer(t *testing.T) {
	t.Parallel()
	sink := notifytest.SMTP(t)
	sink.Behave(notifytest.Trouble{At: notifytest.AtReply, Drop: true})
	if err := deliver(dial(t, sink), "a@example.net"); err == nil || codeOf(err) != 0 {
		t.Errorf("a dropped connection gave %v", err)
	}
	if n := len(sink.Messages()); n != 1 {
		t.Errorf("%d messages kept, want 1", n)
	}
}

func TestHangEndsWithBehave(t *testing.T) {
	t.Parallel()
	sink := notifytest.SMTP(t)
	client := dial(t, sink)
	sink.Behave(notifytest.Trouble{At: notifytest.AtEnd, Hang: true, Delay: time.Millisecond})
	done := make(chan error)
	go func() { done <- deliver(client, "a@example.net") }()
	select {
	case err := <-done:
		t.Fatalf("answered although it hangs: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	sink.Behave()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestWaitForEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := notifytest.SMTP(t).WaitFor(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("WaitFor = %v", err)
	}
}

func TestSinkRefusesWhatNoClientMaySend(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ send, want string }{
		"rcpt before mail": {"EHLO x\r\nRCPT TO:<a@b>\r\nQUIT\r\n", "503"},
		"data before rcpt": {"EHLO x\r\nMAIL FROM:<>\r\nDATA\r\nQUIT\r\n", "503"},
		"mail before ehlo": {"MAIL FROM:<a@b>\r\nQUIT\r\n", "503"},
		"no brackets":      {"EHLO x\r\nMAIL FROM:a@b\r\nQUIT\r\n", "501"},
		"bare line feed":   {"EHLO x\n", "500"},
		"unknown verb":     {"BURN\r\nQUIT\r\n", "502"},
		"endless line":     {strings.Repeat("x", 20000), "500"},
		"endless text line": {"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\n" +
			strings.Repeat("x", 1001) + "\r\n", "552"},
	}
	for name, tt := range tests {
		sink := notifytest.SMTP(t)
		conn, err := net.Dial("tcp", sink.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if _, err := fmt.Fprint(conn, tt.send); err != nil {
			t.Fatal(err)
		}
		var replies []string
		for scan := bufio.NewScanner(conn); scan.Scan(); {
			replies = append(replies, scan.Text())
		}
		if !slices.ContainsFunc(replies, func(r string) bool { return strings.HasPrefix(r, tt.want) }) {
			t.Errorf("%s: %q, want %s", name, replies, tt.want)
		}
		if n := len(sink.Messages()); n != 0 {
			t.Errorf("%s: %d messages kept", name, n)
		}
	}
}
