package mailbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"

	"almanac/notify/mailbox"
	"almanac/scheduler/fault"
)

// pile collects what was taken. Fail makes it refuse.
type pile struct {
	mu       sync.Mutex
	messages []string
	fail     func(message string) error
}

// most is what a Take reads of a message.
const most = 1<<20 + 1

func (p *pile) take(_ context.Context, message io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(message, most))
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		if err := p.fail(string(text)); err != nil {
			return err
		}
	}
	p.messages = append(p.messages, string(text))
	return nil
}

func (p *pile) all() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.messages...)
}

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

const mailboxAddress = "appointments@clinic.example"

// listening starts a listener and gives its address.
func listening(t *testing.T, p *pile, value string) string {
	t.Helper()
	listen, err := mailbox.ParseListen(value)
	if err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("tcp", listen.Address)
	if err != nil {
		t.Fatal(err)
	}
	l := mailbox.NewListener(mailbox.ListenerOptions{Listen: listen, Mailbox: mailboxAddress, Take: p.take,
		Log: silent()})
	ended := make(chan error, 1)
	go func() { ended <- l.Serve(t.Context(), socket) }()
	t.Cleanup(func() {
		if err := errors.Join(l.Close(), <-ended); err != nil {
			t.Error(err)
		}
	})
	return socket.Addr().String()
}

// hand gives a message to a listener.
func hand(address, to, message string) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	c := smtp.NewClientLMTP(conn)
	defer func() { _ = c.Close() }()
	return c.SendMail("pat@example.net", []string{to}, strings.NewReader(message))
}

func TestListenerTakesItsOwn(t *testing.T) {
	t.Parallel()
	p := &pile{}
	address := listening(t, p, "lmtp://127.0.0.1:0")
	for _, c := range []struct {
		to   string
		code int // 0: taken
	}{
		{"appointments@clinic.example", 0}, {"Appointments@CLINIC.example", 0}, {"b@clinic.example", 0},
		{"b+0123456789abcdef@clinic.example", 0}, {"B+token@clinic.example", 0},
		{"bob@clinic.example", 550}, {"b+x@elsewhere.example", 550}, {"postmaster@clinic.example", 550},
		{"appointments@clinic.example.evil.example", 550},
	} {
		before := len(p.all())
		err := hand(address, c.to, "Subject: x\r\n\r\nwords\r\n")
		code := codeOf(err)
		if code != c.code || (len(p.all()) > before) != (c.code == 0) {
			t.Errorf("%s: %v", c.to, err)
		}
	}
	if got := p.all()[3]; got != "Delivered-To: b+0123456789abcdef@clinic.example\r\nSubject: x\r\n\r\nwords\r\n" {
		t.Errorf("taken was %q", got)
	}
}

// codeOf is the reply code of an error; 0 without one.
func codeOf(err error) int {
	var one *smtp.SMTPError
	var each smtp.LMTPDataError
	switch {
	case errors.As(err, &each):
		for _, e := range each {
			return e.Code
		}
	case errors.As(err, &one):
		return one.Code
	case err != nil:
		return -1
	}
	return 0
}

// Whatever goes wrong while a message is taken, its server keeps it.
func TestListenerAsksForTheMessageAgain(t *testing.T) {
	t.Parallel()
	for _, trouble := range []error{fault.New(fault.Unavailable, "The database does not answer."),
		fault.New(fault.Invalid, "Name a clinic."), errors.New("anything")} {
		p := &pile{fail: func(string) error { return trouble }}
		address := listening(t, p, "lmtp://127.0.0.1:0")
		if code := codeOf(hand(address, mailboxAddress, "x: y\r\n\r\n")); code != 451 {
			t.Errorf("%v: the server was told %d", trouble, code)
		}
		p.mu.Lock()
		p.fail = nil
		p.mu.Unlock()
		if err := hand(address, mailboxAddress, "x: y\r\n\r\n"); err != nil || len(p.all()) != 1 {
			t.Errorf("afterwards: %v", err)
		}
	}
}

// A message of 40 MB is read to its end and taken as far as a Take reads; one that is cut off is not taken.
func TestListenerAndSize(t *testing.T) {
	t.Parallel()
	p := &pile{}
	address := listening(t, p, "smtp://127.0.0.1:0")
	c, err := smtp.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	big := strings.Repeat(strings.Repeat("x", 98)+"\r\n", 400_000)
	if err := c.SendMail("pat@example.net", []string{mailboxAddress}, strings.NewReader(big)); err != nil {
		t.Error(err)
	}
	if got := p.all(); len(got) != 1 || len(got[0]) != most {
		t.Errorf("%d taken", len(got))
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = fmt.Fprintf(conn, "EHLO x\r\nMAIL FROM:<p@example.net>\r\nRCPT TO:<%s>\r\nDATA\r\nSubject: cut off",
		mailboxAddress)
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	said, _ := io.ReadAll(conn)
	if _ = conn.Close(); bytes.Contains(said, []byte("OK: queued")) || len(p.all()) != 1 {
		t.Errorf("half a message: %s", said)
	}
}

// Only mail servers of our own may say what they found out about a sender.
func TestListenerAndStrangers(t *testing.T) {
	t.Parallel()
	p := &pile{}
	const message = "x: y\r\n\r\n"
	strange := listening(t, p, "lmtp://127.0.0.1:0?from=192.0.2.0/24")
	if code := codeOf(hand(strange, mailboxAddress, message)); code != 554 {
		t.Errorf("a stranger was told %d", code)
	}
	known := listening(t, p, "lmtp://127.0.0.1:0?from=192.0.2.0/24,127.0.0.1")
	if err := hand(known, mailboxAddress, message); err != nil {
		t.Error(err)
	}
}

func TestListenerLimitsTheRate(t *testing.T) {
	t.Parallel()
	p := &pile{}
	conn, err := net.Dial("tcp", listening(t, p, "smtp://127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	c := smtp.NewClient(conn)
	defer func() { _ = c.Close() }()
	for n := range 2000 {
		if err = c.Mail("pat@example.net", nil); err != nil {
			if n < 500 || codeOf(err) != 451 {
				t.Errorf("after %d: %v", n, err)
			}
			return
		}
		if err := c.Reset(); err != nil {
			t.Fatal(err)
		}
	}
	t.Error("there is no limit")
}

// installed skips the test, or fails it where services are required, when none of the commands is there.
func installed(t *testing.T, what, file string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("make quick starts no services")
	}
	found, err := exec.LookPath(file)
	if err != nil {
		missing := what + " is not installed; on Debian and Ubuntu: sh scripts/install.sh"
		if os.Getenv("REQUIRE_SERVICES") != "1" {
			t.Skip(missing)
		}
		t.Fatal(missing)
	}
	return found
}

// TestPostfixHandsOver: Debian's postfix speaks LMTP and SMTP with the listener, on many connections at once.
func TestPostfixHandsOver(t *testing.T) {
	source := installed(t, "Postfix", "/usr/sbin/smtp-source")
	t.Parallel()
	for _, protocol := range []string{"lmtp", "smtp"} {
		p := &pile{}
		address := listening(t, p, protocol+"://127.0.0.1:0")
		args := []string{"-s", "10", "-m", "200", "-l", "2000", "-f", "pat@example.net", "-t", mailboxAddress,
			"inet:" + address}
		if protocol == "lmtp" {
			args = append([]string{"-L"}, args...)
		}
		if said, err := exec.CommandContext(t.Context(), source, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v, %s", protocol, err, said)
		}
		if n := len(p.all()); n != 200 {
			t.Errorf("%s: %d of 200 were taken", protocol, n)
		}
	}
}

func TestParseListen(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"lmtp://", "lmtp://h", "http://h:1", "lmtp://h:99999", "smtp://u:p@h:1",
		"lmtp://h:1/x", "lmtp://h:1?from=everybody", "lmtp://h:1?from=0.0.0.0/0", "lmtp://h:1?form=10.0.0.0/8", "%"} {
		if _, err := mailbox.ParseListen(value); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", value, err)
		}
	}
	l, err := mailbox.ParseListen("smtp://[::1]:25?from=10.1.2.3/8,fd00::1&clinic=North%20Side")
	if err != nil || l.Protocol != "smtp" || l.Address != "[::1]:25" || l.Clinic != "North Side" ||
		fmt.Sprint(l.From) != "[10.0.0.0/8 fd00::1/128]" {
		t.Errorf("%+v, %v", l, err)
	}
}

// FuzzListener gives a listener what anybody may write: nothing is taken but for its own recipients, and nothing
// breaks.
func FuzzListener(f *testing.F) {
	for _, script := range []string{
		"LHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<appointments@clinic.example>\r\nDATA\r\nx: y\r\n\r\n.\r\n" +
			"QUIT\r\n",
		"LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<b+t@clinic.example>\r\nBDAT 3 LAST\r\nx:yQUIT\r\n",
		"LHLO x\r\nMAIL FROM:<a@b.example> SIZE=9\r\nRCPT TO:<x@clinic.example>\r\nDATA\r\nQUIT\r\n",
	} {
		f.Add([]byte(script))
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		theirs := newWire(script)
		listen := mailbox.Listen{Protocol: "lmtp"}
		l := mailbox.NewListener(mailbox.ListenerOptions{Listen: listen, Mailbox: mailboxAddress, Log: silent(),
			Take: func(_ context.Context, message io.Reader) error {
				text, err := io.ReadAll(io.LimitReader(message, most))
				to, _, _ := strings.Cut(strings.ToLower(string(text)), "\r\n")
				if to != "delivered-to: "+mailboxAddress && (!strings.HasPrefix(to, "delivered-to: b") ||
					!strings.HasSuffix(to, "@clinic.example")) {
					t.Errorf("taken for %q", to)
				}
				return err
			}})
		_ = l.Serve(t.Context(), &oneWire{wire: theirs})
		<-theirs.closed
		if strings.Contains(theirs.out(), "Internal server error") {
			t.Errorf("it broke: %s", theirs.out())
		}
	})
}
