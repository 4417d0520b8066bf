package web_test

import (
	"fmt"
	"net/http"
	"testing"

	"almanac/scheduler/access"
)

// Whether a person is offered dates at short notice is set and read.
func TestShortNoticeByTheAPI(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.ScopeRead, access.ScopeWrite, access.ScopeEnroll)
	p.pending()
	all, _ := p.must(http.StatusOK, http.MethodGet, "/people", "")
	at := "/people/" + all["people"].([]any)[0].(map[string]any)["id"].(string) + "/settings"
	asks := func() any {
		found, _ := p.must(http.StatusOK, http.MethodGet, at, "")
		return found["short_notice"]
	}
	p.must(http.StatusOK, http.MethodPut, at, `{"short_notice": true, "dry_run": true}`)
	if asks() != false {
		t.Error("a dry run changed it")
	}
	p.must(http.StatusOK, http.MethodPut, at, `{"short_notice": true}`)
	if asks() != true {
		t.Error("it was not kept")
	}
	p.must(http.StatusUnprocessableEntity, http.MethodPut, at, `{"short_notice": "often"}`)
}

// What a person allows of calls and post is set, read and left as it is by who does not name it.
func TestSafeContactByTheAPI(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.ScopeRead, access.ScopeWrite, access.ScopeEnroll)
	p.pending()
	all, _ := p.must(http.StatusOK, http.MethodGet, "/people", "")
	at := "/people/" + all["people"].([]any)[0].(map[string]any)["id"].(string) + "/settings"
	allows := func() string {
		found, _ := p.must(http.StatusOK, http.MethodGet, at, "")
		return fmt.Sprint(found["contact"])
	}
	const nobody = "map[leave_word:false post:false say_who:false]"
	if got := allows(); got != nobody {
		t.Errorf("at first: %s", got)
	}
	rules := `"contact": {"leave_word": true, "say_who": false, "post": true, "from": "10:00", "until": "18:00"}`
	p.must(http.StatusOK, http.MethodPut, at, `{"short_notice": true, "dry_run": true, `+rules+`}`)
	if got := allows(); got != nobody {
		t.Errorf("a dry run made %s", got)
	}
	p.must(http.StatusOK, http.MethodPut, at, `{"short_notice": true, `+rules+`}`)
	p.must(http.StatusOK, http.MethodPut, at, `{"short_notice": false}`)
	want := "map[asked:true from:10:00 leave_word:true post:true say_who:false until:18:00]"
	if got := allows(); got != want {
		t.Errorf("kept are %s", got)
	}
	for _, hours := range []string{`"from": "18:00", "until": "10:00"`, `"from": "ten"`, `"until": "18:00"`} {
		p.must(http.StatusUnprocessableEntity, http.MethodPut, at,
			`{"short_notice": false, "contact": {"leave_word": true, "say_who": true, "post": true, `+hours+`}}`)
	}
	if got := allows(); got != want {
		t.Errorf("bad hours made %s", got)
	}
}

// A dry run of consents says what would be, and changes nothing.
func TestConsentsByTheAPI(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.ScopeRead, access.ScopeWrite, access.ScopeEnroll)
	p.pending()
	all, _ := p.must(http.StatusOK, http.MethodGet, "/people", "")
	at := "/people/" + all["people"].([]any)[0].(map[string]any)["id"].(string)
	living := func() int {
		found, _ := p.must(http.StatusOK, http.MethodGet, at, "")
		n := 0
		for _, c := range found["consents"].([]any) {
			if c.(map[string]any)["ended"] == nil {
				n++
			}
		}
		return n
	}
	if n := living(); n == 0 {
		t.Fatal("the person has no consent to end")
	}
	would, _ := p.must(http.StatusOK, http.MethodPut, at+"/consents", `{"consents": [], "dry_run": true}`)
	if would["preview"] == nil || living() == 0 {
		t.Errorf("a dry run answered %v, and %d consents are left", would["preview"], living())
	}
	p.must(http.StatusUnprocessableEntity, http.MethodPut, at+"/consents",
		`{"consents": [], "how": "owl", "dry_run": true}`)
	p.must(http.StatusOK, http.MethodPut, at+"/consents", `{"consents": [], "how": "spoken"}`)
	if n := living(); n != 0 {
		t.Errorf("%d consents are left", n)
	}
}
