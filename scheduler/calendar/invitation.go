package calendar

import (
	"slices"
	"time"
)

// invitationOctets is about the size of an invitation without its texts.
const invitationOctets = 1024

// AppendInvitation appends one REQUEST (RFC 5546 §3.2.2) or CANCEL (§3.2.5) with one
// event and one attendee. It cannot fail, and the same invitation gives the same bytes.
func AppendInvitation(dst []byte, i Invitation) []byte {
	e := &i.Event
	cancel := i.Method.known() == Cancel
	w := writer{buf: slices.Grow(dst, invitationOctets+
		(len(e.Summary)+len(e.Description)+len(e.Location)+len(e.URL)+len(i.Organizer.Name)+len(i.Attendee.Name))*9/8),
		say: WordsFor(i.Language)}
	w.opening()
	w.begin("METHOD:")
	w.run(string(i.Method.known()))
	w.end()
	w.lines("BEGIN:VEVENT\r\n")
	w.facts(e, i.Stamp)
	w.begin("ORGANIZER")
	w.param(";CN=", i.Organizer.Name)
	w.mailto(i.Organizer.Address)
	w.end()
	w.attendee(&i, cancel)
	w.words(e, cancel)
	w.lines("X-MICROSOFT-DISALLOW-COUNTER:TRUE\r\n") // no "propose new time" in Outlook
	if !cancel && i.Alarm >= time.Second {
		w.alarm(e.Summary, i.Alarm)
	}
	w.lines("END:VEVENT\r\n")
	w.lines(closing)
	return w.buf
}

// attendee appends the ATTENDEE with its answer, or with the request for one.
func (w *writer) attendee(i *Invitation, cancel bool) {
	w.begin("ATTENDEE")
	w.run(";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=")
	switch ask := i.AskReply && !cancel; {
	case ask:
		w.run("NEEDS-ACTION;RSVP=TRUE")
	case i.Answer == Accepted, i.Answer == Declined, i.Answer == Tentative:
		w.run(string(i.Answer))
		w.run(";RSVP=FALSE")
	default:
		w.run("NEEDS-ACTION;RSVP=FALSE")
	}
	w.param(";CN=", i.Attendee.Name)
	w.mailto(i.Attendee.Address)
	w.end()
}

// alarm appends an alarm before the start (RFC 5545 §3.6.6).
func (w *writer) alarm(summary string, lead time.Duration) {
	w.lines("BEGIN:VALARM\r\nACTION:DISPLAY\r\n")
	w.duration("TRIGGER:-", lead)
	if !w.text("DESCRIPTION:", summary) {
		w.text("DESCRIPTION:", w.say.Summary)
	}
	w.lines("END:VALARM\r\n")
}
