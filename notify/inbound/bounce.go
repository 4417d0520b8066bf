package inbound

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"strings"

	"almanac/scheduler"
)

// Bounce is a delivery report about the mail in Mail.About. Anybody can write one: mark
// an address as bad only when that mail was sent to it.
type Bounce struct {
	// Recipients are at most 20; empty when the report has none.
	Recipients []Recipient
	// Token is the part after "b+" in the address that received the bounce, which is the
	// envelope sender of one mail. It has at most 64 characters and may be empty.
	Token string
}

// Recipient is the report about one recipient (RFC 3464 §2.3).
type Recipient struct {
	Address    string // bare, final; empty when the report has none
	Original   string // bare; the first one, when it differs
	Action     string // failed, delayed, delivered, relayed or expanded
	Status     string // such as 5.1.1 (RFC 3463); may be empty
	Diagnostic string // reply of the other server, plain text for staff, stored sealed
}

// GivenUp tells whether the mail will not arrive, for any reason; also a full mailbox
// after the last retry (status 4.2.2).
func (r Recipient) GivenUp() bool { return r.Action == "failed" }

// AddressBad tells whether there is no such mailbox: status 5.1.0 to 5.1.6 and
// 5.1.10 (RFC 3463 §3.2, RFC 7505 §4.2), or 5.2.1, a disabled mailbox.
func (r Recipient) AddressBad() bool {
	class, detail, _ := strings.Cut(r.Status, ".1.")
	return r.GivenUp() && (r.Status == "5.2.1" || class == "5" && detail != "7" && detail != "8" && detail != "9")
}

// Limits of a bounce: the octets of text that are searched, and the groups of fields of
// a report that are read.
const (
	maxBounceText   = 64 << 10
	maxReportGroups = 2 * maxInboundParts
)

// readBounce parses a delivery report, or the plain text that some mail systems send
// instead. found is false for any other mail; a report of another kind is Automatic.
func (in *Mail) readBounce(fields mailHeader, tree *mimeTree) (found bool, err error) {
	report := tree.kind == "multipart/report"
	status := tree.first("message/delivery-status", "message/global-delivery-status")
	about := tree.returned()
	var recipients []Recipient
	switch {
	case status != nil && (report || fromMailSystem(fields)):
		text, err := status.decoded()
		if err != nil {
			return true, err
		}
		recipients = deliveryStatus(text)
	case report && in.readComplaint(fields, tree):
		return true, nil
	case report && tree.params["report-type"] != "delivery-status":
		in.Kind, in.Reason = KindAutomatic, autoReport
		return true, nil
	case report, fromMailSystem(fields):
		said := tree.said()
		recipients = textBounce(fields, withoutReturned(said))
		if about == (Reference{}) {
			about = returnedInText(said)
		}
	}
	if about == (Reference{}) {
		about = in.About
	}
	token := envelopeToken(fields)
	// A report without a copy may have been sent to the address of one mail.
	if about == (Reference{}) && scheduler.IsDerivedID(token) {
		about.Notice = scheduler.ID(token)
	}
	named := slices.ContainsFunc(recipients, func(r Recipient) bool { return r.Address != "" })
	switch {
	case named, len(recipients) > 0 && about != (Reference{}):
		in.Kind, in.About = KindBounce, about
		in.Bounce = Bounce{Recipients: recipients, Token: token}
	case report:
		in.Kind, in.Reason = KindAutomatic, autoReport
	default:
		return false, nil
	}
	return true, nil
}

// deliveryStatus parses the fields of each recipient (RFC 3464 §2.1): groups of fields,
// separated by blank lines; the first group is about the report itself.
func deliveryStatus(text []byte) (all []Recipient) {
	for range maxReportGroups {
		fields, rest, err := splitHeader(bytes.TrimLeft(text, "\r\n"))
		if err != nil || len(all) == maxInboundParts {
			return all
		}
		text = rest
		original := reportAddress(fields.get("original-recipient"))
		address := cmp.Or(reportAddress(fields.get("final-recipient")), original)
		if scheduler.SameAddress(original, address) {
			original = ""
		}
		action := strings.ToLower(withoutComment(fields.get("action")))
		if address == "" && action == "" {
			continue
		}
		if !slices.Contains([]string{"failed", "delayed", "delivered", "relayed", "expanded"}, action) {
			action = ""
		}
		diagnostic := fields.get("diagnostic-code")
		status := statusCode.FindString(withoutComment(fields.get("status")))
		if status == "" || strings.HasSuffix(status, ".0.0") { // the diagnostic may have a better one
			if said := statusCode.FindString(diagnostic); said != "" {
				status = said
			}
		}
		all = append(all, Recipient{address, original, action, status, plainText(diagnostic)})
	}
	return all
}

// statusCode matches an enhanced status code (RFC 3463 §2), smtpCode a reply code of an
// error (RFC 5321 §4.2.1).
var (
	statusCode = regexp.MustCompile(`\b[245]\.\d{1,3}\.\d{1,3}\b`)
	smtpCode   = regexp.MustCompile(`\b[45][0-5]\d\b`)
)

// reportAddress parses "rfc822; pat@example.net" (RFC 3464 §2.3.2).
func reportAddress(value string) string {
	kind, address, ok := strings.Cut(value, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	address = strings.Trim(withoutComment(address), "<>")
	if !ok || kind != "rfc822" && kind != "utf-8" || !bareAddress(address) {
		return ""
	}
	return address
}

// withoutComment cuts a value before its first comment.
func withoutComment(value string) string {
	value, _, _ = strings.Cut(value, "(")
	return strings.TrimSpace(value)
}

// returned finds the Message-ID in the copy of the mail, or of its header, that a
// report contains (RFC 6522 §3).
func (t *mimeTree) returned() Reference {
	part := t.first("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")
	if part == nil {
		return Reference{}
	}
	text, err := part.decoded()
	if err != nil {
		return Reference{}
	}
	fields, _, err := splitHeader(text)
	if err != nil {
		return Reference{}
	}
	return referenceOf(fields.get("message-id"))
}

// said returns the first plain text, at most 64 KiB.
func (t *mimeTree) said() string {
	part := t.first("text/plain")
	if part == nil {
		return ""
	}
	text, err := part.decoded()
	if err != nil {
		return ""
	}
	return strings.ReplaceAll(string(text[:min(len(text), maxBounceText)]), "\r\n", "\n")
}

// textBounce parses bounces in plain text. qmail writes "<address>:" above the reply of
// the other server (QSBMF); Exim has a field for the recipients; old Exchange begins a
// line with the address. It ignores a text without a code; a text without an address
// gives one recipient without an address.
func textBounce(fields mailHeader, said string) []Recipient {
	var all []Recipient
	for address := range strings.SplitSeq(fields.get("x-failed-recipients"), ",") {
		if address = strings.TrimSpace(address); bareAddress(address) && len(all) < maxInboundParts {
			all = append(all, failed(address, said))
		}
	}
	if len(all) > 0 {
		return all
	}
	lines := strings.Split(said, "\n")
	for i, line := range lines {
		if address := leadingAddress(line); address != "" && len(all) < maxInboundParts {
			all = append(all, failed(address, strings.Join(lines[i:blockEnd(lines, i)], "\n")))
		}
	}
	if len(all) == 0 {
		all = append(all, failed("", said))
	}
	return slices.DeleteFunc(all, func(r Recipient) bool { return r.Status == "" })
}

// returnedInText finds the Message-ID of a mail that is quoted in plain text.
func returnedInText(text string) Reference {
	const field = "message-id:"
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); len(line) > len(field) && strings.EqualFold(line[:len(field)], field) {
			return referenceOf(line)
		}
	}
	return Reference{}
}

// withoutReturned cuts a text where the quoted mail begins.
func withoutReturned(text string) string {
	for _, mark := range [...]string{"--- Below this line is a copy of the message", "------ This is a copy of ",
		"----- Original message -----", "-----Original Message-----"} {
		text, _, _ = strings.Cut(text, mark)
	}
	return text
}

// leadingAddress returns the address at the start of a line of a bounce: either
// "<pat@example.net>:", or a bare address with text after it.
func leadingAddress(line string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(line), " ")
	if bracketed, ok := strings.CutSuffix(first, ">:"); ok {
		first = strings.TrimPrefix(bracketed, "<")
	} else if line != "" && line[0] != ' ' && line[0] != '\t' {
		return ""
	}
	if !strings.Contains(first, "@") || !bareAddress(first) {
		return ""
	}
	return first
}

// blockEnd returns the end of the block that begins at line i: a blank line or another
// address.
func blockEnd(lines []string, i int) int {
	for end := i + 1; end < len(lines); end++ {
		if strings.TrimSpace(lines[end]) == "" || leadingAddress(lines[end]) != "" {
			return end
		}
	}
	return len(lines)
}

// failed makes a recipient from a text. Without a status in the text, a reply code
// gives the class.
func failed(address, said string) Recipient {
	r := Recipient{Address: address, Action: "failed", Status: statusCode.FindString(said), Diagnostic: plainText(said)}
	if r.Status == "" {
		switch code := smtpCode.FindString(said); {
		case code == "550" || code == "551" || code == "553":
			r.Status = "5.1.0" // RFC 5321 §4.2.3: no such mailbox
		case code != "":
			r.Status = code[:1] + ".0.0"
		}
	}
	if words := strings.ToLower(said); strings.HasPrefix(r.Status, "4.") &&
		(strings.Contains(words, "delayed") || strings.Contains(words, "warning")) {
		r.Action = "delayed"
	}
	return r
}

// BounceMark begins the local part of a tagged envelope sender.
const BounceMark = "b+"

// envelopeToken returns the part after "b+" in the address that received a bounce.
func envelopeToken(fields mailHeader) string {
	for _, name := range [...]string{"delivered-to", "x-original-to", "envelope-to", "to"} {
		if token := tokenOf(fields.get(name)); token != "" {
			return token
		}
	}
	return ""
}

// tokenOf returns the part after "b+" in an address; empty for other addresses.
func tokenOf(address string) string {
	local, _, _ := strings.Cut(strings.Trim(address, "<> "), "@")
	token, ok := strings.CutPrefix(strings.ToLower(local), BounceMark)
	if !ok || len(token) > 64 || !properUID(strings.ReplaceAll(token, ".", "-")) {
		return ""
	}
	return token
}
