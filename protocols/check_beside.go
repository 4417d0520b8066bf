package protocols

import (
	"fmt"
	"slices"

	"almanac/protocols/civil"
)

// maxWindows bounds what one plan lays around its sessions.
const maxWindows = 2000

func checkOneOffs(r *reader, d *Definition) {
	for i, o := range d.OneOffs {
		path := fmt.Sprintf("one_offs.%d", i)
		checkLength(r, path, o.Span)
		leads, between := r.given(path+".lead"), r.given(path+".between")
		switch {
		case leads == between:
			r.failAt(path, "A one-off needs one place: a lead before session 1, such as \"lead: P14D\", or "+
				"\"between: [6, 7]\".")
			continue
		case leads:
			checkLead(r, path, o)
		case r.given(path + ".window"):
			r.failAt(path+".window", "A window belongs to a lead; remove it.")
		}
		checkGap(r, d, path+".between", o.Between)
		checkGap(r, d, path+".else_between", o.ElseBetween)
		if r.given(path+".else_between") && !between {
			r.failAt(path+".else_between", "Another gap belongs to between; write that first.")
		}
	}
}

func checkLead(r *reader, path string, o OneOff) {
	if !wholeDays(o.Window) || o.Lead.Elapsed != 0 || o.Lead.Months != 0 || o.Lead.Days <= 0 {
		r.failAt(path+".lead",
			"The lead is %s and its window is counted in days; write both in days or weeks, such as P14D.", o.Lead)
		return
	}
	checkMargin(r, path, o.Window)
	if o.Window.Closes.Days >= o.Lead.Days {
		r.failAt(path+".window", "The window reaches to session 1 or past it; let it close earlier.")
	}
}

func checkGap(r *reader, d *Definition, path string, gap []int) {
	if !r.given(path) {
		return
	}
	sessions := len(d.series())
	switch {
	case len(gap) != 2 || gap[0] >= gap[1]:
		r.failAt(path, "A gap lies between two sessions; write their numbers in order, such as [6, 7].")
	case gap[1] > sessions && !d.repeats():
		r.failAt(path, "The gap ends at session %d and the protocol has %d; write numbers up to it.", gap[1], sessions)
	}
}

func checkLength(r *reader, path string, s Span) {
	if !s.withinADay() {
		r.failAt(path+".duration", "The duration is %s; write hours and minutes up to 24 hours, such as PT1H30M.", s)
	}
}

func checkAppointments(r *reader, d *Definition) {
	for i, a := range d.Appointments {
		path := fmt.Sprintf("appointments.%d", i)
		checkLength(r, path, a.Span)
		if !wholeDays(a.Window) || a.Offset.Elapsed != 0 ||
			slices.ContainsFunc(a.At, func(p civil.Period) bool { return p.Elapsed != 0 }) {
			r.failAt(path, "Windows are whole days; write offsets and window in days or weeks, such as P14D.")
			continue
		}
		checkMargin(r, path, a.Window)
		if a.Anchor == eachSession {
			r.failAt(path+".anchor", "An appointment has one target; write \"session:N\", or the offsets in \"at\".")
		}
		if len(a.At) > 0 && r.given(path+".offset") {
			r.failAt(path+".offset", "The offset and at both say the target; remove one of them.")
		}
		if a.AtLeast > a.times() {
			r.failAt(path+".at_least", "The protocol asks for %d of %d; lower at_least.", a.AtLeast, a.times())
		}
		checkRole(r, d, path+".role", a.Role)
	}
}

func checkRole(r *reader, d *Definition, path, id string) {
	if id == "" || slices.ContainsFunc(d.Roles, func(role Role) bool { return role.ID == id }) {
		return
	}
	ids := make([]string, len(d.Roles))
	for i, role := range d.Roles {
		ids[i] = role.ID
	}
	hint := "add it to the roles."
	if near := civil.Nearest(id, ids); near != "" {
		hint = fmt.Sprintf("did you mean %s?", near)
	}
	r.failAt(path, "The role %q is unknown; %s", id, hint)
}

func checkRoles(r *reader, d *Definition) {
	sessions := len(d.series())
	for _, role := range d.Roles {
		path := "roles." + role.ID
		if role.Max > 0 && role.Min > role.Max {
			r.failAt(path, "The role %s has a least number above its greatest; correct min or max.", role.ID)
		}
		for i, id := range role.Phases {
			if !slices.ContainsFunc(d.Phases, func(p Phase) bool { return p.ID == id }) {
				r.failAt(fmt.Sprintf("%s.phases.%d", path, i), "There is no phase %q; write the id of a phase.", id)
			}
		}
		for i, n := range role.Sessions {
			if n > sessions && !d.repeats() {
				r.failAt(fmt.Sprintf("%s.sessions.%d", path, i),
					"The protocol has %d sessions; write a number up to it.", sessions)
			}
		}
	}
	for i, s := range d.Session.Segments {
		checkRole(r, d, fmt.Sprintf("session.segments.%d.role", i), s.Role)
	}
}

func checkVariations(r *reader, d *Definition) {
	sessions := len(d.series())
	for i, v := range d.Variations {
		path := fmt.Sprintf("variations.%d", i)
		switch {
		case v.To > 0 && v.To < v.From:
			r.failAt(path+".to", "The variation ends before it begins; swap from and to.")
		case !d.repeats() && max(v.From, v.To) > sessions:
			r.failAt(path, "The protocol has %d sessions; write numbers up to it.", sessions)
		case v.Duration.IsZero() && v.Modality == nil && len(v.Segments) == 0 && len(v.Roles) == 0:
			r.failAt(path, "The variation says nothing that differs; add a duration, segments, modality or roles.")
		}
		if !v.Duration.IsZero() || len(v.Segments) > 0 {
			t := SessionTemplate{Span: v.Span, Segments: v.Segments}
			t.applyDefaults()
			checkTemplate(r, path, t)
		}
	}
}

func checkHours(r *reader, d *Definition) {
	for i, h := range d.Avoid.Hours {
		if h.From.Minutes() >= h.To.Minutes() {
			r.failAt(fmt.Sprintf("avoid.hours.%d", i),
				"The hours %s to %s do not rise; write those past midnight as two.", h.From, h.To)
		}
	}
	if length, fixed := d.Avoid.Buffer.Duration(); !fixed || length < 0 || d.Avoid.Buffer.Days > 0 ||
		d.Avoid.Buffer.Minutes() > 12*60 {
		r.failAt("avoid.buffer", "The way is %s; write hours and minutes up to 12 hours, such as PT45M.",
			d.Avoid.Buffer)
	}
}

// checkContact holds declared contact time against what the sessions add up to.
func checkContact(r *reader, d *Definition) {
	if d.Contact == nil {
		return
	}
	laid := *d
	laid.lay()
	sum := laid.ContactTime()
	least := d.Contact.MinutesMin
	if least == 0 {
		least = d.Contact.Minutes
	}
	if d.Contact.Minutes != sum.Minutes || least != sum.MinutesMin {
		r.failAt("contact", "The contact time is declared as %s minutes and the sessions add up to %s; correct one "+
			"of them.",
			between(least, d.Contact.Minutes), between(sum.MinutesMin, sum.Minutes))
	}
}

// checkReach holds that one plan has a bounded number of windows and that everything can be reached in the time that a
// stay may take.
func checkReach(r *reader, d *Definition) {
	laid := *d
	laid.main = len(d.series())
	windows := 0
	for _, items := range [2][]Assessment{d.Assessments, d.Async} {
		for i := range items {
			windows += max(laid.repetitions(&items[i]), 1)
		}
	}
	if windows > maxWindows {
		r.failAt("assessments", "The protocol has more than %d windows; shorten the repeated ones.", maxWindows)
	}
	span := d.Completion.MaxSpan
	days := d.Cadence.Every.Days
	if span.IsZero() || days <= 0 || len(d.Phases) > 0 || d.Completion.Type != CompletionContent || laid.main == 0 {
		return
	}
	reach := spanDays(span) / days * max(len(d.Cadence.Offsets), len(d.Cadence.Weekdays), 1)
	if reach < laid.main {
		last := d.series()[(d.firstEntry()+laid.main-1)%laid.main]
		r.failAt("completion.max_span",
			"Who begins at %s reaches %d of %d sessions within %s and never %s; lengthen max_span or shorten the "+
				"content.",
			d.series()[d.firstEntry()].ID, reach, laid.main, span, last.ID)
	}
}

// firstEntry is the first place, counted from 0, at which a person may begin.
func (d *Definition) firstEntry() int {
	if d.Entry.Type == EntryPositions && len(d.Entry.Positions) > 0 {
		return min(d.Entry.Positions[0], len(d.series())) - 1
	}
	return 0
}

// spanDays is a length of time in days, a month as the shortest one.
func spanDays(p civil.Period) int { return p.Months*28 + p.Days }
