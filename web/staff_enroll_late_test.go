package web_test

import (
	"net/url"
	"strings"
	"testing"

	"almanac/scheduler/access"
)

// Into a group that has begun somebody comes with a reason alone, which the form asks for at once and
// the cohort's page shows afterwards.
func TestLateEntryOnThePage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.opened()
	hides(t, h.get(cohort+"/enroll", h.signIn(access.Coordinator)), `name="reason"`)
	h.at(moved.AddDate(0, 0, 13))
	desk, _ := h.signInAs("Later", access.Coordinator)
	shows(t, h.get(cohort+"/enroll", desk), 200,
		"This cohort has started. "+
			"With a reason, someone can still join on Tue 20 Jan 2026, and owes the earlier sessions.", `name="reason"`)
	form := url.Values{"name": {"Late Canary"}, "zone": {"America/Chicago"}, "language": {"en"}}
	shows(t, h.post(cohort+"/enroll", form, desk), 409,
		`href="#f-reason">This cohort has begun and takes no new people after session 1. `+
			`Choose a later one, or give a reason.`)
	form.Set("reason", "Moved here <in> January.")
	enrollment := h.goesTo(h.post(cohort+"/enroll", form, desk), "/enrollments/")
	shows(t, h.get(enrollment, desk), 200, "Active", "6 upcoming", "Owed</dt><dd>")
	shows(t, h.get(cohort, desk), 200,
		"A new person in a cohort that has begun, <bdi>Late Canary</bdi>: <bdi>Moved here &lt;in&gt; "+
			"January.</bdi>")
}

func TestAPILateEntry(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.Scopes()...)
	cohort := "/cohorts/" + p.cohort()
	h.at(moved.AddDate(0, 0, 13))
	refused, _ := p.must(409, "POST", cohort+"/enrollments", patBody("l"))
	if refused["errors"].([]any)[0].(map[string]any)["location"] != "body.reason" || refused["kind"] != "closed" {
		t.Errorf("without a reason: %v", refused)
	}
	body := strings.Replace(patBody("l"), `"priority": 0`, `"reason": "moved here"`, 1)
	looked, _ := p.must(200, "POST", cohort+"/enrollments", strings.Replace(body, "{", `{"dry_run": true, `, 1))
	if looked["state"] != "active" || looked["entry"] != "2026-01-20" {
		t.Errorf("a dry run: %v", looked)
	}
	e, _ := p.must(201, "POST", cohort+"/enrollments", body)
	kept, _ := p.must(200, "GET", cohort, "")
	if all := kept["exceptions"].([]any); len(all) != 1 || all[0].(map[string]any)["rule"] != "begun" ||
		all[0].(map[string]any)["enrollment"] != e["id"] {
		t.Errorf("kept %v", kept["exceptions"])
	}
}

// A reason is for coordinators: a facilitator who tries gets a sentence, on each of the five paths.
func TestFacilitatorsSetNothingAside(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.opened()
	enrollment := h.enrolled(cohort, "Amina Canary", "")
	session, before := h.sessions(cohort)[2], h.everything()
	facilitator := h.signIn(access.Facilitator)
	for path, form := range map[string]url.Values{
		cohort + "/enroll":             {"name": {"Bo Canary"}, "reason": {"late"}},
		cohort + "/capacity":           {"capacity": {"2"}, "reason": {"few"}},
		cohort + "/role":               {"role": {"facilitator"}, "reason": {"soon"}},
		cohort + "/set":                {"capacity": {"30"}, "reason": {"many"}},
		session + "/set":               {"place": {"Detox"}, "reason": {"so it is"}},
		session + "/substitute":        {"reason": {"ill"}},
		enrollment + "/steps/override": {"done": {"orientation"}, "reason": {"knows it"}},
		"/cohorts/new":                 {"step": {"open"}, "reason": {"so it is"}},
	} {
		shows(t, h.post(path, form, facilitator), 403, "Your role may not ",
			"Ask a coordinator or an admin of the clinic.")
	}
	if h.everything() != before {
		t.Error("something changed")
	}
}
