package scheduler

import (
	"slices"
	"strings"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// EnrollmentState is where an enrollment stands.
type EnrollmentState string

// The states of an enrollment; doc.go draws how they follow each other.
const (
	Pending   EnrollmentState = "pending"   // a prerequisite is not done yet
	Waiting   EnrollmentState = "waiting"   // on the waitlist, without seats
	Offered   EnrollmentState = "offered"   // seats are kept for an answer
	Active    EnrollmentState = "active"    // owns seats
	OnHold    EnrollmentState = "on_hold"   // away for a while
	Completed EnrollmentState = "completed" // finished as the protocol says
	Withdrawn EnrollmentState = "withdrawn" // left, or was taken off the waitlist
)

// EnrollmentStates lists every state, in the order of a person's way.
func EnrollmentStates() []EnrollmentState {
	return []EnrollmentState{Pending, Waiting, Offered, Active, OnHold, Completed, Withdrawn}
}

var enrollmentMoves = map[EnrollmentState][]EnrollmentState{
	"":        {Pending, Waiting, Active},
	Pending:   {Waiting, Active, Withdrawn},
	Waiting:   {Offered, Active, Withdrawn},
	Offered:   {Waiting, Active, Withdrawn},
	Active:    {OnHold, Completed, Withdrawn},
	OnHold:    {Waiting, Active, Completed, Withdrawn},
	Completed: {},
	Withdrawn: {},
}

// CanBecome tells whether the drawing has an arrow from s to next. The state
// of an enrollment that is just being asked for is "".
func (s EnrollmentState) CanBecome(next EnrollmentState) bool {
	return slices.Contains(enrollmentMoves[s], next)
}

// Live tells whether the enrollment still counts: everything but completed and withdrawn.
func (s EnrollmentState) Live() bool { return s != "" && len(enrollmentMoves[s]) > 0 }

func (e *Enrollment) ended() bool { return e.State == Completed || e.State == Withdrawn }

// inWords is the state as sentences write it.
func (s EnrollmentState) inWords() string { return strings.ReplaceAll(string(s), "_", " ") }

// Enrollment is one episode of a participant in a cohort.
type Enrollment struct {
	ID, Person  ID
	QueueNo     int // drawn from the cohort's counter when asked for, and kept
	Priority    int // higher is sooner
	State       EnrollmentState
	RequestedAt time.Time  // UTC instant
	Earliest    civil.Date // no entry before this local date; zero: none
	Entry       ID         // the session of entry; empty while waiting
	EndedAt     time.Time  // UTC instant of completion or withdrawal; zero: neither
	History
}

func (e *Enrollment) become(next EnrollmentState) error {
	if !e.State.CanBecome(next) {
		return fault.New(fault.Closed, "This enrollment is %s and cannot become %s. Look at it again before you go on.",
			e.State.inWords(), next.inWords())
	}
	e.State = next
	return nil
}

// Before is the order of the waitlist: who lost a seat to a leave, then by
// higher priority, then by who asked first.
func (e *Enrollment) Before(other *Enrollment) bool {
	if e.Front != other.Front {
		return e.Front
	}
	if e.Priority != other.Priority {
		return e.Priority > other.Priority
	}
	return byAsking(e, other) < 0
}
