package protocols

import "time"

// The rows of the definition language. See schema.go for how they are read.

var definitionValue = object("a protocol",
	need("protocol", "its id, such as more-telehealth", identifier, func(d *Definition) *string { return &d.Protocol }),
	need("version", "the version of this text, such as 1", word, func(d *Definition) *string { return &d.Version }),
	need("title", "the name that staff read", phrase, func(d *Definition) *string { return &d.Title }),
	field("summary", "what it is, in a sentence or two for staff", prose, func(d *Definition) *string { return &d.Summary }),
	field("parent", "the protocol it was derived from, as id@version", word, func(d *Definition) *string { return &d.Parent }),
	field("adaptation", "why it departs from what was published", optional(adaptationValue, Adaptation{}),
		func(d *Definition) **Adaptation { return &d.Adaptation }),
	field("wording", "the class of words that participants see", oneOf(WordingNeutral, WordingNeutralArmBlind),
		func(d *Definition) *Wording { return &d.Wording }),
	field("clock", "whose dates weeks count from", oneOf(BasisCohort, BasisParticipant), func(d *Definition) *Basis { return &d.Clock }),
	field("weeks", "the length in weeks", number(1, 520), func(d *Definition) *int { return &d.Weeks }),
	field("sources", "where each figure comes from, by the path of its field", sourcesValue,
		func(d *Definition) *[]Source { return &d.Sources }),
	field("content", "what the sessions are about", contentValue, func(d *Definition) *Content { return &d.Content }),
	field("phases", "stretches with content of their own, in order", list("phases", phaseValue, Phase{}),
		func(d *Definition) *[]Phase { return &d.Phases }),
	field("cadence", "on which dates sessions lie", cadenceValue, func(d *Definition) *Cadence { return &d.Cadence }),
	need("session", "the shape of every session", sessionValue, func(d *Definition) *SessionTemplate { return &d.Session }),
	field("roles", "the parts that staff play, by id", named("role ids to their counts", roleValue, func(v *Role) *string { return &v.ID }),
		func(d *Definition) *[]Role { return &d.Roles }),
	field("capacity", "how many people", capacityValue, func(d *Definition) *Capacity { return &d.Capacity }),
	field("entry", "when a person may begin", entryValue, func(d *Definition) *Entry { return &d.Entry }),
	field("completion", "what ends an enrollment", completionValue, func(d *Definition) *Completion { return &d.Completion }),
	field("dose", "the protocol's own minimum", doseValue, func(d *Definition) *Dose { return &d.Dose }),
	field("makeup", "how a missed position is made good", makeupValue, func(d *Definition) *Makeup { return &d.Makeup }),
	field("absence", "when absences ask for attention", absenceValue, func(d *Definition) *Absence { return &d.Absence }),
	field("reentry", "how somebody returns", reentryValue, func(d *Definition) *Reentry { return &d.Reentry }),
	field("waitlist", "how seats are offered", waitlistValue, func(d *Definition) *Waitlist { return &d.Waitlist }),
	field("on_cancel", "what becomes of the content of a cancelled session", oneOf(ClosureAppend, ClosureSkip, ClosureMakeup),
		func(d *Definition) *ClosureRule { return &d.OnCancel }),
	field("on_holiday", "what becomes of the content of a closed day or holiday", oneOf(ClosureAppend, ClosureSkip, ClosureMove),
		func(d *Definition) *ClosureRule { return &d.OnHoliday }),
	field("assessments", "measurements with their windows", list("assessments", assessmentValue, Assessment{}),
		func(d *Definition) *[]Assessment { return &d.Assessments }),
	field("reminders", "when people are reminded", remindersValue, func(d *Definition) *Reminders { return &d.Reminders }),
)

var adaptationValue = object("an adaptation",
	need("reason", "why it differs", phrase, func(a *Adaptation) *string { return &a.Reason }),
	field("approved_by", "the clinician who answers for it", phrase, func(a *Adaptation) *string { return &a.ApprovedBy }),
	field("source", "what supports it", phrase, func(a *Adaptation) *string { return &a.Source }),
)

var contentValue = object("content",
	field("order", "the order of the modules", oneOf(OrderFixed, OrderCyclic, OrderFree), func(c *Content) *Order { return &c.Order }),
	field("modules", "the modules in order", list("modules", moduleValue, Module{Sessions: 1}),
		func(c *Content) *[]Module { return &c.Modules }),
	field("unit", "content without modules: numbered sessions", oneOf("session"), func(c *Content) *string { return &c.Unit }),
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
	need("weeks", "its length in weeks", number(1, 520), func(p *Phase) *int { return &p.Weeks }),
	field("content", "what its sessions are about", contentValue, func(p *Phase) *Content { return &p.Content }),
	field("entry", "when a person may begin in it", optional(entryValue, Entry{Type: EntryClosed}),
		func(p *Phase) **Entry { return &p.Entry }),
)

var cadenceValue = object("a cadence",
	field("every", "the length of a turn: P1W, P2W or P1M", period, func(c *Cadence) *Period { return &c.Every }),
	field("offsets", "days from session 1's weekday within a turn", list("numbers of days", number(0, 365), 0),
		func(c *Cadence) *[]int { return &c.Offsets }),
	field("count", "the number of sessions", number(1, 520), func(c *Cadence) *int { return &c.Count }),
	field("weekdays", "the days of the week", list("days such as mon", weekday, 0), func(c *Cadence) *[]time.Weekday { return &c.Weekdays }),
)

var sessionValue = object("a session",
	field("kind", "the kind of session", oneOf(KindGroup, KindIndividual, KindOrientation, KindRetreat, KindWorkshop, KindCall,
		KindCheckIn, KindMeeting), func(s *SessionTemplate) *Kind { return &s.Kind }),
	field("duration", "the length, such as PT2H", period, func(s *SessionTemplate) *Period { return &s.Duration }),
	field("modality", "how people meet", modalityValue, func(s *SessionTemplate) *Modality { return &s.Modality }),
	field("segments", "the parts in order; their minutes add up to the duration",
		list("segments", segmentValue, Segment{Required: true, CountsAsContact: true}),
		func(s *SessionTemplate) *[]Segment { return &s.Segments }),
)

var modalityValue = object("a modality",
	need("primary", "video, phone or in-person", identifier, func(m *Modality) *string { return &m.Primary }),
	field("fallback", "what to do when it fails", identifier, func(m *Modality) *string { return &m.Fallback }),
	field("camera_required", "whether people need a camera", boolean, func(m *Modality) *bool { return &m.CameraRequired }),
)

var segmentValue = object("a segment",
	need("id", "an id of lower-case words joined by hyphens", identifier, func(s *Segment) *string { return &s.ID }),
	field("title", "the name that staff read", phrase, func(s *Segment) *string { return &s.Title }),
	need("minutes", "its length", number(1, maxSessionMinutes), func(s *Segment) *int { return &s.Minutes }),
	field("required", "whether missing it is an absence", boolean, func(s *Segment) *bool { return &s.Required }),
	field("opt_out", "whether a participant may leave it out", boolean, func(s *Segment) *bool { return &s.OptOut }),
	field("counts_as_contact", "whether its minutes are countable", boolean, func(s *Segment) *bool { return &s.CountsAsContact }),
)

var roleValue = object("a role",
	field("min", "the least number of people", number(0, 50), func(v *Role) *int { return &v.Min }),
	field("max", "the greatest number of people", number(0, 50), func(v *Role) *int { return &v.Max }),
	field("credential", "what they must have", identifier, func(v *Role) *string { return &v.Credential }),
)

var capacityValue = object("a capacity",
	field("min_to_start", "people needed to begin", number(1, maxSeats), func(c *Capacity) *int { return &c.MinToStart }),
	field("min_to_hold", "people needed for a session to take place", number(1, maxSeats), func(c *Capacity) *int { return &c.MinToHold }),
	field("max", "the number of seats", number(1, maxSeats), func(c *Capacity) *int { return &c.Max }),
	field("fill_below", "invite from the waitlist below this number", number(1, maxSeats), func(c *Capacity) *int { return &c.FillBelow }),
	field("max_new_per_session", "newcomers in one session", number(1, maxSeats), func(c *Capacity) *int { return &c.MaxNewPerSession }),
)

const (
	maxSeats          = 500
	maxSessionMinutes = 24 * 60
)

var entryValue = object("an entry rule",
	field("type", "when a person may begin", oneOf(EntryClosed, EntryAny, EntryModuleStart, EntryPositions),
		func(e *Entry) *EntryType { return &e.Type }),
	field("positions", "the places in the cycle at which a person may begin", list("numbers from 1", number(1, 520), 0),
		func(e *Entry) *[]int { return &e.Positions }),
	field("last_session_for_new", "the last session of a closed cohort to begin with", number(1, 520),
		func(e *Entry) *int { return &e.LastSessionForNew }),
	field("lead", "the time between asking and beginning", period, func(e *Entry) *Period { return &e.Lead }),
	field("prerequisites", "what is done before the first session", list("prerequisites", prerequisiteValue, Prerequisite{}),
		func(e *Entry) *[]Prerequisite { return &e.Prerequisites }),
	field("decide_by", "when staff decide whether a small cohort begins, such as -P7D", period,
		func(e *Entry) *Period { return &e.DecideBy }),
)

var prerequisiteValue = orShort(object("a prerequisite",
	need("id", "an id of lower-case words joined by hyphens", identifier, func(p *Prerequisite) *string { return &p.ID }),
	field("title", "the name that staff read", phrase, func(p *Prerequisite) *string { return &p.Title }),
	field("kind", "group, individual or individual-or-group", identifier, func(p *Prerequisite) *string { return &p.Kind }),
	field("minutes", "its length", number(1, maxSessionMinutes), func(p *Prerequisite) *int { return &p.Minutes }),
	field("modes", "how it may be done", list("words", identifier, ""), func(p *Prerequisite) *[]string { return &p.Modes }),
), identifier, func(p *Prerequisite) *string { return &p.ID })

var completionValue = object("a completion rule",
	field("type", "what completes", oneOf(CompletionContent, CompletionWeeks, CompletionSessions, CompletionNone),
		func(c *Completion) *CompletionType { return &c.Type }),
	field("n", "how many weeks or sessions", number(1, 520), func(c *Completion) *int { return &c.N }),
)

var doseValue = object("a dose",
	field("at_least", "the least number of sessions", number(1, 520), func(d *Dose) *int { return &d.AtLeast }),
	field("of", "out of how many", number(1, 520), func(d *Dose) *int { return &d.Of }),
	field("distinct", "whether a position counts once", boolean, func(d *Dose) *bool { return &d.Distinct }),
)

var makeupValue = object("a make-up rule",
	field("modes", "the ways, in order of preference", list("words", oneOf("parallel-series", "individual", "next-turn", "waive"), ""),
		func(m *Makeup) *[]string { return &m.Modes }),
	field("credit_ratio", "what a make-up earns, from 0 to 1", ratio, func(m *Makeup) *float64 { return &m.CreditRatio }),
)

var absenceValue = object("an absence rule",
	field("consecutive", "misses in a row that ask for attention", number(1, 100), func(a *Absence) *int { return &a.Consecutive }),
	field("action", "what happens then", oneOf("task"), func(a *Absence) *string { return &a.Action }),
	field("hold_max", "the longest planned leave", period, func(a *Absence) *Period { return &a.HoldMax }),
)

var reentryValue = object("a re-entry rule",
	field("modes", "the ways back", list("words", oneOf("resume", "module-start", "restart"), ""),
		func(v *Reentry) *[]string { return &v.Modes }),
	field("wait", "the time before coming back", period, func(v *Reentry) *Period { return &v.Wait }),
	field("reassess", "whether an assessment comes first", boolean, func(v *Reentry) *bool { return &v.Reassess }),
)

var waitlistValue = object("a waitlist rule",
	field("offer_expires", "how long an offered seat waits", period, func(w *Waitlist) *Period { return &w.OfferExpires }),
	field("seat_horizon", "how near an entry must be to be seated at once", period, func(w *Waitlist) *Period { return &w.SeatHorizon }),
)

var assessmentValue = object("an assessment",
	need("id", "an id of lower-case words joined by hyphens", identifier, func(a *Assessment) *string { return &a.ID }),
	field("title", "the name that staff read", phrase, func(a *Assessment) *string { return &a.Title }),
	need("anchor", "cohort-start, entry, last-session, graduation, phase-start:ID, phase-end:ID or another assessment", anchorValue,
		func(a *Assessment) *string { return &a.Anchor }),
	field("offset", "from the anchor to the target", period, func(a *Assessment) *Period { return &a.Offset }),
	field("window", "first and last day from the target, such as [-P3D, P14D]", marginValue,
		func(a *Assessment) *Margin { return &a.Window }),
	field("every", "the step of a repeated assessment", period, func(a *Assessment) *Period { return &a.Every }),
	field("from_week", "the first week of a repeated assessment", number(1, 520), func(a *Assessment) *int { return &a.FromWeek }),
	field("to_week", "the last week of a repeated assessment", number(1, 520), func(a *Assessment) *int { return &a.ToWeek }),
)

var remindersValue = object("reminders",
	field("leads", "how long before a session, such as PT24H", list("lengths of time", period, Period{}),
		func(v *Reminders) *[]Period { return &v.Leads }),
)
