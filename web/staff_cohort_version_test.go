package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"almanac/protocols"
	"almanac/scheduler/access"
	"almanac/web"
)

// evening is a protocol of a clinic's own.
const evening = `protocol: evening
version: "1"
title: Evening group
clock: cohort
content: {order: fixed, unit: session, count: 4}
cadence: {every: P1W}
session: {kind: group, duration: PT1H}
capacity: {max: 6}
entry: {type: closed, last_session_for_new: 1}
completion: {type: content}
`

// ownLibrary is the library with the clinic's own protocol, edited.
func ownLibrary(t *testing.T, edits ...string) *protocols.Library {
	t.Helper()
	d, err := protocols.Parse("evening.yaml", []byte(strings.NewReplacer(edits...).Replace(evening)))
	if err != nil {
		t.Fatal(err)
	}
	_, library := builtins(t)
	if library, err = library.With(d); err != nil {
		t.Fatal(err)
	}
	return library
}

// A clinic edits its protocol while a group runs: the cohort's page says so,
// nothing changes until the preview is confirmed, and then everything does.
func TestVersionInTwoSteps(t *testing.T) {
	t.Parallel()
	var options web.Options
	h := newHouse(t, func(o *web.Options) {
		o.Library = ownLibrary(t)
		options = *o
	})
	desk := h.signIn(access.Coordinator)
	cohort := h.goesTo(h.post("/cohorts/new", url.Values{
		"step": {"open"}, "protocol": {"evening@1"}, "start": {"2026-01-06"}, "time": {"18:00"},
		"zone": {"America/New_York"}, "name": {"Canary evening"},
	}, desk), "/cohorts/")
	h.enrolled(cohort, "Amina Canary", "amina@canary.example")
	hides(t, h.get(cohort, desk), "/version")
	shows(t, h.get(cohort+"/version", desk), 200, "no other version of this protocol")
	h.restart(options, ownLibrary(t, `version: "1"`, `version: "2"`, "count: 4", "count: 5"))

	page := h.get(cohort, desk)
	shows(t, page, 200, "Version 2 is available. This cohort keeps evening@1.", cohort+"/version", "4 upcoming")
	hides(t, h.get(cohort, h.signIn(access.Facilitator)), "Preview the change")
	shows(t, h.get(cohort+"/version", h.signIn(access.Facilitator)), 403, "Your role may not")
	form := h.get(cohort+"/version", desk)
	shows(t, form, 200, "Version 2", "checked")
	_, after, _ := strings.Cut(form.body, `name="protocol" value="`)
	text, _, _ := strings.Cut(after, `"`)
	preview := h.post(cohort+"/version", url.Values{"protocol": {text}}, desk)
	shows(t, preview, 200, "Tue 3 Feb 2026", "new date", "Session 5", "Amina Canary",
		"This will notify 1 person by email.")
	if now := h.get(cohort, desk); now.body != page.body {
		t.Error("the preview changed the cohort")
	}
	confirm := url.Values{"protocol": {text}, "change_no": {h.find(changePattern, preview.body)}}

	h.enrolled(cohort, "Bo Canary", "bo@canary.example")
	again := h.post(cohort+"/version", confirm, desk)
	shows(t, again, 409, "Something has changed in the meantime", "Bo Canary", "This will notify 2 people by email.")
	confirm.Set("change_no", h.find(changePattern, again.body))
	h.goesTo(h.post(cohort+"/version", confirm, desk), cohort)
	shows(t, h.get(cohort, desk), 200, "now follows the version you chose", "5 upcoming", "Tue 3 Feb 2026")
	hides(t, h.get(cohort, desk), "/version")
	if answer := h.post(cohort+"/version", confirm, desk); answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the same confirmation once more answers %d", answer.StatusCode)
	}
}

// restart serves the same house with another library, as a new start does.
func (h *house) restart(o web.Options, library *protocols.Library) {
	h.t.Helper()
	o.Library = library
	server, err := web.New(o)
	if err != nil {
		h.t.Fatal(err)
	}
	h.server, h.handler = server, server.Handler()
}
