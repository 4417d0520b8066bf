package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"almanac/scheduler/access"
)

// Today's numbers lead to their reports; a report is a page, a file that the audit knows, and an answer of the API.
func TestReports(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	cohort := h.openedAt("Canary noon", "2026-01-06", "12:00")
	h.enrolled(cohort, "Amina Canary", "amina@canary.example")
	shows(t, h.get("/", desk), http.StatusOK, `href="/reports/seats"`, `href="/reports/waiting"`,
		`href="/reports/attendance"`, `href="/reports/messages"`)
	chosen := "/reports/seats?from=2026-01-05&to=2026-01-11&cohort=" + strings.TrimPrefix(cohort, "/cohorts/")
	shows(t, h.get(chosen, desk), http.StatusOK, "Free seats", "A full bar is", `value="2026-01-05"`)
	file := h.post("/reports/seats/export", url.Values{"from": {"2026-01-05"}, "to": {"2026-01-11"}}, desk)
	shows(t, file, http.StatusOK, "from,to,Sessions,Seats,Taken,\"Taken, %\",Free,\"Free, %\",Full sessions",
		"2026-01-05,2026-01-11,1,")
	if kind := file.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/csv") {
		t.Errorf("the file is %s", kind)
	}
	shows(t, h.get("/audit", h.signIn(access.Admin)), http.StatusOK, "Exported a report")

	// What is wrong gets a sentence, what was typed stays, and nothing is exported.
	shows(t, h.get("/reports/seats?from=1976-01-01&to=2026-01-01", desk), http.StatusUnprocessableEntity,
		"from the year 2000 on", `value="1976-01-01"`)
	shows(t, h.post("/reports/seats/export", url.Values{"from": {"2026-02-31"}}, desk),
		http.StatusUnprocessableEntity, "not a valid date", `value="2026-02-31"`)
	shows(t, h.get("/reports/seats?cohort=0000000000000", desk), http.StatusUnprocessableEntity,
		"There is no such cohort")
	shows(t, h.get("/reports/rain", desk), http.StatusNotFound)
	if n := h.count("SELECT count(*) FROM audit WHERE action = 'report.export'"); n != 1 {
		t.Errorf("the audit has %d exports", n)
	}

	// The front desk sees who waits, and never who came.
	front := h.signIn(access.FrontDesk)
	waiting := h.get("/reports/waiting", front)
	shows(t, waiting, http.StatusOK, "Free seats")
	if strings.Contains(waiting.body, "/reports/attendance") {
		t.Error("the front desk is led to attendance")
	}
	shows(t, h.get("/reports/attendance", front), http.StatusForbidden)
	shows(t, h.post("/reports/attendance/export", nil, front), http.StatusForbidden)
}

func TestAPIReports(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.ScopeRead)
	h.enrolled(h.openedAt("Canary noon", "2026-01-06", "12:00"), "Amina Canary", "amina@canary.example")
	got, _ := p.must(http.StatusOK, http.MethodGet, "/reports/seats?from=2026-01-05&to=2026-01-18", "")
	rows := got["rows"].([]any)
	if len(rows) != 2 || rows[0].(map[string]any)["values"].(map[string]any)["taken"] != 1.0 {
		t.Errorf("the seats are %v", got)
	}
	got, _ = p.must(http.StatusOK, http.MethodGet, "/reports/waiting?from=2025-12-01&to=2025-12-07", "")
	values := got["rows"].([]any)[0].(map[string]any)["values"].(map[string]any)
	if value, there := values["median"]; !there || value != nil {
		t.Errorf("the median of no one is %v", value)
	}
	wrong, _ := p.must(http.StatusUnprocessableEntity, http.MethodGet,
		"/reports/seats?from=2026-02-01&to=2026-01-01", "")
	if where := wrong["errors"].([]any)[0].(map[string]any)["location"]; where != "query.to" {
		t.Errorf("the problem is at %v", where)
	}
	p.must(http.StatusUnprocessableEntity, http.MethodGet, "/reports/rain", "")
	h.program(access.ScopeAttendance).must(http.StatusForbidden, http.MethodGet, "/reports/attendance", "")
}
