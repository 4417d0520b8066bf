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

// ownOffer is an offer as its person sees it.
type ownOffer struct {
	Enrollment string
	Seen       string // identifies the offer and its start time that were shown
	When       When
	Place      string
	Until      When
	Instead    When // the later date that it replaces
}

// actorOf returns the person of a page as the actor.
func actorOf(p reads.Page) access.Actor { return access.Person(string(p.Person), string(p.Clinic)) }

// showOffers adds the open offers to a page.
func (s *Server) showOffers(ctx context.Context, v *personPage, p reads.Page) error {
	for _, id := range p.Offered {
		book, err := s.Cohorts.Look(ctx,
			desk.Change{Clinic: p.Clinic, Actor: actorOf(p), Action: access.OfferAnswer},
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

// ownOffer reads the offer of an enrollment from a book. It returns false if there is no open
// offer.
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
			When: whenIn(entry.Start, entry.End, loc, w), Place: w.place(entry.Place),
			Until: whenIn(ends, time.Time{}, loc, w),
		}
		if later := book.InsteadOf(enrollment); later != nil {
			offer.Instead = whenIn(later.Start, time.Time{}, loc, w)
		}
		return offer, true
	}
	return ownOffer{}, false
}

// offerAnswer saves a person's answer to an offer. A late, repeated or foreign answer changes
// nothing and is explained on the page.
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
	answers := map[string]func(scheduler.ID) desk.Proposal{"accept": desk.Accept,
		"decline": desk.Decline}
	answer := answers[f.trimmed("answer")]
	if answer == nil {
		v.Refused = v.Words.ChooseOne
		return s.render(c, http.StatusUnprocessableEntity, v)
	}
	q, enrollment := desk.Request{Actor: actorOf(p), Clinic: p.Clinic}, scheduler.ID(f.trimmed("enrollment"))
	given := answer(enrollment)
	if offer, start, seen := strings.Cut(f.trimmed("seen"), "/"); seen {
		at, _ := time.Parse(time.RFC3339, start) // an invalid time matches no offer
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

// waitlistLeave removes the person of a page from all waitlists, because the page does not tell
// them apart. Repeating it has no effect.
func (s *Server) waitlistLeave(c echo.Context, _ visitor) error {
	_, p, err := s.loadPersonPage(c)
	if err != nil {
		return err
	}
	for _, enrollment := range p.Waits {
		err := s.Desk.Confirm(c.Request().Context(), desk.Request{Actor: actorOf(p), Clinic: p.Clinic},
			desk.LeaveWaitlist(enrollment))
		if err != nil && !fault.Is(err, fault.Closed) { // seated in the meantime
			return err
		}
	}
	return s.redirect(c, c.Param("token"), "/p/"+c.Param("token"), "left")
}
