package web_test

import (
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
