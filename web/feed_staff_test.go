package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/store"
	"almanac/web"
)

var newFeedPattern = regexp.MustCompile(`<code class="address">http://127\.0\.0\.1:8080(/f/[a-z0-9]+\.ics)</code>`)

// newFeed makes a calendar address on the page.
func (h *house) newFeed(cookie string, form url.Values) string {
	h.t.Helper()
	return h.find(newFeedPattern, h.post("/calendar/feeds", form, cookie).body)
}

func TestStaffFeed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.facilitatorsSee(store.FacilitatorsOwn)
	kim, kimID := h.signInAs("Kim", access.Facilitator)
	_, leeID := h.signInAs("Lee", access.Facilitator)
	mine, theirs := h.openedLedBy(kimID, "Canary one", "18:00"), h.openedLedBy(leeID, "Canary two", "20:30")
	h.enrolled(mine, "Amina Canary", "amina@canary.example")

	neutral := h.newFeed(kim, url.Values{"shows": {"own"}, "detail": {"neutral"}})
	first := h.fetch(http.MethodGet, neutral)
	shows(t, first, 200, "SUMMARY:Appointment\r\n", "LOCATION:Online\r\n", "DTSTART:20260106T230000Z\r\n")
	hides(t, first, "Canary", "Amina", "URL", "DESCRIPTION", "ATTENDEE")
	if n := strings.Count(first.body, "BEGIN:VEVENT"); n != 8 {
		t.Errorf("%d events, want the 8 that Kim leads", n)
	}
	etag := first.Header.Get("Etag")
	if again := h.fetch(http.MethodGet, neutral, "If-None-Match", etag); again.StatusCode != 304 {
		t.Errorf("unchanged: %d", again.StatusCode)
	}
	if head := h.fetch(http.MethodHead, neutral); head.StatusCode != 200 || head.body != "" {
		t.Errorf("HEAD: %d with %d octets", head.StatusCode, len(head.body))
	}
	full := h.newFeed(kim, url.Values{"shows": {"own"}, "detail": {"full"}})
	shows(t, h.fetch(http.MethodGet, full), 200, "SUMMARY:Canary one\\, session 1\r\n",
		"URL:http://127.0.0.1:8080"+mine+"\r\n")
	hides(t, h.fetch(http.MethodGet, full), "Amina", "Canary two")

	// A facilitator sees no cohort of others, and another cohort's feed no longer shows what is out of reach.
	shows(t, h.post("/calendar/feeds", url.Values{
		"shows": {"cohort:" + strings.TrimPrefix(theirs, "/cohorts/")}}, kim), 422, "There is no such cohort.")
	boss := h.signIn(access.Coordinator)
	both := h.newFeed(boss, url.Values{"shows": {"place:Online"}, "detail": {"full"}})
	shows(t, h.fetch(http.MethodGet, both), 200, "Canary one", "Canary two", "Led by Lee")
	one := h.newFeed(boss, url.Values{"shows": {"cohort:" + strings.TrimPrefix(theirs, "/cohorts/")},
		"detail": {"full"}})
	shows(t, h.fetch(http.MethodGet, one), 200, "Canary two")
	hides(t, h.fetch(http.MethodGet, one), "Canary one")

	// Free/busy times say when and nothing else, at an address of their own.
	busy := h.find(regexp.MustCompile(`<code class="address">http://127\.0\.0\.1:8080(/b/[a-z0-9]+\.ifb)</code>`),
		h.post("/calendar/feeds", url.Values{"shows": {"own"}, "detail": {"busy"}}, kim).body)
	times := h.fetch(http.MethodGet, busy)
	shows(t, times, 200, "BEGIN:VFREEBUSY\r\n", "FREEBUSY;FBTYPE=BUSY:20260106T230000Z/20260107T010000Z\r\n")
	hides(t, times, "Canary", "Online", "SUMMARY", "VEVENT", "Kim")
	if n := strings.Count(times.body, "FBTYPE=BUSY"); n != 8 {
		t.Errorf("%d busy periods, want the 8 that Kim leads", n)
	}
	if again := h.fetch(http.MethodGet, busy, "If-None-Match", times.Header.Get("Etag")); again.StatusCode != 304 {
		t.Errorf("unchanged: %d", again.StatusCode)
	}
	unknown := h.fetch(http.MethodGet, "/f/aaaaaaaaaaaaaaaaaaaaaaaaaa.ics")
	token := strings.TrimSuffix(strings.TrimPrefix(busy, "/b/"), ".ifb")
	titled := strings.TrimSuffix(strings.TrimPrefix(full, "/f/"), ".ics")
	for _, address := range []string{"/f/" + token + ".ics", "/b/" + token + ".ics", "/b/" + titled + ".ifb",
		"/b/aaaaaaaaaaaaaaaaaaaaaaaaaa.ifb", "/b/.ifb"} {
		if got := h.fetch(http.MethodGet, address); got.StatusCode != 404 || got.body != unknown.body {
			t.Errorf("%s: %d %q", address, got.StatusCode, got.body)
		}
	}

	// A change raises SEQUENCE, for calendar programs that look at nothing else.
	session := h.sessions(mine)[2]
	h.goesTo(h.through(session+"/move", url.Values{"to": {"2026-01-21"}, "to_time": {"18:00"}}, boss), mine)
	changed := h.fetch(http.MethodGet, neutral, "If-None-Match", etag)
	shows(t, changed, 200, "SEQUENCE:1\r\nDTSTART:20260121T230000Z\r\n", "SEQUENCE:0\r\nDTSTART:20260106T230000Z\r\n")
}

func TestStaffFeedEnds(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	kim, kimID := h.signInAs("Kim", access.Facilitator)
	h.openedLedBy(kimID, "Canary one", "18:00")
	unknown := h.fetch(http.MethodGet, "/f/aaaaaaaaaaaaaaaaaaaaaaaaaa.ics")
	byHand, byDisabling := h.newFeed(kim, url.Values{"shows": {"own"}}), h.newFeed(kim, url.Values{"shows": {"own"}})
	page := h.get("/calendar/feeds", kim)
	shows(t, page, 200, "Sessions that you lead", "not fetched yet")
	hides(t, page, byHand, byDisabling)
	shows(t, h.fetch(http.MethodGet, byDisabling), 200, "VEVENT")
	shows(t, h.get("/calendar/feeds", kim), 200, "last fetched Thu 1 Jan 2026")

	end := h.find(regexp.MustCompile(`action="(/calendar/feeds/[^"]+/end)"`), page.body)
	shows(t, h.post(end, nil, h.signIn(access.Admin)), 404, "There is no such calendar address.")
	h.goesTo(h.post(end, nil, kim), "/calendar/feeds")
	disabled := true
	set := func() {
		if err := h.db.ChangeStaff(t.Context(), h.operator(), h.clinic, kimID,
			desk.StaffChange{Disabled: &disabled}); err != nil {
			t.Fatal(err)
		}
	}
	set()
	for _, feed := range []string{byHand, byDisabling} {
		answer := h.fetch(http.MethodGet, feed)
		shows(t, answer, 200, "BEGIN:VTIMEZONE")
		hides(t, answer, "VEVENT", "Canary")
	}
	// Enabling brings no address back.
	disabled = false
	set()
	hides(t, h.fetch(http.MethodGet, byDisabling), "VEVENT")
	h.at(h.now.Load().Add(store.AfterEnd))
	if gone := h.fetch(http.MethodGet, byHand); gone.StatusCode != 404 || gone.body != unknown.body {
		t.Errorf("after 90 days: %d %q", gone.StatusCode, gone.body)
	}
}

// What is unchanged costs a calendar program nothing of its rate, as for every feed.
func TestStaffFeedRate(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *web.Options) { o.FeedRate = 2 })
	kim, kimID := h.signInAs("Kim", access.Facilitator)
	h.openedLedBy(kimID, "Canary one", "18:00")
	feed := h.newFeed(kim, url.Values{"shows": {"own"}})
	etag := h.fetch(http.MethodGet, feed).Header.Get("Etag")
	for range 5 {
		if again := h.fetch(http.MethodGet, feed, "If-None-Match", etag); again.StatusCode != 304 {
			t.Fatalf("unchanged: %d", again.StatusCode)
		}
	}
	shows(t, h.fetch(http.MethodGet, feed), 200, "VEVENT")
	if often := h.fetch(http.MethodGet, feed); often.StatusCode != 429 || often.Header.Get("Retry-After") == "" {
		t.Errorf("too often: %d", often.StatusCode)
	}
}
