package notify

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/calendar"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
)

// letter is the content of a message, in order. Plain text and HTML have the same
// content.
type letter struct {
	Lang     string
	Subject  string
	Greeting string
	Opening  string
	Facts    []fact
	Dates    []string // of a welcome
	Notes    []string
	Feed     *feedLinks // of a welcome
	Page     *link
	Literal  string // for programs: its lines stay as they are
	Closing  []string
}

// fact is one line with a label. An old fact is no longer true; HTML strikes it out.
type fact struct {
	Label, Value string
	Old          bool
}

// feedLinks say how to subscribe.
type feedLinks struct {
	Say              string
	Phones, Programs link
}

// link is a URL with a label. The URL is safe: it is the public URL and a token.
type link struct {
	Label string
	URL   template.URL
}

// writer is everything that a letter needs besides the hand-over.
type writer struct {
	clock
	base   string // the public URL without a trailing slash
	sender string // a bare address
	zones  func(name string) *time.Location
}

// write writes the letter of a hand-over. Its seats are ordered by start; the notice
// of a place on the waitlist has none.
func (w writer) write(h reads.Handover) letter {
	l := letter{Lang: w.words.lang, Subject: w.words.waitlistSubject}
	var seat reads.HandoverSeat
	if len(h.Seats) > 0 {
		seat = h.Seats[0]
		l.Subject = fmt.Sprintf(w.words.subject, w.subject(shownMoment(h, seat).Start))
	}
	if name := oneLine(h.Name); name != "" {
		l.Greeting = fmt.Sprintf(w.words.greeting, name)
	}
	switch {
	case h.Kind.ToStaff():
		w.staff(&l, h)
	case h.Kind == scheduler.Welcome:
		w.welcome(&l, h)
	case h.Kind == scheduler.Confirm:
		l.Opening, l.Facts = w.words.confirm, w.facts(seat.Moment)
		l.Notes = append(l.Notes, w.words.notYou)
	case h.Kind == scheduler.OfferNotice:
		w.offer(&l, h)
	case h.Kind == scheduler.OnWaitlist:
		l.Opening = w.words.waitlist
	case h.Kind.AboutAddress():
		w.address(&l, h)
	case h.Kind == scheduler.StaffMessage:
		l.Subject = w.words.messageSubject
		l.Opening, l.Notes = w.words.message, paragraphs(h.Message)
	case h.Kind == scheduler.Reminder:
		l.Opening = w.words.reminder
		l.Facts = w.facts(seat.Moment)
	case h.Kind == scheduler.Changes:
		w.changes(&l, h.Seats)
	case len(h.Text) > 0:
		w.follow(&l, h)
	case h.Method == gate.MethodCancel:
		l.Opening = w.words.cancelled
		switch seat.Off {
		case scheduler.OffLeft:
			l.Opening = w.words.leftOne
		case scheduler.OffReleased:
			l.Opening = w.words.offOne
		}
		l.Facts = []fact{{w.words.when, w.moment(shownMoment(h, seat).Start, shownMoment(h, seat).End), true}}
	case seat.Before.Expected && !seat.Before.Equal(seat.Moment):
		l.Opening = w.words.update
		l.Facts = w.moved(seat)
		l.Notes = append(l.Notes, w.words.attached)
	default:
		l.Opening = w.words.invite
		l.Facts = w.facts(seat.Moment)
		l.Notes = append(l.Notes, w.words.attached)
	}
	l.Page = w.page(h)
	if h.Kind == scheduler.Welcome {
		if l.Page != nil || l.Feed != nil {
			l.Closing = append(l.Closing, w.words.private)
		}
		l.Closing = append(l.Closing, fmt.Sprintf(w.words.contacts, w.sender))
	}
	contact := h.Contact
	if h.Kind == scheduler.Reminder { // it may be read on a locked screen
		contact.Crisis = ""
	}
	l.Closing = append(l.Closing, w.clinic(contact)...)
	if h.Kind != scheduler.StaffMessage {
		l.Closing = append(l.Closing, w.words.automatic)
	}
	return l
}

// address brings the code to a new address, or the news of it to the old one.
func (w writer) address(l *letter, h reads.Handover) {
	if h.Kind == scheduler.AddressCode {
		l.Subject, l.Opening = w.words.codeSubject, fmt.Sprintf(w.words.code, h.Code)
		l.Notes = []string{w.words.codeGood, w.words.codeNotYou}
		return
	}
	l.Subject, l.Opening = w.words.addressSubject, w.words.address
	l.Notes = []string{w.words.addressFine}
}

// paragraphs splits a text at its line breaks and leaves out blank lines.
func paragraphs(text string) []string {
	lines := strings.Split(text, "\n")
	return slices.DeleteFunc(lines, func(line string) bool { return strings.TrimSpace(line) == "" })
}

// clinic says how to reach the clinic, as far as it shows that; nothing when it shows nothing.
func (w writer) clinic(c scheduler.ClinicContact) (lines []string) {
	switch {
	case c.Phone != "" && c.Name != "":
		lines = append(lines, fmt.Sprintf(w.words.callName, c.Name, c.ShownPhone()))
	case c.Phone != "":
		lines = append(lines, fmt.Sprintf(w.words.call, c.ShownPhone()))
	case c.Name != "":
		lines = append(lines, c.Name)
	}
	if c.Crisis != "" {
		lines = append(lines, c.Crisis)
	}
	return lines
}

// page is the link to the person's page; nil without one.
func (w writer) page(h reads.Handover) *link {
	switch {
	case h.Kind.ToStaff():
		return &link{staffDesk, template.URL(w.base + "/")} // our own URL
	case h.Kind == scheduler.Confirm: // the only link of this message
		return &link{w.words.answer, template.URL(w.base + "/c/" + h.Confirm)} // our own URL and token
	case h.Kind == scheduler.AddressChanged:
		return &link{w.words.addressStop, template.URL(w.base + "/k/" + h.Stop)} // our own URL and token
	case h.Links.Page == "":
		return nil
	}
	label := w.words.page
	switch {
	case h.Kind == scheduler.OfferNotice:
		label = w.words.take
	case h.Kind == scheduler.OnWaitlist:
		label = w.words.waitlistPage
	case h.Kind == scheduler.Welcome:
		label += ". " + w.words.cannotCome
	case h.Kind == scheduler.Reminder, expectsThem(h):
		label = w.words.cannotCome
	}
	return &link{label, template.URL(w.base + "/p/" + h.Links.Page)} // our own URL and token
}

// expectsThem tells whether a message about dates names one to which the person is to come.
func expectsThem(h reads.Handover) bool {
	dates := h.Kind == scheduler.Changes || h.Kind == scheduler.Calendar && h.Method != gate.MethodCancel
	return dates && slices.ContainsFunc(h.Seats, func(s reads.HandoverSeat) bool { return s.Expected })
}

// offer asks for an answer and says until when. Its subject must not look like a
// booked date.
func (w writer) offer(l *letter, h reads.Handover) {
	seat := h.Seats[0]
	l.Subject = fmt.Sprintf(w.words.offerSubject, w.subject(h.AnswerBy))
	l.Opening, l.Facts = w.words.offer, w.facts(seat.Moment)
	if seat.Before.Expected {
		l.Opening = w.words.earlier
		l.Facts = append(l.Facts, fact{w.words.replaces, w.moment(seat.Before.Start, seat.Before.End), false})
	}
	l.Facts = append(l.Facts, fact{w.words.answerBy, w.subject(h.AnswerBy) + ", " + w.zoneTime(), false})
}

// shownMoment is the time and place that a message shows: what the person was told
// last when the session is off, otherwise the current one.
func shownMoment(h reads.Handover, seat reads.HandoverSeat) scheduler.Moment {
	list := h.Kind == scheduler.Changes || h.Kind == scheduler.AssignedDates
	off := hasInvitation(h) && h.Method == gate.MethodCancel || list && !seat.Expected
	if off && seat.Before.Expected {
		return seat.Before
	}
	return seat.Moment
}

func (w writer) facts(m scheduler.Moment) []fact {
	facts := []fact{{w.words.when, w.moment(m.Start, m.End), false}}
	if place := w.place(m.Place); place != "" {
		facts = append(facts, fact{w.words.where, place, false})
	}
	return facts
}

// moved lists the old and the new time, both places when they differ, and that the way in is another.
func (w writer) moved(seat reads.HandoverSeat) []fact {
	var facts []fact
	was, is := seat.Before, seat.Moment
	if !was.Start.Equal(is.Start) || !was.End.Equal(is.End) {
		facts = append(facts, fact{w.words.before, w.moment(was.Start, was.End), true},
			fact{w.words.after, w.moment(is.Start, is.End), false})
	} else {
		facts = append(facts, fact{w.words.when, w.moment(is.Start, is.End), false})
	}
	if old := w.place(was.Place); old != "" && was.Place != is.Place {
		facts = append(facts, fact{w.words.whereBefore, old, true})
	}
	if place := w.place(is.Place); place != "" {
		facts = append(facts, fact{w.words.where, place, false})
	}
	switch {
	case was.Meeting == is.Meeting:
	case is.Meeting == "":
		facts = append(facts, fact{w.words.join, w.words.joinEnded, false})
	default:
		facts = append(facts, fact{w.words.join, w.words.joinChanged, false})
	}
	return facts
}

// welcome lists all dates and explains how to subscribe.
func (w writer) welcome(l *letter, h reads.Handover) {
	l.Opening = w.words.welcome + " " + fmt.Sprintf(w.words.allTimes, w.zoneTime())
	shared := h.Seats[0].Place // the place of all dates, or empty
	if slices.ContainsFunc(h.Seats, func(s reads.HandoverSeat) bool { return s.Place != shared }) {
		shared = ""
	}
	for _, s := range h.Seats {
		line := w.span(s.Start, s.End)
		if place := w.place(s.Place); place != "" && shared == "" {
			line += ", " + place
		}
		l.Dates = append(l.Dates, line)
	}
	l.Notes = w.clockChanges(h.Seats)
	if place := w.place(shared); place != "" {
		l.Facts = append(l.Facts, fact{w.words.where, place, false})
	}
	if h.Links.Feed != "" {
		feed := w.base + "/f/" + h.Links.Feed + ".ics"
		_, rest, _ := strings.Cut(feed, "://")
		l.Feed = &feedLinks{
			Say:      w.words.subscribe,
			Phones:   link{w.words.phones, template.URL("webcal://" + rest)}, // our own URL and token
			Programs: link{w.words.programs, template.URL(feed)},             // our own URL and token
		}
	}
}

// clockChanges notes where the hour changes for the person but not for the cohort:
// clocks do not change on the same day everywhere.
func (w writer) clockChanges(seats []reads.HandoverSeat) []string {
	var notes []string
	for i := 1; i < len(seats); i++ {
		was, is := seats[i-1], seats[i]
		cohort := clock{w.words, w.zones(is.Zone)}
		before, after := w.hour(was.Start), w.hour(is.Start)
		if was.Zone == is.Zone && cohort.hour(was.Start) == cohort.hour(is.Start) && before != after {
			notes = append(notes, fmt.Sprintf(w.words.clockChange, w.shortDay(is.Start), after, before))
		}
	}
	return notes
}

// place returns a place in the person's language, on one line.
func (w writer) place(place string) string { return calendar.PlaceName(w.words.lang, oneLine(place)) }

// invitation is the calendar object of a calendar notice.
func invitation(
	h reads.Handover, seat reads.HandoverSeat, organizer calendar.Party, now time.Time,
) calendar.Invitation {
	moment := shownMoment(h, seat)
	i := calendar.Invitation{
		Language: h.Language, Method: calendar.Request, Stamp: now, Organizer: organizer,
		Attendee: calendar.Party{Name: oneLine(h.Name), Address: h.Address},
		Event: calendar.Event{
			UID: seat.UID, Sequence: seat.Sequence, Start: moment.Start, End: moment.End,
			Created: seat.CreatedAt, Changed: seat.ChangedAt,
			Location: calendar.PlaceName(h.Language, oneLine(moment.Place)),
		},
	}
	// Ask for an answer in the first request and for a new time. Keep the given answer
	// when only the place is new, or nothing is.
	was := seat.Before
	i.Answer = answers[seat.Intent]
	i.AskReply = !was.Expected || was.Equal(moment) && i.Answer == "" ||
		!was.Start.Equal(moment.Start) || !was.End.Equal(moment.End)
	if h.Method == gate.MethodCancel {
		i.Method = calendar.Cancel
	}
	if h.Kind.ToStaff() {
		staffEvent(&i, seat)
	}
	return i
}

// answers maps intents to PARTSTAT values (RFC 5545 §3.2.12).
var answers = map[gate.Intent]calendar.Answer{
	gate.IntentYes:   calendar.Accepted,
	gate.IntentNo:    calendar.Declined,
	gate.IntentMaybe: calendar.Tentative,
}
