package notifytest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"
)

// SinkOptions configures a Sink. The zero value is a server without TLS, login and
// clock.
type SinkOptions struct {
	// Now stamps received messages; nil leaves Message.At zero.
	Now func() time.Time
	// TLS is TLSNone, TLSStart or TLSImplicit.
	TLS TLSMode
	// User and Password must be sent with AUTH PLAIN before MAIL. With an empty User,
	// AUTH is neither offered nor required.
	User, Password string
}

// TLSMode is a mode of TLS, as in option smtp-url.
type TLSMode string

// The modes. The empty mode is TLSNone.
const (
	TLSNone     TLSMode = "none"
	TLSStart    TLSMode = "starttls" // offered after EHLO, and required before MAIL
	TLSImplicit TLSMode = "tls"      // from the first byte
)

// Message is a mail that the sink accepted.
type Message struct {
	From string   // reverse path, without angle brackets
	To   []string // accepted recipients, in order
	Data []byte   // header and body with CRLF line ends, dots unstuffed
	At   time.Time
	User string // of the login; empty without one
	TLS  bool   // over TLS
}

// Sink is a small SMTP server (RFC 5321) on a loopback port. It keeps the mails that it
// accepts and can be told to fail. It is safe for concurrent use.
type Sink struct {
	t       testing.TB
	options SinkOptions
	cert    *certificate // nil without TLS
	address string

	mu       sync.Mutex
	listener net.Listener // nil while down
	conns    map[net.Conn]struct{}
	opened   int
	messages []Message
	changed  chan struct{} // closed and replaced at each message
	troubles []Trouble
	met      int           // how many troubles happened since Behave
	calm     chan struct{} // closed when troubles change: ends every hang
	closed   chan struct{} // closed at the end of the test
	serving  sync.WaitGroup
}

// SMTP starts a sink that accepts everything. It ends with the test.
func SMTP(t testing.TB) *Sink {
	t.Helper()
	return NewSMTP(t, SinkOptions{})
}

// NewSMTP starts a sink with options. It ends with the test.
func NewSMTP(t testing.TB, options SinkOptions) *Sink {
	t.Helper()
	s := &Sink{
		t: t, options: options, address: "127.0.0.1:0",
		conns:   map[net.Conn]struct{}{},
		changed: make(chan struct{}), calm: make(chan struct{}), closed: make(chan struct{}),
	}
	if options.TLS == TLSStart || options.TLS == TLSImplicit {
		cert, err := newCertificate()
		if err != nil {
			t.Fatal(err)
		}
		s.cert = cert
	}
	s.Up()
	t.Cleanup(func() {
		close(s.closed)
		s.Down()
		s.serving.Wait()
	})
	return s
}

// Addr returns host and port; Down and Up do not change them.
func (s *Sink) Addr() string { return s.address }

// URL returns the address for option smtp-url.
func (s *Sink) URL() string {
	mode := s.options.TLS
	if mode == "" {
		mode = TLSNone
	}
	u := url.URL{Scheme: "smtp", Host: s.address, RawQuery: url.Values{"tls": {string(mode)}}.Encode()}
	if s.options.User != "" {
		u.User = url.UserPassword(s.options.User, s.options.Password)
	}
	return u.String()
}

// Roots returns the pool that trusts the sink's certificate; nil without TLS.
func (s *Sink) Roots() *x509.CertPool {
	if s.cert == nil {
		return nil
	}
	return s.cert.roots
}

// RootPEM returns the certificate in PEM, for SSL_CERT_FILE; nil without TLS.
func (s *Sink) RootPEM() []byte {
	if s.cert == nil {
		return nil
	}
	return slices.Clone(s.cert.pem)
}

// Down closes all connections and refuses new ones until Up.
func (s *Sink) Down() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil {
		_ = s.listener.Close()
		s.listener = nil
	}
	for conn := range s.conns {
		_ = conn.Close()
	}
}

// Up accepts connections again after Down, at the same address.
func (s *Sink) Up() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil {
		return
	}
	listener, err := net.Listen("tcp", s.address)
	if err != nil {
		s.t.Fatalf("starting the SMTP sink: %s", err)
	}
	s.listener, s.address = listener, listener.Addr().String()
	s.serving.Go(func() { s.accept(listener) })
}

// Behave replaces all troubles and resets the count of WaitForTroubles. Without
// troubles the sink works normally. Conversations that hang continue.
func (s *Sink) Behave(troubles ...Trouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.troubles, s.met = slices.Clone(troubles), 0
	close(s.calm)
	s.calm = make(chan struct{})
}

// Messages returns the accepted mails in order.
func (s *Sink) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Forget deletes the accepted mails.
func (s *Sink) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = nil
}

// Connections is how many connections were opened so far.
func (s *Sink) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened
}

// WaitFor waits for at least n mails and returns all. When ctx ends it returns the mails
// so far and the error of ctx.
func (s *Sink) WaitFor(ctx context.Context, n int) ([]Message, error) {
	err := s.wait(ctx, func() bool { return len(s.messages) >= n })
	return s.Messages(), err
}

// WaitForTroubles waits until the troubles of the last Behave have happened n times in
// all, or until ctx ends.
func (s *Sink) WaitForTroubles(ctx context.Context, n int) error {
	return s.wait(ctx, func() bool { return s.met >= n })
}

// wait waits until reached returns true; it calls reached under the lock after each
// change.
func (s *Sink) wait(ctx context.Context, reached func() bool) error {
	for {
		s.mu.Lock()
		done, changed := reached(), s.changed
		s.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// announce wakes all waits. The caller holds the lock.
func (s *Sink) announce() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// keep stores a message and wakes all waits.
func (s *Sink) keep(m Message) {
	if s.options.Now != nil {
		m.At = s.options.Now()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = append(s.messages, m)
	s.announce()
}

// accept serves connections until the listener closes.
func (s *Sink) accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // the client went away while it waited
		}
		if !s.welcome(conn, listener) {
			_ = conn.Close()
			return
		}
		s.serving.Go(func() {
			defer s.farewell(conn)
			served := conn
			if s.options.TLS == TLSImplicit {
				served = tls.Server(conn, s.cert.config)
			}
			newConversation(s, served).run()
		})
	}
}

// welcome adds an open connection, unless the sink is down.
func (s *Sink) welcome(conn net.Conn, listener net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != listener {
		return false
	}
	s.conns[conn] = struct{}{}
	s.opened++
	return true
}

func (s *Sink) farewell(conn net.Conn) {
	_ = conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, conn)
}
