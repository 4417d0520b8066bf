package scheduler

import (
	"slices"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// RescheduleRequest is what is asked for when a cohort meets on other days, at
// another time or by the clock of another place from a date on. What is zero
// stays as it is.
type RescheduleRequest struct {
	Cohort      ID
	From        civil.Date // local date in the cohort's zone of today
	Weekdays    []time.Weekday
	At          *civil.Clock
	Zone        string // IANA; links are accepted
	AcceptShift bool   // take wall times that a clock change skips or repeats, also later ones
	Far         bool   // From is far off, and meant
	Reason      string // why, though another group has the equipment then, or a call leaves its window; kept
}

// Reschedule gives the sessions of the main series from a date on other dates
// and times; each keeps id, UID, number and content. On other weekdays they take
// the open cadence dates from that date on, in order and in the same weeks as
// before, and closed days are answered as the protocol says; a date on which the
// group let a session go is not used again. On the same weekdays each keeps
// its date, and takes the new time unless it had one of its own.
//
// Sessions before that date, and those beside the series, stay at their instant; in another zone
// their wall time reads otherwise. What is planned later goes on in the new way.
//
// Invalid names every field to correct: nothing that changes, a date that has
// passed, days on which the protocol cannot lie, a zone there is none of, a time
// that a clock change skips or repeats (unless accepted), or one at which the group
// meets already. Closed when the cohort has ended, no session is left from that
// date on, or no open date follows; Conflict, with Clashes as its cause, when the facilitator or
// people have something else; NotFound when there is no such cohort.
func (b *Book) Reschedule(x RescheduleRequest) error {
	r, err := b.running(x.Cohort)
	if err != nil {
		return err
	}
	next, loc, err := b.newPattern(r, &x)
	if err != nil {
		return err
	}
	due := slices.DeleteFunc(r.upcoming(b.Now), func(s *Session) bool { return !s.Main || s.Wall.Date.Before(x.From) })
	if len(due) == 0 {
		return fault.New(fault.Closed, "No session of the series is left from %s on. Choose an earlier date.", x.From)
	}
	walls, err := r.newWalls(next, loc, x.From, due)
	if err != nil {
		return err
	}
	next.AcceptShift = next.AcceptShift && next.At == r.Cohort.At && next.Zone == r.Cohort.Zone || x.AcceptShift
	if err := b.checkWalls(walls, loc, next.AcceptShift); err != nil {
		return err
	}
	for i, s := range due {
		kept := RuleOverride{Cohort: r.Cohort.ID, Session: s.ID, Reason: x.Reason}
		if walls[i].IsZero() || walls[i].Date == s.Wall.Date {
			continue
		}
		if err := b.checkWindow(s, walls[i].Date, "days", kept); err != nil {
			return err
		}
	}
	if err := b.applyWalls(r, next, loc, due, walls); err != nil {
		return err
	}
	if err := b.followDates(r, due); err != nil {
		return err
	}
	if err := b.checkNewEquipment(r, x.Reason, "at"); err != nil {
		return err
	}
	b.noteFields("cohort.reschedule", x.Cohort, map[string]bool{"zone": x.Zone != "", "time": x.At != nil,
		"days": len(x.Weekdays) > 0})
	return nil
}

// newPattern checks a rescheduling and gives the cohort as it will be, with its zone.
func (b *Book) newPattern(r *Roster, x *RescheduleRequest) (Cohort, *time.Location, error) {
	next := r.Cohort
	if x.Zone != "" {
		loc, err := b.Zones.Location(x.Zone)
		if err != nil {
			return next, nil, fault.In("zone", "%s", sentence(err))
		}
		next.Zone = loc.String()
	}
	if x.At != nil {
		next.At = *x.At
	}
	own := r.Definition.DaysOfWeek(next.Start, next.Weekdays)
	if len(x.Weekdays) > 0 && !sameDays(x.Weekdays, own) {
		start, err := r.Definition.Realign(next.Start, x.Weekdays)
		if err != nil {
			return next, nil, fault.In("days", "%s", sentence(err))
		}
		next.Start, next.Weekdays = start, slices.Clone(x.Weekdays)
	}
	today, _, err := b.todayIn(r.Cohort.Zone)
	if err != nil {
		return next, nil, err
	}
	switch {
	case x.From.IsZero():
		return next, nil, fault.In("from", "Say from which date on, written like 2026-02-03.")
	case x.From.Before(today):
		return next, nil, fault.In("from", "%s has passed. Choose today or a later date.", x.From)
	case !x.Far && !b.trusting && checkAhead("from", x.From, today) != nil:
		return next, nil, checkAhead("from", x.From, today)
	case next.Zone == r.Cohort.Zone && next.At == r.Cohort.At && slices.Equal(next.Weekdays, r.Cohort.Weekdays):
		return next, nil, fault.In("days", "The cohort already meets that way. Choose another day, time or zone.")
	}
	loc, err := b.Zones.Location(next.Zone)
	next.ZoneData = b.Zones.Version()
	return next, loc, err
}

// sameDays compares days of the week, whatever their order.
func sameDays(a, b []time.Weekday) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

// newWalls gives each of the sessions its new wall time; the zero one: closed
// days leave it none.
func (r *Roster) newWalls(next Cohort, loc *time.Location, from civil.Date, due []*Session) ([]civil.WallTime, error) {
	walls := make([]civil.WallTime, 0, len(due))
	if slices.Equal(next.Weekdays, r.Cohort.Weekdays) {
		for _, s := range due {
			wall := s.Wall
			if wall.Clock == r.Cohort.At {
				wall.Clock = next.At
			}
			walls = append(walls, wall)
		}
		return walls, nil
	}
	used := map[civil.Date]bool{}
	for _, s := range r.Sessions {
		if s.Main && !s.Live() && !s.Wall.Date.Before(from) {
			used[s.Wall.Date] = true
		}
	}
	laid, err := r.Definition.Continue(r.requestOf(next, loc), from.AddDays(-1), len(due)+len(used))
	if err != nil {
		return nil, fault.Wrap(fault.Closed, err,
			"No open date is left on these days from %s on. Open some of the closed dates, or choose other days.", from)
	}
	for _, wall := range laid {
		if len(walls) == len(due) {
			break
		}
		if used[wall.Date] {
			continue
		}
		if s := due[len(walls)]; !wall.IsZero() && s.MovedFrom.IsZero() && s.Wall.Clock != r.Cohort.At {
			wall.Clock = s.Wall.Clock // a time of its own, by the protocol
		}
		walls = append(walls, wall)
	}
	return walls, nil
}

// checkWalls refuses wall times that have passed or, unless accepted, that a
// clock change skips or repeats.
func (b *Book) checkWalls(walls []civil.WallTime, loc *time.Location, acceptShift bool) error {
	for _, wall := range walls {
		if wall.IsZero() {
			continue
		}
		resolved := civil.Resolve(wall, loc)
		if resolved.Shift != civil.Plain && !acceptShift {
			return shiftFault("at", wall, loc)
		}
		if !resolved.Instant.After(b.Now) {
			return fault.In("from", "%s at %s has passed. Choose a later date.", wall.Date, wall.Clock)
		}
	}
	return nil
}

// applyWalls gives sessions their new wall times and the cohort its new pattern. A
// session without a wall time is cancelled and its content goes with it.
func (b *Book) applyWalls(r *Roster, next Cohort, loc *time.Location, due []*Session, walls []civil.WallTime) error {
	for i, s := range due {
		if walls[i].IsZero() {
			if _, _, err := b.markCancelled(&CancelRequest{Session: s.ID, Content: Skip}); err != nil {
				return err
			}
			continue
		}
		s.Wall, s.MovedFrom = walls[i], civil.WallTime{}
		s.Start = civil.Resolve(s.Wall, loc).Instant
		s.End = s.Start.Add(time.Duration(s.Minutes) * time.Minute)
	}
	if next.Zone != r.Cohort.Zone {
		old, err := b.Zones.Location(r.Cohort.Zone)
		if err != nil {
			return err
		}
		for _, s := range r.Sessions {
			if slices.Contains(due, s) && s.Live() {
				continue
			}
			s.Wall = civil.WallOf(s.Start, loc)
			if !s.MovedFrom.IsZero() {
				s.MovedFrom = civil.WallOf(civil.Resolve(s.MovedFrom, old).Instant, loc)
			}
		}
	}
	next.SessionCounter = r.Cohort.SessionCounter
	r.Cohort = next
	r.arrange()
	return nil
}

// followDates brings itineraries and projection in line with new dates, and
// refuses dates at which the group, its facilitator or its people do something else.
func (b *Book) followDates(r *Roster, due []*Session) error {
	for _, s := range due {
		if !s.Live() {
			continue
		}
		if err := r.checkAlone(s, s.Start, s.End, "at"); err != nil {
			return err
		}
	}
	if err := b.newClashes(r).fault("at", "Choose another time, or move those first."); err != nil {
		return err
	}
	if err := b.Extend(r.Cohort.ID); err != nil {
		return err
	}
	return b.recompute()
}
