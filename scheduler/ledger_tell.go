package scheduler

import (
	"slices"
	"time"

	"almanac/protocols"
)

// tell compares what people know with what is true. Who has just been seated is
// welcomed at once; other changes rest for ChangeDelay, so that several become
// one message and an undone one none (rule R19).
func (l *Ledger) tell() {
	l.tellOffers()
	for _, r := range l.book.Rosters {
		for _, e := range r.Enrollments {
			if !l.welcomed[e.ID] && !e.InPhase && e.State == Active {
				l.welcomed[e.ID] = true
				l.Notices = append(l.Notices, LedgerNotice{At: l.book.Now, Person: e.Person, About: AboutWelcome})
				l.know(e)
			}
		}
	}
	for _, person := range l.persons() {
		news := l.news(person)
		due, waits := l.owing[person]
		switch {
		case len(news) == 0:
			delete(l.owing, person)
		case !waits:
			l.owing[person] = l.book.Now.Add(ChangeDelay)
		case !due.After(l.book.Now):
			l.hand(person, news)
		}
	}
}

// tellOffers tells people of offers at once.
func (l *Ledger) tellOffers() {
	for _, r := range l.book.Rosters {
		for _, e := range l.inTurn(r) {
			offer := e.Offer()
			if offer == nil || l.offers[offer.ID] {
				continue
			}
			l.offers[offer.ID] = true
			date := r.Session(offer.Entry).Wall.Date
			l.Notices = append(l.Notices, LedgerNotice{At: l.book.Now, Person: e.Person, About: AboutOffer, Dates: []protocols.Date{date}})
		}
	}
}

// inTurn lists the people with offers in the order of the waitlist.
func (l *Ledger) inTurn(r *Roster) []*Enrollment {
	offered := slices.DeleteFunc(slices.Clone(r.Enrollments), func(e *Enrollment) bool { return e.State != Offered })
	slices.SortStableFunc(offered, func(a, b *Enrollment) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
	return offered
}

// persons lists who is enrolled, each once, in order of asking.
func (l *Ledger) persons() []ID {
	var all []ID
	for _, r := range l.book.Rosters {
		for _, e := range r.Enrollments {
			if !slices.Contains(all, e.Person) {
				all = append(all, e.Person)
			}
		}
	}
	return all
}

// know marks the seats of an enrollment as told.
func (l *Ledger) know(e *Enrollment) {
	for _, r := range l.book.Rosters {
		for _, seat := range r.Seats {
			if seat.Enrollment == e.ID {
				l.told[seat.ID] = Truth(seat, r.Session(seat.Session))
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

// news lists what a person does not know yet. Nobody is told about seats they
// do not own any more, and dates that only lie further ahead of somebody
// without an end come with their reminders.
func (l *Ledger) news(person ID) []piece {
	var all []piece
	for _, r := range l.book.Rosters {
		for _, seat := range r.Seats {
			home, e := l.book.withEnrollment(seat.Enrollment)
			if e == nil || e.Person != person {
				continue
			}
			s := r.Session(seat.Session)
			was, truth := l.told[seat.ID], Truth(seat, s)
			if was.Equal(truth) {
				continue
			}
			silent := e.State != Active && e.State != OnHold || s.Past(l.book.Now) ||
				!was.Expected && home == r && r.Cohort.Rolling && !r.distinct() && s.Start.Sub(l.book.Now) > InviteWindow
			if silent {
				l.told[seat.ID] = truth
				continue
			}
			all = append(all, piece{change(was, truth), s.Wall.Date, seat, truth, s.Start})
		}
	}
	slices.SortStableFunc(all, func(a, b piece) int { return a.start.Compare(b.start) })
	return all
}

func change(was, truth Moment) string {
	switch {
	case !truth.Expected:
		return AboutCancelled
	case !was.Expected:
		return AboutAdded
	}
	return AboutMoved
}

// hand tells somebody everything that has changed.
func (l *Ledger) hand(person ID, news []piece) {
	delete(l.owing, person)
	for _, about := range []string{AboutCancelled, AboutMoved, AboutAdded} {
		n := LedgerNotice{At: l.book.Now, Person: person, About: about}
		for _, p := range news {
			if p.about == about {
				n.Dates = append(n.Dates, p.date)
				l.told[p.seat.ID] = p.truth
			}
		}
		if len(n.Dates) > 0 {
			l.Notices = append(l.Notices, n)
		}
	}
}
