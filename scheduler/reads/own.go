package reads

import "almanac/scheduler"

// OwnDetails is what a person sees of themself on their own page, to change it.
type OwnDetails struct {
	Clinic, Person scheduler.ID
	Zone, Language string
	Email, Phone   string // masked, because others may look; empty: none
	Channels       []OwnChannel
	Asked          []AddressAsked // what waits for its code
	Contact        scheduler.ClinicContact
}

// OwnChannel is a way by which a person can be written to or called.
type OwnChannel struct {
	Channel scheduler.Channel
	On      bool // they agreed to it; else they did and took it back, or never did
}

// AddressAsked is another address that waits for its code.
type AddressAsked struct {
	Change  scheduler.ID
	Channel scheduler.Channel
	Address string // as it was typed in
}

// AddressRequest asks for another address.
type AddressRequest struct {
	Channel scheduler.Channel // Email, or SMS for a number
	Address string
	// NoTexts: no texts can be sent, so staff call the number before it is used.
	NoTexts bool
}

// AddressProof is another address of which the code was typed in.
type AddressProof struct {
	AddressAsked
	Clinic, Person scheduler.ID
	// Called: the old address cannot be told, so nothing has changed yet and staff call first.
	Called bool
}

// StoppableAddress is another address that can be taken back, and what was before.
type StoppableAddress struct {
	Clinic, Person scheduler.ID
	Change         scheduler.ID
	Channel        scheduler.Channel
	Language, Zone string
	// Email and Phone are what stands again; nil: it was not changed since.
	Email, Phone *string
	Contact      scheduler.ClinicContact
}
