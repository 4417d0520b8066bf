package scheduler

import (
	"slices"
	"time"

	"almanac/protocols"
	"almanac/scheduler/fault"
)

// Find finds a session by its current local date, or by date and time when a
// day has two. Cancelled sessions are found when no other is. When the cohort has none then,
// an appointment of one person is meant; NotFound when there is none either; Invalid when the day has several and at gives no time.
func (l *Ledger) Find(cohort ID, on protocols.Date, at *protocols.Clock) (*Session, error) {
	r := l.book.Roster(cohort)
	if r == nil {
		return nil, fault.New(fault.NotFound, "There is no such cohort. Choose one from the list.")
	}
	var found *Session
	live := 0
	for _, s := range r.Sessions {
		if s.Wall.Date != on || at != nil && s.Wall.Clock != *at {
			continue
		}
		if s.Live() {
			live++
		}
		if found == nil || s.Live() {
			found = s
		}
	}
	if found == nil {
		found, live = l.appointment(on, at)
	}
	switch {
	case found == nil:
		return nil, fault.New(fault.NotFound, "The cohort has no session on %s. Name one by its current local date.", on)
	case live > 1:
		return nil, fault.In("session", "The cohort has several sessions on %s. Name one by date and time, such as \"%s %s\".", on, on, found.Wall.Clock)
	}
	return found, nil
}

// appointment finds a session of one person by its local date, and by time when
// one is given; the first of several, with their number.
func (l *Ledger) appointment(on protocols.Date, at *protocols.Clock) (found *Session, several int) {
	for _, s := range l.alone.Sessions {
		if s.Wall.Date == on && (at == nil || s.Wall.Clock == *at) {
			if several++; found == nil {
				found = s
			}
		}
	}
	return found, several
}

// Attended is what was noted about one person in one session.
type Attended struct {
	State   SeatState // present, late, partial, excused or missed
	Minutes int       // with partial
}

// Attend takes the attendance of one person in a session that has begun (rule
// R9). A later call corrects an earlier one. Closed for a session that has not
// begun or is cancelled; NotFound when the person has no seat in it.
func (l *Ledger) Attend(session *Session, person ID, what Attended) error {
	r, _ := l.book.withSession(session.ID)
	switch {
	case session.Start.After(l.book.Now):
		return fault.New(fault.Closed, "The session of %s has not begun, so nobody can have attended it. Give an event after its start.", session.Wall)
	case !session.Live():
		return fault.New(fault.Closed, "The session of %s is cancelled, so nobody can have attended it.", session.Wall)
	case what.State == SeatPartial && (what.Minutes < 0 || what.Minutes > session.Minutes):
		return fault.In("partial", "The session of %s takes %d minutes. Give a number between 0 and that.", session.Wall, session.Minutes)
	}
	for _, seat := range r.Seats {
		if seat.Session != session.ID || !seat.State.Occupies() || l.book.personOf(seat) != person {
			continue
		}
		seat.State = what.State
		l.minutes[seat.ID] = what.Minutes
		l.say(person, "Is noted as %s on %s (%s).", what.State, session.Wall.Date, session.Position)
		_, e := l.book.withEnrollment(seat.Enrollment)
		l.countAbsences(e)
		return l.recompute()
	}
	return fault.New(fault.NotFound, "This person has no seat in the session of %s.", session.Wall)
}

// countAbsences gives staff a task when a limit of absences is reached (rule
// R10). Nobody is discharged by it; what is excused does not count.
func (l *Ledger) countAbsences(e *Enrollment) {
	r, _ := l.book.withEnrollment(e.ID)
	rule := r.Definition.Absence
	var row int
	var misses []*Session
	for _, p := range l.places(e.ID) {
		if p.session.Start.After(l.book.Now) || !p.session.Live() || p.seat.State == SeatExcused {
			continue
		}
		if p.seat.State != SeatMissed {
			row = 0
			continue
		}
		row++
		misses = append(misses, p.session)
		within := 0
		for _, m := range misses {
			if rule.Within.IsZero() || rule.Within.AddTo(m.Wall.Date).After(p.session.Wall.Date) {
				within++
			}
		}
		if rule.Consecutive > 0 && row == rule.Consecutive || rule.Misses > 0 && within == rule.Misses {
			l.say(e.Person, "Reaches a limit of absences on %s; staff are asked to look, and nothing else happens.", p.session.Wall.Date)
			l.ask(e.Person, AboutAbsence, string(p.seat.ID))
		}
	}
}

// Cancel cancels a session. It fails as Book.Cancel does.
func (l *Ledger) Cancel(c Cancelling) error {
	r, s, err := l.book.strike(&c)
	if err != nil {
		return err
	}
	l.lost[s.ID] = c.Content == Skip
	l.sayTo(r, s, "The session of %s (%s) is cancelled; its content goes by %q.", s.Wall.Date, s.Position, c.Content)
	return l.recompute()
}

// sayTo writes a reason down for everybody with a seat in a session.
func (l *Ledger) sayTo(r *Roster, s *Session, format string, args ...any) {
	for _, seat := range r.Seats {
		if seat.Session == s.ID && seat.State != SeatReleased {
			l.say(l.book.personOf(seat), format, args...)
		}
	}
}

// Move gives a session another time. It fails as Book.Move does.
func (l *Ledger) Move(m Moving) error {
	r, s, err := l.book.changeable(m.Session)
	if err != nil {
		return err
	}
	was := s.Wall
	if err := l.book.Move(m); err != nil {
		return err
	}
	l.sayTo(r, s, "The session of %s moves to %s.", was, s.Wall)
	return l.recompute()
}

// Close closes a cohort on some days: its sessions then are cancelled, and
// their contents go as the protocol says for closed days. Closed when one of
// the sessions is over.
func (l *Ledger) Close(cohort ID, days protocols.DateRange) error {
	r := l.book.Roster(cohort)
	if r == nil {
		return fault.New(fault.NotFound, "There is no such cohort. Choose one from the list.")
	}
	r.Cohort.Closed = append(r.Cohort.Closed, days)
	content := Append
	if r.Definition.OnHoliday == protocols.ClosureSkip {
		content = Skip
	}
	for _, s := range slices.Clone(r.Sessions) {
		if !s.Live() || !days.Contains(s.Wall.Date) {
			continue
		}
		if err := l.Cancel(Cancelling{Session: s.ID, Content: content}); err != nil {
			return err
		}
	}
	return l.recompute()
}

// SetCapacity gives a cohort another number of seats; nobody loses one by it.
// Invalid when it is none, or more than MaxCapacity.
func (l *Ledger) SetCapacity(cohort ID, seats int) error {
	r := l.book.Roster(cohort)
	if r == nil {
		return fault.New(fault.NotFound, "There is no such cohort. Choose one from the list.")
	}
	if seats < 1 || seats > MaxCapacity {
		return fault.In("capacity", "A group has between 1 and %d seats. Give a number between them.", MaxCapacity)
	}
	r.Cohort.Capacity = seats
	return l.recompute()
}

// Substitute gives a session another facilitator (rule R16). Conflict when they
// lead something else at the time; Closed when the session is over or cancelled.
func (l *Ledger) Substitute(session, by ID) error {
	_, s, err := l.book.changeable(session)
	if err != nil {
		return err
	}
	if l.book.clashes(by, s.Start, s.End, s.ID) {
		return fault.New(fault.Conflict, "The facilitator already has a session at that time on %s. Choose another one.", s.Wall.Date).In("by")
	}
	s.Leader = by
	return nil
}

// MakeUp seats somebody in another session that has a position they owe (rules
// R7 and R8). Invalid when they have it already, or the session is about
// something else; Full when it has no seat; Conflict when they have something
// else at the time; Closed when it has begun or is cancelled.
func (l *Ledger) MakeUp(person, cohort ID, position string, session *Session) error {
	home, e, err := l.mayMakeUp(person, cohort, position)
	if err != nil {
		return err
	}
	r, _ := l.book.withSession(session.ID)
	switch {
	case !session.Live() || !session.Start.After(l.book.Now):
		return fault.New(fault.Closed, "The session of %s is over or cancelled. Choose one that is still to come.", session.Wall)
	case session.Position != position:
		return fault.In("position", "The session of %s is about %q. Choose one about %q.", session.Wall, session.Position, position)
	case r == home:
		return fault.In("in", "The next turn in the person's own cohort is planned by itself. Name another cohort, or make it up alone.")
	case r.Definition.Protocol != home.Definition.Protocol:
		return fault.New(fault.Conflict, "The other cohort runs another protocol, %s. Choose one that runs %s.", r.Definition.Protocol, home.Definition.Protocol)
	case r.Seated(session.ID) >= session.SeatLimit:
		return fault.New(fault.Full, "The session of %s has no free seat. Choose another one.", session.Wall)
	}
	if err := l.free(person, []*Session{session}); err != nil {
		return err
	}
	r.take(e, session, l.book.Now)
	l.say(person, "Makes %s up in another session, on %s.", position, session.Wall)
	return l.recompute()
}

// mayMakeUp finds the enrollment of somebody who may make a position up.
func (l *Ledger) mayMakeUp(person, cohort ID, position string) (*Roster, *Enrollment, error) {
	r, e, err := l.enrolled(person, cohort)
	if err != nil {
		return nil, nil, err
	}
	if e.State != Active && e.State != OnHold {
		return nil, nil, fault.New(fault.Closed, "This enrollment is %s, so nothing is to be made up.", e.State)
	}
	if !slices.ContainsFunc(r.Definition.Positions(), func(p protocols.Position) bool { return p.ID == position }) {
		return nil, nil, fault.In("position", "The protocol has no position %q. Name one of its modules, or \"module-number\" for one of several sessions.", position)
	}
	for _, p := range l.places(l.line(e)...) {
		if p.session.Position == position && l.earns(p) && !p.session.Start.After(l.book.Now) || l.course(e).waived[position] {
			return nil, nil, fault.In("position", "This person has %q already and does not owe it.", position)
		}
		if p.makeup && p.session.Position == position && l.earns(p) {
			return nil, nil, fault.In("position", "This person makes %q up already, on %s.", position, p.session.Wall)
		}
	}
	return r, e, nil
}

// Individual makes somebody an appointment of their own for a position they
// owe: a session with one seat. minutes 0 takes the protocol's length. It fails
// as MakeUp does, and is Invalid when the time has passed or does not exist.
func (l *Ledger) Individual(person, cohort ID, position string, at protocols.WallTime, minutes int) error {
	r, e, err := l.mayMakeUp(person, cohort, position)
	if err != nil {
		return err
	}
	loc, err := l.book.wallTime(r, "at_time", at, false)
	if err != nil {
		return err
	}
	if minutes == 0 {
		minutes = r.Definition.Minutes()
	}
	start := protocols.Resolve(at, loc).Instant
	s := l.alone.add(protocols.Occurrence{
		Kind: protocols.KindIndividual, Position: position, LocalStart: at,
		Start: start, End: start.Add(time.Duration(minutes) * time.Minute), Minutes: minutes,
	})
	s.SeatLimit = 1
	if err := l.book.checkFree(person, []*Session{s}); err != nil {
		return err
	}
	l.alone.take(e, s, l.book.Now)
	l.alone.arrange()
	l.say(person, "Makes %s up alone, on %s.", position, at)
	return l.recompute()
}

// Waive lets somebody graduate without a position; it earns no dose. Invalid
// without a reason, or when they do not owe it.
func (l *Ledger) Waive(person, cohort ID, position, reason string) error {
	if reason == "" {
		return fault.In("reason", "Waiving needs a reason, so that others can follow it.")
	}
	_, e, err := l.mayMakeUp(person, cohort, position)
	if err != nil {
		return err
	}
	l.course(e).waived[position] = true
	l.say(person, "%s is waived: %s.", position, reason)
	return l.recompute()
}

// Assess records that an assessment was done on a local date. NotFound when the
// person is not enrolled; Invalid for a date that is still to come.
func (l *Ledger) Assess(person ID, id string, done protocols.Date) error {
	r, _, err := l.enrolled(person, "")
	if err != nil {
		return err
	}
	loc, err := l.book.Zones.Location(r.Cohort.Zone)
	if err != nil {
		return err
	}
	if done.After(protocols.WallOf(l.book.Now, loc).Date) {
		return fault.In("done", "%s is still to come. An assessment is recorded when it is done.", done)
	}
	l.say(person, "The assessment %q was done on %s.", id, done)
	return nil
}
