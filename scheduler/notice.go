package scheduler

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// NoticeKind says what a notice is for.
type NoticeKind string

// The kinds of notice. Whether a calendar notice becomes a REQUEST or a CANCEL
// is decided when it is handed over, from the data at that moment.
const (
	Welcome  NoticeKind = "welcome"  // all dates and the private addresses
	Calendar NoticeKind = "calendar" // an invite, an update or a cancellation of one session
	Reminder NoticeKind = "reminder" // some time before a session
	Confirm  NoticeKind = "confirm"  // asks the person whether they come, after an answer that may not be theirs
	// OfferNotice tells of seats that are kept for an answer.
	OfferNotice NoticeKind = "offer"
	// OnWaitlist says that somebody has a place on a waitlist.
	OnWaitlist NoticeKind = "waitlist"
	// StaffMessage is a text that staff wrote to the people of a cohort.
	StaffMessage NoticeKind = "message"
	// OptIn asks a number, by text, to confirm that it takes texts. No other text goes there before it has.
	OptIn NoticeKind = "opt-in"
	// AddressCode brings the code by which somebody shows that a new address or number is theirs, to that address.
	AddressCode NoticeKind = "address-code"
	// AddressChanged tells the old address that there is another one now, and how to stop that.
	AddressChanged NoticeKind = "address-changed"
	// Changes says in one text all dates that are off and all that hold instead.
	Changes NoticeKind = "changes"
	// AssignedOne is a calendar mail about one session to the member of staff who leads it, or led it.
	AssignedOne NoticeKind = "assignment"
	// AssignedDates lists several such sessions in one text; their calendar mails follow.
	AssignedDates NoticeKind = "assignments"
)

// NoticeState is where a notice stands.
type NoticeState string

// The states of a notice.
const (
	NoticePlanned NoticeState = "planned" // owed; due at its time
	NoticeSent    NoticeState = "sent"    // the provider said so
	NoticeDropped NoticeState = "dropped" // no longer true, or not wanted; Reason says why
	NoticeExpired NoticeState = "expired" // its deadline passed; staff have a task
	NoticeFailed  NoticeState = "failed"  // given up; it goes by another channel, or staff have a task
	// NoticeDelivered: a report said that the text arrived on the phone.
	NoticeDelivered NoticeState = "delivered"
)

// HandedOver tells whether the provider took the notice, whether or not its arrival is known.
func (s NoticeState) HandedOver() bool { return s == NoticeSent || s == NoticeDelivered }

// Notice is a stored promise to tell one person something over one channel by
// a deadline. Its key is unique: one row a promise, whatever happens.
type Notice struct {
	ID         ID
	Key        string
	Kind       NoticeKind
	Channel    Channel
	Person     ID            // empty: it goes to staff
	Enrollment ID            // empty: it goes to staff
	Staff      ID            // to whom it goes; empty: to a person
	Session    ID            // empty for a welcome and for changes
	Seat       ID            // empty for a welcome and for changes
	Offer      ID            // of an offer; the store keeps it in the key
	Version    ID            // of changes, messages and all to staff: tells them apart; the store keeps it in the key
	Start      time.Time     // of the session that it is about: from then on it is of no use; zero: no such instant
	Lead       time.Duration // reminders: how long before the start
	Due        time.Time     // UTC instant; not before
	NotAfter   time.Time     // UTC instant; from here on it is too late
	State      NoticeState
	Reason     string // of one that is dropped before it was due; empty: none
	CreatedAt  time.Time
	// Asked: the person's calendar asked for a calendar notice again (RFC 5546
	// §3.2.6), so that having been told is no reason to drop it.
	Asked bool
}

// AboutAddress tells whether a notice is about an address of its person, and so needs no consent: it goes to the new
// one because that was asked for, or to the old one to warn.
func (k NoticeKind) AboutAddress() bool { return k == AddressCode || k == AddressChanged }

// askedPrefix begins the key of a calendar notice that was asked for again.
const askedPrefix = "asked:"

// OfferOf reads the offer out of the key of a notice about one, "" when it is
// about something else.
func OfferOf(key string) ID {
	rest, ok := strings.CutPrefix(key, "offer:")
	if !ok {
		return ""
	}
	id, _, _ := strings.Cut(rest, ":")
	return ID(id)
}

// OfferedAgain tells from a notice's key whether it tells of an offer once more, at a new address.
func OfferedAgain(key string) bool {
	return strings.HasPrefix(key, "offer:") && strings.Count(key, ":") == 3
}

// messagePrefix begins the key of a notice that carries a message of staff.
const messagePrefix = "message:"

// MessageOf reads the message out of the key of a notice that carries one, "" when it carries none.
func MessageOf(key string) ID {
	rest, ok := strings.CutPrefix(key, messagePrefix)
	if !ok {
		return ""
	}
	id, _, _ := strings.Cut(rest, ":")
	return ID(id)
}

// AskedAgain tells from a notice's key whether it was asked for again.
func AskedAgain(key string) bool { return strings.HasPrefix(key, askedPrefix) }

// Policy for notices; durations are elapsed time.
const (
	// WaitlistUseful is how long it is of use to tell somebody that they wait.
	WaitlistUseful = 7 * 24 * time.Hour
	// ChangeDelay is how long a change rests before people are told, so that
	// several changes become one message and an undone one none.
	ChangeDelay = 3 * time.Minute
	// InviteWindow is how far ahead sessions are put into calendars by invite.
	InviteWindow = 14 * 24 * time.Hour
	// WelcomeQuiet is how long after a welcome no reminder is sent.
	WelcomeQuiet = 2 * time.Hour
	// ReminderMargin is how long before the start the last reminder may still leave.
	ReminderMargin = time.Hour
	// UrgentCall is within what time staff are asked to call when a message that cannot wait may not leave.
	UrgentCall = 5 * time.Minute
)

// noticeKey builds every key there is. A reminder names its start, so that a
// session moved away and back revives the same row; a calendar notice names
// the seat's SEQUENCE.
func noticeKey(n *Notice, seat *Seat) string {
	if n.Kind == Calendar && n.Asked {
		return fmt.Sprintf("%s%s:%d:%s:%s", askedPrefix, n.Seat, seat.Sequence,
			n.Due.UTC().Format("20060102T150405Z"), n.Channel)
	}
	switch n.Kind {
	case Reminder:
		return fmt.Sprintf("reminder:%s:%s:%s:%s", n.Seat, n.Start.UTC().Format("20060102T150405Z"),
			shortLead(n.Lead), n.Channel)
	case Calendar:
		return fmt.Sprintf("calendar:%s:%d:%s", n.Seat, seat.Sequence, n.Channel)
	case Confirm:
		return fmt.Sprintf("confirm:%s:%s:%s", n.Seat, n.Due.UTC().Format("20060102T150405Z"), n.Channel)
	case OfferNotice:
		if n.Version != "" { // to a new address
			return fmt.Sprintf("offer:%s:%s:%s", n.Offer, n.Version, n.Channel)
		}
		return fmt.Sprintf("offer:%s:%s", n.Offer, n.Channel)
	case OnWaitlist:
		return fmt.Sprintf("waitlist:%s:%s:%s", n.Enrollment, n.Due.UTC().Format("20060102T150405Z"), n.Channel)
	case OptIn:
		return fmt.Sprintf("opt-in:%s:%s:%s", n.Enrollment, n.Version, n.Channel)
	case AddressCode:
		return fmt.Sprintf("%s%s:%s", codePrefix, n.Version, n.Channel)
	case AddressChanged:
		return fmt.Sprintf("%s%s:%s", changedPrefix, n.Version, n.Channel)
	case StaffMessage:
		return fmt.Sprintf("%s%s:%s:%s", messagePrefix, n.Version, n.Enrollment, n.Channel)
	case Changes:
		return fmt.Sprintf("changes:%s:%s:%s", n.Enrollment, n.Version, n.Channel)
	case AssignedOne:
		return fmt.Sprintf("assignment:%s:%s:%s:%s", n.Session, n.Staff, n.Version, n.Channel)
	case AssignedDates:
		return fmt.Sprintf("assignments:%s:%s:%s", n.Staff, n.Version, n.Channel)
	case Welcome:
		if n.Version != "" { // to a new address
			return fmt.Sprintf("%s:%s:%s:%s", n.Kind, n.Enrollment, n.Version, n.Channel)
		}
		return fmt.Sprintf("%s:%s:%s", n.Kind, n.Enrollment, n.Channel)
	default:
		return fmt.Sprintf("%s:%s:%s", n.Kind, n.Enrollment, n.Channel)
	}
}

// OnChannel is the same promise over another channel, due now. Keys end with their channel.
func (n Notice) OnChannel(c Channel, now time.Time) Notice {
	n.Key = strings.TrimSuffix(n.Key, ":"+string(n.Channel)) + ":" + string(c)
	n.Channel, n.ID = c, noticeID(cmp.Or(n.Enrollment, n.Staff), n.Key)
	n.Due, n.State, n.Reason, n.CreatedAt = later(n.Due, now), NoticePlanned, "", now
	return n
}

func shortLead(d time.Duration) string { return fmt.Sprintf("%dm", int(d/time.Minute)) }

// TaskKind says what staff are asked to do.
type TaskKind string

// The kinds of task.
const (
	CallTask   TaskKind = "call"   // tell the person by phone
	LetterTask TaskKind = "letter" // hand over a printed letter with the dates
	NoticeTask TaskKind = "notice" // a notice could not be handed over in time
	MailTask   TaskKind = "mail"   // something came by mail that only people can judge
	LookTask   TaskKind = "look"   // something that only people can decide
)

// Task is something staff must do, because no machine may or can. Its key is
// unique, as a notice's is.
type Task struct {
	ID         ID
	Key        string
	Kind       TaskKind
	About      string // what to tell: one of the About constants
	Cohort     ID
	Person     ID // empty for a task about a cohort
	Enrollment ID
	Session    ID
	Staff      ID        // who is to be told; empty: no member of staff
	Due        time.Time // UTC instant by which it should be done
	CreatedAt  time.Time
	// Again: a task of this key that was ticked off before this one is due opens again.
	Again bool
	// Note is what others said, as plain text for staff: sealed in the store.
	Note string
}

// What a task is about.
const (
	AboutWelcome   = "welcome"   // all dates of a new enrollment
	AboutAdded     = "added"     // a date was added
	AboutMoved     = "moved"     // a session has another time or place
	AboutCancelled = "cancelled" // a session was cancelled
	AboutLeft      = "left"      // a date is not theirs any more, because they have left
	AboutOff       = "off"       // a date takes place without them
	AboutChanges   = "changes"   // several dates are off, changed or new; the note lists them
	AboutReminder  = "reminder"  // a session is near
	AboutUnsent    = "unsent"
	AboutMessage   = "message" // what staff wrote to a group or a waitlist; the note says it
	AboutTexted    = "texted"  // a text came in that people must read; the note says it
	AboutStopped   = "stopped" // texts were stopped by a text, so changes need a call

	AboutAnswer      = "answer"       // an answer that may not be the person's own
	AboutComment     = "comment"      // an answer with words beside it
	AboutOtherTime   = "other-time"   // another time is asked for
	AboutOtherPerson = "other-person" // somebody else is to come instead
	AboutUnclear     = "unclear"      // an answer of which nobody can tell what it says
	AboutGone        = "gone"         // an answer that accepts a date which is off
	AboutSentBack    = "sent-back"    // a mail of ours came back
	AboutComplaint   = "complaint"    // a mail of ours was reported as unwanted
	AboutWritten     = "written"      // somebody wrote
	AboutUnreadable  = "unreadable"   // something came that cannot be read
	AboutStrays      = "strays"       // many answers came about appointments that nobody knows
)

// NewNotice completes a notice: its key, its id (derived from the enrollment, or the member of staff, and the key)
// and its state.
func NewNotice(n Notice, seat *Seat, now time.Time) Notice {
	n.Key = noticeKey(&n, seat)
	n.ID = noticeID(cmp.Or(n.Enrollment, n.Staff), n.Key)
	n.State, n.CreatedAt = NoticePlanned, now
	return n
}

// noticeID returns the id of a notice, from its enrollment or member of staff and its key.
func noticeID(whose ID, key string) ID { return DeriveID(whose, "notice", key) }

// WelcomeID returns the id of the welcome mail of an enrollment. Messages about the enrollment refer to it.
func WelcomeID(enrollment ID) ID {
	n := Notice{Kind: Welcome, Channel: Email, Enrollment: enrollment}
	return noticeID(enrollment, noticeKey(&n, nil))
}

// NewTask completes a task: its id, from its kind and natural key.
func NewTask(clinic ID, t Task, natural string, now time.Time) Task {
	t.Key = string(t.Kind) + ":" + natural
	t.ID = DeriveID(clinic, "task", t.Key)
	t.CreatedAt = now
	return t
}
