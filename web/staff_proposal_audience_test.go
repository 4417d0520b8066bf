package web_test

import (
	"net/url"
	"strings"
	"testing"

	"almanac/scheduler/access"
)

// Who is told the same stands together, in order of name; by e-mail and by a task
// are two things.
func TestThoseToldTheSameStandTogether(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, cohort := h.signIn(access.Coordinator), h.opened()
	for _, name := range []string{"Flo", "Amina", "Cy"} {
		h.enrolled(cohort, name+" Canary", strings.ToLower(name)+"@canary.example")
	}
	h.enrolled(cohort, "Bo Canary", "")
	page := h.post(h.sessions(cohort)[1]+"/move", url.Values{"to": {"2026-01-14"}, "to_time": {"19:30"}}, desk)
	shows(t, page, 200, "This will notify 3 people by email and 1 person through a staff task.",
		`<p><strong><bdi>Amina Canary</bdi></strong>, <strong><bdi>Cy Canary</bdi></strong>, `+
			`<strong><bdi>Flo Canary</bdi></strong> <span class="soft small">3 people</span></p>`+
			`<span class="badge badge-good">by email`,
		`<p><strong><bdi>Bo Canary</bdi></strong></p><span class="badge badge-warn">staff task`)
	if n := strings.Count(page.body, "<b>Moved</b>"); n != 2 {
		t.Errorf("the new date stands %d times", n)
	}
}
