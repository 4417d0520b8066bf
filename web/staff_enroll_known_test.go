package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"almanac/scheduler/access"
	"almanac/scheduler/store/storetest"
)

var personPattern = regexp.MustCompile(`name="person" value="([0-9a-z]{13,64})"`)

// count asks the database for one number.
func (h *house) count(query string) int {
	h.t.Helper()
	n, err := strconv.Atoi((&storetest.House{URL: h.url}).Ask(h.t, query)[0][0])
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

// openedAt opens a cohort like opened on another day, under another name.
func (h *house) openedAt(name, start, clock string) string {
	h.t.Helper()
	return h.goesTo(h.post("/cohorts/new", url.Values{
		"step": {"open"}, "protocol": {"more-telehealth@1"}, "start": {start}, "time": {clock},
		"zone": {"America/New_York"}, "name": {name},
	}, h.signIn(access.Coordinator)), "/cohorts/")
}

// The page asks about a person who is like a known one, and follows each answer.
func TestEnrollPageAsksWhoItIs(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, first, second := h.signIn(access.Coordinator), h.opened(), h.openedAt("Canary noon", "2026-01-07", "12:00")
	maria := url.Values{"name": {"Maria Canary"}, "email": {"maria@canary.example"}, "phone": {"(202) 555-0100"},
		"zone": {"America/Chicago"}, "language": {"en"}, "consents": {"email"}}
	known := h.goesTo(h.post(first+"/enroll", maria, desk), "/enrollments/")

	again := url.Values{"name": {"CANARY, María"}, "phone": {"202-555-0100"}, "language": {"en"}}
	asked := h.post(second+"/enroll", again, desk)
	shows(t, asked, http.StatusConflict, `href="#f-person"`, "Is it one of these people?",
		"Yes, it is <bdi>Maria Canary</bdi>", "the same phone number",
		`<a href="`+known+`"><bdi>Canary evening</bdi></a>, Active`, "No, someone new", `value="CANARY, María"`)
	if people := h.count("SELECT count(*) FROM people"); people != 1 {
		t.Fatalf("%d people are stored by a question", people)
	}
	again.Set("person", h.find(personPattern, asked.body))
	same := h.goesTo(h.post(second+"/enroll", again, desk), "/enrollments/")
	shows(t, h.get(same, desk), http.StatusOK, "<bdi>Maria Canary</bdi>", "Canary evening")
	if people := h.count("SELECT count(*) FROM people"); people != 1 {
		t.Errorf("%d people are stored for one", people)
	}

	again.Set("person", "new")
	other := h.goesTo(h.post(second+"/enroll", again, desk), "/enrollments/")
	hides(t, h.get(other, desk), "Canary evening")
	if people := h.count("SELECT count(*) FROM people"); people != 2 {
		t.Errorf("%d people are stored, want a second one of like name", people)
	}

	again.Del("person")
	again.Set("name", "Ana Canary") // a family
	h.goesTo(h.post(second+"/enroll", again, desk), "/enrollments/")
}

// In the same group nobody is enrolled twice: the page leads to what there is.
func TestEnrollPageLeadsToTheEnrollmentThereIs(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, cohort := h.signIn(access.Coordinator), h.opened()
	known := h.enrolled(cohort, "Maria Canary", "maria@canary.example")
	again := url.Values{"name": {"Maria Canary"}, "email": {"MARIA@canary.example"}, "language": {"en"}}
	for range 2 { // three times was three seats
		asked := h.post(cohort+"/enroll", again, desk)
		shows(t, asked, http.StatusConflict, "is already in this cohort",
			`<a href="`+known+`">open their enrollment</a>`)
		if strings.Contains(asked.body, `type="radio" name="person" value="`) && personPattern.MatchString(asked.body) {
			t.Error("the page offers to enroll them twice")
		}
	}
	again.Set("person", (&storetest.House{URL: h.url}).Ask(t, "SELECT id FROM people")[0][0])
	shows(t, h.post(cohort+"/enroll", again, desk), http.StatusConflict, "already enrolled in this cohort",
		`<a class="button" href="`+known+`">Open that enrollment</a>`)
	if n := h.count("SELECT count(*) FROM enrollments"); n != 1 {
		t.Errorf("%d enrollments", n)
	}
}

// Numbers are read where the person is: in their zone, else in the cohort's.
func TestEnrollPageReadsNumbersWhereThePersonIs(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, cohort := h.signIn(access.Coordinator), h.opened()
	for _, tt := range []struct{ zone, phone, want string }{
		{"Europe/Paris", "06 12 34 56 78", "33612345678"},
		{"Australia/Melbourne", "(03) 9555 0100", "61395550100"},
		{"Africa/Accra", "024 412 3456", "233244123456"},
		{"", "(202) 555-0100", "12025550100"},
	} {
		answer := h.post(cohort+"/enroll",
			url.Values{"name": {"Pat " + tt.phone}, "phone": {tt.phone}, "zone": {tt.zone}, "language": {"en"}}, desk)
		shows(t, h.get(h.goesTo(answer, "/enrollments/"), desk), http.StatusOK, tt.want)
	}
	shows(t, h.post(cohort+"/enroll",
		url.Values{"name": {"Pat"}, "phone": {"06 12 34 56 78"}, "zone": {"America/Chicago"}, "language": {"en"}},
		desk),
		http.StatusUnprocessableEntity,
		"Read in the country of the time zone (US), this phone number is &#43;1 0612345678, which does not exist")
	shows(t, h.post(cohort+"/enroll",
		url.Values{"name": {"Pat \u202eelpmaxE"}, "email": {"\u200bpat@example.net"}, "language": {"en"}}, desk),
		http.StatusUnprocessableEntity, "changes the direction of writing")
	answer := h.post(cohort+"/enroll",
		url.Values{"name": {"\u200bPat\u200b Unseen"}, "email": {"\u200bpat.unseen@ex\u00e4mple.de"},
			"language": {"en"}}, desk)
	shows(t, h.get(h.goesTo(answer, "/enrollments/"), desk), http.StatusOK, "<bdi>Pat Unseen</bdi>",
		"pat.unseen@exämple.de")
}

// Two clicks on one button are one enrollment, however close they come.
func TestTwoClicksAreOneEnrollment(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, cohort := h.signIn(access.Coordinator), h.opened()
	form := url.Values{"name": {"Bo Canary"}, "language": {"en"},
		"once": {h.onceOf(cohort+"/enroll", h.get(cohort+"/enroll", desk).body)}}
	var clicks sync.WaitGroup
	answers := make([]reply, 4)
	for i := range answers {
		clicks.Go(func() { answers[i] = h.post(cohort+"/enroll", form, desk) })
	}
	clicks.Wait()
	to := h.goesTo(answers[0], "/enrollments/")
	for _, answer := range answers[1:] {
		if again := h.goesTo(answer, "/enrollments/"); again != to {
			t.Errorf("one click leads to %s, another to %s", to, again)
		}
	}
	if n := h.count("SELECT count(*) FROM people"); n != 1 {
		t.Errorf("%d people", n)
	}
}
