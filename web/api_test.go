package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/store"
)

// program is a program with a token, at a house.
type program struct {
	*house
	id    scheduler.ID
	token string
}

// program makes a token with these scopes.
func (h *house) program(scopes ...access.Scope) program {
	h.t.Helper()
	id, token, err := h.db.AddToken(h.t.Context(), h.operator(), h.clinic, store.TokenRequest{Scopes: scopes})
	if err != nil {
		h.t.Fatal(err)
	}
	return program{h, id, token}
}

// ask sends one request; headers come in pairs.
func (p program) ask(method, path, body string, headers ...string) reply {
	p.t.Helper()
	r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
	if p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return p.send(r, "")
}

// must asks and wants a status; it gives the body as what it is.
func (p program) must(status int, method, path, body string, headers ...string) (map[string]any, reply) {
	p.t.Helper()
	answer := p.ask(method, path, body, headers...)
	if answer.StatusCode != status {
		p.t.Fatalf("%s %s: %d, not %d\n%s\n%s", method, path, answer.StatusCode, status, answer.body, p.log)
	}
	var value map[string]any
	if answer.body != "" {
		if err := json.Unmarshal([]byte(answer.body), &value); err != nil {
			p.t.Fatalf("%s %s: %s\n%s", method, path, err, answer.body)
		}
	}
	return value, answer
}

const openingBody = `{"protocol": "more-telehealth", "name": "Evening", "start": "2026-01-06", "time": "18:00",
	"zone": "America/New_York", "capacity": 6}`

// patBody is the body of the contract, with another e-mail address each time.
func patBody(n string) string {
	return `{"participant": {"name": "Canary Pat ` + n + `",
		"email": "canary` + n + `@example.net", "phone": "+15550100",
		"zone": "America/Chicago", "language": "en",
   "consents": [{"channel": "email", "text_version": "1", "at": "2025-12-10T15:00:00Z"}],
		"external_ids": [{"system": "ehr", "value": "8812` + n + `"}]},
 "priority": 0}`
}

func (p program) cohort() string {
	p.t.Helper()
	cohort, _ := p.must(http.StatusCreated, "POST", "/cohorts", openingBody)
	return cohort["id"].(string)
}

func TestAPIStory(t *testing.T) {
	t.Parallel()
	p := newHouse(t, nil).program(access.Scopes()...)
	opened, answer := p.must(http.StatusCreated, "POST", "/cohorts", openingBody)
	cohort := "/cohorts/" + opened["id"].(string)
	if answer.Header.Get("Location") != "http://127.0.0.1:8080/api/v1"+cohort || opened["capacity"] != 6.0 ||
		opened["next_session"] != "2026-01-06T23:00:00Z" {
		t.Errorf("opened: %v\n%s", answer.Header, answer.body)
	}
	again, _ := p.must(http.StatusOK, "GET", cohort, "")
	listed, _ := p.must(http.StatusOK, "GET", "/cohorts", "")
	if again["start"] != "2026-01-06" || again["time"] != "18:00" || len(listed["cohorts"].([]any)) != 1 {
		t.Errorf("%v\n%v", again, listed)
	}
	points, _ := p.must(http.StatusOK, "GET", cohort+"/entry-points", "")
	if first := points["entry_points"].([]any)[0].(map[string]any); first["local_start"] != "2026-01-06T18:00" ||
		first["seats"] != 6.0 || first["module"] != "session-1" {
		t.Errorf("entry points: %v", points)
	}
	for i := range 6 {
		e, _ := p.must(http.StatusCreated, "POST", cohort+"/enrollments", patBody(string(rune('a'+i))))
		if e["state"] != "active" || e["entry"] != "2026-01-06" || e["waitlist_position"] != 0.0 ||
			len(e["itinerary"].([]any)) != 8 || e["unreachable"] != false {
			t.Fatalf("enrolled: %v", e)
		}
		if !strings.HasPrefix(e["feed_url"].(string), "http://127.0.0.1:8080/f/") ||
			!strings.HasPrefix(e["page_url"].(string), "http://127.0.0.1:8080/p/") {
			t.Errorf("addresses: %v", e)
		}
	}
	waiting, answer := p.must(http.StatusAccepted, "POST", cohort+"/enrollments", patBody("w"))
	if waiting["state"] != "waiting" || waiting["waitlist_position"] != 1.0 || waiting["entry"] != nil ||
		len(waiting["itinerary"].([]any)) != 0 {
		t.Errorf("waiting: %v", waiting)
	}
	enrollment := "/enrollments/" + waiting["id"].(string)
	read, same := p.must(http.StatusOK, "GET", enrollment, "")
	if read["id"] != waiting["id"] || same.Header.Get("ETag") != answer.Header.Get("ETag") {
		t.Errorf("read again: %v", read)
	}
	known, _ := p.must(http.StatusCreated, "POST", "/cohorts/"+p.later()+"/enrollments",
		`{"participant": {"id": "`+waiting["participant"].(string)+`"}}`)
	if known["participant"] != waiting["participant"] || known["feed_url"] != waiting["feed_url"] {
		t.Errorf("a known person: %v", known)
	}
	p.must(http.StatusNoContent, "DELETE", enrollment, "")
	if gone, _ := p.must(http.StatusOK, "GET", enrollment, ""); gone["state"] != "withdrawn" {
		t.Errorf("withdrawn: %v", gone)
	}
}

// later opens a cohort at another hour.
func (p program) later() string {
	p.t.Helper()
	cohort, _ := p.must(http.StatusCreated, "POST", "/cohorts", strings.Replace(openingBody, "18:00", "12:00", 1))
	return cohort["id"].(string)
}

func TestAPISessions(t *testing.T) {
	t.Parallel()
	p := newHouse(t, nil).program(access.ScopeWrite)
	cohort := p.cohort()
	listed, _ := p.must(http.StatusOK, "GET", "/cohorts/"+cohort+"/sessions", "")
	sessions := listed["sessions"].([]any)
	first, second := sessions[0].(map[string]any), sessions[1].(map[string]any)
	if len(sessions) != 8 || first["local_start"] != "2026-01-06T18:00" || first["start"] != "2026-01-06T23:00:00Z" ||
		first["module"] != "session-1" || first["moved_from"] != nil {
		t.Fatalf("%v", listed)
	}
	read, answer := p.must(http.StatusOK, "GET", "/sessions/"+first["id"].(string), "")
	if read["id"] != first["id"] || answer.Header.Get("ETag") == "" {
		t.Errorf("%v", read)
	}
	moved, _ := p.must(http.StatusOK, "POST", "/sessions/"+first["id"].(string)+"/move", `{"to": "2026-01-07T19:00"}`)
	if moved["start"] != "2026-01-08T00:00:00Z" || moved["moved_from"] != "2026-01-06T18:00" || moved["number"] != 1.0 {
		t.Errorf("moved: %v", moved)
	}
	cancelled, _ := p.must(http.StatusOK, "POST", "/sessions/"+second["id"].(string)+"/cancel", "")
	if cancelled["state"] != "cancelled" || cancelled["number"] != 0.0 {
		t.Errorf("cancelled: %v", cancelled)
	}
	after, _ := p.must(http.StatusOK, "GET", "/cohorts/"+cohort+"/sessions", "")
	if n := len(after["sessions"].([]any)); n != 9 {
		t.Errorf("%d sessions", n)
	}
	made, _ := p.must(http.StatusOK, "POST", "/sessions/"+sessions[2].(map[string]any)["id"].(string)+"/cancel",
		`{"content": "makeup", "on": "2026-01-22T10:00"}`)
	if made["state"] != "cancelled" {
		t.Errorf("made up: %v", made)
	}
}

func TestAPIAttendance(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.Scopes()...)
	cohort := p.cohort()
	enrolled, _ := p.must(http.StatusCreated, "POST", "/cohorts/"+cohort+"/enrollments", patBody("a"))
	session := enrolled["itinerary"].([]any)[0].(map[string]any)["session"].(string)
	marks := func(state string) string {
		return `{"marks": [{"participant": "` + enrolled["participant"].(string) + `", ` + state + `}]}`
	}
	taker := h.program(access.ScopeAttendance)
	before := h.everything()
	for name, c := range map[string]struct {
		status   int
		body     string
		location string
	}{
		"a future session": {http.StatusConflict, marks(`"state": "present"`), ""},
		"no such state":    {http.StatusUnprocessableEntity, marks(`"state": "there"`), "body.marks[0].state"},
		"nobody":           {http.StatusUnprocessableEntity, `{"marks": []}`, "body.marks"},
	} {
		answer := taker.ask("PUT", "/sessions/"+session+"/attendance", c.body)
		problem := problemOf(t, answer)
		if answer.StatusCode != c.status ||
			c.location != "" && (len(problem.Errors) == 0 || problem.Errors[0].Location != c.location) {
			t.Errorf("%s: %d %+v", name, answer.StatusCode, problem)
		}
	}
	if after := h.everything(); after != before {
		t.Error("a refused attendance left something")
	}
	h.at(time.Date(2026, time.January, 7, 2, 0, 0, 0, time.UTC))
	_, answer := taker.must(http.StatusUnprocessableEntity, "PUT", "/sessions/"+session+"/attendance",
		marks(`"state": "partial", "minutes": 500`))
	if problem := problemOf(t, answer); len(problem.Errors) == 0 ||
		problem.Errors[0].Location != "body.marks[0].minutes" {
		t.Errorf("%+v", problem)
	}
	taker.must(http.StatusNoContent, "PUT", "/sessions/"+session+"/attendance", marks(`"state": "late"`))
	after, _ := p.must(http.StatusOK, "GET", "/enrollments/"+enrolled["id"].(string), "")
	if state := after["itinerary"].([]any)[0].(map[string]any)["state"]; state != "late" {
		t.Errorf("the seat is %s", state)
	}
	if met, _ := p.must(http.StatusOK, "GET", "/sessions/"+session, ""); met["state"] != "met" {
		t.Errorf("the session is %s", met["state"])
	}
}

// Of many marks the answer says which are wrong and in what, and notes none; who
// has left since can be noted as everybody else.
func TestAPIAttendanceOfMany(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.Scopes()...)
	cohort := p.cohort()
	var people, enrollments []string
	var session string
	for _, n := range []string{"a", "b", "c"} {
		enrolled, _ := p.must(http.StatusCreated, "POST", "/cohorts/"+cohort+"/enrollments", patBody(n))
		people, enrollments = append(people, enrolled["participant"].(string)),
			append(enrollments, enrolled["id"].(string))
		session = enrolled["itinerary"].([]any)[0].(map[string]any)["session"].(string)
	}
	h.at(time.Date(2026, time.January, 7, 2, 0, 0, 0, time.UTC))
	p.must(http.StatusNoContent, "DELETE", "/enrollments/"+enrollments[2], "")
	marks := func(of ...string) string { return `{"marks": [{` + strings.Join(of, "}, {") + `}]}` }
	is := func(n int, state string) string { return `"participant": "` + people[n] + `", "state": ` + state }
	before := h.everything()
	for _, c := range []struct {
		status int
		body   string
		want   string
	}{
		{422, marks(is(0, `"present"`), is(1, `"partial", "minutes": 500`),
			is(2, `"missed", "missed_segments": ["tea"]`)), "[body.marks[1].minutes body.marks[2].missed_segments]"},
		{422, marks(is(0, `"late"`), is(1, `"late"`), is(0, `"missed"`)), "[body.marks[2].participant]"},
		{422, marks(is(1, `"partial", "minutes": 500`), `"participant": "nobody", "state": "late"`),
			"[body.marks[0].minutes body.marks[1].participant]"},
		{422, marks(is(0, `"late"`), `"participant": "`+enrollments[0]+`", "state": "late"`),
			"[body.marks[1].participant]"},
		{422, marks(is(0, `"late"`), is(1, `"there"`)), "[body.marks[1].state]"},
		{422, marks(is(0, `"late"`), is(1, `"excused", "notice_hours": -2`)), "[body.marks[1].notice_hours]"},
	} {
		answer := p.ask("PUT", "/sessions/"+session+"/attendance", c.body)
		var places []string
		for _, complaint := range problemOf(t, answer).Errors {
			places = append(places, complaint.Location)
		}
		if got := fmt.Sprint(places); answer.StatusCode != c.status || got != c.want {
			t.Errorf("%s: %d %s, want %d %s", c.body, answer.StatusCode, got, c.status, c.want)
		}
	}
	p.must(http.StatusNotFound, "PUT", "/sessions/"+enrollments[0]+"/attendance", marks(is(0, `"late"`)))
	if after := h.everything(); after != before {
		t.Error("a refused attendance left something")
	}
	p.must(http.StatusNoContent, "PUT", "/sessions/"+session+"/attendance",
		marks(is(0, `"late"`), is(1, `"missed"`), is(2, `"present"`)))
	left, _ := p.must(http.StatusOK, "GET", "/enrollments/"+enrollments[2], "")
	if state := left["itinerary"].([]any)[0].(map[string]any)["state"]; left["state"] != "withdrawn" ||
		state != "present" {
		t.Errorf("who left is %s and was %s", left["state"], state)
	}
	if met, _ := p.must(http.StatusOK, "GET", "/sessions/"+session, ""); met["state"] != "met" || met["seated"] != 3.0 {
		t.Errorf("the session is %s with %v seated", met["state"], met["seated"])
	}
}

func TestAPIProtocols(t *testing.T) {
	t.Parallel()
	p := newHouse(t, nil).program(access.ScopeAttendance)
	listed, _ := p.must(http.StatusOK, "GET", "/protocols", "")
	if n := len(listed["protocols"].([]any)); n < 25 {
		t.Errorf("%d protocols", n)
	}
	one, _ := p.must(http.StatusOK, "GET", "/protocols/more-telehealth@1", "")
	if one["id"] != "more-telehealth" || len(one["positions"].([]any)) != 8 ||
		!strings.Contains(one["source"].(string), "protocol: more-telehealth") {
		t.Errorf("%v", one)
	}
	p.must(http.StatusNotFound, "GET", "/protocols/none", "")
}
