package web_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
	"almanac/web"
)

// house is the whole path from a request to a real SQLite file and back.
type house struct {
	browser sync.Mutex
	said    string // the cookie of what was done, as the browser keeps it

	t       testing.TB
	db      *store.DB
	desk    *desk.Desk
	server  *web.Server
	handler http.Handler
	clinic  scheduler.ID
	url     string // of the database
	log     *logBook
	now     atomic.Pointer[time.Time]
	mail    mailbox
	// signed-in browsers by role
	browsers map[access.Role]string
}

// logBook collects everything that is logged.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// mailbox is kept mail.
type mailbox []reads.KeptMail

func (m mailbox) List(access.Actor, scheduler.ID, string, int) (reads.KeptPage, error) {
	return reads.KeptPage{Mails: m}, nil
}

func (m mailbox) Older(access.Actor, scheduler.ID, time.Time) (int, error) { return len(m), nil }

func (m mailbox) Open(_ access.Actor, _ scheduler.ID, id string) (reads.KeptMail, error) {
	for _, one := range m {
		if one.ID == id {
			return one, nil
		}
	}
	return reads.KeptMail{}, fault.New(fault.NotFound, "There is no such message. It may have been erased.")
}

// moved is the moment at which every house stands at first: a Thursday.
var moved = time.Date(2026, time.January, 1, 15, 0, 0, 0, time.UTC)

func newHouse(t testing.TB, change func(*web.Options)) *house {
	t.Helper()
	return newHouseAt(t, storetest.SQLite(t), change)
}

// newHouseAt is newHouse on a fresh database.
func newHouseAt(t testing.TB, url string, change func(*web.Options)) *house {
	t.Helper()
	zones, _ := builtins(t)
	h := &house{t: t, url: url, log: &logBook{}, browsers: map[access.Role]string{}}
	h.now.Store(&moved)
	clock := func() time.Time { return *h.now.Load() }
	root, err := storetest.Root()
	if err != nil {
		t.Fatal(err)
	}
	ctx, log := t.Context(), slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	h.db, err = store.Open(ctx, store.Options{URL: url, Root: root, Zones: zones, Now: clock, Log: log,
		VideoHosts: []scheduler.MeetingKind{scheduler.JitsiMeeting, scheduler.BigBlueButtonMeeting},
		Erased:     func(context.Context, scheduler.Erasure) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.db.Close() })
	if _, err := h.db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	h.clinic = h.onlyClinic()
	h.facilitatorsSee(store.FacilitatorsAll) // but where a test is about that
	h.desk = desk.New(h.db, zones, clock, randomID)
	h.mail = mailbox{{ID: "m1", At: moved, Subject: "Appointment, Tue 6 Jan, 6:00 PM", To: "canary@example.net",
		Text: "All the dates"}}
	o := h.options(t, clock)
	if change != nil {
		change(&o)
	}
	if h.server, err = web.New(o); err != nil {
		t.Fatal(err)
	}
	h.handler = h.server.Handler()
	return h
}

// options are those of a server over the house's store and desk.
func (h *house) options(t testing.TB, clock func() time.Time) web.Options {
	t.Helper()
	zones, library := builtins(t)
	return web.Options{
		Log:  slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Desk: h.desk, Library: library, Zones: zones, Now: clock,
		PublicURL: func() string { return "http://127.0.0.1:8080" },
		Cohorts:   h.db, Heads: h.db, Lists: h.db, Days: h.db, Clinics: h.db,
		People: h.db, Records: h.db, Consents: h.db, Disclosures: h.db, Breaches: h.db,
		Glass: h.db, Rights: h.db, Exports: h.db,
		Feeds:      h.db,
		StaffFeeds: h.db, Referrals: h.db, Assessments: h.db, Questions: h.db, Own: h.db, Joins: h.db, Absences: h.db,
		Settings: h.db,
		Tasks:    h.db, Ledger: h.db, SignIns: h.db, Staff: h.db, Mail: h.mail, Programs: h.db,
		Audit: h.db, Reports: h.db, Messages: h.db,
		Passkeys: h.db, Ceremonies: h.db, Identities: h.db, Screens: h.db, FirstAdmin: h.db,
	}
}

func (h *house) onlyClinic() scheduler.ID {
	clinics, err := h.db.Clinics(h.t.Context(), access.Operator(""))
	if err != nil || len(clinics) != 1 {
		h.t.Fatalf("%d clinics, %v", len(clinics), err)
	}
	return clinics[0].ID
}

// facilitatorsSee sets which cohorts facilitators see: own or all.
func (h *house) facilitatorsSee(which string) {
	h.t.Helper()
	if err := h.db.SetFacilitators(h.t.Context(), h.operator(), h.clinic, which); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) operator() access.Actor { return access.Operator(string(h.clinic)) }

// at lets the clock stand at another moment.
func (h *house) at(t time.Time) { h.now.Store(&t) }

// signIn gives the cookie of a member of staff with this role, made when needed.
func (h *house) signIn(role access.Role) string {
	h.t.Helper()
	if role == "" || h.browsers[role] != "" {
		return h.browsers[role]
	}
	link := h.newLink(role)
	answer := h.post("/signin/"+link, nil, "")
	for _, c := range answer.Cookies() {
		if c.Name == "signin" {
			h.browsers[role] = c.Value
		}
	}
	if answer.StatusCode != http.StatusSeeOther || h.browsers[role] == "" {
		h.t.Fatalf("signing in as %s: %d", role, answer.StatusCode)
	}
	return h.browsers[role]
}

func (h *house) newLink(role access.Role) string {
	h.t.Helper()
	id, err := h.db.AddStaff(h.t.Context(), h.operator(), h.clinic, "Canary "+string(role),
		string(role)+"@canary.example", string(role))
	if err != nil {
		h.t.Fatal(err)
	}
	link, err := h.db.NewLink(h.t.Context(), h.operator(), h.clinic, id, time.Hour)
	if err != nil {
		h.t.Fatal(err)
	}
	return link
}

// reply is an answer with its body read.
type reply struct {
	*http.Response
	body string
}

func (h *house) send(r *http.Request, cookie string) reply {
	h.t.Helper()
	if cookie != "" {
		r.AddCookie(&http.Cookie{Name: "signin", Value: cookie})
	}
	h.browser.Lock()
	if h.said != "" {
		r.AddCookie(&http.Cookie{Name: "signin-said", Value: h.said})
	}
	h.browser.Unlock()
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	answer := w.Result()
	for _, cookie := range answer.Cookies() {
		if cookie.Name == "signin-said" { // as a browser keeps it: an empty one is gone
			h.browser.Lock()
			h.said = cookie.Value
			h.browser.Unlock()
		}
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return reply{answer, string(body)}
}

func (h *house) get(path, cookie string) reply {
	h.t.Helper()
	return h.send(httptest.NewRequest(http.MethodGet, path, nil), cookie)
}

func (h *house) post(path string, form url.Values, cookie string) reply {
	h.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return h.send(r, cookie)
}

// opened opens a MORE cohort of six seats through its page and gives its address.
func (h *house) opened() string {
	h.t.Helper()
	answer := h.post("/cohorts/new", url.Values{
		"step": {"open"}, "protocol": {"more-telehealth@1"}, "start": {"2026-01-06"}, "time": {"18:00"},
		"zone":     {"America/New_York"},
		"capacity": {"6"}, "name": {"Canary evening"},
	}, h.signIn(access.Coordinator))
	return h.goesTo(answer, "/cohorts/")
}

// enrolled enrolls a person through the page and gives the enrollment's address.
func (h *house) enrolled(cohort, name, email string) string {
	h.t.Helper()
	form := url.Values{"name": {name}, "zone": {"America/Chicago"}, "language": {"en"}}
	if email != "" {
		form.Set("email", email)
		form.Set("consents", "email")
	}
	return h.goesTo(h.post(cohort+"/enroll", form, h.signIn(access.Coordinator)), "/enrollments/")
}

// rests lets the changes so far rest, and looks at the cohort as the duty does then.
func (h *house) rests(cohort string) {
	h.t.Helper()
	h.at(h.now.Load().Add(scheduler.UndoWindow))
	q := desk.Request{Actor: access.System("agenda").In(string(h.clinic)), Clinic: h.clinic}
	if err := h.desk.Confirm(h.t.Context(), q,
		desk.Upkeep(scheduler.ID(strings.TrimPrefix(cohort, "/cohorts/")))); err != nil {
		h.t.Fatal(err)
	}
}

// goesTo checks that an answer goes on to another page, and gives its path. An address
// says nothing about what was done.
func (h *house) goesTo(answer reply, prefix string) string {
	h.t.Helper()
	to, claim, _ := strings.Cut(answer.Header.Get("Location"), "?")
	if strings.Contains(claim, "done") {
		h.t.Errorf("the address %s?%s claims something", to, claim)
	}
	if answer.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, prefix) {
		h.t.Fatalf("status %d to %q, want 303 to %s…\n%s", answer.StatusCode, to, prefix, problems(answer.body))
	}
	return to
}

var (
	problemPattern = regexp.MustCompile(`(?s)<div class="trouble".*?</div>`)
	pagePattern    = regexp.MustCompile(`http://127\.0\.0\.1:8080(/p/[a-z2-7]+)`)
	feedPattern    = regexp.MustCompile(`http://127\.0\.0\.1:8080(/f/[a-z2-7]+\.ics)`)
	movePattern    = regexp.MustCompile(`/sessions/[0-9a-z]{13,64}/move`)
	undoPattern    = regexp.MustCompile(`name="undo" value="(\d+)"`)
	changePattern  = regexp.MustCompile(`name="change_no" value="(\d+)"`)
)

func problems(body string) string { return problemPattern.FindString(body) }

// find gives what a pattern finds in a page, or fails.
func (h *house) find(pattern *regexp.Regexp, body string) string {
	h.t.Helper()
	found := pattern.FindStringSubmatch(body)
	if found == nil {
		h.t.Fatalf("no %s in\n%s", pattern, body)
	}
	return found[len(found)-1]
}

// links reads a person's private addresses from their enrollment's page.
func (h *house) links(enrollment string) (page, feed string) {
	h.t.Helper()
	body := h.get(enrollment, h.signIn(access.Coordinator)).body
	return h.find(pagePattern, body), h.find(feedPattern, body)
}

// sessions gives the addresses of a cohort's sessions to come, in order, without their last word.
func (h *house) sessions(cohort string) []string {
	h.t.Helper()
	var all []string
	for _, found := range movePattern.FindAllString(h.get(cohort, h.signIn(access.Coordinator)).body, -1) {
		all = append(all, strings.TrimSuffix(found, "/move"))
	}
	return all
}
