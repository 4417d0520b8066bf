package scheduler

import (
	"slices"
	"time"

	"almanac/protocols"
	"almanac/scheduler/fault"
)

// Itinerary is what a person owns, and where they stand, at the ledger's moment. Dates are local to
// their cohort; a zero date is none.
type Itinerary struct {
	Cohort           ID
	State            EnrollmentState
	Entry            protocols.Date
	Graduation       protocols.Date  // as projected while it is to come
	DoseMet          protocols.Date  // zero until that is past
	DoseProjected    protocols.Date  // if planned seats are attended
	Seats            []ItinerarySeat // in order of start, those of earlier enrollments too
	Owed             []string        // positions, in the order of the protocol
	WaitlistPosition int             // 0 when not waiting
	OfferExpires     time.Time       // UTC instant; zero: no offer
	ExpectedEntry    protocols.Date  // while waiting
}

// ItinerarySeat is a seat as it stands.
type ItinerarySeat struct {
	Cohort   ID // of the session; empty for an appointment alone
	Session  ID
	Wall     protocols.WallTime
	Position string
	State    SeatState
}

// Itinerary says where a person stands. NotFound when they are not enrolled.
func (l *Ledger) Itinerary(person ID) (Itinerary, error) {
	r, e, err := l.enrolled(person, "")
	if err != nil {
		return Itinerary{}, err
	}
	s := Itinerary{
		Cohort: r.Cohort.ID, State: e.State, Owed: l.owed(r, e), OfferExpires: l.course(e).offer,
		Seats: l.itinerarySeats(person),
	}
	s.Entry = l.firstEntry(e)
	if at := l.graduation(r, e); at != nil && l.next(r.Cohort.ID) == nil {
		s.Graduation = at.session.Wall.Date
	}
	s.DoseMet, s.DoseProjected = l.dose(r, e)
	if e.State == Waiting {
		s.WaitlistPosition = 1 + slices.Index(l.waiting(r), e)
		s.ExpectedEntry = l.expected(r, e)
	}
	return s, nil
}

// firstEntry is the date of entry into the first of the phases, zero when there
// is none yet.
func (l *Ledger) firstEntry(e *Enrollment) protocols.Date {
	r, _ := l.book.withEnrollment(e.ID)
	if c := l.course(e); c.inPhase {
		_, before := l.book.withEnrollment(c.continues)
		return l.firstEntry(before)
	}
	if entry := r.Session(e.Entry); entry != nil {
		return entry.Wall.Date
	}
	return protocols.Date{}
}

func (l *Ledger) itinerarySeats(person ID) []ItinerarySeat {
	var own []ID
	for _, r := range l.book.Rosters {
		for _, e := range r.Enrollments {
			if e.Person == person {
				own = append(own, e.ID)
			}
		}
	}
	var seats []ItinerarySeat
	for _, p := range l.places(own...) {
		seat := ItinerarySeat{Session: p.session.ID, Wall: p.session.Wall, Position: p.session.Position, State: p.seat.State}
		if p.home != l.alone {
			seat.Cohort = p.home.Cohort.ID
		}
		if seat.State == SeatPlanned && p.session.Past(l.book.Now) {
			seat.State = SeatPresent
		}
		seats = append(seats, seat)
	}
	return seats
}

// Roster gives a cohort as it stands. It is not to be changed. NotFound when
// the ledger has no such cohort.
func (l *Ledger) Roster(cohort ID) (*Roster, error) {
	if r := l.book.Roster(cohort); r != nil && r != l.alone {
		return r, nil
	}
	return nil, fault.New(fault.NotFound, "There is no such cohort. Choose one from the list.")
}

// graduation is the place that completes an enrollment, to come or past; nil
// when there is none (rule R5).
func (l *Ledger) graduation(r *Roster, e *Enrollment) *place {
	entry := r.Session(e.Entry)
	if entry == nil || e.State == Withdrawn || e.State == Pending || e.State == Waiting || e.State == Offered {
		return nil
	}
	rule := r.Definition.Completion
	all := l.places(l.line(e)...)
	switch rule.Type {
	case protocols.CompletionContent:
		return l.lastNeeded(r, e, entry, all)
	case protocols.CompletionSessions:
		n := 0
		for i, p := range all {
			if l.earns(p) && (p.session.Main || p.makeup) {
				if n++; n == rule.N {
					return &all[i]
				}
			}
		}
	case protocols.CompletionWeeks:
		it := r.itinerary(entry)
		it.longer = l.course(e).pausedFor - l.served(e)
		var last *place
		for i, p := range all {
			if p.session.Live() && p.session.Main && p.session.Wall.Date.Before(it.endOfWeeks()) && (!l.course(e).inPhase || p.home == r) {
				last = &all[i]
			}
		}
		return last
	}
	return nil
}

// lastNeeded is the place at which the last position is earned; nil while one
// is neither earned nor planned.
func (l *Ledger) lastNeeded(r *Roster, e *Enrollment, entry *Session, all []place) *place {
	var last *place
	for _, position := range r.required(entry) {
		if l.course(e).waived[position] {
			continue
		}
		i := slices.IndexFunc(all, func(p place) bool { return p.session.Position == position && l.earns(p) })
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
// from the entry on of a closed one.
func (r *Roster) required(entry *Session) []string {
	var list []string
	if r.Cohort.Rolling {
		for _, p := range r.Definition.Positions() {
			list = append(list, p.ID)
		}
		return list
	}
	for _, s := range r.Sessions {
		if s.Main && !s.Start.Before(entry.Start) && !slices.Contains(list, s.Position) {
			list = append(list, s.Position)
		}
	}
	return list
}

// dose is when the protocol's minimum was reached, and when it will be if
// planned seats are attended (rules R6 and R8).
func (l *Ledger) dose(r *Roster, e *Enrollment) (met, projected protocols.Date) {
	rule := r.Definition.Dose
	const rounding = 1e-9
	sum, seen := 0.0, map[string]bool{}
	for _, p := range l.places(l.line(e)...) {
		counts := p.makeup || p.session.Main || slices.Contains(rule.Kinds, protocols.Kind(p.session.Kind))
		if rule.AtLeast == 0 || !counts || !l.earns(p) || rule.Distinct && seen[p.session.Position] {
			continue
		}
		seen[p.session.Position] = true
		credit := 1.0
		if p.makeup {
			credit = r.Definition.Makeup.CreditRatio
		}
		if sum += credit; sum+rounding < float64(rule.AtLeast) {
			continue
		}
		if p.session.Past(l.book.Now) {
			met = p.session.Wall.Date
		}
		return met, p.session.Wall.Date
	}
	return met, projected
}

// owed lists the positions that a person should have had and has not: missed,
// excused, not long enough, or cancelled without another date (rule R7).
func (l *Ledger) owed(r *Roster, e *Enrollment) []string {
	c := l.course(e)
	owed, credited := map[string]bool{}, map[string]bool{}
	for position := range c.passed {
		owed[position] = true
	}
	for _, p := range l.places(l.line(e)...) {
		position := p.session.Position
		switch {
		case l.earns(p):
			credited[position] = credited[position] || !p.session.Start.After(l.book.Now)
		case p.session.Live() || l.lost[p.session.ID]:
			owed[position] = true
		}
	}
	list := []string{}
	for _, p := range r.Definition.Positions() {
		if owed[p.ID] && !credited[p.ID] && !c.waived[p.ID] && !slices.Contains(list, p.ID) {
			list = append(list, p.ID)
		}
	}
	return list
}
