package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
)

// crowdedPair opens two cohorts of six seats: nine people asked for the first one, and of the three who wait there the
// first has a seat in the second.
func (h *house) crowdedPair() (first, second string) {
	h.t.Helper()
	first = h.opened()
	second = h.openedAt("Next evening", "2026-02-05", "18:00")
	enroll := func(cohort string, q scheduler.EnrollRequest) scheduler.Enrolled {
		q.Cohort = scheduler.ID(strings.TrimPrefix(cohort, "/cohorts/"))
		made, err := h.desk.Enroll(h.t.Context(), desk.Request{Actor: h.operator(), Clinic: h.clinic}, q)
		if err != nil {
			h.t.Fatal(err)
		}
		return made
	}
	var person scheduler.ID
	for _, name := range []string{"A", "B", "C", "D", "E", "F", "Gus", "Hana", "Ivo"} {
		made := enroll(first, scheduler.EnrollRequest{Contact: scheduler.Contact{Name: name + " Canary"}})
		if name == "Gus" {
			person = made.Person
		}
	}
	enroll(second, scheduler.EnrollRequest{Person: person})
	return first, second
}

// A waitlist moves to the next cohort after a preview that says who stays and why.
func TestAWaitlistMoves(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	first, second := h.crowdedPair()
	form := url.Values{"to": {strings.TrimPrefix(second, "/cohorts/")}}
	preview := h.post(first+"/waitlist", form, desk)
	shows(t, preview, http.StatusOK, "1 person stays where they are", "Gus Canary",
		"They are already enrolled in the other cohort.", "Hana Canary", "Ivo Canary")
	h.goesTo(h.through(first+"/waitlist", form, desk), first)
	shows(t, h.get(second, desk), http.StatusOK, "Hana Canary", "Ivo Canary")
	shows(t, h.get(first, desk), http.StatusOK, "Gus Canary", "no longer enrolled")
	refused := h.post(first+"/waitlist", form, desk)
	shows(t, refused, http.StatusConflict, "None of the waiting people can be moved there.")
	shows(t, h.get("/audit", h.signIn(access.Admin)), http.StatusOK, "Moved to another waitlist")
}

// A dry run of a program says who would stay.
func TestAWaitlistMovesByProgram(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	first, second := h.crowdedPair()
	p := h.program(access.ScopeWrite, access.ScopeRead)
	at, to := first+"/waitlist/move", strings.TrimPrefix(second, "/cohorts/")
	would := p.ask("POST", at, `{"dry_run": true, "to": "`+to+`"}`)
	shows(t, would, http.StatusOK, `"stays":[{"enrollment":`, "They are already enrolled in the other cohort.")
	if n := h.count("SELECT count(*) FROM enrollments WHERE state = 'waiting'"); n != 3 {
		t.Errorf("after a dry run %d wait", n)
	}
	p.must(http.StatusOK, "POST", at, `{"to": "`+to+`"}`)
	p.must(http.StatusConflict, "POST", at, `{"to": "`+to+`"}`)
}
