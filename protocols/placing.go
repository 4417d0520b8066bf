package protocols

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/protocols/civil"
)

// placeAll lays one-offs, appointments and windows around the series and brings the sessions into the order of their
// start.
func (p *planner) placeAll() error {
	d := p.definition
	series := len(p.sessions)
	if len(d.OneOffs) > 0 {
		p.oneOffs = make([]civil.Date, len(d.OneOffs))
	}
	for i := range d.OneOffs {
		if err := p.placeOneOff(i, p.sessions[:series]); err != nil {
			return err
		}
	}
	a := anchors{definition: d, planner: p, series: p.sessions[:series]}
	p.windows = make([]Window, 0, d.windowCount(series))
	p.windows = a.windows(p.windows, d.Assessments, d.names)
	if err := p.placeAppointments(&a); err != nil {
		return err
	}
	p.windows = a.windows(p.windows, d.Async, d.names[len(d.Assessments):])
	if len(p.sessions) > series {
		slices.SortStableFunc(p.sessions, func(a, b Occurrence) int { return a.Start.Compare(b.Start) })
	}
	if d.main == 0 {
		p.number()
	}
	return nil
}

// number counts the appointments of a protocol that has no other series.
func (p *planner) number() {
	n := 0
	for i := range p.sessions {
		if p.sessions[i].Number < 0 {
			n++
			p.sessions[i].Number = n
		}
	}
}

func (p *planner) placeOneOff(i int, series []Occurrence) error {
	o := &p.definition.OneOffs[i]
	m := &p.definition.beyond[i]
	at := p.request.At
	if o.Time != nil {
		at = *o.Time
	}
	var date civil.Date
	var err error
	if len(o.Between) == 0 {
		date, err = p.beforeStart(o, at, m.minutes)
	} else {
		date, err = p.inGaps(o, at, m.minutes, series)
	}
	if err != nil || date.IsZero() {
		return err
	}
	p.oneOffs[i] = date
	s := p.add(m, civil.WallTime{Date: date, Clock: at})
	s.Module, s.Position, s.Title = o.ID, o.ID, o.Title
	return nil
}

// beforeStart is the one-off's lead before the first date of the cohort, or the nearest free day of its window.
func (p *planner) beforeStart(o *OneOff, at civil.Clock, minutes int) (civil.Date, error) {
	target := civil.Period{Months: -o.Lead.Months, Days: -o.Lead.Days}.AddTo(p.start)
	date, ok := p.nearestFree(target, o.Window, o.Days, at, minutes)
	if !ok {
		return civil.Date{}, fmt.Errorf("%s has no free day from %s to %s; open one of them or choose another start",
			o.name(), o.Window.Opens.AddTo(target), o.Window.Closes.AddTo(target))
	}
	return date, nil
}

// inGaps is the one-off's day between two sessions, by the preferred day of the week; zero when the plan ends before.
func (p *planner) inGaps(o *OneOff, at civil.Clock, minutes int, series []Occurrence) (civil.Date, error) {
	var tried []string
	for _, gap := range [2][]int{o.Between, o.ElseBetween} {
		if len(gap) != 2 || gap[1] > len(series) {
			continue
		}
		after, before := series[gap[0]-1].LocalStart.Date, series[gap[1]-1].LocalStart.Date
		for i := range max(len(o.Days), 1) {
			for date := after.AddDays(1); date.Before(before); date = date.AddDays(1) {
				if (len(o.Days) == 0 || date.Weekday() == o.Days[i]) && p.free(date, at, minutes) {
					return date, nil
				}
			}
		}
		tried = append(tried, fmt.Sprintf("between sessions %d and %d (%s and %s)", gap[0], gap[1], after, before))
	}
	if len(tried) == 0 && p.request.Sessions > 0 {
		return civil.Date{}, nil
	}
	if len(tried) == 0 {
		tried = []string{fmt.Sprintf("between sessions %d and %d, which were skipped", o.Between[0], o.Between[1])}
	}
	return civil.Date{}, fmt.Errorf("%s has no free day%s %s; open one, or choose another start or time",
		o.name(), dayNames(o.Days), strings.Join(tried, " nor "))
}

func dayNames(days []time.Weekday) string {
	if len(days) == 0 {
		return ""
	}
	names := make([]string, len(days))
	for i, day := range days {
		names[i] = day.String()
	}
	return " (" + orList(names) + ")"
}

func (o *OneOff) name() string {
	if o.Title != "" {
		return fmt.Sprintf("%q", o.Title)
	}
	return o.ID
}

// placeAppointments lays each appointment on its target, or on the nearest free day of its window.
func (p *planner) placeAppointments(a *anchors) error {
	d := p.definition
	for i := range d.Appointments {
		item := &d.Appointments[i]
		base, ok := a.date(item.Anchor)
		if !ok {
			continue
		}
		at := p.request.At
		if item.Time != nil {
			at = *item.Time
		}
		for n := range item.times() {
			step := item.Offset
			if len(item.At) > 0 {
				step = item.At[n]
			}
			m := &d.beyond[len(d.OneOffs)+i]
			if item.AtLeast > 0 && n >= item.AtLeast {
				m = &d.spare[i]
			}
			target := step.AddTo(base)
			window := item.Window.around(d.appointmentNames[i][n], target)
			date, ok := p.nearestFree(target, item.Window, item.Days, at, m.minutes)
			if !ok {
				return fmt.Errorf("the appointment %s has no free day from %s to %s; open one of them or choose "+
					"another start",
					window.ID, window.Opens, window.Closes)
			}
			s := p.add(m, civil.WallTime{Date: date, Clock: at})
			s.Module, s.Position, s.Title = item.ID, window.ID, item.Title
			if d.main == 0 {
				s.Number = -1 // counted when all of them stand
			}
			p.windows = append(p.windows, window)
		}
	}
	return nil
}

// nearestFree is the target, or the nearest free day around it within the window; of two the earlier.
func (p *planner) nearestFree(target civil.Date, window Margin, days []time.Weekday, at civil.Clock,
	minutes int) (civil.Date, bool) {
	opens, closes := window.Opens.Days, window.Closes.Days
	for distance := 0; distance <= max(-opens, closes, 0); distance++ {
		for _, step := range [2]int{-distance, distance} {
			if (step < opens || step > closes) && step != 0 {
				continue
			}
			if date := target.AddDays(step); onDay(date, days) && p.free(date, at, minutes) {
				return date, true
			}
		}
	}
	return civil.Date{}, false
}

// free reports whether a session may stand there: the day is open and no hours to avoid are met.
func (p *planner) free(date civil.Date, at civil.Clock, minutes int) bool {
	return p.closed.reason(date) == "" && p.busy.clash(date, at, minutes) == nil
}
