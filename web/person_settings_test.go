package web_test

import (
	"net/url"
	"testing"
	"time"

	"almanac/scheduler/access"
	"almanac/scheduler/gate"
)

// A participant and staff set how reminders come; looking changes nothing, what
// cannot be kept is told, and both see the same.
func TestSettingsPages(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	enrollment := h.enrolled(h.opened(), "Amina Canary", "amina@canary.example")
	page, _ := h.links(enrollment)
	settings := func() gate.Settings {
		people, err := h.db.People(t.Context(), h.operator(), h.clinic)
		if err != nil {
			t.Fatal(err)
		}
		p, err := h.db.Person(t.Context(), h.operator(), h.clinic, people[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		return p.Settings
	}
	shows(t, h.get(page, ""), 200, page+"/settings")
	shows(t, h.get(page+"/settings?remind=&lead=2h0m0s", ""), 200, "Reminders and messages", "Email", "2 hours before")
	if s := settings(); !s.ChangedAt.IsZero() {
		t.Fatalf("looking made %+v", s)
	}
	for field, bad := range map[string]url.Values{
		"until": {"from": {"22:00"}, "until": {"07:00"}}, "most": {"max_per_week": {"99"}},
		"from": {"until": {"07:00"}}, "leads": {"lead": {"1s"}},
	} {
		shows(t, h.post(page+"/settings", bad, ""), 422, "Please correct")
		if s := settings(); !s.ChangedAt.IsZero() {
			t.Errorf("%s: nonsense made %+v", field, s)
		}
	}
	form := url.Values{"remind": {"email"}, "lead": {"24h0m0s", "2h0m0s"}, "from": {"08:00"}, "until": {"21:00"},
		"disturb": {"yes"}, "max_per_week": {"3"}}
	h.goesTo(h.post(page+"/settings", form, ""), page+"/settings")
	shows(t, h.get(page+"/settings", ""), 200, "Saved.", `value="24h0m0s" checked`, `value="08:00"`, `value="3"`)
	if s := settings(); len(s.Muted) != 0 || len(s.Leads) != 2 || s.Leads[0] != 24*time.Hour ||
		s.EmailHours.Until.Hour != 21 || s.Disturb != gate.DisturbUrgent || s.MaxPerWeek != 3 {
		t.Errorf("kept are %+v", s)
	}
	shows(t, h.get(enrollment, desk), 200, enrollment+"/settings")
	staffs := h.get(enrollment+"/settings", desk)
	shows(t, staffs, 200, `value="24h0m0s" checked`, `value="21:00"`, "Remind them by",
		"Chicago time. Leave both empty")
	hides(t, staffs, "Remind me", "write to me")
	h.goesTo(h.post(enrollment+"/settings", url.Values{}, desk), enrollment)
	if s := settings(); len(s.Muted) != 1 || len(s.Leads) != 0 || s.EmailHours != (gate.Hours{}) || s.MaxPerWeek != 0 {
		t.Errorf("after staff kept are %+v", s)
	}
	shows(t, h.get(enrollment+"/settings", h.signIn(access.Facilitator)), 403)
	shows(t, h.post("/p/aaaaaaaaaaaaaaaaaaaaaaaaaa/settings", form, ""), 404)
}

// A person who reads Spanish gets all of their pages in Spanish: corrections,
// places and cities, too.
func TestOwnPagesInSpanish(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	enrollment := h.goesTo(h.post(h.opened()+"/enroll", url.Values{
		"name": {"Lucía Canary"}, "zone": {"America/Bogota"}, "language": {"es"}, "email": {"lucia@canary.example"},
		"consents": {"email"},
	}, h.signIn(access.Coordinator)), "/enrollments/")
	page, _ := h.links(enrollment)
	own := h.get(page, "")
	shows(t, own, 200, "hora de Bogotá", "En línea")
	hides(t, own, "Online")
	shows(t, h.get(page+"/settings", ""), 200, "Hora de Bogotá. Deje ambos")
	wrong := h.post(page+"/settings",
		url.Values{"from": {"22:00"}, "until": {"07:00"}, "max_per_week": {"99"}, "lead": {"1s"}}, "")
	shows(t, wrong, 422, "Por favor, corrija")
	for _, form := range []url.Values{
		{"lead": {"1s"}}, {"until": {"07:00"}}, {"from": {"21:00"}}, {"from": {"08:00"}, "until": {"08:10"}},
		{"max_per_week": {"99"}}, {"max_per_week": {"many"}},
	} {
		answer := h.post(page+"/settings", form, "")
		shows(t, answer, 422, "field-problem")
		hides(t, answer, " the ", "The ", "A time", "Write", "choose")
	}
}
