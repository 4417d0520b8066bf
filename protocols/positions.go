package protocols

import (
	"fmt"
	"strconv"
)

// series lists the content of the main series, one cycle of it; empty for a protocol without sessions of its own.
func (d *Definition) series() []Position {
	if len(d.Phases) == 0 {
		return d.Content.positions("", d.Cadence.Count)
	}
	var all []Position
	for i := range d.Phases {
		sessions := d.length(&d.Phases[i])
		cycle := d.Phases[i].positions(sessions)
		for n := range sessions {
			all = append(all, cycle[n%len(cycle)])
		}
	}
	return all
}

// appointed lists the appointments as positions: where there is no main series, they are it.
func (d *Definition) appointed() []Position {
	var all []Position
	for i := range d.Appointments {
		a := &d.Appointments[i]
		for n := range a.times() {
			title := a.Title
			if title == "" {
				title = a.ID
			}
			all = append(all, Position{ID: a.name(n), Module: a.ID, Title: title, First: n == 0})
		}
	}
	return all
}

// times is how often the appointment stands in a calendar.
func (a *Appointment) times() int { return max(len(a.At), 1) }

// name is the id of the nth time, counted from 0.
func (a *Appointment) name(n int) string {
	if len(a.At) == 0 {
		return a.ID
	}
	return a.ID + "-" + strconv.Itoa(n+1)
}

// length is the number of sessions of a phase.
func (d *Definition) length(p *Phase) int {
	if p.Sessions > 0 {
		return p.Sessions
	}
	return d.cadence(p).perWeeks(p.Weeks)
}

// cadence is the phase's own cadence, or the protocol's.
func (d *Definition) cadence(p *Phase) *Cadence {
	if p.Cadence != nil {
		return p.Cadence
	}
	return &d.Cadence
}

// perWeeks is the number of sessions that the cadence gives in a number of weeks.
func (c *Cadence) perWeeks(weeks int) int {
	switch {
	case c.Consecutive:
		return weeks * len(workdays)
	case c.Every.Months > 0 || c.Every.Days <= 0:
		return 0
	}
	return weeks * 7 / c.Every.Days * max(len(c.Offsets), len(c.Weekdays), 1)
}

// positions lists the content; content that names neither modules nor units has as many numbered sessions as given.
func (c Content) positions(phase string, sessions int) []Position {
	if len(c.Modules) == 0 {
		return numberedSessions(max(c.Count, sessions), phase)
	}
	var all []Position
	for _, m := range c.Modules {
		title := m.Title
		if title == "" {
			title = m.ID
		}
		for n := 1; n <= m.Sessions; n++ {
			p := Position{ID: m.ID, Module: m.ID, Title: title, Phase: phase, First: n == 1}
			if m.Sessions > 1 {
				p.ID = fmt.Sprintf("%s-%d", m.ID, n)
				p.Title = fmt.Sprintf("%s, %d of %d", title, n, m.Sessions)
			}
			all = append(all, p)
		}
	}
	return all
}

// amount is how many positions the content has, without making them.
func (c Content) amount(sessions int) int {
	total := max(c.Count, sessions)
	for i, m := range c.Modules {
		if i == 0 {
			total = 0
		}
		total += m.Sessions
	}
	return total
}

// numberedSessions are units of content without a name: each session is a module of its own.
func numberedSessions(count int, phase string) []Position {
	all := make([]Position, count)
	for i := range all {
		id := fmt.Sprintf("session-%d", i+1)
		all[i] = Position{ID: id, Module: id, Title: fmt.Sprintf("Session %d", i+1), Phase: phase, First: true}
	}
	return all
}

// positions of a phase without modules are the phase's own numbered sessions, so that their ids differ between phases.
func (p Phase) positions(sessions int) []Position {
	if len(p.Content.Modules) > 0 {
		return p.Content.positions(p.ID, 0)
	}
	title := p.Title
	if title == "" {
		title = p.ID
	}
	return Content{Modules: []Module{{ID: p.ID, Title: title,
		Sessions: max(p.Content.Count, sessions)}}}.positions(p.ID, 0)
}

// lengthInWeeks is the declared length, or that of the phases where all say it in weeks; 0 when nothing says it.
func (d *Definition) lengthInWeeks() int {
	if d.Weeks > 0 {
		return d.Weeks
	}
	weeks := 0
	for _, p := range d.Phases {
		if p.Weeks == 0 {
			return 0
		}
		weeks += p.Weeks
	}
	return weeks
}
