package inbound

import (
	"bytes"
	"cmp"
	"strings"

	"almanac/scheduler"
)

// readComplaint parses an abuse report (RFC 5965) about a mail of ours. It returns false
// for a report of type not-spam, and for one about another mail.
func (in *Mail) readComplaint(fields mailHeader, tree *mimeTree) bool {
	part := tree.first("message/feedback-report")
	if part == nil {
		return false
	}
	text, err := part.decoded()
	if err != nil {
		return false
	}
	feedback, _, err := splitHeader(bytes.TrimLeft(text, "\r\n"))
	if err != nil || strings.EqualFold(withoutComment(feedback.get("feedback-type")), "not-spam") {
		return false
	}
	about := cmp.Or(tree.returned(), in.About)
	token := cmp.Or(tokenOf(feedback.get("original-mail-from")), envelopeToken(fields))
	if about == (Reference{}) && scheduler.IsDerivedID(token) {
		about.Notice = scheduler.ID(token)
	}
	if about == (Reference{}) {
		return false
	}
	in.Kind, in.About, in.Bounce.Token = KindComplaint, about, token
	return true
}
