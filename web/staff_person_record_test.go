package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"almanac/scheduler/access"
)

// A coordinator exports one person, to print and as JSON; a program gets the same; the audit says so.
func TestExportingAPerson(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	at := h.find(recordPattern, h.get(h.enrolled(h.opened(), "Ana Canary", "ana@old.example"), desk).body)
	shows(t, h.get(at, desk), http.StatusOK, at+"/record")
	shows(t, h.get(at+"/record", desk), http.StatusOK, "Download as JSON")
	shows(t, h.post(at+"/record", url.Values{"as": {"page"}}, desk), http.StatusOK, "Ana Canary", "ana@old.example",
		"Dates and attendance", "more-telehealth")
	file := h.post(at+"/record", url.Values{"as": {"json"}}, desk)
	shows(t, file, http.StatusOK, `"name": "Ana Canary"`, `"sections": [`)
	if file.Header.Get("Content-Disposition") != `attachment; filename="record.json"` {
		t.Errorf("it is sent as %q", file.Header.Get("Content-Disposition"))
	}
	shows(t, h.get(at+"/record", h.signIn(access.Facilitator)), http.StatusForbidden)
	h.program(access.ScopeRead).must(http.StatusForbidden, http.MethodGet, at+"/record", "")
	got, _ := h.program(access.ScopeExport).must(http.StatusOK, http.MethodGet, at+"/record", "")
	if sections := got["sections"].([]any); len(sections) < 15 {
		t.Errorf("a program gets %d sections", len(sections))
	}
	audit := h.get("/audit?kind=exports", h.signIn(access.Admin))
	if n := strings.Count(audit.body, "Exported all about a person"); n != 3 {
		t.Errorf("the audit shows %d exports", n)
	}
}
