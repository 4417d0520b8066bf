package desk

import "almanac/scheduler"

// ReferralRequest asks to store referrals.
type ReferralRequest struct {
	Referrals []scheduler.Referral
	Once      Once
	DryRun    bool // only check them
}
