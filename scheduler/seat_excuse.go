package scheduler

import (
	"slices"
	"time"

	"almanac/scheduler/fault"
)

// ExcuseRest is how long a date that was given back ahead rests before it is offered.
const ExcuseRest = time.Hour

// ExcuseRequest gives one date back ahead.
type ExcuseRequest struct {
	Enrollment, Session ID
	Reason              string // nobody must give one; kept sealed
	// Own: the person says it themself, so they need not be told that the date is off.
	Own bool
}

// Excuse gives one date to come back, of somebody who says ahead that they cannot
// come: after ExcuseRest the seat is free for others, and its position is owed. Invalid when they
// have no seat then; Closed when the session has begun or the person has no seats;
// NotFound when there is no such enrollment or session.
func (b *Book) Excuse(q ExcuseRequest) error {
	_, e := b.withEnrollment(q.Enrollment)
	if e == nil {
		return noEnrollment()
	}
	r, s := b.withSession(q.Session)
	if s == nil {
		return noSession()
	}
	reason, problem := CheckReason("reason", "The reason", q.Reason)
	if problem != nil {
		return problem
	}
	seat := r.seat(e.ID, s.ID)
	switch {
	case e.State != Active && e.State != OnHold:
		return fault.New(fault.Closed, "This enrollment is %s, so no date can be given back.", e.State.inWords())
	case seat == nil || !seat.State.Occupies():
		return fault.In("session", "This person has no seat on %s. Choose one of their dates.", s.Wall.Date)
	case !s.Start.After(b.Now):
		return fault.New(fault.Closed, "The session of %s has begun. Record the absence with its attendance.", s.Wall)
	}
	b.giveUp(e, heldSeat{seat: seat, session: s, home: r})
	e.record(Fact{Kind: FactExcused, What: string(s.ID), At: b.Now, Reason: reason})
	e.record(Fact{Kind: FactPassed, What: s.Position, Date: s.Wall.Date, At: b.Now})
	if q.Own {
		b.saidOff = append(b.saidOff, seat.ID)
	}
	b.say(e.Person, "Cannot come on %s (%s); the seat is given back, and the position is owed.",
		s.Wall.Date, s.Position)
	b.note("enrollment.excuse", e.ID, s.ID, e.Person)
	b.reachOut(e, seat.ID)
	return b.recompute()
}

// UndoExcuse takes a date back that was given back ahead, until its session begins. An offer of the seat that nobody
// has accepted ends with it. Full when the seat is gone; Conflict when the person has something else by now; Closed
// when the date was not given back, is cancelled or has begun; NotFound when there is no such enrollment or session.
func (b *Book) UndoExcuse(enrollment, session ID) error {
	_, e := b.withEnrollment(enrollment)
	if e == nil {
		return noEnrollment()
	}
	r, s := b.withSession(session)
	if s == nil {
		return noSession()
	}
	seat := r.seat(e.ID, s.ID)
	switch {
	case e.State != Active && e.State != OnHold || seat == nil || !e.recorded(FactExcused, string(s.ID)):
		return fault.New(fault.Closed, "This date was not given back, or the enrollment has ended. Look at it again.")
	case !s.Live():
		return fault.New(fault.Closed, "The session of %s is cancelled, so nobody can come to it.", s.Wall)
	case !s.Start.After(b.Now):
		return fault.New(fault.Closed, "The session of %s has begun, so it is too late to take the date back.", s.Wall)
	}
	for r.full(s, e.Person) && b.endOfferOf(r, s) {
		b.say(e.Person, "Takes %s back, so it is offered to nobody any more.", s.Wall.Date)
	}
	if r.full(s, e.Person) {
		return fault.New(fault.Full, "Somebody else has the seat of %s by now. The person's other dates stay.",
			s.Wall.Date)
	}
	if err := b.free(e.Person, []*Session{s}); err != nil {
		return err
	}
	e.forget(FactExcused, string(s.ID))
	r.take(e, s, b.Now)
	b.say(e.Person, "Can come on %s (%s) after all.", s.Wall.Date, s.Position)
	b.note("enrollment.excuse-undo", e.ID, s.ID, e.Person)
	b.reachOut(e, seat.ID)
	return b.recompute()
}

// endOfferOf takes back the last offer that keeps a seat of a session and was not accepted; false when there is none.
func (b *Book) endOfferOf(r *Roster, s *Session) bool {
	var last *Enrollment
	for _, e := range r.living() {
		offer := e.Offer()
		kept := offer != nil && (e.State == Active && offer.Entry == s.ID ||
			e.State == Offered && r.seat(e.ID, s.ID) != nil && r.seat(e.ID, s.ID).State.Occupies())
		if kept && (last == nil || offer.MadeAt.After(last.Offer().MadeAt)) {
			last = e
		}
	}
	switch {
	case last == nil:
		return false
	case last.State == Offered:
		b.giveBack(r, last, OfferTaken)
	default:
		last.endOffer(OfferTaken)
	}
	r.keepForOffers()
	return true
}

// GivenBack lists the sessions to come that the person of an enrollment has given back ahead, in order of start.
func (b *Book) GivenBack(enrollment ID) []*Session {
	_, e := b.withEnrollment(enrollment)
	if e == nil {
		return nil
	}
	var all []*Session
	for _, f := range e.Facts {
		if f.Kind != FactExcused {
			continue
		}
		if _, s := b.withSession(ID(f.What)); s != nil && s.Live() && s.Start.After(b.Now) {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(x, y *Session) int { return x.Start.Compare(y.Start) })
	return all
}

// CheckOwn refuses a change of an enrollment by somebody else than its person. person is empty for staff.
func (b *Book) CheckOwn(enrollment, person ID) error {
	if _, e := b.withEnrollment(enrollment); e == nil || person != "" && e.Person != person {
		return noEnrollment()
	}
	return nil
}

// excused tells whether a seat was given back ahead.
func (b *Book) excused(seat *Seat) bool {
	_, e := b.withEnrollment(seat.Enrollment)
	return e != nil && e.State != Withdrawn && seat.State == SeatReleased &&
		e.recorded(FactExcused, string(seat.Session))
}

// blocks tells whether somebody takes no seat in a session: they are away, have
// given the seat up from then on, or have given that date back.
func (e *Enrollment) blocks(s *Session) bool {
	if e.recorded(FactExcused, string(s.ID)) {
		return true
	}
	l := e.Leave
	return l != nil && (l.covers(s) || l.Released && !s.Start.Before(l.From))
}

// freeSeat is a seat that its person gave back ahead and that nobody may have taken yet.
type freeSeat struct {
	person ID
	rests  bool // for ExcuseRest nobody else is offered it
	// short: it is offered at short notice. What was given back two days ahead is offered as any other once it has
	// rested, although it is nearer by then.
	short bool
}

// findGivenBack looks up, of each roster, the seats to come that were given back ahead.
func (b *Book) findGivenBack() {
	for _, r := range b.Rosters {
		r.given = nil
	}
	for _, home := range b.Rosters {
		for _, e := range home.living() {
			for _, f := range e.Facts {
				if f.Kind == FactExcused && !e.ended() {
					b.addGivenBack(e, f)
				}
			}
		}
	}
}

func (b *Book) addGivenBack(e *Enrollment, f Fact) {
	r, s := b.withSession(ID(f.What))
	if s == nil || !s.Live() || !s.Start.After(b.Now) {
		return
	}
	if seat := r.seat(e.ID, s.ID); seat != nil && seat.State.Occupies() {
		return
	}
	if r.given == nil {
		r.given = map[ID][]freeSeat{}
	}
	rests := f.At.Add(ExcuseRest).After(b.Now)
	ahead := !s.Start.Before(f.At.Add(earlierNotice)) && b.Now.Before(f.At.Add(2*ExcuseRest))
	r.given[s.ID] = append(r.given[s.ID], freeSeat{e.Person, rests, !rests && b.near(s) && !ahead})
}

// restingIn lists the people whose seats in a session rest: those of changes that can be taken back, and those that
// were given back a moment ago.
func (r *Roster) restingIn(s *Session, also []ID) []ID {
	people := slices.Concat(r.Resting[s.ID], also)
	for _, g := range r.given[s.ID] {
		if g.rests && !slices.Contains(people, g.person) {
			people = append(people, g.person)
		}
	}
	return people
}

// givenSeats counts the seats of a session that were given back and rest no longer: those that are offered as any
// others, and those at short notice.
func (r *Roster) givenSeats(s *Session) (ordinary, short int) {
	for _, g := range r.given[s.ID] {
		switch {
		case g.rests:
		case g.short:
			short++
		default:
			ordinary++
		}
	}
	return ordinary, short
}
