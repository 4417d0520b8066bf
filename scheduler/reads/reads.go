// Package reads holds the plain results of queries: what a page, a feed, a mail
// or a command shows. They carry no rule and change nothing. Those with names or addresses in them
// say so; they never go into a log.
package reads

import (
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/gate"
)

// Clinic is a tenant as lists show it.
type Clinic struct {
	ID           scheduler.ID
	Name         string
	Zone         string
	Facilitators string // which cohorts facilitators see: own or all
}

// Staff is somebody who works at a clinic. It holds a name and an address.
type Staff struct {
	ID          scheduler.ID
	Name, Email string
	Role        string
	Disabled    bool
	Credentials []scheduler.Credential // by name; only where staff are listed
}

// CohortRow is a cohort in a list.
type CohortRow struct {
	ID            scheduler.ID
	Name          string
	Protocol      string // "id@version"
	ProtocolTitle string
	Rolling       bool
	Zone          string
	Capacity      int
	Seated        int // people with an active enrollment
	Waiting       int
	Sessions      int       // that stand, of the main series
	Past          int       // of those, over at the time of looking
	Next          time.Time // start of the next session; zero: none
	NextWall      civil.WallTime
	NextSeated    int     // in the next session
	NextLimit     int     // of its seats
	NextSeats     int     // that it is to have: its own number, else Capacity
	Entry         Opening // the next one of a rolling cohort; zero: none is free
	State         scheduler.CohortState
}

// Undo is a change that can still be taken back.
type Undo struct {
	ChangeNo int64     // of the clinic
	Until    time.Time // UTC instant
	By       string    // who made it: the name of a colleague, or what it was
	Own      bool      // the caller made the change and may undo it
	Image    scheduler.Image
}

// CohortHead is what pages say of a cohort that they are not about.
type CohortHead struct {
	Cohort     scheduler.Cohort
	Definition *protocols.Definition
}

// SessionHead is one session and its cohort.
type SessionHead struct {
	CohortHead
	Session scheduler.Session
	Seated  int
}

// Cohort is a cohort's own page. It holds names.
type Cohort struct {
	Cohort      scheduler.Cohort
	Definition  *protocols.Definition
	ChangeNo    int64 // of the clinic, for forms that change something
	LeadName    string
	Leaders     map[scheduler.ID]string // names of who leads a session, leads in turn or fills a role
	Sessions    []Session
	Enrollments []Enrollment // in order of asking, the ended ones last
	Overrides   []CredentialOverride
	Exceptions  []RuleOverride // other rules that were set aside
	// Phases are the open cohorts that run the phases of one programme, this one
	// among them, in their order; nil: it runs none.
	Phases []Phase
}

// CredentialOverride is who was let lead without a credential, and by whom. It
// holds names and a reason in the words of staff; the reason and who gave it are
// empty unless the caller may name facilitators.
type CredentialOverride struct {
	scheduler.CredentialOverride
	Name string    // of who leads
	By   string    // name of the member of staff who said so; empty: nobody of them, such as a command
	At   time.Time // UTC instant
}

// RuleOverride is which rule was set aside. It holds a name and a reason in the words of staff, both
// empty unless the caller may change the cohort.
type RuleOverride struct {
	scheduler.RuleOverride
	By string    // name of the member of staff who said so; empty: nobody of them, such as a command
	At time.Time // UTC instant
}

// Phase is a cohort as the running series of a phase.
type Phase struct {
	Cohort      scheduler.ID
	Name, Phase string
	Number      int
}

// Next is the series in which people go on from this cohort's; false when it runs no
// phase, or the last.
func (c Cohort) Next() (Phase, bool) {
	for _, p := range c.Phases {
		if p.Number > c.Cohort.PhaseNo {
			return p, true
		}
	}
	return Phase{}, false
}

// Session is a session with its headcount.
type Session struct {
	scheduler.Session
	Seated int
}

// Enrollment is one line of a cohort's people. It holds a name.
type Enrollment struct {
	scheduler.Enrollment
	Name             string
	Unreachable      bool
	WaitlistPosition int
	EntryWall        civil.WallTime // zero while waiting
	Seats            int            // sessions owned, cancelled ones left out
}

// Person is a person's own page for staff. It holds names and addresses.
type Person struct {
	scheduler.Person
	Contact     scheduler.Contact
	Settings    gate.Settings
	Enrollments []PersonEnrollment
	Items       []Item
}

// PersonEnrollment is one of a person's enrollments.
type PersonEnrollment struct {
	scheduler.Enrollment
	Cohort     scheduler.ID
	CohortName string
}

// Standing is how one enrollment stands, with its own itinerary. It holds no
// name; its links are secrets.
type Standing struct {
	PersonEnrollment
	Definition       *protocols.Definition // that its cohort follows
	ChangeNo         int64                 // of the clinic, for whoever changes something
	EntryWall        civil.WallTime        // zero without an entry
	WaitlistPosition int                   // 0: not waiting
	Unreachable      bool
	Items            []Item // in order of start
	Links            Links  // empty for whom they are not
}

// Item is one line of an itinerary: a seat with its session.
type Item struct {
	Seat       scheduler.ID
	Session    scheduler.ID
	Cohort     scheduler.ID
	Enrollment scheduler.ID
	UID        string
	Sequence   int
	State      scheduler.SeatState
	Start, End time.Time // UTC instants
	Zone       string    // of the cohort
	Place      string
	Title      string // for staff; never shown to the person
	Position   string // of the session's content; for staff, too
	MovedFrom  civil.WallTime
	CreatedAt  time.Time
	ChangedAt  time.Time
	Intent     gate.Intent // for staff: what the person answered; empty: nothing
	Claimed    gate.Intent // for staff: what an answer says that nobody has confirmed; empty: none
}

// Cancelled tells whether the session was cancelled.
func (i Item) Cancelled() bool { return i.State == scheduler.SeatCancelled }

// Links are the tokens of a person's private addresses. They are secrets.
type Links struct{ Feed, Page string }

// FeedKey is what an address knows about its feed before anything is read:
// enough to answer "not modified".
type FeedKey struct {
	Clinic, Person       scheduler.ID
	PersonRev, ClinicRev int64
	Language             string // of the person
	// Ended: revoked, or the person's last enrollment has ended; the feed is
	// valid and empty.
	Ended bool
}

// Page is what a person's own page and feed show: no name, no title, no cohort.
type Page struct {
	Clinic   scheduler.ID
	Person   scheduler.ID
	Zone     string // the person's own
	Language string
	Items    []Item         // in order of start
	Waits    []scheduler.ID // enrollments that wait, in the order of asking; not of a feed
	Over     bool           // no enrollment lives: the page is to be read only
	Offered  []scheduler.ID // enrollments for which seats are kept for an answer; not of a feed
	Feed     string         // the token of the feed; empty when it was revoked
	Settings gate.Settings
	Reach    []scheduler.Channel // on which they may be reminded; not of a feed
}

// Task is something for staff to do. It holds a name and a phone number.
type Task struct {
	scheduler.Task
	CohortName  string
	Name, Phone string // of the person, or the name of the member of staff
	Session     Moment
}

// Moment is a session as a task names it; its zero value is none.
type Moment struct {
	ID    scheduler.ID
	Start time.Time
	Zone  string
	Wall  civil.WallTime
}

// KeptPage is one page of a clinic's kept mail, the newest first.
type KeptPage struct {
	Mails []KeptMail
	// Next is the id to ask on after; empty: there is nothing older.
	Next string
}

// KeptMail is one mail that was kept because no SMTP server is set.
type KeptMail struct {
	ID      string
	At      time.Time
	Subject string
	To      string // an address
	Text    string // the plain text; empty in lists
	Size    int
}

// Unreadable counts rows with a sealed text that does not open, by table.
type Unreadable map[string]int

// Part is the state of one part of the running program.
type Part struct {
	Name    string // database, queue, mail, zone-data, clock, agenda
	State   string // ok, advice, degraded, down
	Message string // a sentence; empty when ok
}

// The states of a part.
const (
	OK       = "ok"
	Advice   = "advice" // it works, and somebody should look at it
	Degraded = "degraded"
	Down     = "down"
)
