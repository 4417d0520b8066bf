package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"almanac/scheduler/access"
)

// Text that turns the direction of writing is refused at every field that is kept,
// and a reason of characters that show nothing is none.
func TestTextThatTurnsIsRefusedOnEveryPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, cohort := h.signIn(access.Coordinator), h.opened()
	h.signIn(access.Facilitator)
	h.goesTo(h.through("/closure", url.Values{"days": {"2026-01-14"}, "content": {"append"}}, desk), "/")
	enrollment, session := h.enrolled(cohort, "Amina Canary", "amina@canary.example"), h.sessions(cohort)[1]
	open := url.Values{"step": {"open"}, "protocol": {"more-telehealth@1"}, "start": {"2026-01-08"}, "time": {"18:00"},
		"zone": {"America/New_York"}}
	with := func(form url.Values, pairs ...string) url.Values {
		all := url.Values{}
		for name, values := range form {
			all[name] = values
		}
		for i := 0; i < len(pairs); i += 2 {
			all.Set(pairs[i], pairs[i+1])
		}
		return all
	}
	const turned = "because\u202eesuaceb"
	before := h.everything()
	for name, tt := range map[string]struct {
		path string
		form url.Values
	}{
		"the name of a cohort":      {"/cohorts/new", with(open, "name", turned)},
		"a place":                   {"/cohorts/new", with(open, "place", turned)},
		"why a place may tell":      {"/cohorts/new", with(open, "place", "Opioid room", "reason", turned)},
		"why the seats are more":    {"/cohorts/new", with(open, "capacity", "99", "reason", turned)},
		"why the seats become more": {cohort + "/capacity", url.Values{"capacity": {"99"}, "reason": {turned}}},
		"why a closed day is taken": {session + "/move",
			url.Values{"to": {"2026-01-14"}, "to_time": {"18:00"}, "reason": {turned}}},
		"why a day is added": {cohort + "/add",
			url.Values{"at": {"2026-01-14"}, "at_time": {"08:00"}, "minutes": {"60"}, "kind": {"group"},
				"reason": {turned}}},
		"why somebody may substitute": {session + "/substitute",
			url.Values{"by": {h.staffOn(session)}, "reason": {turned}}},
		"the name of a person": {cohort + "/enroll", url.Values{"name": {turned}, "language": {"en"}}},
		"the zone of a person": {cohort + "/enroll",
			url.Values{"name": {"Bo"}, "zone": {turned}, "language": {"en"}}},
		"why something is waived": {enrollment + "/steps/waive",
			url.Values{"position": {"session-1"}, "reason": {turned}}},
		"why something is left undone": {enrollment + "/steps/override",
			url.Values{"done": {"orientation"}, "reason": {turned}}},
		"why a phase comes early": {enrollment + "/steps/advance",
			url.Values{"phase": {"two"}, "reason": {turned}}},
	} {
		answer := h.post(tt.path, tt.form, desk)
		if answer.StatusCode != http.StatusUnprocessableEntity ||
			!strings.Contains(answer.body, "changes the direction of writing") {
			t.Errorf("%s: %d\n%s", name, answer.StatusCode, problems(answer.body))
		}
	}
	shows(t, h.post("/cohorts/new", with(open, "place", "Opioid room", "reason", "\u200b \u3164"), desk),
		http.StatusUnprocessableEntity, `The place says &#34;Opioid&#34;`)
	shows(t, h.post(cohort+"/capacity", url.Values{"capacity": {"99"}, "reason": {"\u200b"}}, desk),
		http.StatusUnprocessableEntity, "seats at most")
	if after := h.everything(); after != before {
		t.Error("something was kept")
	}
}

// staffOn gives somebody who may substitute in a session.
func (h *house) staffOn(session string) string {
	h.t.Helper()
	return staffOption.FindStringSubmatch(h.get(session+"/substitute", h.signIn(access.Coordinator)).body)[1]
}
