package protocols

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"almanac/protocols/civil"
)

// workdays are the days of a workshop.
var workdays = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}

// everyTurn are the offsets of one session a turn.
var everyTurn = []int{0}

// series walks the cadence dates of a run, without end. Dates are walked, never instants: a week is seven dates
// whatever the clocks do.
type series struct {
	base    civil.Date // the first cadence date
	offsets []int      // days from base within a turn, rising from 0
	turn    civil.Period
	last    bool // monthly: base is a fifth weekday, which means the last one

	turns, index int // the next date is offsets[index] in turn number turns
}

// newSeries lays a cadence on a start. Given weekdays replace the cadence's own days, and the first of them on or after
// start begins the series; otherwise start itself does.
// The error says why the cadence cannot lie on those days.
func newSeries(c *Cadence, start civil.Date, days []time.Weekday) (series, error) {
	s := series{base: start, offsets: c.Offsets, turn: c.Every}
	if len(days) == 0 {
		days = c.Weekdays
	}
	if c.Consecutive {
		s.turn = civil.Period{Days: 7}
		if len(days) == 0 {
			days = workdays
		}
	}
	if len(s.offsets) == 0 {
		s.offsets = everyTurn
	}
	switch {
	case len(days) > 1 && s.turn.Months > 0:
		return series{}, errors.New("a monthly protocol meets on one day of the week; choose one")
	case len(days) > 0 && s.turn.Days%7 != 0:
		return series{}, fmt.Errorf("a protocol with a turn of %d days has no fixed days of the week; leave them out",
			s.turn.Days)
	case len(days) > 0:
		for !slices.Contains(days, s.base.Weekday()) {
			s.base = s.base.AddDays(1)
		}
		s.offsets = make([]int, 0, len(days))
		for offset := range 7 {
			if slices.Contains(days, (s.base.Weekday()+time.Weekday(offset))%7) {
				s.offsets = append(s.offsets, offset)
			}
		}
	}
	s.last = s.base.Day > 28
	return s, nil
}

// next is the next cadence date.
func (s *series) next() civil.Date {
	date := s.at(s.turns, s.index)
	s.index++
	if s.index == len(s.offsets) {
		s.index = 0
		s.turns++
	}
	return date
}

// peek is the date that next will give.
func (s *series) peek() civil.Date { return s.at(s.turns, s.index) }

func (s *series) at(turns, index int) civil.Date {
	if s.turn.Months == 0 {
		return s.base.AddDays(turns*s.turn.Days + s.offsets[index])
	}
	first := civil.Date{Year: s.base.Year, Month: s.base.Month, Day: 1}.AddMonths(turns * s.turn.Months)
	if s.last {
		return nthWeekday(first, s.base.Weekday(), -1)
	}
	return nthWeekday(first, s.base.Weekday(), (s.base.Day-1)/7+1)
}

// nthWeekday is the nth weekday of a month, given by its first day; -1 is the last one.
func nthWeekday(first civil.Date, weekday time.Weekday, n int) civil.Date {
	if n < 0 {
		lastDay := first.AddMonths(1).AddDays(-1)
		return lastDay.AddDays(-daysUntil(weekday, lastDay.Weekday()))
	}
	return first.AddDays(daysUntil(first.Weekday(), weekday) + 7*(n-1))
}

// daysUntil counts the days from one day of the week to the next other one; 0 when they are the same.
func daysUntil(from, to time.Weekday) int { return int(to-from+7) % 7 }
