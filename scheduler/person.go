package scheduler

import (
	"net/mail"
	"strings"
	"time"
	"unicode"

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
}

// LogValue keeps a contact out of logs whatever is done with it.
func (Contact) LogValue() string { return "withheld" }

// String keeps a contact out of formatted text.
func (Contact) String() string { return "contact (withheld)" }

// MaxText is how many characters a name may have.
const MaxText = 200

// Check tidies a contact: spaces trimmed, the e-mail's domain in lower case, the phone number in
// E.164 as read from region (ISO 3166, "US"). It is Invalid, one fault a field,
// when something is missing, malformed or has control characters in it.
func (c Contact) Check(region string) (Contact, []*fault.Error) {
	var faults []*fault.Error
	c.Name = strings.TrimSpace(c.Name)
	if problem := checkLine(c.Name); c.Name == "" {
		faults = append(faults, fault.In("name", "A name is needed, so that staff know who this is."))
	} else if problem != "" {
		faults = append(faults, fault.In("name", "The name %s.", problem))
	}
	email, err := CheckEmail(c.Email)
	if err != nil {
		faults = append(faults, err)
	}
	c.Email = email
	phone, err := checkPhone(c.Phone, region)
	if err != nil {
		faults = append(faults, err)
	}
	c.Phone = phone
	return c, faults
}

// CheckEmail tidies one e-mail address: the bare address, its domain in lower
// case. Empty is allowed and stays empty. Invalid (field "email") otherwise.
func CheckEmail(raw string) (string, *fault.Error) {
	raw = strings.TrimSpace(raw)
	if raw == "" {
		return "", nil
	}
	bad := fault.In("email", "This is not an e-mail address. Write it like pat@example.net, or leave it empty.")
	if checkLine(raw) != "" || strings.ContainsAny(raw, " <>,;\"") {
		return "", bad
	}
	parsed, err := mail.ParseAddress(raw)
	if err != nil || parsed.Address != raw {
		return "", bad
	}
	at := strings.LastIndexByte(raw, '@')
	local, domain := raw[:at], strings.ToLower(raw[at+1:])
	if len(local) > 64 || len(domain) > 255 || !strings.Contains(domain, ".") && domain != "localhost" {
		return "", bad
	}
	return local + "@" + domain, nil
}

func checkPhone(raw, region string) (string, *fault.Error) {
	raw = strings.TrimSpace(raw)
	if raw == "" {
		return "", nil
	}
	number, err := phonenumbers.Parse(raw, region)
	if err != nil || !phonenumbers.IsPossibleNumber(number) {
		return "", fault.In("phone", "This is not a phone number. Write it with its area code, like +1 202 555 0100, or leave it empty.")
	}
	return phonenumbers.Format(number, phonenumbers.E164), nil
}

// checkLine says in words what keeps text from being one line, "" when nothing does.
func checkLine(text string) string {
	if len([]rune(text)) > MaxText {
		return "is longer than 200 characters; shorten it"
	}
	for _, r := range text {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar {
			return "has a line break or a character that cannot be shown; type it again"
		}
	}
	return ""
}
