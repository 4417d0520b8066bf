package civil

import (
	"cmp"
	"fmt"
	"time"
)

// Clock is a time of day as a wall clock shows it, from 00:00 to 23:59.
type Clock struct{ Hour, Minute int }

// ParseClock reads "18:00": two digits, a colon, two digits, 24 hours.
func ParseClock(text string) (Clock, error) {
	hour, okHour := digits(text, 0, 2)
	minute, okMinute := digits(text, 3, 5)
	if len(text) != len("18:00") || !okHour || !okMinute || text[2] != ':' || hour > 23 || minute > 59 {
		return Clock{}, fmt.Errorf("%q is not a time of day; write it with 24 hours, such as 18:00", Clip(text))
	}
	return Clock{Hour: hour, Minute: minute}, nil
}

// String writes the time as "18:00".
func (c Clock) String() string { return string(c.append(make([]byte, 0, len("18:00")))) }

func (c Clock) append(b []byte) []byte {
	b = append(appendPadded(b, c.Hour, 2), ':')
	return appendPadded(b, c.Minute, 2)
}

// Minutes is the time of day in minutes after midnight.
func (c Clock) Minutes() int { return c.Hour*60 + c.Minute }

// Valid reports whether the time is one that a wall clock shows.
func (c Clock) Valid() bool { return c.Hour >= 0 && c.Hour < 24 && c.Minute >= 0 && c.Minute < 60 }

// MarshalText writes the time as [Clock.String] does.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what [ParseClock] reads.
func (c *Clock) UnmarshalText(text []byte) error {
	parsed, err := ParseClock(string(text))
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}

// WallTime is what a clock and a calendar on a wall show, without a zone. It becomes an instant by [Resolve].
type WallTime struct {
	Date  Date
	Clock Clock
}

// ParseWallTime reads "2026-01-06T18:00" or "2026-01-06 18:00".
func ParseWallTime(text string) (WallTime, error) {
	const dateLen = len("2026-01-06")
	if len(text) != len("2026-01-06T18:00") || (text[dateLen] != 'T' && text[dateLen] != ' ') {
		return WallTime{}, fmt.Errorf("%q is not a date and time; write it as 2026-01-06T18:00", Clip(text))
	}
	date, err := ParseDate(text[:dateLen])
	if err != nil {
		return WallTime{}, err
	}
	clock, err := ParseClock(text[dateLen+1:])
	if err != nil {
		return WallTime{}, err
	}
	return WallTime{Date: date, Clock: clock}, nil
}

// WallOf is what a wall in loc shows at t, seconds cut off.
func WallOf(t time.Time, loc *time.Location) WallTime {
	local := t.In(loc)
	return WallTime{Date: DateOf(local), Clock: Clock{Hour: local.Hour(), Minute: local.Minute()}}
}

// String writes "2026-01-06T18:00"; the zero WallTime is "".
func (w WallTime) String() string {
	if w.IsZero() {
		return ""
	}
	return string(w.Clock.append(append(w.Date.append(make([]byte, 0, 16)), 'T')))
}

// IsZero reports whether w has no date.
func (w WallTime) IsZero() bool { return w.Date.IsZero() }

// Compare orders wall times as the hands of one clock pass them.
func (w WallTime) Compare(other WallTime) int {
	return cmp.Or(w.Date.Compare(other.Date), cmp.Compare(w.Clock.Hour, other.Clock.Hour),
		cmp.Compare(w.Clock.Minute, other.Clock.Minute))
}

// Before reports whether w is earlier than other.
func (w WallTime) Before(other WallTime) bool { return w.Compare(other) < 0 }

// MarshalText writes the wall time as [WallTime.String] does.
func (w WallTime) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads what [ParseWallTime] reads, and the empty text as the zero WallTime.
func (w *WallTime) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*w = WallTime{}
		return nil
	}
	parsed, err := ParseWallTime(string(text))
	if err != nil {
		return err
	}
	*w = parsed
	return nil
}
