package notify

import (
	"context"
	"log/slog"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// Channel hands finished messages over to whoever delivers them. Its methods
// may be called at any time from any goroutine.
type Channel interface {
	// Send hands one message over and says what became of it. It asks m.Fresh last,
	// right before anything of the message leaves, and abandons it when the
	// answer is no. It takes no longer than 30 s.
	Send(ctx context.Context, m Message) Delivery
	// Check tries the way to the provider without a message. The error is fit for
	// a log: it holds no reply and no secret.
	Check(ctx context.Context) error
	// Close ends idle connections; a Send that runs goes on.
	Close() error
}

// Message is one finished mail. It holds an address and more.
type Message struct {
	Notice   scheduler.ID
	Clinic   scheduler.ID
	From, To string // the envelope: bare addresses
	Data     []byte // RFC 5322, with CRLF line ends
	// Fresh tells whether the hand-over may still start; nil: it may.
	Fresh func() bool
}

// LogValue logs a message as the id of its notice.
func (m Message) LogValue() slog.Value { return slog.StringValue(string(m.Notice)) }

// fresh tells whether the hand-over may still start.
func (m Message) fresh() bool { return m.Fresh == nil || m.Fresh() }

// Delivery says what became of a message.
type Delivery struct {
	Outcome reads.Outcome
	// Reply is what the provider said, or what kept it from saying anything. It
	// may hold an address: it is stored sealed and never logged.
	Reply string
	// AddressBad: the provider said that the address does not exist.
	AddressBad bool
	// Trouble says in words fit for a log why the provider could not be reached
	// or would not talk at all; empty when it talked about this message.
	Trouble string
}

// maxReply bounds what is stored of a reply, in octets.
const maxReply = 500

func clip(reply string) string {
	if len(reply) > maxReply {
		return reply[:maxReply]
	}
	return reply
}
