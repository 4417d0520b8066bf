package reads

import (
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
)

// CohortQuery asks for one page of the open cohorts of a clinic, or of the ended ones.
type CohortQuery struct {
	Ended       bool
	From, Limit int // how many to leave out, and how many at most
}

// CohortPage is one page of a clinic's cohorts, by their next session, and how many there are.
type CohortPage struct {
	Rows        []CohortRow
	Open, Ended int
}

// TaskMark is a place in the list of tasks; its zero value is none.
type TaskMark struct {
	Due time.Time
	ID  scheduler.ID
}

// TaskQuery asks for the tasks behind one mark, or those right before the other; of none: the first.
type TaskQuery struct {
	After, Before TaskMark
	Limit         int
}

// TaskPage is one page of a clinic's open tasks, the most urgent first. It holds names and phone numbers.
type TaskPage struct {
	Tasks         []Task
	Counts        TaskCounts
	Earlier, Next TaskMark // to ask on before and after; zero: there is nothing
}

// TaskCounts is how many tasks are open.
type TaskCounts struct {
	Open, Late int // Late are those of Open that should have been done
	ByCohort   map[scheduler.ID]int
}

// IntakeQuery asks for one page of who is on the way in and one of rolling cohorts.
type IntakeQuery struct {
	People, Cohorts           int // how many to leave out
	PeopleLimit, CohortsLimit int // how many at most
	Entries                   int // of each cohort
}

// Intake is who is on the way in and where somebody new could begin, and how many of both there are. It holds names.
type Intake struct {
	People              []IntakePerson
	Cohorts             []IntakeCohort
	PeopleOf, CohortsOf int
}

// IntakePerson is somebody who waits, is offered a seat, must do something first, or is away for a while.
type IntakePerson struct {
	Enrollment  scheduler.ID
	Name        string
	State       scheduler.EnrollmentState
	CohortName  string
	Zone        string // of the cohort
	RequestedAt time.Time
	Entry       civil.Date               // that is offered, local to the cohort
	Ends        time.Time                // of the offer or leave; zero: it does not end by itself
	Position    int                      // on the waitlist; 0: not waiting
	Undone      []protocols.Prerequisite // what a pending person must do first
}

// IntakeCohort is an open rolling cohort with its next entries.
type IntakeCohort struct {
	Cohort  scheduler.ID
	Name    string
	Zone    string
	Waiting int
	Entries []Opening
	Titles  []string // of the contents with which the entries begin
}

// CohortPart asks for a part of a cohort: of a rolling one the sessions of the last weeks and those ahead, and a page
// of those before them; of every one the people who are in, a page of who waits and one of who has left.
type CohortPart struct {
	Since         time.Time // sessions that begin later are all given
	Older         Cut       // of the sessions before, the latest first
	Waiting, Left Cut       // of people
}

// Cut is a page of a list: how many lines to leave out, and how many at most.
type Cut struct{ From, Limit int }

// CohortView is a part of a cohort, and how much there is of what comes in pages. It holds names.
type CohortView struct {
	Cohort
	Older                   []Session // in order of start; none of a closed cohort, whose sessions are all in Cohort
	OlderOf, WaitOf, LeftOf int
}
