package protocols

import (
	"time"

	"almanac/protocols/civil"
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

// Phase is a stretch of a protocol with its own content and entry rule. Its length is in weeks or in sessions.
type Phase struct {
	ID          string
	Title       string
	Weeks       int // 0 when Sessions says the length
	Sessions    int // 0 when Weeks says the length
	Content     Content
	Entry       *Entry           // nil: the protocol's own rule
	Cadence     *Cadence         // nil: the protocol's own days, which go on as if there were no phases
	Session     *SessionTemplate // nil: the protocol's own template
	Time        *civil.Clock     // nil: the time of the series
	StartsAfter civil.Period     // the least time after the last session of the phase before
	Transition  *Transition      // how a person comes into the phase; nil: with the group
}

// Transition is the rule by which one person moves into a phase.
type Transition struct {
	When         string // weeks-served, sessions-served, readiness or choice
	Number       int    // of weeks or sessions served in the phase before; 0: all of it
	Or           string // "clinician-override" when a clinician may decide otherwise
	RecordReason bool
}

// Cadence says on which dates sessions lie.
type Cadence struct {
	Every       civil.Period
	Offsets     []int // days from session 1's weekday within one turn; [0] for one session a turn
	Count       int   // number of sessions, 0 when content or phases say it
	Weekdays    []time.Weekday
	Consecutive bool // open weekdays in a row, Monday to Friday, as a workshop
}

// Span is the length of a session: elapsed time, whole minutes, fixed or a range.
type Span struct {
	Duration    civil.Period // the length, or the upper bound of a range
	DurationMin civil.Period // the lower bound of a range, zero when the length is fixed
}

// Least is the lower bound of the length in minutes.
func (s Span) Least() int {
	if s.DurationMin.IsZero() {
		return s.Duration.Minutes()
	}
	return s.DurationMin.Minutes()
}

// SessionTemplate is the shape of every session of the main series, or of a phase.
type SessionTemplate struct {
	Kind Kind
	Span
	Modality Modality
	Segments []Segment
}

// Variation is how sessions from From to To, counted in the main series, differ from their template. To 0 means all
// that follow: a change in mid-run.
type Variation struct {
	From, To int
	Reason   string
	Span
	Modality *Modality
	Segments []Segment
	Roles    []Role
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

// kinds are all of them, for the language.
var kinds = []Kind{KindGroup, KindIndividual, KindOrientation, KindRetreat, KindWorkshop, KindCall,
	KindCheckIn, KindMeeting}

// Contact reports whether minutes of this kind are contact minutes; orientations and meetings are not.
func (k Kind) Contact() bool { return k != KindOrientation && k != KindMeeting }

// Modality says how people meet.
type Modality struct {
	Primary        string
	Fallback       string // "" for none
	CameraRequired bool
}

// SegmentLength is the length of a segment in minutes, fixed or a range.
type SegmentLength struct {
	Minutes    int // the length, or the upper bound of a range
	MinutesMin int // the lower bound of a range, 0 when the length is fixed
}

// Least is the lower bound of the length.
func (l SegmentLength) Least() int {
	if l.MinutesMin > 0 {
		return l.MinutesMin
	}
	return l.Minutes
}

// Segment is a part of a session, in order.
type Segment struct {
	ID    string
	Title string
	SegmentLength
	Role            string // id of the role that leads it, "" for any
	Break           bool   // a break counts as no contact
	Required        bool   // missing it counts as an absence
	OptOut          bool   // a participant may leave it out
	CountsAsContact bool
}
