package main

import (
	"context"
	"io"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// watchedOutput is where a command prints. At a clinic nothing is printed before the audit has noted whose data the
// command has read.
type watchedOutput struct {
	io.Writer
	seen   *reads.Viewing
	record func() error
	failed error
}

// watch begins to note what a command reads at a clinic.
func (w *watchedOutput) watch(ctx context.Context, h *house, clinic scheduler.ID) {
	w.seen = reads.ViewingOf(ctx)
	w.record = func() error {
		return h.store.RecordViews(ctx, access.Operator(string(clinic)), clinic, w.seen)
	}
}

// Write prints. It fails when the audit cannot be written.
func (w *watchedOutput) Write(p []byte) (int, error) {
	if err := w.note(); err != nil {
		return 0, err
	}
	return w.Writer.Write(p)
}

// note records what was read since the last time.
func (w *watchedOutput) note() error {
	if w.failed == nil && w.seen.Pending() {
		w.failed = w.record()
	}
	return w.failed
}

// fromShell is where a command comes from, as the audit says it.
func fromShell(command string) reads.Source {
	return reads.Source{Network: "local", Route: "almanac " + command}
}
