package reads

import "almanac/scheduler"

// ExportedPerson is a person of a clinic as an export has them. It holds all contact data.
type ExportedPerson struct {
	ID             scheduler.ID
	Zone, Language string
	scheduler.Contact
}
