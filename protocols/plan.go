package protocols

import (
	"errors"
	"fmt"
	"time"
)

const (
	firstYear   = 1970
	lastYear    = 2199
	maxSessions = 10_000
	// patience is how many days of cadence dates may be closed in a row before a plan gives up.
	patience = 5 * 366
)

// Plan lays the definition on a calendar. Session 1 lies on the first open cadence date on or after the start. A closed
// date or holiday is answered as the definition's OnHoliday says: append gives its content to the next open cadence date,
// so that the number of sessions stands; move gives it to the next open date before the following cadence date, else
// appends; skip drops it. Every date is resolved in the zone by itself, see [Resolve]; a time that a change of clocks skips
// or repeats carries a note.
//
// The error is one sentence about the request: a date, time or zone that is missing or out of bounds, an unknown holiday
// calendar, or no open date within five years.
func (d *Definition) Plan(req PlanRequest) (*Calendar, error) {
	closed, err := req.check()
	if err != nil {
		return nil, err
	}
	count, err := d.sessionCount(req.Sessions)
	if err != nil {
		return nil, err
	}
	dates, err := d.newSeries(req.Start, req.Weekdays)
	if err != nil {
		return nil, err
	}
	p := planner{definition: d, request: req, closed: closed, dates: dates, sessions: make([]Occurrence, 0, count)}
	if err := p.fill(count); err != nil {
		return nil, err
	}
	c := &Calendar{
		Protocol: d.Protocol,
		Version:  d.Version,
		Zone:     req.Location.String(),
		ZoneData: req.ZoneData,
		Sessions: p.sessions,
		Windows:  d.windows(p.sessions),
		Skipped:  p.skipped,
	}
	if c.Skipped == nil {
		c.Skipped = []Skipped{}
	}
	c.sum(d.Session)
	return c, nil
}

// NextOpen is the next open cadence date strictly after a date, at the request's time: where the content of a cancelled
// session goes. It fails as [Definition.Plan] does.
func (d *Definition) NextOpen(req PlanRequest, after Date) (WallTime, error) {
	closed, err := req.check()
	if err != nil {
		return WallTime{}, err
	}
	dates, err := d.newSeries(req.Start, req.Weekdays)
	if err != nil {
		return WallTime{}, err
	}
	date := dates.next()
	for !date.After(after) {
		if date.Year > lastYear {
			return WallTime{}, fmt.Errorf("%s is after the last year of the calendar, %d; choose an earlier date", after, lastYear)
		}
		date = dates.next()
	}
	for first := date; closed.reason(date) != ""; date = dates.next() {
		if first.DaysUntil(date) > patience {
			return WallTime{}, noOpenDate(first)
		}
	}
	return WallTime{Date: date, Clock: req.At}, nil
}

// check refuses requests that cannot be planned and prepares the closed days of the others.
func (req PlanRequest) check() (closures, error) {
	switch {
	case req.Start.IsZero():
		return closures{}, errors.New("the start date is missing; write it as 2026-01-06")
	case req.Start.Year < firstYear || req.Start.Year > lastYear:
		return closures{}, fmt.Errorf("the start %s is outside the years %d to %d; check the year", req.Start, firstYear, lastYear)
	case req.Start.Month < 1 || req.Start.Month > 12 || req.Start.Day < 1 || req.Start.Day > daysIn(req.Start.Year, req.Start.Month):
		return closures{}, fmt.Errorf("the start %s is not a day of the calendar; check the month and the day", req.Start)
	case !req.At.valid():
		return closures{}, fmt.Errorf("the time %s is not a time of day; write it with 24 hours, such as 18:00", req.At)
	case req.Location == nil || req.Location.String() == "Local" || req.Location.String() == "":
		return closures{}, errors.New("the time zone is missing; type a place such as America/New_York")
	}
	for _, day := range req.Weekdays {
		if day < time.Sunday || day > time.Saturday {
			return closures{}, fmt.Errorf("%d is not a day of the week; write days such as mon,thu", int(day))
		}
	}
	for _, r := range req.Closed {
		if r.To.Before(r.From) || r.From.IsZero() {
			return closures{}, fmt.Errorf("the closed range %s ends before it starts; swap its two dates", r)
		}
	}
	return newClosures(req.Closed, req.Holidays)
}

// sessionCount is how many sessions to plan: all of the protocol, or as many as asked for.
func (d *Definition) sessionCount(asked int) (int, error) {
	own := len(d.positions)
	switch {
	case asked < 0 || asked > maxSessions:
		return 0, fmt.Errorf("%d sessions cannot be planned; ask for 1 to %d", asked, maxSessions)
	case asked == 0:
		return own, nil
	case asked > own && !d.repeats():
		return 0, fmt.Errorf("%s has %d sessions and %d were asked for; ask for fewer", d.Protocol, own, asked)
	}
	return asked, nil
}

// repeats reports whether the content begins anew after its end.
func (d *Definition) repeats() bool { return len(d.Phases) == 0 && d.Content.Order != OrderFixed }

// planner fills slots, which are pieces of content in order, with dates.
type planner struct {
	definition *Definition
	request    PlanRequest
	closed     closures
	dates      series
	sessions   []Occurrence
	skipped    []Skipped
}

func (p *planner) fill(slots int) error {
	open := p.dates.peek() // the last date known to be open, or the first one
	for slot := 0; slot < slots; {
		date := p.dates.next()
		reason := p.closed.reason(date)
		if reason == "" {
			p.add(slot, date)
			slot, open = slot+1, date
			continue
		}
		p.skipped = append(p.skipped, Skipped{Date: date, Reason: reason})
		switch p.definition.OnHoliday {
		case ClosureSkip:
			slot++
		case ClosureMove:
			if moved, ok := p.openBetween(date, p.dates.peek()); ok {
				p.add(slot, moved)
				slot, open = slot+1, moved
			}
		}
		if open.DaysUntil(date) > patience {
			return noOpenDate(open)
		}
	}
	if len(p.sessions) == 0 {
		return fmt.Errorf("every date from %s on is closed, so no session is left; open some of them", p.request.Start)
	}
	return nil
}

func noOpenDate(since Date) error {
	return fmt.Errorf("no date is open in the five years from %s on; shorten the closed days", since)
}

// openBetween is the first open date strictly between two dates.
func (p *planner) openBetween(after, before Date) (Date, bool) {
	for date := after.AddDays(1); date.Before(before); date = date.AddDays(1) {
		if p.closed.reason(date) == "" {
			return date, true
		}
	}
	return Date{}, false
}

func (p *planner) add(slot int, date Date) {
	d := p.definition
	position := &d.positions[slot%len(d.positions)]
	wall := WallTime{Date: date, Clock: p.request.At}
	at := Resolve(wall, p.request.Location)
	m := d.meeting(slot)
	occurrence := Occurrence{
		Number:     len(p.sessions) + 1,
		Kind:       m.kind,
		Phase:      position.Phase,
		Module:     position.Module,
		Position:   position.ID,
		Title:      position.Title,
		LocalStart: wall,
		Start:      at.Instant,
		End:        at.Instant.Add(time.Duration(m.minutes) * time.Minute),
		Minutes:    m.minutes,
		Segments:   m.segments,
		Note:       at.Shift.String(),
	}
	if at.Shift != Plain {
		occurrence.Readings = []time.Time{at.Instant, at.Other}
	}
	p.sessions = append(p.sessions, occurrence)
}

// sum adds up the minutes. Breaks are contact minutes but not countable ones.
func (c *Calendar) sum(template SessionTemplate) {
	uncounted := 0
	for _, segment := range template.Segments {
		if !segment.CountsAsContact {
			uncounted += segment.Minutes
		}
	}
	for i := range c.Sessions {
		s := &c.Sessions[i]
		if !s.Kind.Contact() {
			continue
		}
		least := s.Minutes
		if s.MinutesMin > 0 {
			least = s.MinutesMin
		}
		c.ContactMinutes += s.Minutes
		c.ContactMinutesMin += least
		c.CountableMinutes += s.Minutes - uncounted
	}
}
