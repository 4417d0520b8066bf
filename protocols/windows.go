package protocols

import (
	"strconv"
	"strings"

	"almanac/protocols/civil"
)

// anchors finds the dates that windows count from.
type anchors struct {
	definition *Definition
	planner    *planner
	series     []Occurrence // the main series in order
}

// windows lays assessments around the sessions of a plan, in the order of the definition. A repeated one gives "id-1",
// "id-2" and so on. One that is anchored to what the plan does not reach or know has no window.
func (a *anchors) windows(all []Window, items []Assessment, names [][]string) []Window {
	for i := range items {
		item := &items[i]
		if item.Anchor == eachSession {
			all = a.eachSession(all, item, names[i])
			continue
		}
		target, ok := a.target(item)
		if !ok {
			continue
		}
		if item.Every.IsZero() {
			all = append(all, item.Window.around(item.ID, target))
			continue
		}
		last := target.AddDays(7 * (item.ToWeek - item.FromWeek))
		for n := 0; !target.After(last); n++ {
			all = append(all, item.Window.around(names[i][n], target))
			target = target.AddDays(item.Every.Days)
		}
	}
	return all
}

func (a *anchors) eachSession(all []Window, item *Assessment, names []string) []Window {
	add := func(n int, s *Occurrence) {
		id := ""
		if n < len(names) {
			id = names[n]
		} else {
			id = item.ID + "-" + strconv.Itoa(n+1)
		}
		all = append(all, item.Window.around(id, item.Offset.AddTo(s.LocalStart.Date)))
	}
	if len(item.Sessions) == 0 {
		for i := range a.series {
			add(i, &a.series[i])
		}
		return all
	}
	for n, number := range item.Sessions {
		if number <= len(a.series) {
			add(n, &a.series[number-1])
		}
	}
	return all
}

// repetitions is how many windows an item has in one cycle; 1 for one that is not repeated.
func (d *Definition) repetitions(a *Assessment) int {
	switch {
	case a.Anchor == eachSession && len(a.Sessions) > 0:
		return len(a.Sessions)
	case a.Anchor == eachSession:
		return d.main
	case a.Every.Days > 0:
		return 1 + 7*(a.ToWeek-a.FromWeek)/a.Every.Days
	default:
		return 1
	}
}

func (d *Definition) windowCount(sessions int) int {
	count := 0
	for _, items := range [2][]Assessment{d.Assessments, d.Async} {
		for i := range items {
			if items[i].Anchor == eachSession {
				count += sessions
				continue
			}
			count += d.repetitions(&items[i])
		}
	}
	for i := range d.Appointments {
		count += d.Appointments[i].times()
	}
	return count
}

func (m Margin) around(id string, target civil.Date) Window {
	return Window{ID: id, Opens: m.Opens.AddTo(target), Target: target, Closes: m.Closes.AddTo(target)}
}

// target is the anchor's local date, by weeks of calendar time for a repeated assessment, plus the offset. An anchor
// that is itself an assessment means its target.
func (a *anchors) target(item *Assessment) (civil.Date, bool) {
	date, ok := a.date(item.Anchor)
	if !ok {
		return civil.Date{}, false
	}
	if item.FromWeek > 0 {
		date = date.AddDays(7 * (item.FromWeek - 1))
	}
	return item.Offset.AddTo(date), true
}

// date is the local date of an anchor; false when the plan does not reach it or no plan knows it.
func (a *anchors) date(name string) (civil.Date, bool) {
	switch name {
	case "cohort-start":
		return a.planner.start, true
	case "entry": // a plan's participant enters with session 1, or as the request says
		return a.planner.entry, true
	case "last-session", "graduation":
		return a.session(len(a.series))
	case "discharge":
		return a.discharge()
	case "randomisation":
		return civil.Date{}, false
	case "programme-start", "programme-middle", "programme-end":
		return a.part(name)
	}
	if kind, rest, found := strings.Cut(name, ":"); found {
		switch kind {
		case "phase-start", "phase-end":
			return a.phase(rest, kind == "phase-end")
		case "week":
			n, _ := countOf(rest)
			return a.planner.entry.AddDays(7 * (n - 1)), true
		case "session":
			n, _ := countOf(rest)
			return a.session(n)
		}
	}
	return a.item(name)
}

// item is the target of another item.
func (a *anchors) item(id string) (civil.Date, bool) {
	d := a.definition
	for _, items := range [2][]Assessment{d.Assessments, d.Async} {
		for i := range items {
			if items[i].ID == id {
				return a.target(&items[i])
			}
		}
	}
	for i := range d.OneOffs {
		if d.OneOffs[i].ID == id {
			date := a.planner.oneOffs[i]
			return date, !date.IsZero()
		}
	}
	for i := range d.Appointments {
		if item := &d.Appointments[i]; item.ID == id {
			date, ok := a.date(item.Anchor)
			return item.Offset.AddTo(date), ok
		}
	}
	return civil.Date{}, false
}

// session is the date of the nth session, counted from 1.
func (a *anchors) session(n int) (civil.Date, bool) {
	if n < 1 || n > len(a.series) {
		return civil.Date{}, false
	}
	return a.series[n-1].LocalStart.Date, true
}

// phase is the date of the first or the last session of a phase.
func (a *anchors) phase(id string, last bool) (date civil.Date, found bool) {
	for i := range a.series {
		if a.series[i].Phase != id {
			continue
		}
		date, found = a.series[i].LocalStart.Date, true
		if !last {
			break
		}
	}
	return date, found
}

// discharge is the end of the stay, or the last session where the protocol ends with it.
func (a *anchors) discharge() (civil.Date, bool) {
	c := &a.definition.Completion
	switch {
	case !c.DischargeAfter.IsZero():
		return c.DischargeAfter.AddTo(a.planner.entry), true
	case c.Type == CompletionNone:
		return civil.Date{}, false
	default:
		return a.session(len(a.series))
	}
}

// part is the beginning, the middle or the end of the programme: of its sessions, or of its weeks where it has none.
func (a *anchors) part(name string) (civil.Date, bool) {
	length := len(a.series)
	if a.definition.main == 0 {
		length = a.definition.lengthInWeeks()
	}
	n := 1
	switch name {
	case "programme-middle":
		n = (length + 1) / 2
	case "programme-end":
		n = length
	}
	if a.definition.main == 0 {
		return a.planner.entry.AddDays(7 * (n - 1)), true
	}
	return a.session(n)
}
