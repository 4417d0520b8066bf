package web_test

import (
	"net/http"
	"net/url"
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
	shows(t, h.get("/people", desk), http.StatusOK, `href="/export"`)
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

// A program with the scope export takes the tables, and each is in the audit; no other scope will do.
func TestTablesAreExportedByTheAPI(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.enrolled(h.openedAt("Canary noon", "2026-01-06", "12:00"), "=Amina Canary", "amina@canary.example")
	p := h.program(access.ScopeExport)
	for path, want := range map[string]string{
		"/exports/people":  "'=Amina Canary,amina@canary.example",
		"/exports/rosters": "'=Amina Canary,amina@canary.example",
		"/exports/attendance?from=2026-01-01&until=2026-12-31": "date,time,time zone",
		"/exports/tasks":                 "due,since,what",
		"/exports/notices?state=planned": "'=Amina Canary",
	} {
		answer := p.ask(http.MethodGet, path, "")
		shows(t, answer, http.StatusOK, want)
		if kind := answer.Header.Get("Content-Type"); kind != "text/csv; charset=utf-8" {
			t.Errorf("%s is %s", path, kind)
		}
	}
	if n := h.count("SELECT count(*) FROM audit WHERE action LIKE '%.export' AND actor LIKE 'token:%'"); n != 5 {
		t.Errorf("the audit has %d exports", n)
	}
	p.must(http.StatusUnprocessableEntity, http.MethodGet, "/exports/attendance", "")
	h.program(access.ScopeRead, access.ScopeWrite, access.ScopeEnroll, access.ScopeAttendance, access.ScopeStaff,
		access.ScopeAudit).must(http.StatusForbidden, http.MethodGet, "/exports/people", "")
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

// Rosters, attendance, messages and tasks leave as files without formulas; a wrong period shows the form again, and
// the search of a list applies.
func TestTablesAreExported(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	cohort := h.openedAt("=Canary noon", "2026-01-06", "12:00")
	h.openedAt("Other", "2026-01-06", "15:00")
	h.enrolled(cohort, "+Amina Canary", "amina@canary.example")
	id := strings.TrimPrefix(cohort, "/cohorts/")
	shows(t, h.get("/export", desk), http.StatusOK, "Export attendance", "Export rosters")
	shows(t, h.get("/export?cohort="+id, desk), http.StatusOK, "=Canary noon", "Export roster<")
	for _, form := range []url.Values{{"cohort": {id}}, {}, {"q": {"canary"}}} {
		shows(t, h.post("/export/rosters", form, desk), http.StatusOK,
			"\ufeffcohort,name,email", "'=Canary noon,'+Amina Canary,amina@canary.example,,Active")
	}
	if file := h.post("/export/rosters", url.Values{"q": {"other"}}, desk); strings.Contains(file.body, "Amina") {
		t.Error("the search of the list does not apply")
	}
	h.at(moved.AddDate(0, 0, 8))
	desk, _ = h.signInAs("Later", access.Coordinator)
	period := url.Values{"from": {"2026-01-01"}, "until": {"2026-01-31"}, "cohort": {id}}
	shows(t, h.post("/export/attendance", period, desk), http.StatusOK, "2026-01-06,12:00,America/New_York",
		"'+Amina Canary,not noted,,120")
	period.Set("until", "2025-12-31")
	shows(t, h.post("/export/attendance", period, desk), http.StatusUnprocessableEntity, "not before the first",
		`value="2025-12-31"`)
	shows(t, h.post("/export/notices", url.Values{"name": {"amina"}}, desk), http.StatusOK,
		"Welcome,'+Amina Canary,email")
	shows(t, h.post("/export/notices", url.Values{"day": {"2026-02-30"}}, desk), http.StatusUnprocessableEntity)
	shows(t, h.post("/export/tasks", nil, desk), http.StatusOK, "due,since,what,name")
	audit := h.get("/audit", h.signIn(access.Admin))
	shows(t, audit, http.StatusOK, "Exported rosters", "Exported attendance", "Exported notices", "Exported tasks")
	for _, role := range []access.Role{access.Facilitator, access.FrontDesk, access.Auditor} {
		shows(t, h.get("/export", h.signIn(role)), http.StatusForbidden)
		shows(t, h.post("/export/attendance", nil, h.signIn(role)), http.StatusForbidden)
	}
}

// A search that cannot be exported shows the notices again, with what was typed.
func TestExportOfAWrongSearchOfNotices(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	for _, day := range []string{"2026-02-31", "tomorrow"} {
		shows(t, h.post("/export/notices", url.Values{"name": {"Amina Canary"}, "day": {day}, "show": {"sent"}}, desk),
			http.StatusUnprocessableEntity, "<h1>Notices</h1>", "This is not a valid date", `value="Amina Canary"`,
			`value="`+day+`"`, `id="e-day"`, `value="sent" selected`)
	}
	long := h.post("/export/notices", url.Values{"name": {strings.Repeat("canary ", 400)}}, desk)
	shows(t, long, http.StatusUnprocessableEntity, "This is too long for a name", `value="canary canary`)
	shows(t, h.post("/export/attendance", url.Values{"from": {"2026-02-31"}, "until": {"2026-03-01"}}, desk),
		http.StatusUnprocessableEntity, `value="2026-02-31"`, `id="e-from"`)
}
