package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// ownOffer is a seat that is kept for a person's answer, as the person reads it.
type ownOffer struct {
	Enrollment string
	Seen       string // which offer of which time an answer is to
	When       When
	Place      string
	Until      When
	Instead    When // the later date that an earlier one replaces
}

// actorOf is the person behind a page, who may answer their own offers.
func actorOf(p reads.Page) access.Actor { return access.Person(string(p.Person), string(p.Clinic)) }

// showOffers adds the offers that stand at this moment.
func (s *Server) showOffers(ctx context.Context, v *personPage, p reads.Page) error {
	for _, id := range p.Offered {
		book, err := s.Cohorts.Look(ctx, desk.Change{Clinic: p.Clinic, Actor: actorOf(p), Action: access.OfferAnswer},
			desk.Load{Enrollments: []scheduler.ID{id}})
		if err != nil {
			return err
		}
		if offer, ok := s.ownOffer(book, id, p.Zone, v.Words); ok {
			v.Offers = append(v.Offers, offer)
		}
	}
	return nil
}

// ownOffer reads the offer of an enrollment out of a book; false when none stands.
func (s *Server) ownOffer(book *scheduler.Book, enrollment scheduler.ID, zone string, w *words) (ownOffer, bool) {
	ends := book.OfferEnds(enrollment)
	if !ends.After(s.Now()) {
		return ownOffer{}, false
	}
	for _, r := range book.Rosters {
		e := r.Enrollment(enrollment)
		if e == nil {
			continue
		}
		entry, loc := r.Session(e.Offer().Entry), s.location(zone)
		offer := ownOffer{
			Enrollment: string(enrollment), Seen: string(e.Offer().ID) + "/" + entry.Start.UTC().Format(time.RFC3339),
			When: whenIn(entry.Start, entry.End, loc, w), Place: w.place(entry.Place), Until: whenIn(ends, time.Time{}, loc, w),
		}
		if later := book.InsteadOf(enrollment); later != nil {
			offer.Instead = whenIn(later.Start, time.Time{}, loc, w)
		}
		return offer, true
	}
	return ownOffer{}, false
}

// offerAnswer takes a person's answer to an offer. An answer that comes too late,
// twice, or to somebody else's offer changes nothing, and the page says so.
func (s *Server) offerAnswer(c echo.Context, _ visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, p, err := s.loadPersonPage(c)
	if err != nil {
		return err
	}
	if p.Over {
		return errNoFeed
	}
	answers := map[string]func(scheduler.ID) desk.Proposal{"accept": desk.Accept, "decline": desk.Decline}
	answer := answers[f.trimmed("answer")]
	if answer == nil {
		v.Refused = v.Words.ChooseOne
		return s.render(c, http.StatusUnprocessableEntity, v)
	}
	q, enrollment := desk.Request{Actor: actorOf(p), Clinic: p.Clinic}, scheduler.ID(f.trimmed("enrollment"))
	given := answer(enrollment)
	if offer, start, seen := strings.Cut(f.trimmed("seen"), "/"); seen {
		at, _ := time.Parse(time.RFC3339, start) // what is no time is none that was shown
		given = given.AsSeen(enrollment, scheduler.ID(offer), at)
	}
	err = s.Desk.Confirm(c.Request().Context(), q, given)
	if err != nil && (correctable[fault.KindOf(err)] || fault.Is(err, fault.NotFound)) {
		v.Refused = v.Words.OfferGone
		return s.render(c, http.StatusConflict, v)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, c.Param("token"), "/p/"+c.Param("token"), f.trimmed("answer"))
}

// waitlistLeave gives up every place on a waitlist of the person of a page, who cannot
// tell one from another there. Doing so again changes nothing.
func (s *Server) waitlistLeave(c echo.Context, _ visitor) error {
	_, p, err := s.loadPersonPage(c)
	if err != nil {
		return err
	}
	for _, enrollment := range p.Waits {
		err := s.Desk.Confirm(c.Request().Context(), desk.Request{Actor: actorOf(p), Clinic: p.Clinic}, desk.LeaveWaitlist(enrollment))
		if err != nil && !fault.Is(err, fault.Closed) { // a place was found in this moment
			return err
		}
	}
	return s.redirect(c, c.Param("token"), "/p/"+c.Param("token"), "left")
}
