package reads

import (
	"time"

	"almanac/scheduler"
	"almanac/scheduler/gate"
)

// Ticket is the id of a due notice and its urgency.
type Ticket struct {
	ID       scheduler.ID
	Deadline time.Time // UTC instant; the earliest is the most urgent
}

// Handover is what a worker needs to write one message, as of the moment of the gate.
// It holds a name and an address.
type Handover struct {
	Notice  scheduler.ID
	Clinic  scheduler.ID
	Attempt int // from 1
	GatedAt time.Time
	Kind    scheduler.NoticeKind
	Channel scheduler.Channel
	Method  gate.Method   // of a calendar notice
	Lead    time.Duration // of a reminder
	Person  scheduler.ID
	Staff   scheduler.ID // the recipient; empty for a message to a participant
	// Thread is the id of the enrollment's welcome mail; messages about the enrollment form one mail thread.
	Thread   scheduler.ID
	Name     string
	Address  string // e-mail or E.164
	Zone     string // the person's own
	Language string
	Links    Links // Feed only of a welcome
	Contact  scheduler.ClinicContact
	// Confirm is the token of a confirm link; of a confirm only. It is a secret.
	Confirm string
	// Code proves that a new address is its person's; of an AddressCode only. It is a secret.
	Code string
	// Stop is the token of a link that takes another address back; of an AddressChanged only. It is a secret.
	Stop string
	// Message is what staff wrote, in the person's language; of a message of theirs only.
	Message string
	// Offer is the id of the offer; of an offer only.
	Offer scheduler.ID
	// AnswerBy is when the offer lapses; of an offer only. For an earlier date, the
	// seat's Before is the date that it replaces.
	AnswerBy time.Time
	Seats    []HandoverSeat // one; all of a welcome or of a text about changes
	// Text is the dates in the text that went before a calendar notice, in order of
	// time; nil without one.
	Text []HandoverSeat
}

// HandoverSeat is one session in a message.
type HandoverSeat struct {
	Seat     scheduler.ID
	UID      string
	Sequence int
	// Moment is the current time and place; once recorded, it is what was told.
	scheduler.Moment
	// Before is what the person was told last; zero when nothing.
	Before    scheduler.Moment
	Zone      string // of the cohort
	CreatedAt time.Time
	ChangedAt time.Time
	// Intent is the person's last answer; empty without one.
	Intent gate.Intent
	// Invited: the person has an invite in their calendar.
	Invited bool
	// Off says why the person is not expected; empty when they are.
	Off scheduler.Off
	// Cohort and Title name the session for staff; empty in messages to participants.
	Cohort, Title string
}

// Outcome says how a hand-over ended.
type Outcome string

// The outcomes.
const (
	// Sent: the mail server accepted it.
	Sent Outcome = "sent"
	// Retry: a temporary failure of the server or the connection.
	Retry Outcome = "retry"
	// Refused: a permanent failure.
	Refused Outcome = "refused"
	// Abandoned: nothing was sent, because the gate was too long ago.
	Abandoned Outcome = "abandoned"
	// Lost: no outcome was recorded, and staff asked for another attempt; or a backup is older than the attempt that
	// there may have been. No worker reports it.
	Lost Outcome = "lost"
)

// Result is the result of one attempt.
type Result struct {
	Handover Handover
	Outcome  Outcome
	// Reply is the server's reply. It may hold an address: store it sealed, never log it.
	Reply string
	// AddressBad: the server said that the address does not exist.
	AddressBad bool
	// OptedOut: of a text, its gateway knows that the number wants none.
	OptedOut bool
	Message  string // the gateway's id of a text; empty: none was given
	Segments int    // parts of a text
	At       time.Time
}
