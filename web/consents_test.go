package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"almanac/scheduler/access"
)

var consentPattern = regexp.MustCompile(`name="consent" value="([0-9a-z]{13})"`)

// Staff record, change and end written consents on a person's page, and what is missing is said at its field.
func TestWrittenConsentsOfAPerson(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	staff := h.signIn(access.FrontDesk)
	enrollment := h.enrolled(h.opened(), "Ana Canary", "ana@old.example")
	at := h.find(recordPattern, h.get(enrollment, staff).body) + "/consents/"
	shows(t, h.get(at+"new?kind=disclosure", staff), 200, "What they agree to", "Sharing with one named recipient")
	shows(t, h.get(at+"new?kind=owl", staff), 404)
	shows(t, h.get(at+"paper?kind=legal-proceedings", staff), 200, "Use in legal proceedings", "Signature")
	form := url.Values{"kind": {"disclosure"}, "to": {"Oak Street"}, "what": {"Attendance"}}
	wrong := h.post(at+"new", form, staff)
	shows(t, wrong, 422, "Say what it is for.", "Say when it ends", "Say how it was given", "on which day",
		`value="Oak Street"`)
	for name, value := range map[string]string{"purpose": "The county asks", "expires": "2026-06-30", "how": "paper",
		"signed_on": "2025-01-02"} {
		form.Set(name, value)
	}
	h.goesTo(h.post(at+"new", form, staff), at+"written")
	page := h.get(at+"written", staff)
	shows(t, page, 200, "Oak Street", "The county asks", "30 Jun 2026", "on paper")
	id := h.find(consentPattern, page.body)
	shows(t, h.get(at+"paper?consent="+id, staff), 200, "Oak Street", "disclosure, version 1, English")
	shows(t, h.get(at+"new?replaces="+id, staff), 200, `value="The county asks"`)
	form.Set("replaces", id)
	form.Set("purpose", "The court asks")
	h.goesTo(h.post(at+"new", form, staff), at+"written")
	page = h.get(at+"written", staff)
	shows(t, page, 200, "replaced by a change", "The court asks")
	shows(t, h.post(at+"end", url.Values{}, staff), 422, "Choose which consent has ended.", "Choose how they ended it.")
	h.goesTo(h.post(at+"end", url.Values{"consent": {h.find(consentPattern, page.body)}, "how": {"phone"}}, staff),
		at+"written")
	shows(t, h.get(at+"written", staff), 200, "No written consent is in force.", "by phone, recorded by")
	shows(t, h.get(at+"written", h.signIn(access.PrivacyOfficer)), 200, "The court asks")
	for _, role := range []access.Role{access.Facilitator} {
		shows(t, h.get(at+"written", h.signIn(role)), 403)
	}
	shows(t, h.get(at+"new?kind=tpo", h.signIn(access.PrivacyOfficer)), 403)
}

// On their own page people read what they agreed to in their language, agree, and end it with a button.
func TestConsentsOnOnesOwnPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	enrollment := h.enrolled(h.opened(), "Ana Canary", "ana@old.example")
	page, _ := h.links(enrollment)
	shows(t, h.get(page, ""), 200, page+"/consents")
	own := h.get(page+"/consents", "")
	shows(t, own, 200, "There is nothing here so far.", "Sharing for my care", "Being asked about research")
	if word := tells(own); word != "" {
		t.Errorf("the page tells %q", word)
	}
	shows(t, h.post(page+"/consents", url.Values{"kind": {"tpo"}}, ""), 422, "Type your name")
	legal := url.Values{"kind": {"legal-proceedings"}, "name": {"Ana"}}
	shows(t, h.post(page+"/consents", legal, ""), 422, "Choose one")
	h.goesTo(h.post(page+"/consents", url.Values{"kind": {"tpo"}, "name": {"Ana Canary"}}, ""), page+"/consents")
	own = h.get(page+"/consents", "")
	shows(t, own, 200, "Agreed on", "Take this back")
	staff := h.signIn(access.Coordinator)
	at := h.find(recordPattern, h.get(enrollment, staff).body) + "/consents/"
	shows(t, h.get(at+"written", staff), 200, "on their page, signed by Ana Canary")
	id := h.find(consentPattern, own.body)
	h.goesTo(h.post(page+"/consents", url.Values{"consent": {id}}, ""), page+"/consents")
	shows(t, h.post(page+"/consents", url.Values{"consent": {id}}, ""), 409, "This has ended already.")
	// What staff wrote stays on paper when it tells why somebody has appointments.
	telling := url.Values{"kind": {"counselling-notes"}, "to": {"Methadone Clinic"}, "how": {"paper"},
		"purpose": {"Addiction treatment"}, "expires": {"2026-06-30"}, "signed_on": {"2025-01-02"}}
	h.goesTo(h.post(at+"new", telling, staff), at+"written")
	own = h.get(page+"/consents", "")
	shows(t, own, 200, "Something else, in writing")
	if word := tells(own); word != "" {
		t.Errorf("the page tells %q", word)
	}
	shows(t, h.get("/p/nothing/consents", ""), 404)
}

// Programs record and end written consents, once for each Idempotency-Key, and read the texts.
func TestWrittenConsentsByTheAPI(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.ScopeRead, access.ScopeWrite, access.ScopeEnroll)
	p.pending()
	all, _ := p.must(http.StatusOK, http.MethodGet, "/people", "")
	at := "/people/" + all["people"].([]any)[0].(map[string]any)["id"].(string) + "/written-consents"
	const body = `{"kind": "disclosure", "to": "Oak Street", "what": "Attendance", "purpose": "The county asks",
		"expires": "2026-06-30", "how": "paper", "signed_on": "2025-01-02"`
	p.must(http.StatusOK, http.MethodPost, at, body+`, "dry_run": true}`)
	p.must(http.StatusUnprocessableEntity, http.MethodPost, at, strings.Replace(body, "paper", "spoken", 1)+"}")
	p.must(http.StatusUnprocessableEntity, http.MethodPost, at,
		strings.Replace(body, `"disclosure"`, `"tpo,legal-proceedings"`, 1)+"}")
	given, _ := p.must(http.StatusCreated, http.MethodPost, at, body+"}")
	listed, _ := p.must(http.StatusOK, http.MethodGet, at, "")
	one := listed["consents"].([]any)[0].(map[string]any)
	if one["id"] != given["id"] || one["to"] != "Oak Street" || one["ended"] != nil || one["expires"] != "2026-06-30" {
		t.Errorf("the list says %v", one)
	}
	end := at + "/" + given["id"].(string) + "/end"
	p.must(http.StatusNoContent, http.MethodPost, end, `{"how": "email", "dry_run": true}`)
	p.must(http.StatusNoContent, http.MethodPost, end, `{"how": "email"}`)
	p.must(http.StatusConflict, http.MethodPost, end, `{"how": "email"}`)
	text, _ := p.must(http.StatusOK, http.MethodGet, "/consent-texts/sms?language=es", "")
	if text["hash"] == "" || text["title"] != "Mensajes de texto" {
		t.Errorf("the text is %v", text)
	}
	p.must(http.StatusUnprocessableEntity, http.MethodGet, "/consent-texts/owl", "")
}
