package scheduler

import (
	"log/slog"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"almanac/scheduler/fault"
)

// Channel is a way to reach a person.
type Channel string

// The channels a person can consent to. Only e-mail is handed over today; the
// others are recorded, and who has no other becomes a task for staff.
const (
	Email Channel = "email"
	SMS   Channel = "sms"
	Voice Channel = "voice"
)

// Consent is a person's leave to be reached over one channel, given by
// agreeing to one version of the risk text.
type Consent struct {
	Channel     Channel
	TextVersion string
	GivenAt     time.Time // UTC instant
}

// Person is what the rules know of a participant: no name and no address.
type Person struct {
	ID       ID
	Zone     string // IANA; the person's own, for everything they read
	Language string // "en" or "es"
	// Reach lists the channels that have both an address and a live consent,
	// in order of preference. Empty: staff must call or hand over a letter.
	Reach []Channel
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

// MaxText is how many characters a name may have.
const MaxText = 200

// Check tidies a contact: spaces around it trimmed, the e-mail's domain in lower
// case, the phone number in E.164 as read from region (ISO 3166, "US"). It is
// Invalid, one fault a field, when something is missing, malformed or has
// control characters in it.
func (c Contact) Check(region string) (Contact, []*fault.Error) {
	var faults []*fault.Error
	name, problem := tidyLine(c.Name)
	if problem != "" {
		faults = append(faults, fault.In("name", "The name %s.", problem))
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
		return nil, fault.In("external_ids", "At most %d other systems may know a person; leave some out.", MostExternalIDs)
	}
	var ids []ExternalID
	for _, id := range given {
		system, problem := tidyLine(id.System)
		value, also := tidyLine(id.Value)
		switch {
		case problem != "" || also != "":
			return nil, fault.In("external_ids", "An id of another system %s.", problem+also)
		case system == "" || value == "":
			return nil, fault.In("external_ids", "An id of another system needs both the system and the value.")
		case slices.ContainsFunc(ids, func(other ExternalID) bool { return other.System == system }):
			return nil, fault.In("external_ids", "Each other system gives one id; name each system once.")
		}
		ids = append(ids, ExternalID{System: system, Value: value})
	}
	return ids, nil
}

// checkConsents completes consents given without an instant and reports those
// that no address goes with. It does not touch the contact's own list.
func (c Contact) checkConsents(now time.Time) (consents []Consent, faults []*fault.Error) {
	for _, consent := range c.Consents {
		switch {
		case consent.Channel != Email && consent.Channel != SMS && consent.Channel != Voice:
			faults = append(faults, fault.In("consents", "There is no such channel; choose email, sms or voice."))
		case consent.Channel == Email && c.Email == "":
			faults = append(faults, fault.In("email", "Consent to e-mail needs an e-mail address."))
		case consent.Channel != Email && c.Phone == "":
			faults = append(faults, fault.In("phone", "Consent to messages or calls needs a phone number."))
		}
		version, problem := tidyLine(consent.TextVersion)
		if problem != "" {
			faults = append(faults, fault.In("consents", "The version of the consent text %s.", problem))
		}
		if consent.TextVersion = version; consent.GivenAt.IsZero() {
			consent.GivenAt = now
		}
		consents = append(consents, consent)
	}
	return consents, faults
}

// Reach lists the channels that have both an address and a consent, each once.
func (c Contact) Reach() []Channel {
	var reach []Channel
	for _, consent := range c.Consents {
		has := consent.Channel == Email && c.Email != "" || consent.Channel != Email && c.Phone != ""
		if has && !slices.Contains(reach, consent.Channel) {
			reach = append(reach, consent.Channel)
		}
	}
	return reach
}

// Languages lists the languages that people are written to in.
func Languages() []string { return []string{"en", "es"} }

// CheckEmail tidies one e-mail address: the bare address, its domain in lower
// case. Empty is allowed and stays empty. Invalid (field "email") otherwise.
func CheckEmail(raw string) (string, *fault.Error) {
	bad := fault.In("email", "This is not an e-mail address. Write it like pat@example.net, or leave it empty.")
	text, problem := tidyLine(raw)
	if problem != "" || strings.ContainsAny(text, " <>,;\"") {
		return "", bad
	}
	if text == "" {
		return "", nil
	}
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text {
		return "", bad
	}
	at := strings.LastIndexByte(text, '@')
	local, domain := text[:at], strings.ToLower(text[at+1:])
	if len(local) > 64 || !isDomain(domain) {
		return "", bad
	}
	return local + "@" + domain, nil
}

// isDomain tells whether mail can go to a domain in lower case: labels of
// letters, digits and inner hyphens (RFC 1123 §2.1; letters beyond ASCII are
// let through), two or more of them but for localhost.
func isDomain(domain string) bool {
	labels := strings.Split(domain, ".")
	if len(domain) > 255 || len(labels) < 2 && domain != "localhost" {
		return false
	}
	return !slices.ContainsFunc(labels, func(label string) bool {
		odd := strings.ContainsFunc(label, func(r rune) bool { return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		return odd || label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-")
	})
}

// checkPhone reads one whole phone number and nothing besides: no extension,
// no second number, no date that happens to have as many digits as a number
// without its area code. What is written in E.164 already is taken as it is.
func checkPhone(raw, region string) (string, *fault.Error) {
	bad := fault.In("phone", "This is not a phone number. Write it with its area code, like +1 202 555 0100, or leave it empty.")
	text, problem := tidyLine(raw)
	if problem != "" || strings.Trim(text, "+0123456789 ().-") != "" {
		return "", bad
	}
	if text == "" {
		return "", nil
	}
	number, err := phonenumbers.Parse(text, region)
	if err != nil {
		return "", bad
	}
	e164 := phonenumbers.Format(number, phonenumbers.E164)
	switch phonenumbers.IsPossibleNumberWithReason(number) {
	case phonenumbers.IS_POSSIBLE:
		return e164, nil
	case phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
		if text == e164 {
			return e164, nil
		}
	}
	return "", bad
}

// tidyLine trims the spaces around text and says in words what keeps the rest
// from being one line, "" when nothing does.
func tidyLine(text string) (tidy, problem string) {
	tidy = strings.Trim(text, " \u00a0")
	if utf8.RuneCountInString(tidy) > MaxText {
		return tidy, "is longer than 200 characters; shorten it"
	}
	for _, r := range tidy {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar {
			return tidy, "has a line break or a character that cannot be shown; type it again"
		}
	}
	return tidy, ""
}
