package web_test

import (
	"fmt"
	"testing"

	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/web"
)

// Kept mail is listed page by page and opened one by one.
func TestKeptMail(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	shows(t, h.get("/mail", desk), 200, "Appointment, Tue 6 Jan", "canary@example.net")
	shows(t, h.get("/mail/m1", desk), 200, "All the dates")
	shows(t, h.get("/mail/m2", desk), 404, "no such message")
	hides(t, h.get("/mail", desk), "Older")

	many := make(mailbox, 30)
	for i := range many {
		many[i] = reads.KeptMail{ID: fmt.Sprintf("m%02d", 90-i), At: moved, Subject: fmt.Sprintf("Appointment %02d", 90-i), To: "canary@example.net"}
	}
	h = newHouse(t, func(o *web.Options) { o.Mail = many })
	desk = h.signIn(access.Coordinator)
	first := h.get("/mail", desk)
	shows(t, first, 200, "Appointment 90", "Appointment 66", `href="/mail?after=m66"`)
	hides(t, first, "Appointment 65")
	last := h.get("/mail?after=m66", desk)
	shows(t, last, 200, "Appointment 65", "Appointment 61")
	hides(t, last, "Appointment 66", "Older")
}
