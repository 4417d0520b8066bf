package web

import (
	"errors"

	"almanac/scheduler"
)

// overrides is what somebody says to set a rule aside, and what of it a refusal asks for.
type overrides struct {
	AcceptShift bool   // a time that a clock change skips or repeats
	Far         bool   // a date that is far off is meant
	Reason      string // why a rule is set aside; kept
	// What the refusal of the page asks for beside the tick that stands on it anyway.
	AskFar, AskReason bool
}

// overrides reads what a form says to set a rule aside.
func (f *form) overrides() overrides {
	return overrides{AcceptShift: f.ticked("accept_shift"), Far: f.ticked("far"), Reason: f.text("reason")}
}

// askOverrides notes what a refusal wants to hear.
func (p *Page) askOverrides(err error) {
	p.Overrides.AskFar = p.Overrides.AskFar || errors.Is(err, scheduler.ErrFar)
	p.Overrides.AskReason = p.Overrides.AskReason || errors.Is(err, scheduler.ErrNeedsReason)
}

// WhyField is where a reason is given.
func (p *Page) ReasonField() Input {
	return p.Field("reason", "Reason", "area", p.Overrides.Reason, "Saved with the cohort, so that others can see why.")
}
