package protocols

import (
	"fmt"
	"time"

	"almanac/protocols/civil"
)

// planner lays one definition on a calendar. First it fills slots, which are pieces of content in order, with dates;
// then it places what stands beside them.
type planner struct {
	definition *Definition
	request    *PlanRequest
	closed     closures
	busy       busy
	zone       *civil.Resolver

	dates   series     // of the stretch at hand
	own     series     // the protocol's own dates, as far as they are used
	stretch int        // index of the stretch at hand
	begun   []series   // each stretch as it began, where there are several
	last    civil.Date // of the series so far

	start, entry civil.Date // the cohort's first date and the person's
	oneOffs      []civil.Date

	sessions []Occurrence
	windows  []Window
	skipped  []Skipped
	time     ContactTime
}

func (p *planner) prepare() (err error) {
	if p.closed, err = p.request.check(); err != nil {
		return err
	}
	d := p.definition
	p.zone = civil.NewResolver(p.request.Location)
	p.busy = busy{own: d.Avoid.Hours, given: p.request.Avoid,
		buffer: max(d.Avoid.Buffer.Minutes(), int(p.request.Buffer/time.Minute))}
	if p.dates, err = newSeries(d.stretches[0].cadence, p.request.Start, p.request.Weekdays); err != nil {
		return err
	}
	p.own = p.dates
	if len(d.stretches) > 1 {
		p.begun = append(p.begun, p.dates)
		if d.stretches[0].own {
			p.own, err = newSeries(&d.Cadence, p.request.Start, p.request.Weekdays)
		}
	}
	return err
}

func (p *planner) fill(slots int) error {
	open := p.dates.peek() // the last date known to be open, or the first one
	for slot := 0; slot < slots; {
		if err := p.advance(slot); err != nil {
			return err
		}
		date := p.dates.next()
		p.last = date
		reason := p.closed.reason(date)
		if reason == "" {
			p.meet(slot, date)
			slot, open = slot+1, date
			continue
		}
		p.skipped = append(p.skipped, Skipped{Date: date, Reason: reason})
		switch p.definition.OnHoliday {
		case ClosureSkip:
			slot++
		case ClosureMove:
			if moved, ok := p.openBetween(date, p.dates.peek()); ok {
				p.meet(slot, moved)
				slot, open, p.last = slot+1, moved, moved
			}
		}
		if open.DaysUntil(date) > patience {
			return noOpenDate(open)
		}
	}
	if len(p.sessions) == 0 {
		return fmt.Errorf("every date from %s on is closed, so no session is left; open some of them", p.request.Start)
	}
	p.setStart(p.sessions[0].LocalStart.Date)
	return p.clashes()
}

// advance goes to the next stretch where the slot is its first.
func (p *planner) advance(slot int) (err error) {
	all := p.definition.stretches
	if p.stretch+1 >= len(all) || slot < all[p.stretch+1].first {
		return nil
	}
	from := p.dates.peek() // where the stretch before would have gone on
	if !all[p.stretch].own {
		p.own = p.dates
	}
	p.stretch++
	next := &all[p.stretch]
	if !next.after.IsZero() {
		from = next.after.AddTo(p.last)
	}
	if next.own {
		p.dates, err = newSeries(next.cadence, from, nil)
	} else {
		for date := p.own.peek(); !date.After(p.last) ||
			(date.Before(from) && !next.after.IsZero()); date = p.own.peek() {
			p.own.next()
		}
		p.dates = p.own
	}
	p.begun = append(p.begun, p.dates)
	return err
}

// begin finds the first date of a protocol without a series: the first open day on or after the start, on one of the
// days asked for.
func (p *planner) begin() error {
	date := p.request.Start
	for p.closed.reason(date) != "" || !onDay(date, p.request.Weekdays) {
		if date = date.AddDays(1); p.request.Start.DaysUntil(date) > patience {
			return noOpenDate(p.request.Start)
		}
	}
	p.setStart(date)
	return nil
}

func (p *planner) setStart(date civil.Date) {
	p.start, p.entry = date, p.request.Entry
	if p.entry.IsZero() {
		p.entry = date
	}
}

func noOpenDate(since civil.Date) error {
	return fmt.Errorf("no date is open in the five years from %s on; shorten the closed days", since)
}

// openBetween is the first open date strictly between two dates.
func (p *planner) openBetween(after, before civil.Date) (civil.Date, bool) {
	for date := after.AddDays(1); date.Before(before); date = date.AddDays(1) {
		if p.closed.reason(date) == "" {
			return date, true
		}
	}
	return civil.Date{}, false
}

// meet adds a session of the main series.
func (p *planner) meet(slot int, date civil.Date) {
	d := p.definition
	position := &d.positions[slot%len(d.positions)]
	m := d.meeting(slot)
	wall := civil.WallTime{Date: date, Clock: p.request.At}
	if m.at != nil {
		wall.Clock = *m.at
	}
	o := p.add(m, wall)
	o.Number = len(p.sessions)
	o.Phase, o.Module, o.Position, o.Title = position.Phase, position.Module, position.ID, position.Title
}

// add adds a session at a wall time; the caller says what it is about.
func (p *planner) add(m *meeting, wall civil.WallTime) *Occurrence {
	at := p.zone.Resolve(wall)
	p.sessions = append(p.sessions, Occurrence{
		Kind:       m.kind,
		LocalStart: wall,
		Start:      at.Instant,
		End:        at.Instant.Add(time.Duration(m.minutes) * time.Minute),
		Minutes:    m.minutes,
		Segments:   m.segments,
		Modality:   m.modality,
		Note:       at.Shift.String(),
	})
	o := &p.sessions[len(p.sessions)-1]
	if m.least < m.minutes && !m.optional {
		o.MinutesMin = m.least
	}
	if at.Shift != civil.Plain {
		o.Readings = []time.Time{at.Instant, at.Other}
	}
	p.time.add(m)
	return o
}
