package smtp

import (
	"context"
	"crypto/x509"
	"errors"
	"slices"
	"sync"
	"time"

	"almanac/scheduler/crashpoint"
)

// Elapsed times of a channel.
const (
	attemptTimeout = 30 * time.Second // for one Send, connecting included
	connectTimeout = 10 * time.Second // for connecting, TLS and login
	idleTimeout    = 30 * time.Second // then an unused connection is closed
)

// maxPerConnection is how many messages one connection sends; some servers close
// it after a hundred.
const maxPerConnection = 100

// Options says how to talk to a mail server.
type Options struct {
	// Hello is the name sent in EHLO; empty means localhost. Use the domain of the
	// sender: the name of the machine is nobody's business.
	Hello string
	// Roots are the certificates to trust; nil means the system's.
	Roots *x509.CertPool
	// Idle is how many unused connections are kept; 0 means 20.
	Idle int
}

// Channel sends messages to one mail server. Use New. It is safe for concurrent use.
type Channel struct {
	server  server
	options Options

	mu     sync.Mutex
	idle   []*conn // the last used one at the end
	closed bool
}

// New makes a channel to the mail server at address,
// smtp://USER:PASSWORD@HOST:PORT?tls=none|starttls|tls. It does not connect yet.
//
// Without tls it uses starttls, or none on the loopback. The default port is 587
// with starttls, 465 with tls, 25 with none. It fails with Invalid (field
// "smtp-url") when the address cannot be parsed; the message does not repeat the
// address, because it may hold a password.
func New(address string, options Options) (*Channel, error) {
	server, err := parseServer(address)
	if err != nil {
		return nil, err
	}
	if options.Hello == "" {
		options.Hello = "localhost"
	}
	if options.Idle <= 0 {
		options.Idle = 20
	}
	return &Channel{server: server, options: options}, nil
}

// Send sends one message over an idle connection, or a new one. It takes at most
// 30 s. When an idle connection breaks before the server has read anything of the
// message, Send connects again within the same attempt.
func (c *Channel) Send(ctx context.Context, m Message) Delivery {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	for {
		conn, err := c.get(ctx)
		if err != nil {
			return unreachable(err)
		}
		reused := conn.sent > 0
		delivery, state := conn.send(ctx, m)
		if state == stale && reused && ctx.Err() == nil {
			conn.close()
			continue
		}
		if state == ready {
			c.put(conn)
		} else {
			conn.close()
		}
		return delivery
	}
}

// Check connects, or tests an idle connection. The error is safe to log.
func (c *Channel) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	for {
		conn, err := c.get(ctx)
		if err != nil {
			return errors.New(unreachable(err).Trouble)
		}
		stop := conn.closeAfter(ctx)
		err = conn.client.Noop()
		if !stop() && err == nil {
			err = ctx.Err()
		}
		if err == nil {
			conn.sent = max(conn.sent, 1)
			c.put(conn)
			return nil
		}
		conn.close()
		if conn.sent == 0 {
			return errors.New(unreachable(&connectError{step: "greeting", cause: err}).Trouble)
		}
	}
}

// Close closes the idle connections; those in use are closed after their message.
func (c *Channel) Close() error {
	c.mu.Lock()
	idle := c.idle
	c.idle, c.closed = nil, true
	c.mu.Unlock()
	for _, conn := range idle {
		conn.timer.Stop()
		conn.quit()
	}
	return nil
}

// get returns an idle connection, or a new one.
func (c *Channel) get(ctx context.Context) (*conn, error) {
	c.mu.Lock()
	if n := len(c.idle); n > 0 {
		conn := c.idle[n-1]
		c.idle = c.idle[:n-1]
		c.mu.Unlock()
		conn.timer.Stop()
		return conn, nil
	}
	c.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	crashpoint.Pass("before-connect")
	return c.server.connect(ctx, c.options)
}

// put returns a connection to the pool, or closes it when the pool is full or the
// connection has sent enough.
func (c *Channel) put(conn *conn) {
	c.mu.Lock()
	if c.closed || len(c.idle) >= c.options.Idle || conn.sent >= maxPerConnection {
		c.mu.Unlock()
		conn.quit()
		return
	}
	conn.timer = time.AfterFunc(idleTimeout, func() { c.expire(conn) })
	c.idle = append(c.idle, conn)
	c.mu.Unlock()
}

// expire closes a connection that was idle for too long.
func (c *Channel) expire(conn *conn) {
	c.mu.Lock()
	i := slices.Index(c.idle, conn)
	if i >= 0 {
		c.idle = slices.Delete(c.idle, i, i+1)
	}
	c.mu.Unlock()
	if i >= 0 {
		conn.quit()
	}
}
