package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"almanac/scheduler/access"
)

// An admin sets what people see; it stands on a person's own page, and only then. What is wrong is said beside its
// field, and what was typed stays.
func TestClinicSettingsInTheBrowser(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	page, _ := h.links(h.enrolled(h.opened(), "Amina Canary", ""))
	before := h.get(page, "")
	shows(t, before, 200, "In a crisis, call or text 988 at any time.") // as everywhere in the United States
	hides(t, before, "tel:")
	shows(t, h.get("/clinic", h.signIn(access.Coordinator)), 403)
	admin := h.signIn(access.Admin)
	form := url.Values{"name": {"North Street"}, "zone": {"America/New_York"}, "facilitators": {"own"},
		"phone": {"202 555 0100"}, "crisis": {"In need, call or text 988 at any time."}, "hours_from": {"21:00"},
		"hours_until": {"8pm"}}
	wrong := h.post("/clinic", form, admin)
	shows(t, wrong, 422, "#f-hours_until", "Enter a time of day", `value="202 555 0100"`, `value="8pm"`)
	hides(t, h.get(page, ""), "In need")
	form.Set("hours_from", "08:00")
	form.Set("hours_until", "20:00")
	if to := h.goesTo(h.post("/clinic", form, admin), "/"); to != "/clinic" {
		t.Errorf("saved, it goes to %s", to)
	}
	shows(t, h.get("/clinic", admin), 200, "Saved.", "North Street", `value="&#43;1 202-555-0100"`, `value="08:00"`)
	own := h.get(page, "")
	shows(t, own, 200, "Questions?", `href="tel:&#43;12025550100"`, "In need, call or text 988 at any time.")
	hides(t, own, "North Street")
}

// Other reminder times are saved once it was said what they would do. Other times than those that were shown are
// shown again.
func TestReminderTimesInTheBrowser(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	admin := h.signIn(access.Admin)
	form := url.Values{"name": {"North Street"}, "zone": {"America/New_York"}, "facilitators": {"own"},
		"remind": {"chosen"}}
	shows(t, h.post("/clinic", form, admin), 422, "#f-leads", "Tick at least one time")
	form["lead"] = []string{"48h0m0s", "4h0m0s"}
	shown := h.post("/clinic", form, admin)
	shows(t, shown, 200, "What this would do", "People are reminded 2 days before and 4 hours before.",
		"Nothing is saved yet", `name="seen" value="[48h0m0s 4h0m0s] 7 0"`)
	hides(t, h.get("/clinic", admin), `value="48h0m0s" checked`)
	form.Set("seen", "[48h0m0s 4h0m0s] 7 0")
	form["lead"] = []string{"48h0m0s"}
	shows(t, h.post("/clinic", form, admin), 200, "What this would do", "2 days before.")
	form.Set("seen", "[48h0m0s] 7 0")
	if to := h.goesTo(h.post("/clinic", form, admin), "/"); to != "/clinic" {
		t.Errorf("saved, it goes to %s", to)
	}
	shows(t, h.get("/clinic", admin), 200, `value="48h0m0s" checked`)
	form.Del("seen")
	if to := h.goesTo(h.post("/clinic", form, admin), "/"); to != "/clinic" {
		t.Errorf("unchanged times are asked about: %s", to)
	}
}

// How long things are kept has a range that a refusal names. What would go at once is counted before it is saved.
func TestRetentionInTheBrowser(t *testing.T) {
	t.Parallel()
	h, folder := withKeptMail(t)
	keepMail(t, folder, h.clinic, 3)
	h.at(moved.AddDate(0, 0, 40))
	admin := h.signIn(access.Admin)
	form := url.Values{"name": {"North Street"}, "zone": {"America/New_York"}, "facilitators": {"own"},
		"mail_days": {"0"}, "text_years": {"five"}}
	shows(t, h.post("/clinic", form, admin), 422, "Type 1 to 90 days.", "Type 6 to 50 years", `value="five"`)
	form.Set("mail_days", "90")
	form.Set("text_years", "10")
	if to := h.goesTo(h.post("/clinic", form, admin), "/"); to != "/clinic" {
		t.Errorf("when nothing would go, it goes to %s", to)
	}
	form.Set("mail_days", "30")
	shows(t, h.post("/clinic", form, admin), 200, "3 kept mails from before", "Nothing is saved yet",
		`name="seen" value="[] 30 10"`)
	form.Set("seen", "[] 30 10")
	if to := h.goesTo(h.post("/clinic", form, admin), "/"); to != "/clinic" {
		t.Errorf("saved, it goes to %s", to)
	}
	shows(t, h.get("/clinic", admin), 200, `value="30"`, `value="10"`)
}

// With plain titles no tab and no history of a browser says whose page it is or what about.
func TestPlainTitles(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.opened()
	enrollment := h.enrolled(cohort, "Amina Canary", "amina@canary.example")
	admin := h.signIn(access.Admin)
	shows(t, h.get(enrollment, admin), 200, "<title>Enrollment · Almanac</title>")
	form := url.Values{"name": {"North Street"}, "zone": {"America/New_York"}, "facilitators": {"own"},
		"titles": {"bold"}}
	shows(t, h.post("/clinic", form, admin), 422, "#f-titles")
	form.Set("titles", "plain")
	h.goesTo(h.post("/clinic", form, admin), "/clinic")
	person := h.find(recordPattern, h.get(enrollment, admin).body)
	for _, path := range []string{"/", "/clinic", "/audit", person, person + "/consents/written",
		person + "/disclosures/print", cohort, cohort + "/roster", enrollment} {
		shows(t, h.get(path, admin), 200, "<title>Appointments</title>")
	}
	form.Set("shown_name", "Riverside")
	h.goesTo(h.post("/clinic", form, admin), "/clinic")
	shows(t, h.get(enrollment, admin), 200, "<title>Riverside</title>", "Amina Canary")
}

// A program reads the settings and changes one of them; with dry_run nothing changes.
func TestClinicSettingsInTheAPI(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.ScopeRead, access.ScopeStaff)
	would, _ := p.must(http.StatusOK, http.MethodPatch, "/clinic", `{"phone": "+12025550100", "dry_run": true}`)
	now, _ := p.must(http.StatusOK, http.MethodGet, "/clinic", "")
	if would["phone"] != "+12025550100" || now["phone"] != "" {
		t.Errorf("it would be %v, and is %v", would, now)
	}
	p.must(http.StatusOK, http.MethodPatch, "/clinic", `{"hours_from": "08:00", "hours_until": "21:00"}`)
	p.must(http.StatusUnprocessableEntity, http.MethodPatch, "/clinic", `{"hours_from": "22:00"}`)
	would, _ = p.must(http.StatusOK, http.MethodPatch, "/clinic", `{"reminder_hours": [4, 48], "dry_run": true}`)
	if effect, ok := would["effect"].(map[string]any); !ok || effect["reminders"] != 0.0 {
		t.Errorf("other reminder times would do %v", would["effect"])
	}
	set, _ := p.must(http.StatusOK, http.MethodPatch, "/clinic", `{"reminder_hours": [4, 48]}`)
	if got := fmt.Sprint(set["reminder_hours"]); got != "[48 4]" || set["effect"] != nil {
		t.Errorf("the reminder times are %s, with the effect %v", got, set["effect"])
	}
	problem, _ := p.must(http.StatusUnprocessableEntity, http.MethodPatch, "/clinic", `{"reminder_hours": [400]}`)
	if !strings.Contains(fmt.Sprint(problem), "reminder_hours") {
		t.Errorf("too early a time is refused with %v", problem)
	}
	if now, _ := p.must(http.StatusOK, http.MethodGet, "/clinic", ""); now["hours_from"] != "08:00" {
		t.Errorf("the hours are %v", now)
	}
}
