package notify

import (
	"fmt"
	"slices"

	"almanac/scheduler"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
)

// changedDates are the dates of a message about changes, sorted by what happened.
type changedDates struct {
	off, moved, added []reads.HandoverSeat
	left              bool // every date in off is off because the person has left
	cancelled         bool // a session does not take place
}

func sortChanges(seats []reads.HandoverSeat) changedDates {
	var t changedDates
	for _, s := range seats {
		switch {
		case !s.Expected:
			t.off = append(t.off, s)
			t.cancelled = t.cancelled || s.Off == scheduler.OffCancelled
		case s.Before.Expected:
			t.moved = append(t.moved, s)
		default:
			t.added = append(t.added, s)
		}
	}
	stayed := func(s reads.HandoverSeat) bool { return s.Off != scheduler.OffLeft }
	t.left = len(t.off) > 0 && !slices.ContainsFunc(t.off, stayed)
	return t
}

// changes lists what is off and what replaces it, in one message.
func (w writer) changes(l *letter, seats []reads.HandoverSeat) {
	t := sortChanges(seats)
	l.Subject, l.Opening = w.headline(t)
	for _, s := range t.off {
		l.Facts = append(l.Facts, w.off(s))
	}
	for _, s := range t.moved {
		l.Facts = append(l.Facts, w.moved(s)...)
	}
	l.Facts = append(l.Facts, w.instead(t)...)
	if len(t.moved) > 0 || t.cancelled {
		l.Notes = append(l.Notes, w.words.othersStay)
	}
	if slices.ContainsFunc(seats, func(s reads.HandoverSeat) bool { return s.Invited }) {
		l.Notes = append(l.Notes, w.words.calendarFollows)
	}
}

// headline returns the subject and the first sentence, such as
// "Mon 21 Dec is off; instead Mon 11 Jan".
func (w writer) headline(t changedDates) (subject, opening string) {
	switch {
	case t.left && len(t.moved)+len(t.added) == 0 && len(t.off) == 1:
		return w.words.leftSubject, w.words.leftOne
	case t.left && len(t.moved)+len(t.added) == 0:
		return w.words.leftSubject, w.words.leftOpening
	case len(t.off) == 1 && len(t.moved) == 0 && len(t.added) == 1:
		subject = w.replaced(t.off[0].Before, t.added[0].Moment)
	case len(t.off)+len(t.added) == 0 && len(t.moved) == 1 && !t.moved[0].Before.Start.Equal(t.moved[0].Start):
		subject = w.replaced(t.moved[0].Before, t.moved[0].Moment)
	case len(t.off) == 1 && len(t.moved)+len(t.added) == 0:
		subject = fmt.Sprintf(w.words.offSubject, w.shortDay(t.off[0].Before.Start))
	case len(t.moved)+len(t.added) == 0:
		return w.words.changedSubject, w.words.offOpening
	default:
		return w.words.changedSubject, w.words.changedOpening
	}
	return subject, subject + "."
}

// replaced says that one date replaces another, with the hours when the day is the
// same.
func (w writer) replaced(was, is scheduler.Moment) string {
	before, after := w.shortDay(was.Start), w.shortDay(is.Start)
	if before == after {
		before, after = w.subject(was.Start), w.subject(is.Start)
	}
	return fmt.Sprintf(w.words.insteadSubject, before, after)
}

// off is a date that is off. Its label says whether the session takes place without
// the person.
func (w writer) off(s reads.HandoverSeat) fact {
	label := w.words.notYours
	if s.Off == scheduler.OffCancelled {
		label = w.words.notTaken
	}
	return fact{label, w.moment(s.Before.Start, s.Before.End), true}
}

// instead lists the new dates, and their place when all have the same.
func (w writer) instead(t changedDates) []fact {
	label := w.words.added
	if len(t.off) == len(t.added) {
		label = w.words.instead
	}
	var facts []fact
	place := ""
	for i, s := range t.added {
		facts = append(facts, fact{label, w.moment(s.Start, s.End), false})
		if i == 0 {
			place = s.Place
		} else if s.Place != place {
			place = ""
		}
	}
	if place = w.place(place); place != "" {
		facts = append(facts, fact{w.words.where, place, false})
	}
	return facts
}

// follow writes a calendar mail that belongs to an earlier text: it has the headline
// of that text and shows its own date only.
func (w writer) follow(l *letter, h reads.Handover) {
	t, seat := sortChanges(h.Text), h.Seats[0]
	subject, opening := w.headline(t)
	l.Subject, l.Opening = fmt.Sprintf(w.words.calendarSubject, subject), opening
	i := slices.IndexFunc(h.Text, func(s reads.HandoverSeat) bool { return s.Seat == seat.Seat })
	switch {
	case h.Method == gate.MethodCancel && i >= 0:
		l.Facts = []fact{w.off(h.Text[i])}
	case h.Method == gate.MethodCancel:
		l.Facts = []fact{{w.words.when, w.moment(shownMoment(h, seat).Start, shownMoment(h, seat).End), true}}
	case i >= 0 && h.Text[i].Before.Expected && h.Text[i].Expected:
		l.Facts = w.moved(h.Text[i])
	default:
		l.Facts = w.facts(seat.Moment)
	}
	l.Notes = append(l.Notes, w.words.calendarOnly)
}
