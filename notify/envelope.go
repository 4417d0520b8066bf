package notify

import (
	"almanac/notify/inbound"
	"almanac/scheduler"
)

// Envelopes is the kind of envelope sender (RFC 5321 §4.1.1.2), the address to
// which undeliverable mail is sent back. The From of the header is the same with
// both kinds.
type Envelopes string

// The kinds of envelope sender.
const (
	// EnvelopesTagged is b+NOTICE at the domain of the sender: the address tells which
	// message came back. At the domain localhost it is the same as EnvelopesPlain.
	EnvelopesTagged Envelopes = "tagged"
	// EnvelopesPlain is the sender itself.
	EnvelopesPlain Envelopes = "plain"
)

// envelope returns the envelope sender of a notice; every attempt has the same.
func (c *Composer) envelope(notice scheduler.ID) string {
	if c.envelopes == EnvelopesPlain || c.domain == "localhost" {
		return c.from.Address
	}
	return inbound.BounceMark + string(notice) + "@" + c.domain
}
