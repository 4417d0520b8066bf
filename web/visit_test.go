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

func (brokenAudit) RecordViews(context.Context, access.Actor, scheduler.ID, *reads.Visit) error {
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
