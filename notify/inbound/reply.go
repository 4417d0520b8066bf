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

// What keeps an answer from being understood.
const (
	unclearMethod    = "mail and calendar object disagree about the method"
	unclearShape     = "answers several appointments at once"
	unclearRecurring = "answers one of a series"
	unclearAttendee  = "nobody can tell for whom it answers"
	unclearAnswer    = "says several things at once"
)

// droppedReply is a calendar object that is understood and not taken.
type droppedReply string

// Error gives the reason.
func (d droppedReply) Error() string { return string(d) }

// mostCalendars is how many calendar parts of one mail are tried.
const mostCalendars = 2

// readCalendar reads the calendar object of a mail, if it has one; of two copies the
// first that says clearly what is answered.
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

// calendarParts lists the parts to read, by media type and never by file name
// (RFC 6047 §2.4, §2.6): those of text/calendar with method=REPLY, then those with
// another method, then calendar files.
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

// readReply reads an iTIP object (RFC 5546 §3.2.3, §3.2.6, §3.2.7). Method is
// what the mail says of it, empty when it says nothing. What is odd but clear is
// taken, what is not clear is marked so. The error is a droppedReply, or Invalid
// when nothing of it can be read.
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
	uids := said(events, "UID", func(p calendar.Property) string { return ownUID(p.Value) })
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

// readObject reads an honest object strictly, and of any other what can be read.
func readObject(object []byte) (*calendar.Component, error) {
	if bearable(object) == nil {
		root, err := calendar.Read(object)
		if err == nil && !hasLostAddress(root) {
			return root, nil
		}
	}
	root, err := calendar.Salvage(object)
	var trouble *fault.Error
	if errors.As(err, &trouble) { // its sentence, without its cause, which quotes the mail
		return nil, fault.New(trouble.Kind, "%s", trouble.Message)
	}
	return root, err
}

// hasLostAddress tells whether the address of an attendee went into the words before it.
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

// insideMethod is the method that an object says; "?" when it says several.
func insideMethod(root *calendar.Component) string {
	methods := said([]calendar.Component{*root}, "METHOD", func(p calendar.Property) string {
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

// replyMethod decides between what the mail and the object say. Of others than
// answers we take none: nobody tells us of appointments.
func replyMethod(root *calendar.Component, typed string) (gate.Method, error) {
	for _, said := range [...]string{insideMethod(root), typed} {
		switch m := gate.Method(said); m {
		case gate.MethodReply, gate.MethodCounter, gate.MethodRefresh:
			return m, nil
		}
	}
	return "", droppedReply(dropMethod)
}

// said lists the different values, none of them empty, that events give a property.
func said(events []calendar.Component, name string, read func(calendar.Property) string) (values []string) {
	for i := range events {
		for _, p := range events[i].All(name) {
			if value := read(p); value != "" && !slices.Contains(values, value) {
				values = append(values, value)
			}
		}
	}
	return values
}

// only gives the one value; empty when there are none or several.
func only(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	return ""
}

// readEvents reads what identifies and orders a reply and what it answers.
func readEvents(reply *gate.Reply, events []calendar.Component, from string) {
	instant := func(name string) time.Time {
		t, _ := time.Parse(time.RFC3339, only(said(events, name, func(p calendar.Property) string {
			if t, ok := utcInstant(p); ok {
				return t.Format(time.RFC3339)
			}
			return ""
		})))
		return t
	}
	reply.Stamp, reply.Sequence = instant("DTSTAMP"), gate.NoSequence
	raw := func(p calendar.Property) string { return strings.TrimSpace(p.Value) }
	if n, err := strconv.ParseUint(only(said(events, "SEQUENCE", raw)), 10, 31); err == nil {
		reply.Sequence = int(n)
	}
	start := instant("DTSTART")
	if reply.Method == gate.MethodCounter {
		reply.Proposed = proposal(&events[0])
	} else {
		reply.Start, reply.End = start, instant("DTEND")
	}
	one := !start.IsZero() && instant("RECURRENCE-ID").Equal(start)
	if len(said(events, "RECURRENCE-ID", raw)) > 0 && !one {
		reply.Unclear = unclearRecurring
	}
	own, clear := ownAttendee(events, from)
	if !clear {
		reply.Unclear = unclearAttendee
	}
	readAttendee(reply, own, from)
	reply.Comment = comments(events, own)
}

// Bounds of a calendar object in a mail. Reading a parameter takes time and
// memory that grow with the square of its length, so the squares are added up.
const (
	maxReplyLines = 2000
	maxReplyWork  = 4 << 20
)

// bearable refuses an object that would cost more than any honest reply. It sees
// lines as calendar.Read does: ended by CR LF, LF or CR, unfolded.
func bearable(object []byte) error {
	lines, work := 0, 0
	head, quoted, value := 0, false, false // of the content line: what stands before its value
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
			return fault.New(fault.Invalid, "The calendar in the message is larger than any honest answer; ask the sender to answer in words.")
		}
	}
	return nil
}
