package notify_test

import (
	"net/mail"
	"slices"
	"strings"
	"testing"

	"almanac/notify"
	"almanac/notify/sms"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// textSamples are all hand-overs that can be said in a text, to a number, with the longest dates.
func textSamples(t *testing.T) map[string]reads.Handover {
	t.Helper()
	all := map[string]reads.Handover{"opt-in": sample(t, scheduler.OptIn)}
	for name, h := range samples(t) {
		switch h.Kind {
		case scheduler.Welcome, scheduler.Reminder, scheduler.Changes, scheduler.OfferNotice, scheduler.OnWaitlist,
			scheduler.AddressCode, scheduler.AddressChanged:
			all[name] = h
		}
	}
	for name, h := range all {
		h.Channel, h.Address, h.Links.Page = scheduler.SMS, "+12025550100", "pagetoken234567pagetoken23"
		all[name] = h
	}
	return all
}

// longLinks composes with the longest address that fits: a public-url of 41 characters.
func longLinks(t *testing.T) *notify.Composer {
	t.Helper()
	zones, err := civil.BuiltinZones()
	if err != nil {
		t.Fatal(err)
	}
	c, err := notify.NewComposer(notify.ComposerOptions{
		From:      mail.Address{Name: "Appointments", Address: "appointments@care.example"},
		PublicURL: func() string { return "https://appointments.northside-care.examp" }, Zones: zones,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Every routine text is one part of the 7-bit alphabet with the longest link, has 20 words at most, names nobody and
// tells nothing, in both languages.
func TestTextsAreShortAndNeutral(t *testing.T) {
	t.Parallel()
	c := longLinks(t)
	kinds := map[scheduler.NoticeKind]bool{}
	for name, h := range textSamples(t) {
		kinds[h.Kind] = true
		for _, language := range scheduler.Languages() {
			m, err := c.ComposeText(inLanguage(h, language))
			if err != nil {
				t.Errorf("%s, %s: %v", name, language, err)
				continue
			}
			parts, gsm := sms.Segments(m.Text)
			most := 1
			if h.Kind == scheduler.OptIn {
				most = 2
			}
			if parts > most || !gsm {
				t.Errorf("%s, %s: %d parts, 7-bit %v: %s", name, language, parts, gsm, m.Text)
			}
			words, _, _ := strings.Cut(m.Text, "https://")
			if n := len(strings.Fields(words)); n > 20 && h.Kind != scheduler.OptIn {
				t.Errorf("%s, %s: %d words: %s", name, language, n, words)
			}
			if word, found := scheduler.Denied(m.Text); found {
				t.Errorf("%s, %s tells %q: %s", name, language, word, m.Text)
			}
			if strings.Contains(m.Text, "Pat") || strings.Contains(m.Text, "Example, Jr") {
				t.Errorf("%s, %s names the person: %s", name, language, m.Text)
			}
			if h.Kind != scheduler.AddressCode && !strings.Contains(m.Text, "https://") {
				t.Errorf("%s, %s has no link: %s", name, language, m.Text)
			}
		}
	}
	if len(kinds) != 8 {
		t.Errorf("only %d kinds were looked at: %v", len(kinds), kinds)
	}
}

// No English word stands in a Spanish text.
func TestSpanishTextsAreSpanish(t *testing.T) {
	t.Parallel()
	c := longLinks(t)
	shared := strings.Fields("si no am pm stop help start mar en")
	for name, h := range textSamples(t) {
		english, err := c.ComposeText(inLanguage(h, "en"))
		if err != nil {
			t.Fatal(err)
		}
		spanish, err := c.ComposeText(inLanguage(h, "es"))
		if err != nil {
			t.Fatal(err)
		}
		words := func(text string) []string {
			return wordPattern.FindAllString(strings.ToLower(linkPattern.ReplaceAllString(text, " ")), -1)
		}
		for _, word := range words(spanish.Text) {
			if slices.Contains(words(english.Text), word) && !slices.Contains(shared, word) {
				t.Errorf("%s: %q stands in both", name, word)
			}
		}
	}
}

// The question that a number confirms has what carriers ask: who, how often, what it costs, HELP, STOP, terms.
func TestOptInHasWhatCarriersAsk(t *testing.T) {
	t.Parallel()
	h := textSamples(t)["opt-in"]
	for language, wants := range map[string][]string{
		"en": {"Appointments:", "up to 5 a day", "Msg & data rates may apply", "Reply Y", "HELP", "STOP",
			"Terms, privacy: https"},
		"es": {"Citas:", "hasta 5 cada 24 horas", "tarifas", "Responda SI", "AYUDA", "ALTO", "privacidad: https"},
	} {
		m, err := longLinks(t).ComposeText(inLanguage(h, language))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(m.Text, want) {
				t.Errorf("%s lacks %q: %s", language, want, m.Text)
			}
		}
	}
}

// Answers take two parts at most, tell nothing, and always say where help is in an emergency.
func TestAnswersToTexts(t *testing.T) {
	t.Parallel()
	c := longLinks(t)
	full := scheduler.ClinicContact{Name: "Northside", Phone: "+12025550123", Crisis: "Call or text 988 at any hour"}
	for _, act := range []string{reads.TextStopped, reads.TextConfirmed, reads.TextHelped, reads.TextNoConsent,
		reads.TextToRead, reads.TextWhich, reads.TextGivenBack, reads.TextNoDate, reads.TextAccepted,
		reads.TextDeclined, reads.TextGone, ""} {
		for _, language := range []string{"en", "es", ""} {
			for _, contact := range []scheduler.ClinicContact{{}, full} {
				m := c.ComposeAnswer(reads.TextTaken{Act: act, Language: language, Contact: contact,
					Page: "pagetoken234567pagetoken23", Date: stamp, Zone: "America/New_York"}, "+12025550100")
				if parts, gsm := sms.Segments(m.Text); m.Text == "" || parts > 2 || !gsm {
					t.Errorf("%s, %s: %d parts, 7-bit %v: %s", act, language, parts, gsm, m.Text)
				}
				if word, found := scheduler.Denied(m.Text); found {
					t.Errorf("%s, %s tells %q: %s", act, language, word, m.Text)
				}
				if (act == "" || act == reads.TextToRead) &&
					(!strings.Contains(m.Text, "911") || !strings.Contains(m.Text, "988")) {
					t.Errorf("%s, %s says nothing of emergencies: %s", act, language, m.Text)
				}
			}
		}
	}
}

// Without a gateway a text is a file that staff read beside the mail.
func TestKeptTextsAreShown(t *testing.T) {
	t.Parallel()
	kept, _ := newKept(t)
	h := textSamples(t)["reminder"]
	h.Clinic = clinicID
	m, err := longLinks(t).ComposeText(h)
	if err != nil {
		t.Fatal(err)
	}
	if d := (notify.KeptTexts{Kept: kept}).Send(t.Context(), m); d.Outcome != reads.Sent {
		t.Fatalf("%+v", d)
	}
	page, err := kept.List(access.Operator(string(clinicID)), clinicID, "", 10)
	if err != nil || len(page.Mails) != 1 || page.Mails[0].To != "+12025550100" {
		t.Fatalf("%+v, %v", page, err)
	}
	mail, err := kept.Open(access.Operator(string(clinicID)), clinicID, page.Mails[0].ID)
	if err != nil || strings.TrimSpace(mail.Text) != m.Text {
		t.Errorf("%q, %v; want %q", mail.Text, err, m.Text)
	}
}
