package protocols

import "almanac/protocols/civil"

// Role is a part that staff play in a session.
type Role struct {
	ID         string
	Min, Max   int // Max 0: no upper bound
	Credential string
	Requires   []string // ids of protocols that the person has completed first
	Phases     []string // the phases that need it; empty: all
	Sessions   []int    // the sessions that need it; empty: all
}

// Capacity bounds the number of people. Zero means that the protocol sets no such bound.
type Capacity struct {
	MinToStart       int
	MinToHold        int
	Max              int
	MinBilling       int    // the least number of people that a session is billed for
	BillingMax       int    // the greatest number of people that a session is billed for
	BelowMin         string // what happens below MinToHold: meet, individual, cancel or ask
	FillBelow        int    // below this many the next waiting person is invited
	MaxNewPerSession int    // newcomers in one session of a rolling cohort
}

// EntryType says when a person may begin.
type EntryType string

// The four entry types.
const (
	EntryClosed      EntryType = "closed" // at the start of the cohort
	EntryAny         EntryType = "any"
	EntryModuleStart EntryType = "module-start"
	EntryPositions   EntryType = "positions"
)

// Entry is the rule for beginning.
type Entry struct {
	Type                  EntryType
	Positions             []int // 1-based ordinals within the cycle, for EntryPositions
	LastSessionForNew     int   // in a closed cohort: the last session a person may still begin with
	Lead                  civil.Period
	Prerequisites         []Prerequisite
	Earliest              *ClinicalDate // nil: no clinical date bounds the entry
	HoldDuringOrientation bool          // a seat is kept while prerequisites are open
	DecideBy              civil.Period  // before the start: when staff decide whether a small cohort begins
}

// ClinicalDate is the earliest entry: a date of the person's record and a time after it.
type ClinicalDate struct {
	Field string // such as stable-dose-since
	Plus  civil.Period
}

// Prerequisite is something to be done before the first session.
type Prerequisite struct {
	ID       string
	Title    string
	Kind     string
	Minutes  int
	Modes    []string
	Protocol string // id of a protocol that is completed first, such as a training; "" for none
}

// Stay says which sessions between the owed ones seat a person.
type Stay string

// The two stays.
const (
	StayOwedOnly   Stay = "owed-only"
	StayContinuous Stay = "continuous"
)

// CompletionType says what ends an enrollment.
type CompletionType string

// The four completion types.
const (
	CompletionContent  CompletionType = "content"  // every position
	CompletionWeeks    CompletionType = "weeks"    // N weeks from the entry
	CompletionSessions CompletionType = "sessions" // N credited sessions
	CompletionNone     CompletionType = "none"
)

// Completion is the rule for graduating. N belongs to the types weeks and sessions.
type Completion struct {
	Type           CompletionType
	N              int
	Consecutive    bool         // the N are in a row
	MaxSpan        civil.Period // the longest time that graduating may take; zero: any
	OnMaxSpan      string       // what happens then: ask or end
	DischargeAfter civil.Period // the stay ends this long after the entry, done or not; zero: it does not end by itself
}

// Dose is the protocol's own minimum: at least AtLeast of Of sessions. AtLeast 0: none is published.
type Dose struct {
	AtLeast  int
	Of       int
	Distinct bool   // a position counts once
	Kinds    []Kind // what counts beside the main series, such as retreat
}

// Makeup says how a missed position may be made good, in order of preference.
type Makeup struct {
	Modes       []string
	CreditRatio float64      // what a make-up earns, 1 for full credit
	Within      civil.Period // the time in which it must be done; zero: any
}

// Absence says when absences ask for a person's attention.
type Absence struct {
	Consecutive int          // misses in a row; 0: never
	Misses      int          // misses within a time; 0: never
	Within      civil.Period // the time that Misses counts in
	Percent     int          // the least attendance in a month, in percent; 0: none is asked for
	Action      string
	HoldMax     civil.Period // the longest planned leave
}

// Late says what coming late means.
type Late struct {
	After     civil.Period // later than this is late
	CreditMin float64      // the share of the minutes that earns credit
}

// Hold says what a planned leave does.
type Hold struct {
	Seat        string // keep or release
	Reminders   bool   // reminders go on
	PausesClock bool   // weeks do not run
}

// Reentry says how somebody returns after leaving.
type Reentry struct {
	Modes    []string
	Wait     civil.Period
	Reassess bool
}

// Waitlist says how seats are offered.
type Waitlist struct {
	OfferExpires civil.Period
	SeatHorizon  civil.Period // an entry no further away than this is seated at once
}

// ClosureRule says what becomes of content whose session cannot take place on its date.
type ClosureRule string

// The closure rules. MakeUp belongs to cancellations, Move to holidays and closed days.
const (
	ClosureAppend ClosureRule = "append"
	ClosureSkip   ClosureRule = "skip"
	ClosureMove   ClosureRule = "move"
	ClosureMakeup ClosureRule = "makeup"
)

// Reminders says how long before a session people are reminded, and how.
type Reminders struct {
	Leads      []civil.Period
	Channels   []string // in order of preference; empty: as the person chose
	Escalate   string   // what happens when no channel works: task or nothing
	MaxPerWeek int      // 0: no bound
}

// Resource is something a session needs that there is a limited number of.
type Resource struct {
	ID    string
	Title string
	Count int
	Per   string // session, participant or facilitator
}

// Log is a table that staff keep beside a programme.
type Log struct{ Columns []Column }

// Column is a column of a log.
type Column struct {
	ID       string
	Title    string
	Type     string // text, date, person or choice
	Choices  []string
	Required bool
}

// Sampling says which sessions are rated for fidelity.
type Sampling struct {
	Fraction   float64      // of the sessions of each stratum, from 0 to 1
	Stratify   []string     // what strata are made by: cohort, facilitator, module or phase
	Raters     int          // independent raters of each session
	Due        civil.Period // after the session
	Instrument string
	Items      int    // of the instrument
	Consent    string // the consent that a recording needs
}
