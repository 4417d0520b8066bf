package scheduler

import (
	"slices"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// ContentAfter says what becomes of a cancelled session's content.
type ContentAfter string

// What a cancellation may do with the content.
const (
	Append ContentAfter = "append" // everything shifts by one, a date is added at the end
	Skip   ContentAfter = "skip"   // it is lost
	Makeup ContentAfter = "makeup" // it gets a date of its own
)

// CancelRequest asks to cancel a session.
type CancelRequest struct {
	Session     ID
	Content     ContentAfter   // empty: as the protocol says
	On          civil.WallTime // the date of a make-up, in the cohort's zone
	AcceptShift bool           // take an added date whose time a clock change skips or repeats
	Far         bool           // On is far off, and meant
	Reason      string         // why On, though closed or outside the appointment's window; kept
}

// Cancel cancels a session. It never changes another session's id, UID, date or
// time; with Append and Makeup one session is added. With Append it
// comes on the next open cadence date and takes the last content, with Makeup
// it stands on the date given. People whose position got no seat owe it until
// its next turn. Closed when the session is over or cancelled already, or no
// open date follows; Invalid when a make-up has no date, a past one or one on
// which the group meets; Conflict when its facilitator or one of its people has
// something else on the added date; NotFound when there is no such session.
func (b *Book) Cancel(c CancelRequest) error {
	r, err := b.cancelSession(&c)
	if err != nil {
		return err
	}
	if err := b.recompute(); err != nil {
		return err
	}
	if err := b.checkAdded(r, c); err != nil {
		return err
	}
	b.note("session.cancel", c.Session)
	return nil
}

// cancelSession is Cancel without replanning itineraries.
func (b *Book) cancelSession(c *CancelRequest) (*Roster, error) {
	r, s, err := b.markCancelled(c)
	if err != nil {
		return nil, err
	}
	s.ContentLost = c.Content == Skip
	b.sayTo(r, s, "The session of %s (%s) is cancelled; its content goes by %q.", s.Wall.Date, s.Position, c.Content)
	return r, nil
}

// markCancelled cancels a session and its seats, and finds another session for its
// content, as the request or the protocol says. It does not replan itineraries.
func (b *Book) markCancelled(c *CancelRequest) (*Roster, *Session, error) {
	r, s, err := b.changeable(c.Session)
	if err != nil {
		return nil, nil, err
	}
	if c.Content == "" {
		c.Content = ContentAfter(r.Definition.OnCancel)
	}
	s.State = SessionCancelled
	for _, seat := range r.Seats {
		if seat.Session == s.ID && seat.State.Occupies() {
			seat.State = SeatCancelled
		}
	}
	if err := b.replaceContent(r, s, *c); err != nil {
		return nil, nil, err
	}
	r.arrange()
	b.leadAdded(r)
	return r, s, nil
}

// replaceContent finds another session for the content of a cancelled one. A session
// outside the main series has no content to replace.
func (b *Book) replaceContent(r *Roster, s *Session, c CancelRequest) error {
	if c.Content != Append && c.Content != Skip && c.Content != Makeup {
		return fault.In("content", "Choose what becomes of the content: append, skip or makeup.")
	}
	if c.Content == Skip || !s.Main {
		return nil
	}
	if c.Content == Append {
		if err := b.keepWindows(r, s, c); err != nil {
			return err
		}
		return b.shiftContent(r, s, c.AcceptShift)
	}
	if c.On.IsZero() {
		return fault.In("on", "A make-up needs a date and a time of its own, written like 2026-01-06T18:00.")
	}
	loc, err := b.checkNamed(r,
		named{field: "on", wall: c.On, like: s, consent: consent{c.AcceptShift, c.Far, c.Reason}})
	if err != nil {
		return err
	}
	added := r.addMain(s, s.content(), c.On, loc)
	added.Opens, added.Closes = s.Opens, s.Closes
	return r.checkAlone(added, added.Start, added.End, "on")
}

// keepWindows refuses to let the contents of appointments move on by one, which takes them out of
// their windows, unless a reason is given.
func (b *Book) keepWindows(r *Roster, s *Session, c CancelRequest) error {
	if s.Opens.IsZero() {
		return nil
	}
	refusal := fault.Wrap(fault.Invalid, ErrNeedsReason,
		"The protocol wants this appointment between %s and %s. Give it a date of its own in between, or give a "+
			"reason.", s.Opens, s.Closes).In("content")
	return b.setAside(RuleOverride{Rule: RuleWindow, Cohort: r.Cohort.ID, Session: s.ID, Reason: c.Reason}, refusal)
}

// shiftContent moves the contents of the later sessions of the main series on by
// one and adds a session for the last of them.
func (b *Book) shiftContent(r *Roster, cancelled *Session, acceptShift bool) error {
	loc, err := b.Zones.Location(r.Cohort.Zone)
	if err != nil {
		return err
	}
	carried := cancelled.content()
	for _, s := range r.Sessions {
		if s.Main && s.Live() && s.Start.After(cancelled.Start) {
			next := s.content()
			s.setContent(carried)
			carried = next
		}
	}
	added, err := r.appendNext(carried, loc)
	if err != nil {
		return err
	}
	return r.checkCadence("content", added, acceptShift, loc)
}

// checkAdded refuses a cancellation that gives the facilitator, or one of the
// people, a session at a time when they have something else.
func (b *Book) checkAdded(r *Roster, c CancelRequest) error {
	field, way := "content", "Give the content a date of its own (makeup), or drop it (skip)."
	if c.Content == Makeup {
		field, way = "on", "Choose another time."
	}
	if err := b.checkNewEquipment(r, c.Reason, field); err != nil {
		return err
	}
	old := b.Before(r.Cohort.ID)
	for _, s := range r.Sessions {
		added := old == nil || old.Session(s.ID) == nil
		if added && b.clashes(s.Leader, s.Start, s.End, s.ID) {
			return fault.New(fault.Conflict,
				"The facilitator already has a session at the time of the added date, %s. %s", s.Wall, way).In(field)
		}
	}
	for _, seat := range r.Seats {
		if !seat.State.Occupies() || old != nil && old.occupied(seat.ID) {
			continue
		}
		s := r.Session(seat.Session)
		if b.clashes(seat.Person, s.Start, s.End, s.ID) {
			return fault.New(fault.Conflict,
				"A participant of this cohort already has a session at the time of the added date, %s. %s",
				s.Wall, way).In(field)
		}
	}
	return nil
}

// occupied tells whether a seat exists and counts against the limit.
func (r *Roster) occupied(seat ID) bool {
	return slices.ContainsFunc(r.Seats, func(s *Seat) bool { return s.ID == seat && s.State.Occupies() })
}

// checkTaken refuses a time at which the session's facilitator or one of its
// people has something else.
func (b *Book) checkTaken(r *Roster, s *Session, start, end time.Time) error {
	if b.clashes(s.Leader, start, end, s.ID) {
		return fault.New(fault.Conflict,
			"The facilitator already has a session at that time. Choose another time or another facilitator.").In("to")
	}
	for _, seat := range r.Seats {
		if seat.Session == s.ID && seat.State.Occupies() && b.clashes(seat.Person, start, end, s.ID) {
			return fault.New(fault.Conflict,
				"A participant of this cohort already has a session at that time. Choose another time.").In("to")
		}
	}
	return nil
}

// MoveRequest asks for another time of a session.
type MoveRequest struct {
	Session     ID
	To          civil.WallTime // in the cohort's zone
	AcceptShift bool           // take a wall time that a clock change skips or repeats
	Far         bool           // To is far off, and meant
	Reason      string         // why To, though closed or outside the appointment's window; kept
}

// Move gives a session another time; it keeps id, UID, number and content.
// Invalid when the time has passed, falls into a clock change that was not
// accepted, is far off without a confirmation, on a closed day without a reason, one at which
// the group meets already, or beyond a neighbour of the main series; Conflict when its facilitator or one of its
// people has something else then; Closed when the session is over or cancelled; NotFound
// when there is no such session.
func (b *Book) Move(m MoveRequest) error {
	if err := b.shift(m); err != nil {
		return err
	}
	b.note("session.move", m.Session)
	return b.recompute()
}

// shift is Move without what follows from it for itineraries.
func (b *Book) shift(m MoveRequest) error {
	r, s, err := b.changeable(m.Session)
	if err != nil {
		return err
	}
	loc, err := b.checkNamed(r,
		named{field: "to", wall: m.To, session: s, consent: consent{m.AcceptShift, m.Far, m.Reason}})
	if err != nil {
		return err
	}
	start := civil.Resolve(m.To, loc).Instant
	end := start.Add(time.Duration(s.Minutes) * time.Minute)
	if start.Equal(s.Start) {
		return fault.In("to", "The session is already at that time. Choose another time.")
	}
	if err := r.checkAlone(s, start, end, "to"); err != nil {
		return err
	}
	if err := r.checkNeighbours(s, start); err != nil {
		return err
	}
	if err := b.checkTaken(r, s, start, end); err != nil {
		return err
	}
	switch {
	case s.MovedFrom == m.To: // back to where it was
		s.MovedFrom = civil.WallTime{}
	case s.MovedFrom.IsZero():
		s.MovedFrom = s.Wall
	}
	b.sayTo(r, s, "The session of %s moves to %s.", s.Wall, m.To)
	s.Wall, s.Start, s.End = m.To, start, end
	r.arrange()
	return b.checkNewEquipment(r, m.Reason, "to")
}

// checkNeighbours refuses to move a session past the one before or after it in
// the main series, because its content would come out of order.
func (r *Roster) checkNeighbours(s *Session, start time.Time) error {
	for _, other := range r.Sessions {
		if other.ID == s.ID || !other.Live() || !other.Main || !s.Main {
			continue
		}
		if other.Start.Before(s.Start) != other.Start.Before(start) {
			return fault.In("to",
				"That is past the session of %s, so the contents would be out of order. Choose a time between "+
					"its neighbours, or move that session first.", other.Wall.Date)
		}
	}
	return nil
}

// checkAlone refuses a time at which the group meets already.
func (r *Roster) checkAlone(s *Session, start, end time.Time, field string) error {
	for _, other := range r.Sessions {
		if other.ID != s.ID && other.Live() && other.overlaps(start, end) {
			return fault.In(field, "This cohort already meets at that time, on %s at %s. Choose another time.",
				other.Wall.Date, other.Wall.Clock)
		}
	}
	return nil
}

// changeable finds a session that may still be cancelled or moved.
func (b *Book) changeable(id ID) (*Roster, *Session, error) {
	r, s := b.withSession(id)
	switch {
	case s == nil:
		return nil, nil, noSession()
	case !s.Live():
		return nil, nil, fault.New(fault.Closed, "This session is already cancelled.")
	case s.Past(b.Now) || s.State == SessionMet:
		return nil, nil, fault.New(fault.Closed, "This session is over and can no longer be changed.")
	}
	return r, s, nil
}

func noSession() error {
	return fault.New(fault.NotFound, "There is no such session. Choose one on the page of its cohort.")
}
