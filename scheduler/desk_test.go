package scheduler_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

func TestContactCheck(t *testing.T) {
	t.Parallel()
	const noMail = "This is not an email address. Write it like pat@example.net, or leave it empty."
	const noPhone = "This is not a phone number. Write it with its area code, like +1 202 555 0100, or leave it empty."
	const turning = "The name has a hidden character that changes the direction of writing; type it again instead " +
		"of pasting it."
	const broken = "The name has a line break or a character that cannot be shown; type it again."
	for _, tt := range []struct{ field, in, out, sentence string }{
		{"name", " Pat Example\u00a0", "Pat Example", ""},
		{"name", "Ñandú O’Brien-李", "Ñandú O’Brien-李", ""},
		{"name", "", "", "A name is needed, so that staff know who this is."},
		{"name", "   ", "", "A name is needed, so that staff know who this is."},
		{"name", "Pat\r\nBcc: x@example.net", "", broken},
		{"name", "Pat\n", "", broken},
		{"name", "Pat\u2028Example", "", broken},
		{"name", "Pat\x00", "", broken},
		{"name", "Pat\xff", "", broken},
		{"name", strings.Repeat("ß", 200), strings.Repeat("ß", 200), ""},
		{"name", strings.Repeat("ß", 201), "", "The name is longer than 200 characters; shorten it."},
		{"email", " Pat.Example@EXAMPLE.net ", "Pat.Example@example.net", ""},
		{"email", "pat+groups@mail.example.net", "pat+groups@mail.example.net", ""},
		{"email", "root@localhost", "root@localhost", ""},
		{"email", "", "", ""},
		{"email", "pat", "", noMail},
		{"email", "pat@", "", noMail},
		{"email", "@example.net", "", noMail},
		{"email", "pat@example", "", noMail},
		{"email", "pat@example..net", "", noMail},
		{"email", "pat@example.net.", "", noMail},
		{"email", "pat@-example.net", "", noMail},
		{"email", "pat@exam_ple.net", "", noMail},
		{"email", "pat@[127.0.0.1]", "", noMail},
		{"email", "pat@example.net, x@example.net", "", noMail},
		{"email", "Pat <pat@example.net>", "", noMail},
		{"email", "pat example@example.net", "", noMail},
		{"email", "pat@example.net\r\nBcc: x@example.net", "", noMail},
		{"email", "pat@example.net\n", "", noMail},
		{"email", strings.Repeat("a", 65) + "@example.net", "", noMail},
		{"name", "Pat\u200b Exam\u00adple\ufeff", "Pat Example", ""},
		{"name", "\u200b\u3164", "", "A name is needed, so that staff know who this is."},
		{"name", "\u3000Pat\u2003", "Pat", ""},
		{"name", "Pat \u202eelpmaxE", "", turning},
		{"name", "Pat\u200f", "", turning},
		{"name", "\u2066Pat\u2069", "", turning},
		{"name", "علی\u200cرضا", "علی\u200cرضا", ""},
		{"name", "ශ්\u200dරී", "ශ්\u200dරී", ""},
		{"name", "P\u200dat", "Pat", ""},
		{"email", "\u200bpat@example.net\u202c", "pat@example.net", ""},
		{"email", "pat@exämple.de", "pat@xn--exmple-cua.de", ""},
		{"email", "pat@EXÄMPLE.DE", "pat@xn--exmple-cua.de", ""},
		{"email", "pat@xn--exmple-cua.de", "pat@xn--exmple-cua.de", ""},
		{"email", "pat@例え.jp", "pat@xn--r8jz45g.jp", ""},
		{"email", "pat@faß.de", "pat@xn--fa-hia.de", ""},
		{"email", "pat@xn--a.de", "", noMail},
		{"email", "pat@" + strings.Repeat("ä", 63) + ".de", "", noMail},
		{"phone", "\u202a+1 202\u2011555\u20110100\u202c", "+12025550100", ""},
		{"phone", "06 12 34 56 78", "",
			"Read in the country of the time zone (US), this phone number is +1 0612345678, which does not exist. " +
				"Write it with its country code, like +1 202 555 0100, or correct the time zone."},
		{"phone", "+1 061 234 5678", "",
			"+1 0612345678 is not a valid phone number of its country. Check the digits, or leave it empty."},
		{"phone", "+44 7700 900123", "+447700900123", ""},
		{"phone", "(202) 555-0100", "+12025550100", ""},
		{"phone", "1.202.555.0100", "+12025550100", ""},
		{"phone", "+1 202 555 0100", "+12025550100", ""},
		{"phone", "+15550100", "+15550100", ""},
		{"phone", "+44 20 7946 0000", "+442079460000", ""},
		{"phone", "", "", ""},
		{"phone", "04/12/1985", "", noPhone},
		{"phone", "4121985", "", noPhone},
		{"phone", "1985-04-12", "", noPhone},
		{"phone", "+1985-04-12", "", noPhone},
		{"phone", "202 555 0100 1985-04-12", "", noPhone},
		{"phone", "202 555 0100 ext 12", "", noPhone},
		{"phone", "202 555 0100 born 1985", "", noPhone},
		{"phone", "1-800-FLOWERS", "", noPhone},
		{"phone", "202555\r\n0100", "", noPhone},
		{"phone", "2025550100\n", "", noPhone},
		{"phone", "12", "", noPhone},
	} {
		t.Run(tt.field+" "+tt.in[:min(len(tt.in), 40)], func(t *testing.T) {
			t.Parallel()
			contact := scheduler.Contact{Name: "Pat"}
			fields := map[string]*string{"name": &contact.Name, "email": &contact.Email, "phone": &contact.Phone}
			*fields[tt.field] = tt.in
			got, faults := contact.Check("US")
			if tt.sentence != "" {
				if len(faults) != 1 {
					t.Fatalf("%d faults, want 1", len(faults))
				}
				refused(t, faults[0], fault.Invalid, tt.field, tt.sentence)
				return
			}
			tidy := map[string]string{"name": got.Name, "email": got.Email, "phone": got.Phone}
			if len(faults) != 0 || tidy[tt.field] != tt.out {
				t.Errorf("got %q and %v, want %q", tidy[tt.field], faults, tt.out)
			}
		})
	}
}

func TestEnrollingReportsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, closed)))
	number := c.self.ChangeNo
	_, err := c.desk().Enroll(t.Context(), c.request(), scheduler.EnrollRequest{
		Cohort: cohort, Zone: "Local", Language: "de",
		Contact: scheduler.Contact{
			Name: "\r\n", Email: "pat", Phone: "4121985",
			Consents: []scheduler.Consent{{Channel: scheduler.Email}, {Channel: scheduler.SMS},
				{Channel: "pigeon", TextVersion: "1"},
				{Channel: scheduler.Email, TextVersion: "1\n2"},
				{Channel: scheduler.Email, TextVersion: "1", GivenAt: instant("2090-01-01T00:00:00Z")}},
		},
	})
	var got []string
	for _, f := range fault.All(err) {
		if f.Kind != fault.Invalid {
			t.Errorf("%s is %s", f.Field, f.Kind)
		}
		got = append(got, f.Field+": "+f.Message)
	}
	want := []string{
		"name: The name has a line break or a character that cannot be shown; type it again.",
		"email: This is not an email address. Write it like pat@example.net, or leave it empty.",
		"phone: This is not a phone number. Write it with its area code, like +1 202 555 0100, or leave it empty.",
		"consents: A consent needs the version of the text that the person agreed to.",
		"consents: There is no such channel; choose email, sms or voice.",
		"consents: The version of the consent text has a line break or a character that cannot be shown; type it " +
			"again.",
		"consents: A consent cannot be dated in the future; give the instant at which the person agreed.",
		`zone: "Local" means a different zone on every machine; type a place such as America/New_York.`,
		"language: Choose a language, en or es.",
	}
	same(t, "faults", strings.Join(got, "\n"), strings.Join(want, "\n"))
	if c.self.ChangeNo != number || len(c.people) != 0 {
		t.Error("something was stored")
	}
}

func TestANewPersonIsStoredAsChecked(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, closed)))
	consents := []scheduler.Consent{{Channel: scheduler.SMS, TextVersion: "1"},
		{Channel: scheduler.Email, TextVersion: " 2 ", GivenAt: instant("2026-01-02T00:00:00Z")}}
	contact := scheduler.Contact{Name: " Pat ", Email: "pat@EXAMPLE.net", Phone: "202 555 0100", Consents: consents}
	got, err := c.desk().Enroll(t.Context(), c.request(),
		scheduler.EnrollRequest{Cohort: cohort, Contact: contact, Zone: "US/Central", Language: "es"})
	if err != nil {
		t.Fatal(err)
	}
	p := c.people[got.Person]
	same(t, "person", []any{p.ID, p.Zone, p.Language, p.Reach},
		[]any{got.Person, "America/Chicago", "es", "[email]"})
	kept := c.last.Contacts[got.Person]
	same(t, "contact", []any{kept.Name, kept.Email, kept.Phone, kept.Consents[0].GivenAt, kept.Consents[1].GivenAt,
		kept.Consents[1].TextVersion},
		[]any{"Pat", "pat@example.net", "+12025550100", c.now, instant("2026-01-02T00:00:00Z"), "2"})
	if !consents[0].GivenAt.IsZero() || consents[1].TextVersion != " 2 " {
		t.Error("the asker's own list was changed")
	}
	same(t, "answer", []any{got.State, got.Entry, got.WaitlistPosition, got.Unreachable}, "[active 2026-01-06 0 false]")
	other, err := c.desk().Enroll(t.Context(), c.request(),
		scheduler.EnrollRequest{Cohort: cohort, Contact: scheduler.Contact{Name: "Sam", Email: "sam@example.net"}})
	if err != nil {
		t.Fatal(err)
	}
	p = c.people[other.Person]
	same(t, "defaults", []any{p.Zone, p.Language, p.Reach, other.Unreachable}, "[America/New_York en [] true]")
}

func TestIdsAreDrawnOnce(t *testing.T) {
	t.Parallel()
	once, twice := newClinic(t), newClinic(t)
	twice.twice = true
	for _, c := range []*clinic{once, twice} {
		cohort := c.open(opening(define(t, closed)))
		got, err := c.desk().Enroll(t.Context(), c.request(),
			scheduler.EnrollRequest{Cohort: cohort, Contact: scheduler.Contact{Name: "Pat"}})
		if err != nil {
			t.Fatal(err)
		}
		if c.drawn != 2 || c.people[got.Person] == nil || len(c.people) != 1 {
			t.Errorf("%d ids drawn for %d people", c.drawn, len(c.people))
		}
		c.enroll(cohort, "known")
		if c.drawn != 2 {
			t.Error("an id was drawn for somebody known")
		}
		if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-01-20").ID}); err != nil {
			t.Fatal(err)
		}
	}
	if written(once) != written(twice) || fmt.Sprint(once.notices) != fmt.Sprint(twice.notices) {
		t.Error("run twice, a change leaves something else")
	}
}

func TestNothingIsAnsweredWhenTheStoreFails(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, closed)))
	q := c.request()
	q.Expect = 99
	got, err := c.desk().Enroll(t.Context(), q, scheduler.EnrollRequest{Cohort: cohort, Person: c.person("p")})
	if got != (scheduler.Enrolled{}) || !fault.Is(err, fault.Stale) {
		t.Errorf("got %+v and %v", got, err)
	}
	id, err := c.desk().OpenCohort(t.Context(), q, opening(define(t, closed)))
	if id != "" || !fault.Is(err, fault.Stale) {
		t.Errorf("got %q and %v", id, err)
	}
	_, err = c.desk().Enroll(t.Context(), c.request(),
		scheduler.EnrollRequest{Cohort: "none", Contact: scheduler.Contact{Name: "Pat"}})
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v, want not found", err)
	}
	if _, err := c.desk().Preview(t.Context(), c.request(),
		desk.Move(scheduler.MoveRequest{Session: "none", To: civil.WallTime{}})); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v, want not found", err)
	}
}

func TestReachAndReachable(t *testing.T) {
	t.Parallel()
	both := []scheduler.Consent{{Channel: scheduler.Voice}, {Channel: scheduler.Email}, {Channel: scheduler.SMS},
		{Channel: scheduler.Email}}
	for want, contact := range map[string]scheduler.Contact{
		"[]":            {Email: "p@example.net", Phone: "+12025550100"},
		"[email]":       {Email: "p@example.net", Consents: both},
		"[voice]":       {Phone: "+12025550100", Consents: both},
		"[voice email]": {Email: "p@example.net", Phone: "+12025550100", Consents: both},
	} {
		same(t, "reach", contact.Reach(), want)
		p := scheduler.Person{Reach: contact.Reach()}
		if p.Reachable() != strings.Contains(want, "email") {
			t.Errorf("reachable by %s: %v", want, p.Reachable())
		}
	}
}

func TestAContactStaysOutOfLogs(t *testing.T) {
	t.Parallel()
	contact := scheduler.Contact{Name: "Pat Example", Email: "pat@example.net", Phone: "+12025550100"}
	var out bytes.Buffer
	for _, log := range []*slog.Logger{slog.New(slog.NewTextHandler(&out, nil)),
		slog.New(slog.NewJSONHandler(&out, nil))} {
		log.Info("one", "contact", contact, "pointer", &contact, slog.Group("group", "contact", contact))
	}
	fmt.Fprintf(&out, "%v %+v %s", contact, contact, []scheduler.Contact{contact})
	for _, secret := range []string{"Pat", "pat@", "2025550100"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%q is in %s", secret, out.String())
		}
	}
	if strings.Count(out.String(), "withheld") != 9 {
		t.Errorf("contacts are missing: %s", out.String())
	}
}
