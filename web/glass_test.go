package web_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/web"
)

// A facilitator opens one record of another cohort with a reason; the privacy officer gets a mail that says nothing of
// the person, sees the reason on a page, and notes that they looked.
func TestEmergencyAccess(t *testing.T) {
	t.Parallel()
	var mails []reads.GlassMail
	h := newHouse(t, func(o *web.Options) {
		o.SendGlassMail = func(_ context.Context, mail reads.GlassMail) error {
			mails = append(mails, mail)
			return nil
		}
	})
	h.facilitatorsSee("own")
	record := h.find(recordPattern, h.get(h.enrolled(h.openedAt("Noon", "2026-01-06", "12:00"), "Amina Canary",
		"amina@canary.example"), h.signIn(access.Coordinator)).body)
	fay, officer := h.signIn(access.Facilitator), h.signIn(access.PrivacyOfficer)
	shows(t, h.get(record, fay), 404)
	shows(t, h.get("/people", fay), 200, "/glass/new")
	shows(t, h.get("/glass/new", fay), 200, "for one hour")
	wrong := h.post("/glass/new", url.Values{"who": {"Amina Canary"}}, fay)
	shows(t, wrong, 422, "Say why you need to see this person now.", `value="Amina Canary"`)
	shows(t, h.post("/glass/new", url.Values{"who": {"Nobody Here"}, "reason": {"Fell"}}, fay), 422,
		"does not mean one person")
	if len(mails) != 0 {
		t.Error("a mail left without access")
	}
	for range 2 {
		h.goesTo(h.post("/glass/new", url.Values{"who": {"Amina Canary"}, "reason": {"Fell <here>"}}, fay), record)
	}
	shows(t, h.get(record, fay), 200, "Amina Canary", "amina@canary.example")
	if len(mails) != 1 || mails[0].By == "" || mails[0].Email == "" || strings.Contains(mails[0].By, "Amina") {
		t.Errorf("the mails are %+v", mails)
	}
	list := h.get("/glass", officer)
	shows(t, list, 200, "Fell &lt;here&gt;", "Amina Canary", "1 to look at.")
	shows(t, h.get("/audit", officer), 200, "Saw a record in an emergency", `href="/glass"`)
	_, id, _ := strings.Cut(list.body, `name="glass" value="`)
	h.goesTo(h.post("/glass/review", url.Values{"glass": {id[:13]}}, officer), "/glass")
	shows(t, h.get("/glass", officer), 200, "Nothing to look at.", "looked at by")
	shows(t, h.get("/glass", fay), 403)
	shows(t, h.get("/glass/new", h.signIn(access.FrontDesk)), 403)
}
