package protocols

import (
	"errors"
	"fmt"
	"slices"
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
// date or holiday is answered as the definition's OnHoliday says: append gives its content to the next open cadence
// date, so that the number of sessions stands; move gives it to the next open date before the following cadence date,
// else appends; skip drops it. Every date is resolved in the zone by itself, see [civil.Resolve]; a time that a
// change of clocks skips or repeats carries a note.
//
// One-offs and appointments are laid around the series: on their target if it is open, else on the nearest open day of
// their window, the earlier of two. They keep clear of the hours to avoid; the series itself is refused when it does
// not.
//
// The error is one sentence about the request: a date, time or zone that is missing or out of bounds, an unknown
// holiday calendar, hours that clash, a one-off without a fitting day, or no open date within five years.
func (d *Definition) Plan(req PlanRequest) (*Calendar, error) {
	count, err := d.sessionCount(req.Sessions)
	if err != nil {
		return nil, err
	}
	p := planner{definition: d, request: &req}
	if err := p.prepare(); err != nil {
		return nil, err
	}
	p.sessions = make([]Occurrence, 0, min(count, d.main)+d.beside())
	if d.main > 0 {
		p.sessions = slices.Grow(p.sessions, count)
		err = p.fill(count)
	} else {
		err = p.begin()
	}
	if err != nil {
		return nil, err
	}
	if err := p.placeAll(); err != nil {
		return nil, err
	}
	if p.skipped == nil {
		p.skipped = []Skipped{}
	}
	return &Calendar{
		Protocol: d.Protocol, Version: d.Version,
		Zone: req.Location.String(), ZoneData: req.ZoneData,
		Sessions: p.sessions, Windows: p.windows, Skipped: p.skipped,
		ContactMinutes: p.time.Minutes, ContactMinutesMin: p.time.MinutesMin, CountableMinutes: p.time.Countable,
	}, nil
}

// check refuses requests that cannot be planned and prepares the closed days of the others.
func (req *PlanRequest) check() (closures, error) {
	switch {
	case req.Start.IsZero():
		return closures{}, errors.New("the start date is missing; write it as 2026-01-06")
	case req.Start.Year < firstYear || req.Start.Year > lastYear:
		return closures{}, fmt.Errorf("the start %s is outside the years %d to %d; check the year", req.Start,
			firstYear, lastYear)
	case !req.Start.Valid():
		return closures{}, fmt.Errorf("the start %s is not a day of the calendar; check the month and the day",
			req.Start)
	case !req.At.Valid():
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
	for _, h := range req.Avoid {
		if !h.From.Valid() || !h.To.Valid() || h.From.Minutes() >= h.To.Minutes() {
			return closures{}, fmt.Errorf("the hours %s to %s of %s do not rise; write those past midnight as two",
				h.From, h.To, h.What)
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

// beside is how many one-offs and appointments stand beside the series.
func (d *Definition) beside() int {
	count := len(d.OneOffs)
	for i := range d.Appointments {
		count += d.Appointments[i].times()
	}
	return count
}
