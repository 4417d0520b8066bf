package scheduler_test

import (
	"errors"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// setting is a book with one person and another of like name.
func setting(t *testing.T, wanted func(*scheduler.Contact)) *scheduler.Book {
	t.Helper()
	ana := scheduler.Contact{Name: "Ana López", Email: "ana@old.example", Phone: "+12025550100",
		Consents: []scheduler.Consent{{Channel: scheduler.Email, TextVersion: "1"}}}
	twin := scheduler.Contact{Name: "Lopez, Ana", Email: "ana@new.example",
		ExternalIDs: []scheduler.ExternalID{{System: "ehr", Value: "1"}}}
	b := &scheduler.Book{
		People: map[scheduler.ID]*scheduler.Person{"ana": {ID: "ana", Zone: "America/New_York", Language: "en",
			Reach: []scheduler.Channel{scheduler.Email}}},
		Known:    []scheduler.Known{{Person: "ana", Contact: ana}, {Person: "twin", Contact: twin}},
		Newcomer: ana, Contacts: map[scheduler.ID]scheduler.Contact{},
	}
	wanted(&b.Newcomer)
	return b
}

func TestSetPerson(t *testing.T) {
	t.Parallel()
	b := setting(t, func(c *scheduler.Contact) { c.Email = "ana@other.example" })
	if err := b.SetPerson(scheduler.PersonSetting{Person: "ana"}); err != nil {
		t.Fatal(err)
	}
	if c := b.Contacts["ana"]; c.Email != "ana@other.example" || len(c.Consents) != 1 || len(b.Readdressed) != 1 {
		t.Errorf("the contact has %d consents; links end for %v", len(c.Consents), b.Readdressed)
	}
	b = setting(t, func(c *scheduler.Contact) { c.Name = "Ana Ruiz" })
	if err := b.SetPerson(scheduler.PersonSetting{Person: "ana"}); err != nil || len(b.Readdressed) != 0 {
		t.Errorf("another name ends links (%v)", err)
	}
	for name, bad := range map[string]struct {
		wanted func(*scheduler.Contact)
		kind   fault.Kind
	}{
		"nothing": {func(*scheduler.Contact) {}, fault.Invalid},
		"twin":    {func(c *scheduler.Contact) { c.Email = "ANA@new.example" }, fault.Conflict},
		"id": {func(c *scheduler.Contact) { c.ExternalIDs = []scheduler.ExternalID{{System: "ehr", Value: "1"}} },
			fault.Conflict},
	} {
		b := setting(t, bad.wanted)
		if err := b.SetPerson(scheduler.PersonSetting{Person: "ana"}); fault.KindOf(err) != bad.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
	b = setting(t, func(c *scheduler.Contact) { c.Email = "ana@new.example" })
	var known *scheduler.KnownPeople
	if err := b.SetPerson(scheduler.PersonSetting{Person: "ana"}); !errors.As(err, &known) ||
		known.Candidates[0].Person != "twin" {
		t.Errorf("nobody is asked who it is: %v", err)
	}
	if err := b.SetPerson(scheduler.PersonSetting{Person: "ana", New: true}); err != nil {
		t.Errorf("two people may share an address: %v", err)
	}
}
