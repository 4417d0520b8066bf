package web_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"almanac/scheduler/access"
)

// A referral is noted, finds the groups that suit, is enrolled from there, and is open no longer.
func TestReferralInbox(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.Scopes()...)
	p.cohort() // Tuesdays at 18:00
	p.later()  // and at 12:00
	desk := h.signIn(access.Coordinator)
	shows(t, h.get("/referrals", desk), 200, "The inbox is empty")
	wrong := url.Values{"name": {"Kim Canary"}, "phone": {"12"}, "other_times": {"someday"}}
	shows(t, h.post("/referrals/new", wrong, desk), 422, "is no time of a week", `id="e-phone"`, `value="Kim Canary"`,
		`value="someday"`)
	typed := url.Values{"name": {"Kim Canary"}, "phone": {"+1 202 555 0100"}, "language": {"es"},
		"external_ids": {"ehr: 77"}, "times": {"tue 17:00-22:00"}, "source": {"Dr. Ferro"},
		"waiting": {"Calls after six."}}
	made := h.post("/referrals/new", typed, desk)
	at := strings.Split(made.Header.Get("Location"), "?")[0]
	page := h.get(at, desk)
	shows(t, page, 200, "Kim Canary", "Dr. Ferro", "Calls after six.", "Evening", `badge-good">suits`, "At other times",
		`value="tue 17:00-22:00" checked`)
	shows(t, h.get("/referrals", desk), 200, "Kim Canary", "Tue evening", "today")
	enroll := h.find(regexp.MustCompile(
		`(?s)badge-good">suits.*?href="(/cohorts/[0-9a-z]+/enroll\?referral=[^"]+)"`), page.body)
	form := h.get(strings.ReplaceAll(enroll, "&amp;", "&"), desk)
	id := strings.TrimPrefix(at, "/referrals/")
	shows(t, form, 200, `value="Kim Canary"`, `name="referral" value="`+id+`"`,
		"They can come Tue evening. The next entry here", "suits them.")
	other := h.find(regexp.MustCompile(
		`(?s)At other times.*?href="(/cohorts/[0-9a-z]+/enroll\?referral=[^"]+)"`), page.body)
	shows(t, h.get(strings.ReplaceAll(other, "&amp;", "&"), desk), 200, "does not suit them.",
		`href="/referrals/`+id+`">See the groups that suit`)
	done := h.post(strings.Split(enroll, "?")[0], url.Values{"name": {"Kim Canary"}, "phone": {"+12025550100"},
		"language": {"es"}, "referral": {id}}, desk)
	if !strings.HasPrefix(done.Header.Get("Location"), "/enrollments/") {
		t.Fatalf("%d\n%s", done.StatusCode, done.body)
	}
	shows(t, h.get(at, desk), 200, "Open the enrollment")
	shows(t, h.get("/referrals", desk), 200, "The inbox is empty")
	shows(t, h.get("/referrals?show=ended", desk), 200, "Kim Canary")
	people := p.list("/people?query=Kim", "people")
	if ids := people[0]["external_ids"].([]any); len(ids) != 1 {
		t.Errorf("ids: %v", ids)
	}
	shows(t, h.post(at+"/close", url.Values{"why": {"late"}}, desk), 409)
	wantStatus(t, h.get("/referrals", h.signIn(access.Facilitator)), 403)
}

// A table of referrals is shown first, stored all or none, and says which cell is wrong.
func TestReferralImport(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	table := "name;phone;times;referred by\nKim Canary;+1 202-555-0100;tue,thu 17:00-20:00;Dr. Ferro\nBo Canary;;;"
	shows(t, h.post("/referrals/import", url.Values{"table": {table}, "step": {"show"}}, desk), 200,
		"2 people to add", "Kim Canary", "Add to the inbox")
	shows(t, h.get("/referrals", desk), 200, "The inbox is empty")
	bad := strings.Replace(table, "17:00-20:00", "evening", 1) + "\n;12;;"
	shows(t, h.post("/referrals/import", url.Values{"table": {bad}, "step": {"add"}}, desk), 422, "Line 2",
		"is no time of a week", "Line 4", "Nothing was saved")
	h.goesTo(h.post("/referrals/import", url.Values{"table": {table}, "step": {"add"}}, desk), "/referrals")
	shows(t, h.get("/referrals?q=kim", desk), 200, "Kim Canary", `value="kim"`)
	hides(t, h.get("/referrals?q=kim", desk), "Bo Canary")
	shows(t, h.get("/referrals?q=nobody", desk), 200, "Nothing found", "Show all")
	shows(t, h.get("/referrals?q="+strings.Repeat("a", 5000), desk), 422, "too long for a name")
	shows(t, h.get("/referrals", desk), 200, "Kim Canary", "Bo Canary", "2 to place", "from <bdi>Dr. Ferro</bdi>")
	shows(t, h.post("/referrals/import", url.Values{"table": {" "}}, desk), 422, "There is nothing in it")
}

// The inbox by a program.
func TestAPIReferrals(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.Scopes()...)
	cohort := "/cohorts/" + p.cohort()
	body := `{"referrals": [{"name": "Kim Canary", "times": "tue 17:00-20:00", "source": "Dr. Ferro"},
		{"name": "Bo Canary", "earliest": "2026-02-01"}]`
	p.must(200, "POST", "/referrals", body+`, "dry_run": true}`)
	p.must(422, "POST", "/referrals", strings.Replace(body, "Bo Canary", "", 1)+`}`)
	p.must(422, "POST", "/referrals", strings.Replace(body, "17:00", "late", 1)+`}`)
	if all := p.list("/referrals", "referrals"); len(all) != 0 {
		t.Fatalf("stored: %v", all)
	}
	p.must(201, "POST", "/referrals", body+`}`)
	all := p.list("/referrals?limit=1", "referrals")
	if len(all) != 2 || all[0]["state"] != "open" {
		t.Fatalf("stored: %v", all)
	}
	one, other := "/referrals/"+all[0]["id"].(string), "/referrals/"+all[1]["id"].(string)
	changed, _ := p.must(200, "PUT", one, `{"name": "Kim Canary", "times": "mon 08:00-09:00"}`)
	if changed["times"] != "mon 08:00-09:00" || changed["source"] != nil {
		t.Errorf("changed: %v", changed)
	}
	p.must(201, "POST", cohort+"/enrollments", `{"participant": {"name": "Kim Canary"}, "referral": "`+
		all[0]["id"].(string)+`"}`)
	p.must(409, "POST", cohort+"/enrollments", `{"participant": {"name": "Someone Canary"}, "referral": "`+
		all[0]["id"].(string)+`"}`)
	if got, _ := p.must(200, "GET", one, ""); got["state"] != "enrolled" || got["enrollment"] == nil {
		t.Errorf("enrolled: %v", got)
	}
	p.must(422, "POST", other+"/close", `{"why": ""}`)
	if closed, _ := p.must(200, "POST", other+"/close", `{"why": "moved"}`); closed["state"] != "closed" {
		t.Errorf("closed: %v", closed)
	}
	p.must(409, "PUT", other, `{"name": "Bo Canary"}`)
	if left, _ := p.must(200, "GET", "/referrals", ""); left["open"] != 0.0 {
		t.Errorf("open: %v", left)
	}
	h.program(access.ScopeRead).must(403, "GET", "/referrals", "")
}
