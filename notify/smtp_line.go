package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"almanac/scheduler/fault"
)

// smtpServer is a mail server as its address says.
type smtpServer struct {
	host, port     string
	mode           string // none, starttls or tls
	user, password string
}

// The modes of TLS, in the words of option smtp-url.
const (
	tlsNone  = "none"
	tlsStart = "starttls"
	tlsFull  = "tls"
)

func parseSMTP(address string) (smtpServer, error) {
	bad := fault.In("smtp-url", "The address of the mail server cannot be understood. Write it like smtp://USER:PASSWORD@HOST:PORT?tls=starttls.")
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "smtp" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.Fragment != "" {
		return smtpServer{}, bad
	}
	s := smtpServer{host: u.Hostname(), port: u.Port(), mode: u.Query().Get("tls")}
	if u.User != nil {
		s.user = u.User.Username()
		s.password, _ = u.User.Password()
	}
	if s.mode == "" {
		s.mode = tlsStart
		if loopback(s.host) {
			s.mode = tlsNone
		}
	}
	standard := map[string]string{tlsNone: "25", tlsStart: "587", tlsFull: "465"}[s.mode]
	if standard == "" {
		return smtpServer{}, fault.In("smtp-url", "The mail server's tls must be none, starttls or tls; write it like smtp://HOST:PORT?tls=starttls.")
	}
	if s.port == "" {
		s.port = standard
	}
	return s, nil
}

func loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback() || host == "localhost"
}

// maxReplies bounds what a server may say to one message, or before the first,
// in octets. RFC 5321 §4.5.3.1.5 gives a line of a reply 512; TLS needs a few
// thousand. Without a bound a reply without end would be read until time is up.
const maxReplies = 64 << 10

// errChatter is what reading gives when the server says more than that.
var errChatter = errors.New("the server says too much")

// shortConn is a connection whose other side may say only so much at a time.
type shortConn struct {
	net.Conn
	left int // octets until errChatter
}

// Read reads, and counts what was read.
func (c *shortConn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errChatter
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err // a net.Conn's errors are asked for by type
}

// smtpLine is one live connection, used by one goroutine at a time.
type smtpLine struct {
	conn   *shortConn // the raw one: closing it ends whatever waits
	client *smtp.Client
	sent   int         // transactions so far
	timer  *time.Timer // while it is idle
}

// lineState is how a transaction leaves its connection.
type lineState int

const (
	lineGood   lineState = iota // ready for the next message
	lineStale                   // broken before the server saw anything of the message
	lineBroken                  // of no more use
)

// stepError says at which step of connecting something failed.
type stepError struct {
	step  string
	cause error
}

// Error names the step and the cause.
func (e *stepError) Error() string { return e.step + ": " + e.cause.Error() }

// Unwrap gives the cause.
func (e *stepError) Unwrap() error { return e.cause }

// connect opens a connection as far as the first MAIL: TCP, TLS, EHLO, login.
func (s smtpServer) connect(ctx context.Context, options SMTPOptions) (*smtpLine, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(s.host, s.port))
	if err != nil {
		return nil, &stepError{"connecting", err}
	}
	line := &smtpLine{conn: &shortConn{conn, maxReplies}}
	stop := line.guard(ctx)
	err = s.greet(ctx, line, options)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		line.drop()
		return nil, err
	}
	return line, nil
}

// greet takes a fresh connection through TLS, EHLO and login.
func (s smtpServer) greet(ctx context.Context, line *smtpLine, options SMTPOptions) error {
	config := &tls.Config{ServerName: s.host, RootCAs: options.Roots, MinVersion: tls.VersionTLS12}
	var spoken net.Conn = line.conn
	if s.mode == tlsFull {
		secure := tls.Client(line.conn, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			return &stepError{"TLS", err}
		}
		spoken = secure
	}
	client, err := smtp.NewClient(spoken, s.host)
	if err != nil {
		return &stepError{"greeting", err}
	}
	line.client = client
	if err := client.Hello(options.Hello); err != nil {
		return &stepError{"greeting", err}
	}
	if s.mode == tlsStart {
		if offered, _ := client.Extension("STARTTLS"); !offered {
			return &stepError{"TLS", errors.New("the server does not offer STARTTLS")}
		}
		if err := client.StartTLS(config); err != nil {
			return &stepError{"TLS", err}
		}
	}
	return s.login(client)
}

// login authenticates with PLAIN (RFC 4616), or LOGIN where the server has
// nothing else. Without a user it does nothing.
func (s smtpServer) login(client *smtp.Client) error {
	if s.user == "" {
		return nil
	}
	offered, mechanisms := client.Extension("AUTH")
	if !offered {
		return &stepError{"login", errors.New("the server does not offer to log in")}
	}
	// tls=none beyond the loopback was asked for in so many words.
	allowPlain := s.mode == tlsNone
	auth := smtp.PlainAuth("", s.user, s.password, s.host, allowPlain)
	known := strings.Fields(strings.ToUpper(mechanisms))
	if !contains(known, "PLAIN") && contains(known, "LOGIN") {
		auth = smtp.LoginAuth(s.user, s.password, s.host, allowPlain)
	}
	if err := client.Auth(auth); err != nil {
		return &stepError{"login", err}
	}
	return nil
}

func contains(words []string, word string) bool {
	for _, w := range words {
		if w == word {
			return true
		}
	}
	return false
}

// guard breaks the connection when ctx ends. The returned function ends the
// guard and tells whether the connection was left alone.
func (l *smtpLine) guard(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() { _ = l.conn.Close() })
}

// drop ends the connection at once.
func (l *smtpLine) drop() { _ = l.conn.Close() }

// leave says QUIT and ends the connection; it waits a moment for the answer.
func (l *smtpLine) leave() {
	giveUp := time.AfterFunc(time.Second, l.drop)
	defer giveUp.Stop()
	if err := l.client.Quit(); err != nil {
		l.drop()
	}
}

// String names the server without its user and password.
func (s smtpServer) String() string {
	return fmt.Sprintf("%s (tls=%s)", net.JoinHostPort(s.host, s.port), s.mode)
}
