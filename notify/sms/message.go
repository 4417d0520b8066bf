package sms

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// Message is one finished text. It holds personal data.
type Message struct {
	Notice  scheduler.ID // empty: an answer to a text that came in
	Clinic  scheduler.ID
	Attempt int
	To      string // E.164
	Text    string
	// Fresh tells whether the message may still leave; nil means yes.
	Fresh func() bool
}

// LogValue logs a message as the id of its notice.
func (m Message) LogValue() slog.Value { return slog.StringValue(string(m.Notice)) }

// MaySend asks Fresh.
func (m Message) MaySend() bool { return m.Fresh == nil || m.Fresh() }

// Delivery says how the attempt to hand one text over ended.
type Delivery struct {
	Outcome reads.Outcome
	// Reply is what the gateway answered, or why it did not. It may hold a number: store it sealed and never log it.
	Reply string
	ID    string // the gateway's id of the text; empty: none was given
	// NumberBad: no text can arrive at this number. OptedOut: its owner has told the gateway STOP.
	NumberBad, OptedOut bool
	// Trouble says why the gateway could not be reached or took no texts at all; it is safe to log.
	Trouble string
}

// Driver hands texts to one gateway. It is safe for concurrent use.
type Driver interface {
	// Send hands one text over and says how that ended, within 30 s. It asks m.MaySend last.
	Send(ctx context.Context, m Message) Delivery
	// Check tests whether the gateway answers, without a text. The error is safe to log.
	Check(ctx context.Context) error
	// Close closes idle connections.
	Close() error
	// Read reads a request of the gateway; body is its whole body, and address how the gateway names the hook, without
	// query. It fails with Forbidden when the request is not signed, with Invalid when it cannot be read.
	Read(r *http.Request, body []byte, address string) (Incoming, error)
	// Name is the last part of the hook's address.
	Name() string
	// Price is what one part of a text costs, in the currency of the contract; 0: not known.
	Price() float64
}

// Incoming is what one request of a gateway says.
type Incoming struct {
	Reports []reads.TextReport
	Texts   []reads.TextIn
}

// Options says what drivers need beside their address.
type Options struct {
	// Hook returns the public address of the hook, for reports.
	Hook func() string
}

// pace spaces texts, so that a gateway gets no more in a second than it takes. The zero value does not.
type pace struct {
	every time.Duration
	mu    sync.Mutex
	last  chan struct{} // closed when the next may leave
}

// perSecond lets rate texts leave in a second; 0: any number.
func perSecond(rate float64) *pace {
	p := &pace{}
	if rate > 0 {
		p.every = time.Duration(float64(time.Second) / rate)
	}
	return p
}

// wait waits for the turn of the next text; false when ctx ends before.
func (p *pace) wait(ctx context.Context) bool {
	if p.every == 0 {
		return ctx.Err() == nil
	}
	mine := make(chan struct{})
	p.mu.Lock()
	before := p.last
	p.last = mine
	p.mu.Unlock()
	turn := func() { time.AfterFunc(p.every, func() { close(mine) }) }
	if before == nil {
		turn()
		return ctx.Err() == nil
	}
	select {
	case <-before:
		turn()
		return ctx.Err() == nil
	case <-ctx.Done():
		go func() { // those behind still wait for the ones before
			<-before
			close(mine)
		}()
		return false
	}
}
