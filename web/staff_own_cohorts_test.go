package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/store"
)

// signInAs gives the cookie of a new member of staff, and their id.
func (h *house) signInAs(name string, role access.Role) (cookie string, id scheduler.ID) {
	h.t.Helper()
	id, err := h.db.AddStaff(h.t.Context(), h.operator(), h.clinic, name,
		strings.ToLower(name)+"@canary.example", string(role))
	if err != nil {
		h.t.Fatal(err)
	}
	link, err := h.db.NewLink(h.t.Context(), h.operator(), h.clinic, id, time.Hour)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, c := range h.post("/signin/"+link, nil, "").Cookies() {
		if c.Name == "signin" {
			cookie = c.Value
		}
	}
	return cookie, id
}

// openedLedBy opens a cohort at an hour of its own that somebody leads.
func (h *house) openedLedBy(lead scheduler.ID, name, at string) string {
	h.t.Helper()
	return h.goesTo(h.post("/cohorts/new", url.Values{
		"step": {"open"}, "protocol": {"more-telehealth@1"}, "start": {"2026-01-06"}, "time": {at},
		"zone":     {"America/New_York"},
		"capacity": {"6"}, "name": {name}, "facilitator": {string(lead)}, "reason": {"leads under supervision"},
	}, h.signIn(access.Coordinator)), "/cohorts/")
}

// A facilitator sees the cohorts they lead or substitute in and no others, and no
// private links; a clinic can let them see all.
func TestFacilitatorsSeeTheirOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.facilitatorsSee(store.FacilitatorsOwn)
	kim, kimID := h.signInAs("Kim", access.Facilitator)
	lee, leeID := h.signInAs("Lee", access.Facilitator)
	mine, theirs := h.openedLedBy(kimID, "Canary one", "18:00"), h.openedLedBy(leeID, "Canary two", "20:30")
	amina, omar := h.enrolled(mine, "Amina Canary", "amina@canary.example"),
		h.enrolled(theirs, "Omar Canary", "omar@canary.example")
	_, feed := h.links(amina)

	shows(t, h.get("/", kim), 200, "Canary one")
	hides(t, h.get("/", kim), "Canary two")
	own := h.get(amina, kim)
	shows(t, own, 200, "Amina Canary")
	hides(t, own, feed, "Private links", "/p/")
	sessions := h.sessions(theirs)
	for _, path := range []string{theirs, theirs + "/roster", theirs + "/board", omar, sessions[0] + "/move",
		sessions[0] + "/cancel", sessions[0] + "/attendance", sessions[0] + "/sheet"} {
		answer := h.get(path, kim)
		shows(t, answer, 404)
		hides(t, answer, "Omar", "Canary two")
	}
	for _, change := range []string{"/cancel", "/move", "/attendance"} {
		shows(t, h.post(sessions[0]+change,
			url.Values{"content": {"skip"}, "to": {"2026-01-07"}, "to_time": {"18:00"}}, kim), 404)
	}

	// A substitute sees the cohort, and changes their own session only.
	h.substitutes(sessions[1], kimID)
	shows(t, h.get(theirs, kim), 200, "Canary two", "Omar Canary")
	shows(t, h.get(sessions[1]+"/move", kim), 200)
	shows(t, h.get(sessions[0]+"/move", kim), 404)
	shows(t, h.get(omar, kim), 200, "Omar Canary")
	shows(t, h.get(sessions[1]+"/sheet", lee), 200)
	shows(t, h.get(mine, lee), 404)

	h.facilitatorsSee(store.FacilitatorsAll)
	shows(t, h.get(mine, lee), 200, "Canary one")
	all := h.get(amina, lee)
	shows(t, all, 200, "Amina Canary")
	hides(t, all, "Private links", feed)
}

// substitutes gives a session to somebody.
func (h *house) substitutes(session string, to scheduler.ID) {
	h.t.Helper()
	form := url.Values{"by": {string(to)}, "reason": {"is supervised"}}
	preview := h.post(session+"/substitute", form, h.signIn(access.Coordinator))
	form.Set("change_no", h.find(changePattern, preview.body))
	if answer := h.post(session+"/substitute", form,
		h.signIn(access.Coordinator)); answer.StatusCode != http.StatusSeeOther {
		h.t.Fatalf("%d\n%s", answer.StatusCode, problems(answer.body))
	}
}
