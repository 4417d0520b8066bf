package civil

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Period is a length of time as ISO 8601 writes it: months and days of the calendar, and elapsed time. The parts have
// one sign. The zero Period is "P0D".
type Period struct {
	Months  int
	Days    int
	Elapsed time.Duration
}

// maxPeriodNumber bounds each number of a period, so that no sum of them leaves the calendar.
const maxPeriodNumber = 100_000

// ParsePeriod reads an ISO 8601 duration such as P1W, PT2H, PT72H, P1DT12H or -P7D. Years, fractions and seconds are
// refused: nothing is scheduled by them.
func ParsePeriod(text string) (Period, error) {
	bad := fmt.Errorf("%q is not a length of time; write it as P1W, P14D, P1M, PT2H or -P7D", Clip(text))
	rest, negative := strings.CutPrefix(text, "-")
	rest, ok := strings.CutPrefix(rest, "P")
	if !ok {
		return Period{}, bad
	}
	calendar, clock, hasClock := strings.Cut(rest, "T")
	if (calendar == "" && !hasClock) || (hasClock && clock == "") {
		return Period{}, bad
	}
	var months, weeks, days, hours, minutes int
	okCalendar := readUnits(calendar, "MWD", &months, &weeks, &days)
	okClock := readUnits(clock, "HM", &hours, &minutes)
	if !okCalendar || !okClock {
		return Period{}, bad
	}
	p := Period{
		Months:  months,
		Days:    weeks*7 + days,
		Elapsed: time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute,
	}
	if negative {
		p = Period{Months: -p.Months, Days: -p.Days, Elapsed: -p.Elapsed}
	}
	return p, nil
}

// readUnits reads numbers followed by letters out of units, each at most once and in that order.
func readUnits(text, units string, into ...*int) bool {
	next := 0
	for text != "" {
		end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
		if end <= 0 {
			return false
		}
		number, err := strconv.Atoi(text[:end])
		if err != nil || number > maxPeriodNumber {
			return false
		}
		unit := strings.IndexByte(units[next:], text[end])
		if unit < 0 {
			return false
		}
		*into[next+unit] = number
		next += unit + 1
		text = text[end+1:]
	}
	return true
}

// String writes the period as ISO 8601, whole weeks as weeks.
func (p Period) String() string {
	if p.IsZero() {
		return "P0D"
	}
	var b strings.Builder
	if p.Months < 0 || p.Days < 0 || p.Elapsed < 0 {
		b.WriteByte('-')
		p = Period{Months: -p.Months, Days: -p.Days, Elapsed: -p.Elapsed}
	}
	b.WriteByte('P')
	writeUnit(&b, p.Months, 'M')
	if p.Days%7 == 0 {
		writeUnit(&b, p.Days/7, 'W')
	} else {
		writeUnit(&b, p.Days, 'D')
	}
	if p.Elapsed != 0 {
		b.WriteByte('T')
		writeUnit(&b, int(p.Elapsed/time.Hour), 'H')
		writeUnit(&b, int(p.Elapsed%time.Hour/time.Minute), 'M')
	}
	return b.String()
}

func writeUnit(b *strings.Builder, n int, unit byte) {
	if n != 0 {
		b.WriteString(strconv.Itoa(n))
		b.WriteByte(unit)
	}
}

// IsZero reports whether the period has no length.
func (p Period) IsZero() bool { return p == Period{} }

// Minutes is the elapsed part in whole minutes.
func (p Period) Minutes() int { return int(p.Elapsed / time.Minute) }

// AddTo is the date p later, by its months and then its days; elapsed time does not move a date.
func (p Period) AddTo(d Date) Date {
	if p.Months != 0 {
		d = d.AddMonths(p.Months)
	}
	return d.AddDays(p.Days)
}

// Duration is the period as elapsed time with days of 24 hours; ok is false when it has months, whose length varies.
// Use it for offers and leads, never to find the date of a session.
func (p Period) Duration() (length time.Duration, ok bool) {
	return time.Duration(p.Days)*24*time.Hour + p.Elapsed, p.Months == 0
}

// MarshalText writes the period as [Period.String] does.
func (p Period) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what [ParsePeriod] reads.
func (p *Period) UnmarshalText(text []byte) error {
	parsed, err := ParsePeriod(string(text))
	if err != nil {
		return err
	}
	*p = parsed
	return nil
}
