package reads

import (
	"time"

	"almanac/scheduler"
	"almanac/scheduler/gate"
)

// DayQuery selects sessions of all cohorts by their start.
type DayQuery struct {
	From, Until time.Time // From is included, Until is not
}

// DaySession is a session among those of all cohorts. It holds the name of its leader, and of the person whose
// appointment alone it is.
type DaySession struct {
	Session
	Cohort     scheduler.ID
	CohortName string
	Zone       string // of the cohort
	Capacity   int    // of the cohort
	LeaderName string // empty: no one leads it
	Own        bool   // led by the caller
	OwnCohort  bool   // of a cohort that the caller leads, alone or in turn
	For        string // the person of an appointment; empty: everyone
	No         int    // how many said that they will not come
}

// Coming is how many are expected: seated, and they did not say no.
func (s DaySession) Coming() int { return max(0, s.Seated-s.No) }

// Today is what is due at a clinic. Parts that the caller may not see are empty. It holds names.
type Today struct {
	Untaken   []DaySession // over, attendance not taken; the latest first
	UntakenOf int
	Offers    []TodayOffer // that await an answer, the one that ends first at the front
	OffersOf  int
	Small     []TodaySmall // sessions with too few people
	Calls     int          // open tasks to call somebody or hand over a letter
	Tasks     TaskCounts
	Seats     TodaySeats
	Waiting   int
	WaitSince time.Time // when the longest waiting asked; zero: no one waits
	NoShows   int       // of the last seven days
	Late      int       // messages of the last seven days that were late or missed
	Cohorts   int       // open ones within the caller's reach
	People    int       // of the clinic; 0 also for a caller who sees only their own cohorts
	Next      NextSession
}

// TodayOffer is an offer that awaits an answer. It holds a name.
type TodayOffer struct {
	Enrollment scheduler.ID
	Person     scheduler.ID
	Name       string
	CohortName string
	Zone       string // of the cohort
	Ends       time.Time
}

// TodaySmall is a session for which too few people are seated.
type TodaySmall struct {
	Cohort     scheduler.ID
	CohortName string
	Session    Moment
}

// TodaySeats is how many seats are free at the next entry of each open cohort.
type TodaySeats struct {
	Free, Cohorts int  // Cohorts: with a free seat
	Unlimited     bool // one of them has no limit
}

// NextSession is the next session that the caller leads, with its people. The zero value is none. It holds names.
type NextSession struct {
	DaySession
	People []NextPerson // by name
}

// NextPerson is a person with a seat. It holds a name.
type NextPerson struct {
	Enrollment scheduler.ID
	Person     scheduler.ID
	Name       string
	State      scheduler.SeatState
	Intent     gate.Intent // empty: no answer
	Claimed    gate.Intent // not confirmed; empty: none
}

// TrackMark is one session in the row of dots of a cohort.
type TrackMark string

// The marks of a track.
const (
	TrackMet       TrackMark = "met"
	TrackNext      TrackMark = "next"
	TrackToCome    TrackMark = "to come"
	TrackCancelled TrackMark = "cancelled"
)
