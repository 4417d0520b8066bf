package reads

import (
	"fmt"
	"time"
)

// A process writes a heartbeat every HeartbeatEvery. Without one for DeadAfter it
// counts as dead.
const (
	HeartbeatEvery = 10 * time.Second
	DeadAfter      = 45 * time.Second
)

// OverdueAfter is how long a message may be due before the status is degraded. A retry
// counts from its next attempt.
const OverdueAfter = time.Minute

// Liveness says which processes of an installation run and whether messages leave.
type Liveness struct {
	Processes int            // that have run and not stopped in order, dead ones included
	Alive     map[string]int // living processes by role: web, agenda, worker
	Overdue   int            // messages due for longer than OverdueAfter
	Oldest    time.Duration  // how long the oldest of them has been due; 0 without one
}

// Parts returns the state of agenda, worker and messages. When no process runs and no
// message is overdue, all are OK: the installation was stopped, or never started.
func (l Liveness) Parts() []Part {
	parts := make([]Part, 0, 3)
	for _, role := range []struct{ name, missing string }{
		{"agenda", "No process with the role agenda is alive; nothing is planned or dispatched. " +
			"Start one with almanac serve."},
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
		overdue.Message = fmt.Sprintf("%s overdue; the oldest should have left %s ago. "+
			"Look at the parts that are not well, and at the log.",
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
