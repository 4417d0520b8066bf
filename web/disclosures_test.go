package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/store"
)

// enrollmentLink finds the first enrollment on a page.
var enrollmentLink = regexp.MustCompile(`href="(/enrollments/[0-9a-z]+)`)

// consented enrolls two people and gives their pages. The first has agreed that records go to Oak Street.
func (h *house) consented(staff string) (agreed, other string) {
	h.t.Helper()
	cohort := h.openedAt("Noon", "2026-01-06", "12:00")
	agreed = h.find(recordPattern, h.get(h.enrolled(cohort, "Amina Canary", "amina@canary.example"), staff).body)
	other = h.find(recordPattern, h.get(h.enrolled(cohort, "Ben Canary", "ben@canary.example"), staff).body)
	form := url.Values{"kind": {"disclosure"}, "to": {"Oak Street"}, "what": {"Attendance"}, "how": {"paper"},
		"purpose": {"The county asks"}, "expires": {"2026-06-30"}, "signed_on": {"2025-01-02"}}
	h.goesTo(h.post(agreed+"/consents/new", form, staff), agreed+"/consents/written")
	return agreed, other
}

// A roster that leaves has only people with a consent to its recipient, the statement in each row, and a line in their
// accounting. One that stays inside has everybody and no statement.
func TestRostersThatLeave(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	staff := h.signIn(access.Coordinator)
	agreed, other := h.consented(staff)
	inside := h.post("/export/rosters", url.Values{}, staff)
	shows(t, inside, 200, "Amina Canary", "Ben Canary")
	hides(t, inside, "42 CFR", "redisclosure")
	shows(t, h.post("/export/rosters", url.Values{"to": {"Oak Street"}}, staff), 422, "Say what the file is for.",
		"Say on which kind of consent", `value="Oak Street"`)
	form := url.Values{"to": {"oak street"}, "purpose": {"Probation report"}, "relies_on": {"disclosure"}}
	file := h.post("/export/rosters", form, staff)
	shows(t, file, 200, "Amina Canary", "redisclosure", scheduler.Redisclosure)
	hides(t, file, "Ben Canary")
	shows(t, h.get(agreed+"/disclosures", staff), 200, "oak street", "Probation report", "in a file",
		"Disclosure to one recipient, signed")
	shows(t, h.get(other+"/disclosures", staff), 200, "Nothing has left the programme.")
	shows(t, h.get(agreed+"/disclosures/print", h.signIn(access.PrivacyOfficer)), 200, "Accounting of disclosures",
		"Probation report")
	p := h.program(access.ScopeExport)
	shows(t, p.ask("GET", "/exports/rosters?to=Oak+Street&purpose=Asked&relies_on=disclosure", ""), 200,
		"Amina Canary", scheduler.Redisclosure)
	const period = "/exports/attendance?from=2026-01-01&until=2026-02-01"
	shows(t, p.ask("GET", period+"&to=Oak+Street&purpose=Asked&relies_on=tpo", ""), 200, "redisclosure")
	shows(t, p.ask("GET", "/exports/people?to=Oak+Street&purpose=Asked&relies_on=tpo", ""), 422, "stays inside")
	shows(t, p.ask("GET", "/exports/rosters?to=Oak+Street", ""), 422, "Say what the file is for.")
}

// The program of another organization sees whom consents name, gets the statement with it, and may do nothing else.
func TestOutsidersByTheAPI(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	staff := h.signIn(access.Coordinator)
	agreed, other := h.consented(staff)
	_, token, err := h.db.AddToken(t.Context(), h.operator(), h.clinic, store.TokenRequest{
		Scopes: []access.Scope{access.ScopeRead}, Organization: "Oak Street", Relies: scheduler.ConsentDisclosure})
	if err != nil {
		t.Fatal(err)
	}
	p := program{h, "", token}
	one := p.ask(http.MethodGet, agreed, "")
	shows(t, one, 200, "Amina Canary")
	if got := one.Header.Get("Redisclosure-Notice"); got != scheduler.Redisclosure {
		t.Errorf("the statement is %q", got)
	}
	shows(t, p.ask(http.MethodGet, other, ""), 404)
	list := p.ask(http.MethodGet, "/people", "")
	shows(t, list, 200, "Amina Canary")
	hides(t, list, "Ben")
	for _, path := range []string{"/cohorts", "/tasks", "/notices", agreed + "/written-consents",
		agreed + "/disclosures", "/exports/rosters", "/audit"} {
		shows(t, p.ask(http.MethodGet, path, ""), 403)
	}
	shows(t, h.get(agreed+"/disclosures", staff), 200, "Oak Street", "by a program of theirs", "dates and attendance")
	if own := h.program(access.ScopeRead).ask(http.MethodGet, agreed, ""); own.Header.Get("Redisclosure-Notice") != "" {
		t.Error("the clinic's own program gets the statement")
	}
}

// Every route of the API either refuses a program of another organization, or shows nobody without a consent.
func TestOutsidersFindNobodyElse(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	staff := h.signIn(access.Coordinator)
	_, other := h.consented(staff)
	enrollment := h.find(enrollmentLink, h.get(other, staff).body)
	_, token, err := h.db.AddToken(t.Context(), h.operator(), h.clinic, store.TokenRequest{
		Scopes: []access.Scope{access.ScopeRead}, Organization: "Oak Street", Relies: scheduler.ConsentDisclosure})
	if err != nil {
		t.Fatal(err)
	}
	p, asked := program{h, "", token}, 0
	for _, route := range h.server.Routes() {
		if route.Method != http.MethodGet || !strings.HasPrefix(route.Path, "/api/v1/") {
			continue
		}
		ids := []string{strings.TrimPrefix(other, "/people/"), strings.TrimPrefix(enrollment, "/enrollments/")}
		for _, id := range ids {
			path := strings.NewReplacer(":id", id, ":name", "rosters", ":kind", "tpo").Replace(route.Path)
			asked++
			hides(t, p.ask(http.MethodGet, strings.TrimPrefix(path, "/api/v1"), ""), "Ben", "ben@canary.example")
		}
	}
	if asked < 40 {
		t.Errorf("only %d requests", asked)
	}
}

// Staff log a letter or an emergency, with what is missing said at its field.
func TestDisclosuresAreLogged(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	staff := h.signIn(access.FrontDesk)
	agreed, _ := h.consented(h.signIn(access.Coordinator))
	at := agreed + "/disclosures"
	shows(t, h.post(at, url.Values{"to": {"Dr. Lee"}, "basis": {"consent"}, "what": {"Dates"}, "purpose": {"Asked"},
		"how": {"letter"}}, staff), 422, "Choose a consent in force", `value="Dr. Lee"`)
	h.goesTo(h.post(at, url.Values{"to": {"Dr. Lee"}, "basis": {"medical-emergency"}, "what": {"Medication"},
		"purpose": {"Unconscious"}, "how": {"phone"}}, staff), at)
	shows(t, h.get(at, staff), 200, "Dr. Lee", "Medical emergency, 42 CFR 2.51", "by telephone")
	p := h.program(access.ScopeRead, access.ScopeEnroll)
	body := `{"to": "Court", "what": "Dates", "purpose": "Order 12", "basis": "court-order", "how": "fax"`
	p.must(http.StatusNoContent, http.MethodPost, at, body+`, "dry_run": true}`)
	p.must(http.StatusNoContent, http.MethodPost, at, body+`}`)
	listed, _ := p.must(http.StatusOK, http.MethodGet, at, "")
	if n := len(listed["disclosures"].([]any)); n != 2 {
		t.Errorf("%d disclosures are listed", n)
	}
	shows(t, h.get(at, h.signIn(access.Facilitator)), 403)
}
