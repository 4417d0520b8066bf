package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/protocols/civil"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// form reads fields from the body of a POST, never from the query. Unreadable fields are collected
// in faults.
type form struct {
	values map[string][]string
	faults []error
}

// readForm parses a body of type application/x-www-form-urlencoded.
func readForm(c echo.Context) (*form, error) {
	r := c.Request()
	if err := r.ParseForm(); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, fmt.Errorf("reading a form: %w", err)
		}
		return nil, fault.Wrap(fault.Invalid, err, "The form could not be read. Go back and send it again.")
	}
	return &form{values: r.PostForm}, nil
}

// text returns a field as typed, with line breaks as \n.
func (f *form) text(name string) string {
	if len(f.values[name]) == 0 {
		return ""
	}
	return strings.ReplaceAll(f.values[name][0], "\r\n", "\n")
}

// trimmed returns text without surrounding spaces.
func (f *form) trimmed(name string) string { return strings.TrimSpace(f.text(name)) }

// all returns every value of a checkbox group.
func (f *form) all(name string) []string { return f.values[name] }

// ticked reports whether a checkbox is checked.
func (f *form) ticked(name string) bool { return f.text(name) != "" }

// fail records that a field is unreadable.
func (f *form) fail(field, format string, args ...any) {
	f.faults = append(f.faults, fault.In(field, format, args...))
}

// err returns the recorded faults, nil if there are none.
func (f *form) err() error { return errors.Join(f.faults...) }

// further returns the faults of the rules for fields that were readable, so that all problems are
// shown at once and none twice.
func (f *form) further(rules error) error {
	var more []error
	for _, found := range fault.All(rules) {
		known := slices.ContainsFunc(f.faults, func(e error) bool { return fault.All(e)[0].Field == found.Field })
		if found.Kind == fault.Invalid && !known {
			more = append(more, found)
		}
	}
	return errors.Join(more...)
}

// date reads a date. An empty field is the zero date.
func (f *form) date(name string) civil.Date {
	text := f.trimmed(name)
	if text == "" {
		return civil.Date{}
	}
	d, err := civil.ParseDate(text)
	if err != nil {
		f.fail(name, "This is not a valid date. Write it like 2026-01-06.")
	}
	return d
}

// clock reads a required time of day.
func (f *form) clock(name string) civil.Clock {
	text := f.trimmed(name)
	if len(text) == len("18:00:00") {
		text = strings.TrimSuffix(text, ":00") // some browsers send seconds
	}
	clock, err := civil.ParseClock(text)
	if err != nil {
		f.fail(name, "Enter a time of day, like 18:00.")
	}
	return clock
}

// wall reads a required date and time from two fields.
func (f *form) wall(date, clock string) civil.WallTime {
	if f.trimmed(date) == "" {
		f.fail(date, "Choose a date.")
	}
	return civil.WallTime{Date: f.date(date), Clock: f.clock(clock)}
}

// number reads a whole number. given is false for an empty field.
func (f *form) number(name string) (n int, given bool) {
	text := f.trimmed(name)
	if text == "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		f.fail(name, "Enter a whole number, like 12.")
	}
	return n, true
}

// changeNo reads the change number of a preview. It is 0 if missing or invalid, so that nothing is
// confirmed without a preview, and desk.Untouched if the clinic had none.
func (f *form) changeNo() int64 {
	n, err := strconv.ParseInt(f.trimmed("change_no"), 10, 64)
	switch {
	case err != nil || n < 0:
		return 0
	case n == 0:
		return desk.Untouched
	}
	return n
}

// ranges reads closed days: dates and ranges A..B, separated by commas, spaces or line breaks.
func (f *form) ranges(name string) []civil.DateRange {
	var all []civil.DateRange
	for _, word := range strings.FieldsFunc(f.text(name),
		func(r rune) bool { return r == ',' || r == ';' || r == '\n' || r == ' ' }) {
		one, err := civil.ParseDateRange(word)
		if err != nil {
			f.fail(name, "Write closed days like 2026-12-24 or 2026-12-24..2027-01-02, one per line.")
			return nil
		}
		all = append(all, one)
	}
	return all
}

// weekdayNames are the weekday checkboxes, starting on Monday.
var weekdayNames = []struct {
	value, label string
	day          time.Weekday
}{
	{"mon", "Mon", time.Monday}, {"tue", "Tue", time.Tuesday}, {"wed", "Wed", time.Wednesday},
	{"thu", "Thu", time.Thursday},
	{"fri", "Fri", time.Friday}, {"sat", "Sat", time.Saturday}, {"sun", "Sun", time.Sunday},
}

// weekdays reads the checked weekdays in order.
func (f *form) weekdays(name string) []time.Weekday {
	var days []time.Weekday
	for _, w := range weekdayNames {
		if slices.Contains(f.all(name), w.value) {
			days = append(days, w.day)
		}
	}
	return days
}

// weekdayValue returns the checkbox value of a weekday.
func weekdayValue(day time.Weekday) string {
	for _, w := range weekdayNames {
		if w.day == day {
			return w.value
		}
	}
	return ""
}
