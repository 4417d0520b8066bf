package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// led gives a shelf a facilitator and a substitute without the credential, with
// what was said of them: one of it twice, and one of it by a program.
func led(s *shelf) *shelf {
	s.cohort.Cohort.Lead, s.cohort.LeadName = staffID, "Robin Ferro"
	s.cohort.Leaders = map[scheduler.ID]string{staffID: "Robin Ferro", clinicID: "Kim Ode"}
	for i := range s.cohort.Sessions {
		s.cohort.Sessions[i].Leader = staffID
	}
	s.cohort.Sessions[3].Leader = clinicID
	opened := s.book
	s.book = func() *scheduler.Book {
		b := opened()
		b.Rosters[0].Sessions[3].Leader = clinicID
		return b
	}
	said := func(session, who scheduler.ID, name, reason, by string) {
		s.cohort.Overrides = append(s.cohort.Overrides, reads.CredentialOverride{
			CredentialOverride: scheduler.CredentialOverride{Cohort: s.cohort.Cohort.ID, Session: session, Staff: who,
				Credential: "more-trained", Reason: reason},
			Name: name, By: by, At: beforeSpring.Add(time.Duration(len(s.cohort.Overrides)) * time.Hour),
		})
	}
	said("", staffID, "Robin Ferro", "Qualifies in <May>.", "")
	said(s.cohort.Sessions[3].ID, clinicID, "Kim Ode", "Robin is ill.", "Robin Ferro")
	said(s.cohort.Sessions[3].ID, clinicID, "Kim Ode",
		strings.Repeat("Robin is still ill. ", 12)+"Nobody else can.", "قمر")
	said(s.cohort.Sessions[4].ID, clinicID, "Kim Ode", "Who does not lead there any more.", "Robin Ferro")
	for i, rule := range []scheduler.Rule{scheduler.RuleSeats, scheduler.RuleClosedDay} {
		s.cohort.Exceptions = append(s.cohort.Exceptions, reads.RuleOverride{
			RuleOverride: scheduler.RuleOverride{Rule: rule, Cohort: s.cohort.Cohort.ID,
				Session: []scheduler.ID{"", s.cohort.Sessions[5].ID}[i], Reason: "The hall <is> ours then."},
			By: []string{"", "Robin Ferro"}[i], At: beforeSpring,
		})
	}
	return s
}

// Who is to lead and lacks the credential is refused at the field, and may with
// a reason, which staff read afterwards.
func TestOpeningAsksForAReason(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	h.signIn(access.Facilitator)
	lead, err := h.db.FindStaff(t.Context(), h.operator(), h.clinic, "facilitator@canary.example")
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{
		"step": {"open"}, "protocol": {"more-telehealth@1"}, "start": {"2026-01-06"}, "time": {"18:00"},
		"zone": {"America/New_York"}, "facilitator": {string(lead.ID)},
	}
	hides(t, h.get("/cohorts/new", desk), `name="reason"`)
	shows(t, h.post("/cohorts/new", form, desk), 409,
		`href="#f-facilitator">The protocol asks for the credential &#34;more-trained&#34;`,
		`name="facilitator" aria-invalid="true"`, `value="`+string(lead.ID)+`" selected`, `name="reason"`)
	form.Set("step", "preview") // the preview says the same, and asks for the reason, too
	shows(t, h.post("/cohorts/new", form, desk), 200, "or give a reason.", `name="reason"`)
	shows(t, h.get("/cohorts", desk), 200, "No open cohorts")
	const reason = "Qualifies in May, Canary Wren says."
	form.Set("reason", reason)
	form.Set("step", "preview")
	shows(t, h.post("/cohorts/new", form, desk), 200, ">"+reason+"</textarea>")
	form.Set("step", "open")
	cohort := h.goesTo(h.post("/cohorts/new", form, desk), "/cohorts/")
	for _, path := range []string{cohort, cohort + "/rotation", h.sessions(cohort)[0] + "/substitute"} {
		shows(t, h.get(path, desk), 200, "Canary facilitator</bdi> may lead without the credential more-trained",
			reason, "Thu 1 Jan 2026, 10:00", "<bdi>Canary coordinator</bdi></span>")
	}
	if strings.Count(h.get(cohort, desk).body, reason) != 1 {
		t.Error("the reason stands beside every session")
	}
	hides(t, h.get(cohort, desk), "led by")             // the same person leads all sessions
	page := h.get(cohort, h.signIn(access.Facilitator)) // who names nobody reads that it is so, and not why
	shows(t, page, 200, "Canary facilitator</bdi> may lead without the credential more-trained")
	hides(t, page, reason, "Qualifies in May", "Canary coordinator")
	if strings.Contains(h.log.String(), "Wren") {
		t.Error("the reason stands in the log")
	}
	hides(t, h.get(h.opened(), desk), "may lead without") // nobody leads
}

// A reason sets a missing credential aside, but not another session at
// that time.
func TestAClashAsksForNoReason(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	lead, err := h.db.FindStaff(t.Context(), h.operator(), h.clinic, "coordinator@canary.example")
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{
		"step": {"open"}, "protocol": {"more-telehealth@1"}, "start": {"2026-01-06"}, "time": {"18:00"},
		"zone": {"America/New_York"}, "facilitator": {string(lead.ID)},
	}
	shows(t, h.post("/cohorts/new", form, desk), 409, "Choose another one, record it, or give a reason.",
		`name="reason"`)
	form.Set("reason", "Qualifies in May.")
	h.goesTo(h.post("/cohorts/new", form, desk), "/cohorts/")
	form.Del("reason")
	clash := h.post("/cohorts/new", form, desk)
	shows(t, clash, 409, `href="#f-facilitator">The facilitator already has a session at that time`,
		`name="facilitator" aria-invalid="true"`)
	hides(t, clash, `name="reason"`)
	form.Set("reason", "Qualifies in May.")
	shows(t, h.post("/cohorts/new", form, desk), 409, "Qualifies in May.</textarea>") // what was written stays
}

// On a phone everything stands in one column: the dates are read before the button
// that opens the cohort, and the form by itself leads to the dates.
func TestDatesStandBeforeTheButtonThatOpens(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	page := h.get("/cohorts/new", h.signIn(access.Coordinator)).body
	inForm, after, _ := strings.Cut(page, "</form>\n<section")
	last := strings.LastIndex(after, "</ol>") // of the dates
	if open := strings.Index(after, `form="opening" name="step" value="open"`); last < 0 || open < last ||
		strings.Contains(inForm, `value="open"`) {
		t.Errorf("the dates end at %d and the button stands at %d after the form, or in it", last, open)
	}
	if !strings.Contains(inForm, `value="preview" formaction="/cohorts/new#dates"`) ||
		!strings.Contains(after, `id="dates"`) {
		t.Error("the form does not lead to the dates")
	}
}

func TestAPIOpensWithAReason(t *testing.T) {
	t.Parallel()
	p := newHouse(t, nil).program(access.Scopes()...)
	p.signIn(access.Facilitator)
	lead, err := p.db.FindStaff(t.Context(), p.operator(), p.clinic, "facilitator@canary.example")
	if err != nil {
		t.Fatal(err)
	}
	body := strings.Replace(openingBody, "{", `{"facilitator": "`+string(lead.ID)+`", `, 1)
	_, refused := p.must(http.StatusConflict, "POST", "/cohorts", body)
	if !strings.Contains(refused.body, "body.facilitator") ||
		!strings.Contains(refused.body, "which this facilitator does not have on record") {
		t.Errorf("refused with %s", refused.body)
	}
	opened, answer := p.must(http.StatusCreated, "POST", "/cohorts",
		strings.Replace(body, "{", `{"reason": "Canary Wren says so.", `, 1))
	shown, err := p.db.Cohort(t.Context(), p.operator(), p.clinic, scheduler.ID(opened["id"].(string)))
	if err != nil || len(shown.Overrides) != 1 || shown.Overrides[0].Reason != "Canary Wren says so." ||
		shown.Overrides[0].By != "" {
		t.Errorf("kept is %v, %v", shown.Overrides, err)
	}
	if strings.Contains(p.log.String(), "Wren") || !strings.Contains(answer.body, "Wren") {
		t.Error("the reason stands in the log, or not in the answer to who may change the cohort")
	}
	if _, read := p.house.program(access.ScopeRead).must(http.StatusOK, "GET", "/cohorts/"+opened["id"].(string),
		""); strings.Contains(read.body, "Wren") {
		t.Error("the reason stands in the answer to who may only read")
	}
}
