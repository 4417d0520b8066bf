package reads

import (
	"time"

	"almanac/scheduler"
)

// Backlog counts the notices of all clinics for the operator's dashboard. It holds no
// personal data.
type Backlog struct {
	Notices   []NoticeCount
	Due       int           // planned notices that are due
	Late      int           // of those, due for more than LateAfter
	OldestDue time.Duration // how long the oldest of them has been due; 0 without one
	Open      int           // attempts without an outcome
	Strays    int           // answers so far about unknown appointments
}

// LateAfter is how long a notice may be due before it counts as late.
const LateAfter = 2 * time.Minute

// MostStrays is how many answers about unknown appointments may come in a day before
// staff are asked to check the mailbox.
const MostStrays = 20

// NoticeCount is how many notices have a state and a reason.
type NoticeCount struct {
	State  scheduler.NoticeState
	Reason string // one of a fixed list; empty for most
	Count  int
}
