package reads

import "almanac/scheduler"

// WrittenConsent is a written consent, with who recorded it and who recorded its end.
type WrittenConsent struct {
	scheduler.WrittenConsent
	By, EndedBy string // in words
}

// OwnConsents are a person's consents for their own page.
type OwnConsents struct {
	Language, Zone string
	Consents       []WrittenConsent // in force, the latest first
}
