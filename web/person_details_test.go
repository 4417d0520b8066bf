package web_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// leaving lets what is due leave, and gives the messages about addresses.
func (h *house) leaving() (about []reads.Handover) {
	h.t.Helper()
	for range 4 {
		tickets, err := h.db.Due(h.t.Context(), access.System("worker"), 50)
		if err != nil {
			h.t.Fatal(err)
		}
		var ids []scheduler.ID
		for _, ticket := range tickets {
			ids = append(ids, ticket.ID)
		}
		handed, err := h.db.Gate(h.t.Context(), access.System("worker"), ids)
		if err != nil {
			h.t.Fatal(err)
		}
		var results []reads.Result
		for _, one := range handed {
			results = append(results, reads.Result{Handover: one, Outcome: reads.Sent, At: (*h.now.Load())})
			if one.Kind.AboutAddress() {
				about = append(about, one)
			}
		}
		if err := h.db.Record(h.t.Context(), access.System("worker"), results); err != nil {
			h.t.Fatal(err)
		}
		h.at((*h.now.Load()).Add(21 * time.Second))
	}
	return about
}

var waitingPattern = regexp.MustCompile(`name="change" value="([^"]+)"`)

// A person changes zone, language and email on their own page; the old email can stop it, and the number waits for a
// call where no texts go.
func TestPeopleChangeTheirDetails(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	page, _ := h.links(h.enrolled(h.opened(), "Amina Canary", "amina@canary.example"))
	h.at((*h.now.Load()).Add(4 * time.Minute))
	h.leaving()
	details := page + "/details"
	shows(t, h.get(page, ""), 200, details)
	first := h.get(details, "")
	shows(t, first, 200, "a•••@canary.example", "Chicago")
	hides(t, first, "amina@canary.example", "Amina")
	same := url.Values{"do": {"details"}, "zone": {"America/Chicago"}, "language": {"en"}}
	h.goesTo(h.post(details, same, ""), details)
	for zone, status := range map[string]int{"Nowhere/Here": 422, "": 422} {
		shows(t, h.post(details, url.Values{"do": {"details"}, "zone": {zone}, "language": {"en"}}, ""), status,
			"We do not know this place")
	}
	shows(t, h.post(details, url.Values{"do": {"details"}, "zone": {"America/Chicago"}, "language": {"xx"}}, ""), 422,
		"Choose one from the list")
	for _, bad := range []string{"", "nobody", "amina@canary.example", strings.Repeat("x", 500) + "@canary.example"} {
		shows(t, h.post(details, url.Values{"do": {"address"}, "channel": {"email"}, "email": {bad}}, ""), 422,
			"We can&#39;t use this")
	}
	shows(t, h.post(details, url.Values{"do": {"address"}, "channel": {"pigeon"}, "email": {"a@b.example"}}, ""), 422)
	shows(t, h.post(details, url.Values{"do": {"nothing"}}, ""), 422)
	h.goesTo(h.post(details, url.Values{"do": {"address"}, "channel": {"email"}, "email": {"new@canary.example"}}, ""),
		details)
	sent := h.leaving()
	if len(sent) != 1 || sent[0].Address != "new@canary.example" {
		t.Fatalf("codes go to %+v", sent)
	}
	waits := h.get(details, "")
	shows(t, waits, 200, "new@canary.example", "six digits")
	change := waitingPattern.FindStringSubmatch(waits.body)[1]
	shows(t, h.post(details, url.Values{"do": {"code"}, "change": {change}, "code": {"12"}}, ""), 422, "not the code")
	code := sent[0].Code[:3] + " " + sent[0].Code[3:] // as people type it
	done := h.post(details, url.Values{"do": {"code"}, "change": {change}, "code": {code}}, "")
	next := strings.TrimSuffix(h.goesTo(done, "/p/"), "/details")
	shows(t, h.get(next+"/details", ""), 200, "n•••@canary.example")
	shows(t, h.get(details, ""), 404)
	warned := h.leaving()
	if len(warned) != 1 || warned[0].Address != "amina@canary.example" {
		t.Fatalf("warned are %+v", warned)
	}
	stop := "/k/" + warned[0].Stop
	shows(t, h.get(stop, ""), 200, "That was not me")
	shows(t, h.get(next+"/details", ""), 200, "n•••@") // looking changed nothing
	shows(t, h.post(stop, url.Values{}, ""), 200, "We will call you")
	shows(t, h.get(next+"/details", ""), 404)
	shows(t, h.get(stop, ""), 404)
	shows(t, h.get("/k/"+strings.Repeat("x", 100), ""), 404)
	shows(t, h.get("/tasks", h.signIn(access.Coordinator)), 200, "was not their wish")
}

// Each channel stops with one button and goes on with another; a number waits for a call where no texts go.
func TestPeopleStopMessages(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	enrollment := h.enrolled(h.opened(), "Amina Canary", "amina@canary.example")
	page, _ := h.links(enrollment)
	shows(t, h.get(page+"/settings", ""), 200, "Stop all email")
	h.goesTo(h.post(page+"/channels", url.Values{"channel": {"email"}, "do": {"stop"}}, ""), page+"/settings")
	shows(t, h.get(page+"/settings", ""), 200, "Send me email again", "It has stopped", "What you agree to")
	h.goesTo(h.post(page+"/channels", url.Values{"channel": {"email"}, "do": {"again"}}, ""), page+"/settings")
	shows(t, h.get(page+"/settings", ""), 200, "Stop all email", "It is on again")
	shows(t, h.post(page+"/channels", url.Values{"channel": {"pigeon"}, "do": {"again"}}, ""), 422)
	h.goesTo(h.post(page+"/details", url.Values{"do": {"address"}, "channel": {"sms"}, "phone": {"+12025550199"}}, ""),
		page+"/details")
	shows(t, h.get(page+"/details", ""), 200, "we will call you")
	shows(t, h.get("/tasks", h.signIn(access.Coordinator)), 200, "cannot be told at the old one", "12025550199",
		"typed in on their page")
}
