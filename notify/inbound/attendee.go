package inbound

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"almanac/scheduler"
	"almanac/scheduler/calendar"
	"almanac/scheduler/gate"
)

// ownAttendee returns the ATTENDEE lines of the person who answers. With several
// attendees it is the one with the author's address; clear is false without one.
func ownAttendee(events []calendar.Component, from string) (own []calendar.Property, clear bool) {
	var all []calendar.Property
	for i := range events {
		all = append(all, events[i].All("ATTENDEE")...)
	}
	for _, a := range all {
		if scheduler.SameAddress(calendarAddress(a), from) {
			own = append(own, a)
		}
	}
	if len(own) > 0 {
		return own, true
	}
	for _, a := range all {
		first, other := calendarAddress(all[0]), calendarAddress(a)
		if other != first && !scheduler.SameAddress(other, first) {
			return nil, false
		}
	}
	return all, len(all) > 0
}

// readAttendee reads the attendee, SENT-BY and the answer. A line without an address
// is the author's.
func readAttendee(reply *gate.Reply, own []calendar.Property, from string) {
	var answers []string
	for _, a := range own {
		if reply.Attendee == "" {
			reply.Attendee = calendarAddress(a)
		}
		for _, by := range a.Params["SENT-BY"] {
			if by = cmp.Or(mailto(by), "no address"); reply.SentBy == "" || !scheduler.SameAddress(by, from) {
				reply.SentBy = by
			}
		}
		for _, answer := range a.Params["PARTSTAT"] {
			if answer = strings.ToUpper(strings.TrimSpace(answer)); answer != "" && !slices.Contains(answers, answer) {
				answers = append(answers, answer)
			}
		}
	}
	if len(own) > 0 && reply.Attendee == "" {
		reply.Attendee = from
	}
	if reply.Method == gate.MethodRefresh {
		return
	}
	if reply.Partstat = only(answers); len(answers) > 1 && reply.Method == gate.MethodReply {
		reply.Unclear = unclearAnswer
	}
}

// utcInstant parses an instant; false unless it is in UTC.
func utcInstant(p calendar.Property) (time.Time, bool) {
	p.Value = strings.ToUpper(strings.TrimSpace(p.Value))
	switch strings.ToUpper(only(p.Params["TZID"])) {
	case "UTC", "ETC/UTC", "GMT", "ETC/GMT", "Z":
		p.Value = strings.TrimSuffix(p.Value, "Z") + "Z"
	}
	t, err := p.Instant()
	return t, err == nil
}

// comments joins the texts beside the answer: COMMENT, and the attendee parameter that
// Google uses.
func comments(events []calendar.Component, own []calendar.Property) string {
	texts := distinct(events, "COMMENT", func(p calendar.Property) string { return strings.TrimSpace(p.Text()) })
	for _, a := range own {
		text := strings.TrimSpace(strings.Join(a.Params["X-RESPONSE-COMMENT"], ","))
		if text != "" && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	var all strings.Builder
	for _, text := range texts {
		if all.Len() > 0 {
			all.WriteByte('\n')
		}
		if all.WriteString(text); all.Len() > 4*maxComment {
			break
		}
	}
	return plainText(all.String())
}

// ownUID normalizes a UID of ours: some programs change its case, add braces or a
// host.
func ownUID(uid string) string {
	uid = strings.Trim(strings.TrimSpace(uid), "{}")
	if bare, _, _ := strings.Cut(strings.ToLower(uid), "@"); isUUID(bare) {
		return bare
	}
	return uid
}

// calendarAddress returns the bare address of an attendee: from its mailto or its
// EMAIL parameter (RFC 7986 §6.2); empty without one.
func calendarAddress(p calendar.Property) string {
	if address := mailto(p.Value); address != "" {
		return address
	}
	if email := param(p, "EMAIL"); bareAddress(email) {
		return email
	}
	return ""
}

// mailto returns the bare address of a mailto URI (RFC 6068); empty for any other URI.
func mailto(uri string) string {
	const scheme = "mailto:"
	uri = strings.TrimSpace(uri)
	if len(uri) <= len(scheme) || len(uri) > 4*maxAddress || !strings.EqualFold(uri[:len(scheme)], scheme) {
		return ""
	}
	raw, _, _ := strings.Cut(uri[len(scheme):], "?")
	address, err := url.PathUnescape(raw)
	if err != nil {
		address = raw
	}
	if !bareAddress(address) {
		return ""
	}
	return address
}

// param returns the value of a parameter; empty unless there is exactly one.
func param(p calendar.Property, name string) string {
	if values := p.Params[name]; len(values) == 1 {
		return values[0]
	}
	return ""
}

// properUID tells whether a UID can be one of ours (RFC 7986 §5.3).
func properUID(uid string) bool {
	for i := range len(uid) {
		c := uid[i]
		if c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return uid != "" && len(uid) < 255
}

// proposal formats the time that a COUNTER proposes, as text for staff.
func proposal(event *calendar.Component) string {
	var words []string
	for _, name := range [...]string{"DTSTART", "DTEND"} {
		p, ok := event.First(name)
		if !ok {
			continue
		}
		if t, err := p.Instant(); err == nil {
			words = append(words, t.Format("2006-01-02 15:04")+" UTC")
		} else {
			words = append(words, strings.TrimSpace(p.Value+" "+param(p, "TZID")))
		}
	}
	return plainText(strings.Join(words, " to "))
}

// maxComment bounds a comment, in characters.
const maxComment = 500

// plainText makes foreign text safe to show: it removes control, bidirectional and
// invisible characters except line breaks, and keeps at most 500 characters.
func plainText(text string) string {
	if len(text) > 8*maxComment {
		text = text[:8*maxComment]
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case unicode.IsSpace(r), r == '\u2028', r == '\u2029':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	text = strings.TrimSpace(text)
	if runes := []rune(text); len(runes) > maxComment {
		text = strings.TrimSpace(string(runes[:maxComment-1])) + "…"
	}
	return text
}
