package notify

import (
	"fmt"
	"slices"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/calendar"
	"almanac/scheduler/reads"
)

// Texts of mails to staff. They are in English, like the pages for staff, and name no
// participant.
const (
	staffNew       = "You lead this session."
	staffChanged   = "A session that you lead has changed."
	staffOff       = "A session that you were to lead does not take place."
	staffReleased  = "You no longer lead this session."
	staffDates     = "These are the sessions that you lead."
	staffDatesNews = "The sessions that you lead have changed."
	staffInvites   = "Each session comes for your calendar in a message of its own, two weeks ahead."
	staffDesk      = "Your desk"
	staffFollows   = "What stands in your calendar is put right by separate messages, one for each session."
)

// staff writes a mail to a member of staff about one session or several.
func (w writer) staff(l *letter, h reads.Handover) {
	if h.Kind == scheduler.AssignedDates {
		w.staffDates(l, h.Seats)
		return
	}
	seat := h.Seats[0]
	at := w.subject(shownMoment(h, seat).Start)
	l.Facts = sessionNames(seat)
	switch {
	case !seat.Expected:
		l.Subject, l.Opening = "No longer yours: "+at, staffReleased
		if seat.Off == scheduler.OffCancelled {
			l.Subject, l.Opening = "Off: "+at, staffOff
		}
		l.Facts = append(l.Facts,
			fact{w.words.when, w.moment(shownMoment(h, seat).Start, shownMoment(h, seat).End), true})
	case seat.Before.Expected && !seat.Before.Equal(seat.Moment):
		l.Subject, l.Opening = "Changed: "+at, staffChanged
		l.Facts = append(l.Facts, w.moved(seat)...)
	default:
		l.Subject, l.Opening = "You lead: "+at, staffNew
		l.Facts = append(l.Facts, w.facts(seat.Moment)...)
	}
	if seat.Expected {
		l.Notes = append(l.Notes, w.words.attached)
	}
}

// staffDates lists what is off, what has moved and what is new.
func (w writer) staffDates(l *letter, seats []reads.HandoverSeat) {
	t := sortChanges(seats)
	l.Subject, l.Opening = "The sessions that you lead", staffDates
	if len(t.off)+len(t.moved) > 0 {
		l.Subject, l.Opening = "Changes to the sessions that you lead", staffDatesNews
	}
	oneCohort := !slices.ContainsFunc(seats, func(s reads.HandoverSeat) bool { return s.Cohort != seats[0].Cohort })
	if oneCohort {
		l.Facts = append(l.Facts, fact{"Cohort", oneLine(seats[0].Cohort), false})
	}
	named := func(when string, s reads.HandoverSeat) string {
		parts := []string{when}
		if !oneCohort {
			parts = append(parts, oneLine(s.Cohort))
		}
		if title := oneLine(s.Title); title != "" {
			parts = append(parts, title)
		}
		return strings.Join(parts, " · ")
	}
	for _, s := range t.off {
		off := w.off(s)
		off.Value = named(off.Value, s)
		l.Facts = append(l.Facts, off)
	}
	for _, s := range t.moved {
		moved := w.moved(s)
		moved[0].Value = named(moved[0].Value, s)
		l.Facts = append(l.Facts, moved...)
	}
	for _, s := range t.added {
		l.Facts = append(l.Facts, fact{"You lead", named(w.moment(s.Start, s.End), s), false})
	}
	w.staffPlace(l, t.added)
	if len(t.added) > 0 {
		l.Notes = append(l.Notes, staffInvites)
	}
	if slices.ContainsFunc(seats, func(s reads.HandoverSeat) bool { return s.Invited }) {
		l.Notes = append(l.Notes, staffFollows)
	}
}

// staffPlace adds the place of new sessions when all have the same.
func (w writer) staffPlace(l *letter, added []reads.HandoverSeat) {
	elsewhere := func(s reads.HandoverSeat) bool { return s.Place != added[0].Place }
	if len(added) == 0 || slices.ContainsFunc(added, elsewhere) {
		return
	}
	if place := w.place(added[0].Place); place != "" {
		l.Facts = append(l.Facts, fact{w.words.where, place, false})
	}
}

// sessionNames names a session by cohort and title.
func sessionNames(s reads.HandoverSeat) []fact {
	var facts []fact
	if cohort := oneLine(s.Cohort); cohort != "" {
		facts = append(facts, fact{"Cohort", cohort, false})
	}
	if title := oneLine(s.Title); title != "" {
		facts = append(facts, fact{"Session", title, false})
	}
	return facts
}

// staffEvent changes the calendar object of a mail to staff: it has a title and asks
// for no answer.
func staffEvent(i *calendar.Invitation, seat reads.HandoverSeat) {
	i.Event.Summary = strings.Trim(fmt.Sprintf("%s: %s", oneLine(seat.Cohort), oneLine(seat.Title)), ": ")
	i.Answer, i.AskReply = calendar.Accepted, false
}
