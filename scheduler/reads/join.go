package reads

import (
	"time"

	"almanac/scheduler"
)

// Join is the way into one session for one person, as it is at the moment of looking.
type Join struct {
	Clinic, Person, Seat, Session scheduler.ID
	Zone                          string // the person's own
	Language                      string
	Start, End, Opens             time.Time // UTC instants
	State                         scheduler.JoinState
	Meeting                       scheduler.Meeting // only while it is open
	Contact                       scheduler.ClinicContact
}

// JoinKind is what somebody did at the way into a session.
type JoinKind string

// The kinds of join events. They are deleted after JoinsKept.
const (
	JoinOpened  JoinKind = "opened"  // they went on to the meeting
	JoinTrouble JoinKind = "trouble" // they said that they cannot get in
	JoinEnded   JoinKind = "ended"   // who leads the session ended it
)

// JoinsKept is how long join events are kept.
const JoinsKept = 7 * 24 * time.Hour

// JoinEvent is one act at the way in. It holds no network and no location.
type JoinEvent struct {
	Seat scheduler.ID // empty: of who leads the session
	Kind JoinKind
	At   time.Time // UTC instant
}

// Joins is what happens at the way into one session, in order of time.
type Joins struct {
	Events []JoinEvent
	No     map[scheduler.ID]bool // seats whose people said that they will not come
}

// Ended is when the session was ended last; zero: it was not.
func (j Joins) Ended() (at time.Time) {
	for _, e := range j.Events {
		if e.Kind == JoinEnded {
			at = e.At
		}
	}
	return at
}
