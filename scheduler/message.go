package scheduler

import (
	"strconv"
	"time"
	"unicode/utf8"

	"almanac/scheduler/fault"
)

// Policy for messages that staff write.
const (
	// MessageUseful is how long it is of use to hand such a message over.
	MessageUseful = 3 * 24 * time.Hour
	// MaxMessage is how long its text may be, in characters.
	MaxMessage = 1000
)

// Audience is whom of a cohort a message goes to.
type Audience string

// The audiences of a message.
const (
	ToGroup    Audience = "group"    // everyone who has seats, or keeps them during a hold
	ToWaitlist Audience = "waitlist" // everyone who waits for one
)

// Message is a text that staff write to people of a cohort. It says what they typed, so it is kept sealed.
type Message struct {
	ID      ID
	Cohort  ID
	To      Audience
	Text    string
	Spanish string // for people whose language it is; empty: Text
}

// For returns the text for a person's language.
func (m Message) For(language string) string {
	if language == "es" && m.Spanish != "" {
		return m.Spanish
	}
	return m.Text
}

// MessageRequest is what is asked for when staff write to people of a cohort.
type MessageRequest struct {
	Cohort        ID
	To            Audience
	Text, Spanish string
	Reason        string // why a text with telling words is sent all the same; kept
}

// SendMessage plans a message to people of a cohort, by each channel that they consented to. A person without one
// becomes a call for staff. The message rests as every change does. Invalid at its field for a text that is missing,
// too long or telling without a reason, and for an unknown audience; Closed when it would reach no one; NotFound when
// there is no such cohort.
func (b *Book) SendMessage(q MessageRequest) error {
	r := b.Roster(q.Cohort)
	if r == nil {
		return fault.New(fault.NotFound, "There is no such cohort. Choose one from the list.")
	}
	if q.To != ToGroup && q.To != ToWaitlist {
		return fault.In("to", "Choose who gets the message: group or waitlist.")
	}
	m := Message{
		ID: DeriveID(r.Cohort.ID, "message", strconv.FormatInt(b.Clinic.ChangeNo+1, 10)), Cohort: r.Cohort.ID, To: q.To,
	}
	var err error
	if m.Text, err = b.messageText(q, "text", q.Text); err != nil {
		return err
	}
	if m.Text == "" {
		return fault.In("text", "Write what the message says.")
	}
	if m.Spanish, err = b.messageText(q, "spanish", q.Spanish); err != nil {
		return err
	}
	planned := 0
	for _, e := range r.Enrollments {
		if q.To == ToWaitlist && e.State == Waiting || q.To == ToGroup && (e.State == Active || e.State == OnHold) {
			b.planStaffMessage(r, e, m)
			planned++
		}
	}
	if planned == 0 {
		return fault.New(fault.Closed, "No one is there to read it. Choose the other list, or another cohort.").In("to")
	}
	b.Message = &m
	b.note("message.send", r.Cohort.ID)
	return nil
}

// messageText tidies and checks one text of a message.
func (b *Book) messageText(q MessageRequest, field, raw string) (string, error) {
	text, wrong := CheckReason(field, "The message", raw)
	if wrong != nil {
		return "", wrong
	}
	if utf8.RuneCountInString(text) > MaxMessage {
		return "", fault.In(field, "The message is longer than %d characters. Shorten it.", MaxMessage)
	}
	set := RuleOverride{Cohort: q.Cohort, Reason: q.Reason}
	return text, b.keepTelling(set, field, "The message", text)
}

// planStaffMessage plans a message to one person.
func (b *Book) planStaffMessage(r *Roster, e *Enrollment, m Message) {
	language := ""
	if p := b.People[e.Person]; p != nil {
		language = p.Language
	}
	b.planMessage(plannedMessage{
		notice: Notice{
			Kind: StaffMessage, Person: e.Person, Enrollment: e.ID, Version: m.ID, Due: b.Now.Add(ChangeDelay),
			NotAfter: b.Now.Add(MessageUseful),
		},
		task: Task{
			Kind: CallTask, About: AboutMessage, Cohort: r.Cohort.ID, Person: e.Person, Enrollment: e.ID,
			Due: b.Now.Add(24 * time.Hour), Note: m.For(language),
		},
		zone:    r.Cohort.Zone,
		natural: AboutMessage + ":" + string(e.ID) + ":" + string(m.ID),
	})
}
