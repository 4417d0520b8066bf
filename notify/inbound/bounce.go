package inbound

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"strings"

	"almanac/scheduler"
)

// Bounce is what a mail system says became of a mail of ours; which mail stands
// in Mail.About. Anybody can write one: mark an address only when the
// recipient is the one to whom that mail went.
type Bounce struct {
	// Recipients are at most 20; none when the report names nobody.
	Recipients []Recipient
	// Token is what the address that got the bounce carried behind "b+" (our
	// envelope sender for this one mail), at most 64 characters; empty: nothing.
	Token string
}

// Recipient is what became of a mail for one recipient (RFC 3464 §2.3).
type Recipient struct {
	Address    string // bare: where it went in the end; empty: the report does not say
	Original   string // bare: where it was sent first, when that is another address
	Action     string // failed, delayed, delivered, relayed or expanded
	Status     string // such as 5.1.1 (RFC 3463); empty: none
	Diagnostic string // what the other server said, plain text for staff, stored sealed
}

// GivenUp tells whether the mail will not arrive, for whatever reason; a full
// mailbox comes to this in the end, too (status 4.2.2).
func (r Recipient) GivenUp() bool { return r.Action == "failed" }

// AddressBad tells whether there is no such mailbox: status 5.1.0 to 5.1.6 and
// 5.1.10 (RFC 3463 §3.2, RFC 7505 §4.2), or 5.2.1, a mailbox that is shut.
func (r Recipient) AddressBad() bool {
	class, detail, _ := strings.Cut(r.Status, ".1.")
	return r.GivenUp() && (r.Status == "5.2.1" || class == "5" && detail != "7" && detail != "8" && detail != "9")
}

// Bounds of a bounce: how much of a text is searched, in octets, and how many
// groups of fields of a report are read.
const (
	maxBounceText   = 64 << 10
	maxReportGroups = 2 * maxInboundParts
)

// readBounce reads a delivery report, or what mail systems that know none write
// instead. It is no bounce when it does not look like one; a report of another
// kind is Automatic.
func (in *Mail) readBounce(fields mailHeader, tree *mimeTree) (found bool, err error) {
	report := tree.kind == "multipart/report"
	status := tree.first("message/delivery-status", "message/global-delivery-status")
	about := tree.returned()
	var recipients []Recipient
	switch {
	case status != nil && (report || fromNobody(fields)):
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
	case report, fromNobody(fields):
		said := tree.said()
		recipients = oddBounce(fields, withoutReturned(said))
		if about == (Reference{}) {
			about = returnedBelow(said)
		}
	}
	if about == (Reference{}) {
		about = in.About
	}
	token := envelopeToken(fields)
	if about == (Reference{}) && isUUID(token) { // it sends nothing back, but came to the address of one mail
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

// deliveryStatus reads the fields of each recipient (RFC 3464 §2.1): groups of
// fields with blank lines between them, the first about the report itself.
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
		action := strings.ToLower(uncommented(fields.get("action")))
		if address == "" && action == "" {
			continue
		}
		if !slices.Contains([]string{"failed", "delayed", "delivered", "relayed", "expanded"}, action) {
			action = ""
		}
		diagnostic := fields.get("diagnostic-code")
		status := statusCode.FindString(uncommented(fields.get("status")))
		if status == "" || strings.HasSuffix(status, ".0.0") { // what the other server said may say more
			if said := statusCode.FindString(diagnostic); said != "" {
				status = said
			}
		}
		all = append(all, Recipient{address, original, action, status, plainWords(diagnostic)})
	}
	return all
}

// statusCode finds an enhanced status code (RFC 3463 §2), smtpCode a reply code
// that refuses (RFC 5321 §4.2.1).
var (
	statusCode = regexp.MustCompile(`\b[245]\.\d{1,3}\.\d{1,3}\b`)
	smtpCode   = regexp.MustCompile(`\b[45][0-5]\d\b`)
)

// reportAddress reads "rfc822; pat@example.net" (RFC 3464 §2.3.2).
func reportAddress(value string) string {
	kind, address, ok := strings.Cut(value, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	address = strings.Trim(uncommented(address), "<>")
	if !ok || kind != "rfc822" && kind != "utf-8" || !bareAddress(address) {
		return ""
	}
	return address
}

// uncommented cuts a value before its comment.
func uncommented(value string) string {
	value, _, _ = strings.Cut(value, "(")
	return strings.TrimSpace(value)
}

// returned finds the Message-ID of the mail that a report sends back, whole or
// only its header (RFC 6522 §3).
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

// said gives the first plain text, as far as it is searched.
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

// oddBounce reads bounces in plain words. qmail writes "<address>:" above what
// the other server said (QSBMF); Exim names the recipients in a field of its
// own; old Exchange writes the address at the start of a line. Nothing is made
// of a text that gives no code; one that names nobody makes a nameless recipient.
func oddBounce(fields mailHeader, said string) []Recipient {
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
		if address := blamedAddress(line); address != "" && len(all) < maxInboundParts {
			all = append(all, failed(address, strings.Join(lines[i:blockEnd(lines, i)], "\n")))
		}
	}
	if len(all) == 0 {
		all = append(all, failed("", said))
	}
	return slices.DeleteFunc(all, func(r Recipient) bool { return r.Status == "" })
}

// returnedBelow finds the Message-ID of a mail that is sent back in plain text.
func returnedBelow(text string) Reference {
	const field = "message-id:"
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); len(line) > len(field) && strings.EqualFold(line[:len(field)], field) {
			return referenceOf(line)
		}
	}
	return Reference{}
}

// withoutReturned cuts a text where the mail that is sent back begins.
func withoutReturned(text string) string {
	for _, mark := range [...]string{"--- Below this line is a copy of the message", "------ This is a copy of ", "----- Original message -----", "-----Original Message-----"} {
		text, _, _ = strings.Cut(text, mark)
	}
	return text
}

// blamedAddress gives the address that a line of a bounce begins with: "<pat@example.net>:"
// alone, or the bare address with a word about it.
func blamedAddress(line string) string {
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

// blockEnd gives the line that ends the block begun at line i: a blank one or
// another address.
func blockEnd(lines []string, i int) int {
	for end := i + 1; end < len(lines); end++ {
		if strings.TrimSpace(lines[end]) == "" || blamedAddress(lines[end]) != "" {
			return end
		}
	}
	return len(lines)
}

// failed is a recipient of whom a text says why; without a status in the text a
// reply code stands for its class.
func failed(address, said string) Recipient {
	r := Recipient{Address: address, Action: "failed", Status: statusCode.FindString(said), Diagnostic: plainWords(said)}
	if r.Status == "" {
		switch code := smtpCode.FindString(said); {
		case code == "550" || code == "551" || code == "553":
			r.Status = "5.1.0" // RFC 5321 §4.2.3: no such mailbox
		case code != "":
			r.Status = code[:1] + ".0.0"
		}
	}
	if words := strings.ToLower(said); strings.HasPrefix(r.Status, "4.") && (strings.Contains(words, "delayed") || strings.Contains(words, "warning")) {
		r.Action = "delayed"
	}
	return r
}

// BounceMark begins the local part of the address to which a tagged message comes back.
const BounceMark = "b+"

// envelopeToken gives what stands behind "b+" in the address that got a bounce.
func envelopeToken(fields mailHeader) string {
	for _, name := range [...]string{"delivered-to", "x-original-to", "envelope-to", "to"} {
		if token := tokenOf(fields.get(name)); token != "" {
			return token
		}
	}
	return ""
}

// tokenOf gives what stands behind "b+" in an address; empty when it is none of ours.
func tokenOf(address string) string {
	local, _, _ := strings.Cut(strings.Trim(address, "<> "), "@")
	token, ok := strings.CutPrefix(strings.ToLower(local), BounceMark)
	if !ok || len(token) > 64 || !properUID(strings.ReplaceAll(token, ".", "-")) {
		return ""
	}
	return token
}
