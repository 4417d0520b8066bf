package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// Where a clinic asks for more than a link by mail, such a link leads only to proving oneself, or to adding what does.
func TestLinksAreNotEnoughForTheClinic(t *testing.T) {
	t.Parallel()
	p := newProviderHouse(t)
	admin, key := p.signIn(access.Admin), newAuthenticator()
	wanted := func() url.Values {
		c, err := p.db.Clinic(t.Context(), p.operator(), p.clinic)
		if err != nil {
			t.Fatal(err)
		}
		return url.Values{"name": {c.Name}, "zone": {c.Zone}, "facilitators": {c.Facilitators}, "sign_in": {"strong"}}
	}
	shows(t, p.post("/clinic", wanted(), admin), 422, "lock you out")
	if r := p.adds(key, "My phone", admin); r.status != 200 {
		t.Fatalf("%+v", r)
	}
	api := p.program(access.ScopeStaff, access.ScopeRead)
	p.signIn(access.Coordinator)
	shows(t, p.get("/clinic", admin), 200, "1 of 2 on the staff has neither")
	for want, body := range map[string]string{`"staff_without":1`: `{"sign_in": "strong", "dry_run": true}`,
		"Choose what lets staff in": `{"sign_in": "weak"}`} {
		if got := api.ask("PATCH", "/clinic", body); !strings.Contains(got.body, want) {
			t.Errorf("%s: %d %s", body, got.StatusCode, got.body)
		}
	}
	p.goesTo(p.post("/clinic", wanted(), admin), "/clinic")

	p.at(moved.Add(2 * time.Minute))
	asked := p.mailed(access.Coordinator)
	page := p.get("/intake", asked)
	shows(t, page, 403, "Your clinic asks everyone for more than a link by email", "Ask an admin")
	shows(t, p.post("/clinic", wanted(), p.mailed(access.Admin)), 403, "Use a passkey", "Nothing you typed is lost")
	if r := p.adds(newAuthenticator(), "Mine", asked); r.status != 403 {
		t.Errorf("a link that was asked for adds a passkey: %+v", r)
	}
	shows(t, p.post("/account/sign-ins", url.Values{"end": {"all"}}, asked), 403)

	link, err := p.db.NewLink(t.Context(), access.Staff(p.staffCalled("admin"), string(p.clinic), access.Admin),
		p.clinic, p.memberID("coordinator"), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	invited := p.opens(link)
	shows(t, p.get("/intake", invited), 403, "Add a passkey", "Link your account at North Hospital")
	shows(t, p.get("/account", invited), 200, "Link your organization account")
	p.person("sub-1", "")
	p.goesTo(p.through("/account/provider/link", "", invited), "/account")
	shows(t, p.get("/intake", invited), 200)
	p.at(moved.Add(14 * time.Minute))
	shows(t, p.get("/intake", invited), 200)
	p.at(moved.Add(24 * time.Minute))
	shows(t, p.get("/intake", invited), 200) // proof ends, the key stays
	in := p.through("/signin/oidc", "/intake", "")
	shows(t, p.get("/intake", signedInBy(in)), 200)
	c, err := p.db.Clinic(t.Context(), p.operator(), p.clinic)
	if err != nil || c.SignIn != reads.SignInStrong {
		t.Error(c, err)
	}
}
