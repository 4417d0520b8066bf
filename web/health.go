package web

import (
	"context"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// databasePart is the part that every request needs.
const databasePart = "database"

// healthAlive responds while the process is running.
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

// readinessOf sums up the parts. The status is 503 only if the database is down or the process is
// draining. Other failures are degraded, because pages still work.
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

// healthReady reports readiness. Only loopback and staff see the parts.
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

// HealthHandler serves /healthz and /readyz in a process without pages. It returns only the status
// because it cannot identify clients.
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

// alarms lists, in sentences, what keeps messages from being sent, and a backup that is too old.
func (s *Server) alarms(ctx context.Context) ([]string, error) {
	var alarms []string
	if s.Liveness != nil {
		liveness, err := s.Liveness(ctx)
		if err != nil {
			return nil, err
		}
		for _, part := range liveness.Parts() {
			if part.State != reads.OK {
				alarms = append(alarms, part.Message)
			}
		}
	}
	backup, err := s.lastBackup(ctx)
	if err == nil && backup.State == reads.Degraded {
		alarms = append(alarms, backup.Message)
	}
	return alarms, err
}

// lastBackup says when the last good backup was made; the zero part when nobody knows.
func (s *Server) lastBackup(ctx context.Context) (reads.Part, error) {
	if s.Backup == nil {
		return reads.Part{}, nil
	}
	return s.Backup(ctx)
}

// maySeeParts reports whether the client may see the parts: from this machine, or signed in as
// staff with a screen that is not locked.
func (s *Server) maySeeParts(c echo.Context) bool {
	if s.fromLoopback(c.Request()) {
		return true
	}
	who, err := s.signedIn(c)
	return err == nil && !who.screen.Locked && access.Can(who.actor, access.ClinicView)
}
