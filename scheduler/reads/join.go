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
	Room                          Room              // of a hosted meeting, only while it is open
	Contact                       scheduler.ClinicContact
}

// Room is a room on a video host, as one participant comes into it. What names it and them says nothing of either.
type Room struct {
	Session     scheduler.ID
	Name        string // empty: the meeting is not hosted
	Participant string
	Person      string // name of the participant
	Number      int    // of a participant among those of the session, from 1; 0: they lead it
	// Opens and Closes are the UTC instants between which the way in may be open.
	Opens, Closes time.Time
}

// RunningRoom is a room on a video host whose session runs or begins soon.
type RunningRoom struct {
	Clinic, Session scheduler.ID
	Kind            scheduler.MeetingKind
	Name            string
	Start           time.Time // UTC instant
}

// JoinKind is what somebody did at the way into a session.
type JoinKind string

// The kinds of join events. They are deleted after JoinsKept.
const (
	JoinOpened  JoinKind = "opened"  // they went on to the meeting
	JoinTrouble JoinKind = "trouble" // they said that they cannot get in
	JoinLate    JoinKind = "late"    // they said that they will be late
	JoinEnded   JoinKind = "ended"   // who leads the session ended it
	JoinCame    JoinKind = "came"    // a video host reports that they are there
	JoinLeft    JoinKind = "left"    // a video host reports that they have gone
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
	Ahead  time.Duration         // how long before the start the session can be joined
}

// Stay is how long somebody was in a meeting, as far as that is known.
type Stay struct {
	Came, Left time.Time // UTC instants, of the first and the last time; zero: not known
	Minutes    int       // in the meeting, within the session's time; 0 without reports
	Reported   bool      // by a video host; else Came is when they pressed Join
}

// StayOf gives what is known of a seat's stay in a session from start to end. Who is still there has been until now.
func (j Joins) StayOf(seat scheduler.ID, start, end, now time.Time) (stay Stay) {
	var pressed, since time.Time
	inside := time.Duration(0)
	add := func(until time.Time) {
		from := since
		if from.Before(start) {
			from = start
		}
		if until.After(end) {
			until = end
		}
		inside += max(0, until.Sub(from))
		stay.Left, since = until, time.Time{}
	}
	for _, e := range j.Events {
		switch {
		case e.Seat != seat:
		case e.Kind == JoinOpened && pressed.IsZero():
			pressed = e.At
		case e.Kind == JoinCame && since.IsZero():
			since, stay.Reported = e.At, true
			if stay.Came.IsZero() {
				stay.Came = e.At
			}
		case e.Kind == JoinLeft && !since.IsZero():
			add(e.At)
		}
	}
	if !since.IsZero() {
		add(now)
		if now.Before(end) {
			stay.Left = time.Time{} // not yet
		}
	}
	if !stay.Reported {
		stay.Came = pressed
	}
	stay.Minutes = int(inside.Minutes())
	return stay
}

// Excused is somebody who gave a date back ahead.
type Excused struct {
	Person, Enrollment scheduler.ID
	At                 time.Time // UTC instant
	Reason             string    // in their own words; empty: none
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
