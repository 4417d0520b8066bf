package reads

import (
	"log/slog"

	"almanac/scheduler"
)

// Inbound is one mail that came in, as the store needs it. It may hold
// addresses and the words of others.
type Inbound struct {
	// Digest names the message for the audit: its SHA-256 in hexadecimal.
	Digest string
	// From is the bare address of the author; empty: none, or several.
	From string
	// Notice and Thread name the mail of ours that it is about; at most one is set.
	Notice, Thread scheduler.ID
	// Envelope is the notice that the address to which it was sent names; empty:
	// that address names none.
	Envelope scheduler.ID
	// Mailbox is the clinic to whose mailbox it came; empty: nobody knows.
	Mailbox scheduler.ID
	// Known: staff are asked only when the author or the mail of ours that it is about
	// is known.
	Known bool
	// Refusals are what a bounce says of its recipients.
	Refusals []Refusal
}

// Refusal is what a mail system said about one recipient of a mail of ours.
type Refusal struct {
	Address  string // bare; empty: it does not say
	Original string // bare: where the mail was sent first; empty: nowhere else
	Bad      bool   // there is no such mailbox as Address
	Said     string // plain text for staff
}

// LogValue keeps addresses and words out of logs.
func (Inbound) LogValue() slog.Value { return slog.StringValue("inbound mail (withheld)") }

// String keeps them out of formatted text.
func (Inbound) String() string { return "inbound mail (withheld)" }

// Taken says what became of a mail that came in: ids and words of ours, fit for
// a log.
type Taken struct {
	Act    string // such as apply, drop, task or mark
	Reason string // in a few words; may be empty
	Clinic scheduler.ID
	Person scheduler.ID // empty: nobody we know
	Seat   scheduler.ID // of an answer
	Notice scheduler.ID // of a bounce
	Strays int          // the how-manieth answer of the day about an appointment that nobody knows; 0: it is none
}
