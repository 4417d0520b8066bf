package inbound

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"almanac/scheduler/calendar"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
)

// Reasons for which a calendar object is dropped.
const (
	dropMethod = "calendar object of a kind that is not taken"
	dropShape  = "no appointment in it"
	dropUID    = "no proper UID"
)

// Reasons for which an answer is unclear.
const (
	unclearMethod    = "mail and calendar object disagree about the method"
	unclearShape     = "answers several appointments at once"
	unclearRecurring = "answers one of a series"
	unclearAttendee  = "nobody can tell for whom it answers"
	unclearAnswer    = "says several things at once"
)

// droppedReply is the error of a calendar object that is ignored.
type droppedReply string

// Error returns the reason.
func (d droppedReply) Error() string { return string(d) }

// mostCalendars is how many calendar parts of one mail are tried.
const mostCalendars = 2

// readCalendar parses the calendar object of a mail, if it has one; with two copies,
// the first clear one.
func (in *Mail) readCalendar(fields mailHeader, tree *mimeTree) (found bool, err error) {
	parts := tree.calendarParts()
	var reply gate.Reply
	for i, part := range parts[:min(len(parts), mostCalendars)] {
		object, failed := part.decoded()
		var other gate.Reply
		if failed == nil {
			other, failed = readReply(object, strings.ToUpper(part.params["method"]), in.From)
		}
		if i == 0 || failed == nil && (err != nil || reply.Unclear != "" && other.UID == reply.UID) {
			reply, err = other, failed
		}
		if err == nil && reply.Unclear == "" {
			break
		}
	}
	var dropped droppedReply
	if errors.As(err, &dropped) {
		in.Kind, in.Reason = KindDropped, string(dropped)
		return true, nil
	}
	if err != nil || len(parts) == 0 {
		return len(parts) > 0, err
	}
	reply.From, reply.Authentic, reply.Automatic = in.From, in.Authentic, automatic(fields) != ""
	in.Reply = reply
	switch reply.Method {
	case gate.MethodCounter:
		in.Kind = KindCounter
	case gate.MethodRefresh:
		in.Kind = KindRefresh
	default:
		in.Kind = KindReply
	}
	return true, nil
}

// calendarParts returns the parts to parse, by media type and never by file name
// (RFC 6047 §2.4, §2.6): first text/calendar with method=REPLY, then with another
// method, then calendar files.
func (t *mimeTree) calendarParts() []*mimePart {
	var replies, others, files []*mimePart
	for i := range t.leaves {
		p := &t.leaves[i]
		method := p.params["method"]
		switch {
		case p.kind == "text/calendar" && strings.EqualFold(method, string(gate.MethodReply)):
			replies = append(replies, p)
		case p.kind == "text/calendar" && method != "":
			others = append(others, p)
		case p.kind == "text/calendar" || p.kind == "application/ics":
			files = append(files, p)
		}
	}
	return slices.Concat(replies, others, files)
}

// readReply parses an iTIP object (RFC 5546 §3.2.3, §3.2.6, §3.2.7). method is the
// parameter of the mail part and may be empty. It accepts unusual objects and sets
// Unclear for ambiguous ones. It fails with droppedReply, or with Invalid when the
// object cannot be parsed.
func readReply(object []byte, method, from string) (gate.Reply, error) {
	root, err := readObject(object)
	if err != nil {
		return gate.Reply{}, err
	}
	reply := gate.Reply{}
	if reply.Method, err = replyMethod(root, method); err != nil {
		return gate.Reply{}, err
	}
	if !oneOf(method, string(reply.Method)) || !oneOf(insideMethod(root), string(reply.Method)) {
		reply.Unclear = unclearMethod
	}
	var events []calendar.Component
	for _, c := range root.Components {
		if c.Name == "VEVENT" {
			events = append(events, c)
		}
	}
	if len(events) == 0 {
		return gate.Reply{}, droppedReply(dropShape)
	}
	uids := distinct(events, "UID", func(p calendar.Property) string { return ownUID(p.Value) })
	uids = slices.DeleteFunc(uids, func(uid string) bool { return !properUID(uid) })
	if len(uids) == 0 {
		return gate.Reply{}, droppedReply(dropUID)
	}
	if reply.UID = uids[0]; len(uids) > 1 {
		reply.Unclear = unclearShape
	}
	readEvents(&reply, events, from)
	return reply, nil
}

// oneOf tells whether text is empty or equal to want.
func oneOf(text, want string) bool { return text == "" || text == want }

// readObject parses a valid object strictly, and recovers what it can of any other.
func readObject(object []byte) (*calendar.Component, error) {
	if checkCost(object) == nil {
		root, err := calendar.Read(object)
		if err == nil && !hasLostAddress(root) {
			return root, nil
		}
	}
	root, err := calendar.Salvage(object)
	var trouble *fault.Error
	if errors.As(err, &trouble) { // without its cause, which quotes the mail
		return nil, fault.New(trouble.Kind, "%s", trouble.Message)
	}
	return root, err
}

// hasLostAddress tells whether an attendee's address was parsed as part of a text.
func hasLostAddress(root *calendar.Component) bool {
	for i := range root.Components {
		for _, p := range root.Components[i].All("ATTENDEE") {
			if calendarAddress(p) == "" && strings.Contains(strings.ToLower(p.Value), "mailto:") {
				return true
			}
		}
	}
	return false
}

// insideMethod is the METHOD of an object; "?" when it has several.
func insideMethod(root *calendar.Component) string {
	methods := distinct([]calendar.Component{*root}, "METHOD", func(p calendar.Property) string {
		return strings.ToUpper(strings.TrimSpace(p.Value))
	})
	switch len(methods) {
	case 0:
		return ""
	case 1:
		return methods[0]
	default:
		return "?"
	}
}

// replyMethod chooses between the methods of object and mail part. It accepts answers
// only: we take no invitations.
func replyMethod(root *calendar.Component, typed string) (gate.Method, error) {
	for _, said := range [...]string{insideMethod(root), typed} {
		switch m := gate.Method(said); m {
		case gate.MethodReply, gate.MethodCounter, gate.MethodRefresh:
			return m, nil
		}
	}
	return "", droppedReply(dropMethod)
}

// distinct returns the different non-empty values of a property in events.
func distinct(events []calendar.Component, name string, read func(calendar.Property) string) (values []string) {
	for i := range events {
		for _, p := range events[i].All(name) {
			if value := read(p); value != "" && !slices.Contains(values, value) {
				values = append(values, value)
			}
		}
	}
	return values
}

// only returns the value when there is exactly one, otherwise an empty text.
func only(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	return ""
}

// readEvents reads the stamps, the times and the answer of a reply.
func readEvents(reply *gate.Reply, events []calendar.Component, from string) {
	instant := func(name string) time.Time {
		t, _ := time.Parse(time.RFC3339, only(distinct(events, name, func(p calendar.Property) string {
			if t, ok := utcInstant(p); ok {
				return t.Format(time.RFC3339)
			}
			return ""
		})))
		return t
	}
	reply.Stamp, reply.Sequence = instant("DTSTAMP"), gate.NoSequence
	raw := func(p calendar.Property) string { return strings.TrimSpace(p.Value) }
	if n, err := strconv.ParseUint(only(distinct(events, "SEQUENCE", raw)), 10, 31); err == nil {
		reply.Sequence = int(n)
	}
	start := instant("DTSTART")
	if reply.Method == gate.MethodCounter {
		reply.Proposed = proposal(&events[0])
	} else {
		reply.Start, reply.End = start, instant("DTEND")
	}
	one := !start.IsZero() && instant("RECURRENCE-ID").Equal(start)
	if len(distinct(events, "RECURRENCE-ID", raw)) > 0 && !one {
		reply.Unclear = unclearRecurring
	}
	own, clear := ownAttendee(events, from)
	if !clear {
		reply.Unclear = unclearAttendee
	}
	readAttendee(reply, own, from)
	reply.Comment = comments(events, own)
}

// Limits of a calendar object in a mail. Parsing a parameter costs the square of its
// length in time and memory, so the squares are added up.
const (
	maxReplyLines = 2000
	maxReplyWork  = 4 << 20
)

// checkCost fails with Invalid when parsing would cost too much. It splits lines as
// calendar.Read does: at CR LF, LF or CR, unfolded.
func checkCost(object []byte) error {
	lines, work := 0, 0
	head, quoted, value := 0, false, false // of the content line, before its value
	for len(object) > 0 {
		end := bytes.IndexAny(object, "\r\n")
		if end < 0 {
			end = len(object)
		}
		line := object[:end]
		if rest, ok := bytes.CutPrefix(object[end:], []byte("\r\n")); ok {
			object = rest
		} else {
			object = object[min(end+1, len(object)):]
		}
		if len(line) == 0 || line[0] != ' ' && line[0] != '\t' {
			lines++
			head, quoted, value = 0, false, false
		}
		for i := 0; i < len(line) && !value; i++ {
			quoted = quoted != (line[i] == '"')
			value = line[i] == ':' && !quoted
			head++
			work += head
		}
		if lines > maxReplyLines || work > maxReplyWork {
			return fault.New(fault.Invalid,
				"The calendar in the message is larger than any honest answer; ask the sender to answer in words.")
		}
	}
	return nil
}
