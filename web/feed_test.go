package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/web"
)

// fetch asks for a feed; headers are pairs.
func (h *house) fetch(method, path string, headers ...string) reply {
	h.t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return h.send(r, "")
}

func TestFeedHeaders(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	_, feed := h.links(h.enrolled(h.opened(), "Amina Canary", "amina@canary.example"))
	answer := h.fetch(http.MethodGet, feed)
	shows(t, answer, 200, "BEGIN:VCALENDAR\r\n", "SUMMARY:Appointment\r\n", "LOCATION:Online\r\n",
		"DTSTART:20260106T230000Z\r\n", "END:VCALENDAR\r\n")
	hides(t, answer, "Canary", "MORE", "ATTENDEE", "ORGANIZER", "METHOD", "RRULE", "Session")
	if n := strings.Count(answer.body, "BEGIN:VEVENT"); n != 8 {
		t.Errorf("%d events, want 8", n)
	}
	for name, want := range map[string]string{
		"Content-Type": "text/calendar; charset=utf-8", "Content-Disposition": `inline; filename="calendar.ics"`,
		"Cache-Control": "private, max-age=300, must-revalidate", "Vary": "Accept-Encoding",
		"X-Robots-Tag":    "noindex, nofollow",
		"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
		"Last-Modified":  "Thu, 01 Jan 2026 15:00:00 GMT",
		"Content-Length": fmt.Sprint(len(answer.body)), "Set-Cookie": "",
	} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if etag := answer.Header.Get("Etag"); !strings.HasPrefix(etag, `W/"`) ||
		!strings.Contains(etag, "2026f-2026-01-01") {
		t.Errorf("ETag %s", etag)
	}
	head := h.fetch(http.MethodHead, feed)
	if head.body != "" || head.Header.Get("Content-Length") != fmt.Sprint(len(answer.body)) ||
		head.Header.Get("Etag") != answer.Header.Get("Etag") {
		t.Errorf("HEAD differs: %d octets, %v", len(head.body), head.Header)
	}
	packed := h.fetch(http.MethodGet, feed, "Accept-Encoding", "br, gzip;q=0.8")
	unpacked, err := gzip.NewReader(strings.NewReader(packed.body))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(unpacked); err != nil || string(plain) != answer.body ||
		packed.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("gzip differs: %v", err)
	}
	if refused := h.fetch(http.MethodGet, feed, "Accept-Encoding",
		"gzip;q=0, identity"); refused.Header.Get("Content-Encoding") != "" {
		t.Error("gzip although it was refused")
	}
}

func TestFeedRevalidation(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *web.Options) { o.FeedRate = 0 })
	cohort := h.opened()
	_, feed := h.links(h.enrolled(cohort, "Amina Canary", "amina@canary.example"))
	first := h.fetch(http.MethodGet, feed)
	etag, modified := first.Header.Get("Etag"), first.Header.Get("Last-Modified")
	for _, c := range []struct {
		headers []string
		status  int
	}{
		{[]string{"If-None-Match", etag}, 304},
		{[]string{"If-None-Match", strings.TrimPrefix(etag, "W/")}, 304},
		{[]string{"If-None-Match", `"x", ` + etag}, 304},
		{[]string{"If-None-Match", "*"}, 304},
		{[]string{"If-None-Match", `W/"x"`}, 200},
		{[]string{"If-Modified-Since", modified}, 304},
		{[]string{"If-Modified-Since", "Wed, 31 Dec 2025 00:00:00 GMT"}, 200},
		{[]string{"If-Modified-Since", "yesterday"}, 200},
		{[]string{"If-Modified-Since", h.now.Load().UTC().Add(time.Second).Format(http.TimeFormat)}, 200},
		{[]string{"If-Modified-Since", h.now.Load().UTC().Add(time.Hour).Format(http.TimeFormat)}, 200},
		{[]string{"If-Modified-Since", "Fri, 31 Dec 9999 23:59:59 GMT"}, 200},
		{[]string{"If-None-Match", `W/"x"`, "If-Modified-Since", modified}, 200},
	} {
		answer := h.fetch(http.MethodGet, feed, c.headers...)
		if answer.StatusCode != c.status || answer.Header.Get("Etag") != etag || c.status == 304 && answer.body != "" {
			t.Errorf("%q: %d with %d octets and %s", c.headers, answer.StatusCode, len(answer.body),
				answer.Header.Get("Etag"))
		}
	}
	// A second version in the same second must not pass as unmodified.
	session := h.sessions(cohort)[3]
	form := map[string][]string{"content": {"skip"}}
	form["change_no"] = []string{h.find(changePattern,
		h.post(session+"/cancel", form, h.signIn(access.Coordinator)).body)}
	h.goesTo(h.post(session+"/cancel", form, h.signIn(access.Coordinator)), cohort)
	ahead := h.now.Load().UTC().Add(time.Hour).Format(http.TimeFormat)
	for _, headers := range [][]string{{"If-None-Match", etag}, {"If-Modified-Since", modified},
		{"If-Modified-Since", ahead}} {
		if answer := h.fetch(http.MethodGet, feed, headers...); answer.StatusCode != 200 ||
			!strings.Contains(answer.body, "STATUS:CANCELLED") {
			t.Errorf("%q after a change: %d", headers, answer.StatusCode)
		}
	}
	// The window moves at midnight, and with it the tag.
	second := h.fetch(http.MethodGet, feed).Header.Get("Etag")
	h.at(moved.AddDate(0, 0, 1))
	if answer := h.fetch(http.MethodGet, feed, "If-None-Match", second); answer.StatusCode != 200 {
		t.Errorf("the next day: %d", answer.StatusCode)
	}
}

func TestFeedOfNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	enrollment := h.enrolled(h.opened(), "Amina Canary", "amina@canary.example")
	_, feed := h.links(enrollment)
	unknown := h.fetch(http.MethodGet, "/f/aaaaaaaaaaaaaaaaaaaaaaaaaa.ics")
	shows(t, unknown, 404, "There is no calendar at this address.")
	for _, path := range []string{"/f/a", "/f/.ics", "/f/" + strings.Repeat("a", 500) + ".ics",
		strings.TrimSuffix(feed, ".ics"), feed + "x"} {
		answer := h.fetch(http.MethodGet, path)
		if answer.StatusCode != 404 || answer.body != unknown.body ||
			fmt.Sprint(answer.Header) != fmt.Sprint(unknown.Header) {
			t.Errorf("%s: %d %q %v", path, answer.StatusCode, answer.body, answer.Header)
		}
	}
	withdrawn := h.get(enrollment+"/withdraw", h.signIn(access.Coordinator))
	h.goesTo(h.post(enrollment+"/withdraw", map[string][]string{"change_no": {h.find(changePattern, withdrawn.body)}},
		h.signIn(access.Coordinator)), "/enrollments/")
	ended := h.fetch(http.MethodGet, feed)
	shows(t, ended, 200, "BEGIN:VCALENDAR", "BEGIN:VTIMEZONE")
	hides(t, ended, "VEVENT")
	if again := h.fetch(http.MethodGet, feed, "If-None-Match", ended.Header.Get("Etag")); again.StatusCode != 304 {
		t.Errorf("an ended feed again: %d", again.StatusCode)
	}
	h.at(moved.AddDate(0, 0, 91))
	if gone := h.fetch(http.MethodGet, feed); gone.StatusCode != 404 || gone.body != unknown.body ||
		fmt.Sprint(gone.Header) != fmt.Sprint(unknown.Header) {
		t.Errorf("after 90 days: %d %q", gone.StatusCode, gone.body)
	}
}

func TestFeedRate(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *web.Options) { o.FeedRate = 60 })
	cohort := h.opened()
	_, feed := h.links(h.enrolled(cohort, "Amina Canary", "amina@canary.example"))
	_, other := h.links(h.enrolled(cohort, "Bo Canary", "bo@canary.example"))
	etag := h.fetch(http.MethodGet, feed).Header.Get("Etag")
	modified := h.fetch(http.MethodHead, feed).Header.Get("Last-Modified")
	free := func() { // what sends no calendar does not count and is never refused
		for range 70 {
			for _, headers := range [][]string{{"If-None-Match", etag}, {"If-Modified-Since", modified}} {
				if answer := h.fetch(http.MethodGet, feed, headers...); answer.StatusCode != 304 {
					t.Fatalf("%s: %d", headers[0], answer.StatusCode)
				}
			}
			if answer := h.fetch(http.MethodHead, feed); answer.StatusCode != 200 {
				t.Fatalf("HEAD: %d", answer.StatusCode)
			}
		}
	}
	free()
	for i := range 59 {
		if answer := h.fetch(http.MethodGet, feed, "If-None-Match", `W/"x"`); answer.StatusCode != 200 {
			t.Fatalf("fetch %d: %d", i+2, answer.StatusCode)
		}
	}
	answer := h.fetch(http.MethodGet, feed)
	if answer.StatusCode != 429 || answer.Header.Get("Retry-After") != "60" ||
		strings.Contains(answer.body, "calendario") {
		t.Errorf("fetch 61: %d, Retry-After %q, %q", answer.StatusCode, answer.Header.Get("Retry-After"), answer.body)
	}
	free()
	if answer := h.fetch(http.MethodGet, other); answer.StatusCode != 200 {
		t.Errorf("somebody else's: %d", answer.StatusCode)
	}
	h.at(moved.Add(time.Minute))
	if answer := h.fetch(http.MethodGet, feed); answer.StatusCode != 200 {
		t.Errorf("a minute later: %d", answer.StatusCode)
	}
	h.at(moved.Add(2 * time.Hour))
	for i := range 60 {
		if answer := h.fetch(http.MethodGet, feed); answer.StatusCode != 200 {
			t.Fatalf("two hours later, fetch %d: %d", i+1, answer.StatusCode)
		}
	}
}

// counting feeds remember what was counted, and fail when told to.
type counting struct {
	*shelf
	counts map[scheduler.ID]int
	broken error
}

func (c *counting) CountFetch(_ context.Context, _ access.Actor, _, person scheduler.ID, n int) error {
	if c.broken != nil {
		return c.broken
	}
	c.counts[person] += n
	return nil
}

func TestFetchesAreCountedInBatches(t *testing.T) {
	t.Parallel()
	s := filled(t, "more-telehealth", firstDay, 1, beforeSpring)
	feeds := &counting{shelf: s, counts: map[scheduler.ID]int{}}
	server := s.serve(t, beforeSpring, func(o *web.Options) { o.Feeds = feeds })
	for range 5 {
		ask(server.Handler(), http.MethodGet, "/f/"+feedKey+".ics", nil, "")
	}
	feeds.broken = fault.New(fault.Unavailable, "The database is busy.")
	web.FlushTally(server, t.Context())
	feeds.broken = nil
	ask(server.Handler(), http.MethodGet, "/f/"+feedKey+".ics", nil, "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	server.Run(ctx) // the last write at the end
	if n := feeds.counts[s.own.Person]; n != 6 {
		t.Errorf("%d fetches counted, want 6", n)
	}
}

// A broken feed is 503 and says so in words; never 200, never a calendar.
func TestFeedTroubleIsNoCalendar(t *testing.T) {
	t.Parallel()
	s := filled(t, "more-telehealth", firstDay, 1, beforeSpring)
	s.trouble = fault.New(fault.Unavailable, "The database is busy.")
	server := s.serve(t, beforeSpring, nil)
	answer := ask(server.Handler(), http.MethodGet, "/f/"+feedKey+".ics", nil, "")
	if answer.StatusCode != 503 || answer.Header.Get("Retry-After") == "" ||
		strings.HasPrefix(answer.Header.Get("Content-Type"), "text/calendar") {
		t.Errorf("%d %v", answer.StatusCode, answer.Header)
	}
}

// many feeds of different people, to fill the cache.
type crowdedFeeds struct{ *shelf }

func (c crowdedFeeds) FeedKey(_ context.Context, _ access.Actor, token string) (reads.FeedKey, error) {
	return reads.FeedKey{Clinic: clinicID, Person: scheduler.ID(token), PersonRev: 1}, nil
}

func (c crowdedFeeds) Feed(_ context.Context, _ access.Actor, key reads.FeedKey) (reads.Page, error) {
	page := c.own
	page.Items = nil
	for i := range 200 {
		item := c.own.Items[i%len(c.own.Items)]
		item.UID, item.Place = fmt.Sprintf("%s-%d", key.Person, i), strings.Repeat("a long way ", 250)
		page.Items = append(page.Items, item)
	}
	return page, nil
}

func TestFeedCacheIsBounded(t *testing.T) {
	t.Parallel()
	s := filled(t, "more-telehealth", firstDay, 1, beforeSpring)
	server := s.serve(t, beforeSpring, func(o *web.Options) { o.Feeds = crowdedFeeds{s} })
	var first []byte
	for i := range 36 {
		answer := ask(server.Handler(), http.MethodGet, fmt.Sprintf("/f/person%d.ics", i), nil, "")
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != 200 {
			t.Fatal(answer.StatusCode, err)
		}
		if i == 0 {
			first = body
		}
	}
	n, octets := server.CachedFeeds()
	if octets > web.FeedCacheBytes || n == 0 || n >= 36 {
		t.Errorf("%d feeds with %d octets are kept", n, octets)
	}
	again, err := io.ReadAll(ask(server.Handler(), http.MethodGet, "/f/person0.ics", nil, "").Body)
	if err != nil || !bytes.Equal(again, first) {
		t.Error("a feed that left the cache comes back different")
	}
}
