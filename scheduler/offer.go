package scheduler

import (
	"slices"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// The hours of the person in which no offer lapses.
const (
	nightBegins = 21
	nightEnds   = 8
)

// How many offers in vain stop the offers, until somebody starts them again:
// declines and lapses together, and lapses one after the other.
const (
	notTakenAllowed = 3
	lapsesAllowed   = 2
)

// mostOffered is how many people of a waitlist one change may offer seats to.
const mostOffered = 25

// waitlist lists who waits, in the order of the waitlist.
func (r *Roster) waitlist() []*Enrollment {
	var list []*Enrollment
	for _, e := range r.living() {
		if e.State == Waiting {
			list = append(list, e)
		}
	}
	slices.SortStableFunc(list, func(one, other *Enrollment) int {
		switch {
		case one.Before(other):
			return -1
		case other.Before(one):
			return 1
		}
		return 0
	})
	return list
}

// FirstWaiting lists the first 25 of the waitlist whose offers have not stopped. One
// change offers seats to no others who waited before it, so their people are enough.
func (r *Roster) FirstWaiting() []*Enrollment {
	list := slices.DeleteFunc(r.waitlist(), (*Enrollment).offersStopped)
	return list[:min(len(list), mostOffered)]
}

// offerable lists the people to whom this change may offer seats, in the order of
// the waitlist: the first 25 when the change began, and people that it added.
func (b *Book) offerable(r *Roster) []*Enrollment {
	first := map[ID]bool{}
	if before := b.Before(r.Cohort.ID); before != nil {
		for _, e := range before.FirstWaiting() {
			first[e.ID] = true
		}
	}
	return slices.DeleteFunc(r.waitlist(), func(e *Enrollment) bool {
		was := b.was(e.ID)
		stood := was != nil && was.State == Waiting && was.offersStopped() == e.offersStopped() &&
			was.Front == e.Front && was.Priority == e.Priority && was.Earliest == e.Earliest
		return e.offersStopped() || stood && !first[e.ID]
	})
}

// makeOffers offers the first entry inside the seat horizon to the first of these
// people of the waitlist who can take it, and so on (rules R4 and R13). Nobody is
// seated from the waitlist without accepting, and an offer that would lapse at
// once is not made.
func (b *Book) makeOffers(r *Roster, to []*Enrollment) {
	upcoming := r.upcoming(b.Now)
	anyFree := slices.ContainsFunc(upcoming, func(s *Session) bool { return !r.closedTo(s, "") })
	if !anyFree || r.open(b.Now) != nil {
		return
	}
	for _, e := range to {
		for at := range b.beginningsAmong(r, e, upcoming, b.entryLimit(r, e)) {
			if b.seatsFor(r, e, at) < 1 || r.keptForShort(e, at.stay) {
				continue
			}
			offer := Offer{ID: offerID(e.ID, len(e.Offers)+1), Entry: at.entry.ID, MadeAt: b.Now, State: OfferOpen}
			told := offer
			told.ToldAt = b.Now
			if !b.lapses(r, e, told).After(b.Now) {
				continue
			}
			if b.trusting {
				offer = told
			}
			e.Offers = append(slices.Clone(e.Offers), offer)
			e.State = Offered
			b.seat(r, e, at)
			b.say(e.Person, "Is offered the entry of %s (%s).", at.entry.Wall.Date, at.entry.Position)
			break
		}
	}
}

// lapses is when an offer ends: the protocol's time after the person was told,
// no later than the lead before the entry, and never in the night of the
// person. Until they are told only the entry bounds it.
func (b *Book) lapses(r *Roster, e *Enrollment, o Offer) time.Time {
	entry := r.Session(o.Entry)
	if entry == nil {
		return o.MadeAt
	}
	return OfferLapses(r.Definition, o, entry.Start, b.zone(b.zoneOf(r, e)))
}

// OfferLapses is when an offer of an entry that starts at a moment ends by itself. zone is the person's.
func OfferLapses(d *protocols.Definition, o Offer, entry time.Time, zone *time.Location) time.Time {
	if o.Short {
		return shortLapses(o, entry, zone)
	}
	limit := entry.Add(-elapsed(d.Entry.Lead))
	if o.ToldAt.IsZero() {
		return limit
	}
	return outsideNight(earlier(o.ToldAt.Add(elapsed(d.Waitlist.OfferExpires)), limit), limit, zone)
}

// OfferEnds is when the offer of an enrollment lapses as things stand: until the
// person is told of it, only the entry bounds it. Zero when no offer stands.
func (b *Book) OfferEnds(enrollment ID) time.Time {
	r, e := b.withEnrollment(enrollment)
	if e == nil || e.Offer() == nil {
		return time.Time{}
	}
	return b.lapses(r, e, *e.Offer())
}

// outsideNight moves an instant of the night to the morning if that is before
// the limit, otherwise back to the evening.
func outsideNight(t, limit time.Time, loc *time.Location) time.Time {
	wall := civil.WallOf(t, loc)
	evening := civil.WallTime{Date: wall.Date, Clock: civil.Clock{Hour: nightBegins}}
	morning := civil.WallTime{Date: wall.Date, Clock: civil.Clock{Hour: nightEnds}}
	switch {
	case t.Equal(civil.Resolve(evening, loc).Instant):
		return t
	case wall.Clock.Hour < nightEnds:
		evening.Date = wall.Date.AddDays(-1)
	case wall.Clock.Hour >= nightBegins:
		morning.Date = wall.Date.AddDays(1)
	default:
		return t
	}
	if at := civil.Resolve(morning, loc).Instant; at.Before(limit) {
		return at
	}
	return civil.Resolve(evening, loc).Instant
}

// lapseOffers ends the offers whose time is over, or whose entry is gone, and makes
// those anew whose entry has moved since they were told.
func (b *Book) lapseOffers() {
	for _, r := range b.Rosters {
		for _, e := range r.living() {
			offer := e.Offer()
			if e.State != Offered || offer == nil {
				b.lapseEarlier(r, e)
				continue
			}
			entry := r.Session(offer.Entry)
			switch {
			case entry == nil || !entry.Live():
				b.say(e.Person, "What was offered is cancelled; the place on the waitlist is kept.")
				b.giveBack(r, e, OfferTaken)
			case !b.lapses(r, e, *offer).After(b.Now):
				b.say(e.Person, "The offer of %s lapses; the place on the waitlist is kept.", entry.Wall.Date)
				b.giveBack(r, e, OfferLapsed)
				b.askAboutStoppedOffers(r, e)
			case !offer.ToldAt.IsZero() && b.entryMoved(r, e, *offer):
				b.offerAnew(r, e, entry)
			}
		}
	}
}

// entryMoved tells whether the change gave the entry of an offer, which it did not
// make itself, another time.
func (b *Book) entryMoved(r *Roster, e *Enrollment, o Offer) bool {
	was, old := b.was(e.ID), b.Before(r.Cohort.ID)
	if was == nil || was.Offer() == nil || was.Offer().ID != o.ID || old == nil {
		return false
	}
	before := old.Session(o.Entry)
	return before != nil && !before.Start.Equal(r.Session(o.Entry).Start)
}

// offerAnew replaces an offer whose person knows another time of its entry. The
// seats stay kept; they are told of the new time, and theirs to answer runs from
// then on. Where nobody could answer before the entry any more, they wait again.
func (b *Book) offerAnew(r *Roster, e *Enrollment, entry *Session) {
	anew := Offer{ID: offerID(e.ID, len(e.Offers)+1), Entry: entry.ID, MadeAt: b.Now, State: OfferOpen}
	told := anew
	told.ToldAt = b.Now
	if !b.lapses(r, e, told).After(b.Now) {
		b.say(e.Person, "What was offered has moved so near that nobody could answer; the place on the waitlist is "+
			"kept.")
		b.giveBack(r, e, OfferTaken)
		return
	}
	if b.trusting {
		anew = told
	}
	e.endOffer(OfferTaken)
	e.Offers = append(e.Offers, anew)
	b.say(e.Person, "What was offered has moved: they are told that it is on %s now.", entry.Wall.Date)
}

// giveBack returns somebody with an offer to the waitlist. Seats that were kept
// for them leave their list, those in cancelled sessions too, and those that
// began while nobody looked: without an answer nobody attends. What was attended
// before a leave stays.
func (b *Book) giveBack(r *Roster, e *Enrollment, how OfferState) {
	var from time.Time
	if entry := r.Session(e.Entry); entry != nil {
		from = entry.Start
	}
	e.endOffer(how)
	for _, p := range b.heldSeats(e.ID) {
		unanswered := p.seat.State == SeatPlanned && !from.IsZero() && !p.session.Start.Before(from)
		if p.session.Start.After(b.Now) || unanswered {
			p.seat.State = SeatReleased
		}
	}
	e.State, e.Entry = Waiting, ""
}

// Accept takes an offer. Closed when the person has none, or it has lapsed;
// NotFound when there is no such enrollment.
func (b *Book) Accept(enrollment ID) error {
	r, e, err := b.offered(enrollment)
	if err != nil {
		return err
	}
	if e.State != Offered {
		return b.takeEarlier(r, e)
	}
	e.endOffer(OfferAccepted)
	e.Front = false
	b.say(e.Person, "Accepts the entry of %s.", r.Session(e.Entry).Wall.Date)
	if err := e.become(Active); err != nil {
		return err
	}
	b.note("offer.accept", e.ID, e.Person)
	return b.recompute()
}

// Decline gives an offer back; the person keeps their place and is not offered
// the same entry again. After three, or two lapses in a row, nothing more is
// offered and staff get a task. It fails as Accept does.
func (b *Book) Decline(enrollment ID) error {
	r, e, err := b.offered(enrollment)
	if err != nil {
		return err
	}
	if e.State != Offered {
		return b.leaveEarlier(r, e)
	}
	b.say(e.Person, "Declines the entry of %s; the place on the waitlist is kept.", r.Session(e.Entry).Wall.Date)
	b.giveBack(r, e, OfferDeclined)
	b.askAboutStoppedOffers(r, e)
	b.note("offer.decline", e.ID, e.Person)
	return b.recompute()
}

// Tell records that staff told somebody of their offer, so that its time runs.
// It fails as Accept does, and does nothing when they were told before.
func (b *Book) Tell(enrollment ID) error {
	_, e, err := b.offered(enrollment)
	if err != nil {
		return err
	}
	e.Offers = slices.Clone(e.Offers)
	for i := range e.Offers {
		if e.Offers[i].State == OfferOpen && e.Offers[i].ToldAt.IsZero() {
			e.Offers[i].ToldAt = b.Now
		}
	}
	b.note("offer.tell", e.ID, e.Person)
	return b.recompute()
}

// CheckAnswer refuses an answer to an offer that is not the person's own, or not the one that was seen. person is
// empty for staff, who may answer for anybody.
func (b *Book) CheckAnswer(enrollment, person ID) error {
	if _, e := b.withEnrollment(enrollment); person != "" && (e == nil || e.Person != person) {
		return fault.New(fault.NotFound, "There is no such offer. Look at your own page again.")
	}
	return b.checkSeen(enrollment)
}

// CheckShown is Closed when another offer stands than the one that was shown, or when its entry was moved since. It
// is nil when no offer stands, because the answer then says why.
func (b *Book) CheckShown(enrollment, offer ID, start time.Time) error {
	r, e := b.withEnrollment(enrollment)
	if e == nil || e.Offer() == nil {
		return nil
	}
	if entry := r.Session(e.Offer().Entry); e.Offer().ID != offer || entry == nil || !entry.Start.Equal(start) {
		return fault.New(fault.Closed,
			"The dates of this offer have changed since they were shown. Look at them again before you answer.")
	}
	return nil
}

// LeaveWaitlist gives up a place on a waitlist. NotFound when it is another person's; person is empty for staff.
// Closed when they do not wait.
func (b *Book) LeaveWaitlist(enrollment, person ID) error {
	_, e := b.withEnrollment(enrollment)
	switch {
	case e == nil || person != "" && e.Person != person:
		return fault.New(fault.NotFound, "There is no such waitlist place. Look at your own page again.")
	case e.State != Waiting:
		return fault.New(fault.Closed, "This person is no longer on the waitlist: the enrollment is %s.",
			e.State.inWords())
	}
	return b.Withdraw(enrollment)
}

// checkSeen refuses an answer when the offer that stands was made only now,
// because the one that was seen has lapsed: nobody may say yes to dates they
// have not seen.
func (b *Book) checkSeen(enrollment ID) error {
	_, e := b.withEnrollment(enrollment)
	was := b.was(enrollment)
	if e == nil || was == nil || e.Offer() == nil {
		return nil
	}
	switch seen := was.Offer(); {
	case seen == nil:
		return fault.New(fault.Closed, "This person has no open offer: the enrollment is %s.",
			was.State.inWords())
	case seen.ID != e.Offer().ID:
		return lapsed()
	}
	return nil
}

func lapsed() error {
	return fault.New(fault.Closed,
		"This offer has lapsed. The place on the waitlist is kept, and another offer comes when there is a seat.")
}

func takenBack() error {
	return fault.New(fault.Closed,
		"This offer is no longer available. The place on the waitlist is kept, and another offer comes when "+
			"there is a seat.")
}

// offered finds an enrollment whose offer stands at this moment.
func (b *Book) offered(enrollment ID) (*Roster, *Enrollment, error) {
	r, e := b.withEnrollment(enrollment)
	if e == nil {
		return nil, nil, noEnrollment()
	}
	offer, last := e.Offer(), OfferState("")
	if n := len(e.Offers); n > 0 {
		last = e.Offers[n-1].State
	}
	switch {
	case e.State == Waiting && last == OfferLapsed:
		return nil, nil, lapsed()
	case e.State == Waiting && last == OfferTaken:
		return nil, nil, takenBack()
	case e.State != Offered && e.State != Active || offer == nil:
		return nil, nil, fault.New(fault.Closed, "This person has no open offer: the enrollment is %s.",
			e.State.inWords())
	case !b.lapses(r, e, *offer).After(b.Now):
		return nil, nil, lapsed()
	}
	return r, e, nil
}

// expected finds the entry that somebody who waits will get if everyone stays
// as projected and everyone ahead takes the first entry they can; zero when
// none lies within the projection.
func (b *Book) expected(r *Roster, e *Enrollment) civil.Date {
	if e.State != Waiting {
		return civil.Date{}
	}
	return b.expectedUpTo(r, e.ID)[e.ID]
}

// ExpectedEntries gives the expected entries of a cohort's waitlist, as Itinerary does. It stops
// after the enrollment last; empty: it goes to the end. Enrollments without an entry in the
// projection are left out.
func (b *Book) ExpectedEntries(cohort, last ID) map[ID]civil.Date {
	r := b.Roster(cohort)
	if r == nil {
		return nil
	}
	return b.expectedUpTo(r, last)
}

// expectedUpTo seats the waitlist in turn, each person at the first entry they can take. It
// stops after the enrollment until; empty: it goes to the end.
func (b *Book) expectedUpTo(r *Roster, until ID) map[ID]civil.Date {
	last := b.projected(b.zone(r.Cohort.Zone))
	entries := map[ID]civil.Date{}
	fork, copied := b.fork(r)
	for _, next := range copied.waitlist() {
		if next.offersStopped() {
			continue
		}
		for at := range fork.beginnings(copied, next, time.Time{}) {
			if at.entry.Wall.Date.After(last) {
				break
			}
			entries[next.ID] = at.entry.Wall.Date
			next.State = Active
			fork.seat(copied, next, at)
			break
		}
		if next.ID == until {
			break
		}
	}
	return entries
}

// fork copies a book so far as seats of one roster may be taken in it: who waits, and
// who sits in the sessions to come. What is past is shared, because nobody changes it.
func (b *Book) fork(r *Roster) (*Book, *Roster) {
	copied, fork := &Roster{
		Cohort: r.Cohort, Definition: r.Definition, Sessions: r.Sessions, Seats: r.seatsSince(b.Now),
		Resting: r.Resting, resting: r.resting, kept: r.kept, given: r.given,
	}, *b
	copied.Enrollments = cloneAll(r.withEarlier())
	fork.Rosters = slices.Clone(b.Rosters)
	fork.Rosters[slices.Index(fork.Rosters, r)] = copied
	return &fork, copied
}
