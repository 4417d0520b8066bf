package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"almanac/scheduler/access"
)

// Two records are merged after a preview; the page of the other one leads to the one that stays.
func TestMergingTwoRecords(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	first := h.enrolled(h.opened(), "Ana Canary", "ana@old.example")
	at := h.find(recordPattern, h.get(first, desk).body)
	h.at(moved.Add(time.Minute))
	second := h.enrolled(h.openedLedBy("", "Other evening", "10:00"), "Canary Ana", "ana@new.example")
	other := h.find(recordPattern, h.get(second, desk).body)
	with := strings.TrimPrefix(other, "/people/")
	shows(t, h.post(at+"/merge", url.Values{"find": {"canary"}, "again": {"yes"}}, desk), http.StatusOK,
		at+"/merge?with="+with)
	shows(t, h.post(at+"/merge", url.Values{}, desk), http.StatusUnprocessableEntity, "Choose the other record")
	shows(t, h.post(at+"/merge", url.Values{"find": {strings.Repeat("canary ", 40)}, "again": {"yes"}}, desk),
		http.StatusUnprocessableEntity, "This is too long for a search. Shorten it.", `value="canary canary`,
		`href="#f-with"`)
	shows(t, h.get(at+"/merge?with="+with, desk), http.StatusOK, "ana@new.example", "Preview merge")
	shows(t, h.get(at+"/merge?with="+strings.TrimPrefix(at, "/people/"), desk), http.StatusOK, "same record twice")
	form := url.Values{"with": {with}, "step": {"choices"}, "consents": {"email"}, "name": {strings.TrimPrefix(at,
		"/people/")}}
	preview := h.post(at+"/merge", form, desk)
	shows(t, preview, http.StatusOK, "What stays", "cannot be undone", "Ana Canary", "ana@new.example")
	form.Set("change_no", h.find(changePattern, preview.body))
	h.goesTo(h.post(at+"/merge", form, desk), at)
	page := h.get(at, desk)
	shows(t, page, http.StatusOK, first, second, "ana@new.example", "Merged with a duplicate")
	h.goesTo(h.get(other, desk), at)
	shows(t, h.get(other+"/edit", desk), http.StatusOK)
	shows(t, h.get(other+"/merge", desk), http.StatusConflict, "merged into another one")
	shows(t, h.post(at+"/merge", form, h.signIn(access.Facilitator)), http.StatusForbidden)
}

// A program merges by POST; what cannot be is said at its field.
func TestMergingByProgram(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, cohort := h.signIn(access.Coordinator), h.opened()
	id := func(enrollment string) string {
		return strings.TrimPrefix(h.find(recordPattern, h.get(enrollment, desk).body), "/people/")
	}
	ana := id(h.enrolled(cohort, "Ana Canary", "ana@old.example"))
	twin := id(h.enrolled(cohort, "Ana C", "ana@new.example"))
	free := id(h.enrolled(h.openedLedBy("", "Other evening", "10:00"), "Ana Canary", "ana@third.example"))
	program := h.program(access.ScopeEnroll)
	refused, _ := program.must(http.StatusConflict, http.MethodPost, "/people/"+ana+"/merge", `{"with": "`+twin+`"}`)
	if text := refused["detail"]; !strings.Contains(text.(string), "enrolled in") {
		t.Errorf("it says %v", refused)
	}
	dry, _ := program.must(http.StatusOK, http.MethodPost, "/people/"+ana+"/merge",
		`{"with": "`+free+`", "dry_run": true}`)
	if preview := dry["preview"].(map[string]any); dry["email"] != "ana@old.example" || preview["undoable"] != false ||
		!strings.Contains(preview["says"].(string), "cannot be undone") {
		t.Errorf("a dry run answers %v", dry)
	}
	done, _ := program.must(http.StatusOK, http.MethodPost, "/people/"+ana+"/merge",
		`{"with": "`+free+`", "email": "`+ana+`", "consents": []}`)
	if done["email"] != "ana@old.example" || done["unreachable"] != true || len(done["enrollments"].([]any)) != 2 {
		t.Errorf("it answers %v", done)
	}
	left, _ := program.must(http.StatusOK, http.MethodGet, "/people/"+free, "")
	if left["merged_into"] != ana {
		t.Errorf("the other one is %v", left)
	}
}
