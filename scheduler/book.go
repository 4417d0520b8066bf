package scheduler

import (
	"time"

	"almanac/protocols/civil"
)

// Clinic is the tenant as the rules see it.
type Clinic struct {
	ID       ID
	Zone     string            // IANA; for staff and for people without one of their own
	ChangeNo int64             // rises with every change of the clinic; a preview carries it
	Closed   []civil.DateRange // days without sessions, in order; both ends included
}

// Commitment is a time at which somebody, or equipment of the clinic, is taken elsewhere: by a
// seat in, or the lead of, a session that is not in the book.
type Commitment struct {
	Who        ID // a person, a facilitator, or the EquipmentKey of a resource
	Session    ID
	Start, End time.Time // UTC instants
	Units      int       // of equipment: how much the session takes
}

// AuditEntry says what a change did, in a word and ids.
type AuditEntry struct {
	Action   string   // as "session.cancel"
	Subjects []ID     // what and whom it is about
	Fields   []string // what it changed; empty: the action says all
}

// AttendanceEntry is one record of attendance. The store adds who made it.
type AttendanceEntry struct {
	Seat  ID
	State SeatState
	Attendance
	At time.Time // UTC instant
}

// Book is what one change may touch: the rosters that were loaded, and what
// the change owes to people. A change reads and writes the book and nothing
// else. The book of a change that failed is half changed and must be thrown away.
type Book struct {
	Clinic    Clinic
	Now       time.Time // UTC instant of the change
	Zones     *civil.Zones
	Rosters   []*Roster
	People    map[ID]*Person
	Busy      []Commitment // everything else that the people and facilitators of the book do
	KeptApart [][2]ID      // people of the book who share no session with one another
	Staff     map[ID]*Facilitator

	Newcomer Contact  // whom the request describes; see Load.Newcomer
	Known    []Known  // people of the clinic who may be meant, and those it names
	Merging  *Merging // what a merge must know; nil: it is none
	Erasing  *Erasing // what an erasure must know; nil: it is none

	// What the change adds, for the store to save.
	Contacts      map[ID]Contact // new people, or new contact data of known ones
	Notices       []Notice
	Unsure        []Notice // owed if an invite of their seat is on its way, which only the store knows
	Tasks         []Task
	Audit         []AuditEntry
	Announcements []Announcement // who will be told what, for the preview
	Stays         []Stay         // who cannot be moved with the others, for the preview
	// StaffAnnouncements say which facilitators will be told of the change; for the preview.
	StaffAnnouncements []StaffAnnouncement
	// Readdressed are people whose private addresses end, because somebody else may read what went to the old ones.
	Readdressed []ID
	Readdress   *Readdress // another address that a person asked for themself; nil: none
	Merged      *Merged    // two records that are one now; nil: none
	Erased      *Erasure   // somebody who is erased; nil: nobody
	// Verdicts say of each cohort that a change for many concerns why it could not
	// be done there; nil: it was done.
	Verdicts        map[ID]error
	Made            ID                // what the change made, kept with its key; see Once
	AttendanceTaken []AttendanceEntry // attendance that was taken or corrected, for its history
	Steps           []Step            // why people stand where they stand
	// Placed is the referral that an enrollment comes of; nil: none.
	Placed *Placement
	// Message is what staff wrote to people of a cohort; nil: nothing.
	Message *Message
	// Overrides are of facilitators whom the change lets lead without a credential.
	Overrides []CredentialOverride
	// SkippedDates are, by cohort, the reopened dates on which it would have met.
	SkippedDates map[ID][]civil.Date
	// Meetings are those that the change gives to cohorts and sessions, by name. NameMeeting names one; the store
	// sets it.
	Meetings    map[ID]Meeting
	NameMeeting func(Meeting) ID
	// VideoHosts are the kinds of meeting for which the installation has a video host.
	VideoHosts []MeetingKind
	// Exceptions are the other rules that the change sets aside, with the reasons.
	Exceptions []RuleOverride

	// Undoing is the change that this one takes back, as the store loaded it; nil: none.
	Undoing *Undo
	Undo    *Undo // what is kept of this change to take it back; nil: it cannot be
	Dropped []ID  // tasks that are to be forgotten unless somebody has done them
	// ClosedTasks are tasks whose cause is gone: they are done unless somebody has done
	// them, and open anew when their cause comes back.
	ClosedTasks []ClosedTask

	before      []*Roster
	failed      *firstError
	wasClosed   []civil.DateRange // days of the clinic, as they were loaded
	unannounced []ID              // sessions planned ahead: nobody is told before their invite is due
	// trusting: a session that is over and of which no attendance was taken
	// counts as attended by everyone seated. Only a replay trusts.
	trusting bool
	saidOff  []ID // seats that their person has given back themself
	byClock  bool // nobody asked for the change, so nobody takes it back and its news need not rest
	upToDate bool // nothing has changed since the last recompute
	// corrected are people whose attendance was taken now: what they completed may be open again.
	corrected map[ID]bool
	until     map[ID]civil.Date // of a replay: how far sessions are wanted, by cohort
}

// NewBook makes a book of what was loaded and remembers it as it was, so that
// the difference can be told and saved.
func NewBook(clinic Clinic, now time.Time, zones *civil.Zones, rosters []*Roster, people map[ID]*Person,
	busy []Commitment) *Book {
	clinic.Closed = mergeDays(clinic.Closed...)
	b := &Book{
		Clinic: clinic, Now: now, Zones: zones, Rosters: rosters, People: people, Busy: busy,
		Contacts: map[ID]Contact{}, before: make([]*Roster, len(rosters)), wasClosed: clinic.Closed,
		failed: &firstError{},
	}
	for i, r := range rosters {
		r.keepForOffers()
		r.closed = clinic.Closed
		b.before[i] = r.clone()
	}
	if b.People == nil {
		b.People = map[ID]*Person{}
	}
	return b
}

// Before gives a roster as it was loaded, nil when the change opened it.
func (b *Book) Before(cohort ID) *Roster {
	for _, r := range b.before {
		if r.Cohort.ID == cohort {
			return r
		}
	}
	return nil
}

// Roster finds a loaded roster by its cohort, nil when it is not in the book.
func (b *Book) Roster(cohort ID) *Roster {
	for _, r := range b.Rosters {
		if r.Cohort.ID == cohort {
			return r
		}
	}
	return nil
}

// withSession finds the roster that holds a session.
func (b *Book) withSession(id ID) (*Roster, *Session) {
	for _, r := range b.Rosters {
		if s := r.Session(id); s != nil {
			return r, s
		}
	}
	return nil, nil
}

// withEnrollment finds the roster that holds an enrollment.
func (b *Book) withEnrollment(id ID) (*Roster, *Enrollment) {
	for _, r := range b.Rosters {
		if e := r.Enrollment(id); e != nil {
			return r, e
		}
	}
	return nil, nil
}

// clashes tells whether who leads or owns a seat in another session, in or
// outside the book, that overlaps [start, end). The session except is left out.
// Nobody owns or leads two overlapping sessions.
func (b *Book) clashes(who ID, start, end time.Time, except ID) bool {
	if who == "" {
		return false
	}
	for _, c := range b.Busy {
		if c.Who == who && c.Session != except && c.Start.Before(end) && c.End.After(start) {
			return true
		}
	}
	for _, r := range b.Rosters {
		for _, s := range r.since(start) {
			if s.Leader == who && s.ID != except && s.Live() && s.overlaps(start, end) {
				return true
			}
		}
		for _, seat := range r.indexed().byPerson[who] {
			if seat.Session == except || !seat.State.Occupies() {
				continue
			}
			if s := r.Session(seat.Session); s != nil && s.Live() && s.overlaps(start, end) {
				return true
			}
		}
	}
	return false
}

// takes tells whether a person occupies a seat in a session of the roster; the
// enrollment may be another cohort's, when the seat makes good what was missed.
func (b *Book) takes(r *Roster, person, session ID) bool {
	return r.seatTaken(session, person) != nil
}

func (b *Book) note(action string, subjects ...ID) {
	b.Audit = append(b.Audit, AuditEntry{Action: action, Subjects: subjects})
}
