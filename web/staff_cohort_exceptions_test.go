package web_test

import (
	"net/url"
	"strings"
	"testing"

	"almanac/scheduler/access"
)

// selfGuided opens a course of three calls and gives its address. Call 2 is on 3 Feb 2026, due
// from 27 Jan to 10 Feb.
func (h *house) selfGuided() string {
	h.t.Helper()
	answer := h.post("/cohorts/new", url.Values{
		"step": {"open"}, "protocol": {"tele-mind-self@1"}, "start": {"2026-01-13"}, "time": {"18:00"},
		"zone": {"America/New_York"},
	}, h.signIn(access.Coordinator))
	return h.goesTo(answer, "/cohorts/")
}

// A call's window stands on the pages of its cohort and of its own, and in the API; it leaves the
// window with a reason alone, which staff read afterwards, and facilitators do not.
func TestCallsLeaveTheirWindowWithAReason(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, cohort := h.signIn(access.Coordinator), h.selfGuided()
	call := h.sessions(cohort)[1]
	const window = "between Tue 27 Jan 2026 and Tue 10 Feb 2026"
	shows(t, h.get(cohort, desk), 200, window)
	shows(t, h.get(call+"/move", desk), 200, "The protocol calls for it "+window)
	shows(t, h.get(call+"/cancel", desk), 200, "The protocol calls for it "+window)
	form := url.Values{"to": {"2026-02-12"}, "to_time": {"18:00"}}
	refused := h.post(call+"/move", form, desk)
	shows(t, refused, 422,
		"The protocol wants this appointment between 2026-01-27 and 2026-02-10. "+
			"Choose a day in between, or give a reason.", `name="reason"`)
	hides(t, h.get(cohort, desk), "Rules set aside")
	const reason = "Canary is <abroad> until then."
	form.Set("reason", reason)
	form.Set("change_no", h.find(changePattern, h.post(call+"/move", form, desk).body))
	h.goesTo(h.post(call+"/move", form, desk), cohort)
	shows(t, h.get(cohort, desk), 200, "Rules set aside (1)",
		"An appointment outside its window, <bdi>Thu 12 Feb 2026</bdi>",
		"Canary is &lt;abroad&gt; until then.", "<bdi>Canary coordinator</bdi>")
	read := h.get(cohort, h.signIn(access.Facilitator))
	shows(t, read, 200, "An appointment outside its window")
	hides(t, read, "Canary is")
}

func TestAPICallsLeaveTheirWindowWithAReason(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.selfGuided()
	p, reader := h.program(access.ScopeWrite), h.program(access.ScopeRead)
	listed, _ := p.must(200, "GET", cohort+"/sessions", "")
	call := listed["sessions"].([]any)[1].(map[string]any)
	if window := call["window"].(map[string]any); window["opens"] != "2026-01-27" || window["closes"] != "2026-02-10" ||
		call["place"] != "Phone" {
		t.Errorf("the call: %v", call)
	}
	move := "/sessions/" + call["id"].(string) + "/move"
	p.must(422, "POST", move, `{"to": "2026-02-12T18:00"}`)
	p.must(200, "POST", move, `{"to": "2026-02-12T18:00", "reason": "abroad until then"}`)
	for _, who := range []program{p, reader} {
		found, _ := who.must(200, "GET", cohort, "")
		all := found["exceptions"].([]any)
		if len(all) != 1 {
			t.Fatalf("%v", found)
		}
		one := all[0].(map[string]any)
		want := any("abroad until then")
		if who == reader {
			want = nil
		}
		if one["rule"] != "window" || one["session"] != call["id"] || one["reason"] != want {
			t.Errorf("%v", one)
		}
	}
}

// training opens a training with coaching and gives its address.
func (h *house) training() string {
	h.t.Helper()
	return h.goesTo(h.post("/cohorts/new", url.Values{
		"step": {"open"}, "protocol": {"train-mi"}, "start": {"2026-01-13"}, "time": {"09:00"},
		"zone": {"America/New_York"}, "place": {"Room 2"},
	}, h.signIn(access.Coordinator)), "/cohorts/")
}

// Whose coaching a session is stands beside it.
func TestCoachingNamesItsTrainee(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.training()
	h.enrolled(cohort, "Canary Trainee", "trainee@canary.example")
	page := h.get(cohort, h.signIn(access.Coordinator)).body
	if n := strings.Count(page, "for <bdi>Canary Trainee</bdi>"); n != 4 {
		t.Errorf("%d of four appointments name their trainee", n)
	}
}
