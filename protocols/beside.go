package protocols

import (
	"time"

	"almanac/protocols/civil"
)

// OneOff is a session of the whole group outside the main series. Exactly one of Lead and Between places it.
type OneOff struct {
	ID    string
	Title string
	Kind  Kind
	Span
	Time        *civil.Clock   // nil: the time of the main series
	Lead        civil.Period   // before session 1: the target lies this much earlier
	Window      Margin         // around the target, for Lead
	Between     []int          // strictly between the dates of these two sessions
	ElseBetween []int          // tried when Between has no fitting day
	Days        []time.Weekday // the days it may lie on, the preferred first; empty: any
	Required    bool           // a prerequisite of going on, or counted as an absence when missed
	Makeup      []string       // how somebody who missed it makes it good, such as phone
	Modality    *Modality
}

// Appointment is a session of one participant at a target with a window. At, when given, repeats it.
type Appointment struct {
	ID    string
	Title string
	Kind  Kind
	Span
	Anchor   string // see [Assessment]
	Offset   civil.Period
	At       []civil.Period // from the anchor to the target of each repetition; empty: once, at Offset
	AtLeast  int            // how many of the repetitions the protocol asks for; 0: all
	Window   Margin         // around the target
	Time     *civil.Clock   // nil: the time of the main series
	Days     []time.Weekday // the days it may lie on; empty: any
	Required bool
	Role     string // id of the role that leads it
	Makeup   []string
	Modality *Modality
}

// Assessment is a measurement, or a thing to do alone, with a window of whole local dates around a target.
type Assessment struct {
	ID    string
	Title string
	// Anchor is cohort-start, entry, last-session, graduation, discharge, randomisation, programme-start,
	// programme-middle, programme-end, week:N, session:N, each-session, phase-start:ID, phase-end:ID, or the id of an
	// assessment, one-off or appointment.
	Anchor     string
	Offset     civil.Period // from the anchor to the target
	Window     Margin
	Every      civil.Period // zero: once
	FromWeek   int          // week n begins 7(n-1) days after the anchor
	ToWeek     int
	When       string // with each-session: before, after or during
	Sessions   []int  // with each-session: only these; empty: all
	Instrument string // what is used
	SegmentLength
	Study   string // the study that asks for it, "" for every run
	Consent string // the consent that it needs beside that of taking part
}

// Margin is a window around a target: from Opens to Closes, both counted from the target, both inclusive.
type Margin struct{ Opens, Closes civil.Period }

// Hours are hours of the day to keep free on some days of the week, in local time.
type Hours struct {
	What     string         // such as clinic-dosing, required-counselling or own-hours
	Days     []time.Weekday // empty: every day
	From, To civil.Clock    // From before To, on one day
}

// Avoid says which hours a calendar keeps free.
type Avoid struct {
	Kinds  []string     // the kinds of hours that a clinic is asked for
	Buffer civil.Period // between those hours and a session: the way from one to the other
	Hours  []Hours      // hours that are known
}

// Contact is declared contact time, of one cycle. It is held against what the sessions add up to.
type Contact struct{ Minutes, MinutesMin int }

// Appointment finds the appointment that a position belongs to: by its own id, or by the id of one of its repetitions.
func (d *Definition) Appointment(position string) (Appointment, bool) {
	for i := range d.Appointments {
		for n := range d.Appointments[i].times() {
			if d.Appointments[i].name(n) == position {
				return d.Appointments[i], true
			}
		}
	}
	return Appointment{}, false
}
