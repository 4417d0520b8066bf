package web_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/web"
)

// staffCalled gives the id of the member of staff that a house made for a role.
func (h *house) staffCalled(role string) string {
	h.t.Helper()
	return string(h.memberID(role))
}

func (h *house) memberID(role string) scheduler.ID {
	h.t.Helper()
	found, err := h.db.FindStaff(h.t.Context(), h.operator(), h.clinic, role+"@canary.example")
	if err != nil {
		h.t.Fatal(err)
	}
	return found.ID
}

var shownLink = regexp.MustCompile(`http://127\.0\.0\.1:8080(/signin/[a-z2-7]+)`)

// An admin adds a colleague, who signs in with the link that is shown, leads, gets another role, and is disabled: then
// their very next request and their links are dead, and the sessions that they lead are named and handed over.
func TestAColleagueComesAndGoes(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	admin := h.signIn(access.Admin)
	added := h.post("/staff/invite", url.Values{"name": {"Lee Canary"}, "email": {"lee@canary.example"},
		"role": {"facilitator"}}, admin)
	shows(t, added, 200, "Lee Canary", "It is not shown again")
	link := h.find(shownLink, added.body)
	var lee string
	for _, c := range h.post(link, nil, "").Cookies() {
		if c.Name == "signin" {
			lee = c.Value
		}
	}
	shows(t, h.get("/", lee), 200, "Lee Canary")
	hides(t, h.get("/", lee), `href="/intake"`)

	id := h.staffCalled("lee")
	h.goesTo(h.post("/staff/"+id+"/role", url.Values{"role": {"coordinator"}}, admin), "/staff/"+id)
	shows(t, h.get("/intake", lee), 200)
	h.goesTo(h.post("/staff/"+id+"/credential", url.Values{"credential": {"more-trained"}, "expires": {"2027-03-31"}},
		admin), "/staff/"+id)
	shows(t, h.get("/staff", admin), 200, "more-trained", "until Wed 31 Mar 2027")
	h.goesTo(h.post("/staff/"+id+"/credential", url.Values{"remove": {"more-trained"}}, admin), "/staff/"+id)
	hides(t, h.get("/staff", admin), "until Wed 31 Mar 2027")

	cohort := h.opened()
	lead := url.Values{"facilitator": {id}, "reason": {"trained soon"}}
	h.goesTo(h.through(cohort+"/set", lead, h.signIn(access.Coordinator)), cohort)
	fresh := h.find(shownLink, h.post("/staff/"+id+"/link", nil, admin).body)
	h.goesTo(h.post("/staff/"+id+"/disable", nil, admin), "/staff/"+id)
	shows(t, h.get("/", lee), 404)
	shows(t, h.post(fresh, nil, ""), 404)
	shows(t, h.get("/staff/"+id, admin), 200, "8 sessions to come still have", "Canary evening", "disabled")
	shows(t, h.post("/staff/"+id+"/link", nil, admin), 409, "disabled and cannot sign in")

	to := url.Values{"facilitator": {h.staffCalled("coordinator")}, "from": {"2026-01-13"}, "reason": {"covers"}}
	preview := h.post("/staff/"+id+"/hand-over", to, admin)
	shows(t, preview, 200, "Canary evening", "7 sessions")
	h.goesTo(h.through("/staff/"+id+"/hand-over", to, admin), "/staff/"+id)
	shows(t, h.get("/staff/"+id, admin), 200, "A session to come still has")
	h.goesTo(h.post("/staff/"+id+"/enable", nil, admin), "/staff/"+id)
	shows(t, h.get("/", lee), 404) // a new link is needed
	shows(t, h.post(h.find(shownLink, h.post("/staff/"+id+"/link", nil, admin).body), nil, ""), 303)
}

// The only admin stays one, whichever button they press; two admins can go one after the other.
func TestTheLastAdminStays(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	admin := h.signIn(access.Admin)
	own := "/staff/" + h.staffCalled("admin")
	shows(t, h.post(own+"/disable", nil, admin), 409, "This is the only admin")
	shows(t, h.post(own+"/role", url.Values{"role": {"facilitator"}}, admin), 409, "This is the only admin")
	_, other := h.signInAs("Other", access.Admin)
	h.goesTo(h.post("/staff/"+string(other)+"/disable", nil, admin), "/staff/")
	shows(t, h.post(own+"/disable", nil, admin), 409, "This is the only admin")
	h.goesTo(h.post("/staff/"+string(other)+"/enable", nil, admin), "/staff/")
	h.goesTo(h.post(own+"/role", url.Values{"role": {"facilitator"}}, admin), "/staff/")
	shows(t, h.get("/staff", admin), 403)
}

// With a mail server the link goes out by mail and is shown nowhere; when the server refuses, it is shown.
func TestAnInviteByMail(t *testing.T) {
	t.Parallel()
	var sent []reads.SignInLink
	var refusal error
	h := newHouse(t, func(o *web.Options) {
		o.Mail = nil
		o.SendSignIn = func(_ context.Context, link reads.SignInLink) error {
			sent = append(sent, link)
			return refusal
		}
	})
	admin := h.signIn(access.Admin)
	form := url.Values{"name": {"Lee Canary"}, "email": {"lee@canary.example"}, "role": {"facilitator"}}
	answer := h.post("/staff/invite", form, admin)
	page := h.get(h.goesTo(answer, "/staff/"), admin)
	shows(t, page, 200, "A sign-in link is on its way")
	if len(sent) != 1 || sent[0].Email != "lee@canary.example" || !sent[0].Invited ||
		strings.Contains(page.body, sent[0].Token) {
		t.Errorf("sent %+v", sent)
	}
	shows(t, h.post("/staff/invite", form, admin), 409, "has that email address already")
	shows(t, h.post("/staff/invite", url.Values{"name": {"<i>"}, "email": {"x"}, "role": {"boss"}}, admin), 422,
		"There is no such role", "&lt;i&gt;")
	refusal = context.Canceled
	shows(t, h.post("/staff/"+h.staffCalled("lee")+"/link", nil, admin), http.StatusOK,
		"The mail server did not take the message", sent[0].Token[:0]+"/signin/")
	if text := h.log.String(); strings.Contains(text, "canary.example") || strings.Contains(text, sent[1].Token) {
		t.Error("the log names an address or a token")
	}
}

// A program with the scope staff adds, changes and disables staff, once and by dry run; other scopes do not.
func TestStaffByTheAPI(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.signIn(access.Admin)
	p := h.program(access.ScopeStaff)
	body := `{"name": "Lee Canary", "email": "lee@canary.example", "role": "facilitator"}`
	dry := strings.Replace(body, "{", `{"dry_run": true, `, 1)
	same := func(got reply, status int, want ...string) {
		t.Helper()
		if got.StatusCode != status {
			t.Errorf("%d, want %d: %s", got.StatusCode, status, got.body)
		}
		for _, w := range want {
			if !strings.Contains(got.body, w) {
				t.Errorf("no %s in %s", w, got.body)
			}
		}
	}
	same(p.ask("POST", "/staff", dry), 200, `"id":""`)
	same(p.ask("POST", "/staff", body), 201, `"sign_in_url":"http://127.0.0.1:8080/signin/`)
	same(p.ask("POST", "/staff", body), 409, "has that email address already")
	same(p.ask("POST", "/staff", `{"name": "X", "email": "x@canary.example", "role": "boss"}`), 422, "no such role")
	same(p.ask("GET", "/staff", ""), 200, `"lee@canary.example"`, `"role":"admin"`)
	lee, admin := "/staff/"+h.staffCalled("lee"), "/staff/"+h.staffCalled("admin")
	same(p.ask("PATCH", lee, `{"role": "coordinator", "dry_run": true}`), 200, `"role":"coordinator"`)
	same(p.ask("GET", "/staff", ""), 200, `"role":"facilitator"`)
	same(p.ask("PATCH", lee, `{"role": "coordinator"}`), 200, `"role":"coordinator"`)
	same(p.ask("PATCH", lee, `{"disabled": true}`), 200, `"disabled":true`)
	same(p.ask("PATCH", lee, `{"role": "facilitator"}`), 409, "Enable them first")
	same(p.ask("PATCH", admin, `{"disabled": true}`), 409, "the only admin")
	same(p.ask("PATCH", "/staff/0000000000000", `{"disabled": true}`), 404)
	same(h.program(access.ScopeWrite).ask("GET", "/staff", ""), 403)
}
