package reads

import (
	"time"

	"almanac/scheduler"
)

// PersonName is a person in a list to choose from. It holds a name.
type PersonName struct {
	ID   scheduler.ID
	Name string
}

// Token is an API token in a list; the token itself is kept nowhere.
type Token struct {
	ID      scheduler.ID
	Scopes  []string
	Created time.Time
	Revoked time.Time // zero: it is good
	Seen    time.Time // the last hour in which it was used; zero: never
}

// NoticeRow is one notice in the ledger of what a person was told.
type NoticeRow struct {
	ID       scheduler.ID
	Kind     scheduler.NoticeKind
	Channel  scheduler.Channel
	Session  scheduler.ID // empty for a welcome
	Due      time.Time
	NotAfter time.Time
	State    scheduler.NoticeState
	Reason   string // why it was dropped or given up, in a few words
	Attempts int
	Done     time.Time // zero: still planned
}
