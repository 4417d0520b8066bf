package scheduler

import (
	"iter"
	"slices"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
)

// heldSeat is a seat with its session and roster.
type heldSeat struct {
	seat    *Seat
	session *Session
	home    *Roster // of the session
	makeup  bool    // in another cohort's session, or an appointment alone
}

// creditChain lists an enrollment and those before it whose credit counts.
func (b *Book) creditChain(e *Enrollment) []ID {
	ids := []ID{e.ID}
	for next := e.Continues; next != ""; {
		ids = append(ids, next)
		_, before := b.withEnrollment(next)
		if before == nil {
			break
		}
		next = before.Continues
	}
	return ids
}

// heldSeats lists the seats of enrollments that count, cancelled ones too, in
// order of start.
func (b *Book) heldSeats(enrollments ...ID) []heldSeat { return b.heldSeatsWith(nil, enrollments...) }

// heldSeatsWith is heldSeats, with the released seats that also count; nil: none.
func (b *Book) heldSeatsWith(also func(*Seat) bool, enrollments ...ID) []heldSeat {
	most := 0
	for _, r := range b.Rosters {
		for _, id := range enrollments {
			most += len(r.indexed().byOwner[id])
		}
	}
	all := make([]heldSeat, 0, most)
	for _, r := range b.Rosters {
		for _, id := range enrollments {
			for _, seat := range r.indexed().byOwner[id] {
				if seat.State != SeatReleased || also != nil && also(seat) {
					s := r.Session(seat.Session)
					all = append(all, heldSeat{seat, s, r, seat.Elsewhere || s.For != "" && !s.Appointment()})
				}
			}
		}
	}
	sooner := func(a, b heldSeat) int { return a.session.Start.Compare(b.session.Start) }
	if !slices.IsSortedFunc(all, sooner) {
		slices.SortStableFunc(all, sooner)
	}
	return all
}

// earns tells whether a place earns its position, or will if its person comes.
// Who left early earns it with a share of the minutes (rule R9).
func (b *Book) earns(p heldSeat) bool {
	if !p.session.Live() || !p.seat.State.earns() {
		return false
	}
	if p.seat.State != SeatPartial {
		return true
	}
	share := protocols.Late{CreditMin: 0.5}.CreditMin
	if p.home.Definition != nil {
		share = p.home.Definition.Late.CreditMin
	}
	return float64(p.seat.Minutes) >= share*float64(p.session.Minutes)
}

// begun is what an enrollment owns already when its stay is planned from entry
// on: credit, waived positions and make-ups.
func (b *Book) begun(r *Roster, e *Enrollment, entry *Session) *itinerary {
	it := r.itinerary(entry)
	it.longer = e.PausedDays - b.served(e)
	if first := r.Session(e.Entry); first != nil { // back from a leave the weeks count from the first entry
		it.longer -= first.Wall.Date.DaysUntil(entry.Wall.Date)
	}
	for _, p := range r.positions() {
		if e.recorded(FactWaiver, p.ID) {
			it.covered[p.ID] = true
		}
	}
	for _, p := range b.heldSeats(b.creditChain(e)...) {
		if b.earns(p) && (p.makeup || p.home != r || !p.session.Start.After(b.Now)) {
			it.earn(p.session)
		}
	}
	return it
}

// earn counts a session that was or will be attended wherever it was.
func (it *itinerary) earn(s *Session) {
	it.owned++
	if slices.ContainsFunc(it.roster.positions(), func(p protocols.Position) bool { return p.ID == s.Position }) {
		it.covered[s.Position] = true
	}
}

// served is how many days of weeks the enrollments before this one have used.
func (b *Book) served(e *Enrollment) int {
	days := 0
	if e.InPhase {
		return 0
	}
	for _, id := range b.creditChain(e)[1:] {
		r, before := b.withEnrollment(id)
		if before != nil && !before.EndedAt.IsZero() {
			days += b.daysIn(r, before, before.EndedAt)
		}
	}
	return days / 7 * 7
}

// servedIn is how many days of whole weeks an enrollment has used up to a moment.
func (b *Book) servedIn(r *Roster, e *Enrollment, until time.Time) int {
	return b.daysIn(r, e, until) / 7 * 7
}

// daysIn is how many days of its weeks an enrollment has used up to a moment. While
// its person waits for a seat after a leave these are those from before.
func (b *Book) daysIn(r *Roster, e *Enrollment, until time.Time) int {
	days := -e.PausedDays
	if entry := r.Session(e.Entry); entry != nil {
		days += entry.Wall.Date.DaysUntil(civil.WallOf(until, b.zone(r.Cohort.Zone)).Date)
	}
	return max(0, days)
}

// stay lists the sessions to come that an enrollment entering at entry would
// own. complete is false when the planned sessions do not reach to its end.
func (b *Book) stay(r *Roster, e *Enrollment, entry *Session) (sessions []*Session, complete bool) {
	it := b.begun(r, e, entry)
	for _, s := range r.upcoming(b.Now) {
		if it.wants(s) {
			it.own(s)
			sessions = append(sessions, s)
		}
	}
	return sessions, it.complete()
}

// beginnings gives, in order of start, the sessions at which somebody may begin,
// is free, and has a free seat in every session of the stay (rules R1 and R3).
// Sessions that start after the limit are left out; a zero limit is none.
func (b *Book) beginnings(r *Roster, e *Enrollment, limit time.Time) iter.Seq[beginning] {
	return b.beginningsAmong(r, e, r.upcoming(b.Now), limit)
}

// beginningsAmong is beginnings with the sessions that are still to come.
func (b *Book) beginningsAmong(r *Roster, e *Enrollment, upcoming []*Session, limit time.Time) iter.Seq[beginning] {
	return func(yield func(beginning) bool) {
		for _, s := range upcoming {
			if !limit.IsZero() && s.Start.After(limit) {
				return
			}
			if at, ok := b.beginsAt(r, e, s); ok && !yield(at) {
				return
			}
		}
	}
}

// beginsAt tells whether somebody may begin at a session, is free, and has a
// free seat in every session of the stay, which it gives.
func (b *Book) beginsAt(r *Roster, e *Enrollment, s *Session) (beginning, bool) {
	if r.closedTo(s, e.Person) || !b.mayEnter(r, e, s) {
		return beginning{}, false
	}
	stay, reaches := b.stay(r, e, s)
	fits := (reaches || e.recorded(FactLate, "")) && slices.Contains(stay, s) && r.allFree(stay, e.Person) &&
		b.free(e.Person, stay) == nil
	return beginning{s, stay}, fits
}

// mayEnter applies the rules of entry to one session; seats are another question.
func (b *Book) mayEnter(r *Roster, e *Enrollment, s *Session) bool {
	switch {
	case e.refused(s.ID):
		return false
	case e.EntryMode == ModeNew || e.EntryMode == ModeRestart:
		return r.mayEnter(e, s, b.Now)
	case !s.Main || s.Wall.Date.Before(r.notBefore(e)):
		return false
	case e.EntryMode == ModeModuleStart:
		return slices.ContainsFunc(r.positions(),
			func(p protocols.Position) bool { return p.ID == s.Position && p.First })
	}
	return true
}

// replan brings the seats to come of an enrollment in line with its itinerary.
// Seats of the past stay, and so do those to come that it still needs. Then
// every position that is neither credited nor planned gets its first session
// with a free seat outside a leave.
func (b *Book) replan(r *Roster, e *Enrollment) { b.replanAmong(r, e, r.upcoming(b.Now)) }

// replanAmong is replan with the sessions that are still to come.
func (b *Book) replanAmong(r *Roster, e *Enrollment, upcoming []*Session) {
	entry := r.Session(e.Entry)
	seated := e.State == Active || e.State == Offered || e.State == Pending ||
		e.State == OnHold && (e.Leave == nil || !e.Leave.Released)
	if entry == nil || !seated {
		return
	}
	b.replanMakeUps(e)
	it := b.begun(r, e, entry)
	if r.continuous() {
		b.replanInOrder(r, e, it, upcoming)
		return
	}
	holes := make([]*Session, 0, len(upcoming))
	for _, s := range upcoming {
		switch seat := r.seat(e.ID, s.ID); {
		case seat == nil || !seat.State.Occupies():
			holes = append(holes, s)
		default:
			b.keepSeat(e, seat, s, it)
			if !seat.State.Occupies() { // given up just now, and looked at again with the holes
				holes = append(holes, s)
			}
		}
	}
	if r.Cohort.Rolling && r.distinct() && it.covers() {
		return // nothing is owed that is not planned
	}
	for _, s := range holes {
		b.fillSeat(r, e, s, it)
	}
}

// continuous tells whether a stay has a seat in every session up to its end, so
// that a hole is filled as soon as a seat is free.
func (r *Roster) continuous() bool {
	return r.distinct() && r.Definition.Stay == protocols.StayContinuous ||
		r.Cohort.Rolling && r.Definition.Completion.Type == protocols.CompletionSessions
}

// replanInOrder is the part of replan for stays in every session: a seat that
// is free early comes before one that was planned later.
func (b *Book) replanInOrder(r *Roster, e *Enrollment, it *itinerary, upcoming []*Session) {
	for _, s := range upcoming {
		if seat := r.seat(e.ID, s.ID); seat != nil && seat.State.Occupies() {
			b.keepSeat(e, seat, s, it)
		} else {
			b.fillSeat(r, e, s, it)
		}
	}
}

// keepSeat keeps a seat to come that the itinerary still wants, and gives up any other.
func (b *Book) keepSeat(e *Enrollment, seat *Seat, s *Session, it *itinerary) {
	switch {
	case !it.wants(s):
		seat.State = SeatReleased
		b.say(e.Person, "Does not need %s (%s) any more.", s.Wall.Date, s.Position)
	case e.Leave.covers(s):
		seat.State = SeatExcused
	default:
		seat.State = SeatPlanned
		it.own(s)
	}
}

// fillSeat takes a seat that the itinerary wants, where one is free.
func (b *Book) fillSeat(r *Roster, e *Enrollment, s *Session, it *itinerary) {
	if e.blocks(s) || !it.wants(s) || r.full(s, e.Person) || r.onlyAsked(e, s) {
		return
	}
	if r.Cohort.Rolling && b.free(e.Person, []*Session{s}) != nil {
		return
	}
	r.take(e, s, b.Now)
	it.own(s)
	if r.distinct() {
		b.say(e.Person, "Takes %s (%s): the first session with a free seat for what is still to come.",
			s.Wall.Date, s.Position)
	}
}

// replanMakeUps excuses the make-ups that fall into a leave, and gives up those
// to come of what has been earned or waived since.
func (b *Book) replanMakeUps(e *Enrollment) {
	if !b.makesUp(e) {
		return
	}
	line := b.heldSeats(b.creditChain(e)...)
	for _, p := range b.heldSeats(e.ID) {
		if !p.makeup || !p.seat.State.Occupies() || !p.session.Start.After(b.Now) {
			continue
		}
		needless := e.recorded(FactWaiver, p.session.Position) || slices.ContainsFunc(line, func(other heldSeat) bool {
			return other.session.Position == p.session.Position && !other.session.Start.After(b.Now) && b.earns(other)
		})
		switch {
		case needless:
			b.giveUp(e, p)
			b.say(e.Person, "Does not need the make-up of %s (%s) any more.", p.session.Wall.Date, p.session.Position)
		case e.Leave.covers(p.session):
			p.seat.State = SeatExcused
		default:
			p.seat.State = SeatPlanned
		}
	}
}

// makesUp tells whether an enrollment has a seat elsewhere or an appointment alone.
func (b *Book) makesUp(e *Enrollment) bool {
	for _, r := range b.Rosters {
		for _, seat := range r.indexed().byOwner[e.ID] {
			if seat.Elsewhere || r.Session(seat.Session).For != "" {
				return true
			}
		}
	}
	return false
}

// giveUp releases a seat to come. An appointment alone is cancelled with it; one of the
// protocol's own appointments stays, free for the next person.
func (b *Book) giveUp(e *Enrollment, p heldSeat) {
	p.seat.State = SeatReleased
	if p.session.For != e.ID {
		return
	}
	spare := slices.ContainsFunc(p.home.Sessions, func(s *Session) bool {
		return s.Appointment() && s.Position == p.session.Position && s.For == "" && s.Live()
	})
	if p.session.Appointment() && !spare {
		p.session.For = "" // free for the next person
		return
	}
	p.session.State = SessionCancelled
}

// release gives up the seats to come of an enrollment, those elsewhere too.
func (b *Book) release(e *Enrollment) {
	for _, p := range b.heldSeats(e.ID) {
		if p.seat.State.Occupies() && p.session.Start.After(b.Now) {
			b.giveUp(e, p)
		}
	}
}

// seat gives an enrollment its seats from an entry on.
func (b *Book) seat(r *Roster, e *Enrollment, at beginning) {
	e.Entry = at.entry.ID
	for _, s := range at.stay {
		r.take(e, s, b.Now)
	}
}

// finish completes enrollments whose last session is over, and takes it back
// when a later correction shows that something is still owed.
func (b *Book) finish(r *Roster) {
	for _, e := range r.living() {
		if e.State == Active || e.State == OnHold {
			b.finishOne(r, e)
		}
	}
	r.dropEnded()
	if len(b.corrected) == 0 {
		return
	}
	for _, e := range r.Enrollments {
		if e.State == Completed && b.corrected[e.Person] {
			b.finishOne(r, e)
		}
	}
}

func (b *Book) finishOne(r *Roster, e *Enrollment) {
	at := b.graduation(r, e, b.confirmed)
	over := at != nil && at.session.Past(b.Now)
	switch {
	case e.MovedOn:
	case e.State == Active && over && b.serve(r, e):
	case e.State == Active && over:
		e.State, e.EndedAt = Completed, later(at.session.End, time.Time{})
		b.say(e.Person, "Graduates with the session of %s (%s).", at.session.Wall.Date, at.session.Position)
	case (e.State == Active || e.State == OnHold) && b.over(r, e):
		b.endStay(r, e)
	case e.State == Completed && !over && !b.over(r, e):
		e.State, e.EndedAt = Active, time.Time{}
		r.recountLiving()
		b.say(e.Person, "Has not graduated after all: something is still owed.")
		b.replan(r, e)
	}
}
