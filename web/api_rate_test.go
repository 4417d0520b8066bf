package web_test

import (
	"net/http"
	"testing"
	"time"

	"almanac/scheduler/access"
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
