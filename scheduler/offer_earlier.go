package scheduler

import (
	"cmp"
	"slices"
	"time"

	"almanac/scheduler/fault"
)

// earlierNotice is how far ahead an earlier seat must be to be offered.
const earlierNotice = 48 * time.Hour

// wantsEarlier is somebody who owns a position only on a later turn.
type wantsEarlier struct {
	e     *Enrollment
	later *Session
}

// offerEarlier offers free seats, before the waitlist, to people of the cohort who
// own the position only on a later turn: first whose later date is furthest, ties by
// who asked first. They keep the later seat until they accept, and their state.
func (b *Book) offerEarlier(r *Roster) {
	if !r.distinct() || r.continuous() {
		return
	}
	from := b.Now.Add(earlierNotice)
	free := slices.DeleteFunc(r.upcoming(b.Now), func(s *Session) bool {
		ordinary, _ := r.givenSeats(s)
		return !s.Main || s.Start.Before(from) && ordinary == 0 || r.closedTo(s, "")
	})
	if len(free) == 0 {
		return
	}
	turns := b.plannedTurns(r, free)
	for _, s := range free {
		for _, w := range b.wantEarlier(r, s, turns[s.Position]) {
			given, _ := r.givenSeats(s)
			if r.closedTo(s, "") || b.near(s) && r.offersOf(s, Offer{}) >= given {
				break
			}
			offer := Offer{ID: offerID(w.e.ID, len(w.e.Offers)+1), Entry: s.ID, MadeAt: b.Now, State: OfferOpen}
			told := offer
			told.ToldAt = b.Now
			if !b.lapses(r, w.e, told).After(b.Now) {
				continue
			}
			if b.trusting {
				offer = told
			}
			w.e.Offers = append(slices.Clone(w.e.Offers), offer)
			r.keepForOffers()
			b.say(w.e.Person, "Is offered the earlier date %s for %s, and keeps %s until the answer.", s.Wall.Date,
				s.Position, w.later.Wall.Date)
		}
	}
}

// plannedTurns lists who has a position of some sessions planned, by position: each with
// the first session to come in which they have it.
func (b *Book) plannedTurns(r *Roster, among []*Session) map[string][]wantsEarlier {
	all := map[string][]wantsEarlier{}
	for _, s := range among {
		all[s.Position] = nil
	}
	for _, e := range r.living() {
		if e.State != Active || e.Offer() != nil {
			continue
		}
		for _, p := range b.heldSeats(e.ID) {
			turns, asked := all[p.session.Position]
			first := len(turns) == 0 || turns[len(turns)-1].e != e
			if asked && first && p.session.Start.After(b.Now) && p.session.Main && b.earns(p) {
				all[p.session.Position] = append(turns, wantsEarlier{e, p.session})
			}
		}
	}
	return all
}

// wantEarlier lists who of those that have its position planned could take a session
// that comes earlier, in the order in which they are asked.
func (b *Book) wantEarlier(r *Roster, s *Session, planned []wantsEarlier) []wantsEarlier {
	var all []wantsEarlier
	for _, w := range planned {
		entry := r.Session(w.e.Entry)
		if !w.later.Start.After(s.Start) || w.e.Offer() != nil || w.e.refused(s.ID) || entry == nil ||
			s.Start.Before(entry.Start) || w.e.blocks(s) {
			continue
		}
		if seat := r.seat(w.e.ID, s.ID); seat != nil && seat.State.Occupies() ||
			b.free(w.e.Person, []*Session{s}) != nil {
			continue
		}
		all = append(all, w)
	}
	slices.SortStableFunc(all, func(x, y wantsEarlier) int {
		return cmp.Or(y.later.Start.Compare(x.later.Start), cmp.Compare(x.e.QueueNo, y.e.QueueNo))
	})
	return all
}

// laterTurn is the session after s in which an enrollment has the same position
// planned, nil when there is none or it has the position before.
func (b *Book) laterTurn(e *Enrollment, s *Session) *Session {
	var found *Session
	for _, p := range b.heldSeats(e.ID) {
		if p.session.Position != s.Position || !p.session.Main || !b.earns(p) || !p.session.Start.After(b.Now) {
			continue
		}
		if !p.session.Start.After(s.Start) {
			return nil
		}
		found = p.session
	}
	return found
}

// InsteadOf is the session whose seat somebody gives up by taking the earlier date
// that they are offered, nil when they are offered none.
func (b *Book) InsteadOf(enrollment ID) *Session {
	r, e := b.withEnrollment(enrollment)
	if e == nil || e.State != Active || e.Offer() == nil {
		return nil
	}
	if s := r.Session(e.Offer().Entry); s != nil {
		return b.laterTurn(e, s)
	}
	return nil
}

// lapseEarlier ends the offer of an earlier date whose time is over, or of which
// its person has no use any more.
func (b *Book) lapseEarlier(r *Roster, e *Enrollment) {
	offer := e.Offer()
	if offer == nil {
		return
	}
	switch s := r.Session(offer.Entry); {
	case e.State != Active || s == nil || !s.Live() || e.blocks(s) ||
		b.laterTurn(e, s) == nil && !(offer.Short && b.usefulTo(r, e, s)):
		e.endOffer(OfferTaken)
	case !b.lapses(r, e, *offer).After(b.Now):
		b.say(e.Person, "The offer of %s lapses; the later date stays.", s.Wall.Date)
		e.endOffer(OfferLapsed)
	default:
		return
	}
	r.keepForOffers()
}

// takeEarlier accepts an earlier date; the later one is given up.
func (b *Book) takeEarlier(r *Roster, e *Enrollment) error {
	s := r.Session(e.Offer().Entry)
	if err := b.free(e.Person, []*Session{s}); err != nil {
		return err
	}
	e.endOffer(OfferAccepted)
	r.keepForOffers()
	if r.full(s, e.Person) {
		return fault.New(fault.Full, "The seat of %s is gone. The later date stays.", s.Wall.Date)
	}
	r.take(e, s, b.Now)
	b.say(e.Person, "Takes the earlier date %s for %s.", s.Wall.Date, s.Position)
	b.note("offer.accept", e.ID, e.Person)
	return b.recompute()
}

// leaveEarlier declines an earlier date; it is not offered again.
func (b *Book) leaveEarlier(r *Roster, e *Enrollment) error {
	b.say(e.Person, "Declines the earlier date %s; the later one stays.", r.Session(e.Offer().Entry).Wall.Date)
	e.endOffer(OfferDeclined)
	r.keepForOffers()
	b.note("offer.decline", e.ID, e.Person)
	return b.recompute()
}

// keepForOffers counts the seats that are kept for offers of an earlier date: they
// are occupied, though nobody owns them yet.
func (r *Roster) keepForOffers() {
	r.kept = nil
	for _, e := range r.living() {
		if offer := e.Offer(); offer != nil && e.State == Active {
			if r.kept == nil {
				r.kept = map[ID]int{}
			}
			r.kept[offer.Entry]++
		}
	}
}
