package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"almanac/scheduler/access"
)

// The answer to a legal request names nobody and reads the same for every name.
func TestLegalAnswerTellsNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.enrolled(h.opened(), "Amina Canary", "amina@canary.example")
	page := h.get("/legal-answer", h.signIn(access.PrivacyOfficer))
	shows(t, page, 200, "does not allow us to say whether any person is, was or was not served here", "2.61 to 2.67")
	hides(t, page, "Amina")
	shows(t, h.get("/legal-answer", h.signIn(access.Facilitator)), 403)
	said, _ := h.program(access.ScopeRead).must(http.StatusOK, http.MethodGet, "/legal-answer", "")
	if all, ok := said["paragraphs"].([]any); !ok || len(all) < 5 {
		t.Errorf("the API says %v", said)
	}
}

// The scope of a breach is listed on paper, as a table and by the API, with the permission for it.
func TestBreachScopeIsListed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	enrollment := h.enrolled(h.opened(), "Amina Canary", "amina@canary.example")
	h.get(enrollment, h.signIn(access.Coordinator))
	officer := h.signIn(access.PrivacyOfficer)
	shows(t, h.get("/breach", officer), 200, "Canary coordinator", "List them")
	shows(t, h.get("/audit", officer), 200, `href="/breach"`)
	form := url.Values{"from": {"2026-01-01"}, "until": {"2026-01-01"}}
	paper := h.post("/breach", form, officer)
	shows(t, paper, 200, "1 person, from", "Amina Canary", "Enrolled", "Saw people")
	form.Set("as", "csv")
	shows(t, h.post("/breach", form, officer), 200, "id,name,times", "Amina Canary")
	shows(t, h.post("/breach", url.Values{}, officer), 422, "#f-from")
	shows(t, h.post("/breach", url.Values{"from": {"May"}}, officer), 422, "#f-from", `value="May"`)
	shows(t, h.get("/audit", officer), 200, "Listed whose records were touched", "period")
	for _, role := range []access.Role{access.Auditor, access.Coordinator, access.Facilitator} {
		shows(t, h.get("/breach", h.signIn(role)), 403)
	}
	p := h.program(access.ScopeAudit)
	found, _ := p.must(http.StatusOK, http.MethodGet,
		"/audit/touched?from=2026-01-01T00:00:00Z&until=2027-01-01T00:00:00Z", "")
	if people, ok := found["people"].([]any); !ok || len(people) != 1 {
		t.Errorf("the API lists %v", found)
	}
	p.must(http.StatusUnprocessableEntity, http.MethodGet, "/audit/touched", "")
}
