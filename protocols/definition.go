package protocols

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Definition is one version of a protocol. It is made by [Parse] and not changed afterwards, so it may be shared.
type Definition struct {
	Protocol   string      // id: lower-case words joined by hyphens
	Version    string      // any text without spaces, such as "1" or "2025-trial"
	Title      string      // for staff; participants never see it
	Summary    string      // one or two sentences for staff
	Audience   Audience    // who attends
	Parent     string      // reference of the protocol it was derived from, or ""
	Adaptation *Adaptation // why it differs from its parent; nil when it is a published protocol
	Override   *Override   // the local changes to its parent; nil when it is whole by itself
	Doubts     []string    // what staff should know before they rely on it, a sentence each
	Wording    Wording
	ArmGroup   string // protocols of one group are arms of a blinded trial and look alike to participants
	Words      Words  // what participants read instead of the program's own neutral words
	Clock      Basis
	Weeks      int // declared length in weeks, 0 when not declared
	Sources    []Source
	References []Reference // what the marks of the sources stand for

	Content      Content
	Phases       []Phase // empty for a protocol in one piece
	Cadence      Cadence
	Session      SessionTemplate
	Variations   []Variation // sessions that differ from the template, and changes in mid-run
	OneOffs      []OneOff
	Appointments []Appointment
	Async        []Assessment // what is done alone, in its own time, within a window
	Roles        []Role
	Capacity     Capacity
	Entry        Entry
	Stay         Stay
	Completion   Completion
	Dose         Dose
	Contact      *Contact // declared contact time; nil when it is not declared
	Makeup       Makeup
	Absence      Absence
	Late         Late
	Hold         Hold
	Reentry      Reentry
	Waitlist     Waitlist
	Next         []string // ids of protocols that are offered at graduation
	OnCancel     ClosureRule
	OnHoliday    ClosureRule
	Assessments  []Assessment
	Reminders    Reminders
	Sampling     *Sampling // which sessions are rated; nil for none
	Resources    []Resource
	Avoid        Avoid
	Log          *Log // columns of a log that staff keep; nil for none

	source    []byte
	hash      string
	warnings  Problems
	positions []Position
	leads     bool // the file, or its parent, writes lead times of reminders
	layout
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

// The three bases.
const (
	BasisCohort      Basis = "cohort"      // the start of the cohort
	BasisParticipant Basis = "participant" // the person's own start
	BasisPosition    Basis = "position"    // the place in the series, whatever the date
)

// Position is one piece of content in the order of the protocol. ID is "<module>-<n>", or the module's id alone when
// the module has one session.
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

// Positions lists the content in order, one cycle of it; of a protocol without a series of its own, its appointments.
// The slice is the caller's.
func (d *Definition) Positions() []Position { return slices.Clone(d.positions) }

// Minutes is the scheduled length of a session of the main series as the protocol's template says; phases and
// variations may differ.
func (d *Definition) Minutes() int { return d.Session.Duration.Minutes() }

// Warnings are what a reader of the file was told though it is allowed, in order of place. The slice is the caller's.
func (d *Definition) Warnings() Problems { return slices.Clone(d.warnings) }

// Source is the canonical text the definition was read from: UTF-8 without a byte order mark, lines ended by LF; of
// an override the whole that it makes with its parent. The slice is the caller's.
func (d *Definition) Source() []byte { return slices.Clone(d.source) }

// Hash is the SHA-256 of [Definition.Source] in hexadecimal. A cohort keeps it to show that its protocol is unchanged.
func (d *Definition) Hash() string { return d.hash }

func hashOf(source []byte) string {
	sum := sha256.Sum256(source)
	return hex.EncodeToString(sum[:])
}
