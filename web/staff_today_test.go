package web_test

import (
	"testing"
	"time"

	"almanac/scheduler/access"
	"almanac/scheduler/store"
)

// Today shows a facilitator their next group, one click to attendance once it has begun, and nothing of others.
func TestTodayOfAFacilitator(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.facilitatorsSee(store.FacilitatorsOwn)
	kim, kimID := h.signInAs("Kim", access.Facilitator)
	lee, leeID := h.signInAs("Lee", access.Facilitator)
	shows(t, h.get("/", kim), 200, "You have no group yet")
	mine, theirs := h.openedLedBy(kimID, "Canary one", "18:00"), h.openedLedBy(leeID, "Canary two", "20:30")
	h.enrolled(mine, "Amina Canary", "amina@canary.example")
	h.enrolled(theirs, "Omar Canary", "omar@canary.example")

	page := h.get("/", kim)
	shows(t, page, 200, "Your next group", "Canary one", "1 expected", "Amina Canary", "Sign-in sheet",
		"Nothing is due.")
	hides(t, page, "Canary two", "Omar Canary", "/tasks", ">waiting")
	shows(t, h.get("/", lee), 200, "Omar Canary")
	shows(t, h.get("/", h.signIn(access.Coordinator)), 200, "Canary one", "Canary two", "seats free", "waiting")

	session := h.sessions(mine)[0]
	begun := time.Date(2026, time.January, 6, 23, 30, 0, 0, time.UTC)
	h.now.Store(&begun)
	cookie, _ := h.signInAs("Noor", access.Coordinator)
	shows(t, h.get("/", cookie), 200, `href="`+session+`/attendance"`)
	over := begun.Add(3 * time.Hour)
	h.now.Store(&over)
	cookie, _ = h.signInAs("Nora", access.Coordinator)
	shows(t, h.get("/", cookie), 200, "Take attendance", session+"/attendance")
}

// The calendar shows a day in the clinic's zone, and keeps to a facilitator's own cohorts.
func TestCalendar(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.facilitatorsSee(store.FacilitatorsOwn)
	kim, kimID := h.signInAs("Kim", access.Facilitator)
	desk := h.signIn(access.Coordinator)
	_ = h.openedLedBy(kimID, "Canary one", "18:00")
	h.openedAt("Canary two", "2026-01-06", "19:00")

	week := h.get("/calendar?from=2026-01-08", desk) // the clinic's zone is UTC: 18:00 in New York is 23:00
	shows(t, week, 200, "Mon 5 Jan 2026 – Sun 11 Jan 2026", "Canary one", "Canary two",
		"11:00\u00a0PM", "6:00\u00a0PM New York")
	hides(t, week, "share a facilitator")
	own := h.get("/calendar?view=agenda&from=2026-01-06", kim)
	shows(t, own, 200, "Canary one", "yours")
	hides(t, own, "Canary two")
	shows(t, h.get("/calendar?view=month&from=2026-02-10", desk), 200, "February 2026", "from=2026-01-01",
		"from=2026-03-01")
	shows(t, h.get("/calendar?view=agenda&from=2027-01-06", desk), 200, "No sessions on these days")
	shows(t, h.get("/calendar?from=2026-02-31", desk), 422, "This is not a date")
	shows(t, h.get("/calendar?view=year", desk), 200, "Thu") // an unknown view is the week
}
