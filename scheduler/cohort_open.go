package scheduler

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// OpenRequest is what is asked for when a cohort is opened. The zero value of each
// optional field means the protocol's own.
type OpenRequest struct {
	Definition *protocols.Definition
	Name       string // optional; for staff
	Start      civil.Date
	At         civil.Clock
	Zone       string // IANA; links are accepted
	Weekdays   []time.Weekday
	Closed     []civil.DateRange // days that it alone leaves out
	// ClinicClosed are the clinic's closed days; the desk fills them in.
	ClinicClosed []civil.DateRange
	Holidays     string
	Avoid        []protocols.Hours // to keep free beside the protocol's own: a clinic's; they are not stored
	Buffer       time.Duration     // the way between those hours and a session
	Capacity     int               // 0: the protocol's maximum, without one no limit; see HasCapacity
	HasCapacity  bool              // Capacity was given, so that 0 is refused instead of replaced
	Lead         ID                // facilitator, in front of Posts; optional
	Posts        []Post            // who fills the roles
	// why a rule is set aside: a credential, a training, seats, equipment, a telling place; kept
	Reason      string
	Place       string  // where people meet; needed where they meet in person
	Meeting     Meeting // how they come in from afar
	AcceptShift bool    // take sessions whose wall time a clock change skips or repeats, also later ones
	Past        bool    // take a start that has passed
	Far         bool    // take a start that is more than two years ahead
}

// Lay lays an opening on the calendar without opening anything: the preview of
// every date, of one turn where the content comes round again. It reports
// everything that is wrong at once, each fault Invalid and at its field; when
// the dates could be found in spite of it, they are given as well.
func (o OpenRequest) Lay(zones *civil.Zones, now time.Time) (*protocols.Calendar, error) {
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
		refuse("holidays", "There is no such holiday calendar. Write %s, or leave it empty.",
			protocols.HolidaysUSFederal)
	}
	plannable := len(faults) == 0
	if o.HasCapacity {
		if refusal := checkSeats(o.Definition, o.Capacity); refusal != nil &&
			(refusal.Cause == nil || isBlank(o.Reason)) {
			faults = append(faults, refusal)
		}
	}
	if _, problem := tidyLine(o.Name); problem != "" {
		refuse("name", "The name %s.", problem)
	}
	if _, problem := tidyLine(o.Place); problem != "" {
		refuse("place", "The place %s.", problem)
	}
	if _, unclear := CheckReason("reason", "The reason", o.Reason); unclear != nil {
		faults = append(faults, unclear)
	}
	if telling := refuseTelling("place", "The place", o.Place, o.Reason); telling != nil {
		faults = append(faults, telling)
	}
	if meeting, wrong := o.Meeting.Check(zones.Country(o.Zone)); wrong != nil {
		faults = append(faults, wrong)
	} else if telling := refuseTelling("link", "The link", meeting.tellingLink(), o.Reason); telling != nil {
		faults = append(faults, telling)
	}
	if !plannable {
		return nil, errors.Join(faults...)
	}
	calendar, err := o.Definition.Plan(protocols.PlanRequest{
		Start: o.Start, At: o.At, Location: loc, ZoneData: zones.Version(),
		Weekdays: o.Weekdays, Closed: slices.Concat(o.ClinicClosed, o.Closed), Holidays: o.Holidays, Avoid: o.Avoid,
		Buffer: o.Buffer,
	})
	if err != nil {
		refuse("start", "%s", sentence(err))
		return nil, errors.Join(faults...)
	}
	if err := o.checkPlace(calendar); err != nil {
		faults = append(faults, err)
	}
	return calendar, errors.Join(append(faults, o.checkDates(calendar, loc, now)...)...)
}

// checkDates refuses a past start and wall times that a clock change skips or
// repeats, unless they were accepted. Of a rolling cohort it looks at all
// sessions that will be planned, not only at the first turn.
func (o OpenRequest) checkDates(calendar *protocols.Calendar, loc *time.Location, now time.Time) []error {
	var faults []error
	first := slices.IndexFunc(calendar.Sessions, func(s protocols.Occurrence) bool { return s.Number > 0 })
	if first < 0 {
		return append(faults, fault.In("protocol", "This protocol has no group sessions. Choose another one."))
	}
	if s := calendar.Sessions[first]; !o.Past && !s.Start.After(now) {
		faults = append(faults,
			fault.In("start", "The first session, on %s, has passed. Choose a later start, or confirm that a past "+
				"start is meant.", s.LocalStart.Date))
	}
	if err := checkAhead("start", o.Start, civil.WallOf(now, loc).Date); err != nil && !o.Far {
		return append(faults, err) // nothing is planned so far ahead before it is meant
	}
	r := o.roster("", calendar, "")
	r.Cohort.AcceptShift = true // so that every date is looked at
	if _, _, err := r.extend(loc, now); err != nil {
		return append(faults, err)
	}
	for _, s := range r.Sessions {
		if !o.AcceptShift && civil.Resolve(s.Wall, loc).Shift != civil.Plain {
			return append(faults, shiftFault("time", s.Wall, loc))
		}
	}
	return faults
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
// facilitator leads another session at one of the times, when somebody who is named lacks the
// credential or the training that the role asks for, or the equipment is taken, and no reason is
// given, which is kept. A role that nobody fills becomes a task.
// Sessions that are over ask for none, and of a rolling cohort only those of the
// first turn to come are looked at: nobody's credential is good for ever.
func (b *Book) Open(id ID, o OpenRequest) (*Roster, error) {
	o.ClinicClosed = b.Clinic.Closed
	calendar, err := o.Lay(b.Zones, b.Now)
	if err != nil {
		return nil, err
	}
	if o.Posts, err = o.posts(); err != nil {
		return nil, err
	}
	o.Lead = lead(o.Definition, o.Posts)
	meeting, err := b.keepMeeting(o.Meeting, calendar.Zone, RuleOverride{Cohort: id, Reason: o.Reason})
	if err != nil {
		return nil, err
	}
	r := o.roster(id, calendar, meeting)
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
	if err := b.keepOpening(r, o, coming); err != nil {
		return nil, err
	}
	b.note("cohort.open", id)
	if _, telling := Denied(o.Place); telling {
		b.note("cohort.place-insisted", id) // who gave a reason to name it all the same, and when
		if err := b.keepTelling(RuleOverride{Cohort: id, Reason: o.Reason}, "place", "The place", o.Place); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// keepOpening checks what a reason may set aside, beside the credential of who leads.
func (b *Book) keepOpening(r *Roster, o OpenRequest, coming []*Session) error {
	if err := b.checkPosts(r, r.Cohort.Staffing, o.Reason, coming); err != nil {
		return err
	}
	if err := b.keepSeats(r, r.Cohort.Capacity, o.Reason); err != nil && o.HasCapacity {
		return err
	}
	return b.checkEquipment(r, r.Cohort.Capacity, o.Reason, "time", coming...)
}

// posts are the people who are named, each in a role.
func (o OpenRequest) posts() ([]Post, error) {
	named := slices.Clone(o.Posts)
	if o.Lead != "" {
		named = slices.Insert(named, 0, Post{Staff: o.Lead})
	}
	return assign(o.Definition, named)
}

// roster is the cohort as it begins, with every session of the calendar. Appointments beside
// the series belong to nobody until somebody is seated; see assignAppointments.
func (o OpenRequest) roster(id ID, calendar *protocols.Calendar, meeting ID) *Roster {
	name, _ := tidyLine(o.Name)
	place, _ := tidyLine(o.Place)
	r := &Roster{Definition: o.Definition, Cohort: Cohort{
		ID: id, Name: cmp.Or(name, o.Definition.Title),
		Protocol: o.Definition.Ref(), Hash: o.Definition.Hash(), Rolling: o.Definition.Rolling(),
		Zone: calendar.Zone, ZoneData: calendar.ZoneData, Start: o.Start, At: o.At,
		Weekdays: slices.Clone(o.Weekdays), Closed: slices.Clone(o.Closed), Holidays: o.Holidays,
		Capacity: seatsOf(o.Definition), Place: placeOf(o.Definition, protocols.Occurrence{}, place), Lead: o.Lead,
		State: CohortOpen, Meeting: meeting,
		AcceptShift: o.AcceptShift, Staffing: slices.Clone(o.Posts),
	}, closed: o.ClinicClosed}
	if o.HasCapacity {
		r.Cohort.Capacity = o.Capacity
	}
	for _, occurrence := range calendar.Sessions {
		s := r.add(occurrence)
		r.frameAppointment(s, calendar.Windows)
	}
	r.arrange()
	return r
}

// checkLead refuses a facilitator who leads or attends something else at the
// time of one of the roster's sessions.
func (b *Book) checkLead(r *Roster) error {
	for _, s := range r.Sessions {
		if s.Live() && !s.Past(b.Now) && b.clashes(s.Leader, s.Start, s.End, s.ID) {
			return fault.New(fault.Conflict,
				"The facilitator already has a session at that time on %s. Choose another time or another facilitator.",
				s.Wall.Date).In("facilitator")
		}
	}
	return nil
}
