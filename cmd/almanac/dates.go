package main

import (
	"strings"
	"time"

	"github.com/spf13/pflag"

	"almanac/protocols"
	"almanac/protocols/civil"
)

// dates are the flags that say where and when something lies on the calendar.
type dates struct {
	start    civil.Date
	at       civil.Clock
	hasAt    bool
	zone     string
	weekdays []time.Weekday
	closed   []civil.DateRange
	holidays string
	avoid    avoidance
}

func (d *dates) register(set *pflag.FlagSet) {
	set.Func("start", "date of the first session, as 2026-01-06", func(value string) (err error) {
		d.start, err = civil.ParseDate(value)
		return err
	})
	set.Func("time", "time of day, as 18:00", func(value string) (err error) {
		d.at, err = civil.ParseClock(value)
		d.hasAt = err == nil
		return err
	})
	set.StringVar(&d.zone, "zone", "", "time zone, as America/New_York")
	set.Func("days", "days of the week, as mon,thu", func(value string) (err error) {
		d.weekdays, err = parseWeekdays(value)
		return err
	})
	set.Func("closed", "a day or days without sessions, as 2026-01-20 or 2026-12-24..2027-01-01",
		func(value string) error {
			closed, err := civil.ParseDateRange(value)
			d.closed = append(d.closed, closed)
			return err
		})
	d.avoid.register(set)
	set.StringVar(&d.holidays, "holidays", "", "holidays without sessions: us-federal")
}

// complete says which of the needed flags are missing.
func (d *dates) complete() error {
	var missing []string
	if d.start.IsZero() {
		missing = append(missing, "--start DATE")
	}
	if !d.hasAt {
		missing = append(missing, "--time HH:MM")
	}
	if d.zone == "" {
		missing = append(missing, "--zone ZONE")
	}
	if d.holidays != "" && d.holidays != "us-federal" {
		return wrongUse("There are no holidays called %q; --holidays takes us-federal.", d.holidays)
	}
	if len(missing) > 0 {
		return wrongUse("Say when, with %s.", strings.Join(missing, " and "))
	}
	return nil
}

func parseWeekdays(text string) ([]time.Weekday, error) {
	var days []time.Weekday
	for _, word := range strings.Split(text, ",") {
		day, err := protocols.ParseWeekday(strings.TrimSpace(word))
		if err != nil {
			return nil, err
		}
		days = append(days, day)
	}
	return days, nil
}
