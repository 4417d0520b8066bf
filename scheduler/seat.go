package scheduler

import "time"

// SeatState is what became of a seat.
type SeatState string

// The states of a seat. A seat that its person gave up stays as a row, so that
// its UID and SEQUENCE live on, and leaves every list.
const (
	SeatPlanned   SeatState = "planned"
	SeatPresent   SeatState = "present"
	SeatLate      SeatState = "late"
	SeatPartial   SeatState = "partial"
	SeatExcused   SeatState = "excused"
	SeatMissed    SeatState = "missed"
	SeatCancelled SeatState = "cancelled" // the session was cancelled
	SeatReleased  SeatState = "released"  // withdrawn, transferred or no longer part of the itinerary
)

// SeatStates lists every state.
func SeatStates() []SeatState {
	return []SeatState{SeatPlanned, SeatPresent, SeatLate, SeatPartial, SeatExcused, SeatMissed,
		SeatCancelled, SeatReleased}
}

// Occupies tells whether a seat in this state counts against the seat limit.
func (s SeatState) Occupies() bool { return s != SeatCancelled && s != SeatReleased }

// earns tells whether a seat in this state earns its position, or will if its
// person comes; a partial one counts until its minutes say otherwise.
func (s SeatState) earns() bool { return s.Occupies() && s != SeatExcused && s != SeatMissed }

// Seat is one enrollment's place in one session.
type Seat struct {
	ID, Enrollment, Session ID
	Person                  ID // of the enrollment
	State                   SeatState
	Elsewhere               bool // the session is another cohort's: a make-up
	Attendance
	UID                  string    // iCalendar UID; minted by the store with the row, kept for ever
	Sequence             int       // RFC 5546 §2.1.4: rises with every change of what is true
	CreatedAt, ChangedAt time.Time // UTC instants; ChangedAt of the last rise of Sequence
	Told                 Told
}

// Attendance is what was noted about a seat beside its state. Its zero value is nothing.
type Attendance struct {
	Minutes     int // there, of a partial attendance
	NoticeHours int // how long before an excused absence word was given
	// Missed lists the segments that were left out, by id, joined by commas;
	// empty: none.
	Missed string
}

// Told is what a person was last told of a seat; its zero value is nothing.
type Told struct {
	Moment
	Sequence int
	// Invited: a REQUEST was handed over and no CANCEL since, so a copy stands
	// in the person's calendar.
	Invited bool
}

// Moment is what a person needs to know of a session: whether they are
// expected, when, where and how they come in.
type Moment struct {
	Expected   bool
	Start, End time.Time // UTC instants
	Place      string
	Meeting    ID // names the way in from afar; empty: there is none
}

// Equal compares two moments; those that expect nobody are all alike.
func (m Moment) Equal(other Moment) bool {
	if !m.Expected || !other.Expected {
		return m.Expected == other.Expected
	}
	return m.Start.Equal(other.Start) && m.End.Equal(other.End) && m.Place == other.Place &&
		m.Meeting == other.Meeting
}

// OnlyMeeting tells whether only the way in from afar differs between two moments that expect somebody.
func (m Moment) OnlyMeeting(other Moment) bool {
	differs := m.Meeting != other.Meeting
	m.Meeting = other.Meeting
	return differs && m.Equal(other)
}

// MomentOf returns what holds for the person of a seat now. Nobody is expected where they are
// excused, although the seat is kept.
func MomentOf(seat *Seat, session *Session) Moment {
	return Moment{
		Expected: seat.State.Occupies() && seat.State != SeatExcused && session.Live(),
		Start:    session.Start, End: session.End, Place: session.Place, Meeting: session.Meeting,
	}
}
