package notify

import (
	"almanac/notify/inbound"
	"almanac/scheduler"
)

// Envelopes says from which address messages leave on the envelope (RFC 5321
// §4.1.1.2); mail that comes back is sent there. What the header says is the
// same either way.
type Envelopes string

// The kinds of envelope sender.
const (
	// EnvelopesTagged: b+NOTICE at the domain of the sender, another one for every
	// message, so that what comes back is known by where it comes to, whatever it
	// says. At the domain localhost it is as EnvelopesPlain: nothing comes back there.
	EnvelopesTagged Envelopes = "tagged"
	// EnvelopesPlain: the sender itself.
	EnvelopesPlain Envelopes = "plain"
)

// envelope gives the address to which a message comes back. A repeat of the
// message has the same one.
func (c *Composer) envelope(notice scheduler.ID) string {
	if c.envelopes == EnvelopesPlain || c.domain == "localhost" {
		return c.from.Address
	}
	return inbound.BounceMark + string(notice) + "@" + c.domain
}
