package scheduler

import (
	"fmt"
	"strconv"

	"almanac/scheduler/fault"
)

// askSilent gives staff one task when the offers to somebody stop.
func (b *Book) askSilent(r *Roster, e *Enrollment) {
	if !e.silent() {
		return
	}
	about := AboutSilence
	if _, _, declines := e.vain(); declines >= vainAllowed {
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
	case e.State != Waiting || !e.silent():
		return fault.New(fault.Closed, "Nothing keeps offers from this person: the enrollment is %s.",
			e.State.inWords())
	}
	e.record(Fact{Kind: FactOffersAgain, What: strconv.Itoa(len(e.Offers)), At: b.Now})
	b.say(e.Person, "Is offered seats again.")
	b.note("enrollment.offers", e.ID, e.Person)
	return b.recompute()
}

// Silent tells whether the offers to somebody who waits have stopped.
func (e *Enrollment) Silent() bool { return e.State == Waiting && e.silent() }
