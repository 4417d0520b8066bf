package protocols

import (
	"fmt"
	"slices"
	"strings"

	"almanac/protocols/civil"
)

// rules are the checks with the fields that each looks at.
var rules = []struct {
	needs []string
	holds func(*reader, *Definition)
}{
	{[]string{"parent", "override", "adaptation"}, checkParent},
	{[]string{"override"}, checkReasons},
	{[]string{"session", "phases"}, checkSession},
	{[]string{"cadence"}, checkCadence},
	{[]string{"phases", "cadence"}, checkPhaseRules},
	{[]string{"content", "phases", "cadence", "weeks"}, checkContent},
	{[]string{"content", "phases"}, checkIDs},
	{[]string{"capacity"}, checkCapacity},
	{[]string{"roles", "phases", "content", "cadence", "session"}, checkRoles},
	{[]string{"entry", "content", "phases", "cadence"}, checkEntry},
	{[]string{"completion"}, checkCompletion},
	{[]string{"dose", "content", "phases", "cadence", "one_offs"}, checkDose},
	{[]string{"variations", "content", "phases", "cadence", "session"}, checkVariations},
	{[]string{"one_offs", "content", "phases", "cadence"}, checkOneOffs},
	{[]string{"appointments", "roles"}, checkAppointments},
	{[]string{"assessments", "async", "one_offs", "appointments", "phases", "content", "cadence"}, checkAnchors},
	{[]string{"assessments", "async", "content", "phases", "cadence"}, checkWindows},
	{[]string{"assessments", "async", "completion", "entry", "content", "phases", "cadence"}, checkReach},
	{[]string{"contact", "session", "content", "phases", "cadence", "variations", "one_offs", "appointments"},
		checkContact},
	{[]string{"avoid"}, checkHours},
	{[]string{"reminders", "waitlist", "absence", "reentry", "makeup", "late"}, checkTimes},
	{[]string{"sampling", "log"}, checkResources},
	{[]string{"wording", "arm_group", "words", "reminders", "session", "cadence"}, checkArms},
	{[]string{"sources"}, checkSources},
	{[]string{"sources", "references"}, checkMarks},
}

// check looks at values that must agree with each other. Each check waits until what it looks at was read without a
// problem, so that one mistake is told once.
func check(r *reader, d *Definition) {
	if r.sound("content", "phases", "cadence") {
		checkAmounts(r, d)
	}
	for _, rule := range rules {
		if r.sound(rule.needs...) {
			rule.holds(r, d)
		}
	}
}

func checkSession(r *reader, d *Definition) {
	switch {
	case r.given("session"):
		checkTemplate(r, "session", d.Session)
	case d.meets() || !d.hasOther():
		r.failAt("", "The key \"session\" is missing from a protocol; add the shape of every session.")
	}
	for i, p := range d.Phases {
		if p.Session != nil {
			checkTemplate(r, fmt.Sprintf("phases.%d.session", i), *p.Session)
		}
	}
}

// meets reports whether the protocol's own template is used by a session.
func (d *Definition) meets() bool {
	for _, p := range d.Phases {
		if p.Session == nil || p.Session.Duration.IsZero() {
			return true
		}
	}
	return len(d.Phases) == 0 && len(d.Content.positions("", d.Cadence.Count)) > 0
}

// hasOther reports whether there is something to do without a series of sessions.
func (d *Definition) hasOther() bool {
	return len(d.Phases)+len(d.OneOffs)+len(d.Appointments)+len(d.Async) > 0 || d.Log != nil || d.Sampling != nil
}

func checkTemplate(r *reader, path string, s SessionTemplate) {
	seen := map[string]bool{}
	for i, segment := range s.Segments {
		if seen[segment.ID] {
			r.failAt(fmt.Sprintf("%s.segments.%d.id", path, i),
				"The segment %q stands here a second time; give it another id.", segment.ID)
		}
		seen[segment.ID] = true
	}
	given := r.given(path + ".duration")
	most, least := segmentMinutes(s.Segments)
	switch {
	case s.Duration.IsZero() && !given:
		r.failAt(path, "A session needs a duration, such as \"duration: PT2H\", or segments with their minutes.")
	case given && !s.withinADay():
		r.failAt(path+".duration",
			"The duration is %s; write hours and minutes up to 24 hours, such as PT1H30M.", s.Span)
	case given && r.given(path+".segments") && !s.fits(most, least):
		r.failAt(path+".duration", "The segments add up to %s minutes and the duration is %s; make them equal.",
			between(least, most), between(s.Least(), s.Duration.Minutes()))
	case most > maxSessionMinutes:
		r.failAt(path+".segments", "The segments add up to %d minutes; a session lasts a day at most.", most)
	}
}

// fits reports whether segments with these bounds fill the length: both bounds where both are ranges, a fixed length
// anywhere between the bounds.
func (s Span) fits(most, least int) bool {
	if s.DurationMin.IsZero() {
		return least <= s.Duration.Minutes() && s.Duration.Minutes() <= most
	}
	return least == s.Least() && most == s.Duration.Minutes()
}

func between(least, most int) string {
	if least == most {
		return fmt.Sprint(most)
	}
	return fmt.Sprintf("%d to %d", least, most)
}

// withinADay reports whether the length is positive, in hours and minutes, at most a day, and a range that rises.
func (s Span) withinADay() bool {
	ok := func(p civil.Period) bool {
		return p.Months == 0 && p.Days == 0 && p.Elapsed > 0 && p.Minutes() <= maxSessionMinutes
	}
	return ok(s.Duration) &&
		(s.DurationMin.IsZero() || (ok(s.DurationMin) && s.DurationMin.Elapsed < s.Duration.Elapsed))
}

// String is the length as the language writes it.
func (s Span) String() string {
	if s.DurationMin.IsZero() {
		return s.Duration.String()
	}
	return "[" + s.DurationMin.String() + ", " + s.Duration.String() + "]"
}

func checkCadence(r *reader, d *Definition) { checkTurn(r, "cadence", d.Cadence) }

func checkTurn(r *reader, path string, c Cadence) {
	turn := c.Every.Days
	switch {
	case c.Consecutive && (len(c.Offsets) > 0 || len(c.Weekdays) > 0 || r.given(path+".every")):
		r.failAt(path, "Open weekdays in a row need no turn, offsets or days; remove them.")
		return
	case c.Every.Elapsed != 0 || (c.Every.Months != 0) == (c.Every.Days != 0) || c.Every.Months < 0 || c.Every.Days < 0:
		r.failAt(path+".every",
			"A turn of %s cannot be laid on dates; write weeks, days or months, such as P1W, P14D or P1M.", c.Every)
		return
	case c.Every.Months > 0 &&
		(len(c.Offsets) > 1 || len(c.Weekdays) > 1 || (len(c.Offsets) == 1 && c.Offsets[0] != 0)):
		r.failAt(path, "A monthly cadence has one session a turn; remove the offsets or days.")
		return
	case len(c.Weekdays) > 0 && len(c.Offsets) > 0:
		r.failAt(path+".weekdays", "Weekdays and offsets both say the days; remove one of them.")
	case len(c.Weekdays) > 0 && c.Every.Days%7 != 0:
		r.failAt(path+".weekdays", "Weekdays need a turn of whole weeks; write \"every: P1W\".")
	}
	for i := range c.Weekdays {
		if slices.Contains(c.Weekdays[:i], c.Weekdays[i]) {
			r.failAt(fmt.Sprintf("%s.weekdays.%d", path, i), "The day stands here a second time; remove it.")
		}
	}
	for i, offset := range c.Offsets {
		if (i == 0 && offset != 0) || (i > 0 && offset <= c.Offsets[i-1]) || (c.Every.Months == 0 && offset >= turn) {
			r.failAt(fmt.Sprintf("%s.offsets.%d", path, i),
				"Offsets begin with 0, rise, and stay below the turn of %d days.", turn)
			break
		}
	}
}

// checkAmounts bounds the number of sessions before anything is made of them.
func checkAmounts(r *reader, d *Definition) {
	if d.Content.amount(d.Cadence.Count) > maxItems {
		r.failAt("content", "The protocol has more than %d sessions; shorten it.", maxItems)
		r.broken = append(r.broken, "content")
	}
	total := 0
	for i := range d.Phases {
		length := d.length(&d.Phases[i])
		total += max(length, d.Phases[i].Content.amount(length))
	}
	if total > maxItems {
		r.failAt("phases", "The protocol has more than %d sessions; shorten it.", maxItems)
		r.broken = append(r.broken, "phases")
	}
}

func checkContent(r *reader, d *Definition) {
	checkAmount(r, "content", d.Content)
	if len(d.Phases) > 0 {
		checkPhases(r, d)
		return
	}
	amount := len(d.Content.positions("", d.Cadence.Count))
	switch {
	case amount == 0 && (r.given("session") || !d.hasOther()):
		r.failAt("content", "The protocol has no sessions; write modules, or \"content: {order: fixed, unit: "+
			"session, count: 8}\".")
	case d.Cadence.Count > 0 && d.Cadence.Count != amount && d.Content.Order != OrderCyclic:
		r.failAt("cadence.count", "The cadence has %d sessions and the content %d; make them equal.",
			d.Cadence.Count, amount)
	}
}

func checkPhases(r *reader, d *Definition) {
	weeks, total := 0, 0
	for i, phase := range d.Phases {
		path := fmt.Sprintf("phases.%d", i)
		checkAmount(r, path+".content", phase.Content)
		sessions := d.length(&phase)
		weeks, total = weeks+phase.Weeks, total+sessions
		content := len(phase.positions(sessions))
		switch {
		case sessions == 0 && (phase.Weeks == 0 || d.cadence(&phase).Every.Months > 0):
			// told as a phase without a length
		case sessions == 0:
			r.failAt(path, "The phase %s has no session in its %d weeks; lengthen it or shorten the turn.",
				phase.ID, phase.Weeks)
		case content != sessions && phase.Content.Order != OrderCyclic:
			r.failAt(path, "The phase %s has content for %d sessions and its %d weeks have %d; make them equal.",
				phase.ID, content, phase.Weeks, sessions)
		}
	}
	switch {
	case len(d.Content.Modules) > 0 || d.Content.Count > 0:
		r.failAt("content", "The phases have content of their own; remove the modules or the count here.")
	case d.Cadence.Count > 0 && d.Cadence.Count != total:
		r.failAt("cadence.count", "The cadence has %d sessions and the phases %d; make them equal.",
			d.Cadence.Count, total)
	case d.Weeks > 0 && weeks != d.Weeks && !slices.ContainsFunc(d.Phases, func(p Phase) bool { return p.Weeks == 0 }):
		r.failAt("weeks", "The phases have %d weeks and the protocol %d; make them equal.", weeks, d.Weeks)
	}
}

func checkAmount(r *reader, path string, c Content) {
	if len(c.Modules) > 0 && (c.Count > 0 || c.Unit != "") {
		r.failAt(path, "Modules say how many sessions there are; remove the unit and the count.")
	}
	if (c.Count > 0) != (c.Unit != "") {
		r.failAt(path, "Unit and count belong together; write \"unit: session\" and the count.")
	}
}

// checkIDs holds that phases, modules and the positions they give are each named once.
func checkIDs(r *reader, d *Definition) {
	taken := map[string]bool{}
	once := func(what, id, path string) {
		if taken[what+id] {
			r.failAt(path, "The %s %q stands here a second time; give it another id.", what, id)
		}
		taken[what+id] = true
	}
	modules := func(path string, all []Module) {
		for i, m := range all {
			place := fmt.Sprintf("%s.modules.%d", path, i)
			if taken["module"+m.ID] {
				once("module", m.ID, place)
				continue
			}
			once("module", m.ID, place)
			for _, p := range (Content{Modules: []Module{m}}).positions("", 0) {
				once("position", p.ID, place)
			}
		}
	}
	for i, phase := range d.Phases {
		once("phase", phase.ID, fmt.Sprintf("phases.%d", i))
		modules(fmt.Sprintf("phases.%d.content", i), phase.Content.Modules)
	}
	modules("content", d.Content.Modules)
}

// checkSources holds that every path names a field of the language, so that a misspelt one does not lose a source.
func checkSources(r *reader, d *Definition) {
	for _, source := range d.Sources {
		at := definitionValue.shape
		for i, step := range strings.Split(source.Path, ".") {
			next, hint := at.step(step)
			if next == nil {
				r.failAt("sources."+source.Path, "%q is not the path of a field (step %d, %q); %s",
					civil.Clip(source.Path), i+1, civil.Clip(step), hint)
				break
			}
			at = next
		}
	}
}

// step follows one part of a path: a key, or any id within a list or a mapping of names.
func (s *shape) step(name string) (next *shape, hint string) {
	switch {
	case s.item != nil && s.item.keys != nil:
		return s.item, ""
	case s.named != nil:
		return s.named, ""
	}
	for _, k := range s.keys {
		if k.name == name {
			return k.shape, ""
		}
	}
	if len(s.keys) == 0 {
		return nil, "the path ends before it."
	}
	return nil, s.suggest(name)
}
