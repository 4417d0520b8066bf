package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
)

// The API names who may be meant by id alone, and takes both answers.
func TestAPIAsksWhoItIs(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.ScopeEnroll, access.ScopeRead)
	first, second := strings.TrimPrefix(h.opened(), "/cohorts/"),
		strings.TrimPrefix(h.openedAt("Canary noon", "2026-01-07", "12:00"), "/cohorts/")
	enroll := func(cohort, participant string) reply {
		return p.ask(http.MethodPost, "/cohorts/"+cohort+"/enrollments", `{"participant": {`+participant+`}}`)
	}
	const maria = `"name": "Maria Canary", "email": "maria@canary.example", "phone": "+1 202 555 0100"`
	if answer := enroll(first, maria); answer.StatusCode != http.StatusCreated {
		t.Fatal(answer.body)
	}
	asked := enroll(second, `"name": "Canary, MARÍA", "email": "MARIA@canary.example"`)
	var problem struct {
		Candidates []struct {
			ID string
			By []string
		}
		Enrollment string
	}
	if err := json.Unmarshal([]byte(asked.body), &problem); err != nil || asked.StatusCode != http.StatusConflict ||
		len(problem.Candidates) != 1 ||
		fmt.Sprint(problem.Candidates[0].By) != "[email]" || strings.Contains(asked.body, "Maria") {
		t.Fatalf("%d %s, %v", asked.StatusCode, asked.body, err)
	}
	known := `"id": "` + problem.Candidates[0].ID + `"`
	if answer := enroll(second, known); answer.StatusCode != http.StatusCreated ||
		h.count("SELECT count(*) FROM people") != 1 {
		t.Errorf("the known one: %d %s", answer.StatusCode, answer.body)
	}
	again := enroll(second, known)
	if err := json.Unmarshal([]byte(again.body), &problem); err != nil || again.StatusCode != http.StatusConflict ||
		!scheduler.IsID(problem.Enrollment) {
		t.Errorf("enrolled twice: %d %s", again.StatusCode, again.body)
	}
	if answer := enroll(second, maria+`, "new": true`); answer.StatusCode != http.StatusCreated ||
		h.count("SELECT count(*) FROM people") != 2 {
		t.Errorf("somebody new: %d %s", answer.StatusCode, answer.body)
	}
}

// One id of another system is one person, whatever cohort is asked for; one that
// contradicts the rest is a conflict at its field.
func TestAPIKnowsIdsOfOtherSystems(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.ScopeEnroll)
	first, second := strings.TrimPrefix(h.opened(), "/cohorts/"),
		strings.TrimPrefix(h.openedAt("Canary noon", "2026-01-07", "12:00"), "/cohorts/")
	overlap := strings.TrimPrefix(h.openedAt("Canary beside", "2026-01-06", "19:00"), "/cohorts/")
	for _, tt := range []struct {
		cohort, name, value string
		status              int
	}{
		{first, "Maria Canary", "8812", http.StatusCreated},
		{second, "María Canary", "8812", http.StatusCreated},
		{first, "Maria Canary", "8812", http.StatusConflict},   // in that groalready makes up
		{overlap, "Maria Canary", "8812", http.StatusConflict}, // somewhere else at that time
		{second, "Sam Green", "8812", http.StatusConflict},     // another name
		{second, "Maria Canary", "1", http.StatusCreated},      // another id, and nothing else in common
	} {
		answer := p.ask(http.MethodPost, "/cohorts/"+tt.cohort+"/enrollments",
			`{"participant": {"name": "`+tt.name+`", "external_ids": [{"system": "ehr", "value": "`+tt.value+`"}]}}`)
		if answer.StatusCode != tt.status {
			t.Errorf("%s with %s: %d, want %d: %s", tt.name, tt.value, answer.StatusCode, tt.status, answer.body)
		}
	}
	if n := h.count("SELECT count(*) FROM people"); n != 2 {
		t.Errorf("%d people, want 2", n)
	}
}

// A byte order mark is passed over, numbers are read where the person is, and what
// counts for nothing or shows as something else is refused at its field.
func TestAPIReadsWhatPeopleBring(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.ScopeEnroll, access.ScopeRead)
	cohort := strings.TrimPrefix(h.opened(), "/cohorts/")
	for _, tt := range []struct {
		body   string
		status int
		want   string
	}{
		{"\ufeff" + `{"participant": {"name": "Pat One"}}`, 201, ""},
		{`{"participant": {"name": "Pat Two", "phone": "06 12 34 56 78", "zone": "Europe/Paris"}}`, 201, ""},
		{`{"participant": {"name": "Pat Three", "phone": "06 12 34 56 78", "zone": "America/Chicago"}}`, 422,
			`body.participant.phone`},
		{`{"participant": {"name": "Pat\u202eruoF"}}`, 422, `body.participant.name`},
		{`{"participant": {"name": "Pat", "email": "pat@exa mple.net"}}`, 422, `body.participant.email`},
		{`{"participant": {"name": "Pat", "email": "pat@example.net",
			"consents": [{"channel": "email", "text_version": "1", "at": "2090-01-01T00:00:00Z"}]}}`,
			422, "cannot be dated in the future"},
		{`{"participant": {"name": "Pat", "email": "pat@example.net", "consents": [{"channel": "email"}]}}`, 422,
			"needs the version of the text"},
		{`{"participant": {"name": "Pat", "email": "\u200bpat@example.net",
			"consents": [{"channel": "email", "text_version": "1"}]}}`, 201, ""},
	} {
		answer := p.ask(http.MethodPost, "/cohorts/"+cohort+"/enrollments", tt.body)
		if answer.StatusCode != tt.status || !strings.Contains(answer.body, tt.want) {
			t.Errorf("%q: %d, want %d with %q: %s", tt.body, answer.StatusCode, tt.status, tt.want, answer.body)
		}
	}
	found, err := h.db.FindByEmail(t.Context(), h.operator(), h.clinic, "PAT@example.net")
	if err != nil || found == "" {
		t.Errorf("nobody has the address without what is invisible: %v", err)
	}
	if n := h.count("SELECT count(*) FROM people"); n != 3 {
		t.Errorf("%d people", n)
	}
}
