package scheduler

import (
	"cmp"
	"slices"
	"time"

	"almanac/protocols/civil"
)

// Of a date that was given back less than earlierNotice ahead.
const (
	shortAnswer = 3 * time.Hour // for the answer, from when the person was told
	shortLimit  = 2 * time.Hour // before the start, when an answer is due at the latest
	shortLast   = 4 * time.Hour // before the start, from which on nothing is offered
)

// near tells whether a session is so near that its seats are offered at short notice only.
func (b *Book) near(s *Session) bool { return s.Start.Before(b.Now.Add(earlierNotice)) }

// offerShort offers near seats that were given back to people of the cohort who have asked for short notice and owe
// the position: one person at a time for each, first who has it planned last. Who has it planned keeps that date
// until they accept. Nothing is offered in the night of the person.
func (b *Book) offerShort(r *Roster) {
	if !r.distinct() || len(r.given) == 0 {
		return
	}
	for _, s := range r.upcoming(b.Now) {
		if !b.near(s) {
			return
		}
		_, open := r.givenSeats(s)
		open -= r.offersOf(s, Offer{Short: true})
		if !s.Main || open < 1 || !s.Start.Add(-shortLast).After(b.Now) {
			continue
		}
		for _, w := range b.wantShort(r, s) {
			if open < 1 || r.closedTo(s, "") {
				break
			}
			offer := Offer{ID: offerID(w.e.ID, len(w.e.Offers)+1), Entry: s.ID, MadeAt: b.Now, State: OfferOpen,
				Short: true}
			if b.trusting {
				offer.ToldAt = b.Now
			}
			w.e.Offers = append(slices.Clone(w.e.Offers), offer)
			r.keepForOffers()
			open--
			b.say(w.e.Person, "Is offered %s for %s at short notice, which somebody gave back.", s.Wall.Date,
				s.Position)
		}
	}
}

// offersOf counts the offers of an earlier date that stand for a session and are, or are not, at short notice as like.
func (r *Roster) offersOf(s *Session, like Offer) int {
	n := 0
	for _, e := range r.living() {
		if o := e.Offer(); o != nil && e.State == Active && o.Entry == s.ID && o.Short == like.Short {
			n++
		}
	}
	return n
}

// wantShort lists who may be offered a near session at this moment, in the order in which they are asked.
func (b *Book) wantShort(r *Roster, s *Session) []wantsEarlier {
	var all []wantsEarlier
	for _, e := range r.living() {
		p, entry := b.People[e.Person], r.Session(e.Entry)
		if p == nil || !p.ShortNotice || e.State != Active || e.Offer() != nil || entry == nil ||
			s.Start.Before(entry.Start) || e.blocks(s) || e.refused(s.ID) || !b.usefulTo(r, e, s) ||
			AtNight(b.Now, b.zone(b.zoneOf(r, e))) || b.free(e.Person, []*Session{s}) != nil {
			continue
		}
		if seat := r.seat(e.ID, s.ID); seat == nil || !seat.State.Occupies() {
			all = append(all, wantsEarlier{e, b.laterTurn(e, s)})
		}
	}
	slices.SortStableFunc(all, func(x, y wantsEarlier) int {
		switch {
		case x.later == nil || y.later == nil: // who has no turn at all goes first
			return cmp.Or(oneIf(x.later != nil)-oneIf(y.later != nil), cmp.Compare(x.e.QueueNo, y.e.QueueNo))
		default:
			return cmp.Or(y.later.Start.Compare(x.later.Start), cmp.Compare(x.e.QueueNo, y.e.QueueNo))
		}
	})
	return all
}

func oneIf(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// usefulTo tells whether somebody owes the position of a session and has it planned on a later turn, or on none.
func (b *Book) usefulTo(r *Roster, e *Enrollment, s *Session) bool {
	if b.laterTurn(e, s) != nil {
		return true
	}
	entry := r.Session(e.Entry)
	if entry == nil {
		return false
	}
	it := b.begun(r, e, entry)
	for _, p := range b.heldSeats(e.ID) {
		if p.session.Start.After(b.Now) && b.earns(p) {
			it.earn(p.session)
		}
	}
	return it.wants(s)
}

// zoneOf names the zone in which somebody of a roster reads times.
func (b *Book) zoneOf(r *Roster, e *Enrollment) string {
	if p := b.People[e.Person]; p != nil && p.Zone != "" {
		return p.Zone
	}
	return r.Cohort.Zone
}

// AtNight tells whether an instant lies in the hours in which nothing is offered at short notice, on the clocks of a
// zone.
func AtNight(t time.Time, zone *time.Location) bool {
	hour := civil.WallOf(t, zone).Clock.Hour
	return hour >= nightBegins || hour < nightEnds
}

// MorningAfter is when the night that an instant lies in ends, on the clocks of a zone.
func MorningAfter(t time.Time, zone *time.Location) time.Time {
	wall := civil.WallOf(t, zone)
	morning := civil.WallTime{Date: wall.Date, Clock: civil.Clock{Hour: nightEnds}}
	if wall.Clock.Hour >= nightEnds {
		morning.Date = wall.Date.AddDays(1)
	}
	return civil.Resolve(morning, zone).Instant
}

// shortLapses is when an offer at short notice ends: until its person is told, when it would come too late to ask.
func shortLapses(o Offer, start time.Time, zone *time.Location) time.Time {
	if o.ToldAt.IsZero() {
		return start.Add(-shortLast)
	}
	limit := start.Add(-shortLimit)
	return outsideNight(earlier(o.ToldAt.Add(shortAnswer), limit), limit, zone)
}

// onlyShort counts the free seats of a session that are offered at short notice only.
func (r *Roster) onlyShort(s *Session) int {
	if len(r.given[s.ID]) == 0 {
		return 0
	}
	_, short := r.givenSeats(s)
	return max(0, short-r.offersOf(s, Offer{Short: true}))
}

// keptForShort tells whether some of these sessions have no seats but those that are offered at short notice only.
func (r *Roster) keptForShort(e *Enrollment, stay []*Session) bool {
	return slices.ContainsFunc(stay, func(s *Session) bool {
		short := r.onlyShort(s)
		return short > 0 && r.left(s, e.Person) <= short
	})
}

// onlyAsked tells whether a session has no seat that is given to somebody unasked.
func (r *Roster) onlyAsked(e *Enrollment, s *Session) bool {
	short := r.onlyShort(s)
	return short > 0 && r.Seated(s.ID)+restFor(r.restingIn(s, nil), e.Person)+short >= s.SeatLimit
}
