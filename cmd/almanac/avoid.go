package main

import (
	"errors"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"almanac/protocols"
	"almanac/protocols/civil"
)

// avoidance is the flags that say which hours sessions keep clear of.
type avoidance struct {
	hours  []protocols.Hours
	buffer time.Duration
}

func (a *avoidance) register(set *pflag.FlagSet) {
	set.Func("avoid", "hours that sessions keep clear of, as 'mon-sat 05:30-13:30' or 'sat 06:00-09:00 clinic-dosing'",
		func(value string) error {
			h, err := parseHours(value)
			a.hours = append(a.hours, h)
			return err
		})
	set.DurationVar(&a.buffer, "buffer", 0, "the way between those hours and a session, as 45m")
}

var errHours = errors.New("hours are days, from and to, and what they are for if you like, such as 'mon-sat " +
	"05:30-13:30 clinic-dosing'")

// parseHours reads "[DAYS] HH:MM-HH:MM [WHAT]"; without days they are those of
// every day.
func parseHours(text string) (protocols.Hours, error) {
	words := strings.Fields(text)
	h := protocols.Hours{What: "hours-to-avoid"}
	if len(words) > 0 && !strings.Contains(words[0], ":") {
		days, err := parseDays(words[0])
		if err != nil {
			return h, err
		}
		h.Days, words = days, words[1:]
	}
	if len(words) == 0 || len(words) > 2 {
		return h, errHours
	}
	from, to, both := strings.Cut(words[0], "-")
	if !both {
		return h, errHours
	}
	var err, late error
	h.From, err = civil.ParseClock(from)
	h.To, late = civil.ParseClock(to)
	if err := errors.Join(err, late); err != nil {
		return h, err
	}
	if len(words) == 2 {
		h.What = words[1]
	}
	return h, nil
}

// parseDays reads days and ranges of days, as mon-wed,sat; a range may go over
// the end of a week.
func parseDays(text string) ([]time.Weekday, error) {
	var days []time.Weekday
	for _, word := range strings.Split(text, ",") {
		first, last, isRange := strings.Cut(word, "-")
		if !isRange {
			last = first
		}
		from, err := protocols.ParseWeekday(first)
		if err != nil {
			return nil, err
		}
		to, err := protocols.ParseWeekday(last)
		if err != nil {
			return nil, err
		}
		for day := from; ; day = (day + 1) % 7 {
			days = append(days, day)
			if day == to {
				break
			}
		}
	}
	return days, nil
}
