package scheduler

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// ConsentKind is what a written consent is for.
type ConsentKind string

// The kinds of written consents. Consents to a channel are Consent.
const (
	ConsentTPO        ConsentKind = "tpo"               // treatment, payment and health care operations
	ConsentDisclosure ConsentKind = "disclosure"        // to one named recipient
	ConsentResearch   ConsentKind = "research-contact"  // to be asked about research
	ConsentFeed       ConsentKind = "calendar-feed"     // a private calendar address
	ConsentLegal      ConsentKind = "legal-proceedings" // 42 CFR 2.31(d); stands alone
	ConsentNotes      ConsentKind = "counselling-notes" // 42 CFR 2.31(b); stands alone
)

// consentRule is what the law or the clinic asks of a kind.
type consentRule struct {
	kind    ConsentKind
	endless bool // may have no end, 42 CFR 2.31(a)(7)
	paper   bool // needs a signature on paper or on the person's own page, 42 CFR 2.31(a)(8)
	own     bool // the person can give it on their own page
}

var consentRules = []consentRule{
	{kind: ConsentTPO, endless: true, paper: true, own: true},
	{kind: ConsentDisclosure, paper: true},
	{kind: ConsentResearch, endless: true, own: true},
	{kind: ConsentFeed, endless: true, own: true},
	{kind: ConsentLegal, paper: true},
	{kind: ConsentNotes, paper: true},
}

// ConsentKinds lists the kinds of written consents in the order of a form.
func ConsentKinds() []ConsentKind {
	all := make([]ConsentKind, len(consentRules))
	for i, r := range consentRules {
		all[i] = r.kind
	}
	return all
}

// OwnConsentKinds lists the kinds that people can give on their own page.
func OwnConsentKinds() (all []ConsentKind) {
	for _, r := range consentRules {
		if r.own {
			all = append(all, r.kind)
		}
	}
	return all
}

// MayBeEndless tells whether a consent of the kind needs neither a date nor an event as its end.
func (k ConsentKind) MayBeEndless() bool {
	return slices.ContainsFunc(consentRules, func(r consentRule) bool { return r.kind == k && r.endless })
}

// NeedsSignature tells whether a consent of the kind must be signed, on paper or on the person's own page.
func (k ConsentKind) NeedsSignature() bool {
	return slices.ContainsFunc(consentRules, func(r consentRule) bool { return r.kind == k && r.paper })
}

// Discloses tells whether a consent of the kind lets records go to others.
func (k ConsentKind) Discloses() bool {
	return k == ConsentTPO || k == ConsentDisclosure || k == ConsentLegal || k == ConsentNotes
}

// ParseConsentKind parses the input of a form or a command. It is Invalid, in field "kind", for an unknown kind, and
// for several at once: consents for legal proceedings and counselling notes are never combined (42 CFR 2.31(b), (d)).
func ParseConsentKind(text string) (ConsentKind, error) {
	kind := ConsentKind(strings.ToLower(strings.TrimSpace(text)))
	if slices.Contains(ConsentKinds(), kind) {
		return kind, nil
	}
	for _, alone := range []ConsentKind{ConsentLegal, ConsentNotes} {
		if strings.Contains(string(kind), string(alone)) {
			return "", fault.In("kind", "A consent for %s stands alone and is never combined with another. "+
				"Record each one by itself.", strings.ReplaceAll(string(alone), "-", " "))
		}
	}
	if strings.ContainsAny(string(kind), ", +") {
		return "", fault.In("kind", "A consent is of one kind. Record each one by itself.")
	}
	return "", fault.In("kind", "There is no such kind of consent; choose tpo, disclosure, research-contact, "+
		"calendar-feed, legal-proceedings or counselling-notes.")
}

// WrittenConsent is a consent with every element of 42 CFR 2.31(a).
type WrittenConsent struct {
	ID, Person ID // (1) whose records
	Kind       ConsentKind
	ConsentTerms
	// ExpiresOn is the last day on which it holds, in the clinic's zone; zero: see ConsentTerms.Event.
	ExpiresOn civil.Date // (7)
	// The text that was agreed to, with the right to revoke (6).
	TextVersion, Language, Hash string
	How                         string     // (8) one of ConsentWays
	SignedOn                    civil.Date // (9) in the clinic's zone
	GivenAt                     time.Time  // when it was recorded, and from when on it holds
	ExpiresAt                   time.Time  // the end of ExpiresOn; zero: none
	EndedAt                     time.Time  // zero: it was not ended
	EndedHow                    string     // one of ConsentWays, "expired" or "changed"
	Replaces                    ID         // the consent that this one changed; empty: none
}

// ConsentTerms are the elements in words.
type ConsentTerms struct {
	From     string `json:"from"`     // (2) who shares
	What     string `json:"what"`     // (3) which records
	To       string `json:"to"`       // (4) who receives
	Purpose  string `json:"purpose"`  // (5)
	Event    string `json:"event"`    // (7) what ends it, beside a date; staff end it then
	SignedBy string `json:"signedBy"` // (8) who signed for the person; on their own page the name they typed
}

// LogValue keeps a consent out of logs.
func (WrittenConsent) LogValue() slog.Value { return slog.StringValue("withheld") }

// InForce tells whether a consent holds at an instant.
func (c WrittenConsent) InForce(at time.Time) bool {
	return c.EndedAt.IsZero() && (c.ExpiresAt.IsZero() || at.Before(c.ExpiresAt))
}

// Check completes a consent from its text and checks every element. It is Invalid, one fault for each field, when
// something is missing: kind, from, what, to, purpose, expires, how, signed_by, signed_on, language or text_version.
func (c WrittenConsent) Check(now time.Time, zone *time.Location) (WrittenConsent, error) {
	var wrong []error
	kind, err := ParseConsentKind(string(c.Kind))
	if err != nil {
		return c, err
	}
	c.Kind = kind
	if !slices.Contains(Languages(), c.Language) {
		return c, fault.In("language", "There is no text in that language; choose en or es.")
	}
	text, err := ConsentTextOf(c.Kind, c.TextVersion, c.Language)
	if err != nil {
		return c, err
	}
	c.TextVersion, c.Hash = text.Version, text.Hash
	c.What, c.To, c.Purpose = orElse(c.What, text.What), orElse(c.To, text.To), orElse(c.Purpose, text.Purpose)
	if err := c.ConsentTerms.check(); err != nil {
		wrong = append(wrong, err)
	}
	return c, errors.Join(append(wrong, c.checkEnd(now, zone), c.checkSignature(now, zone))...)
}

func orElse(text, preset string) string {
	if strings.TrimSpace(text) == "" {
		return preset
	}
	return text
}

// check tidies the terms.
func (t *ConsentTerms) check() error {
	var wrong []error
	for _, e := range []struct {
		field, name, missing string
		text                 *string
	}{
		{"from", "Who shares", "Say who shares the records, such as the name of the clinic.", &t.From},
		{"what", "What is shared", "Say what is shared, in words that mean something to the person.", &t.What},
		{"to", "Who receives it", "Say who receives it: the name of a person or an organization.", &t.To},
		{"purpose", "The purpose", "Say what it is for.", &t.Purpose},
		{"event", "The event", "", &t.Event},
		{"signed_by", "Who signed", "", &t.SignedBy},
	} {
		tidy, err := CheckLine(e.field, e.name, *e.text)
		switch {
		case err != nil:
			wrong = append(wrong, err)
		case tidy == "" && e.missing != "":
			wrong = append(wrong, fault.In(e.field, "%s", e.missing))
		}
		*e.text = tidy
	}
	return errors.Join(wrong...)
}

// checkEnd finds the instant at which a consent ends.
func (c *WrittenConsent) checkEnd(now time.Time, zone *time.Location) error {
	c.ExpiresAt = time.Time{}
	if c.ExpiresOn.IsZero() {
		if c.Event == "" && !c.Kind.MayBeEndless() {
			return fault.In("expires", "Say when it ends: a date, or an event such as the end of probation.")
		}
		return nil
	}
	c.ExpiresAt = civil.Resolve(civil.WallTime{Date: c.ExpiresOn.AddDays(1)}, zone).Instant
	if !c.ExpiresAt.After(now) {
		return fault.In("expires", "This day is past, so the consent would have ended already. Choose a later one.")
	}
	return nil
}

// checkSignature checks how and on which day a consent was given.
func (c *WrittenConsent) checkSignature(now time.Time, zone *time.Location) error {
	var wrong []error
	switch {
	case !slices.Contains(ConsentWays(), c.How):
		wrong = append(wrong, fault.In("how", "Say how it was given: paper, spoken, page, email or phone."))
	case c.Kind.NeedsSignature() && c.How != "paper" && c.How != "page":
		wrong = append(wrong, fault.In("how",
			"This kind needs a signature, on paper or on the person's own page. Words alone are not enough."))
	case c.How == "page" && c.SignedBy == "":
		wrong = append(wrong, fault.In("signed_by", "Type the name, as a signature."))
	}
	switch today := civil.DateOf(now.In(zone)); {
	case c.SignedOn.IsZero():
		wrong = append(wrong, fault.In("signed_on", "Say on which day it was given."))
	case c.SignedOn.After(today):
		wrong = append(wrong, fault.In("signed_on", "This day is still to come. Write the day on the signature."))
	}
	return errors.Join(wrong...)
}
