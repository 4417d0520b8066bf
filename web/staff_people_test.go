package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"almanac/scheduler/access"
	"almanac/scheduler/store"
)

// A search finds people by what staff know of them, and what was typed stands in no address and no log.
func TestSearchForPeople(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	cohort := h.opened()
	h.enrolled(cohort, "Ana María López", "ana@canary.example")
	h.enrolled(cohort, "Ben Carter", "ben@canary.example")
	all := h.get("/people", desk)
	wantStatus(t, all, http.StatusOK)
	for _, name := range []string{"Ana María López", "Ben Carter", "2 people at this clinic"} {
		if !strings.Contains(all.body, name) {
			t.Errorf("the list has no %q", name)
		}
	}
	for text, want := range map[string]string{"lopez ana": "Ana María López", "BEN": "Ben Carter",
		"ana@CANARY.example": "Ana María López", "Nobody Canary": "No one found"} {
		found := h.post("/people", url.Values{"query": {text}}, desk)
		wantStatus(t, found, http.StatusOK)
		if !strings.Contains(found.body, want) || strings.Contains(found.body, "Ben Carter") == (want != "Ben Carter") {
			t.Errorf("%q does not find %q alone", text, want)
		}
		if !strings.Contains(found.body, `name="query" value="`+text) {
			t.Errorf("%q is not kept in the box", text)
		}
	}
	long := h.post("/people", url.Values{"query": {strings.Repeat("canary ", 40)}}, desk)
	wantStatus(t, long, http.StatusUnprocessableEntity)
	if !strings.Contains(long.body, `value="canary canary`) {
		t.Error("what was typed is lost")
	}
	if !strings.Contains(long.body, "This is too long for a search. Shorten it.") {
		t.Error("a text that is too long is not explained")
	}
	wantStatus(t, h.get("/people?after=0000000000000", desk), http.StatusUnprocessableEntity)
	found, _ := h.program(access.ScopeRead).must(http.StatusOK, http.MethodGet, "/people?query=lopez+ana&limit=1", "")
	if found["total"] != 1.0 || found["people"].([]any)[0].(map[string]any)["name"] != "Ana María López" {
		t.Errorf("a program finds %v", found)
	}
	log := strings.ToLower(h.log.String())
	for _, secret := range []string{"lopez", "lópez", "canary", "carter"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %q", secret)
		}
	}
	if !strings.Contains(log, "route=/people") {
		t.Error("the log has no search at all")
	}
}

// Facilitators find the people of their own groups only.
func TestFacilitatorsFindTheirOwnPeople(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.facilitatorsSee(store.FacilitatorsOwn)
	cookie, lead := h.signInAs("Lead", access.Facilitator)
	own := h.openedLedBy(lead, "Own evening", "10:00")
	h.enrolled(own, "Ana Canary", "ana@canary.example")
	h.enrolled(h.opened(), "Ben Canary", "ben@canary.example")
	for _, answer := range []reply{h.get("/people", cookie),
		h.post("/people", url.Values{"query": {"canary"}}, cookie)} {
		wantStatus(t, answer, http.StatusOK)
		if !strings.Contains(answer.body, "Ana Canary") || strings.Contains(answer.body, "Ben Canary") ||
			!strings.Contains(answer.body, "1 person") {
			t.Error("a facilitator sees others than their own people")
		}
	}
}

func wantStatus(t *testing.T, answer reply, status int) {
	t.Helper()
	if answer.StatusCode != status {
		t.Fatalf("status %d, want %d\n%s", answer.StatusCode, status, problems(answer.body))
	}
}
