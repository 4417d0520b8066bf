package web_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"almanac/scheduler/access"
)

// list asks for a list, page by page, and returns the member under a name of all pages.
func (p program) list(path, name string) (all []map[string]any) {
	p.t.Helper()
	for path != "" {
		found, answer := p.must(200, "GET", path, "")
		for _, one := range found[name].([]any) {
			all = append(all, one.(map[string]any))
		}
		link, _, more := strings.Cut(strings.TrimPrefix(answer.Header.Get("Link"), "<"), ">")
		if path = ""; more {
			next, err := url.Parse(link)
			if err != nil {
				p.t.Fatal(err)
			}
			path = strings.TrimPrefix(next.RequestURI(), "/api/v1")
		}
	}
	return all
}

// Changes of a cohort by a program: what each page of the desk does.
func TestAPICohortChanges(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.Scopes()...)
	cohort := "/cohorts/" + p.cohort()
	p.must(201, "POST", cohort+"/enrollments", patBody("1"))
	before := h.everything()
	looked, _ := p.must(200, "POST", cohort+"/reschedule", `{"from": "2026-01-13", "time": "17:00", "dry_run": true}`)
	if n := len(looked["preview"].(map[string]any)["sessions"].([]any)); n != 7 || h.everything() != before {
		t.Errorf("a dry run moves %d sessions, or changes something", n)
	}
	p.must(422, "POST", cohort+"/reschedule", `{"from": "2026-01-13", "days": ["someday"]}`)
	moved, answer := p.must(200, "POST", cohort+"/reschedule", `{"from": "2026-01-13", "time": "17:00"}`)
	if moved["time"] != "17:00" || answer.Header.Get("Change-Number") == "" {
		t.Errorf("rescheduled: %s", answer.body)
	}

	add := `{"at": "2026-01-08T10:00", "kind": "workshop", "minutes": 60`
	looked, _ = p.must(200, "POST", cohort+"/sessions", add+`, "dry_run": true}`)
	if looked["session"] != nil || looked["preview"] == nil {
		t.Errorf("a dry run adds: %v", looked)
	}
	added, answer := p.must(201, "POST", cohort+"/sessions", add+`}`, "Idempotency-Key", "one")
	again, _ := p.must(201, "POST", cohort+"/sessions", add+`}`, "Idempotency-Key", "one")
	if added["session"] != again["session"] || !strings.HasSuffix(answer.Header.Get("Location"),
		"/sessions/"+added["session"].(string)) {
		t.Errorf("added %v, and %v", added, again)
	}
	if got, _ := p.must(200, "GET", "/sessions/"+added["session"].(string), ""); got["kind"] != "workshop" {
		t.Errorf("added: %v", got)
	}

	one, other := p.addStaff("Ada"), p.addStaff("Bo")
	p.must(422, "POST", cohort+"/rotation", `{"facilitators": []}`)
	p.must(200, "POST", cohort+"/rotation", fmt.Sprintf(`{"facilitators": [%q, %q], "reason": "trained"}`, one, other))
	led := map[any]int{}
	for _, s := range p.list(cohort+"/sessions?limit=3", "sessions") {
		led[s["facilitator"]]++
	}
	if led[one] < 3 || led[other] < 3 {
		t.Errorf("in turn: %v", led)
	}
	p.must(422, "POST", cohort+"/version", `{"protocol": "nothing@1"}`)

	small, _ := p.must(201, "POST", "/cohorts",
		strings.NewReplacer(`"capacity": 6`, `"capacity": 1, "reason": "a small room"`, "18:00", "09:00").
			Replace(openingBody))
	full := "/cohorts/" + small["id"].(string)
	p.must(201, "POST", full+"/enrollments", patBody("2"))
	waits, _ := p.must(202, "POST", full+"/enrollments", patBody("3"))
	listed := p.list(full+"/enrollments?state=waiting&state=offered", "enrollments")
	if len(listed) != 1 || listed[0]["id"] != waits["id"] || listed[0]["participant"] != waits["participant"] ||
		listed[0]["waitlist_position"] != 1.0 {
		t.Errorf("waiting: %v", listed)
	}
	if all := p.list(full+"/enrollments?limit=1", "enrollments"); len(all) != 2 {
		t.Errorf("%d enrollments", len(all))
	}
	p.must(422, "GET", full+"/enrollments?state=nowhere", "")
	p.must(200, "POST", full+"/waitlist/move", `{"to": "`+strings.TrimPrefix(cohort, "/cohorts/")+`"}`)
	if left := p.list(full+"/enrollments?state=waiting", "enrollments"); len(left) != 0 {
		t.Errorf("they wait still: %v", left)
	}
	for _, scope := range []access.Scope{access.ScopeRead, access.ScopeAttendance} {
		weak := h.program(scope)
		for _, word := range []string{"reschedule", "rotation", "version", "waitlist/move", "sessions"} {
			weak.must(403, "POST", cohort+"/"+word, `{}`)
		}
	}
}

// addStaff adds a facilitator and returns the id.
func (p program) addStaff(name string) string {
	p.t.Helper()
	made, _ := p.must(201, "POST", "/staff", fmt.Sprintf(
		`{"name": %q, "email": "%s@example.org", "role": "facilitator"}`, name, strings.ToLower(name)))
	return made["id"].(string)
}

// How an enrollment stands, and the steps that need more than a word.
func TestAPIProgress(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.Scopes()...)
	objects := p.objects()
	enrollment := "/enrollments/" + objects["/enrollments/"]
	p.must(200, "POST", enrollment+"/excuse", `{"session": "`+objects["/sessions/"]+`"}`)
	got, _ := p.must(200, "GET", enrollment+"/progress", "")
	owed, _ := got["owed"].([]any)
	if got["state"] != "active" || len(owed) != 1 || got["dose_met"] != nil ||
		got["dose_projected"] == nil || len(got["seats"].([]any)) < 7 {
		t.Fatalf("progress: %v", got)
	}
	position := owed[0].(string)
	p.must(422, "POST", enrollment+"/appointment", `{"position": "`+position+`", "at": "2025-01-08T10:00"}`)
	p.must(200, "POST", enrollment+"/appointment", `{"position": "`+position+`", "at": "2026-01-08T10:00"}`)
	got, _ = p.must(200, "GET", enrollment+"/progress", "")
	alone := 0
	for _, seat := range got["seats"].([]any) {
		if s := seat.(map[string]any); s["local_start"] == "2026-01-08T10:00" && s["position"] == position {
			alone++
		}
	}
	if alone != 1 {
		t.Errorf("no appointment: %v", got["seats"])
	}
	p.must(409, "POST", enrollment+"/reenter", `{"mode": "resume"}`)
	p.must(204, "DELETE", enrollment, "")
	p.must(200, "POST", enrollment+"/reenter", `{"mode": "resume"}`)
	p.must(409, "POST", enrollment+"/admit", `{}`)
	p.must(409, "POST", enrollment+"/tell", ``)
	_, pending := p.pending()
	got, _ = p.must(200, "GET", "/enrollments/"+pending+"/progress", "")
	if undone := got["undone"].([]any); got["state"] != "pending" || len(undone) == 0 {
		t.Errorf("pending: %v", got)
	}
	p.must(404, "GET", "/enrollments/"+strings.Repeat("0", 24)+"/progress", "")
}

// Messages and the audit, page by page and filtered.
func TestAPINoticesAndAudit(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.Scopes()...)
	cohort := "/cohorts/" + p.cohort()
	one, _ := p.must(201, "POST", cohort+"/enrollments", patBody("1"))
	p.must(201, "POST", cohort+"/enrollments", patBody("2"))
	all := p.list("/notices?limit=2", "notices")
	hers := p.list("/notices?limit=2&person="+one["participant"].(string), "notices")
	of := p.list("/notices?limit=200&enrollment="+one["id"].(string), "notices")
	if len(all) < 6 || len(hers) == 0 || len(hers) >= len(all) || len(of) != len(hers) {
		t.Errorf("%d, %d of one person, %d of one enrollment", len(all), len(hers), len(of))
	}
	if planned := p.list("/notices?limit=200&state=planned", "notices"); len(planned) != len(all) {
		t.Errorf("%d planned of %d", len(planned), len(all))
	}
	if none := p.list("/notices?state=failed", "notices"); len(none) != 0 {
		t.Errorf("failed: %v", none)
	}
	p.must(409, "POST", "/notices/"+all[0]["id"].(string)+"/retry", ``)
	p.must(422, "GET", "/notices?after=nonsense", "")
	p.must(422, "GET", "/notices?day=someday", "")

	rows, changes := p.list("/audit?limit=2", "rows"), p.list("/audit?limit=2&kind=changes", "rows")
	enrolled := p.list("/audit?action=enroll&limit=1", "rows")
	about := p.list("/audit?subject="+one["id"].(string), "rows")
	if len(rows) < 4 || len(enrolled) < 2 || len(about) == 0 || about[0]["subject_kind"] != "enrollment" ||
		about[0]["actor_kind"] != "token" || about[0]["text"] != "Enrolled" {
		t.Errorf("audit: %d, %d, %v", len(rows), len(enrolled), about)
	}
	later := h.now.Load().Add(time.Hour).UTC().Format(time.RFC3339)
	if none := p.list("/audit?from="+later, "rows"); len(none) != 0 {
		t.Errorf("from later on: %v", none)
	}
	if before := p.list("/audit?until="+later+"&kind=changes", "rows"); len(before) != len(changes) {
		t.Errorf("until later: %d of %d", len(before), len(changes))
	}
	for _, body := range []string{p.ask("GET", "/audit", "").body, p.ask("GET", "/notices", "").body} {
		if strings.Contains(body, "Canary") || strings.Contains(body, "canary") {
			t.Error("a list holds a name or an address")
		}
	}
	for _, scope := range access.Scopes() {
		want := 403
		if scope == access.ScopeAudit {
			want = 200
		}
		h.program(scope).must(want, "GET", "/audit", "")
	}
}

// Who is kept apart, new private addresses, what staff lead, and their calendars.
func TestAPIPeopleAndStaffChanges(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.Scopes()...)
	cohort := "/cohorts/" + p.cohort()
	one, _ := p.must(201, "POST", cohort+"/enrollments", patBody("1"))
	two, _ := p.must(201, "POST", cohort+"/enrollments", patBody("2"))
	person, other := "/people/"+one["participant"].(string), two["participant"].(string)
	p.must(404, "POST", person+"/together", `{"other": "`+other+`"}`)
	p.must(200, "POST", person+"/apart", `{"other": "`+other+`", "dry_run": true}`)
	p.must(204, "POST", person+"/apart", `{"other": "`+other+`"}`)
	p.must(204, "POST", person+"/together", `{"other": "`+other+`"}`)
	p.must(422, "POST", person+"/apart", `{"other": "`+one["participant"].(string)+`"}`)

	p.must(200, "POST", person+"/links/renew", `{"dry_run": true}`)
	same, _ := p.must(200, "GET", "/enrollments/"+one["id"].(string), "")
	p.must(200, "POST", person+"/links/renew", ``)
	next, _ := p.must(200, "GET", "/enrollments/"+one["id"].(string), "")
	if same["feed_url"] != one["feed_url"] || next["feed_url"] == one["feed_url"] ||
		next["page_url"] == one["page_url"] {
		t.Error("the dry run renews, or the renewal does not")
	}

	ada, bo := p.addStaff("Ada"), p.addStaff("Bo")
	p.must(422, "PUT", "/staff/"+ada+"/credentials/Not%20Good", `{}`)
	p.must(200, "PUT", "/staff/"+ada+"/credentials/mbsr-teacher", `{"dry_run": true}`)
	p.must(404, "DELETE", "/staff/"+ada+"/credentials/mbsr-teacher", "")
	kept, _ := p.must(200, "PUT", "/staff/"+ada+"/credentials/mbsr-teacher", `{"expires": "2026-12-31"}`)
	if all := kept["credentials"].([]any); len(all) != 1 || all[0].(map[string]any)["expires"] != "2026-12-31" {
		t.Errorf("credentials: %v", kept)
	}
	p.must(200, "DELETE", "/staff/"+ada+"/credentials/mbsr-teacher", "")
	p.must(200, "PATCH", cohort, `{"facilitator": "`+ada+`", "reason": "trained"}`)
	p.must(422, "POST", "/staff/"+ada+"/hand-over", `{"to": "`+ada+`"}`)
	p.must(204, "POST", "/staff/"+ada+"/hand-over", `{"to": "`+bo+`", "reason": "trained"}`)
	if got, _ := p.must(200, "GET", cohort, ""); got["facilitator"] != bo {
		t.Errorf("handed over: %v", got["facilitator"])
	}

	p.must(422, "POST", "/staff/"+bo+"/feeds", `{"cohort": "`+strings.Repeat("0", 24)+`"}`)
	p.must(200, "POST", "/staff/"+bo+"/feeds", `{"dry_run": true}`)
	made, _ := p.must(201, "POST", "/staff/"+bo+"/feeds", `{"detail": "full"}`)
	address := strings.TrimPrefix(made["url"].(string), "http://127.0.0.1:8080")
	if feed := h.get(address, ""); feed.StatusCode != 200 || !strings.Contains(feed.body, "BEGIN:VEVENT") {
		t.Errorf("the calendar: %d", feed.StatusCode)
	}
	feeds := p.list("/staff/"+bo+"/feeds", "feeds")
	if len(feeds) != 1 || feeds[0]["detail"] != "full" {
		t.Fatalf("feeds: %v", feeds)
	}
	p.must(204, "DELETE", "/staff/"+bo+"/feeds/"+feeds[0]["id"].(string), "")
	if feed := h.get(address, ""); strings.Contains(feed.body, "BEGIN:VEVENT") {
		t.Error("an ended calendar has events")
	}
	h.program(access.ScopeWrite).must(403, "GET", "/staff/"+bo+"/feeds", "")
}
