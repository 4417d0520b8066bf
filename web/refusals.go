package web

import (
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler/reads"
)

// The security events of the audit.
const (
	actionRefused = "access.refused" // 403, or 404 for what is another's or not there
	actionLimited = "access.limited" // 429
	actionSignIn  = "sign-in.failed"
)

// refusals remember which events the audit has, so that repeating one does not fill it: one row a minute.
type refusals struct {
	mu    sync.Mutex
	since time.Time
	times map[string]int // by event, since then
}

// mostRefusals is how many different events a minute has.
const mostRefusals = 1000

// first counts an event and tells whether the audit does not have it yet.
func (f *refusals) first(event string, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.times == nil || now.Sub(f.since) >= time.Minute {
		f.since, f.times = now, map[string]int{}
	}
	if len(f.times) >= mostRefusals {
		return false
	}
	f.times[event]++
	return f.times[event] == 1
}

// signInRoutes are where a stranger tries to become somebody.
var signInRoutes = []string{"/signin/:token", "/signin/first/:token", "/passkey/sign-in", "/passkey/prove",
	providerPath}

// noteRefusal writes to the audit that a request was not let in. When that fails the log says so; the answer stays.
func (s *Server) noteRefusal(c echo.Context, who visitor, err error) {
	r, status, action := c.Request(), c.Response().Status, ""
	switch {
	case status < http.StatusBadRequest || status >= http.StatusInternalServerError || errors.Is(err, errNeedsProof):
		return
	case status == http.StatusTooManyRequests:
		action = actionLimited
	case status == http.StatusUnauthorized,
		r.Method == http.MethodPost && slices.Contains(signInRoutes, c.Path()):
		action = actionSignIn
	case who.clinic != "" && (status == http.StatusForbidden || status == http.StatusNotFound):
		action = actionRefused
	default:
		return
	}
	from := s.sourceOf(c)
	event := strings.Join([]string{string(who.clinic), who.actor.String(), action, from.Network, from.Route}, " ")
	if !s.refusals.first(event, s.Now()) {
		return
	}
	refusal := reads.SecurityEvent{Clinic: who.clinic, Action: action, Source: from}
	if err := s.Audit.RecordSecurityEvent(r.Context(), s.system, who.actor, refusal); err != nil {
		s.Log.LogAttrs(r.Context(), slog.LevelError, "a refusal is not in the audit",
			slog.String("error", err.Error()), slog.String("request_id", from.Request))
	}
}
