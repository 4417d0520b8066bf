package web_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
)

var (
	outcomePattern = regexp.MustCompile(`action="(/tasks/[0-9a-z]+/outcome)"`)
	versionPattern = regexp.MustCompile(`name="version" value="([^"]+)"`)
)

// A person who cannot be written to is one card. No answer keeps it, with the next try; reached closes all of it.
func TestCallsByPerson(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.opened()
	e, err := h.desk.Enroll(t.Context(), desk.Request{Actor: h.operator(), Clinic: h.clinic}, scheduler.EnrollRequest{
		Cohort:  scheduler.ID(cohort[len("/cohorts/"):]),
		Contact: scheduler.Contact{Name: "Amina Canary", Phone: "+12025550100"}, Language: "es",
	})
	if err != nil {
		t.Fatal(err)
	}
	coordinator := h.signIn(access.Coordinator)
	page := h.get("/tasks", coordinator)
	shows(t, page, 200, "1 thing to say", `href="tel:&#43;12025550100"`, `lang="es"`, "Estas son sus citas.", "hora de",
		"Reached", "Not reached")
	hides(t, page, "Only this is done", "For a machine")
	shows(t, page, 200, "Nobody has asked them yet", "Call between 9:00\u00a0AM and 8:00\u00a0PM")
	rules := url.Values{"contact": {"word"}, "call_from": {"10:00"}, "call_until": {"10:30"}}
	own := "/enrollments/" + string(e.Enrollment) + "/settings"
	shows(t, h.post(own, rules, coordinator), 422, "at least an hour after", `value="word" checked`)
	rules.Set("call_until", "18:00")
	h.goesTo(h.post(own, rules, coordinator), strings.TrimSuffix(own, "/settings"))
	page = h.get("/tasks", coordinator)
	shows(t, page, 200, "Call between 10:00\u00a0AM and 6:00\u00a0PM",
		"You may leave word", "Do not say who is calling",
		"Hand letters over", `<q lang="es">Por favor, devuelva la llamada. Gracias.</q>`)
	at := h.find(outcomePattern, page.body)
	form := url.Values{"version": {h.find(versionPattern, page.body)}, "outcome": {"no-answer"},
		"date": {"2026-01-01"}, "time": {"14:30"}}
	for day, say := range map[string]string{"": "Choose a date", "2025-12-01": "This time is over",
		"2027-01-01": "more than 60 days", "soon": "not a valid date"} {
		form.Set("date", day)
		shows(t, h.post(at, form, coordinator), 422, say, `id="f-again-`, `value="14:30"`, "<details open>")
	}
	next := civil.DateOf(h.now.Load().Add(24 * time.Hour))
	form.Set("date", next.String())
	h.goesTo(h.post(at, form, coordinator), "/tasks")
	page = h.get("/tasks", coordinator)
	shows(t, page, 200, "The call comes up again", "1 try, last", "no answer", "next try")
	shows(t, h.post(at, form, coordinator), 409, "has changed since this page was shown")
	form = url.Values{"version": {h.find(versionPattern, page.body)}, "outcome": {"reached"}}
	h.goesTo(h.post(at, form, coordinator), "/tasks")
	page = h.get("/tasks", coordinator)
	shows(t, page, 200, "Noted that they were told", "Other tasks")
	hides(t, page, "Amina Canary")
	shows(t, h.get("/audit", h.signIn(access.Admin)), 200, "Called, and told them", "Called without an answer")
}

// A call on the second page is answered there: with what was typed when it is refused, and back there when it is noted.
func TestCallsKeepTheirPlace(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	for range 5 {
		cohort := h.opened()
		for range 6 {
			_, err := h.desk.Enroll(t.Context(), desk.Request{Actor: h.operator(), Clinic: h.clinic},
				scheduler.EnrollRequest{Cohort: scheduler.ID(cohort[len("/cohorts/"):]),
					Contact: scheduler.Contact{Name: "Amina Canary", Phone: "+12025550100"}, New: true})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	coordinator := h.signIn(access.Coordinator)
	second := html.UnescapeString(h.find(regexp.MustCompile(`href="(/tasks\?after=[^"]+)"`),
		h.get("/tasks", coordinator).body))
	page := h.get(second, coordinator)
	shows(t, page, 200, "Amina Canary · phone …0100")
	place := strings.TrimPrefix(second, "/tasks")
	at := html.UnescapeString(h.find(regexp.MustCompile(`action="(/tasks/[0-9a-z]+/outcome[^"]*)"`), page.body))
	next := h.find(regexp.MustCompile(`(?s)<article.*?<article class="card call" aria-labelledby="(c-[0-9a-z]+)"`),
		page.body)
	form := url.Values{"version": {h.find(versionPattern, page.body)}, "outcome": {"left-word"},
		"date": {"2025-12-01"}, "time": {"14:35"}}
	refused := h.post(at, form, coordinator)
	shows(t, refused, 422, "This time is over", `value="14:35"`, "<details open>")
	form.Set("date", civil.DateOf(h.now.Load().Add(48*time.Hour)).String())
	noted := h.post(at, form, coordinator)
	h.goesTo(noted, "/tasks")
	if to := noted.Header.Get("Location"); to != "/tasks"+place+"#"+next {
		t.Errorf("a noted call leads to %s", to)
	}
	shows(t, h.get(second, coordinator), 200, "The call comes up again")
	shows(t, h.get("/tasks?after=2099-01-01T00:00:00Z,zzzzzzzzzzzzz", coordinator), 200, "Nothing is left on this page")
}

// Programs read calls and note how they ended; a dry run notes nothing.
func TestCallsByTheAPI(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.ScopeRead, access.ScopeWrite, access.ScopeEnroll)
	p.pending()
	first := func() map[string]any {
		all, _ := p.must(200, "GET", "/tasks", "")
		calls := all["calls"].([]any)
		if len(calls) == 0 {
			return nil
		}
		return calls[0].(map[string]any)["tasks"].([]any)[0].(map[string]any)
	}
	if first() == nil {
		t.Fatal("there is no task")
	}
	at := "/tasks/" + first()["id"].(string) + "/outcome"
	open := func() float64 {
		all, _ := p.must(200, "GET", "/tasks?limit=1", "")
		return all["open"].(float64)
	}
	before := open()
	would, _ := p.must(200, "POST", at, `{"outcome": "reached", "dry_run": true}`)
	if len(would["tasks"].([]any)) == 0 || open() != before {
		t.Errorf("a dry run answered %v, and %v are open", would, open())
	}
	p.must(422, "POST", at, `{"outcome": "asleep"}`)
	p.must(422, "POST", at, `{"outcome": "no-answer", "again": "2020-01-01T10:00:00Z"}`)
	p.must(409, "POST", at, `{"outcome": "reached", "version": "0"}`)
	p.must(422, "GET", "/tasks?after=x", "")
	p.must(200, "POST", at, `{"outcome": "reached"}`)
	if open() >= before {
		t.Errorf("%v tasks are open, %v were", open(), before)
	}
}
