package scheduler

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// Rule names a rule that a coordinator may set aside with a reason.
type Rule string

// The rules that a reason sets aside, beside credentials and prerequisites.
const (
	RuleClosedDay    Rule = "closed-day"   // a session on a day on which the clinic is closed
	RuleWindow       Rule = "window"       // an appointment outside its window
	RuleSeats        Rule = "seats"        // fewer or more seats than the protocol says
	RuleEquipment    Rule = "equipment"    // more at one time than the clinic has
	RuleRequires     Rule = "requires"     // somebody leads without the training that a role requires
	RulePrerequisite Rule = "prerequisite" // somebody begins without what is to be done first
	RuleBegun        Rule = "begun"        // somebody new comes into a closed group that has begun
	RuleTelling      Rule = "telling"      // words that people read tell why they come
)

// InWords says which rule was set aside, as pages and commands write it.
func (r Rule) InWords() string {
	switch r {
	case RuleClosedDay:
		return "A session on a closed day"
	case RuleWindow:
		return "An appointment outside its window"
	case RuleSeats:
		return "Fewer or more seats than the protocol says"
	case RuleEquipment:
		return "More equipment at one time than there is"
	case RuleRequires:
		return "A facilitator without a required training"
	case RulePrerequisite:
		return "A person begins without a prerequisite"
	case RuleBegun:
		return "A new person in a cohort that has begun"
	case RuleTelling:
		return "Words that tell why people come"
	}
	return string(r)
}

// RuleOverride is that a rule was set aside, and why.
type RuleOverride struct {
	Rule                        Rule
	Cohort, Session, Enrollment ID // Session and Enrollment may be empty
	// Reason is in the words of staff: sealed in the store, and never logged.
	Reason string
}

// ErrFar is the cause of a refusal that a confirmation sets aside: the date is so far off that
// it is likely a slip.
var ErrFar = errors.New("the date is far off")

// ErrShift is the cause of a refusal that consent to the shift sets aside: a change of clocks
// skips or repeats the wall time.
var ErrShift = errors.New("a change of clocks skips or repeats the time")

// setAside keeps that a rule is set aside. Without a reason it gives the refusal instead.
func (b *Book) setAside(o RuleOverride, refusal *fault.Error) error {
	reason, unclear := CheckReason("reason", "The reason", o.Reason)
	switch {
	case unclear != nil:
		return unclear
	case reason == "":
		return refusal
	}
	o.Reason = reason
	if !slices.Contains(b.Exceptions, o) {
		b.Exceptions = append(b.Exceptions, o)
	}
	return nil
}

// consent is what somebody says along with a date that they name.
type consent struct {
	shift  bool   // take a wall time that a change of clocks skips or repeats
	far    bool   // the date is far off, and meant
	reason string // why the day, though closed or outside the window
}

// named is a wall time that somebody gives a session.
type named struct {
	field   string
	wall    civil.WallTime
	session *Session // that gets it; nil: a new one
	like    *Session // whose window a new one has; nil: none
	consent
}

// checkNamed checks a wall time that somebody names, in the cohort's zone, and gives that zone.
// Invalid, at its field, when it is missing, has passed, falls into a change of clocks (unless
// accepted), is far off (unless confirmed), on a closed day or outside the appointment's window
// (unless a reason is given, which is kept).
func (b *Book) checkNamed(r *Roster, n named) (*time.Location, error) {
	if n.wall.IsZero() {
		return nil, fault.In(n.field, "A date and a time are needed, written like 2026-01-06T18:00.")
	}
	loc, err := b.Zones.Location(r.Cohort.Zone)
	if err != nil {
		return nil, err
	}
	resolved := civil.Resolve(n.wall, loc)
	if resolved.Shift != civil.Plain && !n.shift {
		return nil, shiftFault(n.field, n.wall, loc)
	}
	if !resolved.Instant.After(b.Now) {
		return nil, fault.In(n.field, "That time has passed. Choose one that is still to come.")
	}
	if err := b.checkFar(r, n, loc); err != nil {
		return nil, err
	}
	kept := RuleOverride{Cohort: r.Cohort.ID, Session: sessionID(r.Cohort.ID, r.Cohort.SessionCounter+1),
		Reason: n.reason}
	if n.session != nil {
		kept.Session = n.session.ID
	}
	if closed := slices.Concat(b.Clinic.Closed, r.Cohort.Closed); containsDay(closed, n.wall.Date) {
		kept.Rule = RuleClosedDay
		refusal := fault.Wrap(fault.Invalid, ErrNeedsReason,
			"The clinic is closed on %s. Choose another day, or give a reason.", n.wall.Date).In(n.field)
		if err := b.setAside(kept, refusal); err != nil {
			return nil, err
		}
	}
	if s := cmp.Or(n.session, n.like); s != nil {
		if err := b.checkWindow(s, n.wall.Date, n.field, kept); err != nil {
			return nil, err
		}
	}
	return loc, nil
}

// checkWindow refuses a date outside the window of an appointment, unless a reason is given.
func (b *Book) checkWindow(s *Session, date civil.Date, field string, kept RuleOverride) error {
	if s.inWindow(date) {
		return nil
	}
	kept.Rule = RuleWindow
	return b.setAside(kept, fault.Wrap(fault.Invalid, ErrNeedsReason,
		"The protocol wants this appointment between %s and %s. Choose a day in between, or give a reason.", s.Opens,
		s.Closes).In(field))
}

// inWindow tells whether a session may lie on a date; one without a window may lie on any.
func (s *Session) inWindow(date civil.Date) bool {
	return s.Opens.IsZero() || civil.DateRange{From: s.Opens, To: s.Closes}.Contains(date)
}

// farMonths is how far ahead a date is named without doubt, and apartMonths how far from its
// neighbour in the series.
const (
	farMonths   = 24
	apartMonths = 12
)

// checkFar asks whether a date is meant that is so far off that it is likely a slip, as 2126 for 2026.
func (b *Book) checkFar(r *Roster, n named, loc *time.Location) error {
	if n.far || b.trusting {
		return nil
	}
	if err := checkAhead(n.field, n.wall.Date, civil.WallOf(b.Now, loc).Date); err != nil {
		return err
	}
	var nearest civil.Date
	for _, s := range r.Sessions {
		if s == n.session || !s.Live() || !s.Main {
			continue
		}
		if nearest.IsZero() || distance(s.Wall.Date, n.wall.Date) < distance(nearest, n.wall.Date) {
			nearest = s.Wall.Date
		}
	}
	if !nearest.IsZero() &&
		(n.wall.Date.After(nearest.AddMonths(apartMonths)) || n.wall.Date.Before(nearest.AddMonths(-apartMonths))) {
		return fault.Wrap(fault.Invalid, ErrFar,
			"%s is more than a year from the nearest session of the cohort, on %s. Check the year, or confirm "+
				"that it is meant.", n.wall.Date, nearest).In(n.field)
	}
	return nil
}

// checkAhead refuses a date that is more than two years ahead.
func checkAhead(field string, date, today civil.Date) error {
	if date.After(today.AddMonths(farMonths)) {
		return fault.Wrap(fault.Invalid, ErrFar,
			"%s is more than two years ahead. Check the year, or confirm that it is meant.", date).In(field)
	}
	return nil
}

func distance(a, b civil.Date) int { return max(a.DaysUntil(b), b.DaysUntil(a)) }

// shiftFault refuses a wall time that does not occur once, and says both of its readings.
func shiftFault(field string, wall civil.WallTime, loc *time.Location) *fault.Error {
	return fault.Wrap(fault.Invalid, ErrShift, "%s Choose another time, or accept the shift.",
		ShiftNote(wall, loc)).In(field)
}

// ShiftNote says, for staff, what a change of clocks does to a wall time, with both readings; empty
// for one that occurs once.
func ShiftNote(wall civil.WallTime, loc *time.Location) string {
	at := civil.Resolve(wall, loc)
	reading := func(t time.Time) string { return t.In(loc).Format("15:04 MST") }
	switch at.Shift {
	case civil.Gap:
		return fmt.Sprintf("On %s the clocks go forward and %s does not exist: it would be %s or %s, and the first "+
			"counts.", wall.Date, wall.Clock, reading(at.Instant), reading(at.Other))
	case civil.Overlap:
		return fmt.Sprintf("On %s the clocks go back and %s occurs twice, as %s and as %s, and the first counts.",
			wall.Date, wall.Clock, reading(at.Instant), reading(at.Other))
	}
	return ""
}

// checkCadence refuses a session that a change added on the next date of the cadence, when a change
// of clocks skips or repeats its time and neither the cohort nor the change accepts that.
func (r *Roster) checkCadence(field string, s *Session, accept bool, loc *time.Location) error {
	if accept || r.Cohort.AcceptShift || civil.Resolve(s.Wall, loc).Shift == civil.Plain {
		return nil
	}
	return shiftFault(field, s.Wall, loc)
}

// shifts says what a change of clocks does to the dates that the change gives.
func (b *Book) shifts() []string {
	var notes []string
	for _, r := range b.Rosters {
		old, loc := b.Before(r.Cohort.ID), b.zone(r.Cohort.Zone)
		for _, s := range r.Sessions {
			if old != nil && old.Session(s.ID) != nil && old.Session(s.ID).Wall == s.Wall || !s.Live() {
				continue
			}
			if note := ShiftNote(s.Wall, loc); note != "" && !slices.Contains(notes, note) {
				notes = append(notes, note)
			}
		}
	}
	return notes
}
