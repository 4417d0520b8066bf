package reads

import (
	"time"

	"almanac/scheduler"
)

// Backlog counts the notices of all clinics, for the operator's dashboard: it
// names nobody.
type Backlog struct {
	Fates     []FateCount
	Due       int           // planned notices whose time has come
	Late      int           // of those, due for more than LateAfter
	OldestDue time.Duration // how long the oldest of them has been due; 0: none is
	Open      int           // attempts that are under way
	Strays    int           // answers that ever came about appointments that nobody knows
}

// LateAfter is how long a notice may be due before it counts as late.
const LateAfter = 2 * time.Minute

// MostStrays is how many answers about appointments that nobody knows may come in
// a day before somebody is asked to look at the mailbox.
const MostStrays = 20

// FateCount is how many notices have a fate.
type FateCount struct {
	State  scheduler.NoticeState
	Reason string // one of a handful of ours; empty for most
	Count  int
}
