package smtp

import (
	"log/slog"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// Message is one finished mail with its envelope. It holds personal data.
type Message struct {
	Notice   scheduler.ID
	Clinic   scheduler.ID
	From, To string // the envelope: bare addresses
	Data     []byte // RFC 5322, with CRLF line ends
	// Fresh tells whether the message may still leave; nil means yes.
	Fresh func() bool
}

// LogValue logs a message as the id of its notice.
func (m Message) LogValue() slog.Value { return slog.StringValue(string(m.Notice)) }

// MaySend asks Fresh.
func (m Message) MaySend() bool { return m.Fresh == nil || m.Fresh() }

// Delivery says how the attempt to send one message ended.
type Delivery struct {
	Outcome reads.Outcome
	// Reply is the server's reply, or why there was none. It may hold an address:
	// store it sealed and never log it.
	Reply string
	// AddressBad: the server said that the address does not exist.
	AddressBad bool
	// Trouble says why the server could not be reached or did not accept mail at
	// all; it is safe to log. Empty when the reply was about this message.
	Trouble string
}
