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
	Detail     FeedDetail
	Created    time.Time
	FetchedOn  string // UTC date of the last fetch, as 2026-01-06; empty: never
}

// FeedDetail is how much a staff feed says.
type FeedDetail string

const (
	// FeedNeutral says that there is an appointment, when and where.
	FeedNeutral FeedDetail = "neutral"
	// FeedFull names cohorts and sessions.
	FeedFull FeedDetail = "full"
	// FeedBusy says only when its holder, cohort or place is busy (RFC 5545 §3.6.4).
	FeedBusy FeedDetail = "busy"
)

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
