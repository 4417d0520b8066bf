package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// databasePart is the part without which nothing can be answered.
const databasePart = "database"

// alive answers as long as the process does.
func (s *Server) alive(c echo.Context, _ visitor) error {
	return c.String(http.StatusOK, "alive\n")
}

// readiness is what /readyz says to loopback and staff.
type readiness struct {
	Status string      `json:"status"` // ok, degraded, down or draining
	Parts  []partState `json:"parts"`
}

type partState struct {
	Name    string `json:"name"`
	State   string `json:"state"`
	Message string `json:"message,omitempty"`
}

// ready is 503 only when the database is gone or the process drains; other
// parts that are down make it degraded, because the pages still work. Strangers
// learn the status and nothing else.
func (s *Server) ready(c echo.Context, _ visitor) error {
	state := readiness{Status: reads.OK, Parts: []partState{}}
	var parts []reads.Part
	if s.Health != nil {
		parts = s.Health(c.Request().Context())
	}
	for _, p := range parts {
		state.Parts = append(state.Parts, partState{Name: p.Name, State: p.State, Message: p.Message})
		switch {
		case p.State == reads.Down && p.Name == databasePart:
			state.Status = reads.Down
		case p.State != reads.OK && state.Status == reads.OK:
			state.Status = reads.Degraded
		}
	}
	if s.draining.Load() {
		state.Status = "draining"
	}
	status := http.StatusOK
	if state.Status == reads.Down || state.Status == "draining" {
		status = http.StatusServiceUnavailable
		c.Response().Header().Set("Retry-After", retryAfter)
	}
	if !s.mayKnow(c) {
		return c.JSON(status, struct {
			Status string `json:"status"`
		}{state.Status})
	}
	return c.JSON(status, state)
}

// mayKnow tells whether the state of each part may be shown: on this machine or to staff.
func (s *Server) mayKnow(c echo.Context) bool {
	if s.fromLoopback(c.Request()) {
		return true
	}
	who, err := s.signedIn(c)
	return err == nil && access.Can(who.actor, access.ClinicView)
}
