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

// SinkOptions says what a Sink offers. The zero value is a plain server that
// wants no login and stamps no time.
type SinkOptions struct {
	// Now stamps received messages; nil leaves Message.At zero.
	Now func() time.Time
	// TLS is how the sink speaks TLS: TLSNone, TLSStart or TLSImplicit.
	TLS TLSMode
	// User and Password are what AUTH PLAIN must bring before MAIL; with an
	// empty User nobody needs to log in and AUTH is not offered.
	User, Password string
}

// TLSMode is how a Sink speaks TLS, in the words of option smtp-url.
type TLSMode string

// The modes. The empty mode is TLSNone.
const (
	TLSNone     TLSMode = "none"
	TLSStart    TLSMode = "starttls" // offered after EHLO, and required before MAIL
	TLSImplicit TLSMode = "tls"      // from the first byte
)

// Message is a mail that the sink took: envelope, bytes and circumstances.
type Message struct {
	From string   // reverse path, without angle brackets
	To   []string // accepted recipients, in order
	Data []byte   // header and body with CRLF line ends, dots unstuffed
	At   time.Time
	User string // who logged in; empty for nobody
	TLS  bool   // came encrypted
}

// Sink is a small SMTP server (RFC 5321) on a loopback port that keeps what it
// takes and can be told to misbehave. All methods may be called at any time
// from any goroutine.
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
	met      int           // how often troubles struck since Behave
	calm     chan struct{} // closed when troubles change: ends every hang
	closed   chan struct{} // closed at the end of the test
	serving  sync.WaitGroup
}

// SMTP starts a plain sink that takes everything. It ends with the test.
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

// Addr gives host and port; they stay the same through Down and Up.
func (s *Sink) Addr() string { return s.address }

// URL gives the address in the form of option smtp-url.
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

// Roots gives the pool that trusts the sink's certificate; nil without TLS.
func (s *Sink) Roots() *x509.CertPool {
	if s.cert == nil {
		return nil
	}
	return s.cert.roots
}

// RootPEM gives the sink's certificate in PEM, for programs that read their
// roots from a file (SSL_CERT_FILE); nil without TLS.
func (s *Sink) RootPEM() []byte {
	if s.cert == nil {
		return nil
	}
	return slices.Clone(s.cert.pem)
}

// Down breaks all connections and refuses new ones until Up.
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

// Up takes connections again after Down, at the same address.
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

// Behave replaces all troubles by these and counts WaitForTroubles from zero. With none the sink is good again.
// Conversations that hang go on.
func (s *Sink) Behave(troubles ...Trouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.troubles, s.met = slices.Clone(troubles), 0
	close(s.calm)
	s.calm = make(chan struct{})
}

// Messages gives what the sink took so far, in order.
func (s *Sink) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Forget drops the messages taken so far.
func (s *Sink) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = nil
}

// Connections tells how many connections were opened so far.
func (s *Sink) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened
}

// WaitFor returns the messages as soon as there are at least n, or with the
// context's error what there is by then.
func (s *Sink) WaitFor(ctx context.Context, n int) ([]Message, error) {
	err := s.wait(ctx, func() bool { return len(s.messages) >= n })
	return s.Messages(), err
}

// WaitForTroubles returns when the troubles of the last Behave have struck n times in all, or with the context's
// error.
func (s *Sink) WaitForTroubles(ctx context.Context, n int) error {
	return s.wait(ctx, func() bool { return s.met >= n })
}

// wait returns when reached, called under the lock after each change, says so.
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

// announce wakes those who wait. The lock is held.
func (s *Sink) announce() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// keep records a message and wakes those who wait for it.
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

// welcome notes an open connection, unless the sink went down meanwhile.
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
