package scheduler_test

import (
	"errors"
	"slices"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

func TestLikeNames(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		like bool
	}{
		{"Maria Lopez", "Lopez, María", true},
		{"MARIA LOPEZ", "maria lopez", true},
		{"Maria Lopez", "Maria Elena Lopez Garcia", true},
		{"Anne-Marie O’Brien", "annemarie obrien", true},
		{"Anne-Marie Roux", "Anne Marie Roux", true},
		{"Jos\u00e9", "Jose\u0301", true},
		{"Søren Großmann", "Soren Grossmann", true},
		{"علی\u200cرضا", "علیرضا", true},
		{"Maria\u200b Lopez", "Maria Lopez", true},
		{"Maria Lopez", "Ana Lopez", false},
		{"Maria Lopez", "Mario Lopez", false},
		{"Pat Example 1", "Pat Example 2", false},
		{"李", "王", false},
		{"Maria Lopez", "", false},
	} {
		if scheduler.LikeName(tt.a, tt.b) != tt.like || scheduler.LikeName(tt.b, tt.a) != tt.like {
			t.Errorf("%q and %q: %t", tt.a, tt.b, !tt.like)
		}
	}
}

// maria is known by an address, a number and an id of the clinic's records.
func maria() scheduler.Contact {
	return scheduler.Contact{
		Name: "Maria Lopez", Email: "maria@example.net", Phone: "+12025550100",
		ExternalIDs: []scheduler.ExternalID{{System: "ehr", Value: "8812"}},
	}
}

func TestKnownPeopleAreRecognised(t *testing.T) {
	t.Parallel()
	ehr := func(value string) []scheduler.ExternalID {
		return []scheduler.ExternalID{{System: "ehr", Value: value}}
	}
	for name, tt := range map[string]struct {
		contact scheduler.Contact
		is      string // maria, new, ask or refuse
		by      string
	}{
		"the same once more": {maria(), "maria", ""},
		"the id and another address": {scheduler.Contact{Name: "María López", Email: "m@example.org",
			ExternalIDs: ehr("8812")}, "maria", ""},
		"the id and another name": {scheduler.Contact{Name: "Sam Green", ExternalIDs: ehr("8812")},
			"refuse", ""},
		"another id": {scheduler.Contact{Name: "Maria Lopez", ExternalIDs: ehr("1")}, "new",
			""},
		"another id, the same address": {scheduler.Contact{Name: "Maria Lopez", Email: "maria@example.net",
			ExternalIDs: ehr("1")}, "ask", "[email]"},
		"address": {scheduler.Contact{Name: "lopez maria", Email: "MARIA@EXAMPLE.NET"},
			"ask", "[email]"},
		"number": {scheduler.Contact{Name: "Maria Lopez", Phone: "(202) 555-0100"},
			"ask", "[phone]"},
		"both": {scheduler.Contact{Name: "Maria Lopez", Email: "maria@example.net",
			Phone: "(202) 555-0100"}, "ask", "[email phone]"},
		"family": {scheduler.Contact{Name: "Ana Lopez", Email: "maria@example.net",
			Phone: "(202) 555-0100"}, "new", ""},
		"name alone": {scheduler.Contact{Name: "Maria Lopez"}, "new", ""},
		"the same value in another system": {scheduler.Contact{Name: "Maria Lopez",
			ExternalIDs: []scheduler.ExternalID{{System: "lab", Value: "8812"}}}, "new", ""},
		"the id, and another in a second system": {scheduler.Contact{Name: "Maria Lopez",
			ExternalIDs: append(ehr("8812"), scheduler.ExternalID{System: "lab", Value: "7"})}, "maria", ""},
		"the id of one and the address of another": {scheduler.Contact{Name: "Maria Lopez", Email: "ana@example.net",
			ExternalIDs: ehr("8812")}, "maria", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t)
			first, later := opening(define(t, closed)), opening(define(t, closed))
			later.Start = date("2026-06-02")
			known, err := c.desk().Enroll(t.Context(), c.request(),
				scheduler.EnrollRequest{Cohort: c.open(first), Contact: maria()})
			if err != nil {
				t.Fatal(err)
			}
			to := c.open(later)
			got, err := c.desk().Enroll(t.Context(), c.request(),
				scheduler.EnrollRequest{Cohort: to, Contact: tt.contact})
			var asked *scheduler.KnownPeople
			is := map[bool]string{true: "maria", false: "new"}[got.Person == known.Person]
			if errors.As(err, &asked) {
				is = map[bool]string{true: "ask", false: "refuse"}[fault.All(err)[0].Field == ""]
			} else if err != nil {
				t.Fatal(err)
			}
			same(t, "who it is", is, tt.is)
			if is != "ask" {
				return
			}
			same(t, "candidate", []any{asked.Candidates[0].Person, asked.Candidates[0].By}, []any{known.Person, tt.by})
			if len(c.people) != 1 {
				t.Fatal("somebody was stored")
			}
			yes, err := c.desk().Enroll(t.Context(), c.request(),
				scheduler.EnrollRequest{Cohort: to, Person: known.Person})
			if err != nil || yes.Person != known.Person {
				t.Errorf("they are %v, %v", yes.Person, err)
			}
			no, err := c.desk().Enroll(t.Context(), c.request(),
				scheduler.EnrollRequest{Cohort: to, Contact: tt.contact, New: true})
			if err != nil || no.Person == known.Person || len(c.people) != 2 {
				t.Errorf("somebody new is %v, %v", no.Person, err)
			}
		})
	}
}

func TestIdsOfOtherSystemsThatContradictAreRefused(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	first, later := opening(define(t, closed)), opening(define(t, closed))
	later.Start = date("2026-06-02")
	one := c.open(first)
	ana := maria()
	ana.Name, ana.Email, ana.Phone, ana.ExternalIDs = "Ana Lopez", "", "",
		[]scheduler.ExternalID{{System: "lab", Value: "7"}, {System: "ehr", Value: "9"}}
	m, err := c.desk().Enroll(t.Context(), c.request(), scheduler.EnrollRequest{Cohort: one, Contact: maria()})
	a, failed := c.desk().Enroll(t.Context(), c.request(), scheduler.EnrollRequest{Cohort: one, Contact: ana})
	if err := errors.Join(err, failed); err != nil {
		t.Fatal(err)
	}
	two := c.open(later)
	both := scheduler.Contact{Name: "Lopez",
		ExternalIDs: []scheduler.ExternalID{{System: "lab", Value: "7"}, {System: "ehr", Value: "8812"}}}
	for name, e := range map[string]scheduler.EnrollRequest{
		"of two people":         {Contact: both},
		"of somebody new":       {Contact: maria(), New: true},
		"beside another person": {Person: a.Person, Contact: scheduler.Contact{ExternalIDs: maria().ExternalIDs}},
		"beside their own": {Person: m.Person,
			Contact: scheduler.Contact{ExternalIDs: []scheduler.ExternalID{{System: "ehr", Value: "1"}}}},
		"within one system": {Contact: scheduler.Contact{Name: "Ana Lopez",
			ExternalIDs: []scheduler.ExternalID{{System: "lab", Value: "7"}, {System: "ehr", Value: "1"}}}},
	} {
		e.Cohort = two
		_, err := c.desk().Enroll(t.Context(), c.request(), e)
		if f := fault.All(err); len(f) != 1 || f[0].Kind != fault.Conflict || f[0].Field != "external_ids" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(c.people) != 2 {
		t.Errorf("%d people are known", len(c.people))
	}
}

func TestAKnownPersonGetsWhatIsSurelyTheirs(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	first, later := opening(define(t, closed)), opening(define(t, closed))
	later.Start = date("2026-06-02")
	known, err := c.desk().Enroll(t.Context(), c.request(),
		scheduler.EnrollRequest{Cohort: c.open(first), Contact: maria()})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.desk().Enroll(t.Context(), c.request(),
		scheduler.EnrollRequest{Cohort: c.open(later), Person: known.Person, Contact: scheduler.Contact{
			Name: "M", Email: "Maria@EXAMPLE.net", Phone: "(202) 555-0199",
			ExternalIDs: []scheduler.ExternalID{{System: "lab", Value: "7"}},
			Consents: []scheduler.Consent{{Channel: scheduler.Email, TextVersion: "1"},
				{Channel: scheduler.SMS, TextVersion: "1"}},
		}})
	if err != nil || got.Unreachable {
		t.Fatalf("unreachable %t, %v", got.Unreachable, err)
	}
	kept := c.contacts[known.Person]
	same(t, "contact", []any{kept.Name, kept.Email, kept.Phone, kept.ExternalIDs},
		"[Maria Lopez maria@example.net +12025550100 [{ehr 8812} {lab 7}]]")
	if len(kept.Consents) != 1 || kept.Consents[0].Channel != scheduler.Email ||
		!slices.Equal(c.people[known.Person].Reach, []scheduler.Channel{scheduler.Email}) {
		t.Errorf("consents are %v", kept.Consents)
	}
	_, err = c.desk().Enroll(t.Context(), c.request(),
		scheduler.EnrollRequest{Cohort: c.open(later), Contact: scheduler.Contact{
			Name: "Maria Lopez", ExternalIDs: []scheduler.ExternalID{{System: "lab", Value: "7"}},
		}})
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("overlapping groups are not noticed: %v", err)
	}
}
