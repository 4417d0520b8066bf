package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"almanac/scheduler/access"
)

var codePath = regexp.MustCompile(`<path d="((?:M\d+ \d+h1v1h-1z)+)"`)

// TestLettersSayDatesAndNothingElse: a letter has all dates, the clinic's number and, when asked for, a code. What
// staff print is in the audit.
func TestLettersSayDatesAndNothingElse(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.opened()
	coordinator := h.signIn(access.Coordinator)
	shows(t, h.get(cohort+"/letters", coordinator), http.StatusConflict, "There are no dates to come")
	enrollment := h.enrolled(cohort, "Amina Canary", "amina@canary.example")
	dates := len(h.itinerary())
	h.enrolled(cohort, "Bo Li", "bo@canary.example")
	page, _ := h.links(enrollment)
	person := h.find(regexp.MustCompile(`href="(/people/[0-9a-z]{13})"`), h.get(enrollment, coordinator).body)
	one := h.get(person+"/letter", coordinator)
	shows(t, one, 200, "Amina Canary", "Appointments", "5:00\u00a0PM", "With a code")
	hides(t, one, "Bo Li", "MORE", "evening", "canary.example", page, "<svg")
	if n := strings.Count(one.body, "<li>"); n != dates || n == 0 {
		t.Errorf("%d dates on the letter of a stay with %d", n, dates)
	}
	shows(t, one, 200, "Hand over, and do not post")
	h.goesTo(h.post(enrollment+"/settings", url.Values{"contact": {"post"}}, coordinator), enrollment)
	hides(t, h.get(person+"/letter", coordinator), "Hand over")
	coded := h.get(person+"/letter?code=yes", coordinator)
	shows(t, coded, 200, "<svg", "Without the code", "Hand it to them alone")
	hides(t, coded, page)
	if found := codePath.FindStringSubmatch(coded.body); found == nil || strings.Count(found[1], "M") < 300 {
		t.Error("there is no code on the letter")
	}
	shows(t, h.get(cohort+"/letters", coordinator), 200, "Amina Canary", "Bo Li")
	shows(t, h.get("/audit?kind=views", h.signIn(access.Auditor)), 200, "/people/:id/letter", "/cohorts/:id/letters")
}
