package scheduler

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

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
	Avoid       []protocols.Hours // to keep free beside the protocol's own: a clinic's; they are not stored
	Buffer      time.Duration     // the way between those hours and a session
	Capacity    int               // 0: the protocol's maximum; see HasCapacity
	HasCapacity bool              // Capacity was given, so that 0 is refused instead of replaced
	Lead        ID                // facilitator; optional
	Reason      string            // why Lead leads without the protocol's credential; empty: they have it
	Place       string
	AcceptShift bool // take sessions whose wall time a clock change skips or repeats
	Past        bool // take a start that has passed
}

// MaxCapacity bounds a cohort's seats.
const MaxCapacity = 1000

// DefaultPlace is what people read as the place of a session, in discreet words.
const DefaultPlace = "Online"

// Lay lays an opening on the calendar without opening anything: the preview of
// every date, of one turn where the content comes round again. It reports
// everything that is wrong at once, each fault Invalid and at its field; when
// the dates could be found in spite of it, they are given as well.
func (o Opening) Lay(zones *protocols.Zones, now time.Time) (*protocols.Calendar, error) {
	var faults []error
	refuse := func(field, format string, args ...any) {
		faults = append(faults, fault.In(field, format, args...))
	}
	if o.Definition == nil {
		refuse("protocol", "Choose a protocol. `almanac protocol list` shows them all.")
	}
	loc, err := zones.Location(o.Zone)
	if err != nil {
		refuse("zone", "%s", sentence(err))
	}
	if o.Start.IsZero() {
		refuse("start", "A start date is needed, written like 2026-01-06.")
	}
	if o.Holidays != "" && o.Holidays != protocols.HolidaysUSFederal {
		refuse("holidays", "There is no such holiday calendar. Write %s, or leave it empty.", protocols.HolidaysUSFederal)
	}
	plannable := len(faults) == 0
	if problem := o.capacityProblem(); problem != "" {
		refuse("capacity", "%s", problem)
	}
	if _, problem := tidyLine(o.Name); problem != "" {
		refuse("name", "The name %s.", problem)
	}
	if _, problem := tidyLine(o.Place); problem != "" {
		refuse("place", "The place %s.", problem)
	}
	if !plannable {
		return nil, errors.Join(faults...)
	}
	calendar, err := o.Definition.Plan(protocols.PlanRequest{
		Start: o.Start, At: o.At, Location: loc, ZoneData: zones.Version(),
		Weekdays: o.Weekdays, Closed: o.Closed, Holidays: o.Holidays, Avoid: o.Avoid, Buffer: o.Buffer,
	})
	if err != nil {
		refuse("start", "%s", sentence(err))
		return nil, errors.Join(faults...)
	}
	return calendar, errors.Join(append(faults, o.checkDates(calendar, loc, now)...)...)
}

// capacityProblem says what is wrong with the capacity, "" when nothing is.
func (o Opening) capacityProblem() string {
	var own protocols.Capacity
	if o.Definition != nil {
		own = o.Definition.Capacity
	}
	least := max(1, own.MinToStart, own.MinToHold)
	switch {
	case !o.HasCapacity && o.Definition != nil && own.Max == 0:
		return fmt.Sprintf("This protocol does not say how many seats a group has. Give a capacity of %d or more.", least)
	case !o.HasCapacity:
		return ""
	case o.Capacity <= 0:
		return fmt.Sprintf("A group needs at least one seat. Give a capacity of %d or more.", least)
	case o.Capacity < least:
		return fmt.Sprintf("This protocol needs at least %d people. Give a capacity of %d or more.", least, least)
	case o.Capacity > MaxCapacity:
		return fmt.Sprintf("A group has at most %d seats. Give a smaller capacity.", MaxCapacity)
	}
	return ""
}

// checkDates refuses a past start and wall times that a clock change skips or
// repeats, unless they were accepted. Of a rolling cohort it looks at all
// sessions that will be planned, not only at the first turn.
func (o Opening) checkDates(calendar *protocols.Calendar, loc *time.Location, now time.Time) []error {
	var faults []error
	first := slices.IndexFunc(calendar.Sessions, func(s protocols.Occurrence) bool { return s.Number > 0 })
	if first < 0 {
		return append(faults, fault.In("protocol", "This protocol has no sessions of a group. Choose another one."))
	}
	if s := calendar.Sessions[first]; !o.Past && !s.Start.After(now) {
		faults = append(faults, fault.In("start", "The first session, on %s, has passed. Choose a later start, or say that a past start is meant (--past).", s.LocalStart.Date))
	}
	r := o.roster("", calendar)
	if _, err := r.extend(loc, now); err != nil {
		return append(faults, err)
	}
	for _, s := range r.Sessions {
		if shift := protocols.Resolve(s.Wall, loc).Shift; shift != protocols.Plain && !o.AcceptShift {
			return append(faults, shiftFault("time", s.Wall, shift))
		}
	}
	return faults
}

func shiftFault(field string, wall protocols.WallTime, shift protocols.Shift) *fault.Error {
	if shift == protocols.Gap {
		return fault.In(field, "On %s the clocks go forward and %s does not exist. Choose another time, or accept the shift (--accept-shift).", wall.Date, wall.Clock)
	}
	return fault.In(field, "On %s the clocks go back and %s comes twice. Choose another time, or accept the first of the two (--accept-shift).", wall.Date, wall.Clock)
}

// sentence gives an error's text as a sentence.
func sentence(err error) string {
	text := err.Error()
	first, size := utf8.DecodeRuneInString(text)
	if text = string(unicode.ToUpper(first)) + text[size:]; strings.ContainsAny(text[len(text)-1:], ".!?") {
		return text
	}
	return text + "."
}

// Open opens a cohort under an id that the desk drew and plans its sessions: a
// closed cohort's whole series, a rolling one's as far as the projection
// reaches. Invalid names every field that must be corrected; Conflict when the
// facilitator leads another session at one of the times, and when they lack the
// credential that the protocol asks for and no reason is given, which is kept.
// Sessions that are over ask for none, and of a rolling cohort only those of the
// first turn to come are looked at: nobody's credential is good for ever.
func (b *Book) Open(id ID, o Opening) (*Roster, error) {
	calendar, err := o.Lay(b.Zones, b.Now)
	if err != nil {
		return nil, err
	}
	r := o.roster(id, calendar)
	r.Cohort.Clinic, r.Cohort.OpenedAt = b.Clinic.ID, b.Now
	b.Rosters = append(b.Rosters, r)
	turn := len(r.Sessions)
	if _, err := b.extend(r); err != nil {
		return nil, err
	}
	if err := b.checkLead(r); err != nil {
		return nil, err
	}
	coming := r.upcoming(b.Now)
	if r.Cohort.Rolling {
		coming = coming[:min(len(coming), turn)]
	}
	if err := b.mayLead(leading{Staff: o.Lead, Reason: o.Reason}, "facilitator", r, coming...); err != nil {
		return nil, err
	}
	b.note("cohort.open", id)
	return r, nil
}

// roster is the cohort as it begins, with the sessions of the calendar; calls
// and appointments in it are each person's own and no sessions of the group.
func (o Opening) roster(id ID, calendar *protocols.Calendar) *Roster {
	name, _ := tidyLine(o.Name)
	place, _ := tidyLine(o.Place)
	r := &Roster{Definition: o.Definition, Cohort: Cohort{
		ID: id, Name: cmp.Or(name, o.Definition.Title),
		Protocol: o.Definition.Ref(), Hash: o.Definition.Hash(), Rolling: o.Definition.Rolling(),
		Zone: calendar.Zone, ZoneData: calendar.ZoneData, Start: o.Start, At: o.At,
		Weekdays: slices.Clone(o.Weekdays), Closed: slices.Clone(o.Closed), Holidays: o.Holidays,
		Capacity: o.Definition.Capacity.Max, Place: cmp.Or(place, DefaultPlace), Lead: o.Lead, State: CohortOpen,
	}}
	if o.HasCapacity {
		r.Cohort.Capacity = o.Capacity
	}
	for _, occurrence := range calendar.Sessions {
		if occurrence.Number > 0 || occurrence.Kind != protocols.KindCall && occurrence.Kind != protocols.KindIndividual {
			r.add(occurrence)
		}
	}
	r.arrange()
	return r
}

// checkLead refuses a facilitator who leads or attends something else at the
// time of one of the roster's sessions.
func (b *Book) checkLead(r *Roster) error {
	for _, s := range r.Sessions {
		if s.Live() && !s.Past(b.Now) && b.clashes(s.Leader, s.Start, s.End, s.ID) {
			return fault.New(fault.Conflict, "The facilitator already has a session at that time on %s. Choose another time or another facilitator.", s.Wall.Date).In("facilitator")
		}
	}
	return nil
}
