package web

import (
	"context"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// databasePart is the part without which nothing can be answered.
const databasePart = "database"

// healthAlive answers as long as the process does.
func (s *Server) healthAlive(c echo.Context, _ visitor) error {
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

// readinessOf sums up the parts and gives the HTTP status. It is 503 only when the
// database is gone or the process drains; other parts that are down make it
// degraded, because the pages still work.
func readinessOf(parts []reads.Part, draining bool) (readiness, int) {
	state := readiness{Status: reads.OK, Parts: []partState{}}
	for _, p := range parts {
		state.Parts = append(state.Parts, partState{Name: p.Name, State: p.State, Message: p.Message})
		switch {
		case p.State == reads.Down && p.Name == databasePart:
			state.Status = reads.Down
		case p.State != reads.OK && p.State != reads.Advice && state.Status == reads.OK:
			state.Status = reads.Degraded
		}
	}
	if draining {
		state.Status = "draining"
	}
	if state.Status == reads.Down || draining {
		return state, http.StatusServiceUnavailable
	}
	return state, http.StatusOK
}

// healthReady says how the installation is. Strangers learn the status and nothing else.
func (s *Server) healthReady(c echo.Context, _ visitor) error {
	var parts []reads.Part
	if s.Health != nil {
		parts = s.Health(c.Request().Context())
	}
	state, status := readinessOf(parts, s.draining.Load())
	if status != http.StatusOK {
		c.Response().Header().Set("Retry-After", retryAfter)
	}
	if !s.maySeeParts(c) {
		return c.JSON(status, struct {
			Status string `json:"status"`
		}{state.Status})
	}
	return c.JSON(status, state)
}

// HealthHandler answers /healthz and /readyz for a process that serves no pages.
// It gives the status alone, because it does not know who asks.
func HealthHandler(health func(ctx context.Context) []reads.Part) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "alive")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		state, status := readinessOf(health(r.Context()), false)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprintf(w, "{\"status\":%q}\n", state.Status)
	})
	return mux
}

// alarms says in sentences what keeps messages from leaving.
func (s *Server) alarms(ctx context.Context) ([]string, error) {
	if s.Liveness == nil {
		return nil, nil
	}
	liveness, err := s.Liveness(ctx)
	if err != nil {
		return nil, err
	}
	var alarms []string
	for _, part := range liveness.Parts() {
		if part.State != reads.OK {
			alarms = append(alarms, part.Message)
		}
	}
	return alarms, nil
}

// maySeeParts tells whether the state of each part may be shown: on this machine or to staff.
func (s *Server) maySeeParts(c echo.Context) bool {
	if s.fromLoopback(c.Request()) {
		return true
	}
	who, err := s.signedIn(c)
	return err == nil && access.Can(who.actor, access.ClinicView)
}
