package web_test

import (
	"net/http"
	"testing"
	"time"

	"almanac/scheduler/access"
)

// What was done is said once, by the change, to who made it. An address, a cookie that
// somebody made up, or one of another visitor or page claims nothing.
func TestOnlyAChangeSaysThatItWasDone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, admin := h.signIn(access.Coordinator), h.signIn(access.Admin)
	cohort := h.opened()
	const opened = "The cohort is open. Its sessions are listed below"
	hides(t, h.get("/", desk), opened) // the word is for another page, and this one takes it away
	hides(t, h.get(cohort, desk), opened)

	cohort = h.opened()
	shows(t, h.get(cohort, desk), 200, opened)
	hides(t, h.get(cohort, desk), opened)
	for _, key := range []string{"done=opened", "done=cancelled", "flash=opened", "said=opened"} {
		hides(t, h.get(cohort+"?"+key, desk), opened, "The session is cancelled", `role="status"`)
	}

	now := *h.now.Load()
	for name, said := range map[string]*http.Cookie{
		"another visitor's": h.server.Said(admin, cohort, "opened", now),
		"another page's":    h.server.Said(desk, "/", "opened", now),
		"an old one":        h.server.Said(desk, cohort, "opened", now.Add(-2*time.Minute)),
		"made up":           {Name: "signin-said", Value: "opened.99999999999.AAAA"},
		"without a mark":    {Name: "signin-said", Value: "opened"},
	} {
		h.said = said.Value
		if answer := h.get(cohort, desk); answer.StatusCode != 200 || h.said != "" {
			t.Errorf("%s: %d, and the browser keeps %q", name, answer.StatusCode, h.said)
		} else {
			hides(t, answer, opened)
		}
	}
	h.said = h.server.Said(desk, cohort, "opened", now).Value
	shows(t, h.get(cohort, desk), 200, opened)
}

// The form says where a name stands: mails greet by it, and what only the person opens never shows it.
func TestTheEnrollFormSaysWhereTheNameStands(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, cohort := h.signIn(access.Coordinator), h.opened()
	form := h.get(cohort+"/enroll", desk)
	shows(t, form, 200, "Emails greet the person by name and invites include it",
		"Their page and calendar feed never show it")
	hides(t, form, "appears in no message")
	page, feed := h.links(h.enrolled(cohort, "Amina Canary", "amina@canary.example"))
	hides(t, h.get(page, ""), "Amina", "Canary")
	hides(t, h.fetch(http.MethodGet, feed), "Amina", "Canary")
}
