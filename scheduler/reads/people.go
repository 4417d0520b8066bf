package reads

import (
	"time"

	"almanac/scheduler"
)

// PersonName is a person in a list of choices. It holds a name.
type PersonName struct {
	ID   scheduler.ID
	Name string
}

// Token is an API token in a list; the token itself is not stored.
type Token struct {
	ID      scheduler.ID
	Scopes  []string
	Created time.Time
	Revoked time.Time // zero: valid
	Seen    time.Time // the last hour in which it was used; zero: never
}

// NoticeRow is one notice in the ledger.
type NoticeRow struct {
	ID       scheduler.ID
	Kind     scheduler.NoticeKind
	Channel  scheduler.Channel
	Session  scheduler.ID // empty for a welcome
	Due      time.Time
	NotAfter time.Time
	State    scheduler.NoticeState
	Reason   string // why it was dropped or failed, in a few words
	Attempts int
	Done     time.Time // zero: still planned
}
