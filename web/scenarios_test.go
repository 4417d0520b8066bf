package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"almanac/scheduler/access"
)

// shows checks that a page has every text and answers with the status.
func shows(t *testing.T, answer reply, status int, texts ...string) {
	t.Helper()
	if answer.StatusCode != status {
		t.Errorf("status %d, want %d: %s", answer.StatusCode, status, problems(answer.body))
	}
	for _, text := range texts {
		if !strings.Contains(answer.body, text) {
			t.Errorf("no %q on the page\n%s", text, answer.body)
		}
	}
}

func hides(t *testing.T, answer reply, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(answer.body, text) {
			t.Errorf("%q stands on the page", text)
		}
	}
}

// A facilitator's week: open, enrol past the last seat, move, cancel, withdraw,
// admit, and every page tells the truth afterwards.
func TestFromOpeningToWaitlist(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	shows(t, h.get("/", desk), 200, "Start with a cohort", "Mail is not being sent")
	shows(t, h.get("/cohorts", desk), 200, "No open cohorts")
	cohort := h.opened()
	shows(t, h.get(cohort, desk), 200, "The cohort is open", "Tue 6 Jan 2026, 6:00\u00a0PM – 8:00\u00a0PM",
		"Tue 24 Feb 2026", "No one is enrolled yet")

	first := h.enrolled(cohort, "Amina Canary", "amina@canary.example")
	for _, name := range []string{"Bo", "Cy", "Di", "Ed"} {
		h.enrolled(cohort, name+" Canary", "")
	}
	h.enrolled(cohort, "Flo Canary", "flo@canary.example")
	waiting := h.enrolled(cohort, "Gus Canary", "gus@canary.example")
	shows(t, h.get(cohort, desk), 200, "6 of 6 seats", "Waitlist", "Gus Canary", "call only")
	shows(t, h.get(waiting, desk), 200, "Number 1 on the waitlist", "Move from waitlist to a seat")
	shows(t, h.get("/cohorts", desk), 200, "1 waiting", "5 tasks", "<b>Tue 6 Jan</b>", `<i class="next">`)
	shows(t, h.get("/", desk), 200, ">1</b> waiting", ">5</b> tasks", "6:00\u00a0PM", "New York")
	shows(t, h.post(waiting+"/admit", nil, desk), 409, "No seat is free")

	session := h.sessions(cohort)[1]
	shows(t, h.get(session+"/move", desk), 200, "Tue 13 Jan 2026", `value="2026-01-13"`)
	preview := h.post(session+"/move", url.Values{"to": {"2026-01-14"}, "to_time": {"19:30"}}, desk)
	shows(t, preview, 200, "Wed 14 Jan 2026, 7:30\u00a0PM",
		"This will notify 2 people by email and 4 people through a staff task.", "Amina Canary",
		"Messages leave 3 minutes after")
	confirm := url.Values{"to": {"2026-01-14"}, "to_time": {"19:30"},
		"change_no": {h.find(changePattern, preview.body)}}
	h.goesTo(h.post(session+"/move", confirm, desk), cohort)
	shows(t, h.get(cohort, desk), 200, "Wed 14 Jan 2026", "moved from Tue 13 Jan 2026", "The session has been moved")

	// The same confirmation once more is out of date by its own doing.
	shows(t, h.post(session+"/move", confirm, desk), 422, "already at that time")

	preview = h.post(session+"/cancel", url.Values{"content": {"append"}}, desk)
	shows(t, preview, 200, "Tue 3 Mar 2026", "Cancelled", "New date")
	h.goesTo(h.post(session+"/cancel",
		url.Values{"content": {"append"}, "change_no": {h.find(changePattern, preview.body)}}, desk), cohort)
	shows(t, h.get(cohort, desk), 200, "cancelled", "Tue 3 Mar 2026")

	preview = h.get(first+"/withdraw", desk)
	shows(t, preview, 200, "End an enrollment", "Amina Canary", "You can undo it for 3 minutes after you confirm.")
	h.goesTo(h.post(first+"/withdraw", url.Values{"change_no": {h.find(changePattern, preview.body)}}, desk),
		"/enrollments/")
	shows(t, h.get(first, desk), 200, "Withdrawn", "0 upcoming")
	shows(t, h.get(waiting, desk), 200, "Number 1 on the waitlist")
	h.rests(cohort)
	shows(t, h.get(waiting, desk), 200, "Offered")
	h.goesTo(h.post(waiting+"/admit", nil, desk), "/enrollments/")
	shows(t, h.get(waiting, desk), 200, "Active", "Tue 6 Jan 2026")
}

// A preview that somebody else's change has overtaken comes again, as it is now.
func TestStalePreview(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	cohort := h.opened()
	h.enrolled(cohort, "Amina Canary", "amina@canary.example")
	session := h.sessions(cohort)[2]
	old := h.find(changePattern, h.post(session+"/cancel", url.Values{"content": {"skip"}}, desk).body)
	h.enrolled(cohort, "Bo Canary", "bo@canary.example")
	again := h.post(session+"/cancel", url.Values{"content": {"skip"}, "change_no": {old}}, desk)
	shows(t, again, 409, "Something has changed in the meantime", "This will notify 2 people by email.", "Bo Canary")
	fresh := h.find(changePattern, again.body)
	if fresh == old {
		t.Fatal("the preview came again with its old number")
	}
	h.goesTo(h.post(session+"/cancel", url.Values{"content": {"skip"}, "change_no": {fresh}}, desk), cohort)
}

func TestParticipantSeesDatesAndNothingElse(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.opened()
	page, feed := h.links(h.enrolled(cohort, "Amina Canary", "amina@canary.example"))
	before := h.get(page, "")
	shows(t, before, 200, "Next appointment", "Tue 6 Jan 2026", "5:00\u00a0PM – 7:00\u00a0PM", "Chicago time", "UTC−6",
		"webcal://127.0.0.1:8080"+feed, "http://127.0.0.1:8080"+feed)
	hides(t, before, "Canary", "Session", "MORE", "Almanac", "group", "clinic")
	if got := h.get(page, ""); got.body != before.body {
		t.Error("looking at the page changed it")
	}
	h.at(time.Date(2026, time.March, 20, 0, 0, 0, 0, time.UTC))
	shows(t, h.get(page, ""), 200, "You have no upcoming appointments.", "Earlier", "Tue 6 Jan 2026")
	shows(t, h.get("/p/aaaaaaaaaaaaaaaaaaaaaaaaaa", ""), 404, "There is nothing at this address", "Esta dirección")
}

// What is typed comes back with a sentence at each field, and nothing is stored.
func TestBadInput(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, cohort := h.signIn(access.Coordinator), h.opened()
	open := func(change ...string) url.Values {
		form := url.Values{"step": {"open"}, "protocol": {"more-telehealth@1"}, "start": {"2026-02-03"},
			"time": {"18:00"}, "zone": {"America/New_York"}}
		for i := 0; i < len(change); i += 2 {
			form.Set(change[i], change[i+1])
		}
		return form
	}
	for _, c := range []struct {
		path   string
		form   url.Values
		status int
		says   string
	}{
		{"/cohorts/new", open("protocol", "yoga"), 422, "Choose a protocol from the list."},
		{"/cohorts/new", open("start", "2026-02-30"), 422, "This is not a valid date."},
		{"/cohorts/new", open("start", "2025-12-01"), 422, "has passed"},
		{"/cohorts/new", open("zone", "Local"), 422, "different zone on every machine"},
		{"/cohorts/new", open("zone", "Mars/Olympus"), 422, "is unknown"},
		{"/cohorts/new", open("start", "2026-03-08", "time", "02:30"), 422, "the clocks go forward"},
		{"/cohorts/new", open("capacity", "0"), 422, "at least one seat"},
		{"/cohorts/new", open("capacity", "2"), 422, "needs at least"},
		{"/cohorts/new", open("capacity", "few"), 422, "Enter a whole number"},
		{"/cohorts/new", open("closed", "soon"), 422, "Write closed days like"},
		{"/cohorts/new", open("name", "a\r\nb"), 422, "has a line break"},
		{"/cohorts/new", open("name", strings.Repeat("x", 70000)), 413, "too much text for this form"},
		{cohort + "/enroll", url.Values{"name": {"Pat\r\nBcc: x"}}, 422, "has a line break"},
		{cohort + "/enroll", url.Values{"name": {"Pat"}, "email": {"pat"}}, 422, "not an email address"},
		{cohort + "/enroll", url.Values{"name": {"Pat"}, "consents": {"email"}}, 422, "needs an email address"},
		{cohort + "/enroll", url.Values{"name": {"Pat"}, "phone": {"12"}}, 422, "not a phone number"},
		{cohort + "/enroll", url.Values{"name": {"Pat"}, "earliest": {"tomorrow"}}, 422, "not a valid date"},
		{h.sessions(cohort)[1] + "/move", url.Values{"to": {"2026-01-28"}, "to_time": {"18:00"}}, 422,
			"past the session"},
		{h.sessions(cohort)[1] + "/move", url.Values{"to": {""}, "to_time": {"18:00"}}, 422, "Choose a date."},
		{h.sessions(cohort)[1] + "/cancel", url.Values{"content": {"forget"}}, 422,
			"Choose what becomes of the content"},
	} {
		answer := h.post(c.path, c.form, desk)
		shows(t, answer, c.status, c.says)
		if c.status == 422 && !strings.Contains(answer.body, `role="alert"`) {
			t.Errorf("%s: no summary of what is wrong", c.path)
		}
	}
	body := h.get("/cohorts", desk).body
	if n := strings.Count(body, `href="/cohorts/`); n != 2 { // the one that was opened, and the button
		t.Errorf("%d links to cohorts after bad input", n)
	}
	hides(t, h.get(cohort, desk), "Pat")
}

func TestSignInLinkWorksOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	shows(t, h.get("/", ""), 404, "Nothing here", `href="/signin"`)
	shows(t, h.get("/signin", ""), 200, "There is no password here")
	link := "/signin/" + h.newLink(access.Coordinator)
	for range 3 { // a scanner that opens every link in mail
		shows(t, h.get(link, ""), 200, "works once", `method="post"`)
	}
	answer := h.post(link, nil, "")
	h.goesTo(answer, "/")
	cookie := answer.Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.Secure ||
		cookie.Name != "signin" {
		t.Errorf("cookie %+v", cookie)
	}
	shows(t, h.get("/", cookie.Value), 200, "You are signed in", "Canary coordinator")
	shows(t, h.post(link, nil, ""), 404, "already used, has expired or is unknown")
	out := h.post("/signout", nil, cookie.Value)
	h.goesTo(out, "/signin")
	if got := out.Header.Get("Clear-Site-Data"); got != `"cache", "storage"` {
		t.Errorf("at the end the browser is told to clear %q", got)
	}
	shows(t, h.get("/", cookie.Value), 404, "Please sign in again")
	shows(t, h.post("/signout", nil, ""), 303)
}

func TestRolesAndClinics(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.opened()
	enrollment := h.enrolled(cohort, "Amina Canary", "amina@canary.example")
	facilitator, admin := h.signIn(access.Facilitator), h.signIn(access.Admin)
	shows(t, h.get(cohort, facilitator), 200, "Canary evening", ">Move<")
	hides(t, h.get(cohort, facilitator), "Enroll a person")
	for _, path := range []string{"/cohorts/new", cohort + "/enroll", "/tasks", "/mail", "/staff",
		enrollment + "/withdraw"} {
		shows(t, h.get(path, facilitator), 403, "Your role may not")
	}
	shows(t, h.get("/staff", admin), 200, "Canary facilitator", "facilitator@canary.example")

	other, err := h.db.AddClinic(t.Context(), access.Operator(""), "Elsewhere", "Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	h.clinic = other
	delete(h.browsers, access.Admin)
	stranger := h.signIn(access.Admin)
	session := h.sessions(cohort)
	for _, path := range []string{cohort, cohort + "/enroll", enrollment, enrollment + "/withdraw",
		session[0] + "/move", session[0] + "/cancel"} {
		answer := h.get(path, stranger)
		shows(t, answer, 404)
		hides(t, answer, "Canary evening", "Amina")
	}
}

func TestOtherSitesCannotChangeAnything(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort, desk := h.opened(), h.signIn(access.Coordinator)
	for _, c := range []struct {
		header, value string
		status        int
	}{
		{"Sec-Fetch-Site", "cross-site", 403},
		{"Sec-Fetch-Site", "same-site", 403},
		{"Sec-Fetch-Site", "same-origin", 422},
		{"Origin", "https://evil.example", 403},
		{"Origin", "http://127.0.0.1:8080", 422},
	} {
		r := httptest.NewRequest(http.MethodPost, cohort+"/enroll", strings.NewReader("name="))
		r.Host = "inside.example:9000" // what a proxy may ask for
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set(c.header, c.value)
		if answer := h.send(r, desk); answer.StatusCode != c.status {
			t.Errorf("%s: %s gives %d, want %d", c.header, c.value, answer.StatusCode, c.status)
		}
	}
	// Copies of body parameters in the address do not count.
	shows(t, h.post(cohort+"/enroll?name=Pat", url.Values{"email": {"pat@example.net"}}, desk), 422, "A name is needed")
}

// Forged hosts change no link.
func TestLinksComeFromTheConfiguration(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	page, _ := h.links(h.enrolled(h.opened(), "Amina Canary", ""))
	r := httptest.NewRequest(http.MethodGet, page, nil)
	r.Host = "evil.example"
	r.Header.Set("X-Forwarded-Host", "evil.example")
	answer := h.send(r, "")
	shows(t, answer, 200, "http://127.0.0.1:8080/f/")
	hides(t, answer, "evil.example")
}

// No name, address or token ever reaches the log, whatever happens.
func TestLogIsDiscreet(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, cohort := h.signIn(access.Coordinator), h.opened()
	enrollment := h.enrolled(cohort, "Amina Canary", "amina@canary.example")
	page, feed := h.links(enrollment)
	h.get(page, "")
	h.get(feed, "")
	h.get("/f/unknowntokenunknowntoken22.ics", "")
	h.get("/p/unknowntokenunknowntoken22", "")
	h.get("/signin/unknowntokenunknowntoken22", "")
	h.post("/signin/unknowntokenunknowntoken22", nil, "")
	h.post(cohort+"/enroll", url.Values{"name": {"Bo Canary"}, "email": {"bo@@canary.example"}}, desk)
	if err := h.db.Close(); err != nil {
		t.Fatal(err)
	}
	shows(t, h.get(enrollment, desk), 500) // a closed database is a fault of ours
	log := h.log.String()
	for _, secret := range []string{"Canary", "canary", desk, strings.TrimPrefix(page, "/p/"),
		strings.TrimSuffix(strings.TrimPrefix(feed, "/f/"), ".ics"), "unknowntoken"} {
		if strings.Contains(log, secret) {
			t.Errorf("%q stands in the log", secret)
		}
	}
	for _, wanted := range []string{"route=/p/:token", "request_id=", "actor=staff:", "level=ERROR"} {
		if !strings.Contains(log, wanted) {
			t.Errorf("no %q in the log", wanted)
		}
	}
}

// The date that a new cohort is proposed to begin on is no Saturday or Sunday.
func TestNewCohortsBeginInTheWeek(t *testing.T) {
	t.Parallel()
	for day, start := range map[int]string{1: "2026-01-16", 2: "2026-01-19", 3: "2026-01-19"} {
		h := newHouse(t, nil)
		h.at(moved.AddDate(0, 0, day))
		shows(t, h.get("/cohorts/new", h.signIn(access.Coordinator)), 200, `dir="auto" value="`+start+`"`)
	}
}
