package protocols

import (
	"fmt"
	"slices"
	"strings"

	"almanac/protocols/civil"
)

// fixedAnchors are the anchors that every protocol has.
var fixedAnchors = []string{"cohort-start", "entry", "last-session", "graduation", "discharge", "randomisation",
	"programme-start", "programme-middle", "programme-end"}

const eachSession = "each-session"

// timed is what the check of anchors needs of an item that has one.
type timed struct {
	id, path, anchor string
	repeated         bool
}

// timed lists what has an id and a date: assessments, async items, one-offs and appointments.
func (d *Definition) timed() []timed {
	var all []timed
	for i, a := range d.Assessments {
		all = append(all, timed{a.ID, fmt.Sprintf("assessments.%d", i), a.Anchor, !a.Every.IsZero() ||
			a.Anchor == eachSession})
	}
	for i, a := range d.Async {
		all = append(all, timed{a.ID, fmt.Sprintf("async.%d", i), a.Anchor, !a.Every.IsZero() ||
			a.Anchor == eachSession})
	}
	for i, o := range d.OneOffs {
		all = append(all, timed{o.ID, fmt.Sprintf("one_offs.%d", i), "cohort-start", false})
	}
	for i, a := range d.Appointments {
		all = append(all, timed{a.ID, fmt.Sprintf("appointments.%d", i), a.Anchor, len(a.At) > 0})
	}
	return all
}

func checkAnchors(r *reader, d *Definition) {
	anchors := slices.Clone(fixedAnchors)
	for _, phase := range d.Phases {
		if start := "phase-start:" + phase.ID; !slices.Contains(anchors, start) {
			anchors = append(anchors, start, "phase-end:"+phase.ID)
		}
	}
	items := d.timed()
	byID := make(map[string]timed, len(items))
	for _, item := range items {
		if _, twice := byID[item.id]; twice || slices.Contains(anchors, item.id) || item.id == eachSession {
			r.failAt(item.path+".id", "The name %q is taken; give it another id.", item.id)
			continue
		}
		byID[item.id] = item
	}
	for _, item := range items {
		checkAnchor(r, d, item, byID, anchors)
	}
}

func checkAnchor(r *reader, d *Definition, item timed, byID map[string]timed, anchors []string) {
	path := item.path + ".anchor"
	if target, ok := byID[item.anchor]; ok {
		if target.repeated {
			r.failAt(path, "%q is repeated, so it is no anchor; choose another.", item.anchor)
		}
		if cyclic(item, byID) {
			r.failAt(path, "The anchors go in a circle from %q back to itself; tie one of them to cohort-start or "+
				"entry.", item.id)
		}
		return
	}
	if item.anchor == eachSession && !strings.HasPrefix(item.path, "appointments") {
		return
	}
	if slices.Contains(anchors, item.anchor) {
		if needsLength(item.anchor) && d.lengthInWeeks() == 0 && len(d.series()) == 0 {
			r.failAt(path, "The anchor %s needs the length of the programme; add \"weeks: 8\" to it.", item.anchor)
		}
		return
	}
	kind, number, found := strings.Cut(item.anchor, ":")
	if n, ok := countOf(number); found && (kind == "week" || kind == "session") && ok {
		if sessions := len(d.series()); kind == "session" && n > sessions && !d.repeats() {
			r.failAt(path, "The anchor is session %d and the protocol has %d; write a number up to it.", n, sessions)
		}
		return
	}
	known := slices.Clone(anchors)
	for _, other := range d.timed() {
		known = append(known, other.id)
	}
	hint := "it may be " + orList(append(known, "week:N", "session:N")) + "."
	if near := civil.Nearest(item.anchor, known); near != "" {
		hint = fmt.Sprintf("did you mean %s?", near)
	}
	r.failAt(path, "The anchor %q is unknown; %s", item.anchor, hint)
}

// needsLength reports whether an anchor can be found only when it is known how long the programme is.
func needsLength(anchor string) bool {
	return strings.HasPrefix(anchor, "programme-")
}

func cyclic(item timed, byID map[string]timed) bool {
	for range len(byID) + 1 {
		next, ok := byID[item.anchor]
		if !ok {
			return false
		}
		item = next
	}
	return true
}

func checkWindows(r *reader, d *Definition) {
	for i, a := range d.Assessments {
		checkAssessment(r, d, fmt.Sprintf("assessments.%d", i), a)
	}
	for i, a := range d.Async {
		checkAssessment(r, d, fmt.Sprintf("async.%d", i), a)
	}
}

func checkAssessment(r *reader, d *Definition, path string, a Assessment) {
	if !wholeDays(a.Window) || a.Offset.Elapsed != 0 {
		r.failAt(path, "Windows are whole days; write offset and window in days or weeks, such as P14D.")
		return
	}
	checkMargin(r, path, a.Window)
	if (a.When != "" || len(a.Sessions) > 0) && a.Anchor != eachSession {
		r.failAt(path, "When and sessions belong to the anchor each-session; write it or remove them.")
	}
	for i, n := range a.Sessions {
		if sessions := len(d.series()); n > sessions {
			r.failAt(fmt.Sprintf("%s.sessions.%d", path, i),
				"The protocol has %d sessions; write a number up to it.", sessions)
		}
	}
	if a.Every.IsZero() {
		if a.FromWeek > 0 || a.ToWeek > 0 {
			r.failAt(path, "Weeks belong to a repeated assessment; add \"every: P2W\" or remove from_week and to_week.")
		}
		return
	}
	if a.Anchor == eachSession {
		r.failAt(path+".every", "An item of each session is repeated by its sessions; remove every.")
	}
	if a.Every.Days <= 0 || a.Every.Months != 0 || a.Every.Elapsed != 0 {
		r.failAt(path+".every", "The step is %s; write weeks or days, such as P2W.", a.Every)
	}
	if a.FromWeek == 0 || a.ToWeek < a.FromWeek {
		r.failAt(path, "A repeated assessment needs from_week and a to_week that is not before it.")
	}
}

func wholeDays(m Margin) bool {
	return m.Opens.Elapsed == 0 && m.Closes.Elapsed == 0 && m.Opens.Months == 0 && m.Closes.Months == 0
}

func checkMargin(r *reader, path string, m Margin) {
	if m.Closes.Days < m.Opens.Days {
		r.failAt(path+".window", "The window closes before it opens; swap its two ends.")
	}
}
