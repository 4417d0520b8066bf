package web_test

import (
	"net/http"
	"strings"
	"testing"

	"almanac/scheduler/access"
)

// The people of a clinic leave as a file that the import reads, and the audit says who took it.
func TestPeopleAreExported(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	h.enrolled(h.openedAt("Canary noon", "2026-01-06", "12:00"), "=Amina Canary", "amina@canary.example")
	shows(t, h.get("/people", desk), http.StatusOK, "Export as CSV")
	file := h.post("/export/people", nil, desk)
	shows(t, file, http.StatusOK, "'=Amina Canary,amina@canary.example")
	if kind := file.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/csv") {
		t.Errorf("the file is %s", kind)
	}
	again := h.upload("/people/import", file.body, map[string]string{"step": "preview"}, desk)
	shows(t, again, http.StatusOK, "already here")
	shows(t, h.get("/audit", h.signIn(access.Admin)), http.StatusOK, "Exported people")
	for _, role := range []access.Role{access.Facilitator, access.FrontDesk, access.Auditor} {
		shows(t, h.post("/export/people", nil, h.signIn(role)), http.StatusForbidden, "may not export people")
	}
}

// A program imports a table; with dry_run nothing changes, and a question is a conflict until it is answered.
func TestPeopleAreImportedByTheAPI(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.ScopeRead, access.ScopeEnroll)
	table := `"table": "name,email\nAna Ruiz,ana@canary.example\nBo Li,bo@\n"`
	would, _ := p.must(http.StatusOK, http.MethodPost, "/people/import", `{`+table+`, "dry_run": true}`)
	if n := h.count("SELECT count(*) FROM people"); n != 0 || would["preview"] == nil {
		t.Errorf("a dry run leaves %d people and answers %v", n, would)
	}
	done, _ := p.must(http.StatusOK, http.MethodPost, "/people/import", `{`+table+`}`, "Idempotency-Key", "one")
	rows := done["rows"].([]any)
	if n := h.count("SELECT count(*) FROM people"); n != 1 || len(rows) != 2 {
		t.Fatalf("an import leaves %d people and answers %v", n, done)
	}
	first, second := rows[0].(map[string]any), rows[1].(map[string]any)
	if first["fate"] != "new" || first["person"] == "" || second["fate"] != "wrong" || len(second["why"].([]any)) != 1 {
		t.Errorf("the rows are %v", rows)
	}
	like := `"table": "name,email\nAna Ruiz Gil,ana@canary.example\n"`
	p.must(http.StatusConflict, http.MethodPost, "/people/import", `{`+like+`}`)
	p.must(http.StatusOK, http.MethodPost, "/people/import", `{`+like+`, "answers": [{"line": 2, "new": true}]}`)
	if n := h.count("SELECT count(*) FROM people"); n != 2 {
		t.Errorf("there are %d people", n)
	}
	p.must(http.StatusUnprocessableEntity, http.MethodPost, "/people/import", `{"table": ""}`)
}
