package scheduler

import (
	"fmt"
	"strconv"

	"almanac/scheduler/fault"
)

// askAboutStoppedOffers gives staff one task when offers to a person stop.
func (b *Book) askAboutStoppedOffers(r *Roster, e *Enrollment) {
	if !e.offersStopped() {
		return
	}
	about := AboutOffersStopped
	if _, _, declines := e.offersNotTaken(); declines >= notTakenAllowed {
		about = AboutDeclines
	}
	if b.ask(r, e, about, fmt.Sprint(e.ID, len(e.Offers))) {
		b.say(e.Person, "Did not take several offers in a row, so no more are made until somebody starts them again.")
	}
}

// OfferAgain starts the offers to somebody again whose offers were stopped. Closed
// when they are not stopped; NotFound when there is no such enrollment.
func (b *Book) OfferAgain(enrollment ID) error {
	_, e := b.withEnrollment(enrollment)
	switch {
	case e == nil:
		return noEnrollment()
	case e.State != Waiting || !e.offersStopped():
		return fault.New(fault.Closed, "Offers to this person have not stopped: the enrollment is %s.",
			e.State.inWords())
	}
	e.record(Fact{Kind: FactOffersAgain, What: strconv.Itoa(len(e.Offers)), At: b.Now})
	b.say(e.Person, "Is offered seats again.")
	b.note("enrollment.offers", e.ID, e.Person)
	return b.recompute()
}

// OffersStopped tells whether a waiting person gets no more offers.
func (e *Enrollment) OffersStopped() bool { return e.State == Waiting && e.offersStopped() }
