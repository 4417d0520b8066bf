package notify

import (
	"context"
	"time"

	"almanac/scheduler/reads"
)

// passed is what passed the gate, and its message once that is written.
type passed struct {
	reads.Handover
	written *Message
}

// write gives the message, dated now unless it was written before.
func (p passed) write(c *Composer, now time.Time) (Message, error) {
	if p.written != nil {
		return *p.written, nil
	}
	return c.Compose(p.Handover, now)
}

// ahead writes a message that is not due yet, dated when it will be. One that
// cannot be written stays as it is: whoever hands it over finds out why.
func (w *Worker) ahead(h reads.Handover) (p passed) {
	p.Handover = h
	defer func() { _ = recover() }()
	if m, err := w.o.Composer.Compose(h, h.Due); err == nil {
		p.written = &m
	}
	return p
}

// holdStep is how often a clock is looked at that need not run like the steady one.
const holdStep = 50 * time.Millisecond

// hold writes messages that passed the gate ahead of their time, and starts each
// when it is due. When the gate's word grows old before, or the end has come, it
// starts them as stale, so that they are given back: nothing leaves before its time.
func (w *Worker) hold(ctx context.Context, early []reads.Handover, fresh func() bool) {
	waiting := make([]passed, len(early))
	for i, h := range early {
		waiting[i] = w.ahead(h)
	}
	for len(waiting) > 0 {
		next := waiting[0].Due
		for _, p := range waiting {
			if p.Due.Before(next) {
				next = p.Due
			}
		}
		pause(ctx, min(next.Sub(w.o.Now()), holdStep))
		now, since, over := w.o.Now(), w.o.Steady(), ctx.Err() != nil || !fresh()
		var later []passed
		for _, p := range waiting {
			switch {
			case over:
				w.start(ctx, p, stale, since)
			case p.Due.After(now):
				later = append(later, p)
			default:
				w.start(ctx, p, fresh, since)
			}
		}
		waiting = later
	}
}

// stale is the freshness of what must not leave any more.
func stale() bool { return false }
