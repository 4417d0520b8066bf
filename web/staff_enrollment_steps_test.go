package web_test

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
)

var (
	optionPattern = regexp.MustCompile(`<option value="([^"]+)"`)
	enrollPattern = regexp.MustCompile(`href="/cohorts/[0-9a-z]{13,64}(/enroll\?earliest=[0-9-]+)"`)
	othersPattern = regexp.MustCompile(`(?s)Other enrollments.*?href="(/enrollments/[0-9a-z]{13,64})"`)
)

// through takes a step of an enrollment: the form, its preview, and the confirmation.
func (h *house) through(step string, form url.Values, cookie string) reply {
	h.t.Helper()
	preview := h.post(step, form, cookie)
	filled := maps.Clone(form)
	form.Set("change_no", h.find(changePattern, preview.body))
	form.Set("again", "yes") // the way back loses nothing of what was filled in
	again := h.post(step, form, cookie)
	for field, values := range filled {
		if again.StatusCode != 200 || !strings.Contains(again.body, html.EscapeString(values[0])) ||
			strings.Contains(again.body, `name="change_no"`) {
			h.t.Errorf("%s: back from the preview the form shows no %s (%d)", step, field, again.StatusCode)
		}
	}
	form.Del("again")
	return h.post(step, form, cookie)
}

// rolling opens a rolling cohort of six seats that begins on a day, and gives its address.
func (h *house) rolling(name, start string) string {
	h.t.Helper()
	answer := h.post("/cohorts/new", url.Values{
		"step": {"open"}, "protocol": {"more-rolling@0-draft"}, "start": {start}, "time": {"18:00"},
		"zone": {"America/New_York"}, "capacity": {"6"}, "name": {name},
	}, h.signIn(access.Coordinator))
	return h.goesTo(answer, "/cohorts/")
}

// The page of a rolling cohort shows what comes next, and the rest of the year
// only when asked for.
func TestLaterSessionsAreFolded(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	coordinator := h.signIn(access.Coordinator)
	next, later, folded := strings.Cut(h.get(h.rolling("Canary", "2026-01-06"), coordinator).body,
		" later sessions</summary>")
	if n := strings.Count(next, `class="rows-session"`); !folded || n != 8 {
		t.Errorf("%d sessions stand on the page before the later ones (%v)", n, folded)
	}
	if !strings.Contains(later, `class="rows-session"`) {
		t.Error("no later session is listed")
	}
	hides(t, h.get(h.opened(), coordinator), "later sessions")
}

// Somebody's way through a rolling cohort, each step with its preview.
func TestStepsOfAnEnrollment(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	coordinator := h.signIn(access.Coordinator)
	one, other := h.rolling("Canary one", "2026-01-06"), h.rolling("Canary two", "2026-01-08")
	shows(t, h.get("/intake", coordinator), 200, "Canary one", "from Tue 6 Jan 2026 in Canary one",
		"No one is on the way in")
	shows(t, h.get(one+h.find(enrollPattern, h.get("/intake", coordinator).body), coordinator), 200,
		`value="2026-01-06"`)
	amina := h.enrolled(one, "Amina Canary", "amina@canary.example")
	shows(t, h.get(amina, coordinator), 200, "Pending", "Not recorded yet", "Skip a prerequisite")
	shows(t, h.get("/intake", coordinator), 200, "Amina Canary", "Waiting for prerequisites: ")

	form := h.get(amina+"/steps/override", coordinator)
	done := h.find(optionPattern, form.body)
	shows(t, h.post(amina+"/steps/override", url.Values{"done": {done}}, coordinator), 422,
		"Doing without a prerequisite needs a reason")
	h.goesTo(h.through(amina+"/steps/override", url.Values{"done": {done}, "reason": {"She knows it from before."}},
		coordinator), amina)
	shows(t, h.get(amina, coordinator), 200, "Active", "<b>Graduated</b>", "<b>Dose</b>", "projected",
		"Done. Everyone affected will be notified.")
	shows(t, h.get(one+"/board", coordinator), 200, "Amina Canary", "has a seat", "1/6")

	shows(t, h.post(amina+"/steps/hold", url.Values{"until": {"2025-12-01"}, "seat": {"keep"}}, coordinator), 422,
		"which has passed", `value="2025-12-01"`)
	shows(t, h.post(amina+"/steps/hold", url.Values{"until": {"soon"}}, coordinator), 422, "not a valid date")
	h.goesTo(h.through(amina+"/steps/hold", url.Values{"until": {"2026-01-14"}, "seat": {"keep"}}, coordinator), amina)
	shows(t, h.get(amina, coordinator), 200, "On hold until", "Wed 14 Jan 2026", "Back from hold")
	shows(t, h.get("/intake", coordinator), 200, "the end of the hold")
	shows(t, h.post(amina+"/steps/hold", url.Values{"until": {"2026-01-15"}}, coordinator), 409,
		"cannot become on hold")
	h.goesTo(h.through(amina+"/steps/resume", url.Values{}, coordinator), amina)

	shows(t, h.get(amina+"/steps/transfer", coordinator), 200, "Canary two")
	shows(t, h.post(amina+"/steps/transfer", url.Values{"to": {"nowhere"}}, coordinator), 404)
	h.goesTo(h.through(amina+"/steps/transfer", url.Values{"to": {other[len("/cohorts/"):]}}, coordinator), amina)
	left := h.get(amina, coordinator)
	shows(t, left, 200, "Withdrawn", "The new enrollment is listed below", "Canary two")
	moved := h.find(othersPattern, left.body)
	shows(t, h.get(moved, coordinator), 200, "Active", "<b>Graduated</b>")

	for _, step := range []string{"hold", "waive"} {
		shows(t, h.get(moved+"/steps/"+step, h.signIn(access.Facilitator)), 403)
	}
	shows(t, h.get(moved+"/steps/fly", coordinator), 404)
	shows(t, h.get(moved+"/steps/waive", coordinator), 200, "Nothing to choose from")
	shows(t, h.get(moved, h.signIn(access.Facilitator)), 200, ">Where they stand<")
	hides(t, h.get(moved, h.signIn(access.Facilitator)), "Put on hold")
}

// What was missed is owed, and can be made good in another cohort, alone, or not at all.
func TestMakingGoodWhatWasMissed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	one, other := h.rolling("Canary one", "2026-01-06"), h.rolling("Canary two", "2026-01-08")
	amina := h.enrolled(one, "Amina Canary", "amina@canary.example")
	coordinator := h.signIn(access.Coordinator)
	form := url.Values{"done": {h.find(optionPattern, h.get(amina+"/steps/done", coordinator).body)}}
	h.goesTo(h.through(amina+"/steps/done", form, coordinator), amina)
	first := h.sessions(one)[0]
	h.at(time.Date(2026, time.January, 7, 15, 0, 0, 0, time.UTC))
	coordinator = h.signIn(access.Admin) // the other sign-in has been idle for too long
	h.browsers[access.Coordinator] = coordinator

	shows(t, h.get(amina, coordinator), 200, "Attendance for 1 date is not recorded", "<b>Graduated</b>", "projected")
	shown, people := h.shown(h.get(first+"/attendance", coordinator).body)
	shown.Set("state-"+people[0], "missed")
	h.goesTo(h.post(first+"/attendance", shown, coordinator), first+"/attendance")
	shows(t, h.get(amina, coordinator), 200, "<dt>Owed</dt>", "Make up in another cohort",
		"Individual make-up", "Waive")

	elsewhere := h.get(amina+"/steps/makeup", coordinator)
	shows(t, elsewhere, 200, "Canary two", "free)")
	session := h.find(optionPattern, elsewhere.body)
	preview := h.post(amina+"/steps/makeup", url.Values{"session": {session}}, coordinator)
	shows(t, preview, 200, "Who will be notified", "Amina Canary", "Seat them there")
	h.goesTo(h.through(amina+"/steps/makeup", url.Values{"session": {session}}, coordinator), amina)
	shows(t, h.post(amina+"/steps/makeup", url.Values{"session": {session}}, coordinator), 422, "already makes up")
	shows(t, h.get(other+"/board", coordinator), 200, "Amina Canary", "make-up here", "1/6")

	position, _, _ := strings.Cut(session, "/")
	alone := url.Values{"position": {position}, "at_time": {"2026-01-08"}, "at_clock": {"25:00"}}
	shows(t, h.post(amina+"/steps/individual", alone, coordinator), 422, "Enter a time of day", `value="2026-01-08"`)
	shows(t, h.post(amina+"/steps/waive", url.Values{"position": {position}, "reason": {"  "}}, coordinator), 422,
		"Waiving needs a reason")

	h.goesTo(h.through(amina+"/withdraw", url.Values{}, coordinator), amina)
	shows(t, h.get(amina, coordinator), 200, "Withdrawn", "Re-enroll")
	h.goesTo(h.through(amina+"/steps/reenter", url.Values{"mode": {"restart"}}, coordinator), amina)
	shows(t, h.get(amina, coordinator), 200, "Other enrollments", "Canary one")
}

// Two people are kept apart on the page of either, and may meet again from the page of the other.
func TestKeepingPeopleApart(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.opened()
	amina, bela := h.enrolled(cohort, "Amina Canary", "amina@canary.example"),
		h.enrolled(cohort, "Bela Canary", "bela@canary.example")
	coordinator := h.signIn(access.Coordinator)
	shows(t, h.get(amina, coordinator), 200, "Keep apart")
	hides(t, h.get(amina, coordinator), "Stop keeping apart", "Kept apart from")
	shows(t, h.get(amina+"/steps/together", coordinator), 200, "Nothing to choose from")
	form := h.get(amina+"/steps/apart", coordinator)
	shows(t, form, 200, "Bela Canary", "From whom")
	pair := url.Values{"pair": {h.find(optionPattern, form.body)}}
	shows(t, h.post(amina+"/steps/apart", pair, coordinator), 200, "Keep them apart")
	done := h.through(amina+"/steps/apart", pair, coordinator)
	h.goesTo(done, amina)
	shows(t, h.get(done.Header.Get("Location"), coordinator), 200, "Done. No one will be notified.")
	shows(t, h.get(amina+"/steps/apart", coordinator), 200, "Nothing to choose from")
	shows(t, h.get(bela, coordinator), 200, "Kept apart from", "Amina Canary", "Stop keeping apart")
	hides(t, h.get(bela, h.signIn(access.Facilitator)), "Kept apart from", "Amina Canary")
	shows(t, h.get(bela+"/steps/apart", h.signIn(access.Facilitator)), 403)

	form = h.get(bela+"/steps/together", coordinator)
	shows(t, form, 200, "Amina Canary")
	pair = url.Values{"pair": {h.find(optionPattern, form.body)}}
	h.goesTo(h.through(bela+"/steps/together", pair, coordinator), bela)
	hides(t, h.get(amina, coordinator), "Stop keeping apart", "Kept apart from")
	shows(t, h.post(bela+"/steps/together", pair, coordinator), 404, "not kept apart")
}

// Where somebody new could begin is true at the moment of looking: an entry that had
// to be asked for two days ahead is shown up to then, on the page and to programs.
func TestEntriesCloseWithTime(t *testing.T) {
	t.Parallel()
	first := time.Date(2026, time.January, 6, 23, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		at   time.Time
		open bool
	}{
		"in time":           {first.Add(-48 * time.Hour), true},
		"a second too late": {first.Add(-48*time.Hour + time.Second), false},
		"begun":             {first.Add(time.Second), false},
	} {
		h := newHouse(t, nil)
		cohort := h.rolling("Canary one", "2026-01-06")
		h.at(tt.at)
		shown := h.get("/intake", h.signIn(access.Admin)).body
		p := h.program(access.ScopeRead)
		answer, _ := p.must(http.StatusOK, "GET", cohort+"/entry-points", "")
		points := answer["entry_points"].([]any)
		if len(points) == 0 {
			t.Fatalf("%s: no entry points", name)
		}
		date := points[0].(map[string]any)["local_start"]
		if page, api := strings.Contains(shown, "from Tue 6 Jan 2026 in Canary one"),
			date == "2026-01-06T18:00"; page != tt.open || api != tt.open {
			t.Errorf("%s: the page shows it: %t, programs see %v", name, page, date)
		}
	}
}

// The page of a cohort that runs a phase says which, and where people go on.
func TestACohortShowsItsPhase(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	coordinator := h.signIn(access.Coordinator)
	last, first, other := h.rolling("Canary late", "2026-01-07"), h.rolling("Canary early", "2026-01-06"),
		h.rolling("Canary alone", "2026-01-08")
	id := func(cohort string) scheduler.ID { return scheduler.ID(strings.TrimPrefix(cohort, "/cohorts/")) }
	early := url.Values{"phase": {"low-dose"}, "number": {"2"}, "beside": {string(id(last))}}
	shows(t, h.post(first+"/phase", early, coordinator), 422, "runs no phase yet")
	shows(t, h.post(last+"/phase", url.Values{"phase": {"No Phase"}, "number": {"x"}}, coordinator), 422,
		"a whole number")
	h.goesTo(h.through(last+"/phase", url.Values{"phase": {"intensive"}, "number": {"5"}}, coordinator), last)
	p := h.program(access.ScopeWrite)
	for number, want := range map[int]string{5: "already runs phase 5, intensive", 2: `"phase":"low-dose"`} {
		answer := p.ask("POST", "/cohorts/"+string(id(first))+"/phase", fmt.Sprintf(
			`{"phase": "low-dose", "number": %d, "beside": %q}`, number, id(last)))
		if !strings.Contains(answer.body, want) {
			t.Errorf("phase %d: %d %s", number, answer.StatusCode, answer.body)
		}
	}
	shows(t, h.get(first+"/phase", coordinator), 200,
		`<option value="`+string(id(last))+`" selected>Canary late: phase 5, intensive`)
	shows(t, h.get(first, coordinator), 200, "1 of 2, low-dose", "Continues in", `href="`+last+`"><bdi>Canary late`)
	shows(t, h.get(last, coordinator), 200, "2 of 2, intensive", "none: this is the last phase")
	hides(t, h.get(other, coordinator), "<dt>Phase</dt>", "Continues in")
}

// The page names one thing that is due, as its main button, and keeps the rest in a menu.
func TestOneNextStepOfAnEnrollment(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	coordinator := h.signIn(access.Coordinator)
	amina := h.enrolled(h.rolling("Canary one", "2026-01-06"), "Amina Canary", "amina@canary.example")
	page := h.get(amina, coordinator)
	shows(t, page, 200, `<a class="button button-main" href="`+amina+`/steps/done">Record a step</a>`,
		`<li class="j-now" aria-current="step"><b>Orientation</b>`, `<li class="j-done"><b>Asked</b>`,
		`<li class="j-ahead"><b>Started</b>`, `<li><a href="`+amina+`/steps/override">`)
	if n := strings.Count(page.body, "button-main"); n != 1 {
		t.Errorf("%d main buttons", n)
	}
	h.goesTo(h.through(amina+"/withdraw", url.Values{}, coordinator), amina)
	page = h.get(amina, coordinator)
	shows(t, page, 200, `<b>Left</b>`)
	hides(t, page, "j-ahead", "j-now", "button-main")
}
