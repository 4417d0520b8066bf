package web_test

import (
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
)

// officersMay are the addresses at which a privacy officer does something.
var officersMay = []string{"/people/:id/disclosures", "/people/:id/hold", "/people/:id/erase", "/people/:id/record",
	"/glass/review", "/breach"}

// Who only reads changes nothing on any address of any method: neither an auditor nor, but for what is theirs to do, a
// privacy officer.
func TestReadersChangeNothing(t *testing.T) {
	t.Parallel()
	w := newWalk(t, nil)
	form, asked := filledIn(w.changeNo()), 0
	before := w.everything()
	for _, a := range w.actors {
		if role, _, _ := strings.Cut(a.name, " "); role != string(access.Auditor) &&
			role != string(access.PrivacyOfficer) {
			continue
		}
		for _, route := range w.server.Routes() {
			if !strings.HasPrefix(route.Policy, "staff ") || route.Method == http.MethodGet ||
				route.Method == http.MethodHead {
				continue
			}
			for _, s := range w.stocks {
				asked++
				answer := w.ask(a, route.Method, s.address(route.Path, ""), form)
				searches := route.Path == "/people" // by POST, so that no name stands in an address
				own := strings.HasPrefix(route.Path, "/account") || strings.HasPrefix(route.Path, "/passkey/") ||
					strings.HasPrefix(route.Path, "/calendar/feeds")
				counts := strings.HasPrefix(route.Path, "/reports/") // a file of numbers; only the audit has it
				officer := strings.HasPrefix(a.name, string(access.PrivacyOfficer)) &&
					slices.Contains(officersMay, route.Path)
				if answer.StatusCode != http.StatusForbidden && !searches && !own && !counts && !officer {
					t.Errorf("%s: %s %s is %d", a.name, route.Method, route.Path, answer.StatusCode)
				}
			}
		}
	}
	if asked < 100 {
		t.Errorf("only %d were asked", asked)
	}
	if after := w.everything(); after != before {
		t.Errorf("something changed from\n%s\nto\n%s", before, after)
	}
}

// attended matches what tells whether somebody came, or what follows from it.
var attended = regexp.MustCompile(`(?i)\b(present|missed|excused|partial|dose|owed|graduat\w*|attendance|completed)\b`)

// The front desk sees people and dates, and on no page whether they came.
func TestTheFrontDeskSeesNoAttendance(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.opened()
	amina := h.enrolled(cohort, "Amina Canary", "amina@canary.example")
	first := h.sessions(cohort)[0]
	h.at(moved.AddDate(0, 0, 6))
	h.browsers = map[access.Role]string{}
	lead, _ := h.signInAs("Lead", access.Coordinator)
	desk := h.signIn(access.FrontDesk)
	seat := h.find(regexp.MustCompile(`name="state-([0-9a-z]+)"`), h.get(first+"/attendance", lead).body)
	h.goesTo(h.post(first+"/attendance", url.Values{"state-" + seat: {"missed"}}, lead), "/")
	if !attended.MatchString(h.get(amina, lead).body) {
		t.Fatal("a coordinator sees nothing of it either")
	}
	shows(t, h.get(cohort, lead), 200, `<i class="seat-missed">M</i>`, "Attendance: 1 missed, 7 to come")
	hides(t, h.get(cohort, desk), "squares", "seat-", "Attendance: ")
	shows(t, h.get(amina, desk), 200, "Amina Canary", "amina@canary.example", "Tue 13 Jan 2026")
	person := h.find(regexp.MustCompile(`href="(/people/[0-9a-z]+)"`), h.get(amina, desk).body)
	if !attended.MatchString(h.get(person, lead).body) {
		t.Error("the page of a person says nothing of attendance to a coordinator")
	}
	for _, path := range []string{"/", cohort, cohort + "/roster", amina, amina + "/settings", person} {
		answer := h.get(path, desk)
		shows(t, answer, 200)
		if word := attended.FindString(answer.body); word != "" {
			t.Errorf("%s says %q", path, word)
		}
	}
	for _, path := range []string{cohort + "/board", first + "/attendance", first + "/sheet", "/tasks", "/intake",
		"/notices", "/staff", "/audit", cohort + "/set"} {
		shows(t, h.get(path, desk), 403)
	}
}

// The audit says in words who did what to whom, to those who may read it.
func TestTheAuditInWords(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.opened()
	amina := h.enrolled(cohort, "Amina Canary", "amina@canary.example")
	officer := h.signIn(access.PrivacyOfficer)
	page := h.get("/audit", officer)
	shows(t, page, 200, "Canary coordinator", "Opened a cohort", "Canary evening", "Enrolled", "Amina Canary",
		`href="`+amina+`"`, "Added to the staff", "a command on the server")
	form := url.Values{"name": {"North Street"}, "zone": {"America/New_York"}, "facilitators": {"all"},
		"phone": {"202 555 0100"}, "head_email": {"proof@elsewhere.example"}}
	h.goesTo(h.post("/clinic", form, h.signIn(access.Admin)), "/clinic")
	page = h.get("/audit?kind=changes", officer)
	shows(t, page, 200, "Changed the clinic&#39;s settings", "daily proof of the audit, name, phone, time zone")
	hides(t, page, "555", "elsewhere") // never what they hold
	shows(t, h.get("/audit", h.signIn(access.Coordinator)), 403)
	shows(t, h.get("/audit?after=2000-01-01T00:00:00Z,"+string(h.clinic), officer), 200, "Nothing yet")
	shows(t, h.get("/audit?after=nonsense", officer), 422)
	if _, err := h.db.Audit(t.Context(), access.Staff("x", string(h.clinic), access.Facilitator), h.clinic,
		reads.AuditQuery{Limit: 10}); err == nil {
		t.Error("a facilitator reads the audit")
	}
}

// Every action that is written has words.
func TestEveryActionHasWords(t *testing.T) {
	t.Parallel()
	said, err := os.ReadFile("staff_audit_words.go")
	if err != nil {
		t.Fatal(err)
	}
	written := regexp.MustCompile(`(?:b\.note(?:Fields)?\(|Action: |noted\(ctx, )"([a-z-]+(?:\.[a-z-]+)?)"`)
	found := 0
	for _, folder := range []string{"../scheduler", "../scheduler/store"} {
		files, err := filepath.Glob(folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, action := range written.FindAllStringSubmatch(string(source), -1) {
				found++
				if !strings.Contains(string(said), `"`+action[1]+`":`) {
					t.Errorf("%s: the action %s has no words", file, action[1])
				}
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d actions are found", found)
	}
}
