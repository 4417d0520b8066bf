package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"almanac/scheduler/access"
)

// Styles, scripts and JSON travel compressed; what may hold a private link beside
// text that a stranger chose does not.
func TestCompressed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cookie, token := h.signIn(access.Coordinator), h.program(access.ScopeRead).token
	for path, want := range map[string]bool{
		"/assets/" + h.server.AssetsVersion() + "/style.css": true,
		"/assets/" + h.server.AssetsVersion() + "/app.js":    true,
		"/api/v1/protocols": true,
		"/":                 false,
		"/cohorts/new":      false,
	} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		r.Header.Set("Authorization", "Bearer "+token)
		answer := h.send(r, cookie)
		got := answer.Header.Get("Content-Encoding") == "gzip"
		if answer.StatusCode != http.StatusOK || got != want {
			t.Errorf("%s: status %d, compressed %t, want %t", path, answer.StatusCode, got, want)
			continue
		}
		if !got {
			continue
		}
		reader, err := gzip.NewReader(strings.NewReader(answer.body))
		if err != nil {
			t.Fatal(err)
		}
		whole, err := io.ReadAll(reader)
		plain := httptest.NewRequest(http.MethodGet, path, nil)
		plain.Header.Set("Authorization", "Bearer "+token)
		if err != nil || string(whole) != h.send(plain, cookie).body {
			t.Errorf("%s: what is compressed differs from what is not: %v", path, err)
		}
		if len(answer.body)*2 > len(whole) {
			t.Errorf("%s: %d octets are %d compressed", path, len(whole), len(answer.body))
		}
	}
}
