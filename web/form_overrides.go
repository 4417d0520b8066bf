package web

import (
	"errors"

	"almanac/scheduler"
)

// overrides is what a form says to set rules aside, and which of its fields to show.
type overrides struct {
	AcceptShift bool   // accept a time that a clock change skips or repeats
	Far         bool   // the date is far off on purpose
	Reason      string // why a rule is set aside
	// AskFar and AskReason show fields that a refused change needs.
	AskFar, AskReason bool
}

// overrides reads the fields that set rules aside.
func (f *form) overrides() overrides {
	return overrides{AcceptShift: f.ticked("accept_shift"), Far: f.ticked("far"), Reason: f.text("reason")}
}

// askOverrides shows the fields that would set the refusing rule aside.
func (p *Page) askOverrides(err error) {
	p.Overrides.AskFar = p.Overrides.AskFar || errors.Is(err, scheduler.ErrFar)
	p.Overrides.AskReason = p.Overrides.AskReason || errors.Is(err, scheduler.ErrNeedsReason)
}

// ReasonField is the field for the reason.
func (p *Page) ReasonField() Input {
	return p.Field("reason", "Reason", "area", p.Overrides.Reason, "Saved with the cohort, so that others can see why.")
}
