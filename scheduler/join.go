package scheduler

import (
	"cmp"
	"time"
)

// JoinState says what the way into a session is for one seat at one moment.
type JoinState string

// The states of a way in. JoinShut has one answer whatever its cause, because phones are shared.
const (
	JoinShut  JoinState = "shut"
	JoinEarly JoinState = "early"
	JoinOpen  JoinState = "open"
)

// JoinAhead is how long before its start a session can be joined, unless its clinic chose another time, from
// LeastJoinAhead to MostJoinAhead. JoinGrace is how long after its end, so that a
// dropped call gets back in, unless who leads it has ended it.
const (
	JoinAhead      = 15 * time.Minute
	LeastJoinAhead = 5 * time.Minute
	MostJoinAhead  = time.Hour
	JoinGrace      = 30 * time.Minute
)

// LateAhead is how long before its start somebody can say that they will be late.
const LateAhead = 2 * time.Hour

// Doorway is what decides whether a seat lets its person into a session.
type Doorway struct {
	Enrollment EnrollmentState
	Seat       *Seat
	Session    *Session
	Ended      time.Time     // UTC instant at which who leads it ended it; zero: not yet
	Ahead      time.Duration // how long before the start it opens; 0: JoinAhead
}

// Hours returns the UTC instants between which the way into a session is open, unless who leads it ends it earlier.
// It opens a time ahead; 0: JoinAhead.
func (s *Session) Hours(ahead time.Duration) (opens, closes time.Time) {
	return s.Start.Add(-cmp.Or(ahead, JoinAhead)), s.End.Add(JoinGrace)
}

// At returns what the way in is at an instant, and when it opens. Who completes with this session stays in until it is
// over.
func (d Doorway) At(now time.Time) (state JoinState, opens time.Time) {
	opens, closes := d.Session.Hours(d.Ahead)
	if !d.Ended.Before(opens) && d.Ended.Before(closes) { // one before that ended an earlier time of it
		closes = d.Ended
	}
	staying := d.Enrollment == Active || d.Enrollment == Completed
	switch {
	case !staying || d.Session.Meeting == "" || !MomentOf(d.Seat, d.Session).Expected || !now.Before(closes):
		return JoinShut, opens
	case now.Before(opens):
		return JoinEarly, opens
	}
	return JoinOpen, opens
}
