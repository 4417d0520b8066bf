package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail/smtp"

	"almanac/scheduler/fault"
)

// server is a mail server as its address describes it.
type server struct {
	host, port     string
	mode           string // none, starttls or tls
	user, password string
}

// The modes of TLS, as option smtp-url names them.
const (
	tlsNone  = "none"
	tlsStart = "starttls"
	tlsFull  = "tls"
)

func parseServer(address string) (server, error) {
	bad := fault.In("smtp-url",
		"The address of the mail server cannot be understood. "+
			"Write it like smtp://USER:PASSWORD@HOST:PORT?tls=starttls.")
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "smtp" || u.Hostname() == "" ||
		strings.Trim(u.Path, "/") != "" || u.Fragment != "" {
		return server{}, bad
	}
	s := server{host: u.Hostname(), port: u.Port(), mode: u.Query().Get("tls")}
	if u.User != nil {
		s.user = u.User.Username()
		s.password, _ = u.User.Password()
	}
	if s.mode == "" {
		s.mode = tlsStart
		if isLoopback(s.host) {
			s.mode = tlsNone
		}
	}
	standard := map[string]string{tlsNone: "25", tlsStart: "587", tlsFull: "465"}[s.mode]
	if standard == "" {
		return server{}, fault.In("smtp-url",
			"The mail server's tls must be none, starttls or tls; write it like smtp://HOST:PORT?tls=starttls.")
	}
	if s.port == "" {
		s.port = standard
	}
	return s, nil
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback() || host == "localhost"
}

// maxReplies bounds the replies to one message, and those before the first, in
// octets. A reply line has at most 512 (RFC 5321 §4.5.3.1.5); TLS needs a few
// thousand. Without a bound an endless reply would be read until the timeout.
const maxReplies = 64 << 10

// errReplyTooLong is the error of reading more than maxReplies.
var errReplyTooLong = errors.New("the server says too much")

// limitedConn fails with errReplyTooLong once left octets were read.
type limitedConn struct {
	net.Conn
	left int
}

// Read reads at most left octets.
func (c *limitedConn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errReplyTooLong
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err // not wrapped: callers check the type of a net.Conn's errors
}

// conn is one open connection, used by one goroutine at a time.
type conn struct {
	raw    *limitedConn // below TLS; closing it interrupts reads and writes
	client *gomail.Client
	sent   int         // transactions so far
	timer  *time.Timer // closes it while it is idle
}

// connectError says at which step connecting failed.
type connectError struct {
	step  string
	cause error
}

// Error names the step and the cause.
func (e *connectError) Error() string { return e.step + ": " + e.cause.Error() }

// Unwrap returns the cause.
func (e *connectError) Unwrap() error { return e.cause }

// connect opens a connection up to the first MAIL: TCP, TLS, EHLO and login.
func (s server) connect(ctx context.Context, options Options) (*conn, error) {
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(s.host, s.port))
	if err != nil {
		return nil, &connectError{"connecting", err}
	}
	c := &conn{raw: &limitedConn{raw, maxReplies}}
	stop := c.closeAfter(ctx)
	err = s.greet(ctx, c, options)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// greet does TLS, EHLO and login on a new connection.
func (s server) greet(ctx context.Context, c *conn, options Options) error {
	config := &tls.Config{ServerName: s.host, RootCAs: options.Roots, MinVersion: tls.VersionTLS12}
	var transport net.Conn = c.raw
	if s.mode == tlsFull {
		secure := tls.Client(c.raw, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			return &connectError{"TLS", err}
		}
		transport = secure
	}
	client, err := gomail.NewClient(transport, s.host)
	if err != nil {
		return &connectError{"greeting", err}
	}
	c.client = client
	if err := client.Hello(options.Hello); err != nil {
		return &connectError{"greeting", err}
	}
	if s.mode == tlsStart {
		if offered, _ := client.Extension("STARTTLS"); !offered {
			return &connectError{"TLS", errors.New("the server does not offer STARTTLS")}
		}
		if err := client.StartTLS(config); err != nil {
			return &connectError{"TLS", err}
		}
	}
	return s.login(client)
}

// login authenticates with PLAIN (RFC 4616), or with LOGIN when the server offers
// only that. Without a user it does nothing.
func (s server) login(client *gomail.Client) error {
	if s.user == "" {
		return nil
	}
	offered, mechanisms := client.Extension("AUTH")
	if !offered {
		return &connectError{"login", errors.New("the server does not offer to log in")}
	}
	// Without TLS only when smtp-url says tls=none, or on the loopback.
	allowPlain := s.mode == tlsNone
	auth := gomail.PlainAuth("", s.user, s.password, s.host, allowPlain)
	known := strings.Fields(strings.ToUpper(mechanisms))
	if !slices.Contains(known, "PLAIN") && slices.Contains(known, "LOGIN") {
		auth = gomail.LoginAuth(s.user, s.password, s.host, allowPlain)
	}
	if err := client.Auth(auth); err != nil {
		return &connectError{"login", err}
	}
	return nil
}

// closeAfter closes the connection when ctx ends. stop cancels that and reports
// whether the connection is still open.
func (c *conn) closeAfter(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, c.close)
}

// close closes the connection at once.
func (c *conn) close() { _ = c.raw.Close() }

// quit sends QUIT, waits at most a second for the reply and closes the connection.
func (c *conn) quit() {
	timer := time.AfterFunc(time.Second, c.close)
	defer timer.Stop()
	if err := c.client.Quit(); err != nil {
		c.close()
	}
}

// String names the server without its user and password.
func (s server) String() string {
	return fmt.Sprintf("%s (tls=%s)", net.JoinHostPort(s.host, s.port), s.mode)
}
