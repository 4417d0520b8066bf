package protocols

import (
	"time"

	"almanac/protocols/civil"
)

// The rows of what lies beside the main series: one-offs, appointments, assessments and hours to avoid.

const anchorDoc = "cohort-start, entry, programme-start, programme-middle, programme-end, last-session, graduation, " +
	"discharge, randomisation, week:N, session:N, " +
	"phase-start:ID, phase-end:ID or the id of another item"

var oneOffValue = object("a one-off",
	need("id", "an id of lower-case words joined by hyphens", identifier, func(o *OneOff) *string { return &o.ID }),
	field("title", "the name that staff read", phrase, func(o *OneOff) *string { return &o.Title }),
	field("kind", "the kind of session", oneOf(kinds...), func(o *OneOff) *Kind { return &o.Kind }),
	need("duration", "its length, such as PT4H", spanValue, func(o *OneOff) *Span { return &o.Span }),
	field("time", "its own time of day, such as \"09:00\"", optional(clockValue, civil.Clock{}),
		func(o *OneOff) **civil.Clock { return &o.Time }),
	field("lead", "how long before session 1 it lies, such as P14D", period,
		func(o *OneOff) *civil.Period { return &o.Lead }),
	field("window", "with lead: first and last day from that date, such as [-P7D, P7D]", marginValue,
		func(o *OneOff) *Margin { return &o.Window }),
	field("between", "the two sessions it lies between, such as [6, 7]", list("two numbers", number(1, 520), 0),
		func(o *OneOff) *[]int { return &o.Between }),
	field("else_between", "the gap to try when that one has no fitting day", list("two numbers", number(1, 520), 0),
		func(o *OneOff) *[]int { return &o.ElseBetween }),
	field("days", "the days of the week, the preferred first", weekdays,
		func(o *OneOff) *[]time.Weekday { return &o.Days }),
	field("required", "whether missing it matters", boolean, func(o *OneOff) *bool { return &o.Required }),
	field("makeup", "how it is made good", list("words", identifier, ""),
		func(o *OneOff) *[]string { return &o.Makeup }),
	field("modality", "how people meet", optional(modalityValue, Modality{}),
		func(o *OneOff) **Modality { return &o.Modality }),
)

var appointmentValue = object("an appointment",
	need("id", "an id of lower-case words joined by hyphens", identifier,
		func(a *Appointment) *string { return &a.ID }),
	field("title", "the name that staff read", phrase, func(a *Appointment) *string { return &a.Title }),
	field("kind", "the kind of session", oneOf(kinds...), func(a *Appointment) *Kind { return &a.Kind }),
	need("duration", "its length, such as PT30M, or a range such as [PT25M, PT1H]", spanValue,
		func(a *Appointment) *Span { return &a.Span }),
	need("anchor", anchorDoc, anchorValue, func(a *Appointment) *string { return &a.Anchor }),
	field("offset", "from the anchor to the target", period, func(a *Appointment) *civil.Period { return &a.Offset }),
	field("at", "from the anchor to each target of a repeated one, such as [P1M, P2M]",
		list("lengths of time", period, civil.Period{}),
		func(a *Appointment) *[]civil.Period { return &a.At }),
	field("at_least", "how many of the repetitions are asked for", number(1, 100),
		func(a *Appointment) *int { return &a.AtLeast }),
	field("window", "first and last day from the target, such as [-P7D, P7D]", marginValue,
		func(a *Appointment) *Margin { return &a.Window }),
	field("time", "its own time of day, such as \"09:00\"", optional(clockValue, civil.Clock{}),
		func(a *Appointment) **civil.Clock { return &a.Time }),
	field("days", "the days of the week it may lie on", weekdays,
		func(a *Appointment) *[]time.Weekday { return &a.Days }),
	field("required", "whether missing it matters", boolean, func(a *Appointment) *bool { return &a.Required }),
	field("role", "the role that leads it", identifier, func(a *Appointment) *string { return &a.Role }),
	field("makeup", "how it is made good", list("words", identifier, ""),
		func(a *Appointment) *[]string { return &a.Makeup }),
	field("modality", "how people meet", optional(modalityValue, Modality{}),
		func(a *Appointment) **Modality { return &a.Modality }),
)

var assessmentValue = object("an assessment",
	need("id", "an id of lower-case words joined by hyphens", identifier, func(a *Assessment) *string { return &a.ID }),
	field("title", "the name that staff read", phrase, func(a *Assessment) *string { return &a.Title }),
	need("anchor", anchorDoc+", or each-session", anchorValue, func(a *Assessment) *string { return &a.Anchor }),
	field("offset", "from the anchor to the target", period, func(a *Assessment) *civil.Period { return &a.Offset }),
	field("window", "first and last day from the target, such as [-P3D, P14D]", marginValue,
		func(a *Assessment) *Margin { return &a.Window }),
	field("every", "the step of a repeated assessment", period, func(a *Assessment) *civil.Period { return &a.Every }),
	field("from_week", "the first week of a repeated assessment", number(1, 520),
		func(a *Assessment) *int { return &a.FromWeek }),
	field("to_week", "the last week of a repeated assessment", number(1, 520),
		func(a *Assessment) *int { return &a.ToWeek }),
	field("when", "with each-session: before, during or after it", oneOf("before", "during", "after"),
		func(a *Assessment) *string { return &a.When }),
	field("sessions", "with each-session: only these, by number", list("numbers from 1", number(1, 520), 0),
		func(a *Assessment) *[]int { return &a.Sessions }),
	field("instrument", "what is used", phrase, func(a *Assessment) *string { return &a.Instrument }),
	field("minutes", "how long it takes", minutesValue, func(a *Assessment) *SegmentLength { return &a.SegmentLength }),
	field("study", "the study that asks for it", phrase, func(a *Assessment) *string { return &a.Study }),
	field("consent", "the consent that it needs", identifier, func(a *Assessment) *string { return &a.Consent }),
)

var avoidValue = object("hours to avoid",
	field("kinds", "the kinds of hours that a clinic is asked for",
		list("words", oneOf("clinic-dosing", "required-counselling", "own-hours"), ""),
		func(a *Avoid) *[]string { return &a.Kinds }),
	field("buffer", "the way between those hours and a session, such as PT45M", period,
		func(a *Avoid) *civil.Period { return &a.Buffer }),
	field("hours", "hours that are known", list("hours", hoursValue, Hours{}),
		func(a *Avoid) *[]Hours { return &a.Hours }),
)

var hoursValue = object("hours",
	need("what", "what they are, such as clinic-dosing", identifier, func(h *Hours) *string { return &h.What }),
	field("days", "the days of the week; without it every day", weekdays,
		func(h *Hours) *[]time.Weekday { return &h.Days }),
	need("from", "when they begin, such as \"05:30\"", clockValue, func(h *Hours) *civil.Clock { return &h.From }),
	need("to", "when they end, such as \"13:30\"", clockValue, func(h *Hours) *civil.Clock { return &h.To }),
)
