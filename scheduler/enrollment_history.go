package scheduler

import (
	"slices"
	"strconv"
	"time"

	"almanac/protocols/civil"
)

// History is what the rules remember of an enrollment beside its seats. A change
// replaces its lists and never writes to them, so that a copy of an enrollment
// stays as it was.
type History struct {
	Continues ID        // the earlier enrollment whose credit counts too; empty: none
	InPhase   bool      // continues into another phase, whose weeks count from its own entry
	MovedOn   bool      // completed by going on into another phase
	EntryMode EntryMode // by which rule of entry the person comes in
	Front     bool      // first in the waitlist: the seat was given up for a leave
	// days by which a stay counted in weeks is longer than the protocol says; below 0: shorter, for weeks served
	// before a leave
	PausedDays int
	Facts      []Fact // what was recorded, in order
	Leave      *Leave // nil: not on hold
	Offers     []Offer
}

// EntryMode says by which rule of entry somebody comes in.
type EntryMode string

// The modes of entry.
const (
	ModeNew         EntryMode = ""             // as the protocol says
	ModeResume      EntryMode = "resume"       // at any session
	ModeModuleStart EntryMode = "module-start" // where a module begins
	ModeRestart     EntryMode = "restart"      // as somebody new, without credit
)

// FactKind says what was recorded of an enrollment.
type FactKind string

// The kinds of facts. What names the prerequisite, the position, the
// assessment or the session.
const (
	FactPrerequisite FactKind = "prerequisite" // done
	FactOverride     FactKind = "override"     // a prerequisite that staff do without, with a reason
	FactWaiver       FactKind = "waiver"       // a position that need not be made good, with a reason
	FactPassed       FactKind = "passed"       // a position whose seat was given up for a leave
	FactAssessment   FactKind = "assessment"   // done on Date
	FactAdvance      FactKind = "advance"      // into a phase before its time, with a reason
	FactExcused      FactKind = "excused"      // a session that somebody gave back ahead
	FactAway         FactKind = "away"         // a leave from What, a local date, to Date; also one that ended early
	FactOffersAgain  FactKind = "offers-again" // offers are made again after so many
	FactLate         FactKind = "late"         // comes into a closed cohort that has begun
	// Date is one of the person's record, from which the earliest entry counts
	FactClinical FactKind = "clinical"
	// An assessment that was not done, as of Date.
	FactAssessmentMissed  FactKind = "assessment-missed"
	FactAssessmentRefused FactKind = "assessment-refused"
)

// Fact is something that was recorded of an enrollment; each kind and What once.
type Fact struct {
	Kind FactKind
	What string
	Date civil.Date // local date it is about; zero: none
	At   time.Time  // UTC instant it was recorded
	// Reason is why, in the words of staff: sealed in the store, and empty in a
	// fact that was loaded.
	Reason string
	Mode   string // of an assessment: how it was done; empty: not said
	By     string // who recorded it, as kind:id; empty: the actor of the change
}

// Same tells whether two facts are one; reasons do not count.
func (f Fact) Same(other Fact) bool {
	return f.Kind == other.Kind && f.What == other.What && f.At.Equal(other.At)
}

// Leave is a planned absence. It is not written to once it is made.
type Leave struct {
	From, Until time.Time  // UTC instants; sessions that start in [From, Until) are covered
	Since, Last civil.Date // the same as local dates of the cohort
	Released    bool       // the seat was given up
}

// Equal compares two leaves; nil is none.
func (l *Leave) Equal(other *Leave) bool {
	if l == nil || other == nil {
		return l == other
	}
	return l.From.Equal(other.From) && l.Until.Equal(other.Until) && l.Since == other.Since && l.Last == other.Last &&
		l.Released == other.Released
}

// covers tells whether a session falls into the leave; nil covers none.
func (l *Leave) covers(s *Session) bool {
	return l != nil && !s.Start.Before(l.From) && s.Start.Before(l.Until)
}

// OfferState is what became of an offer.
type OfferState string

// The states of an offer.
const (
	OfferOpen     OfferState = "open"
	OfferAccepted OfferState = "accepted"
	OfferDeclined OfferState = "declined"
	OfferLapsed   OfferState = "lapsed"
	OfferTaken    OfferState = "withdrawn" // the seats or the person are gone
)

// Offer is an entry whose seats are kept for an answer.
type Offer struct {
	ID     ID
	Entry  ID // the session at which the person would begin
	MadeAt time.Time
	ToldAt time.Time // when the person was told of it; zero: not yet. The store writes it
	State  OfferState
	// Short: an earlier date that somebody gave back less than 48 hours ahead; Entry is its session.
	Short bool
}

// Equal compares two histories. A fact never changes, so those of one kind and
// What are alike.
func (c *History) Equal(other *History) bool {
	return c.Continues == other.Continues && c.InPhase == other.InPhase && c.MovedOn == other.MovedOn &&
		c.EntryMode == other.EntryMode &&
		c.Front == other.Front && c.PausedDays == other.PausedDays && c.Leave.Equal(other.Leave) &&
		slices.EqualFunc(c.Facts, other.Facts, Fact.Same) &&
		slices.EqualFunc(c.Offers, other.Offers, func(x, y Offer) bool {
			return x.ID == y.ID && x.State == y.State && x.ToldAt.Equal(y.ToldAt)
		})
}

// recorded tells whether a fact was recorded.
func (c *History) recorded(kind FactKind, what string) bool {
	return slices.ContainsFunc(c.Facts, func(f Fact) bool { return f.Kind == kind && f.What == what })
}

// record adds a fact, once.
func (c *History) record(f Fact) {
	if !c.recorded(f.Kind, f.What) {
		c.Facts = append(slices.Clone(c.Facts), f)
	}
}

// forget takes a fact back.
func (c *History) forget(kind FactKind, what string) {
	c.Facts = slices.DeleteFunc(slices.Clone(c.Facts), func(f Fact) bool { return f.Kind == kind && f.What == what })
}

// Offer returns the open offer, nil when there is none.
func (c *History) Offer() *Offer {
	for i := range c.Offers {
		if c.Offers[i].State == OfferOpen {
			offer := c.Offers[i]
			return &offer
		}
	}
	return nil
}

// endOffer ends the open offer, if there is one.
func (c *History) endOffer(state OfferState) {
	c.Offers = slices.Clone(c.Offers)
	for i := range c.Offers {
		if c.Offers[i].State == OfferOpen {
			c.Offers[i].State = state
		}
	}
}

// refused tells whether an entry was offered and declined, or its offer lapsed.
func (c *History) refused(entry ID) bool {
	return slices.ContainsFunc(c.Offers, func(o Offer) bool {
		return o.Entry == entry && (o.State == OfferDeclined || o.State == OfferLapsed)
	})
}

// offersNotTaken counts the offers declined or lapsed since offers were last restarted: all
// of them, the lapses in a row at the end, and the declines.
func (c *History) offersNotTaken() (all, row, declines int) {
	from := 0
	for _, f := range c.Facts {
		if f.Kind == FactOffersAgain {
			from, _ = strconv.Atoi(f.What)
		}
	}
	for _, o := range c.Offers[min(from, len(c.Offers)):] {
		switch o.State {
		case OfferLapsed:
			all, row = all+1, row+1
		case OfferDeclined:
			all, row, declines = all+1, 0, declines+1
		case OfferAccepted:
			all, row, declines = 0, 0, 0
		}
	}
	return all, row, declines
}

// offersStopped tells whether so many offers were not taken that no more are made.
func (c *History) offersStopped() bool {
	all, row, _ := c.offersNotTaken()
	return all >= notTakenAllowed || row >= lapsesAllowed
}
