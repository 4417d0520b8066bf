package inbound

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
)

// Limits for an inbound mail. Anybody can send one, so nothing is read, split or
// decoded beyond these.
const (
	maxInbound       = 1 << 20   // octets of a message
	maxInboundHeader = 64 << 10  // octets of one header
	maxInboundFields = 500       // fields of one header
	maxInboundField  = 4 << 10   // octets of a field that is parsed
	maxInboundParts  = 20        // parts, including multiparts
	maxInboundDepth  = 8         // nested multiparts
	maxInboundPart   = 256 << 10 // octets of a decoded part
)

// Kind is the kind of an inbound mail.
type Kind string

// The kinds of inbound mail.
const (
	KindReply     Kind = "reply"     // an answer to an invite
	KindCounter   Kind = "counter"   // asks for another time
	KindRefresh   Kind = "refresh"   // asks for the invite again
	KindBounce    Kind = "bounce"    // reports the delivery of a mail of ours
	KindComplaint Kind = "complaint" // reports a mail of ours as unwanted
	KindAutomatic Kind = "automatic" // sent by a machine: ignored, never answered
	KindDropped   Kind = "dropped"   // a calendar object of another kind: counted
	KindOther     Kind = "other"     // a personal mail: a task for staff, without the text
)

// Mail is a parsed inbound mail. It holds addresses.
type Mail struct {
	Kind Kind
	// Reason says in a few words why a mail is Automatic or Dropped; it quotes nothing
	// from the mail.
	Reason string
	// Known: the mail is a task for staff only when its author or our mail is known.
	Known bool
	// From is the bare address of the author; empty without one, or with several.
	From string
	// Authentic: our own mail server found that DMARC passes for From.
	Authentic bool
	// About is the mail of ours that this one answers or quotes; may be zero.
	About Reference
	// Reply is set for KindReply, KindCounter and KindRefresh.
	Reply gate.Reply
	// Bounce is set for KindBounce; for KindComplaint only its Token.
	Bounce Bounce
	// Digest is the SHA-256 of what was read of the message, also set with an error: by it a message that comes twice
	// is known, and the audit names it.
	Digest [sha256.Size]byte
	// Parts is how many MIME parts were read; also set with an error.
	Parts int
}

// LogValue logs an inbound mail as its kind and reason.
func (in Mail) LogValue() slog.Value {
	return slog.GroupValue(slog.String("kind", string(in.Kind)), slog.String("reason", in.Reason))
}

// String keeps addresses out of formatted text.
func (in Mail) String() string { return string(in.Kind) + " mail (withheld)" }

// Reference identifies a mail of ours by its Message-ID. At most one field is set.
type Reference struct {
	Notice scheduler.ID // <n.NOTICE@…>
	Thread scheduler.ID // <t.NOTICE@…>: the welcome
}

// Options says which mails count as authentic.
type Options struct {
	// AuthServID is the name of our own mail server in Authentication-Results (RFC 8601
	// §2.5). That server must remove fields with its name from incoming mail (§5). Empty:
	// no mail is authentic.
	AuthServID string
}

// Read parses one message (RFC 5322) from an untrusted sender; gate.JudgeReply decides
// about an answer. It fails with Invalid, and a sentence for staff, when the message
// exceeds 1 MiB (it reads no more), a header exceeds 64 KiB, there are more than 20
// parts or 8 nested ones, or a calendar part exceeds 256 KiB, is badly encoded or too
// costly to parse. It wraps an error of r.
func Read(r io.Reader, o Options) (in Mail, err error) {
	message, err := readMessage(r)
	if err != nil {
		if len(message) > 0 {
			in.Digest = sha256.Sum256(message)
		}
		return in, err
	}
	defer func() {
		if trouble := recover(); trouble != nil {
			in, err = Mail{Parts: in.Parts, Digest: in.Digest},
				fault.New(fault.Invalid, "The message cannot be read; ask the sender to write it again as plain text.")
		}
	}()
	in.Digest = sha256.Sum256(message)
	if err = in.read(message, o); err != nil {
		return Mail{Parts: in.Parts, Digest: in.Digest}, err
	}
	return in, nil
}

// readMessage reads at most one octet more than the limit; it gives them also with the error that there are more.
func readMessage(r io.Reader) ([]byte, error) {
	var message bytes.Buffer
	n, err := message.ReadFrom(io.LimitReader(r, maxInbound+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading a message: %w", err)
	case n > maxInbound:
		return message.Bytes(), fault.New(fault.Invalid,
			"The message is larger than 1 MiB and was not read; ask the sender to write again without attachments.")
	case n == 0:
		return nil, fault.New(fault.Invalid, "There is no message; give one on standard input.")
	}
	return message.Bytes(), nil
}

// read takes the message apart and decides what it is: a report first, then an
// answer, whatever made it, then what other machines wrote, then people.
func (in *Mail) read(message []byte, o Options) error {
	fields, body, err := splitHeader(withoutEnvelopeLine(message))
	if err != nil {
		return err
	}
	in.From = author(fields)
	in.Authentic = dmarcPassed(fields, o.AuthServID, in.From)
	in.About = referenceOf(fields.get("in-reply-to") + " " + fields.get("references"))
	var tree mimeTree
	err = tree.walk(fields, body, 0)
	in.Parts = tree.parts
	if err != nil {
		return err
	}
	if bounced, err := in.readBounce(fields, &tree); bounced || err != nil {
		return err
	}
	reason := automatic(fields)
	found, err := in.readCalendar(fields, &tree)
	switch {
	case reason == "" && (found || err != nil):
		in.Known = in.Kind == KindDropped
		return err
	case err == nil && found && in.Kind != KindDropped: // whatever the header says of it, it is an answer
		return nil
	case err != nil && (reason == autoBulk || reason == autoGenerated):
		return err
	case reason == autoGenerated && found:
		return nil
	case reason != "":
		in.Kind, in.Reason, in.Known = KindAutomatic, reason, reason == autoBulk
	default:
		in.Kind = KindOther
	}
	return nil
}

// withoutEnvelopeLine drops the "From sender date" line that some delivery
// agents put before the header (RFC 4155).
func withoutEnvelopeLine(message []byte) []byte {
	if !bytes.HasPrefix(message, []byte("From ")) {
		return message
	}
	_, rest, _ := bytes.Cut(message, []byte("\n"))
	return rest
}

// referenceOf finds the first Message-ID of ours in a text: <n.ID@ or <t.ID@.
// The domain is not looked at: the ids are unique and cannot be guessed.
func referenceOf(text string) Reference {
	const longest = 64 // of an id and what stands around it
	for {
		open := strings.IndexByte(text, '<')
		if open < 0 {
			return Reference{}
		}
		text = text[open+1:]
		local, _, found := strings.Cut(text[:min(len(text), longest)], "@")
		mark, id, _ := strings.Cut(local, ".")
		switch {
		case !found || !scheduler.IsDerivedID(id):
		case mark == "n":
			return Reference{Notice: scheduler.ID(id)}
		case mark == "t":
			return Reference{Thread: scheduler.ID(id)}
		}
	}
}

const uuidLength = 36

// isUUID tells whether s is a UUID as scheduler.RandomUID writes it.
func isUUID(s string) bool {
	if len(s) != uuidLength {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (c == '-') {
			return false
		} else if !dash && (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
