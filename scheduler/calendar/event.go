package calendar

import "time"

// Event is one session of one person. Instants are written in UTC with whole seconds;
// those outside the years 1970 to 9999 as the nearest end of that range.
type Event struct {
	// UID never changes for a seat. It has at most 254 letters, digits and hyphens
	// (RFC 7986 §5.3); anything else is written as a UUID derived from it.
	UID string
	// Sequence increases with every change that a calendar must apply (RFC 5546
	// §2.1.4). A negative one is written as 0.
	Sequence int
	// Start and End of the session. An End that is not after Start is omitted: the
	// event then ends when it starts (RFC 5545 §3.6.1).
	Start, End time.Time
	// Created is when the seat was made; the zero time is omitted.
	Created time.Time
	// Changed is the last change of this event.
	Changed time.Time
	// Summary is the title; a blank one means the default of the language.
	Summary string
	// Description and Location are omitted when blank.
	Description, Location string
	// URL is an absolute http or https URL; anything else is omitted, also for a
	// cancelled event.
	URL string
	// Cancelled events stay visible for a while, see Visible.
	Cancelled bool
}

// Feed is the content of a subscribed calendar.
type Feed struct {
	// Language is "en" or "es"; any other means "en".
	Language string
	// Name is the name of the calendar; blank means the default of the language.
	Name string
	// Refresh is how often programs should fetch the feed; below one second it means
	// DefaultRefresh.
	Refresh time.Duration
	// Events in any order, with distinct UIDs. Only the first MaxFeedEvents by
	// start are written.
	Events []Event
}

// Party is the organizer or attendee of an invitation: a display name, which may be
// blank, and a mail address without "mailto:".
type Party struct{ Name, Address string }

// Method is the METHOD of an invitation (RFC 5546 §1.4).
type Method string

// The methods that are mailed. PUBLISH and ADD are not: Outlook shows them as raw text.
const (
	Request Method = "REQUEST"
	Cancel  Method = "CANCEL"
)

// ContentType is the media type of a mail part with this method. RFC 6047 §2.4 requires
// the same method here and in the object.
func (m Method) ContentType() string {
	return "text/calendar; charset=UTF-8; method=" + string(m.known()) + "; component=VEVENT"
}

// known returns Cancel for Cancel and otherwise Request.
func (m Method) known() Method {
	if m == Cancel {
		return Cancel
	}
	return Request
}

// Answer is a person's answer to an invitation (RFC 5545 §3.2.12); the zero value means
// no answer.
type Answer string

// The answers of calendar programs.
const (
	Accepted  Answer = "ACCEPTED"
	Declined  Answer = "DECLINED"
	Tentative Answer = "TENTATIVE"
)

// Invitation is one event in a mail to one person.
type Invitation struct {
	// Language is "en" or "es"; any other means "en".
	Language string
	// Method is Request for a new or changed session, Cancel for a cancelled one;
	// anything else is written as Request.
	Method Method
	// Stamp is when the message was made (RFC 5545 §3.8.7.2).
	Stamp time.Time
	// Organizer is the sender of all mails, Attendee the recipient of this one.
	Organizer, Attendee Party
	// Event is the session. Method decides whether it is cancelled, not Cancelled.
	Event Event
	// AskReply asks for an answer and ignores Answer: for a first request and for a new
	// time. It has no effect with Cancel.
	AskReply bool
	// Answer is the known answer, written unless AskReply.
	Answer Answer
	// Alarm is how long before the start the calendar reminds; below one second it
	// means no alarm. Cancel never has one.
	Alarm time.Duration
}
