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

// Details are changed after a preview; what was typed stays when something is wrong, and a consent that ends is kept
// with how it ended.
func TestEditingAPerson(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	enrollment := h.enrolled(h.opened(), "Ana Canary", "ana@old.example")
	h.enrolled(h.opened(), "Canary Ana", "ana@new.example")
	at := h.find(recordPattern, h.get(enrollment, desk).body)
	form := h.get(at+"/edit", desk)
	wantStatus(t, form, http.StatusOK)
	if !strings.Contains(form.body, `value="ana@old.example"`) {
		t.Error("the form does not show what stands")
	}
	wrong := h.post(at+"/edit", url.Values{"email": {"ana@"}, "zone": {"Mars/Olympus"}, "external_ids": {"8812"}}, desk)
	wantStatus(t, wrong, http.StatusUnprocessableEntity)
	if !strings.Contains(wrong.body, `value="ana@"`) || !strings.Contains(wrong.body, "as system: id") {
		t.Error("what was typed is gone, or nothing says what is wrong")
	}
	twin := h.post(at+"/edit", url.Values{"email": {"ana@new.example"}}, desk)
	wantStatus(t, twin, http.StatusConflict)
	if !strings.Contains(twin.body, "They are different people") {
		t.Error("nobody is asked about the other person")
	}
	saved := url.Values{"name": {"Ana Ruiz Canary"}, "email": {"ana@third.example"},
		"external_ids": {"urn:oid:1.2: 8812"}}
	preview := h.post(at+"/edit", saved, desk)
	wantStatus(t, preview, http.StatusOK)
	saved.Set("change_no", h.find(changePattern, preview.body))
	h.goesTo(h.post(at+"/edit", saved, desk), at)
	page := h.get(at, desk)
	for _, text := range []string{"Ana Ruiz Canary", "ana@third.example", "urn:oid:1.2", "8812", "Details changed"} {
		if !strings.Contains(page.body, text) {
			t.Errorf("after saving there is no %q", text)
		}
	}
	wantStatus(t, h.post(at+"/consents", url.Values{}, desk), http.StatusUnprocessableEntity)
	h.goesTo(h.post(at+"/consents", url.Values{"how": {"phone"}}, desk), at)
	if page = h.get(at, desk); !strings.Contains(page.body, "No consent to any channel.") ||
		!strings.Contains(page.body, "by phone, recorded by") {
		t.Error("the end of the consent is not kept")
	}
	h.goesTo(h.post(at+"/consents", url.Values{"how": {"paper"}, "consents": {"email"}, "version": {"2"}}, desk), at)
	if page = h.get(at, desk); !strings.Contains(page.body, "to version 2 of the text, <bdi>on paper, recorded by") {
		t.Error("the new consent is not kept")
	}
	program, id := h.program(access.ScopeEnroll), strings.TrimPrefix(at, "/people/")
	dry, _ := program.must(http.StatusOK, http.MethodPatch, "/people/"+id, `{"phone": "202 555 0188", "dry_run": true}`)
	if dry["phone"] != nil || dry["preview"] == nil {
		t.Errorf("a dry run answers %v", dry)
	}
	set, _ := program.must(http.StatusOK, http.MethodPatch, "/people/"+id, `{"phone": "202 555 0188"}`)
	if set["phone"] != "+12025550188" || set["zone"] != "America/Chicago" {
		t.Errorf("a change answers %v", set)
	}
	ended, _ := program.must(http.StatusOK, http.MethodPut, "/people/"+id+"/consents",
		`{"consents": [], "how": "email"}`)
	if ended["unreachable"] != true {
		t.Errorf("consents that end leave %v", ended)
	}
}
