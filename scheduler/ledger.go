package scheduler

import (
	"fmt"
	"time"

	"almanac/protocols"
	"almanac/scheduler/fault"
)

// Ledger plays dated facts on cohorts in memory, one after another: the rules
// of rolling enrolment without a database and without a clock. Facts come in
// order of time; Pass brings the ledger to the moment of the next one, and what
// falls due between two facts (an offer that lapses, a leave that ends, a
// graduation) happens at its own moment. The same facts give the same ids.
//
// A session that is over and about which no attendance was taken counts as
// attended by everyone seated. A ledger whose last call failed is half changed
// and must be thrown away.
type Ledger struct {
	book    *Book
	courses map[ID]*course        // by enrollment
	minutes map[ID]int            // of a partial attendance, by seat
	lost    map[ID]bool           // cancelled sessions whose content was dropped
	told    map[ID]Moment         // what people know, by seat
	owing   map[ID]time.Time      // when people are told of changes, by person
	tasks   map[string]bool       // keys of the tasks given
	until   map[ID]protocols.Date // how far sessions are wanted, by cohort
	alone   *Roster               // appointments of single people
	phases  []series              // in order
	apart   [][2]ID               // people who share no session

	// What came of the facts, in order.
	Notices []LedgerNotice
	Tasks   []LedgerTask
	Steps   []Step
}

// LedgerNotice is something that was told to a person.
type LedgerNotice struct {
	At     time.Time // UTC instant
	Person ID
	About  string           // welcome, added, moved, cancelled or offer
	Dates  []protocols.Date // local dates of the sessions; nil for a welcome
}

// LedgerTask is something that staff were asked to do.
type LedgerTask struct {
	At     time.Time // UTC instant
	Person ID        // empty for a task about a cohort
	About  string    // one of the About constants
}

// Step is one reason for where a person stands: a sentence without a name.
type Step struct {
	At     time.Time // UTC instant
	Person ID
	Text   string
}

// What staff are asked to look at in a course.
const (
	AboutAbsence   = "absence"    // a limit of absences was reached
	AboutHoldEnded = "hold-ended" // a leave ended by itself
	AboutDeclines  = "declines"   // three offers were declined
	AboutReassess  = "reassess"   // somebody returns and is to be assessed again
	AboutPhaseFull = "phase-full" // the next phase has no free seat
)

// course is what the rules remember of an enrollment beside its seats.
type course struct {
	done      map[string]bool // prerequisites
	waived    map[string]bool // positions
	passed    map[string]bool // positions whose seats were given up for a leave
	declined  map[ID]bool     // entries that were offered in vain
	declines  int
	offer     time.Time // when the offer lapses; zero: none
	leave     *leave    // nil: not on hold
	pausedFor int       // days of leave by which a stay counted in weeks is longer
	continues ID        // the enrollment whose credit counts too; empty: none
	way       way
	front     bool // first in the waitlist
	welcomed  bool
	inPhase   bool // continues into another phase, whose weeks count from its own entry
	movedOn   bool // went on into another phase
}

// leave is a planned absence.
type leave struct {
	from, until time.Time // UTC instants; sessions that start in [from, until) are covered
	since, last protocols.Date
	released    bool
}

func (l *leave) covers(s *Session) bool {
	return l != nil && !s.Start.Before(l.from) && s.Start.Before(l.until)
}

// way says by which rule of entry a person comes in.
type way string

const (
	wayNew    way = ""             // as the protocol says
	wayResume way = "resume"       // at any session
	wayModule way = "module-start" // where a module begins
)

// NewLedger makes an empty ledger that begins at an instant.
func NewLedger(zones *protocols.Zones, begin time.Time) *Ledger {
	clinic := Clinic{ID: DeriveID("", "clinic", "ledger"), Zone: "UTC"}
	l := &Ledger{
		book:    NewBook(clinic, begin.UTC(), zones, nil, nil, nil),
		courses: map[ID]*course{}, minutes: map[ID]int{}, lost: map[ID]bool{}, told: map[ID]Moment{},
		owing: map[ID]time.Time{}, tasks: map[string]bool{}, until: map[ID]protocols.Date{},
		alone: &Roster{Cohort: Cohort{ID: DeriveID(clinic.ID, "cohort", "alone"), Zone: "UTC", State: CohortOpen}},
	}
	l.book.Rosters = append(l.book.Rosters, l.alone)
	return l
}

// Now is the UTC instant that the ledger has come to.
func (l *Ledger) Now() time.Time { return l.book.Now }

// Open opens a cohort; its sessions are planned to a date at the least. It
// fails as Book.Open does.
func (l *Ledger) Open(id ID, o Opening, until protocols.Date) error {
	l.until[id] = until
	if _, err := l.book.Open(id, o); err != nil {
		return err
	}
	return l.recompute()
}

// Pass lets time pass to an instant that is not before Now.
func (l *Ledger) Pass(to time.Time) error {
	for {
		next, found := l.nextMoment(to)
		if !found {
			break
		}
		l.book.Now = next
		if err := l.recompute(); err != nil {
			return err
		}
	}
	if to.After(l.book.Now) {
		l.book.Now = to.UTC()
	}
	return l.recompute()
}

// nextMoment is the first instant after now, and up to a limit, at which
// something happens by itself.
func (l *Ledger) nextMoment(limit time.Time) (next time.Time, found bool) {
	consider := func(t time.Time) {
		if t.After(l.book.Now) && !t.After(limit) && (!found || t.Before(next)) {
			next, found = t, true
		}
	}
	for _, t := range l.owing {
		consider(t)
	}
	for _, r := range l.book.Rosters {
		waiting := false
		for _, e := range r.Enrollments {
			waiting = waiting || e.State == Waiting || e.State == Pending
			if c := l.courses[e.ID]; e.State == Offered {
				consider(c.offer)
			} else if c.leave != nil {
				consider(c.leave.until)
			}
		}
		for _, s := range r.Sessions {
			consider(s.End)
			if waiting {
				consider(s.Start)
				consider(s.Start.Add(-r.horizon()))
			}
		}
	}
	return next, found
}

func (r *Roster) horizon() time.Duration {
	if r.Definition == nil {
		return 0
	}
	return r.seatHorizon()
}

// recompute brings everything in line with the facts and the moment. Done
// twice it changes nothing.
func (l *Ledger) recompute() error {
	for _, r := range l.book.Rosters {
		if err := l.planAhead(r); err != nil {
			return err
		}
	}
	l.endLeaves()
	l.lapseOffers()
	for _, r := range l.book.Rosters {
		r.limit(l.book.Now)
		for _, e := range r.Enrollments {
			l.replan(r, e)
		}
		l.finish(r)
	}
	for _, r := range l.book.Rosters {
		l.holdForOrientation(r)
		l.makeOffers(r)
	}
	l.tell()
	return nil
}

// planAhead extends a rolling cohort: to the end of the projection, and to the
// date up to which its sessions are wanted.
func (l *Ledger) planAhead(r *Roster) error {
	if r == l.alone {
		return nil
	}
	loc, err := l.book.Zones.Location(r.Cohort.Zone)
	if err != nil {
		return fmt.Errorf("planning ahead: %w", err)
	}
	if _, err := r.extend(loc, l.book.Now); err != nil {
		return err
	}
	for r.Cohort.Rolling && r.lastDate().Before(l.until[r.Cohort.ID]) {
		if _, err := r.appendNext(r.turn(), loc); err != nil {
			return err
		}
		r.arrange()
	}
	return nil
}

// limit sets the seats of what is to come: those of the cohort, and never fewer
// than are taken.
func (r *Roster) limit(now time.Time) {
	for _, s := range r.upcoming(now) {
		if s.Kind != string(protocols.KindIndividual) {
			s.SeatLimit = max(r.Cohort.Capacity, r.Seated(s.ID))
		}
	}
}

// course finds what is remembered of an enrollment.
func (l *Ledger) course(e *Enrollment) *course {
	c := l.courses[e.ID]
	if c == nil {
		c = &course{done: map[string]bool{}, waived: map[string]bool{}, passed: map[string]bool{}, declined: map[ID]bool{}}
		l.courses[e.ID] = c
	}
	return c
}

// say writes down a reason.
func (l *Ledger) say(person ID, format string, args ...any) {
	l.Steps = append(l.Steps, Step{At: l.book.Now, Person: person, Text: fmt.Sprintf(format, args...)})
}

// ask gives staff a task, once for its key.
func (l *Ledger) ask(person ID, about, natural string) {
	key := about + ":" + natural
	if l.tasks[key] {
		return
	}
	l.tasks[key] = true
	l.Tasks = append(l.Tasks, LedgerTask{At: l.book.Now, Person: person, About: about})
}

// enrolled finds a person's enrollment that an event is about: in the cohort
// that is named, else the one asked for last. NotFound when there is none.
func (l *Ledger) enrolled(person, cohort ID) (*Roster, *Enrollment, error) {
	var in *Roster
	var found *Enrollment
	for _, r := range l.book.Rosters {
		for _, e := range r.Enrollments {
			if e.Person != person || cohort != "" && cohort != r.Cohort.ID {
				continue
			}
			if found == nil || e.State.Live() && !found.State.Live() ||
				e.State.Live() == found.State.Live() && !e.RequestedAt.Before(found.RequestedAt) {
				in, found = r, e
			}
		}
	}
	if found == nil {
		return nil, nil, fault.New(fault.NotFound, "This person is not enrolled yet. Enroll them first.")
	}
	return in, found, nil
}
