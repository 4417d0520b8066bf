package civil_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"almanac/protocols/civil"
)

func date(t testing.TB, text string) civil.Date {
	t.Helper()
	d, err := civil.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	parsers := map[string]func(string) error{
		"date":  func(s string) error { _, err := civil.ParseDate(s); return err },
		"range": func(s string) error { _, err := civil.ParseDateRange(s); return err },
		"clock": func(s string) error { _, err := civil.ParseClock(s); return err },
		"wall":  func(s string) error { _, err := civil.ParseWallTime(s); return err },
		"span":  func(s string) error { _, err := civil.ParsePeriod(s); return err },
	}
	for kind, texts := range map[string][]string{
		"date": {"", "2026-02-30", "2025-02-29", "2100-02-29", "2026-1-6", "06.01.2026", "2026-13-01",
			"2026-00-10", "2026-01-00",
			"0000-01-01", "2026-01-06 ", " 2026-01-06", "2026-01-06T00:00", "+026-01-06", "２026-01-06",
			strings.Repeat("2", 1<<16)},
		"range": {"", "..", "2026-01-06..", "..2026-01-06", "2026-01-09..2026-01-06", "2026-01-06...2026-01-09",
			"2026-01-06-2026-01-09"},
		"clock": {"", "24:00", "18:60", "6:00", "18", "18.00", "18:00:00", "-1:00", "6:00 PM"},
		"wall": {"", "2026-01-06", "2026-01-06T24:00", "2026-02-30T18:00", "2026-01-06t18:00", "2026-01-06T18:00Z",
			"2026-01-06  18:00"},
		"span": {"", "P", "PT", "P1", "1W", "P1Y", "PT1S", "P1.5D", "P1DT", "PT2H2H", "P1D1W", "+P1D", "P-1D", "--P1D",
			"P999999999999D"},
	} {
		for _, text := range texts {
			err := parsers[kind](text)
			if err == nil {
				t.Errorf("%s %q was accepted", kind, text)
			} else if len(err.Error()) > 400 {
				t.Errorf("%s %.20q…: the sentence has %d bytes", kind, text, len(err.Error()))
			}
		}
	}
}

func TestTextsComeBack(t *testing.T) {
	t.Parallel()
	type all struct {
		Date   civil.Date
		Empty  civil.Date
		Range  civil.DateRange
		Day    civil.DateRange
		Clock  civil.Clock
		Wall   civil.WallTime
		Spans  []civil.Period
		Nobody civil.WallTime
	}
	const text = `{"Date":"2024-02-29","Empty":"","Range":"2026-01-06..2026-01-09","Day":"2026-01-06",` +
		`"Clock":"09:05",` +
		`"Wall":"2026-12-31T23:59","Spans":["P1W","-P1W","P10D","PT2H","PT1H30M","P1M","PT72H","P0D",` +
		`"P1M1DT1M"],"Nobody":""}`
	var v all
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if string(again) != text {
		t.Errorf("got  %s\nwant %s", again, text)
	}
	if with := wall(t, "2026-12-31 23:59"); with != v.Wall {
		t.Errorf("a space gives %s, a T %s", with, v.Wall)
	}
}

// The calendar agrees with the standard library's over four centuries.
func TestDateAgreesWithTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.IntRange(-150_000, 150_000).Draw(t, "days")
		more := rapid.IntRange(-20_000, 20_000).Draw(t, "more")
		want := time.Unix(int64(days)*86400, 0).UTC()
		got := civil.Date{Year: 1970, Month: time.January, Day: 1}.AddDays(days)
		if got != civil.DateOf(want) || got.Weekday() != want.Weekday() {
			t.Fatalf("day %d is %s %s, want %s", days, got.Weekday(), got, want.Format("Monday 2006-01-02"))
		}
		later := got.AddDays(more)
		if later != civil.DateOf(want.AddDate(0, 0, more)) || got.DaysUntil(later) != more {
			t.Fatalf("%s and %d days is %s, %d days away", got, more, later, got.DaysUntil(later))
		}
		if got.Before(later) != (more > 0) || got.After(later) != (more < 0) ||
			(got.Compare(later) == 0) != (more == 0) {
			t.Fatalf("%s and %s compare as %d", got, later, got.Compare(later))
		}
	})
}

func TestAddMonths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from   string
		months int
		want   string
	}{
		{"2026-01-31", 1, "2026-02-28"}, {"2024-01-31", 1, "2024-02-29"}, {"2026-11-30", 3, "2027-02-28"},
		{"2026-03-15", -3, "2025-12-15"}, {"2026-12-01", 1, "2027-01-01"}, {"2026-01-01", -1, "2025-12-01"},
	} {
		if got := date(t, c.from).AddMonths(c.months).String(); got != c.want {
			t.Errorf("%s and %d months is %s, want %s", c.from, c.months, got, c.want)
		}
	}
}

func TestDateOfUsesTheLocation(t *testing.T) {
	t.Parallel()
	at := instant(t, "2026-01-07T03:00Z")
	if got := civil.DateOf(at.In(location(t, "America/New_York"))).String(); got != "2026-01-06" {
		t.Errorf("the date in New York is %s, want 2026-01-06", got)
	}
	r, err := civil.ParseDateRange("2026-01-06..2026-01-09")
	if err != nil {
		t.Fatal(err)
	}
	if !r.Contains(r.From) || !r.Contains(r.To) || r.Contains(date(t, "2026-01-10")) {
		t.Errorf("%s does not hold exactly its ends and what is between", r)
	}
}
