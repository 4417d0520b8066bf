package web_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/web"
)

// newMailingHouse is a house whose server sends sign-in links into a channel.
func newMailingHouse(t *testing.T) (*house, <-chan reads.SignInLink) {
	t.Helper()
	sent := make(chan reads.SignInLink, 2000)
	h := newHouse(t, func(o *web.Options) {
		o.SendSignIn = func(_ context.Context, link reads.SignInLink) error { sent <- link; return nil }
	})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { h.server.Run(ctx); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	return h, sent
}

// asks asks for a link from an address of the network.
func (h *house) asks(email, next, from string) reply {
	h.t.Helper()
	form := url.Values{"email": {email}, "next": {next}}
	r := httptest.NewRequest(http.MethodPost, "/signin", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.RemoteAddr = net.JoinHostPort(from, "4000")
	return h.send(r, "")
}

// A member of staff asks for a link, opens it in the same browser, and is where they wanted to be. Who has no
// account gets the same page and no mail.
func TestALinkByMail(t *testing.T) {
	t.Parallel()
	h, sent := newMailingHouse(t)
	first := h.newLink(access.Coordinator)
	h.at(moved.Add(2 * time.Minute))
	known := h.asks("coordinator@canary.example", "/intake?sort=name", "192.0.2.1")
	unknown := h.asks("nobody@canary.example", "/intake?sort=name", "192.0.2.1")
	shows(t, known, 200, "Look in your mail")
	a, b := strings.ReplaceAll(known.body, "coordinator@", "X"), strings.ReplaceAll(unknown.body, "nobody@", "X")
	if a != b {
		t.Errorf("a known address gets\n%s\nand an unknown one\n%s", a, b)
	}
	link := <-sent
	if link.Email != "coordinator@canary.example" || link.Name != "Canary coordinator" {
		t.Errorf("the link is for %q, %q", link.Name, link.Email)
	}
	shows(t, h.post("/signin/"+first, nil, ""), 404) // ended by the new one
	r := httptest.NewRequest(http.MethodPost, "/signin/"+link.Token, nil)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, cookie := range known.Cookies() {
		r.AddCookie(cookie)
	}
	in := h.send(r, "")
	if to := in.Header.Get("Location"); in.StatusCode != http.StatusSeeOther || to != "/intake?sort=name" {
		t.Errorf("the link leads to %q (%d)", to, in.StatusCode)
	}
	shows(t, h.post("/signin/"+link.Token, nil, ""), 404)
	select {
	case l := <-sent:
		t.Errorf("another link was sent to %s", l.Email)
	default:
	}
	if text := h.log.String(); strings.Contains(text, "canary.example") || strings.Contains(text, link.Token) {
		t.Error("the log names an address or a token")
	}
}

// However often a link is asked for, few mails arrive; one network cannot ask for long.
func TestLinksAreLimited(t *testing.T) {
	t.Parallel()
	h, sent := newMailingHouse(t)
	h.newLink(access.Coordinator)
	h.newLink(access.Admin)
	h.at(moved.Add(2 * time.Hour))
	refused := 0
	for i := range 1000 {
		answer := h.asks("coordinator@canary.example", "", "192.0.2."+strconv.Itoa(i%250+1))
		if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusServiceUnavailable {
			t.Fatalf("request %d: %d", i, answer.StatusCode)
		}
	}
	for range 20 {
		answer := h.asks("coordinator@canary.example", "", "192.0.2.1")
		if answer.StatusCode == http.StatusTooManyRequests {
			refused++
			shows(t, answer, 429)
			if answer.Header.Get("Retry-After") == "" {
				t.Error("a refusal does not say when to try again")
			}
		}
	}
	if refused != 14 { // 4 were asked for above, 10 are free
		t.Errorf("%d of 20 were refused", refused)
	}
	accepted := func(i int) bool {
		return h.asks("admin@canary.example", "", "198.51.100."+strconv.Itoa(i%250+1)).StatusCode == http.StatusOK
	}
	for i := 1; !accepted(i); i++ {
		runtime.Gosched() // until those before it are worked off
	}
	// In the order of the requests.
	for _, want := range []string{"coordinator@canary.example", "admin@canary.example"} {
		if link := <-sent; link.Email != want {
			t.Errorf("a link was sent to %s, want %s", link.Email, want)
		}
	}
}

var typedPattern = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)

// What was typed into a form outlives the sign-in: the page keeps it, and after a new sign-in it is sent again.
func TestNothingTypedIsLost(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort, old := h.opened(), h.signIn(access.Coordinator)
	page := h.get(cohort+"/enroll", old)
	h.at(moved.Add(12 * time.Hour)) // its end
	form := url.Values{
		"once": {h.find(oncePattern, page.body)}, "name": {"Amina Canary"}, "email": {"amina@canary.example"},
		"zone": {"America/New_York"}, "consent": {"email"}, "language": {"en"},
	}
	asked := h.post(cohort+"/enroll", form, old)
	shows(t, asked, 404, "Nothing you typed is lost")
	typed := url.Values{}
	for _, field := range typedPattern.FindAllStringSubmatch(asked.body, -1) {
		typed.Add(field[1], field[2])
	}
	if typed.Encode() != form.Encode() {
		t.Errorf("the page keeps %v of %v", typed, form)
	}
	shows(t, h.post(cohort+"/enroll", typed, old), 404, "Nothing you typed is lost") // still nobody
	h.browsers = map[access.Role]string{}
	h.goesTo(h.post(cohort+"/enroll", typed, h.signIn(access.Admin)), "/enrollments/")
	shows(t, h.get("/intake", old), 404, "Please sign in again")
	shows(t, h.get("/nowhere", "made-up"), 404, "Please sign in again")
}

// A sign-in leads to an address of this site and to no other.
func TestSignInsLeadNowhereElse(t *testing.T) {
	t.Parallel()
	h, _ := newMailingHouse(t)
	h.newLink(access.Coordinator)
	staff, err := h.db.FindStaff(t.Context(), h.operator(), h.clinic, "coordinator@canary.example")
	if err != nil {
		t.Fatal(err)
	}
	for next, kept := range map[string]bool{
		"/cohorts/x?a=b": true, "https://evil.example/": false, "//evil.example": false,
		`/\evil.example`: false, "/\t/evil.example": false, "javascript:alert(1)": false, "/signin/abc": false,
		"/" + strings.Repeat("x", 600): false, "": false, "/a b": false, "/é": false,
	} {
		answer := h.asks("nobody@canary.example", next, "198.51.100."+strconv.Itoa(len(next)%250+1))
		found := false
		for _, cookie := range answer.Cookies() {
			found = found || cookie.Name == "signin-next" && cookie.Value == next
		}
		if found != kept {
			t.Errorf("%q is kept: %v", next, found)
		}
		link, err := h.db.NewLink(t.Context(), h.operator(), h.clinic, staff.ID, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/signin/"+link, nil)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.AddCookie(&http.Cookie{Name: "signin-next", Value: next})
		to := h.send(r, "").Header.Get("Location")
		u, err := url.Parse(to)
		if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(to, "/") || kept && to != next {
			t.Errorf("%q leads to %q", next, to)
		}
	}
}
