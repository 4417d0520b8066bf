package reads

import (
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
)

// LedgerQuery says which notices to look at; its zero value is all of them,
// the latest first.
type LedgerQuery struct {
	Name  string                  // a part of the person's name; empty: everybody
	Day   civil.Date              // of the session, in its cohort's zone; zero: any
	State []scheduler.NoticeState // empty: any
	// After continues behind a row that was shown.
	After LedgerMark
	Limit int
}

// LedgerMark is a place in the ledger: the due instant and id of a row. Its zero
// value is the beginning.
type LedgerMark struct {
	Due time.Time
	ID  scheduler.ID
}

// LedgerRow is one notice with its fate. It holds a name.
type LedgerRow struct {
	NoticeRow
	Enrollment scheduler.ID // empty: it goes to staff
	Staff      scheduler.ID // to whom it goes; empty: to a person
	Name       string
	CohortName string
	Moment     Moment // of its session; zero for a welcome
	// TooLate: it was handed over at or after the start of its session, so it was missed.
	TooLate bool
	// MayTry: it was given up, and there is time to try again.
	MayTry bool
}

// Late is how long after it was due a notice was sent; 0 for any other.
func (r LedgerRow) Late() time.Duration {
	if r.State != scheduler.NoticeSent || r.Done.Before(r.Due) {
		return 0
	}
	return r.Done.Sub(r.Due)
}

// Ledger is a page of notices.
type Ledger struct {
	Rows []LedgerRow
	Next LedgerMark // of the page behind; zero: there is none
}

// LedgerDay is what became of the notices that were due on one day.
type LedgerDay struct {
	Date    civil.Date // in the clinic's zone
	Sent    int
	Dropped int // no longer true, or not wanted
	Waiting int // may still leave in time
	Missed  int // expired or failed, past the deadline, or handed over at or after the start
	// How long after they were due the sent ones left.
	P50, P99, Max time.Duration
}
