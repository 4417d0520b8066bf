package web_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/web"
)

// TestEveryViewIsInTheAudit walks over all routes of staff and programs. Whom a response names stands in the audit
// under its request id, with where it came from. No row has a name, an address or an id of a person.
func TestEveryViewIsInTheAudit(t *testing.T) {
	t.Parallel()
	w := &walk{stocks: map[string]*stock{}}
	w.house, w.folder = withKeptMail(t)
	w.populate(1)
	marks := w.marks()
	shown := map[string]int{}
	for _, v := range w.visits() {
		nobody := v.stock == "1b" || v.stock == "unknown" && strings.Contains(v.path, "0000000000000")
		if v.verb != http.MethodGet && v.verb != http.MethodPost || !slices.Contains(viewers, v.actor.name) || nobody ||
			v.path == "/signout" || v.path == "/account/sign-ins" {
			continue
		}
		answer := w.ask(v.actor, v.verb, v.path, filledIn(w.changeNo()))
		named := map[scheduler.ID]string{}
		for mark, person := range marks {
			if strings.Contains(answer.body, mark) && !strings.Contains(v.path, mark) {
				named[person] = mark
			}
		}
		if len(named) == 0 {
			continue
		}
		shown[v.verb]++
		seen := w.seenIn(answer.Header.Get("X-Request-Id"))
		for person, mark := range named {
			if !seen[person] {
				t.Errorf("%s: %s %s shows %q and leaves no row", v.actor.name, v.verb, v.path, mark)
			}
		}
	}
	if shown[http.MethodGet] < 25 || shown[http.MethodPost] < 10 {
		t.Errorf("somebody was shown in %v cases only", shown)
	}
	w.noRowNames(marks)
}

// viewers are who walks: together they may open everything.
var viewers = []string{"facilitator 1a", "admin 1", "token read 1", "token enroll 1", "token export 1",
	"token audit 1"}

// marks are names, addresses and ids, and the person that each means.
func (w *walk) marks() map[string]scheduler.ID {
	w.t.Helper()
	marks := map[string]scheduler.ID{}
	for _, s := range w.stocks {
		person := scheduler.ID(s.ids["/people/"])
		for _, mark := range []string{s.words[1], s.words[2], s.ids["/people/"], s.ids["/enrollments/"]} {
			marks[mark] = person
		}
	}
	return marks
}

// seenIn gives the people in the rows that a request left.
func (w *walk) seenIn(request string) map[scheduler.ID]bool {
	w.t.Helper()
	page, err := w.db.Audit(w.t.Context(), w.operator(), w.clinic,
		reads.AuditQuery{Kind: reads.AuditViews, Request: request, Limit: 20})
	if err != nil {
		w.t.Fatal(err)
	}
	seen := map[scheduler.ID]bool{}
	for _, r := range page.Rows {
		if r.Network != "192.0.2.1" || !strings.Contains(r.Route, " /") || r.Fields == "" {
			w.t.Errorf("a row says %+v", r.Source)
		}
		for _, who := range append(slices.Clone(r.People), r.Subject) {
			seen[who.ID] = true
		}
	}
	return seen
}

// noRowNames looks through all rows of the audit as they are saved.
func (w *walk) noRowNames(marks map[string]scheduler.ID) {
	w.t.Helper()
	for mark := range marks {
		const all = "SELECT count(*) FROM audit WHERE subject || actor || action || route || fields || people LIKE "
		if n := w.count(all + "'%" + mark + "%'"); n != 0 {
			w.t.Errorf("%d rows of the audit hold %q", n, mark)
		}
	}
}

// brokenAudit is an audit that cannot be written.
type brokenAudit struct{ soundAudit }

type soundAudit = web.Audit

func (brokenAudit) RecordViews(context.Context, access.Actor, scheduler.ID, *reads.Viewing) error {
	return fault.Wrap(fault.Unavailable, errors.New("the disk is full"), "Not now.")
}

func TestNothingIsShownWithoutItsRow(t *testing.T) {
	t.Parallel()
	var sound web.Audit
	h := newHouse(t, func(o *web.Options) { sound = o.Audit })
	cohort := h.opened()
	h.enrolled(cohort, "Amy Canary", "amy@canary.example")
	desk, program := h.signIn(access.Coordinator), h.program(access.ScopeRead)
	for _, broken := range []bool{false, true} {
		h.server.Audit = sound
		if broken {
			h.server.Audit = brokenAudit{sound}
		}
		page := h.get(cohort, desk)
		api := program.ask(http.MethodGet, "/people?query=amy", "")
		for _, answer := range []reply{page, api} {
			if shows := strings.Contains(answer.body, "Canary"); shows == broken {
				t.Errorf("broken: %v, and shown: %v: %s", broken, shows, answer.body)
			}
			if want := map[bool]int{false: 200, true: 503}[broken]; answer.StatusCode != want {
				t.Errorf("%d, not %d", answer.StatusCode, want)
			}
		}
		if plain := h.get("/account", desk); plain.StatusCode != http.StatusOK {
			t.Errorf("a page without people: %d", plain.StatusCode)
		}
	}
}

func TestReadingKeptMailIsInTheAudit(t *testing.T) {
	t.Parallel()
	w := &walk{stocks: map[string]*stock{}}
	w.house, w.folder = withKeptMail(t)
	enrollment := w.enrolled(w.opened(), "Amy Canary", "Canary@example.net")
	standing, err := w.db.Enrollment(t.Context(), w.operator(), w.clinic,
		scheduler.ID(strings.TrimPrefix(enrollment, "/enrollments/")))
	if err != nil {
		t.Fatal(err)
	}
	keepMail(t, w.folder, w.clinic, 1)
	desk := w.signIn(access.Coordinator)
	list := w.get("/mail", desk)
	for _, answer := range []reply{list, w.get(w.find(mailPattern, list.body), desk)} {
		if seen := w.seenIn(answer.Header.Get("X-Request-Id")); !seen[standing.Person] {
			t.Errorf("mail was read, and the audit says %v", seen)
		}
	}
}

// The audit's page is searched by kind, day, person and member of staff, and a person's page leads to who looked.
func TestAuditPageIsSearched(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.opened()
	amy := h.enrolled(cohort, "Amy Canary", "amy@canary.example")
	h.enrolled(cohort, "Bo Other", "bo@canary.example")
	standing, err := h.db.Enrollment(t.Context(), h.operator(), h.clinic,
		scheduler.ID(strings.TrimPrefix(amy, "/enrollments/")))
	if err != nil {
		t.Fatal(err)
	}
	person := string(standing.Person)
	h.get(amy, h.signIn(access.FrontDesk))
	officer := h.signIn(access.PrivacyOfficer)
	record := h.get("/people/"+person, officer)
	shows(t, record, 200, "Who has seen this person", "/audit?kind=views&amp;subject="+person)
	hides(t, h.get("/people/"+person, h.signIn(access.FrontDesk)), "Who has seen this person")
	seen := h.get("/audit?kind=views&subject="+person, officer)
	shows(t, seen, 200, "Amy Canary", "Saw people", "Front desk", "from 192.0.2.1, GET /enrollments/:id", "name")
	hides(t, seen, "Enrolled")
	changes := h.get("/audit?kind=changes&subject="+person, officer)
	shows(t, changes, 200, "Enrolled", "Amy Canary")
	hides(t, changes, "Saw people", "Bo Other")
	shows(t, h.get("/audit?from=2026-01-02", officer), 200, "Nothing found")
	shows(t, h.get("/audit?until=2026-01-01", officer), 200, "Opened a cohort")
	shows(t, h.get("/audit?from=soon", officer), 422, "Write it like 2026-03-03")
	shows(t, h.get("/audit?actor=staff:nobody", officer), 200, "Nothing found")
	if _, err := h.db.LogAudit(t.Context(), access.System("test"), h.clinic); err != nil {
		t.Fatal(err)
	}
	shows(t, h.get("/audit", officer), 200, "rows up to", "almanac audit verify")
}

// What was not let in stands in the audit with its network, once a minute.
func TestRefusalsAreInTheAudit(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.opened()
	front := h.signIn(access.FrontDesk)
	for range 3 {
		h.get("/audit", front)
		h.get("/cohorts/0000000000000", front)
		h.post("/signin/forged", nil, "")
		program{h, "", "almanac_forged"}.ask(http.MethodGet, "/cohorts", "")
	}
	h.get(cohort, front)
	page, err := h.db.Audit(t.Context(), h.operator(), h.clinic,
		reads.AuditQuery{Kind: reads.AuditSecurity, Limit: 20})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range page.Rows {
		kind, _, _ := strings.Cut(r.Actor, ":")
		got = append(got, kind+" "+r.Action+" "+r.Network+" "+r.Route)
	}
	slices.Sort(got)
	want := []string{"nobody sign-in.failed 192.0.2.1 GET /api/v1/cohorts",
		"nobody sign-in.failed 192.0.2.1 POST /signin/:token", "staff access.refused 192.0.2.1 GET /audit",
		"staff access.refused 192.0.2.1 GET /cohorts/:id"}
	if !slices.Equal(got, want) {
		t.Errorf("the audit says\n%s, not\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	shows(t, h.get("/audit?kind=security", h.signIn(access.Auditor)), 200, "Failed to sign in", "Was refused",
		"from 192.0.2.1, POST /signin/:token")
}
