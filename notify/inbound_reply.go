package notify

import (
	"bytes"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"almanac/scheduler"
	"almanac/scheduler/calendar"
	"almanac/scheduler/fault"
)

// Reasons for which a calendar object is dropped.
const (
	dropMethod    = "calendar object of a kind that is not taken"
	dropDisagree  = "mail and calendar object disagree about the method"
	dropShape     = "not exactly one appointment"
	dropRecurring = "answers one of a series"
	dropUID       = "no proper UID"
	dropOrder     = "no proper SEQUENCE or DTSTAMP"
	dropAttendee  = "not exactly one attendee"
)

// droppedReply is a calendar object that is understood and not taken.
type droppedReply string

// Error gives the reason.
func (d droppedReply) Error() string { return string(d) }

// readCalendar reads the calendar object of a mail, if it has one.
func (in *Inbound) readCalendar(fields mailHeader, tree *mimeTree) (found bool, err error) {
	part := tree.calendarPart()
	if part == nil {
		return false, nil
	}
	object, err := part.decoded()
	if err != nil {
		return true, err
	}
	reply, err := readReply(object, strings.ToUpper(part.params["method"]), in.From)
	var dropped droppedReply
	if errors.As(err, &dropped) {
		in.Kind, in.Reason = InboundDropped, string(dropped)
		return true, nil
	}
	if err != nil {
		return true, err
	}
	reply.From, reply.Authentic, reply.Automatic = in.From, in.Authentic, automatic(fields) != ""
	in.Reply = reply
	switch reply.Method {
	case scheduler.MethodCounter:
		in.Kind = InboundCounter
	case scheduler.MethodRefresh:
		in.Kind = InboundRefresh
	default:
		in.Kind = InboundReply
	}
	return true, nil
}

// calendarPart chooses the part to read, by media type and never by file name
// (RFC 6047 §2.4, §2.6): the first text/calendar with method=REPLY, else the
// first with another method, else the first calendar file. At most one is read.
func (t *mimeTree) calendarPart() *mimePart {
	var other, file *mimePart
	for i := range t.leaves {
		p := &t.leaves[i]
		method := p.params["method"]
		switch {
		case p.kind == "text/calendar" && strings.EqualFold(method, string(scheduler.MethodReply)):
			return p
		case p.kind == "text/calendar" && method != "" && other == nil:
			other = p
		case (p.kind == "text/calendar" || p.kind == "application/ics") && file == nil:
			file = p
		}
	}
	if other != nil {
		return other
	}
	return file
}

// readReply reads an iTIP object (RFC 5546 §3.2.3, §3.2.6, §3.2.7). Method is
// what the mail says of it, empty when it says nothing. The error is a
// droppedReply, or Invalid when it cannot be read.
func readReply(object []byte, method, from string) (scheduler.Reply, error) {
	if err := bearable(object); err != nil {
		return scheduler.Reply{}, err
	}
	root, err := calendar.Read(object)
	var trouble *fault.Error
	if errors.As(err, &trouble) { // its sentence, without its cause, which quotes the mail
		return scheduler.Reply{}, fault.New(trouble.Kind, "%s", trouble.Message)
	} else if err != nil {
		return scheduler.Reply{}, err
	}
	inside, _ := root.First("METHOD")
	reply := scheduler.Reply{Method: scheduler.Method(strings.ToUpper(strings.TrimSpace(inside.Value)))}
	if method != "" && method != string(reply.Method) || len(root.All("METHOD")) > 1 {
		return scheduler.Reply{}, droppedReply(dropDisagree)
	}
	switch reply.Method {
	case scheduler.MethodReply, scheduler.MethodCounter, scheduler.MethodRefresh:
	default: // REQUEST, CANCEL, PUBLISH, ADD: nobody tells us of appointments
		return scheduler.Reply{}, droppedReply(dropMethod)
	}
	event, err := onlyEvent(root)
	if err != nil {
		return scheduler.Reply{}, err
	}
	if err := readEvent(&reply, event, from); err != nil {
		return scheduler.Reply{}, err
	}
	return reply, nil
}

// onlyEvent gives the one event; time zones may stand beside it.
func onlyEvent(root *calendar.Component) (*calendar.Component, error) {
	var event *calendar.Component
	for i := range root.Components {
		c := &root.Components[i]
		switch {
		case c.Name == "VTIMEZONE" || strings.HasPrefix(c.Name, "X-"):
		case c.Name != "VEVENT" || event != nil:
			return nil, droppedReply(dropShape)
		default:
			event = c
		}
	}
	if event == nil {
		return nil, droppedReply(dropShape)
	}
	return event, nil
}

// readEvent reads what identifies and orders a reply and what it answers.
func readEvent(reply *scheduler.Reply, event *calendar.Component, from string) error {
	if _, ok := event.First("RECURRENCE-ID"); ok {
		return droppedReply(dropRecurring)
	}
	uid, _ := event.First("UID")
	if reply.UID = strings.TrimSpace(uid.Value); len(event.All("UID")) != 1 || !properUID(reply.UID) {
		return droppedReply(dropUID)
	}
	stamp, _ := event.First("DTSTAMP")
	made, err := stamp.Instant()
	if err != nil || len(event.All("DTSTAMP")) != 1 {
		return droppedReply(dropOrder)
	}
	reply.Stamp = made
	if sequence, ok := event.First("SEQUENCE"); ok { // RFC 5545 §3.8.7.4: 0 when missing
		n, err := strconv.ParseUint(strings.TrimSpace(sequence.Value), 10, 31)
		if err != nil || len(event.All("SEQUENCE")) != 1 {
			return droppedReply(dropOrder)
		}
		reply.Sequence = int(n)
	}
	attendee, ok := onlyAttendee(event, from)
	if !ok {
		return droppedReply(dropAttendee)
	}
	reply.Attendee, reply.SentBy = calendarAddress(attendee), mailto(param(attendee, "SENT-BY"))
	if reply.SentBy == "" && param(attendee, "SENT-BY") != "" {
		return droppedReply(dropAttendee)
	}
	if reply.Method != scheduler.MethodRefresh {
		reply.Partstat = strings.ToUpper(param(attendee, "PARTSTAT"))
	}
	reply.Comment = comments(event)
	if reply.Method == scheduler.MethodCounter {
		reply.Proposed = proposal(event)
	}
	return nil
}

// comments joins what the sender says beside the answer.
func comments(event *calendar.Component) string {
	var all strings.Builder
	for _, comment := range event.All("COMMENT") {
		if all.Len() > 0 {
			all.WriteByte('\n')
		}
		if all.WriteString(comment.Text()); all.Len() > 4*maxComment {
			break
		}
	}
	return plainWords(all.String())
}

// onlyAttendee gives the one attendee, or of several the only one with the
// author's address.
func onlyAttendee(event *calendar.Component, from string) (calendar.Property, bool) {
	all := event.All("ATTENDEE")
	if len(all) > 1 {
		var own []calendar.Property
		for _, a := range all {
			if scheduler.SameAddress(calendarAddress(a), from) {
				own = append(own, a)
			}
		}
		all = own
	}
	if len(all) != 1 || calendarAddress(all[0]) == "" {
		return calendar.Property{}, false
	}
	return all[0], true
}

// calendarAddress gives the bare address of an attendee: of its mailto, else of
// its EMAIL (RFC 7986 §6.2); empty when it has none.
func calendarAddress(p calendar.Property) string {
	if address := mailto(p.Value); address != "" {
		return address
	}
	if email := param(p, "EMAIL"); bareAddress(email) {
		return email
	}
	return ""
}

// mailto gives the bare address of a mailto URI (RFC 6068); empty when it is none.
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

// param gives the only value of a parameter; empty when there are none or several.
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

// proposal writes the time that a COUNTER asks for, as text for staff.
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
	return plainWords(strings.Join(words, " to "))
}

// maxComment bounds a comment, in characters.
const maxComment = 500

// plainWords makes text of others plain: no controls but line breaks, nothing
// that turns the direction of writing or hides, at most 500 characters.
func plainWords(text string) string {
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
