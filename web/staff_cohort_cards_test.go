package web_test

import (
	"net/url"
	"testing"

	"almanac/scheduler/access"
)

// Protocols are cards with length, seats and source; trainings of staff are apart. A facilitator who leads another
// cohort at that time is said in the preview, and not only when the cohort is opened.
func TestOpeningSaysWhatItWouldBeRefusedFor(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	coordinator := h.signIn(access.Coordinator)
	shows(t, h.get("/cohorts/new", coordinator), 200, "<b>MORE by telehealth</b>",
		"8 sessions × 2 h · up to 12 seats", "a randomized trial", "Staff trainings (")
	_, lead := h.signInAs("Dana", access.Facilitator)
	form := url.Values{"step": {"preview"}, "protocol": {"more-telehealth@1"}, "start": {"2026-01-06"},
		"time": {"18:00"}, "zone": {"America/New_York"}, "facilitator": {string(lead)}, "reason": {"no credential yet"}}
	busy := "already has a session at that time"
	hides(t, h.post("/cohorts/preview", form, coordinator), busy)
	form.Set("step", "open")
	h.goesTo(h.post("/cohorts/new", form, coordinator), "/cohorts/")
	page := h.post("/cohorts/preview", form, coordinator)
	shows(t, page, 200, busy, "Tue 6 Jan 2026")
}
