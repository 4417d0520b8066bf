package desk

import "almanac/scheduler"

// ConsentChange sets all consents of a person.
type ConsentChange struct {
	Consents []scheduler.Consent // those that are left out end
	Ended    string              // how those were ended, one of scheduler.ConsentWays; empty: not known
	DryRun   bool                // only check, and save nothing
}
