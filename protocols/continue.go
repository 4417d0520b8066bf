package protocols

import (
	"fmt"
	"slices"
	"time"

	"almanac/protocols/civil"
)

// NextOpen is the next open cadence date strictly after a date, at the request's time: where the content of a cancelled
// session goes. In a protocol whose phases have dates of their own it goes on with those of the phase that the date
// lies in. It fails as [Definition.Plan] does.
func (d *Definition) NextOpen(req PlanRequest, after civil.Date) (civil.WallTime, error) {
	p := planner{definition: d, request: &req}
	date, err := p.goOn(after)
	if err != nil {
		return civil.WallTime{}, err
	}
	for first := date; p.closed.reason(date) != ""; date = p.dates.next() {
		if first.DaysUntil(date) > patience {
			return civil.WallTime{}, noOpenDate(first)
		}
	}
	return civil.WallTime{Date: date, Clock: req.At}, nil
}

// Continue gives so many sessions of a running series their dates: in order, the cadence dates strictly after a date,
// at the request's time. Closed dates are answered as the definition's OnHoliday says; the zero WallTime stands for a
// session whose date is dropped. Phases are looked at and errors given as [Definition.NextOpen] does.
func (d *Definition) Continue(req PlanRequest, after civil.Date, sessions int) ([]civil.WallTime, error) {
	p := planner{definition: d, request: &req}
	date, err := p.goOn(after)
	if err != nil {
		return nil, err
	}
	laid := make([]civil.WallTime, 0, sessions)
	for open := date; len(laid) < sessions; date = p.dates.next() {
		switch reason := p.closed.reason(date); {
		case reason == "":
			laid, open = append(laid, civil.WallTime{Date: date, Clock: req.At}), date
		case d.OnHoliday == ClosureSkip:
			laid = append(laid, civil.WallTime{})
		case d.OnHoliday == ClosureMove:
			if moved, ok := p.openBetween(date, p.dates.peek()); ok {
				laid, open = append(laid, civil.WallTime{Date: moved, Clock: req.At}), moved
			}
		}
		if open.DaysUntil(date) > patience {
			return nil, noOpenDate(open)
		}
	}
	return laid, nil
}

// Instead is where a session goes whose date is closed, when the definition moves such sessions: the next open date
// before the following cadence date. ok is false when it does not move them, or no such date is open.
func (d *Definition) Instead(req PlanRequest, closed civil.Date) (instead civil.Date, ok bool, err error) {
	if d.OnHoliday != ClosureMove {
		return civil.Date{}, false, nil
	}
	p := planner{definition: d, request: &req}
	following, err := p.goOn(closed)
	if err != nil {
		return civil.Date{}, false, err
	}
	instead, ok = p.openBetween(closed, following)
	return instead, ok, nil
}

// goOn prepares a planner that goes on with a running series and gives its first cadence date, open or not, strictly
// after a date; p.dates gives those that follow.
func (p *planner) goOn(after civil.Date) (civil.Date, error) {
	if err := p.prepare(); err != nil {
		return civil.Date{}, err
	}
	dates := p.dates
	if d := p.definition; len(d.stretches) > 1 {
		if err := p.fill(d.main); err != nil {
			return civil.Date{}, err
		}
		for i := range p.begun {
			if !p.begun[i].peek().After(after) {
				dates = p.begun[i]
			}
		}
	}
	date := dates.next()
	for !date.After(after) {
		if date.Year > lastYear {
			return civil.Date{},
				fmt.Errorf("%s is after the last year of the calendar, %d; choose an earlier date", after, lastYear)
		}
		date = dates.next()
	}
	p.dates = dates
	return date, nil
}

// DaysOfWeek gives the days on which a series of the definition meets that begins on a date, on these days or on its
// own; in the order of the series. Empty when its turn is not one of weeks, so that its day of the week changes or is
// one of the month.
func (d *Definition) DaysOfWeek(start civil.Date, days []time.Weekday) []time.Weekday {
	s, err := newSeries(d.stretches[0].cadence, start, days)
	if err != nil || s.turn.Days == 0 || s.turn.Days%7 != 0 {
		return nil
	}
	met := make([]time.Weekday, len(s.offsets))
	for i, offset := range s.offsets {
		met[i] = (s.base.Weekday() + time.Weekday(offset)) % 7
	}
	return met
}

// Realign gives a running series that began on a date a beginning on other days, so that it goes on in the same
// weeks: the first of the days in the week, from Monday on, of its old beginning. A monthly series keeps its place in
// the month: the second Tuesday becomes the second Thursday. The error says why the series cannot lie on those days.
func (d *Definition) Realign(start civil.Date, days []time.Weekday) (civil.Date, error) {
	cadence := d.stretches[0].cadence
	if _, err := newSeries(cadence, start, days); err != nil {
		return civil.Date{}, err
	}
	if len(days) == 0 {
		return start, nil
	}
	if cadence.Every.Months == 0 {
		date := start.AddDays(-daysUntil(time.Monday, start.Weekday()))
		for !slices.Contains(days, date.Weekday()) {
			date = date.AddDays(1)
		}
		return date, nil
	}
	first := civil.Date{Year: start.Year, Month: start.Month, Day: 1}
	if start.Day <= 28 {
		return nthWeekday(first, days[0], (start.Day-1)/7+1), nil
	}
	last := nthWeekday(first, days[0], -1)
	for last.Day <= 28 { // a fifth one is what says that the last is meant
		first = first.AddMonths(-1)
		last = nthWeekday(first, days[0], -1)
	}
	return last, nil
}
