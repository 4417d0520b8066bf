package notify

import (
	"fmt"
	"strings"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler/calendar"
)

// clock formats instants in the zone and language of one person.
type clock struct {
	words words
	zone  *time.Location
}

// shortDay is "Wed 2 Dec".
func (c clock) shortDay(t time.Time) string {
	t = t.In(c.zone)
	return fmt.Sprintf("%s %d %s", c.words.weekdays[t.Weekday()], t.Day(), c.words.months[t.Month()-1])
}

// day is "Wed 2 Dec 2026".
func (c clock) day(t time.Time) string {
	return fmt.Sprintf("%s %d", c.shortDay(t), t.In(c.zone).Year())
}

// hour is "7:00 PM".
func (c clock) hour(t time.Time) string {
	t = t.In(c.zone)
	half := c.words.am
	if t.Hour() >= 12 {
		half = c.words.pm
	}
	return fmt.Sprintf("%d:%02d %s", (t.Hour()+11)%12+1, t.Minute(), half)
}

// subject is "Wed 2 Dec, 7:00 PM".
func (c clock) subject(t time.Time) string { return c.shortDay(t) + ", " + c.hour(t) }

// moment is "Wed 2 Dec 2026, 7:00 PM New York time (UTC-5), until 9:00 PM".
func (c clock) moment(start, end time.Time) string {
	return fmt.Sprintf(c.words.moment, c.day(start), c.hour(start), c.zoneTime(), c.offset(start), c.end(start, end))
}

// span is "Wed 2 Dec 2026, 7:00 PM to 9:00 PM (UTC-5)".
func (c clock) span(start, end time.Time) string {
	return fmt.Sprintf(c.words.span, c.day(start), c.hour(start), c.end(start, end), c.offset(start))
}

// end is the hour, with the day when it differs from the start's.
func (c clock) end(start, end time.Time) string {
	if civil.DateOf(start.In(c.zone)) == civil.DateOf(end.In(c.zone)) {
		return c.hour(end)
	}
	return c.subject(end)
}

// offset is "UTC-5" or "UTC+5:30".
func (c clock) offset(t time.Time) string {
	_, seconds := t.In(c.zone).Zone()
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	text := fmt.Sprintf("UTC%c%d", sign, seconds/3600)
	if minutes := seconds / 60 % 60; minutes != 0 {
		text += fmt.Sprintf(":%02d", minutes)
	}
	return text
}

// zoneTime is "New York time"; for UTC itself only "UTC".
func (c clock) zoneTime() string {
	name := c.zone.String()
	city := strings.ReplaceAll(name[strings.LastIndexByte(name, '/')+1:], "_", " ")
	if city == "UTC" {
		return city
	}
	return fmt.Sprintf(c.words.zoneTime, calendar.PlaceName(c.words.lang, city))
}
