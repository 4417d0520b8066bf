package desk

import "almanac/scheduler"

// ConsentChange sets all consents of a person.
type ConsentChange struct {
	Consents []scheduler.Consent // those that are left out end
	Ended    string              // how those were ended, one of scheduler.ConsentWays; empty: not known
	DryRun   bool                // only check, and save nothing
}

// ConsentRequest records a written consent, or changes one.
type ConsentRequest struct {
	// Consent is given now. With Replaces it takes the place of another one of the same person, which ends.
	Consent scheduler.WrittenConsent
	Once    Once
	DryRun  bool // only check it
}

// ConsentEnd ends a written consent.
type ConsentEnd struct {
	Person, Consent scheduler.ID
	How             string // one of scheduler.ConsentWays
	DryRun          bool   // only check it
}
