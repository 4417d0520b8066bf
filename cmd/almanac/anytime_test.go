package main

import (
	"os"
	"testing"
	"time"
)

// everyInstant is the environment variable that has tests of dates run over each
// hour of four weeks and over twenty days of five years; make soak sets it.
const everyInstant = "ALMANAC_EVERY_INSTANT"

// anyTime gives instants at which whatever lays dates from now must hold: a handful,
// or all of them when ALMANAC_EVERY_INSTANT is set.
func anyTime(t *testing.T) []time.Time {
	t.Helper()
	if os.Getenv(everyInstant) == "" {
		return []time.Time{
			instant("2026-11-29 09:05"), // a Sunday behind Thanksgiving
			instant("2027-03-14 06:59"), // a minute before the clocks go forward there
			instant("2026-11-01 05:30"), // in the hour that comes twice
			instant("2028-02-29 17:00"),
			instant("2027-01-01 00:00"), // after the turn of the year in UTC, before it in New York
		}
	}
	var all []time.Time
	for hour := instant("2026-11-16 00:00"); hour.Before(instant("2026-12-14 00:00")); hour = hour.Add(time.Hour) {
		all = append(all, hour)
	}
	return append(all, chosenDays()...)
}

// chosenDays gives twenty days, each at three hours, two of them just beside midnight
// or a clock change of New York.
func chosenDays() []time.Time {
	var all []time.Time
	for _, day := range []string{
		"2026-03-08", "2026-11-01", "2026-11-26", "2026-12-24", "2026-12-31", "2027-01-01", "2027-03-14", "2027-07-04",
		"2027-11-07", "2028-02-28", "2028-02-29", "2028-03-01", "2028-03-12", "2028-11-05", "2028-11-23", "2029-01-15",
		"2029-03-11", "2029-12-31", "2030-06-19", "2030-12-30",
	} {
		for _, hour := range []string{" 04:59", " 07:01", " 20:30"} {
			all = append(all, instant(day+hour))
		}
	}
	return all
}
