package scheduler

import (
	"errors"
	"strings"
	"time"

	"almanac/protocols"
	"almanac/scheduler/fault"
)

// Opening is what is asked for when a cohort is opened. The zero value of each
// optional field means the protocol's own.
type Opening struct {
	Definition  *protocols.Definition
	Name        string // optional; for staff
	Start       protocols.Date
	At          protocols.Clock
	Zone        string // IANA; links are accepted
	Weekdays    []time.Weekday
	Closed      []protocols.DateRange
	Holidays    string
	Capacity    int  // 0: the protocol's maximum; see HasCapacity
	HasCapacity bool // Capacity was given, so that 0 is refused instead of replaced
	Lead        ID   // facilitator; optional
	Place       string
	AcceptShift bool // take sessions whose wall time a clock change skips or repeats
	Past        bool // take a start that has passed
}

// MaxCapacity bounds a cohort's seats.
const MaxCapacity = 1000

// DefaultPlace is what people read as the place of a session, in discreet words.
const DefaultPlace = "Online"

// Lay lays an opening on the calendar without opening anything: the preview of
// every date. It reports everything that is wrong at once, each fault at its field.
func (o Opening) Lay(zones *protocols.Zones, now time.Time) (*protocols.Calendar, error) {
	if o.Definition == nil {
		return nil, fault.In("protocol", "Choose a protocol. `almanac protocol list` shows them all.")
	}
	var faults []error
	loc, err := zones.Location(o.Zone)
	if err != nil {
		faults = append(faults, fault.Wrap(fault.Invalid, err, "%s", sentence(err)).In("zone"))
	}
	if o.Start.IsZero() {
		faults = append(faults, fault.In("start", "A start date is needed, written like 2026-01-06."))
	}
	faults = append(faults, o.checkCapacity()...)
	o.Name = strings.TrimSpace(o.Name)
	if problem := checkLine(o.Name); problem != "" {
		faults = append(faults, fault.In("name", "The name %s.", problem))
	}
	if problem := checkLine(o.Place); problem != "" {
		faults = append(faults, fault.In("place", "The place %s.", problem))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	calendar, err := o.Definition.Plan(protocols.PlanRequest{
		Start: o.Start, At: o.At, Location: loc, ZoneData: zones.Version(),
		Weekdays: o.Weekdays, Closed: o.Closed, Holidays: o.Holidays,
	})
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s", sentence(err)).In("start")
	}
	return calendar, o.checkDates(calendar, now)
}

func (o Opening) checkCapacity() []error {
	limits := o.Definition.Capacity
	switch {
	case !o.HasCapacity:
		return nil
	case o.Capacity <= 0:
		return []error{fault.In("capacity", "A group needs at least one seat. Give a capacity of %d or more.", max(1, limits.MinToStart))}
	case o.Capacity < limits.MinToStart:
		return []error{fault.In("capacity", "This protocol needs at least %d people to start. Give a capacity of %d or more.", limits.MinToStart, limits.MinToStart)}
	case o.Capacity > MaxCapacity:
		return []error{fault.In("capacity", "A group has at most %d seats. Give a smaller capacity.", MaxCapacity)}
	}
	return nil
}

// checkDates refuses a past start and wall times that a clock change skips or
// repeats, unless they were accepted.
func (o Opening) checkDates(calendar *protocols.Calendar, now time.Time) error {
	var faults []error
	if first := calendar.Sessions[0]; !o.Past && !first.Start.After(now) {
		faults = append(faults, fault.In("start", "The first session, on %s, has passed. Choose a later start, or say that a past start is meant (--past).", first.LocalStart.Date))
	}
	if !o.AcceptShift {
		for _, s := range calendar.Sessions {
			if s.Note != "" {
				faults = append(faults, shiftFault("time", s.LocalStart, s.Note))
				break
			}
		}
	}
	return errors.Join(faults...)
}

func shiftFault(field string, wall protocols.WallTime, note string) *fault.Error {
	if note == protocols.Gap.String() {
		return fault.In(field, "On %s the clocks go forward and %s does not exist. Choose another time, or accept the shift (--accept-shift).", wall.Date, wall.Clock)
	}
	return fault.In(field, "On %s the clocks go back and %s comes twice. Choose another time, or accept the first of the two (--accept-shift).", wall.Date, wall.Clock)
}

// sentence gives an error's text as a sentence.
func sentence(err error) string {
	text := err.Error()
	if text == "" {
		return text
	}
	if last := text[len(text)-1]; last != '.' && last != '!' && last != '?' {
		text += "."
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// Open opens a cohort under an id that the desk drew and plans its sessions: a
// closed cohort's whole series, a rolling one's as far as the projection
// reaches. Invalid names every field that must be corrected; Conflict when the
// facilitator leads another session at one of the times.
func (b *Book) Open(id ID, o Opening) (*Roster, error) {
	calendar, err := o.Lay(b.Zones, b.Now)
	if err != nil {
		return nil, err
	}
	r := &Roster{Definition: o.Definition, Cohort: Cohort{
		ID: id, Clinic: b.Clinic.ID, Name: strings.TrimSpace(o.Name),
		Protocol: o.Definition.Ref(), Hash: o.Definition.Hash(), Rolling: o.Definition.Rolling(),
		Zone: calendar.Zone, ZoneData: calendar.ZoneData, Start: o.Start, At: o.At,
		Weekdays: o.Weekdays, Closed: o.Closed, Holidays: o.Holidays,
		Capacity: o.Definition.Capacity.Max, Place: DefaultPlace, Lead: o.Lead, State: CohortOpen, OpenedAt: b.Now,
	}}
	if o.HasCapacity {
		r.Cohort.Capacity = o.Capacity
	}
	if o.Place != "" {
		r.Cohort.Place = strings.TrimSpace(o.Place)
	}
	if r.Cohort.Name == "" {
		r.Cohort.Name = o.Definition.Title
	}
	for _, occurrence := range calendar.Sessions {
		r.Sessions = append(r.Sessions, r.newSession(occurrence))
	}
	r.arrange()
	b.Rosters = append(b.Rosters, r)
	if err := b.Extend(id); err != nil {
		return nil, err
	}
	if err := b.checkLead(r); err != nil {
		return nil, err
	}
	b.note("cohort.open", id)
	return r, nil
}

// checkLead refuses a facilitator who leads or attends something else at the
// time of one of the roster's sessions.
func (b *Book) checkLead(r *Roster) error {
	for _, s := range r.Sessions {
		if s.Leader == "" || !s.Live() || s.Past(b.Now) {
			continue
		}
		if _, taken := b.clash(s.Leader, s.Start, s.End, s.ID); taken {
			return fault.New(fault.Conflict, "The facilitator already has a session at that time on %s. Choose another time or another facilitator.", s.Wall.Date).In("facilitator")
		}
	}
	return nil
}
