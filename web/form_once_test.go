package web_test

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/web"
)

var (
	oncePattern = regexp.MustCompile(`name="once" value="([0-9a-f]{32})"`)
	formPattern = regexp.MustCompile(`(?s)<form [^>]*method="post" action="([^"]+)".*?</form>`)
)

// repeatable are the addresses whose forms need no one-time value, with the reason.
var repeatable = map[string]string{
	"/signin":                                "a new link ends the one before, and they are limited",
	"/signin/:token":                         "the link itself is good once",
	"/signin/first/:token":                   "the address is gone once somebody is on the staff",
	"/signout":                               "it ends what can end once",
	"/hooks/sms/:driver":                     "what a gateway says is known again by its id",
	"/p/:token":                              "an offer is answered once, and the page says what stands",
	"/p/:token/leave":                        "a place is given up once, and a second time changes nothing",
	"/p/:token/settings":                     "it says how things are to be",
	"/p/:token/channels":                     "it says how things are to be",
	"/p/:token/details":                      "it says how things are to be, and a code is good once",
	"/k/:token":                              "the link itself is good once",
	"/p/:token/dates/:seat":                  "a date is given back once, and a second time changes nothing",
	"/p/:token/back":                         "a date is taken back once",
	"/c/:token":                              "the link itself is good once",
	"/hooks/video/:host":                     "what a host reports is known again by its time",
	"/hooks/video/:host/events/:thing/:what": "what a host reports is known again by its time",
	"/j/:token":                              "joining again is what a dropped call needs",
	"/j/:token/trouble":                      "saying it again says the same",
	"/sessions/:id/live/join":                "joining again is what a dropped call needs",
	"/sessions/:id/live/end":                 "what has ended stays so",
	"/people":                                "nothing is stored",
	"/reports/:name/export":                  "it only gives a file",
	"/export/people":                         "it only gives a file",
	"/export/rosters":                        "it only gives a file",
	"/export/attendance":                     "it only gives a file",
	"/export/notices":                        "it only gives a file",
	"/export/tasks":                          "it only gives a file",
	"/assessments/:id":                       "it says how things are to be",
	"/export/assessments":                    "it only gives a file",
	"/referrals/:id":                         "it says how things are to be",
	"/referrals/:id/close":                   "a referral is closed once",
	"/people/:id/consents":                   "it says how things are to be",
	"/people/:id/consents/end":               "a consent ends once",
	"/breach":                                "it only gives a list",
	"/glass/new":                             "what is open already stays as it is",
	"/glass/review":                          "what was looked at stays so",
	"/p/:token/consents":                     "what stands already stays, and a consent ends once",
	"/people/:id/hold":                       "it says how things are to be",
	"/people/:id/erase":                      "somebody is erased once, and the page says so",
	"/people/:id/record":                     "it only gives a file",
	"/people/:id/links":                      "it names the links that it renews, and those go once",
	"/cohorts/preview":                       "nothing is stored",
	"/undo":                                  "it names the change that it takes back, and that goes once",
	"/sessions/:id/attendance":               "it says how things were",
	"/enrollments/:id/settings":              "it says how things are to be",
	"/tasks/:id/done":                        "a task is done once",
	"/tasks/:id/outcome":                     "it names the call as it was shown, and a try changes that",
	"/staff/:id/role":                        "it says how things are to be",
	"/staff/:id/link":                        "a new link ends the one before",
	"/staff/:id/disable":                     "it says how things are to be",
	"/staff/:id/enable":                      "it says how things are to be",
	"/staff/:id/credential":                  "it says how things are to be",
	"/staff/:id/sign-ins":                    "what has ended stays so",
	"/account/sign-ins":                      "what has ended stays so",
	"/account/use":                           "it only counts as a use",
	"/calendar/feeds":                        "a second address stands in the list, and can be ended",
	"/calendar/feeds/:id/end":                "what has ended stays so",
	"/account/passkeys":                      "it says how things are to be",
	"/account/passkeys/options":              "nothing but a challenge is stored",
	"/account/passkeys/new":                  "the challenge is good once",
	"/passkey/options":                       "nothing but a challenge is stored",
	"/passkey/sign-in":                       "the challenge is good once",
	"/passkey/prove":                         "the challenge is good once",
	"/signin/oidc":                           "nothing but an attempt is stored",
	"/account/provider/prove":                "nothing but an attempt is stored",
	"/account/provider/link":                 "nothing but an attempt is stored",
	"/account/provider/unlink":               "what is unlinked stays so",
	"/staff/:id/unlink":                      "what is unlinked stays so",
	"/staff/:id/passkeys":                    "what is removed stays so",
	"/clinic":                                "it says how things are to be",
	"/notices/:id/again":                     "a notice that waits is not tried again",
}

// deed is one form that creates or changes something.
type deed struct {
	form    url.Values
	page    string                                // where the form stands; empty: its own address
	prepare func(h *house, g *ground) (at string) // gives the address; nil: that of the route
}

// ground is what deeds are done on.
type ground struct{ desk, cohort, later, enrollment, session string }

// deeds are the forms by the address of their route.
var deeds = map[string]deed{
	"/cohorts/new": {form: url.Values{
		"step": {"open"}, "protocol": {"evening@1"}, "start": {"2026-01-08"}, "time": {"09:00"},
		"zone": {"America/New_York"}, "name": {"Canary third"},
	}},
	"/cohorts/:id/enroll": {form: url.Values{"name": {"Bo Canary"}, "language": {"en"}}},
	"/referrals/new":      {form: url.Values{"name": {"Bo Canary"}}},
	"/referrals/import":   {page: "-", form: url.Values{"step": {"add"}, "table": {"name\nBo Canary\n"}}},
	"/people/import":      {page: "-", form: url.Values{"step": {"import"}, "table": {"name\nBo Canary\n"}}},
	"/cohorts/:id/add": {form: url.Values{"at": {"2026-02-14"}, "at_time": {"10:00"}, "minutes": {"60"},
		"kind": {"group"}}},
	"/cohorts/:id/reschedule": {form: url.Values{"from": {"2026-01-13"}, "days": {"wed"}, "at": {"19:00"},
		"zone": {"America/New_York"}}},
	"/cohorts/:id/phase":    {form: url.Values{"phase": {"low-dose"}, "number": {"1"}}},
	"/cohorts/:id/capacity": {form: url.Values{"capacity": {"5"}}},
	"/cohorts/:id/set":      {form: url.Values{"place": {"Room 5"}}},
	"/sessions/:id/set":     {form: url.Values{"minutes": {"75"}}},
	"/cohorts/:id/role": {form: url.Values{"role": {"coach"}, "reason": {"certified soon"}},
		prepare: func(h *house, g *ground) string {
			return h.training() + "/role"
		}},
	"/cohorts/:id/message": {form: url.Values{"to": {"group"}, "text": {"Please use the side door."}}},
	"/cohorts/:id/end":     {form: url.Values{"after": {"2026-01-13"}}},
	"/cohorts/:id/rotation": {form: url.Values{}, prepare: func(h *house, g *ground) string {
		return g.cohort + "/rotation"
	}},
	"/cohorts/:id/version": {form: url.Values{}, prepare: func(h *house, g *ground) string {
		h.restart(h.server.Options,
			ownLibrary(h.t.(*testing.T), `version: "1"`, `version: "2"`, "count: 4", "count: 5"))
		return g.cohort + "/version"
	}},
	"/cohorts/:id/waitlist": {form: url.Values{}, prepare: func(h *house, g *ground) string {
		for _, name := range []string{"Bo", "Cy", "Di", "Ed", "Flo", "Gus"} {
			h.enrolled(g.cohort, name+" Canary", "")
		}
		h.at(moved.AddDate(0, 0, 6)) // the first has begun, the later one not
		g.desk, _ = h.signInAs("Later", access.Coordinator)
		return g.cohort + "/waitlist"
	}},
	"/closure/open": {form: url.Values{"days": {"2026-01-14"}}, prepare: func(h *house, g *ground) string {
		h.goesTo(h.through("/closure", url.Values{"days": {"2026-01-14"}, "content": {"append"}}, g.desk), "/")
		return "/closure/open"
	}},
	"/closure":                 {form: url.Values{"days": {"2026-01-13"}, "content": {"append"}}},
	"/sessions/:id/cancel":     {form: url.Values{"content": {"append"}}},
	"/sessions/:id/move":       {form: url.Values{"to": {"2026-01-14"}, "to_time": {"18:00"}}},
	"/sessions/:id/substitute": {form: url.Values{}},
	"/enrollments/:id/steps/:step": {form: url.Values{}, prepare: func(_ *house, g *ground) string {
		return g.enrollment + "/steps/transfer"
	}},
	"/enrollments/:id/withdraw": {form: url.Values{}},
	"/intake/done": {page: "/intake", form: url.Values{}, prepare: func(h *house, g *ground) string {
		g.enrollment = h.enrolled(h.rolling("Canary rolling", "2026-01-08"), "Bo Canary", "")
		return "/intake/done"
	}},
	"/people/:id/consents/new": {page: "-", form: url.Values{"kind": {"research-contact"}, "from": {"Canary house"},
		"language": {"en"}, "how": {"paper"}, "signed_by": {"Amina Canary"}, "signed_on": {"2025-12-30"}},
		prepare: func(h *house, g *ground) string {
			return h.find(recordPattern, h.get(g.enrollment, g.desk).body) + "/consents/new"
		}},
	"/people/:id/disclosures": {form: url.Values{"to": {"Dr. Canary"}, "what": {"dates"}, "purpose": {"an audit"},
		"basis": {"audit"}, "how": {"letter"}}, prepare: func(h *house, g *ground) string {
		return h.find(recordPattern, h.get(g.enrollment, g.desk).body) + "/disclosures"
	}},
	"/people/:id/edit": {form: url.Values{"name": {"Other Canary"}}, prepare: func(h *house, g *ground) string {
		return h.find(recordPattern, h.get(g.enrollment, g.desk).body) + "/edit"
	}},
	"/people/:id/merge": {form: url.Values{}, prepare: func(h *house, g *ground) string {
		return h.find(recordPattern, h.get(g.enrollment, g.desk).body) + "/merge"
	}},
	"/staff/invite": {form: url.Values{"name": {"Lee Canary"}, "email": {"l@canary.example"}, "role": {"facilitator"}},
		prepare: func(h *house, g *ground) string {
			o := h.server.Options
			o.Mail, o.SendSignIn = nil, func(context.Context, reads.SignInLink) error { return nil }
			h.restart(o, o.Library)
			g.desk = h.signIn(access.Admin)
			return "/staff/invite"
		}},
	"/staff/:id/hand-over": {form: url.Values{}, prepare: func(h *house, g *ground) string {
		lead := url.Values{"facilitator": {h.staffCalled("facilitator")}, "reason": {"trained soon"}}
		h.goesTo(h.through(g.cohort+"/set", lead, g.desk), g.cohort)
		g.desk = h.signIn(access.Admin)
		return "/staff/" + h.staffCalled("facilitator") + "/hand-over"
	}},
	"/enrollments/:id/admit": {page: "-", form: url.Values{}, prepare: func(h *house, g *ground) string {
		var waiting string
		for _, name := range []string{"Bo", "Cy", "Di", "Ed", "Flo", "Gus"} {
			waiting = h.enrolled(g.cohort, name+" Canary", "")
		}
		h.goesTo(h.through(g.cohort+"/capacity", url.Values{"capacity": {"7"}, "reason": {"a larger room"}}, g.desk),
			g.cohort)
		h.rests(g.cohort)
		return waiting + "/admit"
	}},
}

// Every form that creates or changes something does it once: the same form sent
// again goes where the first one went, and one with something else in it is asked about.
// Overtaken by another change, or without a sign-in, it does nothing, and what was typed stays.
func TestFormsAreSentOnce(t *testing.T) {
	t.Parallel()
	for path, d := range deeds {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, func(o *web.Options) { o.Library = ownLibrary(t) })
			g := h.prepared()
			at := strings.NewReplacer("/cohorts/:id", g.cohort, "/sessions/:id", g.session, "/enrollments/:id",
				g.enrollment).Replace(path)
			if d.prepare != nil {
				at = d.prepare(h, g)
			}
			form := maps.Clone(d.form)
			h.choose(path, g, form)
			form.Set("once", strings.Repeat("a", 32))
			if d.page == "" {
				form.Set("once", h.onceOf(at, h.get(at, g.desk).body))
			}
			first := h.post(at, form, g.desk)
			if first.StatusCode == http.StatusOK { // the preview
				form.Set("change_no", h.find(changePattern, first.body))
				form.Set("once", h.onceOf(at, first.body))
				h.overtaken(at, form, g.desk)
				first = h.post(at, form, g.desk)
			}
			to := h.goesTo(first, "/")
			before := h.everything()
			if again := h.goesTo(h.post(at, form, g.desk), "/"); again != to {
				t.Errorf("the second goes to %s, the first to %s", again, to)
			}
			other := maps.Clone(form)
			other.Set("priority", "7")
			answer := h.post(at, other, g.desk)
			shows(t, answer, http.StatusConflict, "This form was already sent with different content")
			if strings.Contains(answer.body, form.Get("once")) {
				t.Error("the page that asks has the value that is used up")
			}
			if after := h.everything(); after != before {
				t.Errorf("the second changed\n%s\nto\n%s", before, after)
			}
			h.outlivesItsSignIn(at, form, g.desk)
		})
	}
}

// Without the value the same form makes two people, so the test above can fail.
func TestFormsWithoutTheValueAreSentTwice(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, cohort := h.signIn(access.Coordinator), h.opened()
	form := url.Values{"name": {"Bo Canary"}, "language": {"en"}}
	if one, two := h.goesTo(h.post(cohort+"/enroll", form, desk), "/"),
		h.goesTo(h.post(cohort+"/enroll", form, desk), "/"); one == two {
		t.Error("they are one already")
	}
}

// prepared gives two cohorts, one person in the first.
func (h *house) prepared() *ground {
	h.t.Helper()
	g := &ground{desk: h.signIn(access.Coordinator)}
	h.signIn(access.Facilitator)
	open := func(name, start, clock string) string {
		return h.goesTo(h.post("/cohorts/new", url.Values{
			"step": {"open"}, "protocol": {"evening@1"}, "start": {start}, "time": {clock},
			"zone": {"America/New_York"}, "name": {name},
		}, g.desk), "/cohorts/")
	}
	g.cohort, g.later = open("Canary evening", "2026-01-06", "18:00"), open("Canary later", "2026-02-03", "18:00")
	g.enrollment, g.session = h.enrolled(g.cohort, "Amina Canary", "amina@canary.example"), h.sessions(g.cohort)[1]
	return g
}

// choose fills in what only the page knows.
func (h *house) choose(path string, g *ground, form url.Values) {
	h.t.Helper()
	people := map[string]string{}
	for _, found := range staffOption.FindAllStringSubmatch(h.get(g.cohort+"/rotation", g.desk).body, -1) {
		people[found[2]] = found[1]
	}
	switch path {
	case "/cohorts/:id/rotation":
		form.Set("leader-1", people["coordinator"])
		form.Set("leader-2", people["facilitator"])
	case "/people/:id/merge":
		twin := h.find(recordPattern, h.get(h.enrolled(g.later, "Canary Twin", "twin@canary.example"), g.desk).body)
		form.Set("with", strings.TrimPrefix(twin, "/people/"))
	case "/cohorts/:id/role":
		form.Set("facilitator", people["facilitator"])
	case "/staff/:id/hand-over":
		form.Set("facilitator", people["coordinator"])
	case "/sessions/:id/substitute":
		form.Set("by", people["facilitator"])
	case "/cohorts/:id/version":
		form.Set("protocol",
			h.find(regexp.MustCompile(`name="protocol" value="([^"]+)"`), h.get(g.cohort+"/version", g.desk).body))
	case "/intake/done":
		form.Set("done", strings.TrimPrefix(g.enrollment, "/enrollments/")+" orientation")
	case "/cohorts/:id/waitlist", "/enrollments/:id/steps/:step":
		form.Set("to", strings.TrimPrefix(g.later, "/cohorts/"))
	}
}

// onceOf gives the value in the form of a page that is sent to this address.
func (h *house) onceOf(at, body string) string {
	h.t.Helper()
	for _, form := range formPattern.FindAllStringSubmatch(body, -1) {
		if form[1] == at {
			return h.find(oncePattern, form[0])
		}
	}
	h.t.Fatalf("no form for %s in\n%s", at, body)
	return ""
}

// Every address that a form is sent to is one of the two above, and every form of a
// page carries the value unless its address is repeatable.
func TestEveryFormThatCreatesCarriesAOneTimeValue(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	posts := map[string]bool{}
	for _, route := range h.server.Routes() {
		if route.Method != http.MethodPost || strings.HasPrefix(route.Path, "/api/") {
			continue
		}
		posts[route.Path] = true
		_, once := deeds[route.Path]
		if _, may := repeatable[route.Path]; once == may {
			t.Errorf("%s is neither tried twice nor listed with a reason, or both", route.Path)
		}
	}
	for _, path := range append(slices.Collect(maps.Keys(deeds)), slices.Collect(maps.Keys(repeatable))...) {
		if !posts[path] {
			t.Errorf("nothing is sent to %s any more", path)
		}
	}
	h.templatesCarryIt()
}

var placeholder = regexp.MustCompile(`\{\{[^}]*\}\}`)

func (h *house) templatesCarryIt() {
	h.t.Helper()
	files, err := filepath.Glob(filepath.Join("templates", "*.html"))
	if err != nil {
		h.t.Fatal(err)
	}
	forms := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, form := range formPattern.FindAllStringSubmatch(string(text), -1) {
			forms++
			at := placeholder.ReplaceAllString(strings.TrimSuffix(form[1], "{{.Place}}"), ":") // a place is a query
			// The page to unlock sends what another form sent, with the value of that one.
			again := strings.Contains(file, "locked")
			exempt := at == ":" && (again || strings.Contains(file, "sign")) || strings.Contains(file, "parts_settings")
			for path := range repeatable {
				exempt = exempt || regexp.MustCompile(":[a-z]+").ReplaceAllString(path, ":") == at
			}
			if exempt == strings.Contains(form[0], `{{template "once" .}}`) {
				h.t.Errorf("%s: the form for %s carries no one-time value, or needs none", file, form[1])
			}
		}
	}
	if forms < 15 {
		h.t.Errorf("only %d forms were found", forms)
	}
}
