package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"almanac/scheduler/access"
	"almanac/scheduler/passkey/passkeytest"
	"almanac/scheduler/reads"
	"almanac/web"
)

// keyHouse is a house at an address for which browsers keep passkeys. It notes what staff are told of their sign-in.
func keyHouse(t *testing.T) (*house, *[]reads.PasskeyMail) {
	t.Helper()
	told := &[]reads.PasskeyMail{}
	return newHouse(t, func(o *web.Options) {
		o.PublicURL = func() string { return "http://localhost:8080" }
		o.SendPasskeyMail = func(_ context.Context, mail reads.PasskeyMail) error {
			*told = append(*told, mail)
			return nil
		}
	}), told
}

// keyReply is what the script of a ceremony gets.
type keyReply struct {
	Ceremony, Next, Message string
	Options                 json.RawMessage
	status                  int
	cookie                  string
}

func (h *house) key(path string, form url.Values, cookie string) (r keyReply) {
	h.t.Helper()
	answer := h.post(path, form, cookie)
	if err := json.Unmarshal([]byte(answer.body), &r); err != nil {
		h.t.Fatalf("%s: %d %s", path, answer.StatusCode, answer.body)
	}
	for _, c := range answer.Cookies() {
		if c.Name == "signin" {
			r.cookie = c.Value
		}
	}
	r.status = answer.StatusCode
	return r
}

func newAuthenticator() *passkeytest.Authenticator {
	return &passkeytest.Authenticator{Origin: "http://localhost:8080", Site: "localhost"}
}

// adds adds a passkey in a sign-in.
func (h *house) adds(a *passkeytest.Authenticator, name, cookie string) keyReply {
	h.t.Helper()
	begun := h.key("/account/passkeys/options", nil, cookie)
	if begun.status != http.StatusOK {
		return begun
	}
	return h.key("/account/passkeys/new", url.Values{"ceremony": {begun.Ceremony}, "name": {name},
		"answer": {string(a.Create(h.t, begun.Options))}, "next": {"/account"}}, cookie)
}

// uses uses a passkey at an address; cookie is that of the sign-in to prove.
func (h *house) uses(a *passkeytest.Authenticator, path, cookie string) keyReply {
	h.t.Helper()
	begun := h.key("/passkey/options", nil, "")
	return h.key(path, url.Values{"ceremony": {begun.Ceremony}, "answer": {string(a.Sign(h.t, begun.Options))},
		"next": {"/intake"}}, cookie)
}

// mailed signs a member of staff in by a link that they asked for.
func (h *house) mailed(role access.Role) (cookie string) {
	h.t.Helper()
	links, err := h.db.SignInLinks(h.t.Context(), access.System("web"), string(role)+"@canary.example", time.Hour)
	if err != nil || len(links) != 1 {
		h.t.Fatal(links, err)
	}
	return h.opens(links[0].Token)
}

// opens opens a link and gives the cookie.
func (h *house) opens(token string) (cookie string) {
	h.t.Helper()
	for _, c := range h.post("/signin/"+token, nil, "").Cookies() {
		if c.Name == "signin" {
			cookie = c.Value
		}
	}
	return cookie
}

// A member of staff adds passkeys, signs in with one, renames and removes them, and is told by mail each time.
func TestPasskeysComeAndGo(t *testing.T) {
	t.Parallel()
	h, told := keyHouse(t)
	desk, a, b := h.signIn(access.Coordinator), newAuthenticator(), newAuthenticator()
	if r := h.adds(a, " ", desk); r.status != 422 || !strings.Contains(r.Message, "Name this passkey") {
		t.Errorf("without a name: %+v", r)
	}
	for name, key := range map[string]*passkeytest.Authenticator{"My phone": a, "Desk <b>": b} {
		if r := h.adds(key, name, desk); r.status != 200 || r.Next != "/account" {
			t.Fatalf("adding: %+v", r)
		}
	}
	shows(t, h.get("/account", desk), 200, "My phone", "Desk &lt;b&gt;", "Never used")
	in := h.uses(a, "/passkey/sign-in", "")
	if in.status != 200 || in.Next != "/intake" || in.cookie == "" {
		t.Fatalf("signing in: %+v", in)
	}
	page := h.get("/account", in.cookie)
	shows(t, page, 200, "by a passkey", "Last used", "Canary coordinator")

	own, err := h.db.Passkeys(t.Context(), h.operator(), h.clinic, h.memberID("coordinator"))
	if err != nil || len(own) != 2 {
		t.Fatal(own, err)
	}
	for _, p := range own {
		if p.Name == "My phone" {
			id := string(p.ID)
			other := h.signIn(access.Facilitator)
			shows(t, h.post("/account/passkeys", url.Values{"remove": {id}}, other), 404, "There is no such passkey")
			shows(t, h.post("/account/passkeys", url.Values{"rename": {id}, "name-" + id: {" "}}, in.cookie), 422)
			rename := url.Values{"rename": {id}, "name-" + id: {"Old phone"}}
			h.goesTo(h.post("/account/passkeys", rename, in.cookie), "/account")
			shows(t, h.get("/account", desk), 200, "Old phone")
			for range 2 { // it is in use, so it is not locked; and yet it takes no passkey away
				h.at(h.now.Load().Add(reads.ProofLife/2 + time.Minute))
				shows(t, h.get("/account", in.cookie), 200)
			}
			shows(t, h.post("/account/passkeys", url.Values{"remove": {id}}, in.cookie), 403, "Prove that it is you")
			if r := h.uses(a, "/passkey/prove", in.cookie); r.status != 200 {
				t.Fatalf("proving: %+v", r)
			}
			h.goesTo(h.post("/account/passkeys", url.Values{"remove": {id}}, in.cookie), "/account")
		}
	}
	if r := h.uses(a, "/passkey/sign-in", ""); r.status != 422 || r.cookie != "" {
		t.Errorf("a removed passkey: %+v", r)
	}
	if len(*told) != 3 || (*told)[2].What != reads.PasskeyRemoved || (*told)[2].Passkey != "Old phone" ||
		(*told)[0].Email != "coordinator@canary.example" || (*told)[0].What != reads.PasskeyAdded {
		t.Errorf("told %+v", *told)
	}
	admin := h.signIn(access.Admin)
	shows(t, h.get("/audit", admin), 200, "Added a passkey", "Removed a passkey")
	at := "/staff/" + h.staffCalled("coordinator")
	shows(t, h.get(at, admin), 200, "Desk &lt;b&gt;")
	left, err := h.db.Passkeys(t.Context(), h.operator(), h.clinic, h.memberID("coordinator"))
	if err != nil || len(left) != 1 {
		t.Fatal(left, err)
	}
	h.goesTo(h.post(at+"/passkeys", url.Values{"remove": {string(left[0].ID)}}, admin), at)
	if r := h.uses(b, "/passkey/sign-in", ""); r.status != 422 || len(*told) != 4 {
		t.Errorf("a passkey that an admin removed: %+v, told %d", r, len(*told))
	}
	if text := h.log.String(); strings.Contains(text, "canary.example") || strings.Contains(text, "phone") {
		t.Error("the log names an address or a passkey")
	}
}

// What a passkey is refused for: a challenge that was used or is too old, another host, a copy, and a holder who was
// disabled, even after they are enabled again.
func TestPasskeysAreRefused(t *testing.T) {
	t.Parallel()
	h, _ := keyHouse(t)
	desk, a := h.signIn(access.Coordinator), newAuthenticator()
	h.adds(a, "My phone", desk)
	begun := h.key("/passkey/options", nil, "")
	form := url.Values{"ceremony": {begun.Ceremony}, "answer": {string(a.Sign(t, begun.Options))}}
	if r := h.key("/passkey/sign-in", form, ""); r.status != 200 {
		t.Fatalf("%+v", r)
	}
	wants := func(name string, r keyReply, status int, says string) {
		t.Helper()
		if r.status != status || !strings.Contains(r.Message, says) || r.cookie != "" {
			t.Errorf("%s: %+v", name, r)
		}
	}
	wants("a replay", h.key("/passkey/sign-in", form, ""), 422, "sent before")
	late := h.key("/passkey/options", nil, "")
	signed := string(a.Sign(t, late.Options))
	h.at(moved.Add(6 * time.Minute))
	wants("too late", h.key("/passkey/sign-in", url.Values{"ceremony": {late.Ceremony}, "answer": {signed}}, ""), 422,
		"took too long")
	a.Origin = "http://localhost.evil.example"
	wants("another origin", h.uses(a, "/passkey/sign-in", ""), 422, "not accepted")
	a.Origin, a.Site = "http://localhost:8080", "evil.example"
	wants("another host", h.uses(a, "/passkey/sign-in", ""), 422, "not accepted")
	a.Site, a.Unverified = "localhost", true
	wants("not verified", h.uses(a, "/passkey/sign-in", ""), 422, "not accepted")
	a.Unverified = false
	wants("somebody else's", h.uses(a, "/passkey/prove", h.signIn(access.Admin)), 409, "somebody else")
	if r := h.uses(a, "/passkey/sign-in", ""); r.status != 200 {
		t.Errorf("a good one: %+v", r)
	}
	a.Counter -= 2
	wants("a copy", h.uses(a, "/passkey/sign-in", ""), 409, "A copy of this passkey")
	a.Counter += 9
	if err := h.db.DisableStaff(t.Context(), h.operator(), h.clinic, h.memberID("coordinator")); err != nil {
		t.Fatal(err)
	}
	wants("disabled", h.uses(a, "/passkey/sign-in", ""), 404, "not known here")
	if err := h.db.EnableStaff(t.Context(), h.operator(), h.clinic, h.memberID("coordinator")); err != nil {
		t.Fatal(err)
	}
	wants("enabled again", h.uses(a, "/passkey/sign-in", ""), 422, "not accepted")
}

// The host of the site comes from the configuration and never from a header.
func TestPasskeysAreForTheConfiguredHost(t *testing.T) {
	t.Parallel()
	h, _ := keyHouse(t)
	r := httptest.NewRequest(http.MethodPost, "/passkey/options", nil)
	r.Host = "evil.example"
	r.Header.Set("X-Forwarded-Host", "evil.example")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if answer := h.send(r, ""); !strings.Contains(answer.body, `"rpId":"localhost"`) ||
		!strings.Contains(answer.body, `"userVerification":"required"`) {
		t.Errorf("the options are %s", answer.body)
	}
	shows(t, h.get("/signin", ""), 200, "Sign in with a passkey")
	numbered := newHouse(t, nil) // at 127.0.0.1
	hides(t, numbered.get("/signin", ""), "passkey")
	if r := numbered.key("/passkey/options", nil, ""); r.status != 503 ||
		!strings.Contains(r.Message, "do not work at the address") {
		t.Errorf("at a number: %+v", r)
	}
}

// Nobody begins passkeys without end.
func TestPasskeysAreLimited(t *testing.T) {
	t.Parallel()
	h, _ := keyHouse(t)
	for i := range 31 {
		if r := h.key("/passkey/options", nil, ""); (r.status == http.StatusTooManyRequests) != (i == 30) {
			t.Errorf("request %d: %d %s", i, r.status, r.Message)
		}
	}
}

// A link that came by mail never reaches staff and exports, before a passkey is used; and it adds no passkey.
func TestMailLinksAreNotEnough(t *testing.T) {
	t.Parallel()
	h, _ := keyHouse(t)
	strong := h.signIn(access.Admin)
	h.at(moved.Add(2 * time.Minute))
	weak, a := h.mailed(access.Admin), newAuthenticator()
	for _, path := range []string{"/staff", "/staff/invite", "/staff/" + h.staffCalled("admin")} {
		shows(t, h.get(path, strong), 200)
		page := h.get(path, weak)
		shows(t, page, 403, "Prove that it is you", "Ask an admin for a new sign-in link")
		hides(t, page, "data-passkey")
	}
	shows(t, h.post("/export/people", nil, weak), 403, "Prove that it is you")
	shows(t, h.get("/intake", weak), 200)
	if r := h.adds(a, "Mine", weak); r.status != 403 || !strings.Contains(r.Message, "Ask an admin") {
		t.Errorf("adding by a link that was asked for: %+v", r)
	}
	if r := h.adds(a, "My phone", strong); r.status != 200 {
		t.Fatalf("%+v", r)
	}
	invite := url.Values{"name": {"Lee <Canary>"}, "email": {"lee@canary.example"}, "role": {"facilitator"}}
	asked := h.post("/staff/invite", invite, weak)
	shows(t, asked, 403, "Nothing you typed is lost", "Use a passkey", "Lee &lt;Canary&gt;")
	if r := h.adds(newAuthenticator(), "Mine", weak); r.status != 403 {
		t.Errorf("adding another one without using the first: %+v", r)
	}
	if r := h.uses(a, "/passkey/prove", weak); r.status != 200 {
		t.Fatalf("proving: %+v", r)
	}
	shows(t, h.post("/staff/invite", invite, weak), 200, "Lee &lt;Canary&gt;")
	h.at(moved.Add(16 * time.Minute))
	shows(t, h.get("/staff", weak), 200)
	h.at(moved.Add(17 * time.Minute))
	shows(t, h.get("/staff", weak), 403, "Use a passkey")
	if in := h.uses(a, "/passkey/sign-in", ""); h.get("/staff", in.cookie).StatusCode != 200 {
		t.Error("a sign-in by passkey does not reach staff")
	}
}

// A link that an admin makes adds a first passkey, and no second one.
func TestInvitedStaffAddTheirFirstPasskey(t *testing.T) {
	t.Parallel()
	h, _ := keyHouse(t)
	admin := h.signIn(access.Admin)
	_, id := h.signInAs("Other", access.Admin)
	link, err := h.db.StaffLink(t.Context(), access.Staff("x", string(h.clinic), access.Admin), h.clinic, id, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	invited, a := h.opens(link.Token), newAuthenticator()
	shows(t, h.get("/staff", invited), 403, "Add a passkey")
	if r := h.adds(a, "My phone", invited); r.status != 200 {
		t.Fatalf("%+v", r)
	}
	shows(t, h.get("/staff", invited), 200)
	h.at(moved.Add(10 * time.Minute))
	shows(t, h.get("/staff", invited), 200)
	shows(t, h.get("/staff", admin), 200)
	h.at(moved.Add(16 * time.Minute))
	if r := h.adds(newAuthenticator(), "Second", invited); r.status != 403 {
		t.Errorf("a second one, without the first: %+v", r)
	}
	shows(t, h.get("/staff", admin), 200) // by a link from the server, however old
}
