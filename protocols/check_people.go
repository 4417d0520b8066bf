package protocols

import (
	"fmt"
	"slices"

	"almanac/protocols/civil"
)

func checkCapacity(r *reader, d *Definition) {
	c := d.Capacity
	if c.Max > 0 && c.MinToStart > c.Max {
		r.failAt("capacity.min_to_start",
			"The group needs %d people to start and has %d seats; lower min_to_start or raise max.",
			c.MinToStart, c.Max)
	}
	if c.MinToStart > 0 && c.MinToHold > c.MinToStart {
		r.failAt("capacity.min_to_hold", "A session needs %d people and the group starts with %d; lower min_to_hold.",
			c.MinToHold, c.MinToStart)
	}
	if c.Max > 0 && c.MinToHold > c.Max {
		r.failAt("capacity.min_to_hold", "A session needs %d people and has %d seats; lower min_to_hold.",
			c.MinToHold, c.Max)
	}
	if c.Max > 0 && c.FillBelow > c.Max {
		r.failAt("capacity.fill_below", "The waitlist fills below %d and there are %d seats; lower fill_below.",
			c.FillBelow, c.Max)
	}
	if c.BillingMax > 0 && c.BillingMax < c.Max {
		r.warnAt("capacity.billing_max",
			"There are %d seats and a payer pays for %d people; lower max, or tell those who bill.",
			c.Max, c.BillingMax)
	}
	if c.BillingMax > 0 && c.MinBilling > c.BillingMax {
		r.failAt("capacity.min_billing", "A payer pays for at least %d and at most %d people; lower min_billing.",
			c.MinBilling, c.BillingMax)
	}
}

func checkEntry(r *reader, d *Definition) {
	e := d.Entry
	if e.Type != EntryClosed && len(d.Phases) == 0 && len(d.series()) > 0 && d.Content.Order == OrderFixed {
		r.failAt("entry.type",
			"People cannot begin anywhere in content of fixed order; write \"order: cyclic\", or \"type: closed\" "+
				"with last_session_for_new.")
	}
	if e.Type == EntryPositions && len(e.Positions) == 0 {
		r.failAt("entry", "The entry type positions needs a list of positions, such as \"positions: [1, 4]\".")
	}
	if e.Type != EntryPositions && len(e.Positions) > 0 {
		r.failAt("entry.positions",
			"Positions belong to the entry type positions; write \"type: positions\" or remove them.")
	}
	if amount := len(d.Content.positions("", d.Cadence.Count)); len(d.Phases) == 0 && amount > 0 {
		for i, p := range e.Positions {
			if p > amount {
				r.failAt(fmt.Sprintf("entry.positions.%d", i),
					"The content has %d positions; write a number up to it.", amount)
			}
		}
	}
	if length, fixed := e.Lead.Duration(); !fixed || length < 0 {
		r.failAt("entry.lead", "The lead is %s; write days or hours, such as P2D.", e.Lead)
	}
}

func checkCompletion(r *reader, d *Definition) {
	counted := d.Completion.Type == CompletionWeeks || d.Completion.Type == CompletionSessions
	if counted && d.Completion.N == 0 {
		r.failAt("completion", "Completion by %s needs their number; add \"n: 8\".", d.Completion.Type)
	}
	for _, p := range []civil.Period{d.Completion.MaxSpan, d.Completion.DischargeAfter} {
		if p.Elapsed != 0 || p.Days < 0 || p.Months < 0 {
			r.failAt("completion", "A time to complete in is %s; write days, weeks or months, such as P16W.", p)
		}
	}
	if !counted && d.Completion.N > 0 {
		r.failAt("completion.n", "Completion by %s takes no number; remove n.", d.Completion.Type)
	}
}

func checkDose(r *reader, d *Definition) {
	if d.Dose.Of > 0 && d.Dose.AtLeast > d.Dose.Of {
		r.failAt("dose.at_least", "The dose asks for %d of %d sessions; lower at_least.", d.Dose.AtLeast, d.Dose.Of)
		return
	}
	if d.Dose.Of > 0 && d.Dose.AtLeast == 0 {
		r.failAt("dose", "The dose says out of how many but not how many; add at_least.")
	}
	amount := len(d.series())
	if amount == 0 {
		amount = len(d.appointed())
	}
	for _, o := range d.OneOffs {
		if slices.Contains(d.Dose.Kinds, o.Kind) {
			amount++
		}
	}
	if most := max(d.Dose.AtLeast, d.Dose.Of); most > amount && amount > 0 && (d.Dose.Distinct || !d.repeats()) {
		r.failAt("dose", "The dose counts %d sessions and the protocol has %d; lower it.", most, amount)
	}
}
