package reads

import (
	"almanac/scheduler"
)

// ReferralQuery selects referrals; the zero value selects the open ones.
type ReferralQuery struct {
	Name  string // or address, number or id, as people are searched for; empty: any
	Ended bool   // those that are enrolled or closed, instead
	After Cursor // the last one of the page before
	Limit int
}

// Referrals is a page of referrals, the longest waiting first. It holds names and addresses.
type Referrals struct {
	Rows []scheduler.Referral
	Next Cursor // for the next page; zero: there is none
	Open int    // all open ones
}
