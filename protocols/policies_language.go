package protocols

import "almanac/protocols/civil"

// The rows of people and rules: roles, seats, entry, completion, absence, reminders, resources and fidelity.

var roleValue = object("a role",
	field("min", "the least number of people", number(0, 50), func(v *Role) *int { return &v.Min }),
	field("max", "the greatest number of people", number(0, 50), func(v *Role) *int { return &v.Max }),
	field("credential", "what they must have", identifier, func(v *Role) *string { return &v.Credential }),
	field("requires", "protocols that the person has completed first", list("ids of protocols", identifier, ""),
		func(v *Role) *[]string { return &v.Requires }),
	field("phases", "the phases that need it; without it all", list("ids of phases", identifier, ""),
		func(v *Role) *[]string { return &v.Phases }),
	field("sessions", "the sessions that need it, by number; without it all", list("numbers from 1", number(1, 520), 0),
		func(v *Role) *[]int { return &v.Sessions }),
)

var capacityValue = object("a capacity",
	field("min_to_start", "people needed to begin", number(1, maxSeats),
		func(c *Capacity) *int { return &c.MinToStart }),
	field("min_to_hold", "people needed for a session to take place", number(1, maxSeats),
		func(c *Capacity) *int { return &c.MinToHold }),
	field("max", "the number of seats", number(1, maxSeats), func(c *Capacity) *int { return &c.Max }),
	field("min_billing", "the least number of people that a payer pays for", number(1, maxSeats),
		func(c *Capacity) *int { return &c.MinBilling }),
	field("billing_max", "the greatest number of people that a payer pays for", number(1, maxSeats),
		func(c *Capacity) *int { return &c.BillingMax }),
	field("below_min", "what happens below min_to_hold", oneOf("meet", "individual", "cancel", "ask"),
		func(c *Capacity) *string { return &c.BelowMin }),
	field("fill_below", "invite from the waitlist below this number", number(1, maxSeats),
		func(c *Capacity) *int { return &c.FillBelow }),
	field("max_new_per_session", "newcomers in one session", number(1, maxSeats),
		func(c *Capacity) *int { return &c.MaxNewPerSession }),
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
	field("lead", "the time between asking and beginning", period, func(e *Entry) *civil.Period { return &e.Lead }),
	field("prerequisites", "what is done before the first session",
		list("prerequisites", prerequisiteValue, Prerequisite{}),
		func(e *Entry) *[]Prerequisite { return &e.Prerequisites }),
	field("earliest", "the earliest entry, from a date of the person's record",
		optional(clinicalDateValue, ClinicalDate{}),
		func(e *Entry) **ClinicalDate { return &e.Earliest }),
	field("hold_during_orientation", "whether a seat is kept while prerequisites are open", boolean,
		func(e *Entry) *bool { return &e.HoldDuringOrientation }),
	field("decide_by", "when staff decide whether a small cohort begins, such as -P7D", period,
		func(e *Entry) *civil.Period { return &e.DecideBy }),
)

var clinicalDateValue = object("an earliest entry",
	need("field", "the date's name, such as stable-dose-since", identifier,
		func(c *ClinicalDate) *string { return &c.Field }),
	field("plus", "the time after it, such as P30D", period, func(c *ClinicalDate) *civil.Period { return &c.Plus }),
)

var prerequisiteValue = orShort(object("a prerequisite",
	need("id", "an id of lower-case words joined by hyphens", identifier,
		func(p *Prerequisite) *string { return &p.ID }),
	field("title", "the name that staff read", phrase, func(p *Prerequisite) *string { return &p.Title }),
	field("kind", "group, individual or individual-or-group", identifier,
		func(p *Prerequisite) *string { return &p.Kind }),
	field("minutes", "its length", number(1, maxSessionMinutes), func(p *Prerequisite) *int { return &p.Minutes }),
	field("modes", "how it may be done", list("words", identifier, ""),
		func(p *Prerequisite) *[]string { return &p.Modes }),
	field("protocol", "the protocol that is completed first", identifier,
		func(p *Prerequisite) *string { return &p.Protocol }),
), identifier, func(p *Prerequisite) *string { return &p.ID })

var completionValue = object("a completion rule",
	field("type", "what completes", oneOf(CompletionContent, CompletionWeeks, CompletionSessions, CompletionNone),
		func(c *Completion) *CompletionType { return &c.Type }),
	field("n", "how many weeks or sessions", number(1, 520), func(c *Completion) *int { return &c.N }),
	field("consecutive", "whether they are in a row", boolean, func(c *Completion) *bool { return &c.Consecutive }),
	field("max_span", "the longest time from entry to graduation, such as P16W", period,
		func(c *Completion) *civil.Period { return &c.MaxSpan }),
	field("on_max_span", "what happens then", oneOf("ask", "end"), func(c *Completion) *string { return &c.OnMaxSpan }),
	field("discharge_after", "the stay ends this long after the entry, such as P21D", period,
		func(c *Completion) *civil.Period { return &c.DischargeAfter }),
)

var doseValue = object("a dose",
	field("at_least", "the least number of sessions", number(1, 520), func(d *Dose) *int { return &d.AtLeast }),
	field("of", "out of how many", number(1, 520), func(d *Dose) *int { return &d.Of }),
	field("distinct", "whether a position counts once", boolean, func(d *Dose) *bool { return &d.Distinct }),
	field("kinds", "the kinds of one-offs that count too, such as retreat", list("kinds", oneOf(kinds...), ""),
		func(d *Dose) *[]Kind { return &d.Kinds }),
)

var makeupValue = object("a make-up rule",
	field("modes", "the ways, in order of preference",
		list("words", oneOf("parallel-series", "individual", "phone", "next-turn", "waive"), ""),
		func(m *Makeup) *[]string { return &m.Modes }),
	field("credit_ratio", "what a make-up earns, from 0 to 1", ratio,
		func(m *Makeup) *float64 { return &m.CreditRatio }),
	field("within", "the time in which it is done", period, func(m *Makeup) *civil.Period { return &m.Within }),
)

var absenceValue = object("an absence rule",
	field("consecutive", "misses in a row that ask for attention", number(1, 100),
		func(a *Absence) *int { return &a.Consecutive }),
	field("misses", "misses within a time that ask for attention", number(1, 100),
		func(a *Absence) *int { return &a.Misses }),
	field("within", "the time in which misses are counted, such as P8W", period,
		func(a *Absence) *civil.Period { return &a.Within }),
	field("percent", "the least attendance in a month, in percent", number(1, 100),
		func(a *Absence) *int { return &a.Percent }),
	field("action", "what happens then", oneOf("task"), func(a *Absence) *string { return &a.Action }),
	field("hold_max", "the longest planned leave", period, func(a *Absence) *civil.Period { return &a.HoldMax }),
)

var lateValue = object("a rule for coming late",
	field("after", "later than this is late, such as PT15M", period, func(l *Late) *civil.Period { return &l.After }),
	field("credit_min", "the share of the minutes that earns credit, from 0 to 1", ratio,
		func(l *Late) *float64 { return &l.CreditMin }),
)

var holdValue = object("a hold rule",
	field("seat", "what becomes of the seat", oneOf("keep", "release"), func(h *Hold) *string { return &h.Seat }),
	field("reminders", "whether reminders go on", boolean, func(h *Hold) *bool { return &h.Reminders }),
	field("pauses_clock", "whether weeks stop counting", boolean, func(h *Hold) *bool { return &h.PausesClock }),
)

var reentryValue = object("a re-entry rule",
	field("modes", "the ways back", list("words", oneOf("resume", "module-start", "restart"), ""),
		func(v *Reentry) *[]string { return &v.Modes }),
	field("wait", "the time before coming back", period, func(v *Reentry) *civil.Period { return &v.Wait }),
	field("reassess", "whether an assessment comes first", boolean, func(v *Reentry) *bool { return &v.Reassess }),
)

var waitlistValue = object("a waitlist rule",
	field("offer_expires", "how long an offered seat waits", period,
		func(w *Waitlist) *civil.Period { return &w.OfferExpires }),
	field("seat_horizon", "how near an entry must be to be seated at once", period,
		func(w *Waitlist) *civil.Period { return &w.SeatHorizon }),
)

var remindersValue = object("reminders",
	field("leads", "how long before a session, such as PT24H; a clinic's default comes before an assumption",
		list("lengths of time", period, civil.Period{}),
		func(v *Reminders) *[]civil.Period { return &v.Leads }),
	field("channels", "the channels, the preferred first", list("words", oneOf("email", "sms", "voice", "letter"), ""),
		func(v *Reminders) *[]string { return &v.Channels }),
	field("escalate", "what happens when no channel works", oneOf("task", "nothing"),
		func(v *Reminders) *string { return &v.Escalate }),
	field("max_per_week", "the most reminders in a week", number(1, 50),
		func(v *Reminders) *int { return &v.MaxPerWeek }),
)

var resourceValue = object("a resource",
	field("title", "the name that staff read", phrase, func(v *Resource) *string { return &v.Title }),
	need("count", "how many are needed", number(1, 100), func(v *Resource) *int { return &v.Count }),
	field("per", "for what one needs that many", oneOf("session", "participant", "facilitator"),
		func(v *Resource) *string { return &v.Per }),
)

var logValue = object("a log",
	need("columns", "its columns in order", list("columns", columnValue, Column{Type: "text"}),
		func(l *Log) *[]Column { return &l.Columns }),
)

var columnValue = object("a column",
	need("id", "an id of lower-case words joined by hyphens", identifier, func(c *Column) *string { return &c.ID }),
	field("title", "the name that staff read", phrase, func(c *Column) *string { return &c.Title }),
	field("type", "what stands in it", oneOf("text", "date", "person", "choice"),
		func(c *Column) *string { return &c.Type }),
	field("choices", "with choice: what may stand in it", list("words", phrase, ""),
		func(c *Column) *[]string { return &c.Choices }),
	field("required", "whether it may not be empty", boolean, func(c *Column) *bool { return &c.Required }),
)

var samplingValue = object("a sampling rule",
	need("fraction", "the share of the sessions of each stratum, from 0 to 1", ratio,
		func(s *Sampling) *float64 { return &s.Fraction }),
	field("stratify", "what strata are made by", list("words", oneOf("cohort", "facilitator", "module", "phase"), ""),
		func(s *Sampling) *[]string { return &s.Stratify }),
	field("raters", "independent raters of each session", number(1, 20), func(s *Sampling) *int { return &s.Raters }),
	field("due", "how long after the session a rating is due, such as P14D", period,
		func(s *Sampling) *civil.Period { return &s.Due }),
	field("instrument", "what is used", phrase, func(s *Sampling) *string { return &s.Instrument }),
	field("items", "how many items it has", number(1, 500), func(s *Sampling) *int { return &s.Items }),
	field("consent", "the consent that a recording needs", identifier, func(s *Sampling) *string { return &s.Consent }),
)
