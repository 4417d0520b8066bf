package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"almanac/scheduler/access"
	"almanac/web"
)

const firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"

// signInOn signs a member of staff in by a link of the house, with a browser that names itself.
func (h *house) signInOn(staff, userAgent string) (cookie string) {
	h.t.Helper()
	link, err := h.db.NewLink(h.t.Context(), h.operator(), h.clinic, h.memberID(staff), time.Hour)
	if err != nil {
		h.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/signin/"+link, nil)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("User-Agent", userAgent)
	for _, c := range h.send(r, "").Cookies() {
		if c.Name == "signin" {
			cookie = c.Value
		}
	}
	return cookie
}

// Members of staff see where they are signed in, and end one sign-in or all others; never somebody else's.
func TestOwnSignIns(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	auditor := h.signIn(access.Auditor)
	coordinator := h.signIn(access.Coordinator)
	windows, other := h.signInOn("auditor", firefox), h.signInOn("auditor", "")
	page := h.get("/account", auditor)
	shows(t, page, 200, "Firefox on Windows", "An unknown browser", "this one", "by a link from the server",
		"End all others", "auditor@canary.example")
	open, err := h.db.OpenSignIns(t.Context(), h.operator(), h.clinic, h.memberID("auditor"))
	if err != nil || len(open) != 3 {
		t.Fatalf("%d are open: %v", len(open), err)
	}
	for _, s := range open {
		if s.Device == "Firefox on Windows" {
			h.post("/account/sign-ins", url.Values{"end": {string(s.ID)}}, coordinator) // not theirs
			shows(t, h.get("/account", windows), 200)
			shows(t, h.post("/staff/"+h.staffCalled("auditor")+"/sign-ins", url.Values{"end": {string(s.ID)}},
				coordinator), 403)
			h.goesTo(h.post("/account/sign-ins", url.Values{"end": {string(s.ID)}}, auditor), "/account")
		}
	}
	shows(t, h.get("/account", windows), 404, "Please sign in again")
	shows(t, h.get("/account", other), 200)
	shows(t, h.post("/account/sign-ins", url.Values{"end": {"<i>"}}, auditor), 404, "There is no such sign-in")
	h.goesTo(h.post("/account/sign-ins", url.Values{"end": {"all"}}, auditor), "/account")
	shows(t, h.get("/account", other), 404)
	shows(t, h.get("/account", auditor), 200)
	shows(t, h.get("/account", coordinator), 200)
}

// An admin ends the sign-ins of a colleague, on their page and through the API.
func TestAdminsEndSignIns(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	admin, lee := h.signIn(access.Admin), h.signIn(access.Facilitator)
	at := "/staff/" + h.staffCalled("facilitator")
	shows(t, h.get(at, admin), 200, "Signed in", "by a link from the server")
	open, err := h.db.OpenSignIns(t.Context(), h.operator(), h.clinic, h.memberID("facilitator"))
	if err != nil || len(open) != 1 {
		t.Fatal(open, err)
	}
	h.goesTo(h.post(at+"/sign-ins", url.Values{"end": {string(open[0].ID)}}, admin), at)
	shows(t, h.get("/", lee), 404)
	hides(t, h.get(at, admin), "by a link from the server")
	shows(t, h.get("/audit", admin), 200, "Ended sign-ins")

	lee = h.signInOn("facilitator", firefox)
	p := h.program(access.ScopeStaff)
	for _, step := range []struct{ method, path, body, want string }{
		{"GET", at + "/sign-ins", "", `"device":"Firefox on Windows"`},
		{"POST", at + "/sign-ins/end", `{"dry_run": true}`, `"ended":1`},
		{"POST", at + "/sign-ins/end", `{"sign_in": "0000000000000"}`, `"ended":0`},
		{"POST", at + "/sign-ins/end", `{}`, `"ended":1`},
		{"GET", at + "/sign-ins", "", `"sign_ins":[]`},
	} {
		if got := p.ask(step.method, step.path, step.body); !strings.Contains(got.body, step.want) {
			t.Errorf("%s %s %s: %d %s", step.method, step.path, step.body, got.StatusCode, got.body)
		}
	}
	shows(t, h.get("/", lee), 404)
}

// Browsers are told apart in plain words.
func TestDevicesInWords(t *testing.T) {
	t.Parallel()
	for userAgent, want := range map[string]string{
		firefox: "Firefox on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 " +
			"Safari/605.1.15": "Safari on a Mac",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) " +
			"CriOS/137.0 Mobile/15E148 Safari/604.1": "Chrome on an iPhone",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0 Safari/537.36 " +
			"Edg/137.0": "Edge on Windows",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 " +
			"Chrome/130.0 Mobile Safari/537.36": "Samsung Internet on Android",
		"curl/8.5.0": "", "<b>": "", "": "",
	} {
		if got := web.DeviceOf(userAgent); got != want {
			t.Errorf("%q is %q, want %q", userAgent, got, want)
		}
	}
}
