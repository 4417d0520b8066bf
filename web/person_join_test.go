package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
)

var joinPattern = regexp.MustCompile(`href="(/j/[a-z2-7]+)"`)

// meetingAt gives a cohort of a house a meeting by link.
func (h *house) meetingAt(cohort, link string) {
	h.t.Helper()
	coordinator := h.signIn(access.Coordinator)
	form := url.Values{"link": {link}, "dial_in": {"+1 202 555 0123"}, "pin": {"4711"}}
	form.Set("change_no", h.find(changePattern, h.post(cohort+"/set", form, coordinator).body))
	h.goesTo(h.post(cohort+"/set", form, coordinator), cohort)
}

// TestJoinOnBothDatabases: a person comes in by the button, from a quarter of an hour before the start until the
// facilitator ends the session, and the meeting learns nothing of ours.
func TestJoinOnBothDatabases(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			joins(t, newHouseAt(t, d.url(t), nil))
		})
	}
}

func joins(t *testing.T, h *house) {
	cohort := h.opened()
	const link = "https://meet.example.org/a7k2"
	enrollment := h.enrolled(cohort, "Amina Canary", "amina@canary.example")
	h.meetingAt(cohort, link)
	page, _ := h.links(enrollment)
	start, session := h.itinerary()[0].Start, h.sessions(cohort)[0]
	early := h.get(page, "")
	shows(t, early, 200, "Try it now")
	join := joinPattern.FindStringSubmatch(early.body)[1]
	token := strings.TrimPrefix(join, "/j/")
	waits := h.get(join, "")
	shows(t, waits, 200, "You can join from", "4:45\u00a0PM", "Chicago")
	hides(t, waits, link, "Canary", "evening", "MORE", "4711")
	if waits.Header.Get("Refresh") != "60" {
		t.Errorf("it looks again after %q", waits.Header.Get("Refresh"))
	}
	hides(t, h.post(join, nil, ""), link)
	h.at(start.Add(-15*time.Minute - time.Millisecond))
	shows(t, h.get(join, ""), 200, "You can join from")
	h.at(start.Add(-15 * time.Minute))
	shows(t, h.get(page, ""), 200, ">Join</a>")
	open := h.get(join, "")
	shows(t, open, 200, "Join now", `href="tel:&#43;12025550123,,4711%23"`, "I can&#39;t get in")
	hides(t, open, link, "Canary", "evening", "MORE")
	h.enters(join, link, token)
	h.at(start.Add(10 * time.Minute))
	h.goesTo(h.post(join+"/trouble", nil, ""), join)
	facilitator := h.signIn(access.Facilitator)
	shows(t, h.get(session+"/live", facilitator), 200, "Amina Canary", "Cannot get in, 6:10\u00a0PM",
		"0 of 1 have joined", `rel="noreferrer noopener"`)
	h.at(start.Add(11 * time.Minute))
	h.enters(join, link, token)
	shows(t, h.get(session+"/live", facilitator), 200, "Joined, 5:45\u00a0PM", "joined twice", "1 of 1 have joined")
	shutsAlike(t, h, join, enrollment, session)
	if strings.Contains(h.log.String(), token) || strings.Contains(h.log.String(), link) {
		t.Error("the log has a token or a link")
	}
}

// enters presses the button and looks at what the host will see.
func (h *house) enters(join, link, token string) {
	h.t.Helper()
	answer := h.post(join, nil, "")
	header := answer.Header
	if answer.StatusCode != http.StatusSeeOther || header.Get("Location") != link ||
		header.Get("Referrer-Policy") != "no-referrer" || strings.Contains(header.Get("Location"), token) {
		h.t.Errorf("joining answers %d and leads to %q", answer.StatusCode, header.Get("Location"))
	}
}

// shutsAlike ends the session, lets its time pass, and withdraws the person: the answer is the same each time.
func shutsAlike(t *testing.T, h *house, join, enrollment, session string) {
	other := strings.Replace(join, join[3:6], "aaa", 1)
	shows(t, h.get(other, ""), 404)
	h.goesTo(h.post(session+"/live/end", nil, h.signIn(access.Facilitator)), session+"/live")
	ended := h.get(join, "")
	shows(t, ended, 404, "This appointment is not open.")
	h.at(h.now.Load().Add(3 * time.Hour))
	over := h.get(join, "")
	h.at(h.now.Load().Add(-2*24*time.Hour - 13*time.Hour))
	shows(t, h.get(join, ""), 200)
	q := desk.Request{Actor: h.operator(), Clinic: h.clinic}
	id := scheduler.ID(strings.TrimPrefix(enrollment, "/enrollments/"))
	if err := h.desk.Confirm(t.Context(), q, desk.Withdraw(id)); err != nil {
		t.Fatal(err)
	}
	left := h.get(join, "")
	if over.body != ended.body || left.body != ended.body || over.StatusCode != 404 || left.StatusCode != 404 {
		t.Errorf("the answers differ: %d %d\n%s\n%s\n%s", over.StatusCode, left.StatusCode, ended.body, over.body,
			left.body)
	}
	hides(t, left, "Canary", "evening", "Join now", "2026")
}

// A clinic chooses how long before their start its sessions open: on its page, by a program, from 5 minutes to an hour.
func TestAClinicChoosesWhenSessionsOpen(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.opened()
	enrollment := h.enrolled(cohort, "Amina Canary", "amina@canary.example")
	h.meetingAt(cohort, "https://meet.example.org/a7k2")
	page, _ := h.links(enrollment)
	start := h.itinerary()[0].Start
	join := joinPattern.FindStringSubmatch(h.get(page, "").body)[1]
	p := h.program(access.ScopeStaff)
	for _, wrong := range []string{`4`, `61`, `0`, `-15`} {
		if got := p.ask("PATCH", "/clinic", `{"join_minutes": `+wrong+`}`); got.StatusCode != 422 {
			t.Errorf("%s minutes: %d", wrong, got.StatusCode)
		}
	}
	if got := p.ask("PATCH", "/clinic", `{"join_minutes": 40}`); !strings.Contains(got.body, `"join_minutes":40`) {
		t.Fatalf("set: %s", got.body)
	}
	h.at(start.Add(-40*time.Minute - time.Millisecond))
	shows(t, h.get(join, ""), 200, "You can join from", "4:20\u00a0PM")
	shows(t, h.get(page, ""), 200, "Try it now")
	h.at(start.Add(-40 * time.Minute))
	hides(t, h.get(join, ""), "You can join from")
	shows(t, h.get(page, ""), 200, ">Join</a>")
}
