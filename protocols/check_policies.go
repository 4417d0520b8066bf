package protocols

import (
	"fmt"
	"slices"
	"time"

	"almanac/protocols/civil"
)

// checkPhaseRules holds what phases say about their place among the others.
func checkPhaseRules(r *reader, d *Definition) {
	for i, p := range d.Phases {
		path := fmt.Sprintf("phases.%d", i)
		switch {
		case p.Weeks == 0 && p.Sessions == 0:
			r.failAt(path, "The phase %s has no length; add \"weeks: 4\" or \"sessions: 8\".", p.ID)
		case p.Weeks > 0 && p.Sessions > 0:
			r.failAt(path+".sessions", "Weeks and sessions both say the length of the phase; remove one of them.")
		case p.Weeks > 0 && d.cadence(&p).Every.Months > 0:
			r.failAt(path+".weeks", "A monthly phase has its length in sessions; write \"sessions: 6\".")
		}
		if i == 0 && p.Transition != nil {
			r.failAt(path+".transition", "Nobody moves into the first phase; remove its transition.")
		}
		if i == 0 && !p.StartsAfter.IsZero() {
			r.failAt(path+".starts_after", "The first phase begins with the protocol; remove starts_after.")
		}
		if p.StartsAfter.Elapsed != 0 || p.StartsAfter.Days < 0 || p.StartsAfter.Months < 0 {
			r.failAt(path+".starts_after",
				"The phase starts after %s; write days or weeks, such as P7D.", p.StartsAfter)
		}
		if p.Cadence != nil {
			checkTurn(r, path+".cadence", *p.Cadence)
		}
	}
}

func checkResources(r *reader, d *Definition) {
	if s := d.Sampling; s != nil {
		if s.Fraction == 0 {
			r.failAt("sampling.fraction", "A fraction of nothing rates no session; write one above 0, such as 0.5.")
		}
		if length, fixed := s.Due.Duration(); !fixed || length < 0 {
			r.failAt("sampling.due", "The time is %s; write days, such as P14D.", s.Due)
		}
	}
	if d.Log == nil {
		return
	}
	seen := map[string]bool{}
	if len(d.Log.Columns) == 0 {
		r.failAt("log.columns", "A log without columns has nothing to fill in; add some.")
	}
	for i, c := range d.Log.Columns {
		path := fmt.Sprintf("log.columns.%d", i)
		if seen[c.ID] {
			r.failAt(path+".id", "The column %q stands here a second time; give it another id.", c.ID)
		}
		seen[c.ID] = true
		if (c.Type == "choice") != (len(c.Choices) > 0) {
			r.failAt(path, "The type choice and its choices belong together; write both or neither.")
		}
	}
}

func checkTimes(r *reader, d *Definition) {
	for i, lead := range d.Reminders.Leads {
		if length, fixed := lead.Duration(); !fixed || length <= 0 || length > 28*24*time.Hour {
			r.failAt(fmt.Sprintf("reminders.leads.%d", i),
				"The lead is %s; write a length of time up to four weeks, such as PT24H.", lead)
		}
		if slices.Contains(d.Reminders.Leads[:i], lead) {
			r.failAt(fmt.Sprintf("reminders.leads.%d", i), "The lead %s stands here a second time; remove it.", lead)
		}
	}
	for _, t := range []struct {
		path   string
		length civil.Period
	}{
		{"waitlist.offer_expires", d.Waitlist.OfferExpires}, {"waitlist.seat_horizon", d.Waitlist.SeatHorizon},
		{"absence.hold_max", d.Absence.HoldMax}, {"reentry.wait", d.Reentry.Wait}, {"makeup.within", d.Makeup.Within},
		{"absence.within", d.Absence.Within}, {"late.after", d.Late.After},
	} {
		if length, fixed := t.length.Duration(); !fixed || length < 0 {
			r.failAt(t.path, "The time is %s; write days or hours, such as P28D or PT48H.", t.length)
		}
	}
	if d.Absence.Misses > 0 && d.Absence.Within.IsZero() {
		r.failAt("absence.misses", "Misses are counted within a time; add \"within: P8W\".")
	}
}
