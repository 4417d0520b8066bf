package scheduler

import (
	"fmt"
	"slices"
	"time"

	"almanac/protocols"
	"almanac/scheduler/fault"
)

// The hours of the person in which no offer lapses.
const (
	nightBegins = 21
	nightEnds   = 8
)

// declinesAllowed is how many offers somebody may decline before staff look at it.
const declinesAllowed = 3

// ahead is the order of the waitlist: who lost a seat to a leave, then by
// priority, then by who asked first.
func (l *Ledger) ahead(a, b *Enrollment) bool {
	if first := l.course(a).front; first != l.course(b).front {
		return first
	}
	return a.before(b)
}

// waiting lists the waitlist of a cohort in its order.
func (l *Ledger) waiting(r *Roster) []*Enrollment {
	var list []*Enrollment
	for _, e := range r.Enrollments {
		if e.State == Waiting {
			list = append(list, e)
		}
	}
	slices.SortStableFunc(list, func(a, b *Enrollment) int {
		switch {
		case l.ahead(a, b):
			return -1
		case l.ahead(b, a):
			return 1
		}
		return 0
	})
	return list
}

// makeOffers offers the first entry inside the seat horizon to the first person
// of the waitlist who can take it, and so on (rules R4 and R13). Nobody is
// seated from the waitlist without accepting, and an offer that would lapse at
// once is not made.
func (l *Ledger) makeOffers(r *Roster) {
	for _, e := range l.waiting(r) {
		for at := range l.beginnings(r, e) {
			if r.Cohort.Rolling && at.entry.Start.Sub(l.book.Now) > r.seatHorizon() {
				break
			}
			lapses := l.lapses(r, e, at.entry)
			if !lapses.After(l.book.Now) {
				continue
			}
			c := l.course(e)
			c.offer, e.State = lapses, Offered
			l.seat(r, e, at)
			l.Notices = append(l.Notices, LedgerNotice{At: l.book.Now, Person: e.Person, About: "offer", Dates: []protocols.Date{at.entry.Wall.Date}})
			l.say(e.Person, "Is offered the entry of %s (%s).", at.entry.Wall.Date, at.entry.Position)
			break
		}
	}
}

// lapses is when an offer made now ends: after the protocol's time and no later
// than the lead before the entry, and never in the night of the person.
func (l *Ledger) lapses(r *Roster, e *Enrollment, entry *Session) time.Time {
	limit := entry.Start.Add(-elapsed(r.Definition.Entry.Lead))
	end := earlier(l.book.Now.Add(elapsed(r.Definition.Waitlist.OfferExpires)), limit)
	zone := r.Cohort.Zone
	if p := l.book.People[e.Person]; p != nil && p.Zone != "" {
		zone = p.Zone
	}
	loc, err := l.book.Zones.Location(zone)
	if err != nil {
		return end
	}
	return outsideNight(end, limit, loc)
}

// outsideNight moves an instant of the night to the morning if that is before
// the limit, otherwise back to the evening.
func outsideNight(t, limit time.Time, loc *time.Location) time.Time {
	wall := protocols.WallOf(t, loc)
	evening := protocols.WallTime{Date: wall.Date, Clock: protocols.Clock{Hour: nightBegins}}
	morning := protocols.WallTime{Date: wall.Date, Clock: protocols.Clock{Hour: nightEnds}}
	switch {
	case wall.Clock == evening.Clock:
		return t
	case wall.Clock.Hour < nightEnds:
		evening.Date = wall.Date.AddDays(-1)
	case wall.Clock.Hour >= nightBegins:
		morning.Date = wall.Date.AddDays(1)
	default:
		return t
	}
	if at := protocols.Resolve(morning, loc).Instant; at.Before(limit) {
		return at
	}
	return protocols.Resolve(evening, loc).Instant
}

// lapseOffers ends the offers whose time is over.
func (l *Ledger) lapseOffers() {
	for _, r := range l.book.Rosters {
		for _, e := range r.Enrollments {
			if e.State == Offered && !l.course(e).offer.After(l.book.Now) {
				l.say(e.Person, "The offer of %s lapses; the place on the waitlist is kept.", r.Session(e.Entry).Wall.Date)
				l.giveBack(e)
			}
		}
	}
}

// giveBack returns somebody with an offer to the waitlist.
func (l *Ledger) giveBack(e *Enrollment) {
	c := l.course(e)
	c.declined[e.Entry], c.offer = true, time.Time{}
	l.release(e)
	e.State, e.Entry = Waiting, ""
}

// Accept takes an offer. Closed when the person has none, or it has lapsed.
func (l *Ledger) Accept(person, cohort ID) error {
	r, e, err := l.offered(person, cohort)
	if err != nil {
		return err
	}
	c := l.course(e)
	c.offer, c.front = time.Time{}, false
	l.say(person, "Accepts the entry of %s.", r.Session(e.Entry).Wall.Date)
	if err := e.become(Active); err != nil {
		return err
	}
	return l.recompute()
}

// Decline gives an offer back; the person keeps their place and is not offered
// the same entry again. After three, staff get a task. It fails as Accept does.
func (l *Ledger) Decline(person, cohort ID) error {
	r, e, err := l.offered(person, cohort)
	if err != nil {
		return err
	}
	c := l.course(e)
	c.declines++
	l.say(person, "Declines the entry of %s; the place on the waitlist is kept.", r.Session(e.Entry).Wall.Date)
	l.giveBack(e)
	if c.declines >= declinesAllowed {
		l.ask(person, AboutDeclines, fmt.Sprint(e.ID, c.declines))
	}
	return l.recompute()
}

func (l *Ledger) offered(person, cohort ID) (*Roster, *Enrollment, error) {
	r, e, err := l.enrolled(person, cohort)
	if err == nil && e.State != Offered {
		err = fault.New(fault.Closed, "This person has no offer that stands: the enrollment is %s.", e.State)
	}
	return r, e, err
}

// expected finds the entry that somebody who waits will get if everyone stays
// as projected and everyone ahead takes the first entry they can; zero when
// none lies within the projection.
func (l *Ledger) expected(r *Roster, e *Enrollment) protocols.Date {
	loc, err := l.book.Zones.Location(r.Cohort.Zone)
	if err != nil || e.State != Waiting {
		return protocols.Date{}
	}
	last := protocols.WallOf(l.book.Now, loc).Date.AddDays(int(Projection / (24 * time.Hour)))
	fork, copied := l.fork(r)
	for _, next := range fork.waiting(copied) {
		for at := range fork.beginnings(copied, next) {
			if at.entry.Wall.Date.After(last) {
				break
			}
			if next.ID == e.ID {
				return at.entry.Wall.Date
			}
			next.State = Active
			fork.seat(copied, next, at)
			break
		}
	}
	return protocols.Date{}
}

// fork copies a ledger so far as seats of one roster may be taken in it.
func (l *Ledger) fork(r *Roster) (*Ledger, *Roster) {
	copied := r.clone()
	book, fork := *l.book, *l
	book.Rosters = slices.Clone(l.book.Rosters)
	book.Rosters[slices.Index(book.Rosters, r)] = copied
	fork.book = &book
	return &fork, copied
}
