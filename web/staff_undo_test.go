package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
)

// A program takes its own enrollment back. A late repeat of the request does not
// bring it back, and says why; another program cannot take it back.
func TestAPIUndo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.ScopeWrite, access.ScopeEnroll, access.ScopeRead)
	at := "/cohorts/" + p.cohort()
	_, answer := p.must(http.StatusCreated, "POST", at+"/enrollments", patBody("a"), "Idempotency-Key", "e")
	number, until := answer.Header.Get("Change-Number"), answer.Header.Get("Undo-Until")
	if number == "" || until != "2026-01-01T15:03:00Z" {
		t.Fatalf("the enrollment can be taken back by %q until %q", number, until)
	}
	if _, again := p.must(http.StatusCreated, "POST", at+"/enrollments", patBody("a"), "Idempotency-Key",
		"e"); again.Header.Get("Change-Number") != number ||
		again.Header.Get("Undo-Until") != until {
		t.Errorf("a repeat is answered with %v", again.Header)
	}
	undo := "/changes/" + number + "/undo"
	h.program(access.ScopeWrite).must(http.StatusForbidden, "POST", undo, "")
	p.must(http.StatusOK, "POST", undo, "", "Idempotency-Key", "u")
	p.must(http.StatusOK, "POST", undo, "", "Idempotency-Key", "u")
	p.must(http.StatusNotFound, "POST", undo, "")
	if again := p.ask("POST", at+"/enrollments", patBody("a"), "Idempotency-Key",
		"e"); again.StatusCode != http.StatusConflict ||
		!strings.Contains(again.body, "has since been undone") {
		t.Errorf("the repeat answers %d: %s", again.StatusCode, again.body)
	}
	_, anew := p.must(http.StatusCreated, "POST", at+"/enrollments", patBody("a"), "Idempotency-Key", "f")
	h.at(moved.Add(scheduler.UndoWindow))
	p.must(http.StatusConflict, "POST", "/changes/"+anew.Header.Get("Change-Number")+"/undo", "")
}

// TestManyChangesToTakeBack makes five changes within three minutes: the newest three stand open on the home
// page, and the others can be unfolded.
func TestManyChangesToTakeBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.opened()
	desk := h.signIn(access.Coordinator)
	for n := range 5 {
		enroll := url.Values{"name": {fmt.Sprintf("Canary Person %c", 'A'+n)}, "zone": {"America/Chicago"},
			"language": {"en"}}
		h.goesTo(h.post(cohort+"/enroll", enroll, desk), "/enrollments/")
	}
	page := h.get("/", desk)
	shows(t, page, 200, "<summary>2 more can be undone</summary>")
	if open, _, _ := strings.Cut(page.body, "<summary>"); strings.Count(open, "Undo (until") != 3 ||
		strings.Count(page.body, "Undo (until") != 5 {
		t.Errorf("%d of %d changes to take back stand open, want 3 of 5", strings.Count(open, "Undo (until"),
			strings.Count(page.body, "Undo (until"))
	}
}
