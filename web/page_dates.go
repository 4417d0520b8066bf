package web

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"almanac/protocols/civil"
)

// When is a moment as people read it, in one zone and one language; the zero
// value is no moment.
type When struct {
	Machine string // RFC 3339, with the zone's offset at that moment
	// Weekday, Day, Month and Year are the parts of the date leaf.
	Weekday, Day, Month, Year string
	Date                      string // Tue 6 Jan 2026
	Time                      string // 6:00 PM
	Until                     string // 8:00 PM; empty when there is no end
	Zone                      string // New York
	Offset                    string // UTC−5
}

// Known tells whether there is a moment at all.
func (w When) Known() bool { return w.Date != "" }

// String writes the whole moment in one line.
func (w When) String() string {
	if !w.Known() {
		return ""
	}
	return w.Date + ", " + w.Span() + " · " + w.Zone
}

// Span is the time of day from start to end.
func (w When) Span() string {
	if w.Until == "" {
		return w.Time
	}
	return w.Time + " – " + w.Until
}

// Stop ends a sentence behind the time: nothing where the time ends with a full
// stop of its own, as in 5:30 p. m.
func (w When) Stop() string {
	if strings.HasSuffix(w.Time, ".") {
		return ""
	}
	return "."
}

// whenIn shows an instant, and an end when it is not zero, in a zone. The zero instant is no moment.
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

// zoneName is what people call a zone: its city.
func zoneName(iana string) string {
	city := iana[strings.LastIndexByte(iana, '/')+1:]
	return strings.ReplaceAll(city, "_", " ")
}

// offsetName writes the offset from UTC at t: UTC−5, UTC+5:30, UTC.
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

// location finds a zone; one that the zone data does not know reads as UTC, and says so by its name.
func (s *Server) location(name string) *time.Location {
	loc, err := s.Zones.Location(name)
	if err != nil {
		return time.UTC
	}
	return loc
}

// staffWhen shows a moment as staff read it: in English, in the zone given.
func (s *Server) staffWhen(start, end time.Time, zone string) When {
	return whenIn(start, end, s.location(zone), wordsFor("en"))
}

// span says a length in minutes as people say it.
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

// count writes a number with its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// sessionTitle is what staff call a session: its place in the series and its
// content, or one of them when they say the same.
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
