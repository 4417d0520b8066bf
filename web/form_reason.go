package web

import (
	"errors"

	"almanac/scheduler"
)

// insist is what somebody says to set a rule aside, and what of it a refusal asks for.
type insist struct {
	Accept bool   // a time that a clock change skips or repeats
	Far    bool   // a date that is far off is meant
	Reason string // why a rule is set aside; kept
	// What the refusal of the page asks for beside the tick that stands on it anyway.
	AskFar, AskReason bool
}

// insisted reads what a form says to set a rule aside.
func (f *form) insisted() insist {
	return insist{Accept: f.ticked("accept_shift"), Far: f.ticked("far"), Reason: f.text("reason")}
}

// asks notes what a refusal wants to hear.
func (p *Page) asks(err error) {
	p.Insist.AskFar = p.Insist.AskFar || errors.Is(err, scheduler.ErrFar)
	p.Insist.AskReason = p.Insist.AskReason || errors.Is(err, scheduler.ErrNeedsReason)
}

// WhyField is where a reason is given.
func (p *Page) WhyField() Input {
	return p.Field("reason", "Reason", "area", p.Insist.Reason, "Saved with the cohort, so that others can see why.")
}
