package reads

import (
	"time"

	"almanac/scheduler"
)

// StaffFeed is a calendar address of a member of staff, without its token. It shows the sessions of a cohort, those
// at a place, or, when both are empty, those that its holder leads.
type StaffFeed struct {
	ID         scheduler.ID
	Cohort     scheduler.ID
	CohortName string // empty also for a cohort that the holder does not see
	Place      string
	// Titles tells whether events name their cohort and session; false: they only say that there is an appointment.
	Titles    bool
	Created   time.Time
	FetchedOn string // UTC date of the last fetch, as 2026-01-06; empty: never
}

// StaffFeeds are the calendar addresses of a member of staff that have not ended, the oldest first.
type StaffFeeds struct {
	Feeds []StaffFeed
	// Places of sessions to come, by name, for a new address; none for a caller who sees only their own cohorts.
	Places []string
}

// StaffFeedKey is what the token of a staff feed opens.
type StaffFeedKey struct {
	Clinic scheduler.ID
	Feed   StaffFeed
	// Ended: the address or its holder's access has ended; the feed is valid and empty.
	Ended bool
}

// LedEvent is a session in a staff feed. It holds no name of a participant.
type LedEvent struct {
	DaySession
	Sequence int // rises with every change of the session
	Changed  time.Time
}
