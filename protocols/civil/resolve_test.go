package civil_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"almanac/protocols/civil"
)

// rows reads a table of testdata: columns separated by bars, lines of # left out.
func rows(t *testing.T, name string) [][]string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		columns := strings.Split(strings.TrimSpace(line), " | ")
		all = append(all, columns)
	}
	return all
}

func wall(t testing.TB, text string) civil.WallTime {
	t.Helper()
	w, err := civil.ParseWallTime(text)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02T15:04Z", text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestResolveVectors(t *testing.T) {
	t.Parallel()
	vectors := rows(t, "walltimes.txt")
	if len(vectors) != 57 {
		t.Errorf("%d vectors, want 57", len(vectors))
	}
	for _, v := range vectors {
		got := civil.Resolve(wall(t, v[1]), location(t, v[0]))
		if want := instant(t, v[3]); !got.Instant.Equal(want) || got.Instant.Location() != time.UTC {
			t.Errorf("%s %s: %s, want %s", v[0], v[1], got.Instant, want)
		}
		shift := got.Shift.String()
		if shift == "" {
			shift = "plain"
		}
		if shift != v[2] {
			t.Errorf("%s %s: %s, want %s", v[0], v[1], shift, v[2])
		}
		if (got.Shift == civil.Plain) != got.Other.IsZero() {
			t.Errorf("%s %s: other reading %s of a %s time", v[0], v[1], got.Other, shift)
		}
	}
}

// The example of RFC 5545 §3.3.5 itself, with both readings.
func TestResolveReadings(t *testing.T) {
	t.Parallel()
	newYork := location(t, "America/New_York")
	gap := civil.Resolve(wall(t, "2007-03-11T02:30"), newYork)
	if got := civil.WallOf(gap.Instant, newYork).String(); got != "2007-03-11T03:30" {
		t.Errorf("the skipped 02:30 is shown as %s, want 03:30", got)
	}
	if got := civil.WallOf(gap.Other, newYork).String(); got != "2007-03-11T01:30" {
		t.Errorf("the other reading is shown as %s, want 01:30", got)
	}
	overlap := civil.Resolve(wall(t, "2007-11-04T01:30"), newYork)
	if got := overlap.Other.Sub(overlap.Instant); got != time.Hour {
		t.Errorf("the second 01:30 comes %s after the first, want 1h", got)
	}
}

// Samoa crossed the date line and had no 30 December 2011.
func TestResolveSkippedDay(t *testing.T) {
	t.Parallel()
	apia := location(t, "Pacific/Apia")
	got := civil.Resolve(wall(t, "2011-12-30T12:00"), apia)
	if shown := civil.WallOf(got.Instant, apia).String(); got.Shift != civil.Gap || shown != "2011-12-31T12:00" {
		t.Errorf("shift %q, shown as %s, want a gap shown as 2011-12-31T12:00", got.Shift, shown)
	}
}

func TestSeriesSeenFromElsewhere(t *testing.T) {
	t.Parallel()
	for _, row := range rows(t, "series.txt") {
		anchor, local, _ := strings.Cut(row[0], " ")
		at := civil.Resolve(wall(t, local), location(t, anchor)).Instant
		if want := instant(t, row[1]); !at.Equal(want) {
			t.Errorf("%s: %s, want %s", row[0], at, want)
		}
		for _, seen := range row[2:] {
			zone, want, _ := strings.Cut(seen, " ")
			if got := at.In(location(t, zone)).Format("Mon 15:04"); got != want {
				t.Errorf("%s is seen in %s as %s, want %s", row[0], zone, got, want)
			}
		}
	}
}

// Every plain wall time comes back from its instant; in a gap neither reading shows it, in an overlap both do.
func TestResolveComesBack(t *testing.T) {
	t.Parallel()
	known := zones(t)
	names := known.Names()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "zone")
		loc, err := known.Location(name)
		if err != nil {
			t.Fatal(err)
		}
		day := rapid.IntRange(0, 40*366).Draw(t, "day")
		w := civil.WallTime{
			Date: civil.Date{Year: 2000, Month: time.January, Day: 1}.AddDays(day),
			Clock: civil.Clock{Hour: rapid.IntRange(0, 23).Draw(t, "hour"),
				Minute: rapid.IntRange(0, 59).Draw(t, "minute")},
		}
		got := civil.Resolve(w, loc)
		shown := civil.WallOf(got.Instant, loc)
		switch got.Shift {
		case civil.Plain:
			if shown != w {
				t.Fatalf("%s in %s is shown as %s", w, name, shown)
			}
		case civil.Gap:
			if other := civil.WallOf(got.Other, loc); shown == w || other == w {
				t.Fatalf("the skipped %s in %s is shown as %s and %s", w, name, shown, other)
			}
		case civil.Overlap:
			if other := civil.WallOf(got.Other, loc); shown != w || other != w || !got.Instant.Before(got.Other) {
				t.Fatalf("the repeated %s in %s is shown as %s and %s", w, name, shown, other)
			}
		}
	})
}
