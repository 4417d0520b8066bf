package web_test

import (
	"regexp"
	"strings"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
)

var againPattern = regexp.MustCompile(`/notices/[0-9a-z]{13,64}/again`)

// What was promised stands in the ledger, can be searched, and is tried again
// only when it was given up.
func TestLedgerPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	shows(t, h.get("/notices", desk), 200, "No messages yet", "Nothing was missed in the last seven days.")
	enrollment := h.enrolled(h.opened(), "Amina Canary", "amina@canary.example")
	h.at(moved.Add(scheduler.ChangeDelay))
	answer := h.get("/notices", desk)
	shows(t, answer, 200, "Amina Canary", `href="`+enrollment+`"`, "Welcome", "Invite or change",
		">waiting<", "3 waiting")
	if again := againPattern.FindString(answer.body); again != "" {
		t.Errorf("what was not given up can be tried again: %s", again)
	}
	shows(t, h.get("/notices?name=canary&day=2026-01-06&show=waiting", desk), 200, "Amina Canary", "for <time")
	answer = h.get("/notices?name=canary&show=wrong", desk)
	shows(t, answer, 200, "Nothing found")
	hides(t, answer, "Amina Canary")
	shows(t, h.get("/notices?day=tomorrow", desk), 422, "This is not a valid date")
	shows(t, h.get("/notices?after=yesterday,x", desk), 422, "Start again from the first")
	shows(t, h.post("/notices/111111111111111111/again", nil, desk), 404, "There is no such notice")

	for _, cohort := range []string{h.opened(), h.opened()} {
		for _, name := range []string{"Ada", "Bo", "Cy", "Di"} {
			h.enrolled(cohort, name+" Crowd", name+cohort[len(cohort)-4:]+"@canary.example")
		}
	}
	answer = h.get("/notices?name=crowd", desk)
	shows(t, answer, 200, "Older", "Due </span>", "3:06\u00a0PM · UTC</span>")
	if rows := strings.Count(answer.body, `class="person-name"`); rows != 20 {
		t.Errorf("%d notices on a page", rows)
	}

	facilitator := h.signIn(access.Facilitator)
	shows(t, h.get("/notices", facilitator), 403, "Your role may not")
	shows(t, h.post("/notices/111111111111111111/again", nil, facilitator), 403, "Your role may not")
}
