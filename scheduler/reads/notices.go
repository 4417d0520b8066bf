package reads

import (
	"time"

	"almanac/scheduler"
	"almanac/scheduler/gate"
)

// Ticket is a notice that is due, or soon will be: its id, and how urgent
// it is.
type Ticket struct {
	ID       scheduler.ID
	Deadline time.Time // UTC instant; the earliest is the most urgent
}

// Handover is what a worker needs to write one message, as it was true when the
// gate let it pass. It holds a name and an address.
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
	Staff   scheduler.ID // to whom it goes; empty: to a person
	// Thread names the enrollment; messages about it form one mail thread.
	Thread   scheduler.ID
	Name     string
	Address  string // e-mail or E.164
	Zone     string // the person's own
	Language string
	Links    Links // Feed only of a welcome
	// Confirm is the token of the address where the person says whether they
	// come; of a confirm only. It is a secret.
	Confirm string
	// Offer is what the message tells of; of an offer only.
	Offer scheduler.ID
	// AnswerBy is the instant at which the offer lapses; of an offer only. Where an
	// earlier date is offered, its seat's Before is the date that it replaces.
	AnswerBy time.Time
	Seats    []HandoverSeat // one, or all of a welcome or of a text about changes
	// Text is what the text before a calendar notice said, in order of time; nil: none went before.
	Text []HandoverSeat
}

// HandoverSeat is one session as a message tells it.
type HandoverSeat struct {
	Seat     scheduler.ID
	UID      string
	Sequence int
	// Moment is what is true; recording the hand-over makes it what was told.
	scheduler.Moment
	// Before is what the person was told last; its zero value is nothing.
	Before    scheduler.Moment
	Zone      string // of the cohort
	CreatedAt time.Time
	ChangedAt time.Time
	// Intent is what the person last answered; empty: nothing yet.
	Intent gate.Intent
	// Invited: an invite stands in the person's calendar.
	Invited bool
	// Off says why the person is not expected; empty: they are.
	Off scheduler.Off
	// Cohort and Title name the session for staff; empty in what goes to a person.
	Cohort, Title string
}

// Outcome says how a hand-over ended.
type Outcome string

// The outcomes.
const (
	// Sent: the provider took it.
	Sent Outcome = "sent"
	// Retry: the provider or the way to it failed for now.
	Retry Outcome = "retry"
	// Refused: the provider will never take it.
	Refused Outcome = "refused"
	// Abandoned: nothing was handed over, because the time since the gate was too long.
	Abandoned Outcome = "abandoned"
	// Lost: nobody ever said, and staff had it tried again. No worker reports it.
	Lost Outcome = "lost"
)

// Result is what a worker reports of one hand-over.
type Result struct {
	Handover Handover
	Outcome  Outcome
	// Reply is what the provider said. It may hold an address: stored sealed, never logged.
	Reply string
	// AddressBad: the provider said that the address does not exist.
	AddressBad bool
	At         time.Time
}
