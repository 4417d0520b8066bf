package main

import (
	"encoding/json"
	"testing"
)

// The command finds people whatever the order of their names, as a table and as JSON.
func TestPeopleFind(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	first, second := c.open("--name", "Evening group"), c.open("--time", "10:00", "--name", "Morning group")
	for _, cohort := range []string{first, second} {
		c.prints(`{"participant": {"name": "Ana María López", "email": "ana@example.net", "phone": `+
			`"+1 202 555 0100", "external_ids": [{"system": "ehr", "value": "K8812"}]}}`,
			"enroll", "-", "--cohort", cohort)
	}
	c.prints("", "enroll", "--cohort", first, "--name", "Ben Carter")
	for _, text := range [][]string{{"lopez", "ana"}, {"LÓPEZ an"}, {"ana@example.net"}, {"(202) 555-0100"}, {"0100"},
		{"k8812"}} {
		out := c.prints("", append([]string{"people", "find"}, text...)...)
		c.says(out, "Ana María López", "+12025550100", "ehr K8812", "Evening group", "Morning group", "active",
			"2027-01-05")
	}
	var people []personJSON
	if err := json.Unmarshal([]byte(c.prints("", "people", "find", "ana", "--format", "json")), &people); err != nil {
		t.Fatal(err)
	}
	if len(people) != 1 || people[0].Name != "Ana María López" || len(people[0].Enrollments) != 2 ||
		people[0].ExternalIDs[0].Value != "K8812" {
		t.Errorf("it printed %+v", people)
	}
	c.says(c.prints("", "people", "find", "nobody"), "Nobody is found by that.")
	if out := c.prints("", "people", "find", "nobody", "--format", "json"); out != "[]\n" {
		t.Errorf("of nobody it printed %q", out)
	}
}
