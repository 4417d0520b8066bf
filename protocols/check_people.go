package protocols

import (
	"fmt"
	"slices"
)

func checkCapacity(r *reader, d *Definition) {
	c := d.Capacity
	if c.Max > 0 && c.MinToStart > c.Max {
		r.failAt("capacity.min_to_start",
			"The group needs %d people to start and has %d seats; lower min_to_start or raise max.", c.MinToStart, c.Max)
	}
	if c.MinToStart > 0 && c.MinToHold > c.MinToStart {
		r.failAt("capacity.min_to_hold", "A session needs %d people and the group starts with %d; lower min_to_hold.", c.MinToHold, c.MinToStart)
	}
	if c.Max > 0 && c.MinToHold > c.Max {
		r.failAt("capacity.min_to_hold", "A session needs %d people and has %d seats; lower min_to_hold.", c.MinToHold, c.Max)
	}
	if c.Max > 0 && c.FillBelow > c.Max {
		r.failAt("capacity.fill_below", "The waitlist fills below %d and there are %d seats; lower fill_below.", c.FillBelow, c.Max)
	}
	for i, role := range d.Roles {
		if role.Max > 0 && role.Min > role.Max {
			r.failAt("roles."+d.Roles[i].ID, "The role %s has a least number above its greatest; correct min or max.", role.ID)
		}
	}
}

func checkEntry(r *reader, d *Definition) {
	e := d.Entry
	if e.Type == EntryAny && len(d.Phases) == 0 && d.Content.Order == OrderFixed {
		r.failAt("entry.type", "People cannot begin anywhere in content of fixed order; write \"order: cyclic\" or another entry.")
	}
	if e.Type == EntryPositions && len(e.Positions) == 0 {
		r.failAt("entry", "The entry type positions needs a list of positions, such as \"positions: [1, 4]\".")
	}
	if e.Type != EntryPositions && len(e.Positions) > 0 {
		r.failAt("entry.positions", "Positions belong to the entry type positions; write \"type: positions\" or remove them.")
	}
	if amount := len(d.Content.positions("", d.Cadence.Count)); len(d.Phases) == 0 && amount > 0 {
		for i, p := range e.Positions {
			if p > amount {
				r.failAt(fmt.Sprintf("entry.positions.%d", i), "The content has %d positions; write a number up to it.", amount)
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
	if !counted && d.Completion.N > 0 {
		r.failAt("completion.n", "Completion by %s takes no number; remove n.", d.Completion.Type)
	}
}

func checkDose(r *reader, d *Definition) {
	if d.Dose.Of > 0 && d.Dose.AtLeast > d.Dose.Of {
		r.failAt("dose.at_least", "The dose asks for %d of %d sessions; lower at_least.", d.Dose.AtLeast, d.Dose.Of)
	}
	if d.Dose.Of > 0 && d.Dose.AtLeast == 0 {
		r.failAt("dose", "The dose says out of how many but not how many; add at_least.")
	}
}

// fixedAnchors are the anchors that every protocol has.
var fixedAnchors = []string{"cohort-start", "entry", "last-session", "graduation"}

func checkAssessments(r *reader, d *Definition) {
	anchors := slices.Clone(fixedAnchors)
	for _, phase := range d.Phases {
		if start := "phase-start:" + phase.ID; !slices.Contains(anchors, start) {
			anchors = append(anchors, start, "phase-end:"+phase.ID)
		}
	}
	byID := make(map[string]Assessment, len(d.Assessments))
	for i, a := range d.Assessments {
		path := fmt.Sprintf("assessments.%d", i)
		if _, twice := byID[a.ID]; twice || slices.Contains(anchors, a.ID) {
			r.failAt(path+".id", "The name %q is taken; give the assessment another id.", a.ID)
			continue
		}
		byID[a.ID] = a
		checkWindow(r, path, a)
	}
	for i, a := range d.Assessments {
		path := fmt.Sprintf("assessments.%d.anchor", i)
		if target, isAssessment := byID[a.Anchor]; isAssessment {
			if !target.Every.IsZero() {
				r.failAt(path, "The assessment %q is repeated, so it is no anchor; choose another.", a.Anchor)
			}
			if cyclic(a, byID) {
				r.failAt(path, "The anchors go in a circle from %q back to itself; tie one of them to cohort-start or entry.", a.ID)
			}
			continue
		}
		if !slices.Contains(anchors, a.Anchor) {
			known := slices.Concat(anchors, ids(d.Assessments))
			hint := "it may be " + orList(known) + "."
			if near := nearest(a.Anchor, known); near != "" {
				hint = fmt.Sprintf("did you mean %s?", near)
			}
			r.failAt(path, "The anchor %q is unknown; %s", a.Anchor, hint)
		}
	}
}

func ids(assessments []Assessment) []string {
	all := make([]string, len(assessments))
	for i, a := range assessments {
		all[i] = a.ID
	}
	return all
}

func cyclic(a Assessment, byID map[string]Assessment) bool {
	for hops := 0; hops <= len(byID); hops++ {
		next, ok := byID[a.Anchor]
		if !ok {
			return false
		}
		a = next
	}
	return true
}

func checkWindow(r *reader, path string, a Assessment) {
	w := a.Window
	if w.Opens.Elapsed != 0 || w.Closes.Elapsed != 0 || a.Offset.Elapsed != 0 || w.Opens.Months != 0 || w.Closes.Months != 0 {
		r.failAt(path, "Windows are whole days; write offset and window in days or weeks, such as P14D.")
		return
	}
	if w.Closes.Days < w.Opens.Days {
		r.failAt(path+".window", "The window closes before it opens; swap its two ends.")
	}
	if a.Every.IsZero() {
		if a.FromWeek > 0 || a.ToWeek > 0 {
			r.failAt(path, "Weeks belong to a repeated assessment; add \"every: P2W\" or remove from_week and to_week.")
		}
		return
	}
	if a.Every.Days <= 0 || a.Every.Months != 0 || a.Every.Elapsed != 0 {
		r.failAt(path+".every", "The step is %s; write weeks or days, such as P2W.", a.Every)
	}
	if a.FromWeek == 0 || a.ToWeek < a.FromWeek {
		r.failAt(path, "A repeated assessment needs from_week and a to_week that is not before it.")
	}
}
