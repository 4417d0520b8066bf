package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/web"
)

// While a worker is dead or messages are overdue, every page of staff says so, and
// none of a participant does.
func TestStaffPagesWarnOfDeadProcesses(t *testing.T) {
	t.Parallel()
	state := reads.Liveness{Processes: 1, Alive: map[string]int{"web": 1, "agenda": 1}, Overdue: 2,
		Oldest: 83 * time.Second}
	h := newHouse(t, func(o *web.Options) {
		o.Liveness = func(context.Context) (reads.Liveness, error) { return state, nil }
	})
	for _, path := range []string{"/", "/tasks", "/notices", "/intake"} {
		body := h.get(path, h.signIn(access.Coordinator)).body
		for _, want := range []string{"No process with the role worker is alive",
			"2 messages are overdue; the oldest should have left 1m23s ago"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s does not say %q", path, want)
			}
		}
	}
	state = reads.Liveness{Processes: 1, Alive: map[string]int{"web": 1, "agenda": 1, "worker": 1}}
	if body := h.get("/", h.signIn(access.Coordinator)).body; strings.Contains(body, "strip-alarm") {
		t.Errorf("with all well the page warns:\n%s", body)
	}
}
