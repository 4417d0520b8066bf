package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"almanac/scheduler/access"
)

// Intake lists the entries of closed cohorts, too, and only those that fit when somebody can come.
func TestIntakeShowsWhatFits(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	shows(t, h.get("/intake", desk), http.StatusOK, "No cohort takes new people.", `href="/cohorts/new"`,
		"Open a cohort first, then enroll people.")
	tuesday := h.opened()
	h.openedAt("Thursday noon", "2026-02-05", "12:00")
	h.rolling("Rolling series", "2026-01-07")
	shows(t, h.get("/intake", desk), http.StatusOK, "Canary evening", "Thursday noon", "Rolling series",
		"6 seats free", "one start for all", `href="`+tuesday+`/enroll?earliest=2026-01-06"`)
	for query, want := range map[string]string{
		"day=thu": "Thursday noon", "day=tue": "Canary evening", "part=afternoon": "Thursday noon",
		"earliest=2026-02-05&day=tue&day=thu": "Thursday noon",
	} {
		page := h.get("/intake?"+query, desk)
		shows(t, page, http.StatusOK, want, "Show all")
		for _, other := range []string{"Thursday noon", "Canary evening", "Rolling series"} {
			if other != want {
				hides(t, page, other)
			}
		}
	}
	shows(t, h.get("/intake?day=sun", desk), http.StatusOK, "No entry fits.")
	shows(t, h.get("/intake?earliest=2026-02-31&day=tue", desk), http.StatusUnprocessableEntity,
		"This is not a valid date", `value="2026-02-31"`, `value="tue" checked`)
}

// A prerequisite is ticked in the list, the place in the list stays, and it can be undone.
func TestIntakeTicksPrerequisites(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	enrollment := h.enrolled(h.rolling("Rolling series", "2026-01-08"), "Amina Canary", "")
	h.at(moved.Add(25 * time.Hour))
	desk, _ := h.signInAs("later", access.Coordinator)
	const at = "/intake/done?day=thu"
	page := h.get("/intake?day=thu", desk)
	tick := strings.TrimPrefix(enrollment, "/enrollments/") + " orientation"
	shows(t, page, http.StatusOK, `action="`+at+`"`, `value="`+tick+`"`, "Orientation done", ">1 day</span>")
	refused := h.post(at, url.Values{"done": {tick + "x"}, "once": {h.find(oncePattern, page.body)}}, desk)
	shows(t, refused, http.StatusUnprocessableEntity, "<h1>Intake</h1>", `value="thu" checked`)
	done := h.post(at, url.Values{"done": {tick}, "once": {h.find(oncePattern, refused.body)}}, desk)
	if to := done.Header.Get("Location"); done.StatusCode != http.StatusSeeOther || to != "/intake?day=thu" {
		t.Errorf("%d leads to %q", done.StatusCode, to)
	}
	page = h.get("/intake?day=thu", desk)
	shows(t, page, http.StatusOK, "Undo (until")
	hides(t, page, tick)
	shows(t, h.get(enrollment, desk), http.StatusOK, "Active")
	shows(t, h.post("/intake/done", url.Values{"done": {tick}}, h.signIn(access.Auditor)), http.StatusForbidden)
}

// The waitlist of a group leads to the next group once there is one.
func TestIntakeMovesWaitlists(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	first := h.opened()
	for _, name := range []string{"A", "B", "C", "D", "E", "F", "Gus"} {
		h.enrolled(first, name+" Canary", "")
	}
	desk := h.signIn(access.Coordinator)
	page := h.get("/intake", desk)
	shows(t, page, http.StatusOK, "1 waiting", "No entry has a free seat.")
	hides(t, page, "Move this waitlist")
	h.openedAt("Next evening", "2026-02-05", "18:00")
	shows(t, h.get("/intake", desk), http.StatusOK, `href="`+first+`/waitlist">Move this waitlist to the next group`)
}
