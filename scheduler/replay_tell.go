package scheduler

import (
	"slices"
	"time"

	"almanac/protocols"
)

// tell compares what people know with what is true. Who has just been seated is
// welcomed at once; other changes rest for ChangeDelay, so that several become
// one message and an undone one none (rule R19).
func (p *Replay) tell() {
	p.tellOffers()
	for _, r := range p.book.Rosters {
		for _, e := range r.Enrollments {
			if !p.welcomed[e.ID] && !e.InPhase && e.State == Active {
				p.welcomed[e.ID] = true
				p.Notices = append(p.Notices, ReplayNotice{At: p.book.Now, Person: e.Person, About: AboutWelcome})
				p.know(e)
			}
		}
	}
	for _, person := range p.persons() {
		news := p.news(person)
		due, waits := p.owing[person]
		switch {
		case len(news) == 0:
			delete(p.owing, person)
		case !waits:
			p.owing[person] = p.book.Now.Add(ChangeDelay)
		case !due.After(p.book.Now):
			p.hand(person, news)
		}
	}
}

// tellOffers tells people of offers at once.
func (p *Replay) tellOffers() {
	for _, r := range p.book.Rosters {
		for _, e := range p.inTurn(r) {
			offer := e.Offer()
			if offer == nil || p.offers[offer.ID] {
				continue
			}
			p.offers[offer.ID] = true
			date := r.Session(offer.Entry).Wall.Date
			p.Notices = append(p.Notices, ReplayNotice{At: p.book.Now, Person: e.Person, About: AboutOffer, Dates: []protocols.Date{date}})
		}
	}
}

// inTurn lists the people with offers in the order of the waitlist.
func (p *Replay) inTurn(r *Roster) []*Enrollment {
	offered := slices.DeleteFunc(slices.Clone(r.Enrollments), func(e *Enrollment) bool { return e.Offer() == nil })
	slices.SortStableFunc(offered, func(a, b *Enrollment) int {
		if a.Before(b) {
			return -1
		}
		return 1
	})
	return offered
}

// persons lists who is enrolled, each once, in order of asking.
func (p *Replay) persons() []ID {
	var all []ID
	for _, r := range p.book.Rosters {
		for _, e := range r.Enrollments {
			if !slices.Contains(all, e.Person) {
				all = append(all, e.Person)
			}
		}
	}
	return all
}

// know marks the seats of an enrollment as told.
func (p *Replay) know(e *Enrollment) {
	for _, r := range p.book.Rosters {
		for _, seat := range r.Seats {
			if seat.Enrollment == e.ID {
				p.told[seat.ID] = Truth(seat, r.Session(seat.Session))
			}
		}
	}
}

// piece is one thing to tell about one seat.
type piece struct {
	about string
	date  protocols.Date
	seat  *Seat
	truth Moment
	start time.Time
}

// news lists what a person does not know yet. Who leaves hears of every told date still
// ahead; dates that only lie further ahead of somebody without an end come with their reminders.
func (p *Replay) news(person ID) []piece {
	var all []piece
	known := p.book.known(person)
	for i := range known {
		known[i].Known = p.told[known[i].Seat.ID]
	}
	for _, r := range p.book.Rosters {
		for _, seat := range r.Seats {
			home, e := p.book.withEnrollment(seat.Enrollment)
			if e == nil || e.Person != person {
				continue
			}
			s := r.Session(seat.Session)
			k := p.book.knownSeat(seat, s)
			k.Known = p.told[seat.ID]
			n := News{Seat: seat, Session: s, Before: k.Known, After: k.truth()}
			if n.Before.Equal(n.After) {
				continue
			}
			if !n.After.Expected {
				n.Off = k.Off()
			}
			silent := e.State == Pending || e.State == Offered || s.Past(p.book.Now) || !n.ahead(p.book.Now) || stands(n, known) ||
				!n.Before.Expected && home == r && r.Cohort.Rolling && !r.distinct() && s.Start.Sub(p.book.Now) > InviteWindow
			if silent {
				p.told[seat.ID] = n.After
				continue
			}
			all = append(all, piece{n.About(), s.Wall.Date, seat, n.After, s.Start})
		}
	}
	slices.SortStableFunc(all, func(a, b piece) int { return a.start.Compare(b.start) })
	return all
}

// hand tells somebody everything that has changed.
func (p *Replay) hand(person ID, news []piece) {
	delete(p.owing, person)
	for _, about := range []string{AboutLeft, AboutCancelled, AboutOff, AboutMoved, AboutAdded} {
		n := ReplayNotice{At: p.book.Now, Person: person, About: about}
		for _, one := range news {
			if one.about == about {
				n.Dates = append(n.Dates, one.date)
				p.told[one.seat.ID] = one.truth
			}
		}
		if len(n.Dates) > 0 {
			p.Notices = append(p.Notices, n)
		}
	}
}
