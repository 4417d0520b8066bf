// Package reads holds the results of queries: what a page, a feed, a mail or a command
// shows. They have no rules and no effects. The comment of a type says when it holds
// names or addresses; never log those.
package reads

import (
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/gate"
)

// Clinic is a clinic in a list.
type Clinic struct {
	ID           scheduler.ID
	Name         string
	Zone         string
	Facilitators string // the cohorts that facilitators see: own or all
	LockMinutes  int    // idle minutes after which the screens of staff are locked
	JoinMinutes  int    // how long before their start sessions can be joined
	SignIn       string // what lets staff in: SignInByMail or SignInStrong
	Closed       []civil.DateRange
	Contact      scheduler.ClinicContact
	Hours        gate.Hours // of messages to people who chose none; zero: at any time
	// Leads are those of routine reminders, unless a protocol has its own or a person chose others. Empty: as the
	// protocol says.
	Leads     []time.Duration
	MailDays  int // how long kept mail stays
	TextYears int // how long the texts of messages stay; 0: for good
	Titles    string
	HeadEmail string // who gets the newest head of the audit each day; empty: nobody
}

// What browsers call the pages of staff.
const (
	TitlesPage  = "page"  // what the page is about
	TitlesPlain = "plain" // the same neutral words for all
)

// How long a clinic may keep what is erased by the clock. What was told to people is proof for six years, so no text
// goes sooner. Kept mail is a copy that nobody was sent.
const (
	LeastMailDays  = 1
	MostMailDays   = 90
	LeastTextYears = 6
	MostTextYears  = 50
)

// MailGoesBefore tells before which moment kept mail is erased.
func (c Clinic) MailGoesBefore(now time.Time) time.Time { return now.AddDate(0, 0, -c.MailDays) }

// TextsGoBefore tells before which moment the texts of messages are erased; zero: none are.
func (c Clinic) TextsGoBefore(now time.Time) time.Time {
	if c.TextYears == 0 {
		return time.Time{}
	}
	return now.AddDate(-c.TextYears, 0, 0)
}

// ClinicEffect is what other settings of a clinic would do that the settings themselves do not show.
type ClinicEffect struct {
	// Reminders that leave in the next two weeks, as it is and as it would be.
	RemindersNow, RemindersThen int
	OwnLeads                    int // open cohorts whose protocol has lead times of its own
	Texts                       int // messages whose texts would be erased
}

// Staff is a member of a clinic's staff. It holds a name and an address.
type Staff struct {
	ID          scheduler.ID
	Name, Email string
	Role        string
	Disabled    bool
	Credentials []scheduler.Credential // by name; only where staff are listed
	Passkey     bool                   // they have one; only where staff are listed
	Provider    bool                   // their organization's account is linked; only where staff are listed
}

// LedSession is a session that a member of staff leads.
type LedSession struct {
	Cohort     scheduler.ID
	CohortName string
	LocalStart string // 2026-01-06T18:00, in the cohort's zone
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
	Sessions      int       // of the main series, without cancelled ones
	Past          int       // of those, already over
	Next          time.Time // start of the next session; zero: none
	NextWall      civil.WallTime
	NextSeated    int     // in the next session
	NextLimit     int     // of its seats
	NextSeats     int     // of the next session: its own number, or Capacity
	Entry         Opening // the next one of a rolling cohort; zero without one
	State         scheduler.CohortState
	Phase         string // that it runs; empty: a whole programme
	PhaseNo       int
	LeadName      string      // only on a page of cohorts; empty: none
	Track         []TrackMark // its sessions in order, only on a page of cohorts; a rolling one's around now
}

// Undo is a change that can still be taken back.
type Undo struct {
	ChangeNo int64     // of the clinic
	Until    time.Time // UTC instant
	By       string    // the name of a colleague, or the kind of actor
	Own      bool      // made by the caller, who may undo it
	Image    scheduler.Image
}

// CohortHead is what a page needs to name a cohort.
type CohortHead struct {
	Cohort     scheduler.Cohort
	Definition *protocols.Definition
	// Meeting is how people come in from afar; none for who may not change sessions.
	Meeting scheduler.Meeting
}

// SessionHead is one session and its cohort.
type SessionHead struct {
	CohortHead
	Session scheduler.Session
	// OwnMeeting is how people come into the session from afar.
	OwnMeeting scheduler.Meeting
	Seated     int
}

// Cohort is a cohort's own page. It holds names.
type Cohort struct {
	Cohort      scheduler.Cohort
	Definition  *protocols.Definition
	ChangeNo    int64 // of the clinic, for forms that change something
	LeadName    string
	Leaders     map[scheduler.ID]string // names of leaders, rotation members and people in roles
	Sessions    []Session
	Enrollments []Enrollment // in order of request, the ended ones last
	Overrides   []CredentialOverride
	Exceptions  []RuleOverride // other rules that were overridden
	// Meetings are those of the cohort and its sessions, by id; none for who may not change sessions.
	Meetings map[scheduler.ID]scheduler.Meeting
	// Phases are the open cohorts of the same programme, this one included, in order
	// of phase; nil when the protocol has no phases.
	Phases []Phase
}

// CredentialOverride says who leads without a credential, and who allowed it. It holds
// names and a reason in free text. Reason and By are empty unless the caller may name
// facilitators.
type CredentialOverride struct {
	scheduler.CredentialOverride
	Name string    // of the leader
	By   string    // name of the member of staff; empty for another actor, such as a command
	At   time.Time // UTC instant
}

// RuleOverride says which rule was overridden. It holds a name and a reason in free
// text, both empty unless the caller may change the cohort.
type RuleOverride struct {
	scheduler.RuleOverride
	By string    // name of the member of staff; empty for another actor, such as a command
	At time.Time // UTC instant
}

// Phase is a cohort that runs one phase of a programme.
type Phase struct {
	Cohort      scheduler.ID
	Name, Phase string
	Number      int
}

// Next is the cohort of the next phase; false when this one has no phase or the last.
func (c Cohort) Next() (Phase, bool) {
	for _, p := range c.Phases {
		if p.Number > c.Cohort.PhaseNo {
			return p, true
		}
	}
	return Phase{}, false
}

// Session is a session with its number of seats.
type Session struct {
	scheduler.Session
	Seated  int
	Excused int // people who gave the date back ahead
}

// Enrollment is a person in a cohort. It holds a name.
type Enrollment struct {
	scheduler.Enrollment
	Name             string
	Unreachable      bool
	WaitlistPosition int
	EntryWall        civil.WallTime // zero while waiting
	Seats            int            // without cancelled ones
	Marks            []SeatMark     // by start; only in a view of a cohort by somebody who may see attendance
}

// SeatMark is a seat of a person and what was noted of it.
type SeatMark struct {
	Start, End time.Time
	State      scheduler.SeatState
}

// Person is a person's own page for staff. It holds names and addresses.
type Person struct {
	scheduler.Person
	Contact     scheduler.Contact
	ErasedAt    time.Time // UTC instant; zero: they were not erased
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

// EnrollmentView is one enrollment with its itinerary. It holds no name; its links are
// secrets.
type EnrollmentView struct {
	PersonEnrollment
	Definition       *protocols.Definition // of its cohort
	ChangeNo         int64                 // of the clinic, for the next change
	EntryWall        civil.WallTime        // zero without an entry
	WaitlistPosition int                   // 0: not waiting
	Unreachable      bool
	Items            []Item // in order of start
	Links            Links  // empty unless the caller may see them
}

// Item is one entry of an itinerary: a seat with its session.
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
	Meeting    scheduler.ID // how people come in from afar; empty: not
	Enrolled   scheduler.EnrollmentState
	Join       string    // the token of its way in, on the person's own page; empty: none
	Opens      time.Time // when that opens, UTC; zero without one
	Title      string    // for staff; never show it to the person
	Position   string    // of the session's content; for staff only
	MovedFrom  civil.WallTime
	CreatedAt  time.Time
	ChangedAt  time.Time
	Intent     gate.Intent // for staff: the person's answer; empty without one
	Claimed    gate.Intent // for staff: an unconfirmed answer; empty without one
}

// Cancelled tells whether the session was cancelled.
func (i Item) Cancelled() bool { return i.State == scheduler.SeatCancelled }

// Links are the tokens of a person's private addresses. They are secrets.
type Links struct{ Feed, Page string }

// FeedKey is the state of a feed without its content: enough to answer
// "not modified".
type FeedKey struct {
	Clinic, Person       scheduler.ID
	PersonRev, ClinicRev int64
	Language             string // of the person
	// Ended: revoked, or the person's last enrollment has ended; the feed is
	// valid and empty.
	Ended bool
}

// Page is what a person's own page and feed show. It holds no name, title or cohort.
type Page struct {
	Clinic   scheduler.ID
	Person   scheduler.ID
	Zone     string // the person's own
	Language string
	Items    []Item         // in order of start
	Waits    []scheduler.ID // waiting enrollments in order of request; not for a feed
	Over     bool           // no enrollment is open: the page is read-only
	Offered  []scheduler.ID // enrollments with an open offer; not for a feed
	// GivenBack are dates to come that they gave back, and Away their leaves; not for a feed.
	GivenBack []GivenBack
	Away      []Away
	Feed      string // the token of the feed; empty when it was revoked
	Settings  gate.Settings
	Reach     []scheduler.Channel // allowed for reminders; not for a feed
	Contact   scheduler.ClinicContact
}

// GivenBack is a date that its person gave back ahead.
type GivenBack struct {
	Seat, Enrollment, Session scheduler.ID
	Start, End                time.Time // UTC instants
}

// Away is a leave that lasts or is to come.
type Away struct {
	Enrollment  scheduler.ID
	From, Until time.Time // UTC instants; Until is midnight of the day they are back
	Zone        string    // of the cohort
}

// Task is something for staff to do. It holds a name and a phone number.
type Task struct {
	scheduler.Task
	CohortName  string
	Name, Phone string // of the person, or the name of the member of staff
	Session     Moment
	Tries       int       // calls that did not reach the person
	TriedAt     time.Time // the last of them
	Tried       scheduler.CallOutcome
	Says        []SaidDate // dates to tell, as they stand now
}

// SaidDate is a date that staff tell somebody.
type SaidDate struct {
	scheduler.Moment
	Before scheduler.Moment // what they know; zero: nothing
	Off    scheduler.Off    // why it is off; OffNot: it stands
	Zone   string           // of the cohort
}

// Moment is the session of a task; the zero value is none.
type Moment struct {
	ID    scheduler.ID
	Start time.Time
	Zone  string
	Wall  civil.WallTime
}

// KeptPage is one page of a clinic's kept mail, the newest first.
type KeptPage struct {
	Mails []KeptMail
	// Next is the id for the next page; empty when this is the last.
	Next string
}

// KeptMail is a mail in a file, because no SMTP server is set.
type KeptMail struct {
	ID      string
	At      time.Time
	Subject string
	To      string // an address
	Text    string // the plain text; empty in lists
	HTML    string // as a mail program shows it; empty in lists, and when there is none
	Size    int
}

// Unreadable counts rows with a sealed text that cannot be opened, by table.
type Unreadable map[string]int

// Part is the state of one part of the running program.
type Part struct {
	Name    string // database, queue, mail, zone-data, clock, agenda
	State   string // ok, advice, degraded, down
	Message string // a sentence; may be empty when ok
}

// The states of a part.
const (
	OK       = "ok"
	Advice   = "advice" // works, but needs attention
	Degraded = "degraded"
	Down     = "down"
)
