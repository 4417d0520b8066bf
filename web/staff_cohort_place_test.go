package web_test

import (
	"net/url"
	"testing"

	"almanac/scheduler/access"
)

// A place that tells why people come is refused at its field, with the word; a
// reason insists, and then it stands.
func TestTellingPlaceIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	form := url.Values{
		"step": {"open"}, "protocol": {"more-telehealth@1"}, "start": {"2026-01-06"}, "time": {"18:00"},
		"zone":     {"America/New_York"},
		"capacity": {"6"}, "place": {"Opioid recovery group, Room 2"},
	}
	desk := h.signIn(access.Coordinator)
	shows(t, h.post("/cohorts/new", form, desk), 422, `The place says &#34;Opioid&#34;`,
		"Opioid recovery group, Room 2")
	form.Set("reason", "the sign at the door says so")
	h.goesTo(h.post("/cohorts/new", form, desk), "/cohorts/")
	form.Set("place", "Moreland Ave 12, more parking behind")
	form.Set("time", "21:00")
	form.Del("reason")
	h.goesTo(h.post("/cohorts/new", form, desk), "/cohorts/")
}
