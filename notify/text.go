package notify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/notify/sms"
	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// Texts hands finished texts over: a driver of package sms to a gateway, KeptTexts to files. It is safe for
// concurrent use, and works as Channel does.
type Texts interface {
	Send(ctx context.Context, m sms.Message) sms.Delivery
	Check(ctx context.Context) error
	Close() error
}

// ComposeText writes the text of a hand-over: one part for all but what staff wrote and the question whether a number
// takes texts. It names nobody. Invalid when there is no date to tell, or the number is none (field "address").
func (c *Composer) ComposeText(h reads.Handover) (sms.Message, error) {
	if !strings.HasPrefix(h.Address, "+") {
		return sms.Message{}, fault.In("address", "The stored number is not a telephone number; correct it on the "+
			"person's page.")
	}
	h.Seats = slices.Clone(h.Seats)
	slices.SortStableFunc(h.Seats, func(a, b reads.HandoverSeat) int {
		return shownMoment(h, a).Start.Compare(shownMoment(h, b).Start)
	})
	w := textWriter{
		writer: writer{clock: clock{words: wordsOf(h.Language), zone: c.zone(h.Zone)},
			base:  strings.TrimRight(c.publicURL(), "/"),
			zones: func(name string) *time.Location { return c.zone(name) }},
		say: textsOf(h.Language),
	}
	text, err := w.write(h)
	if err != nil {
		return sms.Message{}, err
	}
	return sms.Message{Notice: h.Notice, Clinic: h.Clinic, Attempt: h.Attempt, To: h.Address,
		Text: sms.Plain(text)}, nil
}

// textWriter is everything that a text needs besides the hand-over.
type textWriter struct {
	writer
	say textWords
}

func (w textWriter) write(h reads.Handover) (string, error) {
	needsDate := h.Kind == scheduler.Reminder || h.Kind == scheduler.OfferNotice || h.Kind == scheduler.Changes
	if needsDate && len(h.Seats) == 0 {
		return "", fault.New(fault.Invalid, "There is no date to tell.")
	}
	var text string
	switch h.Kind {
	case scheduler.Welcome:
		text = w.say.welcome
	case scheduler.Reminder:
		text = fmt.Sprintf(w.say.reminder, w.clock.subject(h.Seats[0].Start))
	case scheduler.Changes:
		headline, _ := w.headline(sortChanges(h.Seats))
		text = fmt.Sprintf(w.say.changes, headline)
	case scheduler.OfferNotice:
		text = fmt.Sprintf(w.say.offer, w.clock.subject(h.Seats[0].Start), w.clock.subject(h.AnswerBy))
	case scheduler.OnWaitlist:
		text = w.say.waitlist
	case scheduler.StaffMessage:
		return strings.Join(paragraphs(h.Message), "\n"), nil
	case scheduler.AddressCode:
		return fmt.Sprintf(w.say.code, h.Code), nil
	case scheduler.AddressChanged:
		return w.say.changed + " " + w.base + "/k/" + h.Stop, nil
	case scheduler.OptIn:
		return fmt.Sprintf(w.say.optIn, w.sender(h.Contact), w.base+"/texts"), nil
	default:
		return "", fault.New(fault.Invalid, "This cannot be said in a text.")
	}
	if h.Links.Page != "" {
		text += " " + w.base + "/p/" + h.Links.Page
	}
	return text, nil
}

// sender names who texts: as the clinic shows itself, else neutrally.
func (w textWriter) sender(c scheduler.ClinicContact) string {
	if c.Name != "" {
		return c.Name
	}
	return w.say.sender
}
