package protocols

import (
	"strconv"
	"strings"
)

// windows lays the assessments around the sessions of a plan, in the order of the definition. A repeated assessment gives
// "id-1", "id-2" and so on. One that is anchored to a phase the plan does not reach has no window.
func (d *Definition) windows(sessions []Occurrence) []Window {
	all := make([]Window, 0, d.windowCount())
	for i := range d.Assessments {
		a := &d.Assessments[i]
		target, ok := d.target(a, sessions)
		if !ok {
			continue
		}
		if a.Every.IsZero() {
			all = append(all, a.Window.around(a.ID, target))
			continue
		}
		last := target.AddDays(7 * (a.ToWeek - a.FromWeek))
		for n := 1; !target.After(last); n++ {
			all = append(all, a.Window.around(a.ID+"-"+strconv.Itoa(n), target))
			target = target.AddDays(a.Every.Days)
		}
	}
	return all
}

func (d *Definition) windowCount() int {
	count := 0
	for _, a := range d.Assessments {
		count++
		if a.Every.Days > 0 {
			count += 7 * (a.ToWeek - a.FromWeek) / a.Every.Days
		}
	}
	return count
}

func (m Margin) around(id string, target Date) Window {
	return Window{ID: id, Opens: m.Opens.AddTo(target), Target: target, Closes: m.Closes.AddTo(target)}
}

// target is the anchor's local date, by weeks of calendar time for a repeated assessment, plus the offset. An anchor that is
// itself an assessment means its target.
func (d *Definition) target(a *Assessment, sessions []Occurrence) (Date, bool) {
	date, ok := d.anchor(a.Anchor, sessions)
	if !ok {
		return Date{}, false
	}
	if a.FromWeek > 0 {
		date = date.AddDays(7 * (a.FromWeek - 1))
	}
	return a.Offset.AddTo(date), true
}

func (d *Definition) anchor(name string, sessions []Occurrence) (Date, bool) {
	switch name {
	case "cohort-start", "entry": // a plan's participant enters with session 1
		return sessions[0].LocalStart.Date, true
	case "last-session", "graduation":
		return sessions[len(sessions)-1].LocalStart.Date, true
	}
	if phase, ok := strings.CutPrefix(name, "phase-start:"); ok {
		for i := range sessions {
			if sessions[i].Phase == phase {
				return sessions[i].LocalStart.Date, true
			}
		}
		return Date{}, false
	}
	if phase, ok := strings.CutPrefix(name, "phase-end:"); ok {
		for i := len(sessions) - 1; i >= 0; i-- {
			if sessions[i].Phase == phase {
				return sessions[i].LocalStart.Date, true
			}
		}
		return Date{}, false
	}
	for i := range d.Assessments {
		if d.Assessments[i].ID == name {
			return d.target(&d.Assessments[i], sessions)
		}
	}
	return Date{}, false
}
