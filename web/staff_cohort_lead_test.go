package web_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
)

var staffOption = regexp.MustCompile(`<option value="([0-9a-z]{13,64})"[^>]*>Canary (\w+)`)

// Another number of seats lets people in; nobody leads two sessions at once, and
// who lacks the credential needs a reason.
func TestSeatsAndFacilitators(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	coordinator, cohort := h.signIn(access.Coordinator), h.opened()
	h.signIn(access.Facilitator)
	shows(t, h.post(cohort+"/capacity", url.Values{"capacity": {"0"}}, coordinator), 422,
		"at least one seat", `value="0"`)
	shows(t, h.post(cohort+"/capacity", url.Values{"capacity": {"many"}}, coordinator), 422, "Enter a whole number")
	h.goesTo(h.through(cohort+"/capacity", url.Values{"capacity": {"8"}}, coordinator), cohort)
	shows(t, h.get(cohort, coordinator), 200, "0 of 8 seats", "The number of seats has been changed")

	people := map[string]string{}
	for _, found := range staffOption.FindAllStringSubmatch(h.get(cohort+"/rotation", coordinator).body, -1) {
		people[found[2]] = found[1]
	}
	one, other := people["coordinator"], people["facilitator"]
	shows(t, h.post(cohort+"/rotation", url.Values{"leader-1": {one}}, coordinator), 422, "at least two facilitators")
	shows(t, h.post(cohort+"/rotation", url.Values{"leader-1": {one}, "leader-2": {one}}, coordinator),
		422, "named once")
	turns := url.Values{"leader-1": {one}, "leader-2": {other}}
	shows(t, h.post(cohort+"/rotation", url.Values{"leader-2": {one}, "leader-4": {other}}, coordinator), 409,
		`href="#f-leader-2">The protocol asks`, `name="leader-2" aria-invalid="true"`)
	shows(t, h.post(cohort+"/rotation", turns, coordinator), 409, "which this facilitator does not have on record")
	turns.Set("reason", "Both have taught it for years.")
	confirm := h.post(cohort+"/rotation", turns, coordinator)
	shows(t, confirm, 200, "<dt>Facilitator 2</dt>", "<dt>Reason, if someone lacks the credential</dt>")
	hides(t, confirm, "<dt>Facilitator 3</dt>")
	h.goesTo(h.through(cohort+"/rotation", turns, coordinator), cohort)
	for _, path := range []string{cohort, cohort + "/rotation"} {
		page := h.get(path, coordinator)
		shows(t, page, 200, "Canary coordinator</bdi> may lead without the credential more-trained",
			"Canary facilitator</bdi> may lead without", "Both have taught it for years.", "Thu 1 Jan 2026",
			"<bdi>Canary coordinator</bdi></span>")
		hides(t, page, "Nobody else can come.")
	}
	led := h.get(cohort, coordinator)
	shows(t, led, 200, "<dd><bdi>Canary coordinator, Canary facilitator, in rotation</bdi></dd>")
	if one, other := strings.Count(led.body, "led by <bdi>Canary coordinator</bdi>"),
		strings.Count(led.body, "led by <bdi>Canary facilitator</bdi>"); one != 4 || other != 4 {
		t.Errorf("of eight sessions one leads %d and the other %d", one, other)
	}
	first := h.sessions(cohort)[0]
	page := h.get(first+"/substitute", coordinator)
	shows(t, page, 200, `value="`+one+`" selected`)

	asked := url.Values{"by": {other}}
	shows(t, h.post(first+"/substitute", asked, coordinator), 409, "which this facilitator does not have on record")
	asked.Set("reason", "Nobody else can come.")
	shows(t, h.post(first+"/substitute", asked, coordinator), 200, "This will notify 2 facilitators by email.",
		"Messages leave 3 minutes after you confirm")
	h.goesTo(h.through(first+"/substitute", asked, coordinator), cohort)
	shows(t, h.get(first+"/substitute", coordinator), 200, `value="`+other+`" selected`,
		"Canary facilitator</bdi> may lead without", "Nobody else can come.")
	hides(t, h.get(first+"/substitute", coordinator), "Both have taught it")
	hides(t, h.get(h.sessions(cohort)[2]+"/substitute", coordinator), "Nobody else can come.")
	shows(t, h.get(cohort, coordinator), 200, "Both have taught it for years.", "Nobody else can come.")
	if log := h.log.String(); strings.Contains(log, "taught it") || strings.Contains(log, "else can come") {
		t.Error("a reason stands in the log")
	}
	look, err := h.db.Look(t.Context(), desk.Change{Clinic: h.clinic, Actor: h.operator(), Action: access.CohortView},
		desk.Load{Sessions: []scheduler.ID{scheduler.ID(strings.TrimPrefix(first, "/sessions/"))}})
	if err != nil || string(look.Rosters[0].Sessions[0].Leader) != other {
		t.Errorf("the session is led by somebody else, %v", err)
	}
	for _, path := range []string{cohort + "/capacity", cohort + "/rotation", first + "/substitute"} {
		shows(t, h.get(path, h.signIn(access.Facilitator)), 403)
	}
}
