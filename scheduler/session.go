package scheduler

import (
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
)

// SessionState is what became of a session.
type SessionState string

// The states of a session. A planned session whose end has passed has met; the
// word is stored only when attendance was taken.
const (
	SessionPlanned   SessionState = "planned"
	SessionMet       SessionState = "met"
	SessionCancelled SessionState = "cancelled"
)

// Session is one meeting of a cohort.
type Session struct {
	ID        ID
	Counter   int    // the cohort's creation counter: its natural key
	Number    int    // ordinal among the non-cancelled of the main series; else 0
	Kind      string // group, retreat, … as the protocol says
	Main      bool   // whether it belongs to the main series
	Phase     string
	Position  string         // the unit of content: module id, or "<module>-<n>"
	Title     string         // for staff
	Wall      civil.WallTime // in the cohort's zone
	Start     time.Time      // UTC instant
	End       time.Time      // UTC instant: Start plus elapsed Minutes
	Minutes   int
	Place     string
	Meeting   ID // how people come in from afar; empty: not
	State     SessionState
	MovedFrom civil.WallTime // zero: never moved
	Leader    ID             // facilitator; empty: nobody yet
	SeatLimit int
	Seats     int // a number of seats of its own; 0: the cohort's
	// ContentLost: cancelled without another date, so that its position is owed.
	ContentLost bool
	// For is the enrollment whose appointment alone it is; empty: everybody's.
	For ID
	// Opens and Closes are the days within which an appointment lies; zero: any.
	Opens, Closes civil.Date
}

// Past tells whether the session is over at now.
func (s *Session) Past(now time.Time) bool { return !s.End.After(now) }

// SeatsIn is how many seats the session is to have: its own number, else that of its cohort.
func (s *Session) SeatsIn(c Cohort) int {
	if s.Seats > 0 {
		return s.Seats
	}
	return c.Capacity
}

// Live tells whether the session stands: not cancelled.
func (s *Session) Live() bool { return s.State != SessionCancelled }

func (s *Session) overlaps(start, end time.Time) bool {
	return s.Start.Before(end) && s.End.After(start)
}

// content is what a session is about: the part of it that can pass to another one.
type content struct{ phase, position, title string }

func (s *Session) content() content { return content{s.Phase, s.Position, s.Title} }

func (s *Session) setContent(c content) { s.Phase, s.Position, s.Title = c.phase, c.position, c.title }

// add gives the roster its next session, from a planned occurrence. Until
// arrange has been called it has no number and stands last.
func (r *Roster) add(o protocols.Occurrence) *Session {
	r.Cohort.SessionCounter++
	s := &Session{
		ID: sessionID(r.Cohort.ID, r.Cohort.SessionCounter), Counter: r.Cohort.SessionCounter,
		Kind: string(o.Kind), Main: o.Number > 0, Phase: o.Phase, Position: o.Position, Title: o.Title,
		Wall: o.LocalStart, Start: o.Start, End: o.End, Minutes: o.Minutes,
		Place: placeOf(r.Definition, o, r.Cohort.Place), State: SessionPlanned, Leader: r.Cohort.Lead,
		SeatLimit: r.Cohort.Capacity,
	}
	if !r.elsewhere(s) {
		s.Meeting = r.Cohort.Meeting
	}
	r.Sessions = append(r.Sessions, s)
	return s
}

// addMain adds a session of the main series at a wall time, with this content
// and of the same kind and length as model.
func (r *Roster) addMain(model *Session, c content, wall civil.WallTime, loc *time.Location) *Session {
	start := civil.Resolve(wall, loc).Instant
	s := r.add(protocols.Occurrence{
		Number: 1, Kind: protocols.Kind(model.Kind), Phase: c.phase, Position: c.position, Title: c.title,
		LocalStart: wall, Start: start, End: start.Add(time.Duration(model.Minutes) * time.Minute),
		Minutes: model.Minutes,
	})
	if model.Place == DefaultPlace || model.Place == PhonePlace {
		s.Place = model.Place
	}
	s.Meeting = model.Meeting
	s.Seats = model.Seats
	s.SeatLimit = s.SeatsIn(r.Cohort)
	return s
}
