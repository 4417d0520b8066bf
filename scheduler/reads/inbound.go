package reads

import (
	"log/slog"

	"almanac/scheduler"
)

// Inbound is a received mail as the store needs it. It may hold addresses and foreign
// text.
type Inbound struct {
	// Digest names the message for the audit: its SHA-256 in hexadecimal.
	Digest string
	// From is the bare address of the author; empty: none, or several.
	From string
	// Notice or Thread names the mail of ours that it replies to; at most one is set.
	Notice, Thread scheduler.ID
	// Envelope is the notice in the address to which it was sent; empty when there is
	// none.
	Envelope scheduler.ID
	// Mailbox is the clinic of the mailbox; empty when unknown.
	Mailbox scheduler.ID
	// Known: create a task for staff only when the author or our mail is known.
	Known bool
	// Refusals are the recipients that a bounce lists.
	Refusals []Refusal
}

// Refusal is what a mail system reported about one recipient of our mail.
type Refusal struct {
	Address  string // bare; empty when the report has none
	Original string // bare: the first address, before forwarding; empty when there is none
	Bad      bool   // there is no such mailbox as Address
	Said     string // plain text for staff
}

// LogValue keeps addresses and words out of logs.
func (Inbound) LogValue() slog.Value { return slog.StringValue("inbound mail (withheld)") }

// String keeps addresses and words out of formatted text.
func (Inbound) String() string { return "inbound mail (withheld)" }

// InboundResult says what was done with a received mail. It is safe to log.
type InboundResult struct {
	Act    string // such as apply, drop, task or mark
	Reason string // a few words; may be empty
	Clinic scheduler.ID
	Person scheduler.ID // empty when unknown
	Seat   scheduler.ID // of an answer
	Notice scheduler.ID // of a bounce
	Strays int          // the day's number of answers about unknown appointments, this one included; 0 for others
}
