package web_test

import (
	"net/http"
	"net/netip"
	"testing"
	"time"

	"almanac/scheduler/access"
	"almanac/scheduler/store"
	"almanac/web"
)

// A program that asks too often waits a second; another one does not wait for it.
func TestAPIRates(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *web.Options) { o.APIRate, o.APIBurst = 60, 3 })
	one, other := h.program(access.ScopeRead), h.program(access.ScopeRead)
	for range 3 {
		one.must(http.StatusOK, "GET", "/cohorts", "")
	}
	answer := one.ask("GET", "/cohorts", "")
	if problemOf(t, answer).Status != http.StatusTooManyRequests || answer.Header.Get("Retry-After") != "1" {
		t.Errorf("the fourth request: %d, Retry-After %q", answer.StatusCode, answer.Header.Get("Retry-After"))
	}
	other.must(http.StatusOK, "GET", "/cohorts", "")
	h.at(moved.Add(time.Second))
	one.must(http.StatusOK, "GET", "/cohorts", "")
	off := newHouse(t, func(o *web.Options) { o.APIRate, o.APIBurst = 0, 1 }).program(access.ScopeRead)
	for range 20 {
		off.must(http.StatusOK, "GET", "/cohorts", "")
	}
}

// A token that is for other networks is unknown here, whatever a proxy that nobody trusts says of the caller.
func TestAPITokensKeepToTheirNetworks(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	for network, want := range map[string]int{
		"192.0.2.0/24": http.StatusOK, "203.0.113.0/24": http.StatusUnauthorized,
	} {
		_, token, err := h.db.AddToken(t.Context(), h.operator(), h.clinic, store.TokenRequest{
			Scopes: []access.Scope{access.ScopeRead}, Networks: []netip.Prefix{netip.MustParsePrefix(network)}})
		if err != nil {
			t.Fatal(err)
		}
		p := program{house: h, token: token} // requests of tests come from 192.0.2.1
		p.must(want, "GET", "/cohorts", "")
		p.must(want, "GET", "/cohorts", "", "X-Forwarded-For", "203.0.113.9")
	}
}
