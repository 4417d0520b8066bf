package web_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
)

// Every operation that changes something can be tried without changing anything.
func TestEveryChangeTakesADryRun(t *testing.T) {
	t.Parallel()
	answer := newHouse(t, nil).program(access.ScopeRead).ask("GET", "/openapi.json", "")
	var described struct {
		Paths map[string]map[string]struct {
			Parameters  []struct{ Name string }
			RequestBody struct {
				Content map[string]struct {
					Schema struct {
						Ref string `json:"$ref"`
					}
				}
			}
		}
		Components struct {
			Schemas map[string]struct{ Properties map[string]any }
		}
	}
	if err := json.Unmarshal([]byte(answer.body), &described); err != nil {
		t.Fatal(err)
	}
	changes := 0
	for path, operations := range described.Paths {
		for method, op := range operations {
			if method == "get" {
				continue
			}
			changes++
			schema := strings.TrimPrefix(op.RequestBody.Content["application/json"].Schema.Ref, "#/components/schemas/")
			_, takes := described.Components.Schemas[schema].Properties["dry_run"]
			for _, p := range op.Parameters {
				takes = takes || p.Name == "dry_run"
			}
			if !takes {
				t.Errorf("%s %s takes no dry_run", method, path)
			}
		}
	}
	if changes < 20 {
		t.Errorf("only %d changes", changes)
	}
}

// pending opens a cohort whose people must be oriented first, and gives it and one of them.
func (p program) pending() (cohort, enrollment string) {
	p.t.Helper()
	opened, _ := p.must(201, "POST", "/cohorts",
		`{"protocol": "m-rocc", "start": "2026-02-05", "time": "09:00", "zone": "America/New_York", "place": "Room 2"}`)
	cohort = opened["id"].(string)
	one, _ := p.must(202, "POST", "/cohorts/"+cohort+"/enrollments", patBody("p"))
	return cohort, one["id"].(string)
}

// What a dry run answers is what the change would do, and nothing changes.
func TestAPIDryRunsChangeNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.Scopes()...)
	objects, other := p.objects(), p.later()
	cohort, session, enrollment := "/cohorts/"+objects["/cohorts/"], "/sessions/"+objects["/sessions/"],
		"/enrollments/"+objects["/enrollments/"]
	_, pending := p.pending()
	p.must(200, "POST", "/closed-days", `{"days": "2026-06-30"}`)
	before := h.everything()
	for name, c := range map[string]struct {
		method, path, body string
		told               float64
		sessions, enrolled int
	}{
		"open": {"POST", "/cohorts",
			`{"dry_run": true, ` + strings.Replace(openingBody, "18:00", "10:00", 1)[1:], 0, 8, 0},
		"enroll":   {"POST", cohort + "/enrollments", `{"dry_run": true, ` + patBody("d")[1:], 1, 0, 0},
		"withdraw": {"DELETE", enrollment + "?dry_run=true", "", 0, 0, 1},
		"cancel":   {"POST", session + "/cancel", `{"dry_run": true, "content": "skip"}`, 1, 1, 0},
		"move":     {"POST", session + "/move", `{"dry_run": true, "to": "2026-01-28T18:00"}`, 1, 1, 0},
		"end":      {"POST", cohort + "/end", `{"dry_run": true, "after": "2026-01-20"}`, 1, 5, 0},
		"message": {"POST", cohort + "/messages",
			`{"dry_run": true, "to": "group", "text": "Please use the side door."}`, 1, 0, 0},
		"close":     {"POST", "/closed-days", `{"dry_run": true, "days": "2026-01-20"}`, 1, 14, 0},
		"open days": {"POST", "/closed-days/open", `{"dry_run": true, "days": "2026-06-30"}`, 0, 0, 0},
		"hold":      {"POST", enrollment + "/hold", `{"dry_run": true, "until": "2026-01-20"}`, 1, 0, 1},
		"excuse": {"POST", enrollment + "/excuse",
			`{"dry_run": true, "session": "` + objects["/sessions/"] + `"}`, 1, 0, 0},
		"transfer": {"POST", enrollment + "/transfer", `{"dry_run": true, "to": "` + other + `"}`, 1, 0, 2},
		"override": {"POST", "/enrollments/" + pending + "/override",
			`{"dry_run": true, "done": "stable-dose-since", "reason": "knows it"}`, 1, 0, 1},
	} {
		answer := p.ask(c.method, c.path, c.body)
		var got struct {
			ID          string `json:"id"`
			Told        *float64
			Sessions    []any
			Enrollments []any
			Preview     *struct {
				Told        float64
				Sessions    []any
				Enrollments []any
			}
		}
		if err := json.Unmarshal([]byte(answer.body), &got); err != nil || answer.StatusCode != 200 {
			t.Errorf("%s: %d\n%s", name, answer.StatusCode, answer.body)
			continue
		}
		told, sessions, enrolled := 0.0, len(got.Sessions), len(got.Enrollments)
		switch {
		case got.Preview != nil:
			told, sessions, enrolled = got.Preview.Told, len(got.Preview.Sessions), len(got.Preview.Enrollments)
		case got.Told != nil:
			told = *got.Told
		default:
			t.Errorf("%s: no preview\n%s", name, answer.body)
		}
		if told != c.told || sessions != c.sessions || enrolled != c.enrolled ||
			answer.Header.Get("Change-Number") != "" {
			t.Errorf("%s: %v told, %d sessions, %d enrollments\n%s", name, told, sessions, enrolled, answer.body)
		}
		if after := h.everything(); after != before {
			t.Fatalf("%s changed something", name)
		}
	}
	refused := p.ask("POST", session+"/move", `{"dry_run": true, "to": "2026-03-28T18:00"}`)
	if refused.StatusCode != 422 || !strings.Contains(refused.body, "out of order") {
		t.Errorf("what cannot be done: %d\n%s", refused.StatusCode, refused.body)
	}
}

// The steps of an enrollment, by a program: each is what the page does.
func TestAPISteps(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.Scopes()...)
	objects := p.objects()
	enrollment := "/enrollments/" + objects["/enrollments/"]
	state := func(path, body, want string) map[string]any {
		t.Helper()
		got, answer := p.must(200, "POST", path, body)
		if got["state"] != want || answer.Header.Get("Change-Number") == "" {
			t.Errorf("%s: %s\n%s", path, answer.Header.Get("Change-Number"), answer.body)
		}
		return got
	}
	state(enrollment+"/hold", `{"until": "2026-01-20"}`, "on_hold")
	state(enrollment+"/resume", ``, "active")
	given := state(enrollment+"/excuse", `{"session": "`+objects["/sessions/"]+`"}`, "active")
	if n := len(given["itinerary"].([]any)); n != 7 {
		t.Errorf("%d seats after one was given back", n)
	}
	p.must(409, "POST", enrollment+"/resume", `{}`)
	p.must(409, "POST", enrollment+"/accept", ``)
	p.must(422, "POST", enrollment+"/waive", `{"position": "session-1", "reason": " "}`)
	cohort, pending := p.pending()
	ahead, _ := p.must(422, "POST", "/enrollments/"+pending+"/date",
		`{"field": "stable-dose-since", "date": "2027-11-01"}`)
	if ahead["errors"].([]any)[0].(map[string]any)["location"] != "body.date" {
		t.Errorf("a date to come: %v", ahead)
	}
	refused, _ := p.must(422, "POST", "/enrollments/"+pending+"/override",
		`{"done": "stable-dose-since", "reason": ""}`)
	if !strings.Contains(refused["detail"].(string), "needs a reason") {
		t.Errorf("without a reason: %v", refused)
	}
	state("/enrollments/"+pending+"/override", `{"done": "stable-dose-since", "reason": "did it elsewhere"}`, "active")
	kept, _ := p.must(200, "GET", "/cohorts/"+cohort, "")
	if all := kept["exceptions"].([]any); len(all) != 1 || all[0].(map[string]any)["rule"] != "prerequisite" ||
		all[0].(map[string]any)["reason"] != "did it elsewhere" || all[0].(map[string]any)["enrollment"] != pending {
		t.Errorf("kept %v", all)
	}
}

// An offer is answered by a program for a person.
func TestAPIAnswersOffers(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.Scopes()...)
	opened, _ := p.must(201, "POST", "/cohorts",
		strings.Replace(openingBody, `"capacity": 6`, `"capacity": 1, "reason": "a small room"`, 1))
	cohort := "/cohorts/" + opened["id"].(string)
	first, _ := p.must(201, "POST", cohort+"/enrollments", patBody("1"))
	second, _ := p.must(202, "POST", cohort+"/enrollments", patBody("2"))
	p.must(204, "DELETE", "/enrollments/"+first["id"].(string), "")
	h.rests(cohort)
	waiting := "/enrollments/" + second["id"].(string)
	h.at(h.now.Load().Add(time.Minute))
	if got, _ := p.must(200, "GET", waiting, ""); got["state"] != string(scheduler.Offered) {
		t.Fatalf("no offer stands: %v", got)
	}
	declined, _ := p.must(200, "POST", waiting+"/decline", `{"dry_run": true}`)
	if declined["state"] != "offered" || declined["preview"] == nil {
		t.Errorf("a dry run: %v", declined)
	}
	if got, _ := p.must(200, "POST", waiting+"/accept", ""); got["state"] != "active" {
		t.Errorf("accepted: %v", got)
	}
}

// Closed days by a program, and opened again.
func TestAPIClosedDays(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.Scopes()...)
	cohort := p.cohort()
	closed, answer := p.must(200, "POST", "/closed-days", `{"days": "2026-01-20..2026-01-21"}`, "Idempotency-Key", "k")
	if closed["closed_days"].([]any)[0] != "2026-01-20..2026-01-21" || answer.Header.Get("Undo-Until") == "" {
		t.Errorf("closed: %s", answer.body)
	}
	listed, _ := p.must(200, "GET", "/cohorts/"+cohort+"/sessions", "")
	cancelled := 0
	for _, one := range listed["sessions"].([]any) {
		if one.(map[string]any)["state"] == "cancelled" {
			cancelled++
		}
	}
	if cancelled != 1 || len(listed["sessions"].([]any)) != 9 {
		t.Errorf("%d of %d sessions are cancelled", cancelled, len(listed["sessions"].([]any)))
	}
	looked, _ := p.must(200, "POST", "/closed-days/open", `{"days": "2026-01-20", "dry_run": true}`)
	round := looked["preview"].(map[string]any)["cohorts"].([]any)
	if len(round) != 1 || round[0].(map[string]any)["id"] != cohort ||
		round[0].(map[string]any)["went_round"].([]any)[0] != "2026-01-20" {
		t.Errorf("went round: %v", looked)
	}
	p.must(200, "POST", "/closed-days/open", `{"days": "2026-01-20"}`)
	if again, _ := p.must(200, "GET", "/closed-days", ""); len(again["closed_days"].([]any)) != 1 ||
		again["closed_days"].([]any)[0] != "2026-01-21" {
		t.Errorf("opened again: %v", again)
	}
	p.must(422, "POST", "/closed-days", `{"days": "2025-01-20"}`)
	for _, path := range []string{"/closed-days", "/closed-days/open"} {
		h.program(access.ScopeRead).must(403, "POST", path, `{"days": "2026-02-03"}`)
	}
}

// Where somebody new could begin, by a program.
func TestAPIOpenings(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.ScopeWrite)
	p.must(201, "POST", "/cohorts",
		`{"protocol": "more-rolling", "start": "2026-01-06", "time": "18:00",
			"zone": "America/New_York", "capacity": 6}`)
	found, _ := h.program(access.ScopeRead).must(200, "GET", "/openings?of_each=2&from=2026-01-10", "")
	all := found["openings"].([]any)
	if len(all) != 2 || all[0].(map[string]any)["protocol"] != "more-rolling@0-draft" ||
		all[0].(map[string]any)["date"].(string) < "2026-01-10" || all[0].(map[string]any)["seats"].(float64) < 1 {
		t.Errorf("%v", found)
	}
	p.must(422, "GET", "/openings?limit=0", "")
}
