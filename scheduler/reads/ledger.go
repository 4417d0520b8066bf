package reads

import (
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
)

// LedgerQuery selects notices; the zero value selects all, the latest first.
type LedgerQuery struct {
	Name  string                  // a part of the person's name; empty: any
	Day   civil.Date              // of the session, in its cohort's zone; zero: any
	State []scheduler.NoticeState // empty: any
	// Person, Enrollment and Session are whom and what it is about; empty: any.
	Person, Enrollment, Session scheduler.ID
	// After is the last row of the page before.
	After Cursor
	Limit int
}

// LedgerRow is one notice with its state. It holds a name.
type LedgerRow struct {
	NoticeRow
	Enrollment scheduler.ID // empty for a message to staff
	Person     scheduler.ID // the recipient; empty for a message to staff
	Staff      scheduler.ID // the recipient; empty for a message to a participant
	Name       string
	CohortName string
	Moment     Moment // of its session; zero for a welcome
	// TooLate: it was sent at or after the start of its session.
	TooLate bool
	// MayTry: it failed, and there is time to try again.
	MayTry bool
}

// Late is how long after its due instant a notice was sent; 0 when it was not.
func (r LedgerRow) Late() time.Duration {
	if !r.State.HandedOver() || r.Done.Before(r.Due) {
		return 0
	}
	return r.Done.Sub(r.Due)
}

// Ledger is a page of notices.
type Ledger struct {
	Rows []LedgerRow
	Next Cursor // for the next page; zero when this is the last
}

// LedgerDay counts the notices that were due on one day.
type LedgerDay struct {
	Date    civil.Date // in the clinic's zone
	Sent    int
	Dropped int // no longer needed, or not wanted
	Waiting int // may still leave in time
	Missed  int // expired, failed, past the deadline, or sent at or after the start
	// How late the sent ones were.
	P50, P99, Max time.Duration
}
