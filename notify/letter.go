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

// letter is what a message says, in order; its text and its HTML say the same.
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
	Closing  []string
}

// fact is one labelled line. Old is how it was, shown struck out in HTML.
type fact struct {
	Label, Value string
	Old          bool
}

// feedLinks say how to subscribe.
type feedLinks struct {
	Say              string
	Phones, Programs link
}

// link is a labelled address. It is ours, made of the public URL and a token.
type link struct {
	Label string
	URL   template.URL
}

// writer knows all that a letter needs besides the hand-over itself.
type writer struct {
	clock
	base   string // public URL without a slash at its end
	sender string // bare address
	zones  func(name string) *time.Location
}

// write puts a hand-over into words; its seats are in order of start, and
// there are none in the news of a place on the waitlist.
func (w writer) write(h reads.Handover) letter {
	l := letter{Lang: w.words.lang, Subject: w.words.waitlistSubject}
	var seat reads.HandoverSeat
	if len(h.Seats) > 0 {
		seat = h.Seats[0]
		l.Subject = fmt.Sprintf(w.words.subject, w.subject(shown(h, seat).Start))
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
		l.Facts = []fact{{w.words.when, w.moment(shown(h, seat).Start, shown(h, seat).End), true}}
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
	l.Closing = append(l.Closing, w.words.automatic)
	return l
}

// page is where a message leads to; nil: nowhere.
func (w writer) page(h reads.Handover) *link {
	switch {
	case h.Kind.ToStaff():
		return &link{staffDesk, template.URL(w.base + "/")} // our own address
	case h.Kind == scheduler.Confirm: // one way to go and no other
		return &link{w.words.answer, template.URL(w.base + "/c/" + h.Confirm)} // our own address and token
	case h.Links.Page == "":
		return nil
	}
	label := w.words.page
	switch h.Kind {
	case scheduler.OfferNotice:
		label = w.words.take
	case scheduler.OnWaitlist:
		label = w.words.waitlistPage
	}
	return &link{label, template.URL(w.base + "/p/" + h.Links.Page)} // our own address and token
}

// offer asks for an answer, and says until when: its subject must not be taken for a
// date that is booked.
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

// shown is the moment that a message names: of a cancellation what the person
// believes, of everything else the truth.
func shown(h reads.Handover, seat reads.HandoverSeat) scheduler.Moment {
	cancel := hasObject(h) && h.Method == gate.MethodCancel || h.Kind == scheduler.Changes && !seat.Expected ||
		h.Kind == scheduler.AssignedDates && !seat.Expected
	if cancel && seat.Before.Expected {
		return seat.Before
	}
	return seat.Moment
}

func (w writer) facts(m scheduler.Moment) []fact {
	facts := []fact{{w.words.when, w.moment(m.Start, m.End), false}}
	if place := w.where(m.Place); place != "" {
		facts = append(facts, fact{w.words.where, place, false})
	}
	return facts
}

// moved names the old and the new time, and the places when they differ.
func (w writer) moved(seat reads.HandoverSeat) []fact {
	var facts []fact
	was, is := seat.Before, seat.Moment
	if !was.Start.Equal(is.Start) || !was.End.Equal(is.End) {
		facts = append(facts, fact{w.words.before, w.moment(was.Start, was.End), true},
			fact{w.words.after, w.moment(is.Start, is.End), false})
	} else {
		facts = append(facts, fact{w.words.when, w.moment(is.Start, is.End), false})
	}
	if old := w.where(was.Place); old != "" && was.Place != is.Place {
		facts = append(facts, fact{w.words.whereBefore, old, true})
	}
	if place := w.where(is.Place); place != "" {
		facts = append(facts, fact{w.words.where, place, false})
	}
	return facts
}

// welcome lists all dates and says how to subscribe.
func (w writer) welcome(l *letter, h reads.Handover) {
	l.Opening = w.words.welcome + " " + fmt.Sprintf(w.words.allTimes, w.zoneTime())
	together := h.Seats[0].Place
	if slices.ContainsFunc(h.Seats, func(s reads.HandoverSeat) bool { return s.Place != together }) {
		together = ""
	}
	for _, s := range h.Seats {
		line := w.span(s.Start, s.End)
		if place := w.where(s.Place); place != "" && together == "" {
			line += ", " + place
		}
		l.Dates = append(l.Dates, line)
	}
	l.Notes = w.clockChanges(h.Seats)
	if place := w.where(together); place != "" {
		l.Facts = append(l.Facts, fact{w.words.where, place, false})
	}
	if h.Links.Feed != "" {
		feed := w.base + "/f/" + h.Links.Feed + ".ics"
		_, rest, _ := strings.Cut(feed, "://")
		l.Feed = &feedLinks{
			Say:      w.words.subscribe,
			Phones:   link{w.words.phones, template.URL("webcal://" + rest)}, // our own address and token
			Programs: link{w.words.programs, template.URL(feed)},             // our own address and token
		}
	}
}

// clockChanges says where the person's hour shifts although the cohort's stays:
// the clocks of the two places do not change together.
func (w writer) clockChanges(seats []reads.HandoverSeat) []string {
	var notes []string
	for i := 1; i < len(seats); i++ {
		was, is := seats[i-1], seats[i]
		cohort := clock{w.words, w.zones(is.Zone)}
		if was.Zone == is.Zone && cohort.hour(was.Start) == cohort.hour(is.Start) && w.hour(was.Start) != w.hour(is.Start) {
			notes = append(notes, fmt.Sprintf(w.words.clockChange, w.shortDay(is.Start), w.hour(is.Start), w.hour(was.Start)))
		}
	}
	return notes
}

// where gives a place in the person's language, as one line.
func (w writer) where(place string) string { return calendar.PlaceName(w.words.lang, oneLine(place)) }

// invitation is the calendar object of a calendar notice.
func invitation(h reads.Handover, seat reads.HandoverSeat, organizer calendar.Party, now time.Time) calendar.Invitation {
	moment := shown(h, seat)
	i := calendar.Invitation{
		Language: h.Language, Method: calendar.Request, Stamp: now, Organizer: organizer,
		Attendee: calendar.Party{Name: oneLine(h.Name), Address: h.Address},
		Event: calendar.Event{
			UID: seat.UID, Sequence: seat.Sequence, Start: moment.Start, End: moment.End,
			Created: seat.CreatedAt, Changed: seat.ChangedAt, Location: calendar.PlaceName(h.Language, oneLine(moment.Place)),
		},
	}
	// A first request asks for an answer, and so does a new time; a new place, or
	// the same once more, keeps the answer that was given. What a welcome told was
	// never asked.
	was := seat.Before
	i.Answer = answers[seat.Intent]
	i.AskReply = !was.Expected || was.Equal(moment) && i.Answer == "" || !was.Start.Equal(moment.Start) || !was.End.Equal(moment.End)
	if h.Method == gate.MethodCancel {
		i.Method = calendar.Cancel
	}
	if h.Kind.ToStaff() {
		staffEvent(&i, seat)
	}
	return i
}

// answers are intents as a calendar writes them (RFC 5545 §3.2.12).
var answers = map[gate.Intent]calendar.Answer{
	gate.IntentYes: calendar.Accepted, gate.IntentNo: calendar.Declined, gate.IntentMaybe: calendar.Tentative,
}
