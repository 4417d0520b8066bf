package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/oidc"
	"almanac/scheduler/oidc/oidctest"
	"almanac/scheduler/reads"
	"almanac/web"
)

// providerHouse is a house whose staff have accounts at an organization.
type providerHouse struct {
	*house
	there *oidctest.Provider
	told  []reads.PasskeyMail
}

func newProviderHouse(t *testing.T, roles ...web.GroupRole) *providerHouse {
	t.Helper()
	p := &providerHouse{}
	p.house = newHouse(t, func(o *web.Options) {
		p.there = oidctest.New(t, o.Now)
		provider, err := oidc.New(oidc.Config{Issuer: p.there.URL, ClientID: oidctest.ClientID,
			ClientSecret: oidctest.Secret, GroupsClaim: "groups", Now: o.Now})
		if err != nil {
			t.Fatal(err)
		}
		o.PublicURL = func() string { return "http://localhost:8080" }
		o.Organization = &web.Organization{Provider: provider, Name: "North Hospital", Roles: roles}
		o.SendPasskeyMail = func(_ context.Context, mail reads.PasskeyMail) error {
			p.told = append(p.told, mail)
			return nil
		}
	})
	return p
}

// person sets who signs in at the organization.
func (p *providerHouse) person(subject, email string, groups ...string) {
	p.there.Person = map[string]any{"sub": subject, "email": email, "email_verified": true, "name": "Canary Robin",
		"groups": groups}
}

// begins begins a sign-in at the organization, and gives where the browser goes and the cookie that it keeps.
func (p *providerHouse) begins(path, next, cookie string) (address string, kept *http.Cookie, page reply) {
	p.t.Helper()
	page = p.post(path, url.Values{"next": {next}}, cookie)
	_, address, _ = strings.Cut(page.Header.Get("Refresh"), "url=")
	for _, c := range page.Cookies() {
		if c.Name == "signin-provider" {
			kept = c
		}
	}
	return address, kept, page
}

// back is the browser that comes back from the organization.
func (p *providerHouse) back(query url.Values, kept *http.Cookie, cookie string) reply {
	p.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/signin/oidc?"+query.Encode(), nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if kept != nil {
		r.AddCookie(kept)
	}
	return p.send(r, cookie)
}

// through goes the whole way, from a button to the page after it.
func (p *providerHouse) through(path, next, cookie string) reply {
	p.t.Helper()
	address, kept, page := p.begins(path, next, cookie)
	if kept == nil {
		p.t.Fatalf("%s answers %d\n%s", path, page.StatusCode, page.body)
	}
	return p.back(p.there.Visit(address), kept, cookie)
}

func signedInBy(answer reply) (cookie string) {
	for _, c := range answer.Cookies() {
		if c.Name == "signin" {
			cookie = c.Value
		}
	}
	return cookie
}

// A member of staff links their account, signs in with it, proves themselves, and unlinks it. They are told by mail.
func TestOrganizationAccountsComeAndGo(t *testing.T) {
	t.Parallel()
	p := newProviderHouse(t)
	p.person("sub-1", "somebody@canary.example")
	shows(t, p.get("/signin", ""), 200, "Sign in with North Hospital")
	desk := p.signIn(access.Admin)
	shows(t, p.get("/account", desk), 200, "Link your organization account")
	p.goesTo(p.through("/account/provider/link", "", desk), "/account")
	shows(t, p.get("/account", desk), 200, "is linked since")
	in := p.through("/signin/oidc", "/intake", "")
	p.goesTo(in, "/intake")
	cookie := signedInBy(in)
	shows(t, p.get("/account", cookie), 200, "organization&#39;s account", "Canary admin")
	shows(t, p.get("/staff", cookie), 200)
	p.at(moved.Add(16 * time.Minute))
	shows(t, p.get("/intake", cookie), 423, "Unlock with North Hospital")
	p.goesTo(p.through("/account/provider/prove", "/staff", cookie), "/staff")
	shows(t, p.get("/staff", cookie), 200)

	p.at(moved.Add(28 * time.Minute))
	shows(t, p.get("/account", cookie), 200)
	p.at(moved.Add(40 * time.Minute))
	shows(t, p.get("/staff", cookie), 403, "Sign in with North Hospital again")
	asked := p.there.Asked[len(p.there.Asked)-1]
	if asked.Get("prompt") != "login" || asked.Get("max_age") != "0" {
		t.Errorf("proof asked for %v", asked)
	}
	p.there.Change = func(c map[string]any) { c["auth_time"] = moved.Unix() }
	shows(t, p.through("/account/provider/prove", "/staff", cookie), 422, "did not ask you to sign in again", "/staff")
	p.there.Change = nil
	p.person("sub-2", "other@canary.example")
	shows(t, p.through("/account/provider/prove", "/staff", cookie), 409, "not linked to you")
	p.person("sub-1", "")
	p.goesTo(p.through("/account/provider/prove", "/staff", cookie), "/staff")
	p.goesTo(p.post("/account/provider/unlink", nil, cookie), "/account")
	shows(t, p.through("/signin/oidc", "", ""), 403, "opens nothing here yet")
	if len(p.told) != 2 || p.told[0].What != reads.AccountLinked || p.told[1].What != reads.AccountUnlinked ||
		p.told[0].Email != "admin@canary.example" {
		t.Errorf("told %+v", p.told)
	}
	shows(t, p.get("/audit", cookie), 200, "Linked the organization", "Unlinked the organization")
	for _, secret := range []string{"canary.example", "sub-1", "eyJ", "Canary"} {
		if strings.Contains(p.log.String(), secret) {
			t.Errorf("the log has %q", secret)
		}
	}
}

// Nobody takes over an account by an address: not one that is in use, and not one that is linked.
func TestAddressesTakeOverNothing(t *testing.T) {
	t.Parallel()
	p := newProviderHouse(t, web.GroupRole{Group: "it", Role: "admin"})
	p.signIn(access.Admin) // signed in by a link
	p.person("thief", "admin@canary.example", "it")
	for _, group := range []string{"it", "nothing"} {
		p.there.Person["groups"] = group
		answer := p.through("/signin/oidc", "", "")
		shows(t, answer, 403, "opens nothing here yet", "Sign in by email")
		if signedInBy(answer) != "" {
			t.Error("somebody is signed in")
		}
	}
	facilitator := p.signIn(access.Facilitator)
	p.person("sub-1", "facilitator@canary.example")
	p.goesTo(p.through("/account/provider/link", "", facilitator), "/account")
	coordinator := p.signIn(access.Coordinator)
	shows(t, p.through("/account/provider/link", "", coordinator), 409, "linked to somebody else")
	p.person("sub-2", "")
	shows(t, p.through("/account/provider/link", "", facilitator), 409, "Unlink it first")

	// An answer that somebody else's sign-in began links nothing.
	address, kept, _ := p.begins("/account/provider/link", "", coordinator)
	shows(t, p.back(p.there.Visit(address), kept, facilitator), 409, "no longer signed in here as before")
	weak := newProviderHouse(t)
	weak.signIn(access.Admin)
	weak.at(moved.Add(2 * time.Minute))
	shows(t, weak.post("/account/provider/link", nil, weak.mailed(access.Admin)), 403, "Ask an admin")
}

// An open invitation is accepted with the account of its address, once.
func TestInvitationsAreAccepted(t *testing.T) {
	t.Parallel()
	p := newProviderHouse(t)
	ctx := t.Context()
	id, err := p.db.AddStaff(ctx, p.operator(), p.clinic, "Canary Kim", "kim@canary.example", "coordinator")
	if err != nil {
		t.Fatal(err)
	}
	p.person("kim", "Kim@canary.example")
	shows(t, p.through("/signin/oidc", "", ""), 403, "opens nothing here yet") // not invited
	link, err := p.db.NewLink(ctx, p.operator(), p.clinic, id, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	p.there.Person["email_verified"] = false
	shows(t, p.through("/signin/oidc", "", ""), 403, "opens nothing here yet") // not confirmed
	p.there.Person["email_verified"] = true
	in := p.through("/signin/oidc", "", "")
	p.goesTo(in, "/")
	shows(t, p.get("/account", signedInBy(in)), 200, "Canary Kim")
	shows(t, p.post("/signin/"+link, nil, ""), 404, "This link does not work")
	p.person("other", "kim@canary.example")
	shows(t, p.through("/signin/oidc", "", ""), 403, "opens nothing here yet")
	p.person("kim", "new-address@canary.example")
	p.goesTo(p.through("/signin/oidc", "", ""), "/")
	if err := p.db.DisableStaff(ctx, p.operator(), p.clinic, id); err != nil {
		t.Fatal(err)
	}
	shows(t, p.get("/account", signedInBy(in)), 404)
	shows(t, p.through("/signin/oidc", "", ""), 403, "Your access was ended")
	if err := p.db.EnableStaff(ctx, p.operator(), p.clinic, id); err != nil {
		t.Fatal(err)
	}
	p.goesTo(p.through("/signin/oidc", "", ""), "/")

	api, at := p.program(access.ScopeStaff), "/staff/"+string(id)
	for _, step := range []struct{ method, path, body, want string }{
		{"GET", "/staff", "", `"passkey":false,"provider":true`},
		{"POST", at + "/provider/unlink", `{"dry_run": true}`, `"unlinked":true`},
		{"POST", at + "/provider/unlink", `{}`, `"unlinked":true`},
		{"POST", at + "/provider/unlink", `{}`, `No account of the organization is linked`},
		{"GET", "/staff", "", `"passkey":false,"provider":false`},
	} {
		if got := api.ask(step.method, step.path, step.body); !strings.Contains(got.body, step.want) {
			t.Errorf("%s %s %s: %d %s", step.method, step.path, step.body, got.StatusCode, got.body)
		}
	}
	if last := p.told[len(p.told)-1]; last.What != reads.AccountUnlinked || last.Email != "kim@canary.example" {
		t.Errorf("told last: %+v", last)
	}
}

// Groups add people, and give them their role at every sign-in; the only admin stays one.
func TestGroupsGiveRoles(t *testing.T) {
	t.Parallel()
	p := newProviderHouse(t, web.GroupRole{Group: "it", Role: "admin"},
		web.GroupRole{Group: "desk", Role: "coordinator"})
	p.person("robin", "robin@canary.example", "staff", "desk")
	role := func() string {
		who, err := p.db.FindStaff(t.Context(), p.operator(), p.clinic, "robin@canary.example")
		if err != nil {
			t.Fatal(err)
		}
		return who.Role
	}
	delete(p.there.Person, "email")
	shows(t, p.through("/signin/oidc", "", ""), 403, "has not confirmed your email address")
	p.person("robin", "robin@canary.example", "staff", "desk")
	in := p.through("/signin/oidc", "", "")
	p.goesTo(in, "/")
	shows(t, p.get("/account", signedInBy(in)), 200, "Canary Robin")
	if role() != "coordinator" {
		t.Errorf("robin is %s", role())
	}
	p.person("robin", "robin@canary.example", "desk", "it")
	p.goesTo(p.through("/signin/oidc", "", ""), "/")
	if role() != "admin" {
		t.Errorf("the first group that fits counts, and robin is %s", role())
	}
	p.person("robin", "robin@canary.example", "desk")
	p.goesTo(p.through("/signin/oidc", "", ""), "/")
	if role() != "admin" {
		t.Errorf("the only admin became %s", role())
	}
	p.signIn(access.Admin)
	p.goesTo(p.through("/signin/oidc", "", ""), "/")
	if role() != "coordinator" {
		t.Errorf("one of two admins is %s", role())
	}
	p.person("robin", "robin@canary.example", "garden")
	shows(t, p.through("/signin/oidc", "", ""), 403, "in no group that may work here")
	admin := p.signIn(access.Admin)
	shows(t, p.get("/audit", admin), 200, "role")
	at := "/staff/" + p.staffNamed("robin@canary.example")
	shows(t, p.get(at, admin), 200, "Organization account")
	p.goesTo(p.post(at+"/unlink", nil, admin), at)
	p.person("robin", "robin@canary.example", "desk")
	shows(t, p.through("/signin/oidc", "", ""), 403, "opens nothing here yet")
}

func (p *providerHouse) staffNamed(email string) string {
	p.t.Helper()
	who, err := p.db.FindStaff(p.t.Context(), p.operator(), p.clinic, email)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(scheduler.ID(who.ID))
}

// Every way in which a sign-in at the organization can go wrong ends with a sentence, and nobody signed in.
func TestSignInsAtTheOrganizationFail(t *testing.T) {
	t.Parallel()
	p := newProviderHouse(t)
	p.person("sub-1", "robin@canary.example")
	p.goesTo(p.through("/account/provider/link", "", p.signIn(access.Coordinator)), "/account")
	wants := func(answer reply, status int, says string) {
		t.Helper()
		shows(t, answer, status, says, "Sign in with North Hospital")
		if signedInBy(answer) != "" {
			t.Errorf("%q: somebody is signed in", says)
		}
	}
	address, kept, _ := p.begins("/signin/oidc", "", "")
	good := p.there.Visit(address)
	wants(p.back(good, nil, ""), 422, "has begun no sign-in")
	p.goesTo(p.back(good, kept, ""), "/")
	wants(p.back(good, kept, ""), 422, "sent before")
	p.there.Answer = func(q url.Values) { q.Set("state", "x") }
	wants(p.through("/signin/oidc", "", ""), 422, "was not accepted")
	p.there.Answer = func(q url.Values) { q.Set("error", "access_denied"); q.Del("code") }
	wants(p.through("/signin/oidc", "", ""), 409, "You cancelled")
	p.there.Answer = nil
	p.there.Change = func(c map[string]any) { c["nonce"] = "x" }
	wants(p.through("/signin/oidc", "", ""), 422, "was not accepted")
	p.there.Change = nil
	address, kept, _ = p.begins("/signin/oidc", "", "")
	late := p.there.Visit(address)
	p.at(moved.Add(6 * time.Minute))
	wants(p.back(late, kept, ""), 422, "took too long")
	p.there.Status["/token"] = 502
	answer := p.through("/signin/oidc", "", "")
	wants(answer, 503, "does not answer right now")
	if answer.Header.Get("Retry-After") == "" {
		t.Error("nothing says when to try again")
	}
	if strings.Contains(p.log.String(), "eyJ") || strings.Contains(p.log.String(), "code=") {
		t.Error("the log has a token or a code")
	}
	shows(t, newHouse(t, nil).get("/signin/oidc?code=x&state=y", ""), 404, "does not work")
}
