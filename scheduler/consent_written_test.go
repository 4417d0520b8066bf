package scheduler_test

import (
	"strings"
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// consentNow is the moment at which the consents of these tests are recorded.
var consentNow = time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)

func wholeConsent(kind scheduler.ConsentKind) scheduler.WrittenConsent {
	return scheduler.WrittenConsent{Kind: kind, Language: "en", How: "paper",
		SignedOn: civil.Date{Year: 2026, Month: 3, Day: 1}, ExpiresOn: civil.Date{Year: 2026, Month: 6, Day: 30},
		ConsentTerms: scheduler.ConsentTerms{From: "Riverside", What: "Attendance", To: "Oak Street",
			Purpose: "To show that they come"}}
}

// A consent without one of the elements of 42 CFR 2.31(a) is not saved, whatever its kind.
func TestEachElementOfAConsentIsAsked(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	whole, err := wholeConsent(scheduler.ConsentDisclosure).Check(consentNow, zone)
	if err != nil || len(whole.Hash) != 64 || whole.TextVersion != scheduler.ConsentTextVersion {
		t.Fatalf("a whole consent: %v, %v", whole, err)
	}
	if want := time.Date(2026, 7, 1, 4, 0, 0, 0, time.UTC); !whole.ExpiresAt.Equal(want) {
		t.Errorf("it ends at %v, want the end of the day, %v", whole.ExpiresAt, want)
	}
	for _, kind := range []scheduler.ConsentKind{scheduler.ConsentDisclosure, scheduler.ConsentLegal} {
		for field, spoil := range map[string]func(*scheduler.WrittenConsent){
			"kind":         func(c *scheduler.WrittenConsent) { c.Kind = "" },
			"from":         func(c *scheduler.WrittenConsent) { c.From = " " },
			"what":         func(c *scheduler.WrittenConsent) { c.What = "" },
			"to":           func(c *scheduler.WrittenConsent) { c.To = "" },
			"purpose":      func(c *scheduler.WrittenConsent) { c.Purpose = "" },
			"expires":      func(c *scheduler.WrittenConsent) { c.ExpiresOn = civil.Date{} },
			"how":          func(c *scheduler.WrittenConsent) { c.How = "" },
			"signed_on":    func(c *scheduler.WrittenConsent) { c.SignedOn = civil.Date{} },
			"language":     func(c *scheduler.WrittenConsent) { c.Language = "fr" },
			"text_version": func(c *scheduler.WrittenConsent) { c.TextVersion = "0" },
		} {
			c := wholeConsent(kind)
			spoil(&c)
			_, err := c.Check(consentNow, zone)
			if all := fault.All(err); len(all) != 1 || all[0].Field != field || all[0].Kind != fault.Invalid {
				t.Errorf("%s without %s: %v", kind, field, err)
			}
		}
	}
	for field, spoil := range map[string]func(*scheduler.WrittenConsent){
		"how":       func(c *scheduler.WrittenConsent) { c.How = "spoken" },
		"signed_by": func(c *scheduler.WrittenConsent) { c.How = "page" },
		"signed_on": func(c *scheduler.WrittenConsent) { c.SignedOn = civil.Date{Year: 2026, Month: 3, Day: 3} },
		"expires":   func(c *scheduler.WrittenConsent) { c.ExpiresOn = civil.Date{Year: 2026, Month: 3, Day: 1} },
		"what":      func(c *scheduler.WrittenConsent) { c.What = strings.Repeat("x", 201) },
	} {
		c := wholeConsent(scheduler.ConsentDisclosure)
		spoil(&c)
		if _, err := c.Check(consentNow, zone); len(fault.All(err)) != 1 || fault.All(err)[0].Field != field {
			t.Errorf("a wrong %s: %v", field, err)
		}
	}
}

// Consents for proceedings and counselling notes are never combined with others, and each has an end.
func TestSomeConsentsStandAlone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"tpo,legal-proceedings", "legal-proceedings + disclosure", "counselling-notes,tpo",
		"tpo,research-contact", "owl", ""} {
		if kind, err := scheduler.ParseConsentKind(text); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q is %q, %v", text, kind, err)
		}
	}
	for _, kind := range scheduler.ConsentKinds() {
		c := wholeConsent(kind)
		c.ExpiresOn = civil.Date{}
		_, err := c.Check(consentNow, time.UTC)
		if kind.MayBeEndless() != (err == nil) {
			t.Errorf("%s without an end: %v", kind, err)
		}
		c.Event = "the end of probation"
		if _, err := c.Check(consentNow, time.UTC); err != nil {
			t.Errorf("%s until an event: %v", kind, err)
		}
	}
}

// The texts that somebody may have agreed to never change. A new wording is a new version.
func TestConsentTextsStay(t *testing.T) {
	t.Parallel()
	kinds := append(scheduler.ConsentKinds(), scheduler.ConsentKind(scheduler.Email),
		scheduler.ConsentKind(scheduler.SMS), scheduler.ConsentKind(scheduler.Voice))
	for _, kind := range kinds {
		for _, language := range scheduler.Languages() {
			text, err := scheduler.ConsentTextOf(kind, "", language)
			if err != nil || text.Title == "" || len(text.Body) < 3 {
				t.Fatalf("%s in %s: %+v, %v", kind, language, text, err)
			}
			if want := consentHashes[string(kind)+"."+language]; text.Hash[:16] != want {
				t.Errorf("%q: %q,", string(kind)+"."+language, text.Hash[:16])
			}
		}
	}
	for _, wrong := range [][3]string{{"tpo", "2", "en"}, {"../tpo", "1", "en"}, {"tpo", "1", "fr"},
		{"tpo", "1.en", "txt"}} {
		if _, err := scheduler.ConsentTextOf(scheduler.ConsentKind(wrong[0]), wrong[1],
			wrong[2]); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v", wrong, err)
		}
	}
	for _, kind := range scheduler.OwnConsentKinds() {
		for _, language := range scheduler.Languages() {
			text, _ := scheduler.ConsentTextOf(kind, "", language)
			all := strings.Join(append(text.Body, text.Title, text.What, text.To, text.Purpose), "\n")
			if word, found := scheduler.Denied(all); found {
				t.Errorf("the text %s.%s for people's own page tells %q", kind, language, word)
			}
		}
	}
}

// consentHashes are the beginnings of the hashes of version 1.
var consentHashes = map[string]string{
	"tpo.en":               "009a679d2a6ab1ad",
	"tpo.es":               "76ea496a0b9126c9",
	"disclosure.en":        "50259e2cd90e3314",
	"disclosure.es":        "2bfeecbb886742e2",
	"research-contact.en":  "c9e060dfc4a88e0f",
	"research-contact.es":  "97252fe08956f816",
	"calendar-feed.en":     "553afd7d7811b6fe",
	"calendar-feed.es":     "85eafa940b4e936a",
	"legal-proceedings.en": "24afd8c15a06d3db",
	"legal-proceedings.es": "060749513614afe1",
	"counselling-notes.en": "0918eb468f467b33",
	"counselling-notes.es": "0e29eebfdfbf8bac",
	"email.en":             "066d1f64f0086e4d",
	"email.es":             "8bfdfd49129ced09",
	"sms.en":               "abb9ff8603f0008d",
	"sms.es":               "387ad4c1fcdff59d",
	"voice.en":             "f8e3f766524ff59f",
	"voice.es":             "92dedb1f6e112a00",
}
