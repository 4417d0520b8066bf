package web_test

import (
	"html"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// keepsTyped holds that a page still has everything that was typed into a form.
func (h *house) keepsTyped(at, body string, form url.Values) {
	h.t.Helper()
	for field, values := range form {
		for _, value := range values {
			if field != "once" && field != "change_no" && !strings.Contains(body, html.EscapeString(value)) {
				h.t.Errorf("%s: the page that asks again has lost %s=%q:\n%s", at, field, value, body)
			}
		}
	}
}

// overtaken sends a form whose preview no longer holds: it comes back with a fresh preview and all that was typed, and
// nothing is done.
func (h *house) overtaken(at string, form url.Values, cookie string) {
	h.t.Helper()
	before, stale := h.everything(), maps.Clone(form)
	stale.Set("change_no", strings.Repeat("0", len(form.Get("change_no"))))
	answer := h.post(at, stale, cookie)
	shows(h.t.(*testing.T), answer, http.StatusConflict, "Something has changed in the meantime", `name="change_no"`)
	h.keepsTyped(at, answer.body, form)
	if after := h.everything(); after != before {
		h.t.Errorf("%s: an overtaken form changed\n%s\nto\n%s", at, before, after)
	}
}

// outlivesItsSignIn sends a form after the end of the sign-in: the page that asks to sign in keeps all of it.
func (h *house) outlivesItsSignIn(at string, form url.Values, cookie string) {
	h.t.Helper()
	h.at(h.server.Now().Add(12 * time.Hour))
	before := h.everything()
	answer := h.post(at, form, cookie)
	shows(h.t.(*testing.T), answer, http.StatusNotFound, "Nothing you typed is lost")
	h.keepsTyped(at, answer.body, form)
	if after := h.everything(); after != before {
		h.t.Errorf("%s: without a sign-in, a form changed\n%s\nto\n%s", at, before, after)
	}
}
