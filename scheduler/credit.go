package scheduler

import (
	"slices"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
)

// Itinerary is what a person owns, and where they stand, at a moment. Dates are local to
// their cohort; a zero date is none.
type Itinerary struct {
	Cohort           ID
	State            EnrollmentState
	Entry            civil.Date
	Graduation       civil.Date      // as projected while it is to come
	DoseMet          civil.Date      // zero until that is past
	DoseProjected    civil.Date      // if planned seats are attended
	Seats            []ItinerarySeat // in order of start, those of earlier enrollments too
	Owed             []string        // positions, in the order of the protocol
	WaitlistPosition int             // 0 when not waiting
	OfferExpires     time.Time       // UTC instant; zero: no offer
	ExpectedEntry    civil.Date      // while waiting
	Outcome          Outcome         // of a completed stay
}

// ItinerarySeat is a seat as it stands.
type ItinerarySeat struct {
	Cohort   ID // of the session; empty for an appointment alone
	Session  ID
	Wall     civil.WallTime
	Position string
	State    SeatState
}

// Itinerary says where the person of an enrollment stands. NotFound when the
// book has no such enrollment.
func (b *Book) Itinerary(enrollment ID) (Itinerary, error) {
	r, e := b.withEnrollment(enrollment)
	if e == nil {
		return Itinerary{}, noEnrollment()
	}
	s := Itinerary{
		Cohort: r.Cohort.ID, State: e.State, Owed: b.owed(r, e), Seats: b.itinerarySeats(e.Person),
		Entry: b.entryDate(e),
	}
	if offer := e.Offer(); offer != nil && !offer.ToldAt.IsZero() {
		s.OfferExpires = b.lapses(r, e, *offer)
	}
	s.Graduation = b.graduatesOn(r, e)
	s.DoseMet, s.DoseProjected = b.dose(r, e)
	s.Outcome = b.outcome(r, e)
	if e.State == Waiting {
		s.WaitlistPosition = 1 + slices.Index(r.waitlist(), e)
		s.ExpectedEntry = b.expected(r, e)
	}
	return s, b.Err()
}

// Graduation is the date on which an enrollment is completed, past or to come; zero when there is none.
func (b *Book) Graduation(enrollment ID) civil.Date {
	r, e := b.withEnrollment(enrollment)
	if e == nil {
		return civil.Date{}
	}
	return b.graduatesOn(r, e)
}

func (b *Book) graduatesOn(r *Roster, e *Enrollment) civil.Date {
	if at := b.graduation(r, e, b.earns); at != nil && b.next(r) == nil {
		return at.session.Wall.Date
	}
	return civil.Date{}
}

// entryDate is the date of entry into the first of the phases, zero when there
// is none yet.
func (b *Book) entryDate(e *Enrollment) civil.Date {
	r, _ := b.withEnrollment(e.ID)
	if e.InPhase {
		if _, before := b.withEnrollment(e.Continues); before != nil {
			return b.entryDate(before)
		}
	}
	if entry := r.Session(e.Entry); entry != nil {
		return entry.Wall.Date
	}
	return civil.Date{}
}

func (b *Book) itinerarySeats(person ID) []ItinerarySeat {
	var own []ID
	for _, r := range b.Rosters {
		for _, e := range r.Enrollments {
			if e.Person == person {
				own = append(own, e.ID)
			}
		}
	}
	var seats []ItinerarySeat
	for _, p := range b.heldSeatsWith(b.excused, own...) {
		seat := ItinerarySeat{Session: p.session.ID, Wall: p.session.Wall, Position: p.session.Position,
			State: p.seat.State}
		if p.session.For == "" {
			seat.Cohort = p.home.Cohort.ID
		}
		if seat.State == SeatReleased {
			seat.State = SeatExcused // given back ahead
		}
		if b.trusting && seat.State == SeatPlanned && p.session.Past(b.Now) {
			seat.State = SeatPresent
		}
		seats = append(seats, seat)
	}
	return seats
}

// confirmed tells whether a place earns its position and that is known: a
// session that is over earns nothing until its attendance was taken.
func (b *Book) confirmed(p heldSeat) bool {
	return b.earns(p) && (b.trusting || p.seat.State != SeatPlanned || !p.session.Past(b.Now))
}

// graduation is the place that completes an enrollment, to come or past; nil
// when there is none (rule R5). earns says which places count.
func (b *Book) graduation(r *Roster, e *Enrollment, earns func(heldSeat) bool) *heldSeat {
	entry := r.Session(e.Entry)
	if entry == nil || e.State == Withdrawn || e.State == Pending || e.State == Waiting || e.State == Offered {
		return nil
	}
	rule := r.Definition.Completion
	all := b.heldSeats(b.creditChain(e)...)
	switch rule.Type {
	case protocols.CompletionContent:
		last := b.lastNeeded(r, e, entry, all, earns)
		if own := b.lastAppointment(all, earns); last != nil && own != nil &&
			own.session.Start.After(last.session.Start) {
			return own // the training ends with its last appointment
		}
		return last
	case protocols.CompletionSessions:
		n := 0
		for i, p := range all {
			if earns(p) && (p.session.Main || p.makeup) {
				if n++; n == rule.N {
					return &all[i]
				}
			}
		}
	case protocols.CompletionWeeks:
		it := r.itinerary(entry)
		it.longer = e.PausedDays - b.served(e)
		var last *heldSeat
		for i, p := range all {
			if p.session.Live() && p.session.Main && p.session.Wall.Date.Before(it.endOfWeeks()) &&
				(!e.InPhase || p.home == r) {
				last = &all[i]
			}
		}
		return last
	}
	return nil
}

// lastNeeded is the place at which the last position is earned; nil while one
// is neither earned nor planned.
func (b *Book) lastNeeded(r *Roster, e *Enrollment, entry *Session, all []heldSeat,
	earns func(heldSeat) bool) *heldSeat {
	var last *heldSeat
	for _, position := range r.required(e, entry) {
		if e.recorded(FactWaiver, position) {
			continue
		}
		i := slices.IndexFunc(all, func(p heldSeat) bool { return p.session.Position == position && earns(p) })
		if i < 0 {
			return nil
		}
		if last == nil || all[i].session.Start.After(last.session.Start) {
			last = &all[i]
		}
	}
	if last == nil && len(all) > 0 { // everything was waived
		return &all[0]
	}
	return last
}

// required lists the positions that complete: all of a rolling cohort, those
// from the entry on of a closed one, or all for who came into it late.
func (r *Roster) required(e *Enrollment, entry *Session) []string {
	late := e.recorded(FactLate, "")
	list := make([]string, 0, len(r.positions()))
	if r.Cohort.Rolling {
		for _, p := range r.positions() {
			list = append(list, p.ID)
		}
		return list
	}
	for _, s := range r.Sessions {
		if s.Main && (late || !s.Start.Before(entry.Start)) && !slices.Contains(list, s.Position) {
			list = append(list, s.Position)
		}
	}
	return list
}

// dose is when the protocol's minimum was reached, and when it will be if
// planned seats are attended (rules R6 and R8).
func (b *Book) dose(r *Roster, e *Enrollment) (met, projected civil.Date) {
	if at := b.doseBy(r, e, b.confirmed); at != nil && at.session.Past(b.Now) {
		met = at.session.Wall.Date
	}
	if at := b.doseBy(r, e, b.earns); at != nil {
		projected = at.session.Wall.Date
	}
	return met, projected
}

// doseBy is the place whose credit reaches the minimum, nil when none does.
func (b *Book) doseBy(r *Roster, e *Enrollment, earns func(heldSeat) bool) *heldSeat {
	rule := r.Definition.Dose
	const rounding = 1e-9
	sum, seen := 0.0, map[string]bool{}
	all := b.heldSeats(b.creditChain(e)...)
	for i, p := range all {
		counts := p.makeup || p.session.Main || slices.Contains(rule.Kinds, protocols.Kind(p.session.Kind))
		if rule.AtLeast == 0 || !counts || !earns(p) || rule.Distinct && seen[p.session.Position] {
			continue
		}
		seen[p.session.Position] = true
		credit := 1.0
		if p.makeup {
			credit = r.Definition.Makeup.CreditRatio
		}
		if sum += credit; sum+rounding >= float64(rule.AtLeast) {
			return &all[i]
		}
	}
	return nil
}

// owed lists the positions that a person should have had and has not: missed,
// excused, given back, not long enough, or cancelled without another date (rule
// R7). Who is done by sessions or weeks, or has left, owes none.
func (b *Book) owed(r *Roster, e *Enrollment) []string {
	list := []string{}
	counted := r.Definition.Completion.Type == protocols.CompletionSessions ||
		r.Definition.Completion.Type == protocols.CompletionWeeks
	if counted || e.State == Withdrawn {
		return list
	}
	owed, credited := map[string]bool{}, map[string]bool{}
	all := b.heldSeats(b.creditChain(e)...)
	for _, f := range e.Facts {
		back := func(p heldSeat) bool {
			return p.session.Position == f.What && b.earns(p) && !p.session.Wall.Date.After(f.Date)
		}
		if f.Kind == FactPassed && !slices.ContainsFunc(all, back) { // who is back early may have the date again
			owed[f.What] = true
		}
	}
	if entry := r.Session(e.Entry); entry != nil && e.recorded(FactLate, "") {
		for _, s := range r.Sessions {
			if s.Main && s.Live() && s.Start.Before(entry.Start) {
				owed[s.Position] = true
			}
		}
	}
	for _, p := range all {
		position := p.session.Position
		switch {
		case b.earns(p):
			credited[position] = credited[position] || !p.session.Start.After(b.Now)
		case p.session.Live() || p.session.ContentLost:
			owed[position] = true
		}
	}
	for _, p := range r.positions() {
		if owed[p.ID] && !credited[p.ID] && !e.recorded(FactWaiver, p.ID) && !slices.Contains(list, p.ID) {
			list = append(list, p.ID)
		}
	}
	return list
}
