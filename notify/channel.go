package notify

import (
	"context"

	"almanac/notify/smtp"
)

// Channel sends finished messages: smtp.Channel to a mail server, Kept to files.
// It is safe for concurrent use.
type Channel interface {
	// Send sends one message and says how that ended, within 30 s. It asks
	// m.MaySend last, right before the message leaves, and abandons the message
	// when the answer is no.
	Send(ctx context.Context, m smtp.Message) smtp.Delivery
	// Check tests the connection without a message. The error is safe to log: it
	// holds no reply and no secret.
	Check(ctx context.Context) error
	// Close closes idle connections; a running Send goes on.
	Close() error
}
