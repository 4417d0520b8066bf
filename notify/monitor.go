package notify

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"almanac/scheduler/reads"
)

// Monitor knows whether the queue and the mail server work. Dispatcher and worker
// of one process share it. Use NewMonitor. It is safe for concurrent use.
type Monitor struct {
	now func() time.Time
	log *slog.Logger

	mu                 sync.Mutex
	queue, mail, texts condition
}

// condition is the state of one part; the zero value means no trouble so far.
type condition struct {
	trouble string    // empty: none
	since   time.Time // start of the trouble
	success time.Time // the last one; zero: none yet
}

// NewMonitor makes a monitor. It logs when a part fails and when it works again.
func NewMonitor(now func() time.Time, log *slog.Logger) *Monitor {
	return &Monitor{now: now, log: log}
}

// Status returns the parts "queue", "mail" and, once texts were handed over, "texts" for
// readiness: ok, or degraded with a sentence that says since when.
func (m *Monitor) Status() []reads.Part {
	m.mu.Lock()
	defer m.mu.Unlock()
	parts := []reads.Part{
		m.queue.part("queue", "The queue cannot be reached; messages go out a few seconds later."),
		m.mail.part("mail", "Mail cannot be handed over; messages wait and are tried again."),
	}
	if m.texts != (condition{}) {
		parts = append(parts, m.texts.part("texts", "Texts cannot be handed over; they wait and are tried again."))
	}
	return parts
}

func (c condition) part(name, sentence string) reads.Part {
	if c.trouble == "" {
		return reads.Part{Name: name, State: reads.OK}
	}
	last := "never"
	if !c.success.IsZero() {
		last = c.success.UTC().Format(time.RFC3339)
	}
	return reads.Part{Name: name, State: reads.Degraded, Message: fmt.Sprintf("%s Since %s; last success: %s.",
		sentence, c.since.UTC().Format(time.RFC3339), last)}
}

// queueResult notes the result of a call to the queue.
func (m *Monitor) queueResult(err error) {
	trouble := ""
	if err != nil {
		trouble = err.Error()
	}
	m.note("queue", &m.queue, trouble)
}

// mailResult notes the result of a call to the mail server; an empty trouble is a
// success.
func (m *Monitor) mailResult(trouble string) { m.note("mail", &m.mail, trouble) }

// textResult notes the result of a call to the gateway, as mailResult does.
func (m *Monitor) textResult(trouble string) { m.note("texts", &m.texts, trouble) }

// textsDown tells whether the last call to the gateway failed.
func (m *Monitor) textsDown() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.texts.trouble != ""
}

// mailDown tells whether the last call to the mail server failed.
func (m *Monitor) mailDown() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mail.trouble != ""
}

func (m *Monitor) note(name string, c *condition, trouble string) {
	now := m.now()
	m.mu.Lock()
	was := c.trouble
	c.trouble = trouble
	if trouble == "" {
		c.success = now
	} else if was == "" {
		c.since = now
	}
	since := c.since
	m.mu.Unlock()
	switch {
	case was == "" && trouble != "":
		m.log.Warn("part degraded", slog.String("part", name), slog.String("trouble", trouble))
	case was != "" && trouble == "":
		m.log.Info("part well again", slog.String("part", name), slog.Duration("after", now.Sub(since)))
	}
}
