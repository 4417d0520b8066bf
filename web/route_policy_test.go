package web_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"context"

	"almanac/scheduler/reads"
	"almanac/web"
)

// Every address that echo knows was registered with a policy.
func TestEveryRouteHasAPolicy(t *testing.T) {
	t.Parallel()
	server := emptyShelf().serve(t, beforeSpring, nil)
	var ours []string
	for _, r := range server.Routes() {
		ours = append(ours, r.Method+" "+r.Path)
		if r.Policy == "shut" {
			t.Errorf("%s %s has no policy", r.Method, r.Path)
		}
	}
	known := server.EchoRoutes()
	slices.Sort(ours)
	slices.Sort(known)
	if !slices.Equal(ours, known) {
		t.Errorf("registered with a policy: %q\nknown to echo: %q", ours, known)
	}
}

// Nothing in this package registers with echo but route, and nothing with huma
// but operation.
func TestOnlyRouteRegisters(t *testing.T) {
	t.Parallel()
	const registering = "GET POST PUT PATCH DELETE HEAD OPTIONS CONNECT TRACE Any Match Add Group Use Pre Static " +
		"File FileFS StaticFS RouteNotFound Host"
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	set, allowed := token.NewFileSet(), 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(set, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !slices.Contains(strings.Fields(registering), method.Sel.Name) {
				return true
			}
			on, ok := method.X.(*ast.SelectorExpr)
			if !ok || on.Sel.Name != "echo" {
				return true
			}
			if place := file + " " + method.Sel.Name; place == "route_policy.go Add" ||
				place == "api_operation.go Group" || place == "server.go Use" {
				allowed++
			} else {
				t.Errorf("%s registers past route", set.Position(n.Pos()))
			}
			return true
		})
	}
	if allowed != 3 {
		t.Errorf("route, the API and compression register in %d places", allowed)
	}
}

// huma's ways to register are called once, in operation.
func TestOnlyOperationRegisters(t *testing.T) {
	t.Parallel()
	const registering = "Register AutoRegister Get Post Put Patch Delete Head NewGroup Handle AddOperation"
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	set, found := token.NewFileSet(), []string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(set, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range parsed.Decls {
			ast.Inspect(declared, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				method, ok := call.Fun.(*ast.SelectorExpr)
				if !ok || !slices.Contains(strings.Fields(registering), method.Sel.Name) {
					return true
				}
				on, ok := method.X.(*ast.Ident)
				inAPI := strings.HasPrefix(file, "api") && method.Sel.Name != "Get" // as http.Header has
				if function, is := declared.(*ast.FuncDecl); ok && on.Name == "huma" || inAPI {
					where := file
					if is {
						where += " " + function.Name.Name
					}
					found = append(found, where)
				}
				return true
			})
		}
	}
	if !slices.Equal(found, []string{"api_operation.go operation"}) {
		t.Errorf("operations are registered in %q", found)
	}
}

// concrete fills the parameters of a route with things that exist.
func concrete(s *shelf, server *web.Server, path string) string {
	id := string(s.cohort.Cohort.ID)
	switch {
	case strings.HasPrefix(path, "/sessions/"):
		id = string(s.cohort.Sessions[3].ID)
	case strings.HasPrefix(path, "/enrollments/"):
		id = string(s.cohort.Enrollments[0].ID)
	case strings.HasPrefix(path, "/mail/"):
		id = "m1"
	}
	token := "onetime"
	switch {
	case strings.HasPrefix(path, "/p/"):
		token = pageKey
	case strings.HasPrefix(path, "/c/"):
		token = confirmKey
	}
	file := map[bool]string{true: feedKey + ".ics", false: "style.css"}[strings.HasPrefix(path, "/f/")]
	seat := "none"
	if len(s.own.Items) > 0 {
		seat = string(s.own.Items[len(s.own.Items)-1].Seat)
	}
	return strings.NewReplacer(":id", id, ":token", token, ":seat", seat, ":file", file, ":version",
		server.AssetsVersion()).Replace(path)
}

// Every header of every route, as a golden: what is missing is seen.
func TestHeadersOfEveryRoute(t *testing.T) {
	t.Parallel()
	s := filled(t, "more-telehealth", firstDay, 8, beforeSpring)
	telling(s)
	server := s.serve(t, beforeSpring, nil)
	var all bytes.Buffer
	for _, who := range []struct{ name, cookie string }{{"staff", browser}, {"anybody", ""}} {
		for _, r := range server.Routes() {
			answer := ask(server.Handler(), r.Method, concrete(s, server, r.Path), nil, who.cookie)
			fmt.Fprintf(&all, "%s %s (%s) as %s: %d\n", r.Method, r.Path, r.Policy, who.name, answer.StatusCode)
			for _, name := range sortedKeys(answer.Header) {
				value := strings.Join(answer.Header[name], ", ")
				switch name {
				case "X-Request-Id", "Content-Length":
					value = "…"
				}
				fmt.Fprintf(&all, "    %s: %s\n", name, strings.ReplaceAll(value, server.AssetsVersion(), "VERSION"))
			}
			checkHeaders(t, r, answer)
		}
	}
	compareGolden(t, filepath.Join("testdata", "headers.txt"), all.Bytes())
}

func checkHeaders(t *testing.T, r web.Route, answer *http.Response) {
	t.Helper()
	if answer.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s %s may be sniffed", r.Method, r.Path)
	}
	if r.Policy == "feed" || strings.HasPrefix(r.Path, "/assets/") {
		return
	}
	framing := "frame-ancestors 'none'"
	if r.Path == "/mail/:id/body" && answer.StatusCode == http.StatusOK { // its page shows it in a frame
		framing = "frame-ancestors 'self'"
	}
	if answer.Header.Get("Cache-Control") != "no-store" || answer.Header.Get("Referrer-Policy") != "no-referrer" ||
		!strings.Contains(answer.Header.Get("Content-Security-Policy"), framing) {
		t.Errorf("%s %s lacks a header: %v", r.Method, r.Path, answer.Header)
	}
}

// Every method on every path: what is not registered is 405 with Allow, and
// says nothing about what stands there.
func TestMethodsOfEveryRoute(t *testing.T) {
	t.Parallel()
	s := filled(t, "more-telehealth", firstDay, 8, beforeSpring)
	server := s.serve(t, beforeSpring, nil)
	registered := map[string]bool{}
	paths := map[string]bool{}
	for _, r := range server.Routes() {
		registered[r.Method+" "+r.Path], paths[r.Path] = true, true
	}
	for _, path := range sortedKeys(paths) {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"} {
			answer := ask(server.Handler(), method, concrete(s, server, path), nil, "")
			known := registered[method+" "+path]
			if !known && (answer.StatusCode != http.StatusMethodNotAllowed || answer.Header.Get("Allow") == "") {
				// /cohorts/:id answers for /cohorts/preview as well, as an id that does not exist.
				if strings.HasPrefix(path, "/cohorts/") && (method == "GET" || method == "HEAD") &&
					answer.StatusCode == http.StatusNotFound {
					continue
				}
				t.Errorf("%s %s: %d, Allow %q", method, path, answer.StatusCode, answer.Header.Get("Allow"))
			}
			if known && answer.StatusCode == http.StatusMethodNotAllowed {
				t.Errorf("%s %s is not allowed", method, path)
			}
		}
	}
}

// Without a sign-in no staff route answers anything but "sign in".
func TestStaffRoutesAskForASignIn(t *testing.T) {
	t.Parallel()
	s := filled(t, "more-telehealth", firstDay, 8, beforeSpring)
	server := s.serve(t, beforeSpring, nil)
	n := 0
	for _, r := range server.Routes() {
		if !strings.HasPrefix(r.Policy, "staff ") {
			continue
		}
		n++
		for _, cookie := range []string{"", "somebody-else"} {
			if answer := ask(server.Handler(), r.Method, concrete(s, server, r.Path), nil,
				cookie); answer.StatusCode != http.StatusNotFound {
				t.Errorf("%s %s: %d", r.Method, r.Path, answer.StatusCode)
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d staff routes", n)
	}
}

func TestSecureCookieAndTransport(t *testing.T) {
	t.Parallel()
	server := emptyShelf().serve(t, beforeSpring, func(o *web.Options) {
		o.PublicURL = func() string { return "https://appointments.example.org" }
		o.SendSignIn = func(context.Context, reads.SignInLink) error { return nil }
	})
	answer := ask(server.Handler(), http.MethodPost, "/signin/onetime", nil, "")
	cookie := answer.Cookies()[0]
	if cookie.Name != "__Host-signin" || !cookie.Secure || cookie.Domain != "" || cookie.Path != "/" {
		t.Errorf("%+v %v", cookie, answer.Header)
	}
	asked := ask(server.Handler(), http.MethodPost, "/signin",
		url.Values{"email": {"nobody@example.org"}, "next": {"/intake"}}, "")
	kept := asked.Cookies()
	if len(kept) != 1 || kept[0].Name != "__Host-signin-next" || !kept[0].Secure || kept[0].Path != "/" {
		t.Errorf("where the sign-in leads is kept in %v (%d)", kept, asked.StatusCode)
	}
	for _, path := range []string{"/signin", "/f/none.ics", "/api/v1/cohorts", "/assets/none"} {
		answer := ask(server.Handler(), http.MethodGet, path, nil, "")
		if got := answer.Header.Get("Strict-Transport-Security"); got != "max-age=31536000; includeSubDomains" {
			t.Errorf("%s: Strict-Transport-Security is %q", path, got)
		}
	}
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	state := map[string]string{"database": reads.OK, "mail": reads.OK}
	health := func(context.Context) []reads.Part {
		return []reads.Part{{Name: "database", State: state["database"]},
			{Name: "mail", State: state["mail"], Message: "The mail server at 10.1.2.3 does not answer."}}
	}
	proxy := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.2/32")}
	server := emptyShelf().serve(t, beforeSpring, func(o *web.Options) { o.Health, o.TrustedProxies = health, proxy })
	ready := func(from, forwarded, cookie string) (int, bool) {
		r := httptest.NewRequest(http.MethodGet, "/readyz", nil)
		r.RemoteAddr = from
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		if cookie != "" {
			r.AddCookie(&http.Cookie{Name: "signin", Value: cookie})
		}
		w := httptest.NewRecorder()
		server.Handler().ServeHTTP(w, r)
		return w.Code, strings.Contains(w.Body.String(), "10.1.2.3")
	}
	for _, c := range []struct {
		from, forwarded, cookie string
		details                 bool
	}{
		{"127.0.0.1:1", "", "", true},
		{"[::1]:1", "", "", true},
		{"192.0.2.7:1", "", "", false},
		{"192.0.2.7:1", "", browser, true},
		{"127.0.0.1:1", "192.0.2.7", "", false}, // a proxy here that is not trusted
		{"127.0.0.1:1", "127.0.0.1", "", false}, // nobody knows who wrote that
		{"127.0.0.2:1", "192.0.2.7", "", false}, // a trusted one names a stranger
		{"127.0.0.2:1", "", "", false},          // and says nothing
		{"10.1.1.1:1", "127.0.0.1, 192.0.2.7", "", false},
	} {
		if status, details := ready(c.from, c.forwarded, c.cookie); status != 200 || details != c.details {
			t.Errorf("%+v: %d, details %v", c, status, details)
		}
	}
	state["mail"] = reads.Down
	if status, _ := ready("192.0.2.7:1", "", ""); status != 200 {
		t.Errorf("without mail: %d", status)
	}
	state["database"] = reads.Down
	if status, _ := ready("192.0.2.7:1", "", ""); status != 503 {
		t.Errorf("without the database: %d", status)
	}
	state["database"] = reads.OK
	server.Drain()
	if status, _ := ready("192.0.2.7:1", "", ""); status != 503 {
		t.Errorf("draining: %d", status)
	}
}

func TestRobotsMayFetchFeeds(t *testing.T) {
	t.Parallel()
	server := emptyShelf().serve(t, beforeSpring, nil)
	var body bytes.Buffer
	if _, err := body.ReadFrom(ask(server.Handler(), http.MethodGet, "/robots.txt", nil, "").Body); err != nil {
		t.Fatal(err)
	}
	if got := body.String(); strings.Contains(got, "Disallow: /f") || !strings.Contains(got, "Allow: /f/") {
		t.Error(got)
	}
}

func TestMissingOptionsAreNamed(t *testing.T) {
	t.Parallel()
	_, err := web.New(web.Options{})
	if err == nil || !strings.Contains(err.Error(), "Desk") || !strings.Contains(err.Error(), "Zones") {
		t.Error(err)
	}
}
