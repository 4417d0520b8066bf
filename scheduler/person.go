package scheduler

import (
	"log/slog"
	"slices"
	"time"

	"almanac/scheduler/fault"
)

// Channel is a way to reach a person.
type Channel string

// The channels a person can consent to. E-mail and texts are handed over; who can be
// reached by neither becomes a task for staff.
const (
	Email Channel = "email"
	SMS   Channel = "sms"
	Voice Channel = "voice"
)

// CheckChannel fails with Invalid, in field "consents", for what is no channel.
func CheckChannel(c Channel) *fault.Error {
	if c != Email && c != SMS && c != Voice {
		return fault.In("consents", "There is no such channel; choose email, sms or voice.")
	}
	return nil
}

// Consent is a person's leave to be reached over one channel, given by
// agreeing to one version of the risk text.
type Consent struct {
	Channel     Channel
	TextVersion string
	GivenAt     time.Time // UTC instant
	How         string    // one of ConsentWays; empty: nobody said
}

// ConsentWays lists how a consent can be given or ended.
func ConsentWays() []string { return []string{"paper", "spoken", "page", "email", "phone", "text"} }

// Person is what the rules know of a participant: no name and no address.
type Person struct {
	ID       ID
	Zone     string // IANA; the person's own, for everything they read
	Language string // "en" or "es"
	// Reach lists the channels that have both an address and a live consent,
	// in order of preference. Texts count once the number has confirmed them.
	// Empty: staff must call or hand over a letter.
	Reach []Channel
	// ShortNotice: they have asked to be offered dates that somebody gave back less than 48 hours ahead.
	ShortNotice bool
	// MergedInto is the record that is this person now; empty: this one is.
	MergedInto ID
	Erased     bool // nothing names or reaches them any more
}

// Contact is what only people may read of a participant: sealed in the store,
// never logged.
type Contact struct {
	Name, Email, Phone string
	Consents           []Consent
	ExternalIDs        []ExternalID
}

// ExternalID is what another system, such as a health record, calls a person.
type ExternalID struct{ System, Value string }

// MostExternalIDs is how many systems may know a person.
const MostExternalIDs = 20

// LogValue keeps a contact out of logs, whatever form they have.
func (Contact) LogValue() slog.Value { return slog.StringValue("withheld") }

// String keeps a contact out of formatted text.
func (Contact) String() string { return "contact (withheld)" }

// Check tidies a contact: the name as CheckLine does, the address as CheckEmail
// does, the phone number in E.164 as read in region (ISO 3166, "US"; "": only with a
// country code). It is Invalid, one fault a field, when something is missing or
// malformed.
func (c Contact) Check(region string) (Contact, []*fault.Error) {
	var faults []*fault.Error
	name, err := CheckLine("name", "The name", c.Name)
	if err != nil {
		faults = append(faults, err)
	} else if name == "" {
		faults = append(faults, fault.In("name", "A name is needed, so that staff know who this is."))
	}
	email, err := CheckEmail(c.Email)
	if err != nil {
		faults = append(faults, err)
	}
	phone, err := checkPhone(c.Phone, region)
	if err != nil {
		faults = append(faults, err)
	}
	ids, err := checkExternalIDs(c.ExternalIDs)
	if err != nil {
		faults = append(faults, err)
	}
	return Contact{Name: name, Email: email, Phone: phone, Consents: slices.Clone(c.Consents), ExternalIDs: ids}, faults
}

// checkExternalIDs tidies the ids of other systems; each system may give one.
func checkExternalIDs(given []ExternalID) ([]ExternalID, *fault.Error) {
	if len(given) > MostExternalIDs {
		return nil, fault.In("external_ids", "A person has at most %d ids of other systems; leave some out.",
			MostExternalIDs)
	}
	var ids []ExternalID
	for _, id := range given {
		system, problem := tidyLine(id.System)
		value, also := tidyLine(id.Value)
		switch {
		case problem != "" || also != "":
			return nil, fault.In("external_ids", "An external id %s.", problem+also)
		case system == "" || value == "":
			return nil, fault.In("external_ids", "An external id needs both the system and the value.")
		case slices.ContainsFunc(ids, func(other ExternalID) bool { return other.System == system }):
			return nil, fault.In("external_ids", "Each system gives one external id; name each system once.")
		}
		ids = append(ids, ExternalID{System: system, Value: value})
	}
	return ids, nil
}

// ConsentAhead is how far the clock of another system may be ahead of ours. What it
// dates later than that was not given yet.
const ConsentAhead = 5 * time.Minute

// CheckConsents completes consents given without an instant and reports those that
// count for nothing: of no channel or no address, without the version of the text
// that was agreed to, or dated in the future. The contact's own list is not touched.
func (c Contact) CheckConsents(now time.Time) (consents []Consent, faults []*fault.Error) {
	unversioned := false // is said once
	for _, consent := range c.Consents {
		unknown := CheckChannel(consent.Channel)
		switch {
		case unknown != nil:
			faults = append(faults, unknown)
		case consent.Channel == Email && c.Email == "":
			faults = append(faults, fault.In("email", "Consent to email needs an email address."))
		case consent.Channel != Email && c.Phone == "":
			faults = append(faults, fault.In("phone", "Consent to messages or calls needs a phone number."))
		}
		if consent.How != "" && !slices.Contains(ConsentWays(), consent.How) {
			faults = append(faults, fault.In("consents",
				"There is no such way to give a consent; choose paper, spoken, page, email, phone or text."))
		}
		version, err := CheckLine("consents", "The version of the consent text", consent.TextVersion)
		switch {
		case err != nil:
			faults = append(faults, err)
		case version == "" && !unversioned:
			unversioned = true
			faults = append(faults,
				fault.In("consents", "A consent needs the version of the text that the person agreed to."))
		}
		switch {
		case consent.GivenAt.After(now.Add(ConsentAhead)):
			faults = append(faults,
				fault.In("consents",
					"A consent cannot be dated in the future; give the instant at which the person agreed."))
		case consent.GivenAt.IsZero() || consent.GivenAt.After(now):
			consent.GivenAt = now
		}
		consent.TextVersion = version
		consents = append(consents, consent)
	}
	return consents, faults
}

// Reach lists the channels that have both an address and a consent, each once. Texts are
// left out: a new number must confirm them first (see OptIn).
func (c Contact) Reach() []Channel {
	var reach []Channel
	for _, consent := range c.Consents {
		has := consent.Channel == Email && c.Email != "" || consent.Channel == Voice && c.Phone != ""
		if has && !slices.Contains(reach, consent.Channel) {
			reach = append(reach, consent.Channel)
		}
	}
	return reach
}

// Languages lists the languages that people are written to in.
func Languages() []string { return []string{"en", "es"} }
