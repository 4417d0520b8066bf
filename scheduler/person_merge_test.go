package scheduler_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// twoRecords is a book with an older and a newer record of one person.
func twoRecords(change ...func(*scheduler.Book)) *scheduler.Book {
	at := func(day int) time.Time { return time.Date(2026, 1, day, 12, 0, 0, 0, time.UTC) }
	consent := func(c scheduler.Channel, day int) scheduler.Consent {
		return scheduler.Consent{Channel: c, TextVersion: "1", GivenAt: at(day)}
	}
	b := &scheduler.Book{
		People: map[scheduler.ID]*scheduler.Person{
			"old": {ID: "old", Zone: "America/New_York", Language: "en", Reach: []scheduler.Channel{scheduler.Email}},
			"new": {ID: "new", Zone: "America/Chicago", Language: "es"},
		},
		Merging: &scheduler.Merging{
			Stay: scheduler.MergeRecord{Created: at(1), Contact: scheduler.Contact{Name: "Ana Lopez",
				Email: "ana@old.example", Phone: "+12025550100",
				Consents:    []scheduler.Consent{consent(scheduler.Email, 2), consent(scheduler.SMS, 3)},
				ExternalIDs: []scheduler.ExternalID{{System: "ehr", Value: "1"}, {System: "lab", Value: "7"}}}},
			Gone: scheduler.MergeRecord{Created: at(9), Contact: scheduler.Contact{Name: "Ana López",
				Email: "ana@new.example", ExternalIDs: []scheduler.ExternalID{{System: "ehr", Value: "2"}}},
				Ended: map[scheduler.Channel]time.Time{scheduler.SMS: at(5), scheduler.Email: at(1)}},
		},
		Contacts: map[scheduler.ID]scheduler.Contact{},
	}
	for _, do := range change {
		do(b)
	}
	return b
}

// The newer record's data stay unless another choice is made, and a consent that ended later stays ended.
func TestMerge(t *testing.T) {
	t.Parallel()
	b := twoRecords()
	if err := b.Merge(scheduler.MergeRequest{Stay: "old", Gone: "new"}); err != nil {
		t.Fatal(err)
	}
	c := b.Contacts["old"]
	want := scheduler.Contact{Name: "Ana López", Email: "ana@new.example", Phone: "+12025550100"}
	if c.Name != want.Name || c.Email != want.Email || c.Phone != want.Phone || b.People["old"].Language != "es" {
		t.Errorf("%s, %s, %s, %s stay", c.Name, c.Email, c.Phone, b.People["old"].Language)
	}
	if ids := c.ExternalIDs; len(ids) != 2 || ids[0].Value != "2" || ids[1].Value != "7" {
		t.Errorf("the ids are %v", c.ExternalIDs)
	}
	if len(c.Consents) != 1 || c.Consents[0].Channel != scheduler.Email {
		t.Errorf("%d consents stay", len(c.Consents))
	}
	if m := b.Merged; m == nil || !slices.Equal(m.EndPages, []scheduler.ID{"old"}) {
		t.Errorf("it is %+v", b.Merged)
	}
	b = twoRecords()
	none := []scheduler.Channel{}
	err := b.Merge(scheduler.MergeRequest{Stay: "old", Gone: "new", Name: "old", Email: "old", Phone: "new",
		Zone: "old", Language: "old",
		ExternalIDs: map[string]scheduler.ID{"ehr": "old", "lab": "new"}, Consents: &none})
	c = b.Contacts["old"]
	if err != nil || c.Name != "Ana Lopez" || c.Email != "ana@old.example" || c.Phone != "" || len(c.Consents) != 0 ||
		len(c.ExternalIDs) != 1 || c.ExternalIDs[0].Value != "1" || b.People["old"].Zone != "America/New_York" ||
		!slices.Equal(b.Merged.EndPages, []scheduler.ID{"new"}) {
		t.Errorf("chosen was %s with %d consents and ids %v (%v)", c.Email, len(c.Consents), c.ExternalIDs, err)
	}
}

// What cannot be one person is refused in a sentence.
func TestMergesThatCannotBe(t *testing.T) {
	t.Parallel()
	plain := scheduler.MergeRequest{Stay: "old", Gone: "new"}
	for says, bad := range map[string]struct {
		q      scheduler.MergeRequest
		change func(*scheduler.Book)
		kind   fault.Kind
	}{
		"same record twice": {scheduler.MergeRequest{Stay: "old", Gone: "old"}, nil, fault.Invalid},
		"no such person":    {scheduler.MergeRequest{Stay: "old", Gone: "who"}, nil, fault.NotFound},
		"merged into another": {plain, func(b *scheduler.Book) { b.People["new"].MergedInto = "third" },
			fault.Closed},
		"kept apart": {plain, func(b *scheduler.Book) { b.KeptApart = [][2]scheduler.ID{{"new", "old"}} },
			fault.Conflict},
		"in the session of": {plain, func(b *scheduler.Book) { b.Merging.Shared = make([]scheduler.SharedSession, 1) },
			fault.Conflict},
		"enrolled in Evening": {plain, func(b *scheduler.Book) {
			both := []*scheduler.Enrollment{{Person: "old", State: scheduler.Waiting},
				{Person: "new", State: scheduler.Active}}
			b.Rosters = []*scheduler.Roster{{Cohort: scheduler.Cohort{Name: "Evening"}, Enrollments: both}}
		}, fault.Conflict},
		"blinded trial": {plain, func(b *scheduler.Book) {
			b.Merging.Stay.Arms = map[string]string{"trial": "one"}
			b.Merging.Gone.Arms = map[string]string{"trial": "two"}
		}, fault.Conflict},
		"which of the two": {scheduler.MergeRequest{Stay: "old", Gone: "new", Email: "third"}, nil, fault.Invalid},
		"no consent to sms": {scheduler.MergeRequest{Stay: "old", Gone: "new",
			Consents: &[]scheduler.Channel{scheduler.SMS}}, nil, fault.Invalid},
	} {
		b := twoRecords()
		if bad.change != nil {
			bad.change(b)
		}
		if err := b.Merge(bad.q); fault.KindOf(err) != bad.kind || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}
