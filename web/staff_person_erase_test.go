package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"almanac/scheduler/access"
)

// A privacy officer holds somebody, lifts the hold and erases them, after a preview.
func TestErasingAPerson(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, privacy := h.signIn(access.Coordinator), h.signIn(access.PrivacyOfficer)
	enrollment := h.enrolled(h.opened(), "Ana Canary", "ana@old.example")
	at := h.find(recordPattern, h.get(enrollment, desk).body)
	shows(t, h.get(at+"/erase", desk), http.StatusForbidden)
	shows(t, h.get(at+"/erase", privacy), http.StatusConflict, "still enrolled in", "What goes")
	h.goesTo(h.through(enrollment+"/withdraw", url.Values{}, desk), enrollment)
	shows(t, h.get(at+"/erase", privacy), http.StatusConflict, "can still be undone")
	h.at(moved.Add(10 * time.Minute))
	shows(t, h.post(at+"/hold", url.Values{"reason": {" "}}, privacy), http.StatusUnprocessableEntity, "Say why")
	h.goesTo(h.post(at+"/hold", url.Values{"reason": {"Case <17>"}}, privacy), at)
	shows(t, h.get(at, privacy), http.StatusOK, "A legal hold stands", "Case &lt;17&gt;")
	if page := h.get(at, desk); !strings.Contains(page.body, "A legal hold stands") ||
		strings.Contains(page.body, "Case") {
		t.Error("a coordinator reads the reason, or no hold at all")
	}
	shows(t, h.get(at+"/erase", privacy), http.StatusConflict, "Look at the legal hold")
	h.goesTo(h.post(at+"/hold", url.Values{"do": {"lift"}}, privacy), at)
	preview := h.get(at+"/erase", privacy)
	shows(t, preview, http.StatusOK, "1 consent ends.", "Erased person", "Erase <bdi>Ana Canary</bdi>")
	form := url.Values{"change_no": {h.find(changePattern, preview.body)}}
	h.goesTo(h.post(at+"/erase", form, privacy), at)
	page := h.get(at, privacy)
	shows(t, page, http.StatusOK, "Erased person", "This person was erased on")
	if strings.Contains(page.body, "Ana Canary") || strings.Contains(page.body, "old.example") {
		t.Error("the page still names them")
	}
	shows(t, h.get(at+"/erase", privacy), http.StatusConflict, "was erased")
	shows(t, h.post(at+"/edit", url.Values{"name": {"Ana"}}, desk), http.StatusConflict, "was erased")
	if listed := h.get("/people", desk); strings.Contains(listed.body, "Erased person") {
		t.Error("the list of people has them")
	}
	if strings.Contains(h.log.String(), "Ana Canary") || strings.Contains(h.log.String(), "old.example") {
		t.Error("the log names them")
	}
}

// A program erases by POST, and a dry run says what that would take.
func TestErasingByProgram(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	enrollment := h.enrolled(h.opened(), "Ana Canary", "ana@old.example")
	at := h.find(recordPattern, h.get(enrollment, desk).body)
	h.goesTo(h.through(enrollment+"/withdraw", url.Values{}, desk), enrollment)
	h.at(moved.Add(10 * time.Minute))
	h.program(access.ScopeEnroll).must(http.StatusForbidden, http.MethodPost, at+"/erase", `{}`)
	program := h.program(access.ScopeStaff)
	program.must(http.StatusNoContent, http.MethodPut, at+"/hold", `{"reason": "Case 17"}`)
	program.must(http.StatusConflict, http.MethodPost, at+"/erase", `{}`)
	program.must(http.StatusNoContent, http.MethodDelete, at+"/hold?dry_run=true", "")
	program.must(http.StatusNoContent, http.MethodDelete, at+"/hold", "")
	program.must(http.StatusNotFound, http.MethodDelete, at+"/hold", "")
	dry, _ := program.must(http.StatusOK, http.MethodPost, at+"/erase", `{"dry_run": true}`)
	if len(dry["goes"].([]any)) < 3 || !strings.Contains(dry["remains"].(string), "Erased person") {
		t.Errorf("a dry run answers %v", dry)
	}
	shows(t, h.get(at, desk), http.StatusOK, "Ana Canary")
	program.must(http.StatusOK, http.MethodPost, at+"/erase", `{}`, "Idempotency-Key", "k1")
	program.must(http.StatusOK, http.MethodPost, at+"/erase", `{}`, "Idempotency-Key", "k1")
	program.must(http.StatusConflict, http.MethodPost, at+"/erase", `{}`)
	left, _ := h.program(access.ScopeRead).must(http.StatusOK, http.MethodGet, at, "")
	if left["name"] != "Erased person" || left["email"] != nil && left["email"] != "" {
		t.Errorf("what is left: %v", left)
	}
}
