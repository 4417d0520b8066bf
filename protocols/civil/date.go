package civil

import (
	"cmp"
	"fmt"
	"time"
)

// Date is a day of the Gregorian calendar without a zone. The zero Date is no date: it prints as the empty text.
// Dates are comparable with ==; use [Date.Compare] for their order.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

const secondsPerDay = 24 * 60 * 60

// ParseDate reads "2026-01-06" and nothing else: four digits, two, two, and a day the month has.
func ParseDate(text string) (Date, error) {
	year, okYear := digits(text, 0, 4)
	month, okMonth := digits(text, 5, 7)
	day, okDay := digits(text, 8, 10)
	if len(text) != len("2026-01-06") || !okYear || !okMonth || !okDay || text[4] != '-' || text[7] != '-' {
		return Date{}, fmt.Errorf("%q is not a date; write it as 2026-01-06", Clip(text))
	}
	d := Date{Year: year, Month: time.Month(month), Day: day}
	if !d.Valid() {
		return Date{}, fmt.Errorf("%s is not a day of the calendar; check the month and the day", text)
	}
	return d, nil
}

// DateOf is the date that t's own location shows at t.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date{Year: year, Month: month, Day: day}
}

// String writes the date as "2026-01-06"; the zero Date is "".
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return string(d.append(make([]byte, 0, len("2026-01-06"))))
}

func (d Date) append(b []byte) []byte {
	b = appendPadded(b, d.Year, 4)
	b = append(b, '-')
	b = appendPadded(b, int(d.Month), 2)
	b = append(b, '-')
	return appendPadded(b, d.Day, 2)
}

// Valid reports whether the calendar has the day, from the year 1 on.
func (d Date) Valid() bool {
	return d.Year >= 1 && d.Month >= 1 && d.Month <= 12 && d.Day >= 1 && d.Day <= daysIn(d.Year, d.Month)
}

// IsZero reports whether d is the zero Date, which is no date.
func (d Date) IsZero() bool { return d == Date{} }

// AddDays is the date n days later, or earlier when n is negative.
func (d Date) AddDays(n int) Date { return dateOfDay(d.dayNumber() + n) }

// AddMonths is the same day n months later; a day the month does not have becomes its last one.
func (d Date) AddMonths(n int) Date {
	months := d.Year*12 + int(d.Month) - 1 + n
	year, month := floorDiv(months, 12), time.Month(months-floorDiv(months, 12)*12+1)
	return Date{Year: year, Month: month, Day: min(d.Day, daysIn(year, month))}
}

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday {
	const thursday = 4 // 1970-01-01
	return time.Weekday(floorMod(d.dayNumber()+thursday, 7))
}

// Compare is -1 when d is before other, 0 when they are equal, +1 when d is after.
func (d Date) Compare(other Date) int {
	return cmp.Or(cmp.Compare(d.Year, other.Year), cmp.Compare(d.Month, other.Month), cmp.Compare(d.Day, other.Day))
}

// Before reports whether d is earlier than other.
func (d Date) Before(other Date) bool { return d.Compare(other) < 0 }

// After reports whether d is later than other.
func (d Date) After(other Date) bool { return d.Compare(other) > 0 }

// DaysUntil counts the days from d to other; negative when other is earlier.
func (d Date) DaysUntil(other Date) int { return other.dayNumber() - d.dayNumber() }

// MarshalText writes the date as [Date.String] does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes; anything else is refused as by [ParseDate].
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// DateRange is a run of days with both ends included.
type DateRange struct{ From, To Date }

// ParseDateRange reads "2026-01-06" (one day) or "2026-01-06..2026-01-09" (both ends included). A range that ends
// before it starts is refused.
func ParseDateRange(text string) (DateRange, error) {
	from, to, isRange := cutRange(text)
	first, err := ParseDate(from)
	if err != nil {
		return DateRange{}, err
	}
	if !isRange {
		return DateRange{From: first, To: first}, nil
	}
	last, err := ParseDate(to)
	if err != nil {
		return DateRange{}, err
	}
	if last.Before(first) {
		return DateRange{}, fmt.Errorf("the range %s ends before it starts; write %s..%s", text, last, first)
	}
	return DateRange{From: first, To: last}, nil
}

// Contains reports whether d lies in the range, ends included.
func (r DateRange) Contains(d Date) bool { return !d.Before(r.From) && !d.After(r.To) }

// String writes one day as "2026-01-06" and more as "2026-01-06..2026-01-09".
func (r DateRange) String() string {
	if r.From == r.To {
		return r.From.String()
	}
	return r.From.String() + ".." + r.To.String()
}

// MarshalText writes the range as [DateRange.String] does.
func (r DateRange) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what [ParseDateRange] reads.
func (r *DateRange) UnmarshalText(text []byte) error {
	parsed, err := ParseDateRange(string(text))
	if err != nil {
		return err
	}
	*r = parsed
	return nil
}
