package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store"
	"almanac/web"
)

// noPrograms knows no token.
type noPrograms struct{}

func (noPrograms) TokenActor(context.Context, access.Actor, string, netip.Addr) (access.Actor, error) {
	return access.Actor{}, errors.New("the disk broke at canary@example.net")
}

func (noPrograms) Standing(context.Context, access.Actor, scheduler.ID, scheduler.ID) (reads.EnrollmentView, error) {
	return reads.EnrollmentView{}, errors.New("the disk broke")
}

// problemOf reads a problem document.
type problemDocument struct {
	Status                        int
	Title, Detail, Kind, Incident string
	Errors                        []struct{ Message, Location string }
}

func problemOf(t *testing.T, answer reply) problemDocument {
	t.Helper()
	var p problemDocument
	if err := json.Unmarshal([]byte(answer.body), &p); err != nil {
		t.Fatalf("%s\n%s", err, answer.body)
	}
	if p.Status != answer.StatusCode || answer.Header.Get("Content-Type") != "application/problem+json" ||
		p.Title == "" || !strings.HasSuffix(p.Detail, ".") {
		t.Errorf("%s: %+v", answer.Header.Get("Content-Type"), p)
	}
	return p
}

// The description of the API, as a golden: a new field or operation is seen.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	p := newHouse(t, nil).program(access.ScopeRead)
	_, answer := p.must(http.StatusOK, "GET", "/openapi.json", "")
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, []byte(answer.body), "", " "); err != nil {
		t.Fatal(err)
	}
	compareGolden(t, filepath.Join("testdata", "openapi.json"), append(pretty.Bytes(), '\n'))
	if !strings.Contains(answer.body, `"openapi":"3.1.0"`) || strings.Contains(answer.body, "ErrorModel") ||
		strings.Contains(answer.body, "http://") || strings.Contains(answer.body, "https://") {
		t.Error("the description is not what it should be")
	}
}

// objects are the things of one house, for addresses with parameters.
func (p program) objects() map[string]string {
	p.t.Helper()
	cohort := p.cohort()
	listed, _ := p.must(http.StatusOK, "GET", "/cohorts/"+cohort+"/sessions", "")
	enrolled, _ := p.must(http.StatusCreated, "POST", "/cohorts/"+cohort+"/enrollments", patBody("x"))
	return map[string]string{
		"/cohorts/": cohort, "/sessions/": listed["sessions"].([]any)[3].(map[string]any)["id"].(string),
		"/enrollments/": enrolled["id"].(string), "/protocols/": "mbsr-4w",
	}
}

// Every operation against every scope, no token, a revoked one, another
// clinic's, and a cookie: what the policy table says, and nothing else.
func TestAPIPolicies(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *web.Options) { o.APIRate = 0 })
	ours := h.program(access.Scopes()...)
	objects := ours.objects()
	tokens := map[string]program{"none": {house: h}, "unknown": {house: h, token: "almanac_nobody"},
		"revoked": h.revoked(), "stranger": h.stranger()}
	for _, scope := range access.Scopes() {
		tokens[string(scope)] = h.program(scope)
	}
	cases := 0
	for _, route := range h.server.Routes() {
		if !strings.HasPrefix(route.Path, "/api/v1") || route.Policy == "open" || route.Policy == "reader" {
			continue
		}
		action, isToken := strings.CutPrefix(route.Policy, "token ")
		if !isToken || !slices.Contains(access.Actions(), access.Action(action)) {
			t.Errorf("%s %s has the policy %q", route.Method, route.Path, route.Policy)
		}
		path := strings.TrimPrefix(route.Path, "/api/v1")
		for prefix, id := range objects {
			if strings.HasPrefix(path, prefix) {
				path = strings.Replace(path, ":id", id, 1)
			}
		}
		for name, p := range tokens {
			cases++
			answer := p.ask(route.Method, path, "")
			allowed := access.Can(access.Token("t", "c", access.Scope(name)), access.Action(action))
			switch {
			case name == "none", name == "unknown", name == "revoked":
				if answer.StatusCode != http.StatusUnauthorized ||
					answer.Header.Get("WWW-Authenticate") != `Bearer realm="api"` {
					t.Errorf("%s %s, token %s: %d", route.Method, route.Path, name, answer.StatusCode)
				}
			case name == "stranger":
				// the body is read first
				missing := answer.StatusCode == http.StatusNotFound || answer.StatusCode == http.StatusBadRequest
				if strings.Contains(path, "-") && strings.Contains(route.Path, ":id") &&
					!strings.HasPrefix(path, "/protocols/") && !missing {
					t.Errorf("%s %s answers another clinic with %d\n%s", route.Method, route.Path,
						answer.StatusCode, answer.body)
				}
			case allowed == (answer.StatusCode == http.StatusForbidden):
				t.Errorf("%s %s, scope %s: %d", route.Method, route.Path, name, answer.StatusCode)
			}
			if answer.StatusCode >= 400 {
				problemOf(t, answer)
			}
			names := allowed && name != "stranger" && strings.HasPrefix(path, "/people") // whom a program looks for
			if answer.StatusCode >= 500 || !names && strings.Contains(answer.body, "anary") {
				t.Errorf("%s %s, token %s: %d\n%s", route.Method, route.Path, name, answer.StatusCode, answer.body)
			}
		}
	}
	if cases < 100 {
		t.Errorf("only %d cases", cases)
	}
	if answer := h.get("/api/v1/cohorts", h.signIn(access.Admin)); answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("a sign-in opens the API: %d", answer.StatusCode)
	}
	if strings.Contains(h.log.String(), "anary") || strings.Contains(h.log.String(), ours.token) {
		t.Error("the log has a name, an address or a token in it")
	}
}

func (h *house) revoked() program {
	h.t.Helper()
	p := h.program(access.Scopes()...)
	if err := h.db.RevokeToken(h.t.Context(), h.operator(), h.clinic, p.id); err != nil {
		h.t.Fatal(err)
	}
	return p
}

// stranger is a program of another clinic.
func (h *house) stranger() program {
	h.t.Helper()
	clinic, err := h.db.AddClinic(h.t.Context(), access.Operator(""), "Elsewhere", "America/Chicago")
	if err != nil {
		h.t.Fatal(err)
	}
	_, token, err := h.db.AddToken(h.t.Context(), access.Operator(string(clinic)), clinic,
		store.TokenRequest{Scopes: access.Scopes()})
	if err != nil {
		h.t.Fatal(err)
	}
	return program{house: h, token: token}
}

// A token that only reads sees no private address.
func TestAPIPrivateAddresses(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	enrollment := "/enrollments/" + h.program(access.Scopes()...).objects()["/enrollments/"]
	for _, c := range []struct {
		scopes []access.Scope
		sees   bool
	}{
		{[]access.Scope{access.ScopeRead}, false},
		{[]access.Scope{access.ScopeRead, access.ScopeAttendance}, false},
		{[]access.Scope{access.ScopeRead, access.ScopeWrite}, true},
		{[]access.Scope{access.ScopeEnroll}, true},
	} {
		e, answer := h.program(c.scopes...).must(http.StatusOK, "GET", enrollment, "")
		_, feed := e["feed_url"]
		_, page := e["page_url"]
		if feed != c.sees || page != c.sees || strings.Contains(answer.body, "/f/") != c.sees {
			t.Errorf("%v: %s", c.scopes, answer.body)
		}
	}
}

// What must not be asked, and what comes of it; nothing is changed by it.
func TestAPIBadInput(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.Scopes()...)
	objects := p.objects()
	enrollments := "/cohorts/" + objects["/cohorts/"] + "/enrollments"
	standing, _ := p.must(http.StatusOK, "GET", "/enrollments/"+objects["/enrollments/"], "")
	known := `{"participant": {"id": "` + standing["participant"].(string) + `"}}`
	overlapping, _ := p.must(http.StatusCreated, "POST", "/cohorts", strings.Replace(openingBody, "18:00", "19:00", 1))
	over, _ := p.must(http.StatusCreated, "POST", "/cohorts",
		strings.Replace(strings.Replace(openingBody, "2026-01-06", "2025-09-02", 1), "{", `{"past": true, `, 1))
	p.must(http.StatusCreated, "POST", enrollments, patBody("k"), "Idempotency-Key", "canary-key")
	session := "/sessions/" + objects["/sessions/"]
	before := h.everything()
	for name, c := range map[string]struct {
		status             int
		kind               string
		method, path, body string
		headers            []string
		location           string
	}{
		"enrolling twice": {409, "conflict", "POST", enrollments, known, nil, ""},
		"two overlapping cohorts": {409, "conflict", "POST", "/cohorts/" + overlapping["id"].(string) + "/enrollments",
			known, nil, ""},
		"after the end": {409, "closed", "POST", "/cohorts/" + over["id"].(string) + "/enrollments",
			known, nil, ""},
		"a birthday as a phone": {422, "invalid", "POST", enrollments,
			`{"participant": {"name": "Canary", "phone": "01/02/1980"}}`, nil, "body.participant.phone"},
		"no name": {422, "invalid", "POST", enrollments, `{"participant": {}}`, nil,
			"body.participant.name"},
		"another body under a key": {422, "invalid", "POST", enrollments, patBody("l"),
			[]string{"Idempotency-Key", "canary-key"}, "header.Idempotency-Key"},
		"a long key": {422, "invalid", "POST", enrollments, patBody("l"),
			[]string{"Idempotency-Key", strings.Repeat("k", 256)}, "header.Idempotency-Key"},
		"a stale tag, withdrawing": {412, "", "DELETE", "/enrollments/" + objects["/enrollments/"], "",
			[]string{"If-Match", `"old"`}, ""},
		"a stale tag, cancelling": {412, "", "POST", session + "/cancel", "",
			[]string{"If-Match", `"old", W/"older"`}, ""},
		"a stale tag, moving": {412, "", "POST", session + "/move", `{"to": "2026-01-28T18:00"}`,
			[]string{"If-Match", `"old"`}, ""},
		"unknown field": {422, "invalid", "POST", enrollments,
			`{"participant": {"name": "Canary", "nickname": "canary"}}`, nil, "body.participant.nickname"},
		"wrong type": {422, "invalid", "POST", enrollments, `{"participant": {"name": 5}}`, nil,
			"body.participant.name"},
		"no such day": {422, "invalid", "POST", enrollments,
			`{"participant": {"name": "Canary"}, "earliest": "2026-02-30"}`, nil, "body.earliest"},
		"no such language": {422, "invalid", "POST", enrollments,
			`{"participant": {"name": "Canary", "language": "de"}}`, nil, "body.participant.language"},
		"no JSON":       {400, "", "POST", enrollments, `name: Canary`, nil, "body"},
		"more after it": {400, "", "POST", enrollments, known + known, nil, "body"},
		"no body":       {400, "", "POST", enrollments, "", nil, ""},
		"another type of body": {415, "", "POST", enrollments, known,
			[]string{"Content-Type", "text/plain"}, "body"},
		"a large body": {413, "", "POST", enrollments,
			`{"participant": {"name": "` + strings.Repeat("x", 1<<20) + `"}}`, nil, ""},
		"an unknown person": {404, "not-found", "POST", enrollments,
			`{"participant": {"id": "` + string(randomID()) + `"}}`, nil, ""},
		"an unknown cohort": {404, "not-found", "POST", "/cohorts/" + string(randomID()) + "/enrollments",
			known, nil, ""},
		"an odd id": {404, "not-found", "GET", "/cohorts/%2e%2e", "", nil, ""},
		"a past move": {422, "invalid", "POST", session + "/move", `{"to": "2025-01-28T18:00"}`,
			nil, "body.to"},
		"no wall time": {422, "invalid", "POST", session + "/move", `{"to": "2026-01-28T18:00:00Z"}`,
			nil, "body.to"},
		"a makeup without a date": {422, "invalid", "POST", session + "/cancel", `{"content": "makeup"}`,
			nil, "body.on"},
		"no such protocol": {422, "invalid", "POST", "/cohorts",
			strings.Replace(openingBody, "more-telehealth", "canary", 1), nil, "body.protocol"},
		"no such zone": {422, "invalid", "POST", "/cohorts",
			strings.Replace(openingBody, "America/New_York", "EST", 1), nil, "body.zone"},
		"a past start": {422, "invalid", "POST", "/cohorts",
			strings.Replace(openingBody, "2026-01-06", "2025-01-07", 1), nil, "body.start"},
		"no seats": {422, "invalid", "POST", "/cohorts", strings.Replace(openingBody, "6}", "0}", 1),
			nil, "body.capacity"},
		"an odd limit":         {422, "invalid", "GET", "/cohorts?limit=0", "", nil, "query.limit"},
		"an odd place":         {422, "invalid", "GET", "/cohorts?after=%21", "", nil, "query.after"},
		"an unknown parameter": {422, "invalid", "GET", "/cohorts?name=canary", "", nil, "query.name"},
		"another method":       {405, "", "PATCH", "/cohorts", "", nil, ""},
		"another address":      {404, "", "GET", "/canary", "", nil, ""},
	} {
		answer := p.ask(c.method, c.path, c.body, c.headers...)
		problem := problemOf(t, answer)
		located := c.location == "" && len(problem.Errors) == 0
		for _, e := range problem.Errors {
			located = located || e.Location == c.location && strings.HasSuffix(e.Message, ".")
		}
		if answer.StatusCode != c.status || c.kind != "" && problem.Kind != c.kind || !located {
			t.Errorf("%s: %d, want %d %s at %q\n%s", name, answer.StatusCode, c.status, c.kind, c.location, answer.body)
		}
		if strings.Contains(answer.body, "anary") {
			t.Errorf("%s: what was sent comes back:\n%s", name, answer.body)
		}
	}
	if after := h.everything(); after != before {
		t.Errorf("something was changed:\n%s\nnot\n%s", after, before)
	}
	if strings.Contains(h.log.String(), "anary") {
		t.Error("the log has what was sent in it")
	}
}

// everything is what the clinic's pages would show of cohorts and people.
func (h *house) everything() string {
	h.t.Helper()
	var all strings.Builder
	rows, err := h.db.Cohorts(h.t.Context(), h.operator(), h.clinic)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, row := range rows {
		cohort, err := h.db.Cohort(h.t.Context(), h.operator(), h.clinic, row.ID)
		if err != nil {
			h.t.Fatal(err)
		}
		fmt.Fprintf(&all, "%+v\n%+v\n%+v\n", cohort.ChangeNo, cohort.Sessions, cohort.Enrollments)
	}
	people, err := h.db.People(h.t.Context(), h.operator(), h.clinic)
	if err != nil {
		h.t.Fatal(err)
	}
	fmt.Fprint(&all, people)
	return all.String()
}

func TestAPIConditions(t *testing.T) {
	t.Parallel()
	p := newHouse(t, nil).program(access.Scopes()...)
	objects := p.objects()
	for _, prefix := range []string{"/cohorts/", "/sessions/", "/enrollments/"} {
		path := prefix + objects[prefix]
		_, first := p.must(http.StatusOK, "GET", path, "")
		tag := first.Header.Get("ETag")
		for _, list := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
			if answer := p.ask("GET", path, "", "If-None-Match", list); answer.StatusCode != http.StatusNotModified ||
				answer.body != "" || answer.Header.Get("ETag") != tag {
				t.Errorf("%s with %s: %d %q", path, list, answer.StatusCode, answer.body)
			}
		}
		p.must(http.StatusOK, "GET", path, "", "If-None-Match", `"x"`)
	}
	session, enrollment := "/sessions/"+objects["/sessions/"], "/enrollments/"+objects["/enrollments/"]
	_, read := p.must(http.StatusOK, "GET", session, "")
	move := func(tag, key string) reply {
		return p.ask("POST", session+"/move", `{"to": "2026-01-28T18:00"}`, "If-Match", tag, "Idempotency-Key", key)
	}
	if answer := move("W/"+read.Header.Get("ETag"), ""); answer.StatusCode != http.StatusPreconditionFailed {
		t.Errorf("a weak tag: %d", answer.StatusCode) // RFC 9110 §13.1.1 compares strongly
	}
	moved := move(read.Header.Get("ETag"), "move")
	if moved.StatusCode != http.StatusOK || moved.Header.Get("ETag") == read.Header.Get("ETag") {
		t.Errorf("moving: %d\n%s", moved.StatusCode, moved.body)
	}
	if answer := move(read.Header.Get("ETag"), ""); answer.StatusCode != http.StatusPreconditionFailed {
		t.Errorf("the same tag again: %d", answer.StatusCode)
	}
	if answer := move(read.Header.Get("ETag"), "move"); answer.StatusCode != http.StatusOK ||
		answer.body != moved.body {
		t.Errorf("the same request under its key: %d\n%s", answer.StatusCode, answer.body)
	}
	p.must(http.StatusNoContent, "DELETE", enrollment, "", "If-Match", "*")
}

func TestAPIKeys(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.Scopes()...)
	first, _ := p.must(http.StatusCreated, "POST", "/cohorts", openingBody, "Idempotency-Key", "k")
	again, _ := p.must(http.StatusCreated, "POST", "/cohorts", strings.ReplaceAll(openingBody, " ", "  "),
		"Idempotency-Key", "k")
	if first["id"] != again["id"] {
		t.Error("two cohorts under one key")
	}
	enrollments := "/cohorts/" + first["id"].(string) + "/enrollments"
	one, answer := p.must(http.StatusCreated, "POST", enrollments, patBody("a"), "Idempotency-Key", "e")
	_, same := p.must(http.StatusCreated, "POST", enrollments, patBody("a"), "Idempotency-Key", "e")
	if same.body != answer.body || same.Header.Get("Location") != answer.Header.Get("Location") {
		t.Errorf("the answer differs:\n%s\n%s", answer.body, same.body)
	}
	other, _ := h.program(access.ScopeEnroll).must(http.StatusCreated, "POST", enrollments, patBody("b"),
		"Idempotency-Key", "e")
	if other["id"] == one["id"] {
		t.Error("two tokens share a key")
	}
	for range 2 {
		p.must(http.StatusNoContent, "DELETE", "/enrollments/"+one["id"].(string), "", "Idempotency-Key", "d")
	}
	p.must(http.StatusConflict, "DELETE", "/enrollments/"+one["id"].(string), "")
}

func TestAPIPages(t *testing.T) {
	t.Parallel()
	p := newHouse(t, nil).program(access.Scopes()...)
	cohort := p.cohort()
	for hour := 8; hour < 15; hour++ {
		p.must(http.StatusCreated, "POST", "/cohorts",
			strings.Replace(openingBody, "18:00", fmt.Sprintf("%02d:00", hour), 1))
	}
	for path, want := range map[string]struct {
		list string
		n    int
	}{"/cohorts": {"cohorts", 8}, "/cohorts/" + cohort + "/sessions": {"sessions", 8},
		"/protocols": {"protocols", 28}} {
		seen, pages := map[any]bool{}, 0
		for next := path + "?limit=3"; next != ""; pages++ {
			value, answer := p.must(http.StatusOK, "GET", next, "")
			items := value[want.list].([]any)
			if len(items) > 3 || len(items) == 0 {
				t.Errorf("%s has %d items", next, len(items))
			}
			for _, item := range items {
				one := item.(map[string]any)
				seen[fmt.Sprint(one["id"], one["version"])] = true
			}
			link := answer.Header.Get("Link")
			next, _, _ = strings.Cut(strings.TrimPrefix(link, "<http://127.0.0.1:8080/api/v1"), ">")
			if link != "" && !strings.HasSuffix(link, `; rel="next"`) {
				t.Errorf("Link: %s", link)
			}
		}
		if len(seen) != want.n || pages != (want.n+2)/3 {
			t.Errorf("%s: %d items on %d pages", path, len(seen), pages)
		}
	}
}

// What nobody can mend is an incident, and the log knows it.
func TestAPIIncident(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *web.Options) { o.Programs = noPrograms{} })
	answer := program{house: h, token: "anything"}.ask("GET", "/cohorts", "")
	problem := problemOf(t, answer)
	if answer.StatusCode != http.StatusInternalServerError || problem.Incident == "" ||
		!strings.Contains(h.log.String(), problem.Incident) || strings.Contains(answer.body, "disk") {
		t.Errorf("%d\n%s", answer.StatusCode, answer.body)
	}
}
