package mailbox_test

import (
	"bytes"
	"io"
	"net"
	"sync"
	"time"
)

// wire is a connection on which everything that the other side says is written down before.
type wire struct {
	in     *bytes.Reader
	closed chan struct{}
	once   sync.Once
	mu     sync.Mutex
	said   bytes.Buffer
}

func newWire(script []byte) *wire {
	return &wire{in: bytes.NewReader(script), closed: make(chan struct{})}
}

func (w *wire) Read(b []byte) (int, error) { return w.in.Read(b) }

func (w *wire) Write(b []byte) (int, error) {
	select {
	case <-w.closed:
		return 0, net.ErrClosed
	default:
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.said.Write(b)
}

func (w *wire) out() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.said.String()
}

func (w *wire) Close() error {
	w.once.Do(func() { close(w.closed) })
	return nil
}

func (*wire) LocalAddr() net.Addr  { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
func (*wire) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 2} }

func (*wire) SetDeadline(time.Time) error      { return nil }
func (*wire) SetReadDeadline(time.Time) error  { return nil }
func (*wire) SetWriteDeadline(time.Time) error { return nil }

// oneWire is a listener to which one connection comes.
type oneWire struct {
	wire *wire
	come bool
}

func (o *oneWire) Accept() (net.Conn, error) {
	if o.come {
		return nil, io.EOF
	}
	o.come = true
	return o.wire, nil
}

func (o *oneWire) Close() error   { return nil }
func (o *oneWire) Addr() net.Addr { return o.wire.LocalAddr() }
