package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/passkey/passkeytest"
	"almanac/scheduler/reads"
	"almanac/web"
)

// A screen that was idle for 15 minutes is locked on every address, stays so however often it is asked, and is
// unlocked by a passkey; the form that was sent is sent again.
func TestIdleScreensAreLocked(t *testing.T) {
	t.Parallel()
	h, _ := keyHouse(t)
	desk, a := h.signIn(access.Coordinator), newAuthenticator()
	cohort := h.opened()
	h.adds(a, "My phone", desk)
	h.at(moved.Add(14 * time.Minute))
	shows(t, h.get("/intake", desk), 200, `data-lock="15"`)
	h.at(moved.Add(28 * time.Minute))
	shows(t, h.get("/locked", desk), 200, `"locked":false`)
	h.at(moved.Add(29 * time.Minute)) // asking was no use
	shows(t, h.get("/locked", desk), 200, `"locked":true`)
	form := url.Values{"name": {"Amina <Canary>"}, "language": {"en"}}
	for range 2 {
		locked := h.get("/intake?sort=name", desk)
		shows(t, locked, 423, "Locked", "Canary coordinator", "Unlock with a passkey")
		hides(t, locked, "Canary evening", "Intake")
		asked := h.post(cohort+"/enroll", form, desk)
		shows(t, asked, 423, "Nothing you typed is lost", "Amina &lt;Canary&gt;")
	}
	if r := h.uses(newKeyOf(t, h), "/passkey/prove", desk); r.status != 409 {
		t.Errorf("the passkey of somebody else: %+v", r)
	}
	shows(t, h.get("/intake", desk), 423)
	if r := h.uses(a, "/passkey/prove", desk); r.status != 200 {
		t.Fatalf("unlocking: %+v", r)
	}
	h.goesTo(h.post(cohort+"/enroll", form, desk), "/enrollments/")
	h.at(moved.Add(60 * time.Minute))
	shows(t, h.get("/", desk), 423)
	h.goesTo(h.post("/signout", nil, desk), "/signin")
	shows(t, h.get("/", desk), 404)
}

// Only addresses for staff show the page to unlock, the description of the API included. Every other one answers a
// locked browser as it answers a stranger.
func TestOnlyAddressesOfStaffAreLocked(t *testing.T) {
	t.Parallel()
	h, _ := keyHouse(t)
	h.restart(withHealth(h.server.Options), h.server.Options.Library)
	desk := h.signIn(access.Coordinator)
	shows(t, h.get("/readyz", desk), 200, "10.1.2.3")
	shows(t, h.get("/api/v1/docs", desk), 200)
	h.at(moved.Add(20 * time.Minute))
	for _, path := range []string{"/", "/account", "/api/v1/docs", "/api/v1/openapi.json"} {
		locked := h.get(path, desk)
		shows(t, locked, 423, "Canary coordinator", "so this screen is locked")
		hides(t, locked, "openapi", "Bearer")
	}
	shows(t, h.get("/nowhere", desk), 404, "There is nothing at this address.")
	shows(t, h.post("/signin/usedup", nil, desk), 404, "This link does not work")
	shows(t, h.post("/signin/first/wrong", url.Values{"name": {"Sam"}}, desk), 404)
	for _, path := range []string{"/nowhere", "/readyz", "/signin/first/wrong"} {
		hides(t, h.get(path, desk), "Canary", "Locked", "10.1.2.3")
	}
	shows(t, h.get("/api/v1/cohorts", desk), 401)
}

// withHealth adds a part whose state names an address.
func withHealth(o web.Options) web.Options {
	o.Health = func(context.Context) []reads.Part {
		return []reads.Part{{Name: "mail", State: reads.OK, Message: "The mail server is 10.1.2.3."}}
	}
	return o
}

// Whichever way a browser gets another sign-in, the one that it carried ends.
func TestASignInReplacesTheOneBefore(t *testing.T) {
	t.Parallel()
	h, _ := keyHouse(t)
	desk, a := h.signIn(access.Coordinator), newAuthenticator()
	h.adds(a, "My phone", desk)
	for _, carried := range []string{desk, h.signIn(access.Facilitator)} {
		shows(t, h.get("/account", carried), 200)
		if in := h.uses(a, "/passkey/sign-in", carried); in.status != 200 || h.get("/", in.cookie).StatusCode != 200 {
			t.Fatalf("signing in: %+v", in)
		}
		shows(t, h.get("/account", carried), 404)
	}
	a.Origin = "http://evil.example"
	if r := h.uses(a, "/passkey/sign-in", h.signIn(access.Admin)); r.status != 422 {
		t.Errorf("a passkey of another site: %+v", r)
	}
	shows(t, h.get("/account", h.signIn(access.Admin)), 200)
}

// newKeyOf is an authenticator with a passkey of an admin.
func newKeyOf(t *testing.T, h *house) (a *passkeytest.Authenticator) {
	t.Helper()
	a = newAuthenticator()
	if r := h.adds(a, "Theirs", h.signIn(access.Admin)); r.status != 200 {
		t.Fatalf("%+v", r)
	}
	return a
}

// A fresh link that is opened in the same browser unlocks it: the sign-in before it ends.
func TestALinkUnlocks(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	h.at(moved.Add(20 * time.Minute))
	shows(t, h.get("/intake", desk), 423, "Locked")
	links, err := h.db.SignInLinks(t.Context(), access.System("web"), "coordinator@canary.example", time.Hour)
	if err != nil || len(links) != 1 {
		t.Fatal(links, err)
	}
	r := httptest.NewRequest(http.MethodPost, "/signin/"+links[0].Token, strings.NewReader(""))
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	var fresh string
	for _, c := range h.send(r, desk).Cookies() {
		if c.Name == "signin" {
			fresh = c.Value
		}
	}
	shows(t, h.get("/intake", fresh), 200)
	shows(t, h.get("/intake", desk), 404)
}

// A page knows whose it is. What the script asks says so, too, and a form that waits on a locked screen is not sent by
// somebody else who signs in on the same browser.
func TestAScreenBelongsToOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	a, again, b := h.signIn(access.Coordinator), h.signInOn("coordinator", firefox), h.signIn(access.Admin)
	cohort := h.opened()
	holder := regexp.MustCompile(`data-holder="([a-z2-7]{26})"`)
	of := h.find(holder, h.get("/intake", a).body)
	if h.find(holder, h.get("/account", again).body) != of || h.find(holder, h.get("/account", b).body) == of {
		t.Error("the digest does not tell two people apart, or not in two sign-ins")
	}
	guarded := `data-lock="15" data-holder="` + of + `"`
	shows(t, h.get("/cohorts/none", a), 404, guarded)
	for _, path := range []string{cohort + "/roster", h.sessions(cohort)[0] + "/sheet"} { // for paper
		shows(t, h.get(path, a), 200, guarded, "/app.js")
	}
	for _, answer := range []reply{h.get("/locked", a), h.post("/account/use", nil, a)} {
		shows(t, answer, 200, `"holder":"`+of+`"`, `"locked":false`)
	}
	h.at(moved.Add(16 * time.Minute))
	locked := h.post(cohort+"/enroll?sort=x", url.Values{"name": {"Amina <Canary>"}, "language": {"en"}}, a)
	shows(t, locked, 423, "Nothing you typed is lost")
	at := h.find(regexp.MustCompile(`<form method="post" action="(/cohorts/[^"]+)"`), locked.body)
	at = strings.ReplaceAll(at, "&amp;", "&")
	form := url.Values{"name": {"Amina <Canary>"}, "language": {"en"}}
	stillLocked := h.post(at, form, b)
	shows(t, stillLocked, 423)
	hides(t, stillLocked, "Canary coordinator")
	other, own := h.signInOn("admin", firefox), h.signInOn("coordinator", firefox)
	shows(t, h.post(at, form, other), 409, "Somebody else filled in this form")
	h.goesTo(h.post(at, form, own), "/enrollments/")
}

// Typing is a use: the script says so once a minute, and the screen of somebody who works stays open. Asking is none.
func TestTypingIsAUse(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	for minute := range 40 {
		h.at(moved.Add(time.Duration(minute) * time.Minute))
		shows(t, h.post("/account/use", nil, desk), 200, `"locked":false`)
	}
	h.at(moved.Add(54 * time.Minute))
	shows(t, h.get("/locked", desk), 200, `"locked":true`)
	shows(t, h.post("/account/use", nil, desk), 423)
	shows(t, h.get("/", desk), 423)
	h.at(moved.Add(12 * time.Hour))
	shows(t, h.post("/account/use", nil, desk), 404)
	shows(t, h.get("/locked", desk), 404)
}

// A clinic chooses after how many minutes; nonsense is refused and stays in the form.
func TestTheClinicChoosesTheLock(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	admin := h.signIn(access.Admin)
	form := url.Values{"name": {"Canary clinic"}, "zone": {"America/New_York"}, "facilitators": {"own"}}
	for _, wrong := range []string{"4", "61", "soon", "-5"} {
		form.Set("lock_minutes", wrong)
		shows(t, h.post("/clinic", form, admin), 422, "Type 5 to 60 minutes.", `value="`+wrong+`"`,
			`data-lock="15"`) // what is typed does not count yet
	}
	form.Set("lock_minutes", "30")
	h.goesTo(h.post("/clinic", form, admin), "/clinic")
	h.at(moved.Add(29 * time.Minute))
	shows(t, h.get("/clinic", admin), 200, `value="30"`, `data-lock="30"`)
	p := h.program(access.ScopeStaff)
	if got := p.ask("PATCH", "/clinic", `{"lock_minutes": 5}`); !strings.Contains(got.body, `"lock_minutes":5`) {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
	if got := p.ask("PATCH", "/clinic", `{"lock_minutes": 600}`); got.StatusCode != 422 {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
	h.at(moved.Add(34 * time.Minute))
	shows(t, h.get("/clinic", admin), 423)
}

// Somebody who leads a session that is running is not locked before its end.
func TestNobodyIsLockedInTheirSession(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.signIn(access.Facilitator)
	cohort := h.opened()
	lead := url.Values{"facilitator": {h.staffCalled("facilitator")}, "reason": {"trained soon"}}
	h.goesTo(h.through(cohort+"/set", lead, h.signIn(access.Coordinator)), cohort)
	session, err := h.db.SessionHead(t.Context(), h.operator(), h.clinic, h.sessionID(cohort))
	if err != nil {
		t.Fatal(err)
	}
	start, end := session.Session.Start, session.Session.End
	h.at(start.Add(-time.Minute))
	leads, other := h.signInOn("facilitator", firefox), h.signInOn("coordinator", firefox)
	h.at(end.Add(-time.Second))
	shows(t, h.get("/locked", leads), 200, `"locked":false`)
	shows(t, h.get("/locked", other), 200, `"locked":true`)
	h.at(end)
	shows(t, h.get("/locked", leads), 200, `"locked":true`)
	h.at(end.Add(-time.Second))
	shows(t, h.get("/", leads), 200)
	shows(t, h.get("/", other), 423)
}

// sessionID is the id of the first session of a cohort.
func (h *house) sessionID(cohort string) scheduler.ID {
	h.t.Helper()
	return scheduler.ID(strings.TrimPrefix(h.sessions(cohort)[0], "/sessions/"))
}
