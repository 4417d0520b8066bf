package scheduler

import (
	"maps"
	"slices"
	"time"

	"almanac/protocols/civil"
)

// tell compares what people know with what is true. Who has just been seated is
// welcomed at once; other changes rest for ChangeDelay, so that several become
// one message and an undone one none (rule R19).
func (p *Replay) tell() {
	p.tellOffers()
	for _, r := range p.book.Rosters {
		for _, e := range r.living() {
			if !p.welcomed[e.ID] && !e.InPhase && e.State == Active {
				p.welcomed[e.ID] = true
				p.Notices = append(p.Notices, ReplayNotice{At: p.book.Now, Person: e.Person, About: AboutWelcome})
				p.know(e)
			}
		}
	}
	all := p.news()
	for _, person := range p.concerned(all) {
		news := all[person]
		due, waits := p.tellAt[person]
		switch {
		case len(news) == 0:
			delete(p.tellAt, person)
		case !waits:
			p.tellAt[person] = p.book.Now.Add(ChangeDelay)
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
			p.Notices = append(p.Notices,
				ReplayNotice{At: p.book.Now, Person: e.Person, About: AboutOffer, Dates: []civil.Date{date}})
		}
	}
}

// inTurn lists the people with offers in the order of the waitlist.
func (p *Replay) inTurn(r *Roster) []*Enrollment {
	offered := slices.DeleteFunc(slices.Clone(r.living()), func(e *Enrollment) bool { return e.Offer() == nil })
	slices.SortStableFunc(offered, func(a, b *Enrollment) int {
		if a.Before(b) {
			return -1
		}
		return 1
	})
	return offered
}

// concerned lists who has news or was to have some, in the order of asking.
func (p *Replay) concerned(news map[ID][]piece) []ID {
	people := slices.Collect(maps.Keys(news))
	for person := range p.tellAt {
		if news[person] == nil {
			people = append(people, person)
		}
	}
	enrolled := 0
	for _, r := range p.book.Rosters {
		enrolled += len(r.Enrollments)
	}
	if p.ranked != enrolled {
		p.rank, p.ranked = map[ID]int{}, enrolled
		for _, r := range p.book.Rosters {
			for _, e := range r.Enrollments {
				if _, known := p.rank[e.Person]; !known {
					p.rank[e.Person] = len(p.rank)
				}
			}
		}
	}
	slices.SortFunc(people, func(a, b ID) int { return p.rank[a] - p.rank[b] })
	return people
}

// know marks the seats of an enrollment as told.
func (p *Replay) know(e *Enrollment) {
	for _, r := range p.book.Rosters {
		for _, seat := range r.SeatsOf(e.ID) {
			p.told[seat.ID] = MomentOf(seat, r.Session(seat.Session))
		}
	}
}

// piece is one thing to tell about one seat.
type piece struct {
	about  string
	date   civil.Date
	seat   *Seat
	moment Moment
	start  time.Time
}

// news lists what people do not know yet, by person. Who leaves hears of every told date still
// ahead; dates that only lie further ahead of somebody without an end come with their reminders.
func (p *Replay) news() map[ID][]piece {
	all, known := map[ID][]piece{}, map[ID][]KnownSeat{}
	for _, r := range p.book.Rosters {
		for _, s := range r.since(p.book.Now) {
			for _, seat := range r.seatsIn(s.ID) {
				if one := p.look(r, s, seat, known); one != nil {
					all[seat.Person] = append(all[seat.Person], *one)
				}
			}
		}
	}
	for _, pieces := range all {
		slices.SortStableFunc(pieces, func(a, b piece) int { return a.start.Compare(b.start) })
	}
	return all
}

// look gives what is not known of one seat, nil when there is nothing to tell; known
// holds the seats of people who were looked at.
func (p *Replay) look(r *Roster, s *Session, seat *Seat, known map[ID][]KnownSeat) *piece {
	home, e := p.book.withEnrollment(seat.Enrollment)
	told := p.told[seat.ID]
	if e == nil {
		return nil
	}
	if seated := e.State == Active || e.State == OnHold; seated && told.Equal(MomentOf(seat, s)) ||
		!seated && !told.Expected {
		return nil
	}
	k := p.book.knownSeat(seat, s)
	k.Known = told
	n := News{Seat: seat, Session: s, Before: told, After: k.current()}
	if n.Before.Equal(n.After) {
		return nil
	}
	if !n.After.Expected {
		n.Off = k.Off()
	}
	if _, seen := known[e.Person]; !seen {
		known[e.Person] = p.book.known(e.Person)
		for i := range known[e.Person] {
			known[e.Person][i].Known = p.told[known[e.Person][i].Seat.ID]
		}
	}
	silent := e.State == Pending || e.State == Offered || s.Past(p.book.Now) || !n.ahead(p.book.Now) ||
		stands(n, known[e.Person]) ||
		!n.Before.Expected && home == r && r.Cohort.Rolling && !r.distinct() && s.Start.Sub(p.book.Now) > InviteWindow
	if silent {
		p.told[seat.ID] = n.After
		return nil
	}
	return &piece{n.About(), s.Wall.Date, seat, n.After, s.Start}
}

// hand tells somebody everything that has changed.
func (p *Replay) hand(person ID, news []piece) {
	delete(p.tellAt, person)
	for _, about := range []string{AboutLeft, AboutCancelled, AboutOff, AboutMoved, AboutAdded} {
		n := ReplayNotice{At: p.book.Now, Person: person, About: about}
		for _, one := range news {
			if one.about == about {
				n.Dates = append(n.Dates, one.date)
				p.told[one.seat.ID] = one.moment
			}
		}
		if len(n.Dates) > 0 {
			p.Notices = append(p.Notices, n)
		}
	}
}
