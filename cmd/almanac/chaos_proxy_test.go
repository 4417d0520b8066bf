//go:build crashpoints

package main

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"
)

// proxy is a TCP relay on the loopback that can be slow, fall silent or cut.
type proxy struct {
	listener net.Listener
	dial     func() (net.Conn, error)
	relays   sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]struct{}
	delay  time.Duration
	silent chan struct{} // while not nil nothing passes; closed when it does again
	met    int           // packets delayed or held, and connections refused, since the trouble began
	change chan struct{} // closed when met changes
}

// newProxy relays to network and address until the test ends.
func newProxy(t testing.TB, network, address string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{
		listener: listener, conns: map[net.Conn]struct{}{}, change: make(chan struct{}),
		dial: func() (net.Conn, error) { return net.Dial(network, address) },
	}
	p.relays.Go(p.accept)
	t.Cleanup(func() { _ = listener.Close(); p.pass(); p.cut(); p.relays.Wait() })
	return p
}

func (p *proxy) address() string { return p.listener.Addr().String() }

// slow delays every packet.
func (p *proxy) slow(delay time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay, p.met = delay, 0
}

// forget begins a new count for waitFor.
func (p *proxy) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.met = 0
}

// meet counts a packet or connection that was in trouble.
func (p *proxy) meet() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.met++
	close(p.change)
	p.change = make(chan struct{})
}

// waitFor returns when n packets or connections were in trouble, or when ctx ends.
func (p *proxy) waitFor(ctx context.Context, n int) {
	for {
		p.mu.Lock()
		met, change := p.met, p.change
		p.mu.Unlock()
		if met >= n {
			return
		}
		select {
		case <-change:
		case <-ctx.Done():
			return
		}
	}
}

// hush keeps connections open and passes nothing on, as a dead peer does.
func (p *proxy) hush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.silent == nil {
		p.silent, p.met = make(chan struct{}), 0
	}
}

// pass ends what slow and hush began.
func (p *proxy) pass() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = 0
	if p.silent != nil {
		close(p.silent)
		p.silent = nil
	}
}

// cut breaks all connections.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.conns {
		_ = conn.Close()
	}
}

func (p *proxy) accept() {
	for {
		near, err := p.listener.Accept()
		if err != nil {
			return
		}
		far, err := p.dial()
		if err != nil {
			_ = near.Close()
			p.meet()
			continue
		}
		p.mu.Lock()
		p.conns[near], p.conns[far] = struct{}{}, struct{}{}
		p.mu.Unlock()
		p.relays.Go(func() { p.relay(near, far) })
		p.relays.Go(func() { p.relay(far, near) })
	}
}

// relay copies one direction until either side ends.
func (p *proxy) relay(from, to net.Conn) {
	defer func() {
		_ = from.Close()
		_ = to.Close()
		p.mu.Lock()
		delete(p.conns, from)
		p.mu.Unlock()
	}()
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		p.mu.Lock()
		delay, silent := p.delay, p.silent
		p.mu.Unlock()
		if silent != nil || delay > 0 {
			p.meet()
		}
		if silent != nil {
			<-silent
		}
		if delay > 0 {
			<-time.After(delay)
		}
		if _, writeErr := to.Write(buffer[:n]); writeErr != nil || err != nil {
			return
		}
	}
}
