package calendar

import "time"

// Event is one session as one person sees it. All instants are written in UTC
// with whole seconds; those outside the years 1970 to 9999 are written as the
// nearest end of that range.
type Event struct {
	// UID stays the same for the life of a seat. It is an opaque token of
	// letters, digits and hyphens, at most 254 (RFC 7986 §5.3); anything else
	// is written as a UUID derived from it.
	UID string
	// Sequence rises with every change that the calendar must notice (RFC 5546
	// §2.1.4). A negative one is written as 0.
	Sequence int
	// Start and End bound the session. An End that is not after Start is left
	// out: the event then ends when it starts (RFC 5545 §3.6.1).
	Start, End time.Time
	// Created is when the seat was taken; the zero time is left out.
	Created time.Time
	// Changed is the last change of this very event.
	Changed time.Time
	// Summary is the title; a blank one means the discreet word of the language.
	Summary string
	// Description and Location are left out when blank.
	Description, Location string
	// URL is an absolute http or https address; anything else is left out, and
	// so is the address of a cancelled event.
	URL string
	// Cancelled events stay visible for a while, see Visible.
	Cancelled bool
}

// Feed is the snapshot that a subscribed calendar shows.
type Feed struct {
	// Language is that of its reader, "en" or "es"; any other means "en".
	Language string
	// Name is what the calendar is called; blank means the word of the language.
	Name string
	// Refresh is how often programs should look again; below one second it
	// means DefaultRefresh.
	Refresh time.Duration
	// Events in any order, with distinct UIDs. Only the first MaxFeedEvents by
	// start are written.
	Events []Event
}

// Party is one end of an invitation: a display name, which may be blank, and
// a mail address without "mailto:".
type Party struct{ Name, Address string }

// Method is what an invitation asks the calendar to do (RFC 5546 §1.4).
type Method string

// The two methods that are ever mailed. PUBLISH and ADD are not: Outlook shows
// them as raw text.
const (
	Request Method = "REQUEST"
	Cancel  Method = "CANCEL"
)

// ContentType is the media type of a mail part with this method. RFC 6047 §2.4
// asks for the method here and in the object, and for them to be equal.
func (m Method) ContentType() string {
	return "text/calendar; charset=UTF-8; method=" + string(m.known()) + "; component=VEVENT"
}

// known returns Cancel for Cancel and Request for everything else.
func (m Method) known() Method {
	if m == Cancel {
		return Cancel
	}
	return Request
}

// Answer is a person's known answer to an invitation (RFC 5545 §3.2.12). The
// zero value means that there is none.
type Answer string

// The answers that a calendar program sends.
const (
	Accepted  Answer = "ACCEPTED"
	Declined  Answer = "DECLINED"
	Tentative Answer = "TENTATIVE"
)

// Invitation is one event, mailed to one person.
type Invitation struct {
	// Language is that of its reader, "en" or "es"; any other means "en".
	Language string
	// Method is Request for a new or changed session, Cancel for a cancelled
	// one; anything else is written as Request.
	Method Method
	// Stamp is when the message was made (RFC 5545 §3.8.7.2).
	Stamp time.Time
	// Organizer is the one fixed sender, Attendee the one recipient of the mail.
	Organizer, Attendee Party
	// Event is the session; its Cancelled is not looked at, Method decides.
	Event Event
	// AskReply asks for a new answer and forgets the known one: for a first
	// request and for one that changes the time. It means nothing to Cancel.
	AskReply bool
	// Answer is the known answer, kept where none is asked for.
	Answer Answer
	// Alarm is how long before the start the calendar should remind; below one
	// second it means no alarm, and Cancel never has one.
	Alarm time.Duration
}
