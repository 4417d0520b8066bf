package web

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"almanac/protocols/civil"
)

// When is a moment formatted for one zone and language. The zero value is no moment.
type When struct {
	Machine string // RFC 3339, with the zone's offset at that moment
	// Weekday, Day, Month and Year are the parts of the calendar leaf.
	Weekday, Day, Month, Year string
	Date                      string // Tue 6 Jan 2026
	Time                      string // 6:00 PM
	Until                     string // 8:00 PM; empty when there is no end
	Zone                      string // New York
	Offset                    string // UTC−5
}

// Known reports whether there is a moment.
func (w When) Known() bool { return w.Date != "" }

// String returns date, time and zone in one line.
func (w When) String() string {
	if !w.Known() {
		return ""
	}
	return w.Date + ", " + w.Span() + " · " + w.Zone
}

// Span returns the time of day from start to end.
func (w When) Span() string {
	if w.Until == "" {
		return w.Time
	}
	return w.Time + " – " + w.Until
}

// Stop returns the period after a time, or "" if the time ends with one, as in 5:30 p. m.
func (w When) Stop() string {
	if strings.HasSuffix(w.Time, ".") {
		return ""
	}
	return "."
}

// whenIn formats an instant in a zone, and its end unless that is zero. A zero start is no moment.
func whenIn(start, end time.Time, loc *time.Location, words *words) When {
	if start.IsZero() {
		return When{}
	}
	local := start.In(loc)
	w := words.wall(civil.WallOf(start, loc))
	w.Machine, w.Zone, w.Offset = local.Format(time.RFC3339), zoneName(loc.String()), offsetName(local)
	if !end.IsZero() {
		last := civil.WallOf(end, loc)
		w.Until = words.clock(last.Clock)
		if last.Date != civil.DateOf(local) {
			w.Until += " (" + words.date(last.Date) + ")"
		}
	}
	return w
}

// zoneName returns the city of a zone.
func zoneName(iana string) string {
	city := iana[strings.LastIndexByte(iana, '/')+1:]
	return strings.ReplaceAll(city, "_", " ")
}

// offsetName returns the offset from UTC at t: UTC−5, UTC+5:30, UTC.
func offsetName(t time.Time) string {
	_, seconds := t.Zone()
	if seconds == 0 {
		return "UTC"
	}
	sign := "+"
	if seconds < 0 {
		sign, seconds = "−", -seconds
	}
	text := "UTC" + sign + strconv.Itoa(seconds/3600)
	if minutes := seconds / 60 % 60; minutes != 0 {
		text += fmt.Sprintf(":%02d", minutes)
	}
	return text
}

// location returns a zone. A zone that is not in the zone data reads as UTC, and its name says so.
func (s *Server) location(name string) *time.Location {
	loc, err := s.Zones.Location(name)
	if err != nil {
		return time.UTC
	}
	return loc
}

// staffWhen formats a moment for staff: in English, in the given zone.
func (s *Server) staffWhen(start, end time.Time, zone string) When {
	return whenIn(start, end, s.location(zone), wordsFor("en"))
}

// span formats a length in minutes.
func span(minutes int) string {
	hours, rest := minutes/60, minutes%60
	switch {
	case hours == 0:
		return fmt.Sprintf("%d min", rest)
	case rest == 0:
		return fmt.Sprintf("%d h", hours)
	default:
		return fmt.Sprintf("%d h %d min", hours, rest)
	}
}

// count formats a number with its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + many
}

// sessionTitle returns the number and title of a session, or just one if they say the same.
func sessionTitle(number int, title string) string {
	place := "Session " + strconv.Itoa(number)
	switch {
	case number == 0:
		return title
	case title == "" || title == place:
		return place
	default:
		return strconv.Itoa(number) + ". " + title
	}
}
