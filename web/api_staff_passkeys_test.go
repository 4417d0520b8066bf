package web_test

import (
	"strings"
	"testing"

	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// A program lists the passkeys of somebody and removes a lost one; they are told, and the audit has it. What made a
// sign-in is one of the documented words.
func TestProgramsRemoveALostPasskey(t *testing.T) {
	t.Parallel()
	h, told := keyHouse(t)
	desk, a := h.signIn(access.Coordinator), newAuthenticator()
	h.adds(a, "My phone", desk)
	in := h.uses(a, "/passkey/sign-in", "")
	p, at := h.program(access.ScopeStaff), "/staff/"+h.staffCalled("coordinator")
	ids := map[string]bool{}
	for _, one := range mustList(p, at+"/sign-ins", "sign_ins") {
		ids[one["method"].(string)] = true
	}
	if !ids["passkey"] || !ids["command"] {
		t.Errorf("signed in by %v", ids)
	}
	keys := mustList(p, at+"/passkeys", "passkeys")
	if len(keys) != 1 || keys[0]["name"] != "My phone" || keys[0]["last_used"] == nil {
		t.Fatalf("listed are %v", keys)
	}
	own := at + "/passkeys/" + keys[0]["id"].(string)
	p.must(204, "DELETE", own+"?dry_run=true", "")
	for path, status := range map[string]int{
		at + "/passkeys/0000000000000": 404, at + "/passkeys/x": 404, "/staff/x/passkeys": 404,
		"/staff/" + string(h.memberID("coordinator")[:12]) + "0/passkeys": 404,
	} {
		method := "DELETE"
		if strings.HasSuffix(path, "passkeys") {
			method = "GET"
		}
		p.must(status, method, path, "")
	}
	h.program(access.ScopeRead, access.ScopeWrite, access.ScopeEnroll).must(403, "DELETE", own, "")
	if len(mustList(p, at+"/passkeys", "passkeys")) != 1 || len(*told) != 1 {
		t.Errorf("something was removed, or told: %v", *told)
	}
	p.must(204, "DELETE", own, "")
	p.must(404, "DELETE", own, "")
	if len(*told) != 2 || (*told)[1].What != reads.PasskeyRemoved || (*told)[1].Passkey != "My phone" ||
		(*told)[1].Email != "coordinator@canary.example" {
		t.Errorf("told are %v", *told)
	}
	if r := h.uses(a, "/passkey/sign-in", ""); r.status != 422 {
		t.Errorf("the removed passkey: %+v", r)
	}
	shows(t, h.get("/", in.cookie), 200)
	shows(t, h.get("/audit", h.signIn(access.Admin)), 200, "Removed a passkey")
}

// mustList gives the objects of a list.
func mustList(p program, path, name string) []map[string]any {
	p.t.Helper()
	body, _ := p.must(200, "GET", path, "")
	var all []map[string]any
	for _, one := range body[name].([]any) {
		all = append(all, one.(map[string]any))
	}
	return all
}
