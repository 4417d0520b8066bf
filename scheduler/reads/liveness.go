package reads

import (
	"fmt"
	"time"
)

// The times by which a process counts as alive. It says so every HeartbeatEvery,
// and one that has been silent for DeadAfter is taken for dead.
const (
	HeartbeatEvery = 10 * time.Second
	DeadAfter      = 45 * time.Second
)

// OverdueAfter is how long a message may be due before somebody is told that
// messages do not leave. Retries after a refusal count from their next attempt.
const OverdueAfter = time.Minute

// Liveness says which processes of an installation run and whether messages leave.
type Liveness struct {
	Processes int            // that have ever run and did not stop in order, dead ones included
	Alive     map[string]int // living processes by role: web, agenda, worker
	Overdue   int            // messages that have been due for longer than OverdueAfter
	Oldest    time.Duration  // how long the oldest of them has been due; 0: none is
}

// Parts says in one part each whether agenda and worker live and whether messages
// leave in time. An installation in which nothing runs and nothing is overdue is
// well: it was stopped in order, or never started.
func (l Liveness) Parts() []Part {
	parts := make([]Part, 0, 3)
	for _, role := range []struct{ name, missing string }{
		{"agenda", "No process with the role agenda is alive; nothing is planned or dispatched. Start one with almanac serve."},
		{"worker", "No process with the role worker is alive; no message leaves. Start one with almanac serve."},
	} {
		part := Part{Name: role.name + " process", State: OK}
		switch {
		case l.Alive[role.name] > 0:
		case l.Processes == 0 && l.Overdue == 0:
			part.Message = "not started"
		default:
			part.State, part.Message = Down, role.missing
		}
		parts = append(parts, part)
	}
	overdue := Part{Name: "messages", State: OK}
	if l.Overdue > 0 {
		overdue.State = Degraded
		overdue.Message = fmt.Sprintf("%s overdue; the oldest should have left %s ago. Look at the parts that are not well, and at the log.",
			count(l.Overdue, "message is", "messages are"), l.Oldest.Round(time.Second))
	}
	return append(parts, overdue)
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
