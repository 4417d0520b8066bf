package reads

import (
	"time"

	"almanac/scheduler"
)

// ReferralCursor is a position in the list of referrals; the zero value is its beginning.
type ReferralCursor struct {
	At time.Time
	ID scheduler.ID
}

// ReferralQuery selects referrals; the zero value selects the open ones.
type ReferralQuery struct {
	Ended bool           // those that are enrolled or closed, instead
	After ReferralCursor // the last one of the page before
	Limit int
}

// Referrals is a page of referrals, the longest waiting first. It holds names and addresses.
type Referrals struct {
	Rows []scheduler.Referral
	Next ReferralCursor // for the next page; zero: there is none
	Open int            // all open ones
}
