package web_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"almanac/scheduler/access"
	"almanac/scheduler/calendar"
	"almanac/web"
)

// telltale are words that tell what this site is, beside the denylist.
var telltale = regexp.MustCompile(`(?i)almanac|clinic|cohort|coordinator|` +
	`facilitator|participant|patient|scheduler|waitlist`)

// tells gives the first word of an answer, its headers included, that says what
// this site is; empty: none. Only the script and style of the page may name tags.
func tells(answer reply) string {
	all := answer.body
	for _, name := range sortedKeys(answer.Header) {
		all += "\n" + name + " " + strings.Join(answer.Header[name], " ")
	}
	if word := telltale.FindString(all); word != "" {
		return word
	}
	word, _ := calendar.Denied(all)
	return word
}

// strangerPaths are addresses that somebody might try, with every route of the server.
func strangerPaths(h *house, cohort, enrollment string) []string {
	paths := []string{
		"/", "/index.html", "/cohort", "/wp-login.php", "/favicon.ico", "/api", "/api/", "/api/v1", "/api/v1/nothing",
		"/p/", "/p/nothing", "/c/nothing",
		"/f/nothing.ics", "/signin/", "/signin/nothing", "/assets/x/style.css", "/assets/x/app.js",
		"/assets/x/logo.svg", "/assets/x/none.css", "/%2e%2e/", "/gallery",
	}
	for _, route := range h.server.Routes() {
		path := strings.NewReplacer(":version", "x", ":file", "style.css", ":token", "nothing", ":step",
			"hold").Replace(route.Path)
		paths = append(paths, strings.Replace(path, ":id", strings.TrimPrefix(cohort, "/cohorts/"), 1),
			strings.Replace(path, ":id", strings.TrimPrefix(enrollment, "/enrollments/"), 1))
	}
	return paths
}

// Strangers get the same neutral answer everywhere: the root, typos, addresses that
// exist and the API's description.
func TestStrangersLearnNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.opened()
	enrollment := h.enrolled(cohort, "Amina Canary", "amina@canary.example")
	cases := 0
	for _, path := range strangerPaths(h, cohort, enrollment) {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"} {
			r := httptest.NewRequest(method, path, nil)
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			answer := h.send(r, map[bool]string{true: "guessed"}[cases%2 == 1])
			cases++
			if word := tells(answer); word != "" {
				t.Errorf("%s %s tells %q:\n%s", method, path, word, answer.body)
			}
			staff := method == "GET" && !strings.HasPrefix(path, "/api/") && path != "/healthz" && path != "/readyz" &&
				path != "/texts" && path != "/robots.txt" && path != "/signin" && path != "/signin/nothing"
			if staff && answer.StatusCode != http.StatusNotFound && answer.StatusCode != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d", method, path, answer.StatusCode)
			}
		}
	}
	if cases < 500 {
		t.Errorf("only %d cases", cases)
	}
	if word := tells(h.get("/", h.signIn(access.Coordinator))); word == "" { // the control
		t.Error("the desk's own page tells nothing, so nothing would be found")
	}
}

// The pages of participants, and what they load, tell nothing either.
func TestParticipantsPagesTellNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	page, feed := h.links(h.enrolled(h.opened(), "Amina Canary", ""))
	assets := "/assets/" + h.server.AssetsVersion() + "/"
	for _, path := range []string{page, page + "/settings", feed, assets + "page.css", assets + "page.js",
		assets + "page.svg"} {
		answer := h.get(path, "")
		shows(t, answer, 200)
		if word := tells(answer); word != "" {
			t.Errorf("%s tells %q", path, word)
		}
	}
	for _, name := range []string{"style.css", "app.js", "logo.svg"} {
		shows(t, h.get(assets+name, ""), 404)
		shows(t, h.get(assets+name, h.signIn(access.Coordinator)), 200)
		hides(t, h.get(page, ""), name)
	}
}

// The API's description is for programs with a token and staff, unless the option
// opens it.
func TestAPIDocsAreForPrograms(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	public := newHouse(t, func(o *web.Options) { o.APIDocs = web.DocsPublic })
	for _, path := range []string{"/docs", "/openapi.json"} {
		for name, c := range map[string]struct {
			p      program
			status int
		}{
			"nobody": {program{house: h}, 401}, "a wrong token": {program{house: h, token: "almanac_nobody"}, 401},
			"a program": {h.program(access.ScopeRead), 200}, "anybody, when public": {program{house: public}, 200},
		} {
			if answer := c.p.ask("GET", path, ""); answer.StatusCode != c.status {
				t.Errorf("%s for %s: %d", path, name, answer.StatusCode)
			}
		}
		shows(t, h.get("/api/v1"+path, h.signIn(access.Facilitator)), 200)
	}
}
