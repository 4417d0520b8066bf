package web_test

import (
	"net/url"
	"regexp"
	"testing"

	"almanac/scheduler/access"
)

var (
	optionPattern = regexp.MustCompile(`<option value="([^"]+)"`)
	enrollPattern = regexp.MustCompile(`href="/cohorts/[0-9a-f-]{36}(/enroll\?earliest=[0-9-]+)"`)
	othersPattern = regexp.MustCompile(`(?s)Other enrollments.*?href="(/enrollments/[0-9a-f-]{36})"`)
)

// through takes a step of an enrollment: the form, its preview, and the confirmation.
func (h *house) through(step string, form url.Values, cookie string) reply {
	h.t.Helper()
	preview := h.post(step, form, cookie)
	form.Set("change_no", h.find(changePattern, preview.body))
	return h.post(step, form, cookie)
}

// rolling opens a rolling cohort of six seats and gives its address.
func (h *house) rolling(name string) string {
	h.t.Helper()
	answer := h.post("/cohorts/new", url.Values{
		"step": {"open"}, "protocol": {"more-rolling@0-draft"}, "start": {"2026-01-06"}, "time": {"18:00"}, "zone": {"America/New_York"}, "capacity": {"6"}, "name": {name},
	}, h.signIn(access.Coordinator))
	return h.goesTo(answer, "/cohorts/")
}

// Somebody's way through a rolling cohort, each step with its preview.
func TestStepsOfAnEnrollment(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	one, other := h.rolling("Canary one"), h.rolling("Canary two")
	shows(t, h.get("/intake", desk), 200, "Canary one", "Enroll from Tue 6 Jan 2026", "Nobody waits")
	shows(t, h.get(one+h.find(enrollPattern, h.get("/intake", desk).body), desk), 200, `value="2026-01-06"`)
	amina := h.enrolled(one, "Amina Canary", "amina@canary.example")
	shows(t, h.get(amina, desk), 200, "Pending", "To be done first", "Do without it")
	shows(t, h.get("/intake", desk), 200, "Amina Canary", "Waits for what must be done first: ")

	form := h.get(amina+"/steps/override", desk)
	done := h.find(optionPattern, form.body)
	shows(t, h.post(amina+"/steps/override", url.Values{"done": {done}}, desk), 422, "Doing without a prerequisite needs a reason")
	h.goesTo(h.through(amina+"/steps/override", url.Values{"done": {done}, "reason": {"She knows it from before."}}, desk), amina)
	shows(t, h.get(amina+"?done=changed", desk), 200, "Active", "Graduates, as projected", "Dose, as projected", "It is done.")
	shows(t, h.get(one+"/board", desk), 200, "Amina Canary", "has a seat", "1/6")

	shows(t, h.post(amina+"/steps/hold", url.Values{"until": {"2025-12-01"}, "seat": {"keep"}}, desk), 422, "which has come already", `value="2025-12-01"`)
	shows(t, h.post(amina+"/steps/hold", url.Values{"until": {"soon"}}, desk), 422, "not a date of the calendar")
	h.goesTo(h.through(amina+"/steps/hold", url.Values{"until": {"2026-01-14"}, "seat": {"keep"}}, desk), amina)
	shows(t, h.get(amina, desk), 200, "On hold until", "Wed 14 Jan 2026", "Back from the leave")
	shows(t, h.get("/intake", desk), 200, "the end of the leave")
	shows(t, h.post(amina+"/steps/hold", url.Values{"until": {"2026-01-15"}}, desk), 409, "cannot become on_hold")
	h.goesTo(h.through(amina+"/steps/resume", url.Values{}, desk), amina)

	shows(t, h.get(amina+"/steps/transfer", desk), 200, "Canary two")
	shows(t, h.post(amina+"/steps/transfer", url.Values{"to": {"nowhere"}}, desk), 404)
	h.goesTo(h.through(amina+"/steps/transfer", url.Values{"to": {other[len("/cohorts/"):]}}, desk), amina)
	left := h.get(amina+"?done=transferred", desk)
	shows(t, left, 200, "Withdrawn", "The new enrollment is among the others", "Canary two")
	moved := h.find(othersPattern, left.body)
	shows(t, h.get(moved, desk), 200, "Active", "Graduates, as projected")

	for _, step := range []string{"hold", "waive"} {
		shows(t, h.get(moved+"/steps/"+step, h.signIn(access.Facilitator)), 403)
	}
	shows(t, h.get(moved+"/steps/fly", desk), 404)
	shows(t, h.get(moved+"/steps/waive", desk), 200, "Nothing to choose from")
	shows(t, h.get(moved, h.signIn(access.Facilitator)), 200, "Where they stand")
	hides(t, h.get(moved, h.signIn(access.Facilitator)), "Put on hold")
}
