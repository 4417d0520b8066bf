package web_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"almanac/scheduler/access"
)

var (
	datePattern = regexp.MustCompile(`href="(/p/[a-z0-9]+/dates/[a-z0-9]+)"`)
	backPattern = regexp.MustCompile(`name="seat" value="([a-z0-9]+)"`)
)

// Who cannot come says so on their page with one button, takes it back there, and staff see it as a fact.
func TestAPersonCannotCome(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, cohort := h.signIn(access.Coordinator), h.opened()
	amina, bo := h.enrolled(cohort, "Amina Canary", "amina@canary.example"), h.enrolled(cohort, "Bo Canary", "")
	page, _ := h.links(amina)
	other, _ := h.links(bo)
	first := h.get(page, "")
	shows(t, first, 200, "Next appointment", "I cannot come")
	date := datePattern.FindStringSubmatch(first.body)[1]
	shown := h.get(date, "")
	shows(t, shown, 200, "Tue 6 Jan 2026", "I cannot come on this date", "Why?", "You do not have to say.",
		"I will be away for a while")
	hides(t, shown, "Canary", "Session", "group", "clinic", "I am late")
	if again := h.get(date, ""); again.body != shown.body || h.get(page, "").body != first.body {
		t.Error("looking at a date changed it")
	}
	shows(t, h.get(strings.Replace(date, page, other, 1), ""), 404)
	shows(t, h.post(strings.Replace(date, page, other, 1), url.Values{"do": {"excuse"}}, ""), 404)
	shows(t, h.post(date, url.Values{"do": {"dance"}}, ""), 422, "This date has changed")

	h.goesTo(h.post(date, url.Values{"do": {"excuse"}, "reason": {"My child is ill"}}, ""), page)
	gone := h.get(page, "")
	shows(t, gone, 200, "You told us that you cannot come", "Tue 6 Jan 2026", "I can come after all",
		"Tue 13 Jan 2026")
	shows(t, h.get(date, ""), 404)
	session := h.sessions(cohort)[0]
	for _, at := range []string{session + "/attendance", session + "/live"} {
		shows(t, h.get(at, desk), 200, "Amina Canary", "annot come", "My child is ill")
	}
	shows(t, h.get(cohort, desk), 200, "1 cannot come")
	shows(t, h.get("/tasks", desk), 200, "Call to ask how they are", "We missed you")
	shows(t, h.get(amina, desk), 200, "Can come after all")

	seat := backPattern.FindStringSubmatch(gone.body)[1]
	shows(t, h.post(other+"/back", url.Values{"seat": {seat}}, ""), 409, "This date has changed")
	h.goesTo(h.post(page+"/back", url.Values{"seat": {seat}}, ""), page)
	back := h.get(page, "")
	shows(t, back, 200, "Tue 6 Jan 2026", "Thank you. These are your dates now.")
	hides(t, back, "You told us that you cannot come")
	hides(t, h.get("/tasks", desk), "Call to ask how they are")
	hides(t, h.get(cohort, desk), "1 cannot come")
	shows(t, h.post(page+"/back", url.Values{"seat": {seat}}, ""), 409, "This date has changed")
}

// A time away takes all dates in it, shows when it ends, and is taken back with one button.
func TestAPersonGoesAwayForAWhile(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.opened()
	page, _ := h.links(h.enrolled(cohort, "Amina Canary", "amina@canary.example"))
	date := datePattern.FindStringSubmatch(h.get(page, "").body)[1]
	away := func(from, until string) reply {
		return h.post(date, url.Values{"do": {"away"}, "from": {from}, "until": {until}, "away_reason": {"A trip"}}, "")
	}
	shows(t, away("2026-01-06", ""), 422, "Choose a day after the first day", `value="A trip"`)
	shows(t, away("2025-01-01", "2026-01-20"), 422, "Choose today or a later day.")
	shows(t, away("2026-01-06", "2026-01-06"), 422, "Choose a day after the first day")
	shows(t, away("2026-01-06", "2029-01-06"), 422, "please call us")
	shows(t, away("soon", "x"), 422, "Choose today or a later day.")
	hides(t, h.get(page, ""), "You told us")
	h.goesTo(away("2026-01-06", "2026-01-14"), page)
	gone := h.get(page, "")
	shows(t, gone, 200, "You told us that you are away.", "You are back on", "Wed 14 Jan 2026", "Tue 20 Jan 2026")
	hides(t, gone, "Tue 6 Jan 2026", "Tue 13 Jan 2026")
	h.goesTo(h.post(page+"/back", url.Values{}, ""), page)
	back := h.get(page, "")
	shows(t, back, 200, "Tue 6 Jan 2026", "Tue 13 Jan 2026")
	hides(t, back, "You told us")
	shows(t, h.post(page+"/back", url.Values{}, ""), 409, "This date has changed")
}

// Who will be late says so with one button, and its facilitator sees it.
func TestAPersonIsLate(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.opened()
	page, _ := h.links(h.enrolled(cohort, "Amina Canary", "amina@canary.example"))
	start, session := h.itinerary()[0].Start, h.sessions(cohort)[0]
	date := datePattern.FindStringSubmatch(h.get(page, "").body)[1]
	shows(t, h.post(date, url.Values{"do": {"late"}}, ""), 409, "This date has changed")
	h.at(start.Add(-30 * time.Minute))
	shows(t, h.get(page, ""), 200, "I am late")
	h.goesTo(h.post(date, url.Values{"do": {"late"}}, ""), page)
	shows(t, h.get(page, ""), 200, "Thank you. The person who is there can see it.")
	shows(t, h.get(session+"/live", h.signIn(access.Facilitator)), 200, "Will be late, said at 5:30\u00a0PM")
	h.at(start.Add(3 * time.Hour))
	shows(t, h.post(date, url.Values{"do": {"late"}}, ""), 404)
}

// One date is added to a calendar by a file or one tap, in words that tell nothing.
func TestADateIsAddedToACalendar(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	page, _ := h.links(h.enrolled(h.opened(), "Amina Canary", "amina@canary.example"))
	date := datePattern.FindStringSubmatch(h.get(page, "").body)[1]
	shown := h.get(date, "")
	shows(t, shown, 200, "dates=20260106T230000Z%2F20260107T010000Z", "text=Appointment",
		"https://outlook.live.com/calendar/0/deeplink/compose?", "startdt=2026-01-06T23%3A00%3A00Z")
	hides(t, shown, "evening", "MORE", "group")
	file := h.get(date+"/calendar.ics", "")
	shows(t, file, 200, "BEGIN:VCALENDAR", "DTSTART:20260106T230000Z", "SUMMARY:Appointment")
	if n := strings.Count(file.body, "BEGIN:VEVENT"); n != 1 {
		t.Errorf("%d dates in the file", n)
	}
	shows(t, h.get(strings.Replace(date, page, page[:len(page)-1], 1)+"/calendar.ics", ""), 404)
}

// Every page of a person can be left fast, before anything else on it, and shows a line for a crisis.
func TestAPersonLeavesAPageFast(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	page, _ := h.links(h.enrolled(h.opened(), "Amina Canary", "amina@canary.example"))
	first := h.get(page, "")
	date := datePattern.FindStringSubmatch(first.body)[1]
	for _, at := range []string{page, date, page + "/settings", page + "/consents", "/p/unknown", h.questionFor()} {
		body := h.get(at, "").body
		exit, link := strings.Index(body, "data-exit>"), strings.Index(body, "<a ")
		if exit < 0 || link < 0 || link > exit || strings.Count(body[:exit], "<a ") != 1 ||
			strings.Contains(body[:exit], "<button") || !strings.Contains(body, "in its history") {
			t.Errorf("%s: the quick exit is not the first thing to go to", at)
		}
	}
	shows(t, first, 200, "In a crisis, call or text 988 at any time.", "Next appointment, in ")
	hides(t, h.get("/signin", ""), "data-exit")
}
