package scheduler

import (
	"slices"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// MakeUp seats somebody in another cohort's session that has a position they
// owe (rules R7 and R8). Invalid when they have it already, or the session is
// about something else; Full when it has no seat; Conflict when they have
// something else at the time; Closed when it has begun or is cancelled; NotFound
// when there is no such enrollment or session.
func (b *Book) MakeUp(enrollment ID, position string, session ID) error {
	home, e, err := b.mayMakeUp(enrollment, position)
	if err != nil {
		return err
	}
	if err := b.checkOnce(e, position); err != nil {
		return err
	}
	r, s := b.withSession(session)
	switch {
	case s == nil:
		return noSession()
	case !s.Live() || !s.Start.After(b.Now):
		return fault.New(fault.Closed,
			"The session of %s is over or cancelled. Choose one that is still to come.", s.Wall)
	case s.Position != position:
		return fault.In("position", "The session of %s is about %q. Choose one about %q.", s.Wall, s.Position, position)
	case r == home:
		return fault.In("in",
			"The next turn in the person's own cohort is planned automatically. Name another cohort, or plan an "+
				"individual make-up.")
	case r.Definition.Protocol != home.Definition.Protocol:
		return fault.New(fault.Conflict, "The other cohort runs another protocol, %s. Choose one that runs %s.",
			r.Definition.Protocol, home.Definition.Protocol)
	case r.closedTo(s, e.Person):
		return fault.New(fault.Full, "The session of %s has no free seat. Choose another one.", s.Wall)
	}
	if err := b.free(e.Person, []*Session{s}); err != nil {
		return err
	}
	r.take(e, s, b.Now)
	r.seat(e.ID, s.ID).Elsewhere = true
	b.say(e.Person, "Makes %s up in another session, on %s.", position, s.Wall)
	b.note("enrollment.makeup", e.ID, s.ID, e.Person)
	return b.recompute()
}

// mayMakeUp finds the enrollment of somebody who may make a position up, or be
// let off it.
func (b *Book) mayMakeUp(enrollment ID, position string) (*Roster, *Enrollment, error) {
	r, e := b.withEnrollment(enrollment)
	if e == nil {
		return nil, nil, noEnrollment()
	}
	if e.State != Active && e.State != OnHold {
		return nil, nil, fault.New(fault.Closed, "This enrollment is %s, so there is nothing to make up.",
			e.State.inWords())
	}
	if !slices.ContainsFunc(r.positions(), func(p protocols.Position) bool { return p.ID == position }) {
		return nil, nil, fault.In("position",
			"The protocol has no position %q. Name one of its modules, or \"module-number\" for one of several "+
				"sessions.", position)
	}
	for _, p := range b.heldSeats(b.creditChain(e)...) {
		if p.session.Position == position && b.earns(p) && !p.session.Start.After(b.Now) ||
			e.recorded(FactWaiver, position) {
			return nil, nil, fault.In("position", "This person already has %q and does not owe it.", position)
		}
	}
	return r, e, nil
}

// checkOnce refuses to make a position up a second time.
func (b *Book) checkOnce(e *Enrollment, position string) error {
	for _, p := range b.heldSeats(b.creditChain(e)...) {
		if p.makeup && p.session.Position == position && b.earns(p) {
			return fault.In("position", "This person already makes up %q, on %s.", position, p.session.Wall)
		}
	}
	return nil
}

// AppointmentRequest is what is asked for when somebody makes a position up alone.
type AppointmentRequest struct {
	Enrollment  ID
	Position    string
	At          civil.WallTime // in the cohort's zone
	Minutes     int            // 0: the length that the protocol's sessions have
	Leader      ID             // empty: nobody yet
	Reason      string         // why, though Leader lacks the credential, or the clinic is closed then; kept
	AcceptShift bool           // take a wall time that a clock change skips or repeats
	Far         bool           // At is far off, and meant
}

// Individual makes somebody an appointment of their own for a position they
// owe: a session with one seat. It fails as MakeUp does, and is Invalid when the
// time has passed or does not exist. Conflict, too, when who is to lead it has
// something else then, or lacks the credential that the protocol asks for and no
// reason is given, which is kept.
func (b *Book) Individual(a AppointmentRequest) error {
	r, e, err := b.mayMakeUp(a.Enrollment, a.Position)
	if err != nil {
		return err
	}
	if err := b.checkOnce(e, a.Position); err != nil {
		return err
	}
	loc, err := b.checkNamed(r, named{field: "at_time", wall: a.At, consent: consent{a.AcceptShift, a.Far, a.Reason}})
	if err != nil {
		return err
	}
	if a.Minutes == 0 {
		a.Minutes = r.Definition.Minutes()
	}
	if a.Minutes < 1 || a.Minutes > longestAppointment {
		return fault.In("minutes", "An appointment takes between 1 and %d minutes. Give a number between them.",
			longestAppointment)
	}
	start := civil.Resolve(a.At, loc).Instant
	s := r.add(protocols.Occurrence{
		Kind: protocols.KindIndividual, Position: a.Position, LocalStart: a.At,
		Start: start, End: start.Add(time.Duration(a.Minutes) * time.Minute), Minutes: a.Minutes,
	})
	s.SeatLimit, s.For, s.Leader = 1, e.ID, a.Leader
	if err := b.checkFree(e.Person, []*Session{s}); err != nil {
		return err
	}
	if b.clashes(a.Leader, s.Start, s.End, s.ID) {
		return fault.New(fault.Conflict,
			"The facilitator already has a session at that time. Choose another time or another facilitator.",
		).In("at_time")
	}
	if err := b.mayLead(leading{Staff: a.Leader, Session: s.ID, Reason: a.Reason}, "leader", r, s); err != nil {
		return err
	}
	r.take(e, s, b.Now)
	r.arrange()
	b.say(e.Person, "Makes %s up alone, on %s.", a.Position, a.At)
	b.note("enrollment.appointment", e.ID, s.ID, e.Person)
	return b.recompute()
}

// longestAppointment bounds an appointment, in minutes.
const longestAppointment = 8 * 60

// Waive lets somebody graduate without a position; it earns no dose. Invalid
// without a reason, or when they do not owe it; otherwise it fails as MakeUp does.
func (b *Book) Waive(enrollment ID, position, reason string) error {
	reason, err := needReason("Waiving", reason)
	if err != nil {
		return err
	}
	_, e, err := b.mayMakeUp(enrollment, position)
	if err != nil {
		return err
	}
	e.record(Fact{Kind: FactWaiver, What: position, At: b.Now, Reason: reason})
	b.say(e.Person, "%s is waived: %s.", position, reason)
	b.note("enrollment.waive", e.ID, e.Person)
	return b.recompute()
}
