package scheduler

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"almanac/protocols/civil"
)

// Preferred times are read as people write them, and written as they are read.
func TestPreferredTimes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", " ; ": "",
		"tue,thu 17:00-20:00; sat 09:00-12:00": "tue 17:00-20:00; thu 17:00-20:00; sat 09:00-12:00",
		"Monday":                               "mon 00:00-23:59", "MON 08:00 - 09:30": "mon 08:00-09:30",
		"sun\nfri 10:00-11:00": "sun 00:00-23:59; fri 10:00-11:00",
	} {
		times, err := ParsePreferredTimes(text)
		if got := WritePreferredTimes(times); err != nil || got != want {
			t.Errorf("%q reads as %q (%v)", text, got, err)
		}
	}
	for _, text := range []string{"someday", "mon 25:00-26:00", "mon 08:00", "mon-fri 08:00-09:00", "8:00-9:00",
		"mon 08:00-noon"} {
		times, err := ParsePreferredTimes(text)
		if err == nil || !strings.Contains(err.Error(), "is no time of a week") {
			t.Errorf("%q reads as %v (%v)", text, times, err)
		}
	}
}

// A session suits in the person's zone, also where it is another day there, and on both sides of a clock change.
func TestReferralSuits(t *testing.T) {
	t.Parallel()
	loc, err := time.LoadLocation("Pacific/Auckland")
	if err != nil {
		t.Fatal(err)
	}
	times, _ := ParsePreferredTimes("wed 12:00-14:00")
	r := Referral{Times: times}
	for instant, want := range map[string]bool{
		"2026-01-06T23:00:00Z": true, // Wednesday noon there
		"2026-01-07T00:59:00Z": true, "2026-01-07T01:00:00Z": false, "2026-01-06T22:59:00Z": false,
		"2026-07-08T00:00:00Z": true, "2026-07-07T23:30:00Z": false, // winter there
	} {
		at, err := time.Parse(time.RFC3339, instant)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Suits(at, loc); got != want {
			t.Errorf("%s: %v", instant, got)
		}
	}
	if !(&Referral{}).Suits(time.Time{}, loc) {
		t.Error("without times, not everything suits")
	}
}

// A referral says all at once what is wrong.
func TestReferralCheck(t *testing.T) {
	t.Parallel()
	zones, err := civil.BuiltinZones()
	if err != nil {
		t.Fatal(err)
	}
	clinic := Clinic{Zone: "America/New_York"}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	_, err = Referral{Contact: Contact{Email: "no address"}, Zone: "Nowhere", Source: strings.Repeat("x", 1001),
		Times: []PreferredTime{{time.Monday, civil.Clock{Hour: 9}, civil.Clock{Hour: 9}}}}.Check(clinic, zones, now)
	for _, part := range []string{"name", "ends before it begins", "longer than 1000"} {
		if err == nil || !strings.Contains(strings.ToLower(err.Error()), part) {
			t.Errorf("no %q in %v", part, err)
		}
	}
	kept, err := Referral{Contact: Contact{Name: " Kim Ode ", Phone: "(202) 555-0100"}}.Check(clinic, zones, now)
	if err != nil || kept.Contact.Name != "Kim Ode" || kept.Contact.Phone != "+12025550100" || kept.Language != "en" {
		t.Errorf("%+v, %v", kept, err)
	}
}

// What is stored of a referral is read in later versions, too.
func TestReferralIsStoredAs(t *testing.T) {
	t.Parallel()
	const stored = `{"Contact":{"Name":"Kim Ode","Email":"kim@example.net","Phone":"+12025550100",` +
		`"Consents":[{"Channel":"email","TextVersion":"1","GivenAt":"2026-01-01T00:00:00Z","How":""}],` +
		`"ExternalIDs":[{"System":"ehr","Value":"8812"}]},"Zone":"America/Chicago","Language":"es",` +
		`"Protocol":"more-rolling","Times":[{"Day":2,"From":"17:00","Until":"20:00"}],"Earliest":"2026-05-01",` +
		`"Source":"Dr. Ferro","Waiting":"Calls after six.","ClosedWhy":"moved"}`
	var r Referral
	if err := json.Unmarshal([]byte(stored), &r); err != nil {
		t.Fatal(err)
	}
	if again, err := json.Marshal(r); err != nil || string(again) != stored {
		t.Errorf("%v\nread %s\nand  %s", err, stored, again)
	}
}
