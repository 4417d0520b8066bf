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
	"almanac/scheduler/fault"
)

// form reads the body of a POST, never the query. What cannot be read is
// collected in faults, one for each field.
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

// text is one line as it was typed; line breaks of a textarea become \n.
func (f *form) text(name string) string {
	if len(f.values[name]) == 0 {
		return ""
	}
	return strings.ReplaceAll(f.values[name][0], "\r\n", "\n")
}

// trimmed is text without spaces around it.
func (f *form) trimmed(name string) string { return strings.TrimSpace(f.text(name)) }

// all gives every value of a checkbox group.
func (f *form) all(name string) []string { return f.values[name] }

// ticked tells whether a checkbox was ticked.
func (f *form) ticked(name string) bool { return f.text(name) != "" }

// fail notes that a field cannot be read.
func (f *form) fail(field, format string, args ...any) {
	f.faults = append(f.faults, fault.In(field, format, args...))
}

// err joins what could not be read, nil when everything could.
func (f *form) err() error { return errors.Join(f.faults...) }

// further gives what the rules find wrong beyond what could not be read, so
// that everything to correct is told at once and nothing twice.
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

// date reads a date; empty is the zero date.
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

// clock reads a time of day, which must be given.
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

// wall reads a date and a time of two fields, which must be given.
func (f *form) wall(date, clock string) civil.WallTime {
	if f.trimmed(date) == "" {
		f.fail(date, "Choose a date.")
	}
	return civil.WallTime{Date: f.date(date), Clock: f.clock(clock)}
}

// number reads a whole number; given tells whether there was one.
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

// changeNo reads the change number that a preview showed; 0 when it is missing or damaged,
// so that nothing can be confirmed unseen.
func (f *form) changeNo() int64 {
	n, err := strconv.ParseInt(f.trimmed("change_no"), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// ranges reads closed days: dates and ranges A..B, apart by commas, spaces or lines.
func (f *form) ranges(name string) []civil.DateRange {
	var all []civil.DateRange
	for _, word := range strings.FieldsFunc(f.text(name), func(r rune) bool { return r == ',' || r == ';' || r == '\n' || r == ' ' }) {
		one, err := civil.ParseDateRange(word)
		if err != nil {
			f.fail(name, "Write closed days like 2026-12-24 or 2026-12-24..2027-01-02, one per line.")
			return nil
		}
		all = append(all, one)
	}
	return all
}

// weekdayNames are the values of the weekday boxes, from Monday on.
var weekdayNames = []struct {
	value, label string
	day          time.Weekday
}{
	{"mon", "Mon", time.Monday}, {"tue", "Tue", time.Tuesday}, {"wed", "Wed", time.Wednesday}, {"thu", "Thu", time.Thursday},
	{"fri", "Fri", time.Friday}, {"sat", "Sat", time.Saturday}, {"sun", "Sun", time.Sunday},
}

// weekdays reads the ticked weekdays, in the order of the week.
func (f *form) weekdays(name string) []time.Weekday {
	var days []time.Weekday
	for _, w := range weekdayNames {
		if slices.Contains(f.all(name), w.value) {
			days = append(days, w.day)
		}
	}
	return days
}

// weekdayValue is the value of a weekday's box.
func weekdayValue(day time.Weekday) string {
	for _, w := range weekdayNames {
		if w.day == day {
			return w.value
		}
	}
	return ""
}
