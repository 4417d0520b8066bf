package scheduler

import (
	"time"

	"almanac/protocols"
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

// Cancelling is what is asked for when a session is cancelled.
type Cancelling struct {
	Session     ID
	Content     ContentAfter       // empty: as the protocol says
	On          protocols.WallTime // the date of a make-up, in the cohort's zone
	AcceptShift bool
}

// Cancel cancels a session. It never changes another session's id, UID, date or
// time; with Append and Makeup one session is added. Closed when the session is
// over or cancelled already; Invalid when a make-up has no date or a past one.
func (b *Book) Cancel(c Cancelling) error {
	r, s, err := b.changeable(c.Session)
	if err != nil {
		return err
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
	added, err := b.resettle(r, s, c)
	if err != nil {
		return err
	}
	r.arrange()
	for _, e := range r.Enrollments {
		r.reproject(e, b.Now)
	}
	if added {
		if err := b.checkAdded(r); err != nil {
			return err
		}
	}
	b.note("session.cancel", s.ID)
	return nil
}

// resettle finds a new place for the content of a cancelled session.
func (b *Book) resettle(r *Roster, s *Session, c Cancelling) (added bool, err error) {
	if !s.Main || c.Content == Skip {
		return false, nil
	}
	switch c.Content {
	case Append, "":
		return true, b.shiftContent(r, s)
	case Makeup:
		if c.On.IsZero() {
			return false, fault.In("on", "A make-up needs a date and time of its own.")
		}
		loc, err := b.wallTime(r, "on", c.On, c.AcceptShift)
		if err != nil {
			return false, err
		}
		return true, b.addSession(r, s.Position, c.On, loc)
	}
	return false, fault.In("content", "Choose what becomes of the content: append, skip or makeup.")
}

// shiftContent moves the contents of the later sessions of the main series on by
// one and adds a session for the last of them.
func (b *Book) shiftContent(r *Roster, cancelled *Session) error {
	carried := content(cancelled)
	for _, s := range r.Sessions {
		if s.Main && s.Live() && s.Start.After(cancelled.Start) {
			next := content(s)
			s.Position, s.Title, s.Phase = carried.Position, carried.Title, carried.Phase
			carried = next
		}
	}
	return b.appendSession(r, carried.Position)
}

// content is the part of a session that moves on when one is cancelled.
func content(s *Session) Session {
	return Session{Position: s.Position, Title: s.Title, Phase: s.Phase}
}

// checkAdded refuses a change whose added session overlaps with something else
// its facilitator or one of its people has.
func (b *Book) checkAdded(r *Roster) error {
	old := b.Before(r.Cohort.ID)
	for _, s := range r.Sessions {
		if old == nil || old.Session(s.ID) == nil {
			if err := b.checkTaken(r, s, s.Start, s.End, "on"); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkTaken refuses a time at which the session's facilitator or one of its
// people has something else.
func (b *Book) checkTaken(r *Roster, s *Session, start, end time.Time, field string) error {
	if s.Leader != "" {
		if _, taken := b.clash(s.Leader, start, end, s.ID); taken {
			return fault.New(fault.Conflict, "The facilitator already has a session at that time. Choose another time or another facilitator.").In(field)
		}
	}
	people := 0
	for _, seat := range r.Seats {
		if seat.Session == s.ID && seat.State.Occupies() {
			if _, taken := b.clash(r.Enrollment(seat.Enrollment).Person, start, end, s.ID); taken {
				people++
			}
		}
	}
	if people > 0 {
		return fault.New(fault.Conflict, "%s already another session at that time. Choose another time.", have(people)).In(field)
	}
	return nil
}

func have(people int) string {
	if people == 1 {
		return "One person in this group has"
	}
	return "Several people in this group have"
}

// Moving is what is asked for when a session gets another time.
type Moving struct {
	Session     ID
	To          protocols.WallTime // in the cohort's zone
	AcceptShift bool               // take a wall time that a clock change skips or repeats
}

// Move gives a session another time; it keeps id, UID, number and content.
// Invalid when the time has passed, falls into a clock change that was not
// accepted, or lies beyond a neighbour of the main series; Conflict when its
// facilitator or one of its people has something else then.
func (b *Book) Move(m Moving) error {
	r, s, err := b.changeable(m.Session)
	if err != nil {
		return err
	}
	loc, err := b.wallTime(r, "to", m.To, m.AcceptShift)
	if err != nil {
		return err
	}
	start := protocols.Resolve(m.To, loc).Instant
	end := start.Add(time.Duration(s.Minutes) * time.Minute)
	if start.Equal(s.Start) {
		return fault.In("to", "The session is at that time already. Choose another time.")
	}
	if err := r.checkNeighbours(s, start, end); err != nil {
		return err
	}
	if err := b.checkTaken(r, s, start, end, "to"); err != nil {
		return err
	}
	switch {
	case s.MovedFrom == m.To: // back to where it was
		s.MovedFrom = protocols.WallTime{}
	case s.MovedFrom.IsZero():
		s.MovedFrom = s.Wall
	}
	s.Wall, s.Start, s.End = m.To, start, end
	r.arrange()
	b.note("session.move", s.ID)
	return nil
}

// checkNeighbours refuses to move a session past the one before or after it in
// the main series, because its content would come out of order.
func (r *Roster) checkNeighbours(s *Session, start, end time.Time) error {
	for _, other := range r.Sessions {
		if other.ID == s.ID || !other.Live() || !other.Main || !s.Main {
			continue
		}
		if other.Start.Before(s.Start) && start.Before(other.End) || other.Start.After(s.Start) && end.After(other.Start) {
			return fault.In("to", "That is beyond the session of %s, and the contents would come out of order. Choose a time between its neighbours, or move that session first.", other.Wall.Date)
		}
	}
	return nil
}

// changeable finds a session that may still be cancelled or moved.
func (b *Book) changeable(id ID) (*Roster, *Session, error) {
	r, s := b.withSession(id)
	switch {
	case s == nil:
		return nil, nil, fault.New(fault.NotFound, "There is no such session.")
	case !s.Live():
		return nil, nil, fault.New(fault.Closed, "This session is cancelled already.")
	case s.Past(b.Now) || s.State == SessionMet:
		return nil, nil, fault.New(fault.Closed, "This session is over and cannot be changed any more.")
	}
	return r, s, nil
}

// wallTime checks a wall time in the cohort's zone: not past, and not in a clock
// change unless accepted.
func (b *Book) wallTime(r *Roster, field string, wall protocols.WallTime, acceptShift bool) (*time.Location, error) {
	if wall.IsZero() {
		return nil, fault.In(field, "A date and a time are needed, written like 2026-01-06T18:00.")
	}
	loc, err := b.Zones.Location(r.Cohort.Zone)
	if err != nil {
		return nil, err
	}
	resolved := protocols.Resolve(wall, loc)
	if resolved.Shift != protocols.Plain && !acceptShift {
		return nil, shiftFault(field, wall, resolved.Shift.String())
	}
	if !resolved.Instant.After(b.Now) {
		return nil, fault.In(field, "That time has passed. Choose one that is still to come.")
	}
	return loc, nil
}
