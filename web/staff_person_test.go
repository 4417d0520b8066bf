package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"almanac/scheduler/access"
	"almanac/scheduler/store"
)

var recordPattern = regexp.MustCompile(`href="(/people/[0-9a-z]{13,64})"`)

// A person's page has what staff know of them, and every name leads there.
func TestPageOfAPerson(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	enrollment := h.enrolled(h.opened(), "Ana Canary", "ana@canary.example")
	at := h.find(recordPattern, h.get(enrollment, desk).body)
	if in := h.find(recordPattern, h.get("/people", desk).body); in != at {
		t.Errorf("the list leads to %s, and the enrollment to %s", in, at)
	}
	page := h.get(at, desk)
	wantStatus(t, page, http.StatusOK)
	for _, text := range []string{"Ana Canary", "ana@canary.example", "8 upcoming", "Welcome", "waiting", "Enrolled",
		`href="` + enrollment + `"`, "agreed on", "Renew both links"} {
		if !strings.Contains(page.body, text) {
			t.Errorf("the page has no %q", text)
		}
	}
	wantStatus(t, h.get("/people/0000000000000", desk), http.StatusNotFound)
}

// Links are renewed once, and the old ones end at once.
func TestRenewingLinks(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	enrollment := h.enrolled(h.opened(), "Ana Canary", "ana@canary.example")
	at := h.find(recordPattern, h.get(enrollment, desk).body)
	page, feed := h.links(enrollment)
	for range 2 { // a reload of the form renews nothing
		h.goesTo(h.post(at+"/links", url.Values{"generation": {"0"}}, desk), at)
	}
	newPage, newFeed := h.links(enrollment)
	if newPage == page || newFeed == feed {
		t.Fatal("the links are the old ones")
	}
	wantStatus(t, h.get(page, ""), http.StatusNotFound)
	wantStatus(t, h.get(newPage, ""), http.StatusOK)
	if old := h.get(feed, ""); old.StatusCode != http.StatusOK || strings.Contains(old.body, "BEGIN:VEVENT") {
		t.Errorf("the old calendar has %d and dates", old.StatusCode)
	}
	wantStatus(t, h.post(at+"/links", url.Values{}, desk), http.StatusUnprocessableEntity)
	wantStatus(t, h.post(at+"/links", url.Values{"generation": {"1"}}, h.signIn(access.Facilitator)),
		http.StatusForbidden)
}

// A facilitator sees of a person what belongs to their own groups.
func TestPageOfAPersonForFacilitators(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.facilitatorsSee(store.FacilitatorsOwn)
	cookie, lead := h.signInAs("Lead", access.Facilitator)
	other, _ := h.signInAs("Other", access.Facilitator)
	enrollment := h.enrolled(h.openedLedBy(lead, "Own evening", "10:00"), "Ana Canary", "ana@canary.example")
	at := h.find(recordPattern, h.get(enrollment, cookie).body)
	page := h.get(at, cookie)
	wantStatus(t, page, http.StatusOK)
	for _, text := range []string{"Private links", "Messages", "History of changes", "Renew"} {
		if strings.Contains(page.body, text) {
			t.Errorf("a facilitator sees %q", text)
		}
	}
	wantStatus(t, h.get(at, other), http.StatusNotFound)
}
