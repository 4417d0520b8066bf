package web_test

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
)

// questionFor makes a forged answer to a person's first date and gives the
// address that the question about it would be mailed with.
func (h *house) questionFor() string {
	h.t.Helper()
	ctx, page := h.t.Context(), access.System("worker")
	items := h.itinerary()
	taken, err := h.db.TakeReply(ctx, access.System("inbound"), gate.Reply{
		Method: gate.MethodReply, UID: items[0].UID, Stamp: *h.now.Load(), Partstat: "DECLINED",
		Attendee: "eve@canary.example", From: "eve@canary.example",
	}, reads.Inbound{Digest: rand.Text()})
	if err != nil || taken.Act != string(gate.ReplyUnconfirmed) {
		h.t.Fatalf("%+v, %v", taken, err)
	}
	for range 10 { // the welcome goes first, and one thing at a time
		tickets, err := h.db.Due(ctx, page, 100)
		if err != nil {
			h.t.Fatal(err)
		}
		var ids []scheduler.ID
		for _, ticket := range tickets {
			ids = append(ids, ticket.ID)
		}
		handovers, err := h.db.Gate(ctx, page, ids)
		if err != nil {
			h.t.Fatal(err)
		}
		var results []reads.Result
		for _, handover := range handovers {
			if handover.Confirm != "" {
				return "/c/" + handover.Confirm
			}
			results = append(results, reads.Result{Handover: handover, Outcome: reads.Sent, At: *h.now.Load()})
		}
		if err := h.db.Record(ctx, page, results); err != nil {
			h.t.Fatal(err)
		}
		h.at(h.now.Load().Add(scheduler.ChangeDelay))
	}
	h.t.Fatal("no question was handed over")
	return ""
}

// itinerary is that of the only person.
func (h *house) itinerary() []reads.Item {
	h.t.Helper()
	people, err := h.db.People(h.t.Context(), h.operator(), h.clinic)
	if err != nil || len(people) != 1 {
		h.t.Fatalf("%d people, %v", len(people), err)
	}
	p, err := h.db.Person(h.t.Context(), h.operator(), h.clinic, people[0].ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return p.Items
}

// Programs that look at every link in a mail change nothing; a person's button
// sets the answer of one date, which staff see, and the page asks no more.
func TestConfirmPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	enrollment := h.enrolled(h.opened(), "Amina Canary", "amina@canary.example")
	address := h.questionFor()
	before := h.itinerary()
	shows(t, h.get(enrollment, desk), 200, "said no, not confirmed")

	answer := h.get(address, "")
	shows(t, answer, 200, "Will you come?", "Tue 6 Jan 2026", "5:00\u00a0PM – 7:00\u00a0PM", "Chicago", "I will come",
		"I cannot come")
	hides(t, answer, "Canary", "evening", "MORE", "canary.example", "<script src=\"http")
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions} {
		h.send(httptest.NewRequest(method, address+"?come=no", nil), "")
	}
	foreign := httptest.NewRequest(http.MethodPost, address, strings.NewReader("come=no"))
	foreign.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	foreign.Header.Set("Sec-Fetch-Site", "cross-site")
	shows(t, h.send(foreign, ""), 403)
	shows(t, h.post(address, nil, ""), 422, "Please choose one of the two answers.")
	shows(t, h.post(address, url.Values{"come": {"maybe"}}, ""), 422, "Please choose one of the two answers.")
	for i, item := range h.itinerary() {
		if item.Intent != before[i].Intent || item.Claimed != before[i].Claimed {
			t.Fatalf("looking made date %d %q and %q", i, item.Intent, item.Claimed)
		}
	}

	h.goesTo(h.post(address, url.Values{"come": {"yes"}}, ""), address)
	page := h.get(address, "")
	shows(t, page, 200, "Thank you. We have noted your answer.")
	hides(t, page, "Will you come?", "2026")
	h.goesTo(h.post(address, url.Values{"come": {"no"}}, ""), address)
	for i, item := range h.itinerary() {
		if want := map[bool]gate.Intent{true: gate.IntentYes}[i == 0]; item.Intent != want || item.Claimed != "" {
			t.Errorf("date %d has %q and %q", i, item.Intent, item.Claimed)
		}
	}
	staff := h.get(enrollment, desk)
	shows(t, staff, 200, "said yes")
	hides(t, staff, "not confirmed")
	shows(t, h.get("/c/aaaaaaaaaaaaaaaaaaaaaaaaaa", ""), 404, "There is nothing at this address")
	if log := h.log.String(); strings.Contains(log, strings.TrimPrefix(address, "/c/")) {
		t.Error("the token stands in the log")
	}
}
