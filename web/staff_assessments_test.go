package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"almanac/scheduler/access"
	"almanac/web"
)

var assessmentPattern = regexp.MustCompile(`href="(/assessments/[0-9a-z]+)"`)

// An assessor sees numbers and windows, notes one, and finds no name, cohort, protocol or leader on any route.
func TestAnAssessorIsBlinded(t *testing.T) {
	t.Parallel()
	w := newWalk(t, nil)
	own := "/enrollments/" + w.stocks["2a"].ids["/enrollments/"]
	shows(t, w.get(own, w.signIn(access.Coordinator)), 200, "Amy2a Walker", "Baseline")
	telling := []string{"Lead", "Walk", "walk.example", "Amy", "Nomail", "Sub2", "mbsr", "MBSR", "Mindful"}
	for _, s := range w.stocks {
		telling = append(telling, s.ids["/cohorts/"])
	}
	answered := map[int]int{}
	for _, a := range w.actors {
		if !strings.HasPrefix(a.name, string(access.Assessor)) {
			continue
		}
		for _, route := range w.server.Routes() {
			if !strings.HasPrefix(route.Policy, "staff ") || route.Path == "/signout" {
				continue
			}
			for _, s := range w.stocks {
				path := s.address(route.Path, "")
				answer := w.ask(a, route.Method, path, filledIn(w.changeNo()))
				answered[answer.StatusCode]++
				text := strings.ReplaceAll(answer.body, "Walk two", "") // the clinic's name
				i := slices.IndexFunc(telling, func(word string) bool { return strings.Contains(text, word) })
				if i >= 0 {
					t.Errorf("%s: %s %s says %q", a.name, route.Method, path, telling[i])
				}
			}
		}
	}
	if answered[http.StatusOK] < 10 || answered[http.StatusForbidden] < 100 {
		t.Errorf("the walk was answered %v", answered)
	}
}

func TestAssessmentsAreNotedByNumber(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(*web.Options) {})
	cohort := h.opened()
	amina := h.enrolled(cohort, "Amina Canary", "amina@canary.example")
	coordinator, assessor := h.signIn(access.Coordinator), h.signIn(access.Assessor)
	shows(t, h.get(amina, coordinator), 200, "Assessments", "Baseline")
	h.goesTo(h.get("/", assessor), "/assessments")
	list := h.get("/assessments", assessor)
	shows(t, list, 200, "Baseline", "due")
	hides(t, list, "Amina", "Canary evening", "Find a person", "Cohorts")
	one := h.find(assessmentPattern, list.body)
	shows(t, h.get(one, assessor), 200, "Participant", "What became of it")
	wrong := h.post(one, url.Values{"outcome": {"done"}, "date": {"2020-01-01"}, "mode": {"phone"}}, assessor)
	shows(t, wrong, 422, "is before this person was enrolled", `value="2020-01-01"`)
	h.goesTo(h.post(one, url.Values{"outcome": {"done"}, "mode": {"phone"}}, assessor), "/assessments")
	shows(t, h.get("/assessments?show=noted", assessor), 200, "Baseline", "done", "by phone")
	shows(t, h.get(amina, coordinator), 200, "by phone")
	file := h.post("/export/assessments", nil, assessor)
	shows(t, file, 200, "participant,assessment", "Baseline")
	hides(t, file, "Amina", "Canary")
	shows(t, h.get("/audit", h.signIn(access.Admin)), 200, "Recorded an assessment", "Exported the assessments")
	for _, path := range []string{"/people", amina, cohort, cohort + "/board", "/audit", "/export",
		"/reports", "/tasks"} {
		shows(t, h.get(path, assessor), 403)
	}
	id := strings.TrimPrefix(amina, "/enrollments/")
	p := h.program(access.ScopeEnroll)
	shows(t, p.ask(http.MethodPost, "/enrollments/"+id+"/assessment", `{"window": "baseline", "outcome": "missed",
"dry_run": true}`), 200, `"preview":`)
	shows(t, p.ask(http.MethodPost, "/enrollments/"+id+"/assessment", `{"window": "scores", "outcome": "done"}`), 422,
		"has no assessment")
	all := h.program(access.ScopeRead).ask(http.MethodGet, "/assessments?show=noted", "")
	shows(t, all, 200, `"state":"done"`, `"mode":"phone"`)
	hides(t, all, "Amina")
}
