package reads

import (
	"slices"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/gate"
)

// CohortQuery selects one page of a clinic's open cohorts, or of its ended ones.
type CohortQuery struct {
	Ended       bool
	Kind        CohortKind
	Mine        bool   // only those that the caller leads, or leads in turn
	Search      string // words of the name, the protocol or a facilitator; empty: all
	Order       CohortOrder
	From, Limit int // offset and limit
}

// CohortKind narrows cohorts by how people enter.
type CohortKind string

// The kinds of cohorts. The zero value is both.
const (
	ClosedCohorts  CohortKind = "closed" // one start for all
	RollingCohorts CohortKind = "rolling"
)

// CohortOrder is the order of a list of cohorts.
type CohortOrder string

// The orders. The zero value is by next session.
const (
	CohortsByName   CohortOrder = "name"
	CohortsByNewest CohortOrder = "newest" // opened last
)

// CohortPage is one page of a clinic's cohorts with totals. Found is how many the query selects on all pages; the
// other totals are within the caller's reach, and all but Ended are of open cohorts.
type CohortPage struct {
	Rows                               []CohortRow
	Open, Ended, Closed, Rolling, Mine int
	Found                              int
}

// TaskQuery selects tasks after one cursor, or right before the other; without both,
// the first ones.
type TaskQuery struct {
	After, Before Cursor
	Limit         int
}

// Call is what one person is to be told, or one task that is no call. Its first task is the most urgent.
type Call struct {
	Person         scheduler.ID // empty: a single task
	Zone, Language string       // of the person
	Contact        gate.SafeContact
	Clinic         scheduler.ClinicContact // whom to call back
	Version        string                  // of all that there is to say
	Tasks          []Task
}

// FirstSaid is the first date to tell, zero without one.
func (c *Call) FirstSaid(now time.Time) (first time.Time) {
	for _, t := range c.Tasks {
		for _, d := range t.Says {
			if d.Start.After(now) && (first.IsZero() || d.Start.Before(first)) {
				first = d.Start
			}
		}
	}
	return first
}

// NextTry proposes when to call again: within the person's hours, unless the first date to tell would be over by then.
func (c *Call) NextTry(now time.Time, zone *time.Location) time.Time {
	first := c.FirstSaid(now)
	next := scheduler.NextTry(now, first)
	if open := c.Contact.CallHours().Next(next, zone); first.IsZero() || open.Before(first) {
		return open
	}
	return next
}

// CallsOf groups tasks by person, in the order of their first tasks. A task that no talk settles is alone.
func CallsOf(tasks []Task) (calls []Call) {
	at := map[scheduler.ID]int{}
	for _, t := range tasks {
		i, known := at[t.Person]
		if !t.Spoken() {
			calls = append(calls, Call{Tasks: []Task{t}})
			continue
		}
		if !known {
			i = len(calls)
			at[t.Person] = i
			calls = append(calls, Call{Person: t.Person})
		}
		calls[i].Tasks = append(calls[i].Tasks, t)
	}
	return calls
}

// TaskPage is one page of a clinic's open tasks, the most urgent first. It holds names
// and phone numbers.
type TaskPage struct {
	Calls         []Call
	Counts        TaskCounts
	Earlier, Next Cursor // for the neighbouring pages; zero when there is none
}

// TaskCounts is how many tasks are open.
type TaskCounts struct {
	Open, Late int // Late: part of Open, past their time
	ByCohort   map[scheduler.ID]int
}

// IntakeQuery selects one page of people who have not begun and one of cohorts with openings. Days, From and Until
// are when somebody could come; where they are set, cohorts without such an entry are left out.
type IntakeQuery struct {
	People, Cohorts           int            // offsets
	PeopleLimit, CohortsLimit int            // limits
	Entries                   int            // of each cohort
	Earliest                  civil.Date     // of an entry; zero: from now on
	Days                      []time.Weekday // of an entry, local to its cohort; nil: any
	From, Until               int            // of its start, in minutes after local midnight; Until 0: any time
}

// Chooses tells whether the query leaves out cohorts that have no fitting entry.
func (q IntakeQuery) Chooses() bool { return !q.Earliest.IsZero() || len(q.Days) > 0 || q.Until > 0 }

// Fits tells whether somebody could come to an entry at this local time.
func (q IntakeQuery) Fits(w civil.WallTime) bool {
	at := w.Clock.Minutes()
	return !w.Date.Before(q.Earliest) && (len(q.Days) == 0 || slices.Contains(q.Days, w.Date.Weekday())) &&
		(q.Until == 0 || at >= q.From && at < q.Until)
}

// Intake lists people who have not begun and cohorts with entries, with totals. It
// holds names.
type Intake struct {
	People              []IntakePerson
	Cohorts             []IntakeCohort
	PeopleOf, CohortsOf int
}

// IntakePerson is a person who waits, has an offer, lacks a prerequisite, or is on a
// hold.
type IntakePerson struct {
	Enrollment  scheduler.ID
	Person      scheduler.ID
	Name        string
	State       scheduler.EnrollmentState
	CohortName  string
	Zone        string // of the cohort
	RequestedAt time.Time
	Entry       civil.Date               // offered; local to the cohort
	Ends        time.Time                // of the offer or hold; zero when it has no end
	Position    int                      // on the waitlist; 0: not waiting
	Undone      []protocols.Prerequisite // of a pending person
}

// IntakeCohort is an open cohort that is rolling, has an entry with a free seat, or has people waiting, with its next
// entries.
type IntakeCohort struct {
	Cohort   scheduler.ID
	Name     string
	Protocol string // "id@version"
	Zone     string
	Rolling  bool
	Capacity int
	Waiting  int
	Next     bool // its waitlist could move: another cohort of the protocol takes somebody new
	Entries  []Opening
	Titles   []string // of the content at each entry
}

// CohortPart selects a part of a cohort. Of a rolling one: recent and future sessions,
// and one page of older ones. Of every cohort: all active people, one page of those
// who wait and one of those who have left.
type CohortPart struct {
	Since         time.Time // all sessions that begin after this
	Older         PageRange // of earlier sessions, the latest first
	Waiting, Left PageRange // of people
}

// PageRange is a page of a list: offset and limit.
type PageRange struct{ From, Limit int }

// CohortView is a part of a cohort, with the totals of its paged lists. It holds names.
type CohortView struct {
	Cohort
	Older                   []Session // in order of start; empty for a closed cohort, which has all in Sessions
	OlderOf, WaitOf, LeftOf int
}
