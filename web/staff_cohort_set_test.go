package web_test

import (
	"net/url"
	"strings"
	"testing"

	"almanac/scheduler/access"
)

// Place and length of a group change from a date on, first shown and then done; the pages say where and
// how long each session is.
func TestAGroupIsSetOnItsPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, cohort := h.signIn(access.Coordinator), h.opened()
	h.enrolled(cohort, "Amina Canary", "amina@canary.example")
	shows(t, h.get(cohort, desk), 200, cohort+"/set")
	shows(t, h.get(cohort+"/set", desk), 200, "Now: Online.", "Now: Canary evening.", "Now: 6.")
	form := url.Values{"from": {"2026-01-20"}, "place": {"Room 5"}, "minutes": {"90"}}
	preview := h.post(cohort+"/set", form, desk)
	shows(t, preview, 200, "Amina Canary", "Online → Room 5, 2 h → 1 h 30 min",
		"Messages leave 3 minutes after you confirm")
	hides(t, h.get(cohort, desk), "Room 5")
	form.Set("change_no", h.find(changePattern, preview.body))
	h.goesTo(h.post(cohort+"/set", form, desk), cohort)
	page := h.get(cohort, desk)
	shows(t, page, 200, "Saved.", "<dd><bdi>Room 5</bdi></dd>", "Tue 20 Jan 2026, 6:00\u00a0PM – 7:30\u00a0PM",
		"Tue 13 Jan 2026, 6:00\u00a0PM – 8:00\u00a0PM")
	if n := strings.Count(page.body, "· <bdi>Online</bdi>"); n != 2 {
		t.Errorf("%d sessions say that they are elsewhere, want the two before that date", n)
	}
	shows(t, h.post(cohort+"/set", url.Values{"minutes": {"many"}}, desk), 422, "Enter a whole number")
	shows(t, h.post(cohort+"/set", url.Values{}, desk), 422, "This changes nothing")
	shows(t, h.get(cohort+"/set", h.signIn(access.Facilitator)), 403, "may not change a cohort")
}

// One session gets a place of its own; a telling one needs a reason, which staff read afterwards.
func TestASessionIsSetOnItsPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, cohort := h.signIn(access.Coordinator), h.opened()
	session := h.sessions(cohort)[2]
	shows(t, h.get(session+"/set", desk), 200, "Now: Online.", "Now: 120.")
	form := url.Values{"place": {"Opioid recovery, Room 5"}}
	shows(t, h.post(session+"/set", form, desk), 422, `The place says &#34;Opioid&#34;`, "or give a reason to insist")
	form.Set("reason", "The <door> says so.")
	form.Set("change_no", h.find(changePattern, h.post(session+"/set", form, desk).body))
	h.goesTo(h.post(session+"/set", form, desk), cohort)
	page := h.get(cohort, desk)
	shows(t, page, 200, "Rules set aside (1)",
		"Words that tell why people come, <bdi>Tue 20 Jan 2026</bdi>: <bdi>The &lt;door&gt; says so.</bdi>")
	if n := strings.Count(page.body, "<bdi>Opioid recovery, Room 5</bdi>"); n != 1 {
		t.Errorf("%d places are the new one", n)
	}
}

// A role that nobody fills is shown with a form to name somebody, who needs its credential or a reason.
func TestARoleIsFilledOnThePage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, cohort := h.signIn(access.Coordinator), h.training()
	h.signIn(access.Facilitator)
	kim, err := h.db.FindStaff(t.Context(), h.operator(), h.clinic, "facilitator@canary.example")
	if err != nil {
		t.Fatal(err)
	}
	shows(t, h.get(cohort, desk), 200, "No one has the role coach yet.", cohort+"/role?role=coach",
		"No one has the role trainer yet.")
	read := h.get(cohort, h.signIn(access.Facilitator))
	shows(t, read, 200, "No one has the role coach yet.")
	hides(t, read, "/role?role")
	shows(t, h.get(cohort+"/role?role=coach", desk), 200, `<option value="coach" selected>coach, credential mi-coach`)
	form := url.Values{"role": {"coach"}, "facilitator": {string(kim.ID)}}
	shows(t, h.post(cohort+"/role", form, desk), 409,
		"The protocol asks for the credential &#34;mi-coach&#34;, which this facilitator does not have on record.")
	form.Set("reason", "Certified in March.")
	form.Set("change_no", h.find(changePattern, h.post(cohort+"/role", form, desk).body))
	h.goesTo(h.post(cohort+"/role", form, desk), cohort)
	page := h.get(cohort, desk)
	shows(t, page, 200, "<dt>coach</dt><dd><bdi>Canary facilitator</bdi></dd>", "Certified in March.",
		"led by <bdi>Canary facilitator</bdi>")
	hides(t, page, "Nobody fills the role coach")
}

// A program sets a cohort and a session as the pages do.
func TestAPISetsACohort(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.Scopes()...)
	cohort := "/cohorts/" + p.cohort()
	p.must(201, "POST", cohort+"/enrollments", patBody("s"))
	listed, _ := p.must(200, "GET", cohort+"/sessions", "")
	session := "/sessions/" + listed["sessions"].([]any)[2].(map[string]any)["id"].(string)
	before := h.everything()
	looked, _ := p.must(200, "PATCH", cohort,
		`{"from": "2026-01-20", "place": "Room 5", "minutes": 90, "dry_run": true}`)
	preview := looked["preview"].(map[string]any)
	moment := preview["sessions"].([]any)[0].(map[string]any)["after"].(map[string]any)
	if looked["place"] != "Online" || preview["told"] != 1.0 || len(preview["sessions"].([]any)) != 6 ||
		moment["place"] != "Room 5" || h.everything() != before {
		t.Errorf("a dry run: %v", looked)
	}
	_, lead := h.signInAs("leader", access.Facilitator)
	led, _ := p.must(200, "PATCH", cohort,
		`{"facilitator": "`+string(lead)+`", "reason": "trained in March", "dry_run": true}`)
	if preview := led["preview"].(map[string]any); preview["staff"] != 1.0 || preview["told"] != 0.0 {
		t.Errorf("a dry run of who leads: %v", preview)
	}
	done, answer := p.must(200, "PATCH", cohort,
		`{"from": "2026-01-20", "name": "Other", "place": "Room 5", "minutes": 90, "capacity": 7}`,
		"Idempotency-Key", "k")
	if done["place"] != "Room 5" || done["name"] != "Other" || answer.Header.Get("Undo-Until") == "" {
		t.Errorf("set: %v", done)
	}
	one, _ := p.must(200, "PATCH", session, `{"place": "Room 6"}`)
	if one["place"] != "Room 6" || one["minutes"] != 90.0 || one["seats"] != 7.0 {
		t.Errorf("one session: %v", one)
	}
	refused, _ := p.must(422, "PATCH", session, `{"place": "Detox, Room 6"}`)
	if refused["errors"].([]any)[0].(map[string]any)["location"] != "body.place" {
		t.Errorf("a telling place: %v", refused)
	}
	p.must(200, "PATCH", session, `{"place": "Detox, Room 6", "reason": "so the door says"}`)
	read, _ := p.must(200, "GET", cohort, "")
	if all := read["exceptions"].([]any); len(all) != 1 || all[0].(map[string]any)["rule"] != "telling" {
		t.Errorf("kept %v", all)
	}
	p.must(422, "PATCH", cohort, `{}`)
	p.must(404, "PATCH", cohort, `{"roles": [{"role": "facilitator", "staff": "`+string(h.clinic)+`"}]}`)
}

// How people come in from afar is set on the page of a group and of one session; what is typed wrong stays.
func TestAMeetingIsSetOnItsPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, cohort := h.signIn(access.Coordinator), h.opened()
	h.enrolled(cohort, "Amina Canary", "amina@canary.example")
	form := url.Values{"link": {"http://meet.example.org/a7k2"}, "dial_in": {"+1 202 555 0123"}, "pin": {"4711"}}
	shows(t, h.post(cohort+"/set", form, desk), 422, "must begin with https://", "http://meet.example.org/a7k2", "4711")
	form.Set("link", "https://meet.example.org/a7k2")
	preview := h.post(cohort+"/set", form, desk)
	shows(t, preview, 200, "Amina Canary", "another meeting")
	form.Set("change_no", h.find(changePattern, preview.body))
	h.goesTo(h.post(cohort+"/set", form, desk), cohort)
	shows(t, h.get(cohort, desk), 200, "link at meet.example.org, or call", "202-555-0123, PIN 4711")
	shows(t, h.get(cohort+"/set", desk), 200, "Now: https://meet.example.org/a7k2.")
	hides(t, h.get(cohort, h.signIn(access.FrontDesk)), "meet.example.org")
	session := h.sessions(cohort)[2]
	once := url.Values{"meeting": {"none"}}
	once.Set("change_no", h.find(changePattern, h.post(session+"/set", once, desk).body))
	h.goesTo(h.post(session+"/set", once, desk), cohort)
	if page := h.get(cohort, desk); strings.Count(page.body, "· another meeting") != 1 {
		t.Errorf("not one session has another meeting: %d", strings.Count(page.body, "· another meeting"))
	}
}
