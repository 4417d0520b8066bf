package protocols

import (
	"time"

	"almanac/protocols/civil"
)

// The rows of content, phases, cadence and sessions.

var contentValue = object("content",
	field("order", "the order of the modules", oneOf(OrderFixed, OrderCyclic, OrderFree),
		func(c *Content) *Order { return &c.Order }),
	field("modules", "the modules in order", list("modules", moduleValue, Module{Sessions: 1}),
		func(c *Content) *[]Module { return &c.Modules }),
	field("unit", "content without modules: numbered sessions", oneOf("session"),
		func(c *Content) *string { return &c.Unit }),
	field("count", "how many units", number(1, 520), func(c *Content) *int { return &c.Count }),
)

var moduleValue = orShort(object("a module",
	need("id", "an id of lower-case words joined by hyphens", identifier, func(m *Module) *string { return &m.ID }),
	field("title", "the name that staff read", phrase, func(m *Module) *string { return &m.Title }),
	field("sessions", "how many sessions it takes", number(1, 520), func(m *Module) *int { return &m.Sessions }),
), identifier, func(m *Module) *string { return &m.ID })

var phaseValue = object("a phase",
	need("id", "an id of lower-case words joined by hyphens", identifier, func(p *Phase) *string { return &p.ID }),
	field("title", "the name that staff read", phrase, func(p *Phase) *string { return &p.Title }),
	field("weeks", "its length in weeks", number(1, 520), func(p *Phase) *int { return &p.Weeks }),
	field("sessions", "its length in sessions, instead of weeks", number(1, 520),
		func(p *Phase) *int { return &p.Sessions }),
	field("content", "what its sessions are about", contentValue, func(p *Phase) *Content { return &p.Content }),
	field("entry", "when a person may begin in it", optional(entryValue, Entry{Type: EntryClosed}),
		func(p *Phase) **Entry { return &p.Entry }),
	field("cadence", "its own dates; without it the protocol's go on",
		optional(cadenceValue, Cadence{Every: civil.Period{Days: 7}}),
		func(p *Phase) **Cadence { return &p.Cadence }),
	field("session", "how its sessions differ from the protocol's", optional(sessionValue, SessionTemplate{}),
		func(p *Phase) **SessionTemplate { return &p.Session }),
	field("time", "its own time of day, such as \"09:00\"", optional(clockValue, civil.Clock{}),
		func(p *Phase) **civil.Clock { return &p.Time }),
	field("starts_after", "the least time after the phase before, such as P7D", period,
		func(p *Phase) *civil.Period { return &p.StartsAfter }),
	field("transition", "when a person moves into it", optional(transitionValue, Transition{When: "weeks-served"}),
		func(p *Phase) **Transition { return &p.Transition }),
)

var transitionValue = object("a transition",
	field("when", "what moves a person", oneOf("weeks-served", "sessions-served", "readiness", "choice"),
		func(t *Transition) *string { return &t.When }),
	field("number", "how many weeks or sessions; without it all of the phase before", number(1, 520),
		func(t *Transition) *int { return &t.Number }),
	field("or", "who may decide otherwise", oneOf("clinician-override"), func(t *Transition) *string { return &t.Or }),
	field("record_reason", "whether such a decision needs a reason", boolean,
		func(t *Transition) *bool { return &t.RecordReason }),
)

var cadenceValue = object("a cadence",
	field("every", "the length of a turn: P1W, P2W or P1M", period, func(c *Cadence) *civil.Period { return &c.Every }),
	field("offsets", "days from session 1's weekday within a turn", list("numbers of days", number(0, 365), 0),
		func(c *Cadence) *[]int { return &c.Offsets }),
	field("count", "the number of sessions", number(1, 520), func(c *Cadence) *int { return &c.Count }),
	field("weekdays", "the days of the week", weekdays, func(c *Cadence) *[]time.Weekday { return &c.Weekdays }),
	field("consecutive", "open weekdays in a row, as a workshop", boolean,
		func(c *Cadence) *bool { return &c.Consecutive }),
)

var sessionValue = object("a session",
	field("kind", "the kind of session", oneOf(kinds...), func(s *SessionTemplate) *Kind { return &s.Kind }),
	field("duration", "the length, such as PT2H, or a range such as [PT25M, PT1H]", spanValue,
		func(s *SessionTemplate) *Span { return &s.Span }),
	field("modality", "how people meet", modalityValue, func(s *SessionTemplate) *Modality { return &s.Modality }),
	field("segments", "the parts in order; their minutes add up to the duration", segmentsValue,
		func(s *SessionTemplate) *[]Segment { return &s.Segments }),
)

var variationValue = object("a variation",
	need("from", "the first session that differs, counted in the series", number(1, 520),
		func(v *Variation) *int { return &v.From }),
	field("to", "the last one; without it all that follow", number(1, 520), func(v *Variation) *int { return &v.To }),
	field("reason", "why they differ", phrase, func(v *Variation) *string { return &v.Reason }),
	field("duration", "their length", spanValue, func(v *Variation) *Span { return &v.Span }),
	field("modality", "how people meet", optional(modalityValue, Modality{}),
		func(v *Variation) **Modality { return &v.Modality }),
	field("segments", "their parts in order", segmentsValue, func(v *Variation) *[]Segment { return &v.Segments }),
	field("roles", "the parts that staff play in them",
		named("role ids to their counts", roleValue, func(v *Role) *string { return &v.ID }),
		func(v *Variation) *[]Role { return &v.Roles }),
)

var modalityValue = object("a modality",
	need("primary", "video, phone or in-person", identifier, func(m *Modality) *string { return &m.Primary }),
	field("fallback", "what to do when it fails", identifier, func(m *Modality) *string { return &m.Fallback }),
	field("camera_required", "whether people need a camera", boolean,
		func(m *Modality) *bool { return &m.CameraRequired }),
)

var segmentsValue = list("segments", segmentValue, Segment{Required: true, CountsAsContact: true})

var segmentValue = object("a segment",
	need("id", "an id of lower-case words joined by hyphens", identifier, func(s *Segment) *string { return &s.ID }),
	field("title", "the name that staff read", phrase, func(s *Segment) *string { return &s.Title }),
	need("minutes", "its length", minutesValue, func(s *Segment) *SegmentLength { return &s.SegmentLength }),
	field("role", "the role that leads it", identifier, func(s *Segment) *string { return &s.Role }),
	field("break", "whether it is a break, which counts as no contact", boolean,
		func(s *Segment) *bool { return &s.Break }),
	field("required", "whether missing it is an absence", boolean, func(s *Segment) *bool { return &s.Required }),
	field("opt_out", "whether a participant may leave it out", boolean, func(s *Segment) *bool { return &s.OptOut }),
	field("counts_as_contact", "whether its minutes are countable", boolean,
		func(s *Segment) *bool { return &s.CountsAsContact }),
)
