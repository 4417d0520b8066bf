package protocols

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"
)

// Definition is one version of a protocol. It is made by [Parse] and not changed afterwards, so it may be shared.
type Definition struct {
	Protocol   string      // id: lower-case words joined by hyphens
	Version    string      // any text without spaces, such as "1" or "2025-trial"
	Title      string      // for staff; participants never see it
	Summary    string      // one or two sentences for staff
	Parent     string      // reference of the protocol it was derived from, or ""
	Adaptation *Adaptation // why it differs from its parent; nil when it is a published protocol
	Wording    Wording
	Clock      Basis
	Weeks      int // declared length in weeks, 0 when not declared
	Sources    []Source

	Content     Content
	Phases      []Phase // empty for a protocol in one piece
	Cadence     Cadence
	Session     SessionTemplate
	Roles       []Role
	Capacity    Capacity
	Entry       Entry
	Completion  Completion
	Dose        Dose
	Makeup      Makeup
	Absence     Absence
	Reentry     Reentry
	Waitlist    Waitlist
	OnCancel    ClosureRule
	OnHoliday   ClosureRule
	Assessments []Assessment
	Reminders   Reminders

	source    []byte
	hash      string
	positions []Position
	segments  []SegmentMinutes
}

// Adaptation records that a protocol departs from what was published, and why.
type Adaptation struct {
	Reason     string
	ApprovedBy string // who answers for it; "" while nobody has
	Source     string
}

// Source says where one figure comes from: the path of a field, such as "session.duration", and its marks. The mark
// "assumption" says that nothing read supports a fixed value.
type Source struct {
	Path  string
	Marks []string
}

// Wording is the class of words that participants see.
type Wording string

// The two classes of wording.
const (
	WordingNeutral         Wording = "neutral"
	WordingNeutralArmBlind Wording = "neutral-arm-blind" // the same bytes for every arm of a blinded trial
)

// Basis says whose dates "week n" counts from.
type Basis string

// The two bases.
const (
	BasisCohort      Basis = "cohort"
	BasisParticipant Basis = "participant"
)

// Order is the order in which content is given.
type Order string

// The three orders.
const (
	OrderFixed  Order = "fixed"  // once, from the first to the last
	OrderCyclic Order = "cyclic" // from the last back to the first, without end
	OrderFree   Order = "free"   // as the facilitator chooses
)

// Content is what the sessions are about: either modules, or Count units called Unit.
type Content struct {
	Order   Order
	Modules []Module
	Unit    string // "session" in this version of the language
	Count   int
}

// Module is a unit of content that takes one session or several in a row.
type Module struct {
	ID       string
	Title    string
	Sessions int
}

// Phase is a stretch of a protocol with its own content and entry rule.
type Phase struct {
	ID      string
	Title   string
	Weeks   int
	Content Content
	Entry   *Entry // nil: the protocol's own rule
}

// Cadence says on which dates sessions lie.
type Cadence struct {
	Every    Period
	Offsets  []int // days from session 1's weekday within one turn; [0] for one session a turn
	Count    int   // number of sessions, 0 when content or phases say it
	Weekdays []time.Weekday
}

// SessionTemplate is the shape of every session of the main series.
type SessionTemplate struct {
	Kind     Kind
	Duration Period // elapsed time, whole minutes
	Modality Modality
	Segments []Segment
}

// Kind is the kind of a session.
type Kind string

// The kinds of sessions.
const (
	KindGroup       Kind = "group"
	KindIndividual  Kind = "individual"
	KindOrientation Kind = "orientation"
	KindRetreat     Kind = "retreat"
	KindWorkshop    Kind = "workshop"
	KindCall        Kind = "call"
	KindCheckIn     Kind = "check-in"
	KindMeeting     Kind = "meeting"
)

// Contact reports whether minutes of this kind are contact minutes; orientations and meetings are not.
func (k Kind) Contact() bool { return k != KindOrientation && k != KindMeeting }

// Modality says how people meet.
type Modality struct {
	Primary        string
	Fallback       string // "" for none
	CameraRequired bool
}

// Segment is a part of a session, in order.
type Segment struct {
	ID              string
	Title           string
	Minutes         int
	Required        bool // missing it counts as an absence
	OptOut          bool // a participant may leave it out
	CountsAsContact bool
}

// Role is a part that staff play in a session.
type Role struct {
	ID         string
	Min, Max   int // Max 0: no upper bound
	Credential string
}

// Capacity bounds the number of people. Zero means that the protocol sets no such bound.
type Capacity struct {
	MinToStart       int
	MinToHold        int
	Max              int
	FillBelow        int // below this many the next waiting person is invited
	MaxNewPerSession int // newcomers in one session of a rolling cohort
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
	Type              EntryType
	Positions         []int // 1-based ordinals within the cycle, for EntryPositions
	LastSessionForNew int   // in a closed cohort: the last session a person may still begin with
	Lead              Period
	Prerequisites     []Prerequisite
	DecideBy          Period // before the start: when staff decide whether a small cohort begins
}

// Prerequisite is something to be done before the first session.
type Prerequisite struct {
	ID      string
	Title   string
	Kind    string
	Minutes int
	Modes   []string
}

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
	Type CompletionType
	N    int
}

// Dose is the protocol's own minimum: at least AtLeast of Of sessions. AtLeast 0: none is published.
type Dose struct {
	AtLeast  int
	Of       int
	Distinct bool // a position counts once
}

// Makeup says how a missed position may be made good, in order of preference.
type Makeup struct {
	Modes       []string
	CreditRatio float64 // what a make-up earns, 1 for full credit
}

// Absence says when absences ask for a person's attention.
type Absence struct {
	Consecutive int // misses in a row; 0: never
	Action      string
	HoldMax     Period // the longest planned leave
}

// Reentry says how somebody returns after leaving.
type Reentry struct {
	Modes    []string
	Wait     Period
	Reassess bool
}

// Waitlist says how seats are offered.
type Waitlist struct {
	OfferExpires Period
	SeatHorizon  Period // an entry no further away than this is seated at once
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

// Assessment is a measurement with a window of whole local dates around a target.
type Assessment struct {
	ID       string
	Title    string
	Anchor   string // cohort-start, entry, last-session, graduation, phase-start:ID, phase-end:ID, or an assessment's id
	Offset   Period // from the anchor to the target
	Window   Margin
	Every    Period // zero: once
	FromWeek int    // week n begins 7(n-1) days after the anchor
	ToWeek   int
}

// Margin is a window around a target: from Opens to Closes, both counted from the target, both inclusive.
type Margin struct{ Opens, Closes Period }

// Reminders says how long before a session people are reminded.
type Reminders struct{ Leads []Period }

// Position is one piece of content in the order of the protocol. ID is "<module>-<n>", or the module's id alone when the
// module has one session.
type Position struct {
	ID     string
	Module string
	Title  string
	Phase  string
	Index  int // 0-based within one cycle
	First  bool
}

// Ref is "id@version".
func (d *Definition) Ref() string { return d.Protocol + "@" + d.Version }

// Rolling reports whether cohorts of this protocol take people in after their start.
func (d *Definition) Rolling() bool { return d.Entry.Type != EntryClosed }

// Positions lists the content in order, one cycle of it. The slice is the caller's.
func (d *Definition) Positions() []Position { return slices.Clone(d.positions) }

// Minutes is the scheduled length of a session of the main series.
func (d *Definition) Minutes() int { return d.Session.Duration.Minutes() }

// Source is the canonical text the definition was read from: UTF-8 without a byte order mark, lines ended by LF. The slice
// is the caller's.
func (d *Definition) Source() []byte { return slices.Clone(d.source) }

// Hash is the SHA-256 of [Definition.Source] in hexadecimal. A cohort keeps it to show that its protocol is unchanged.
func (d *Definition) Hash() string { return d.hash }

func hashOf(source []byte) string {
	sum := sha256.Sum256(source)
	return hex.EncodeToString(sum[:])
}
