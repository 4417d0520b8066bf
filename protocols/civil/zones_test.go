package civil_test

import (
	"archive/zip"
	"bytes"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"almanac/protocols/civil"
)

func zones(t testing.TB) *civil.Zones {
	t.Helper()
	z, err := civil.BuiltinZones()
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := zones(t).Location(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestZonesAreDated(t *testing.T) {
	t.Parallel()
	if got := zones(t).Version(); got != "2026f" {
		t.Errorf("version %q, want 2026f", got)
	}
}

func TestLocationPrintsTheCanonicalName(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"America/New_York":    "America/New_York",
		"US/Eastern":          "America/New_York",
		"Canada/Pacific":      "America/Vancouver",
		"Europe/Kiev":         "Europe/Kyiv",
		"Asia/Calcutta":       "Asia/Kolkata",
		"America/Yellowknife": "America/Edmonton",
		"America/Montreal":    "America/Toronto",
		"Japan":               "Asia/Tokyo",
		"GB":                  "Europe/London",
		"UTC":                 "Etc/UTC",
		"Etc/UTC":             "Etc/UTC",
		"Zulu":                "Etc/UTC",
		// Not another country's city:
		"Europe/Amsterdam":      "Europe/Amsterdam",
		"Europe/Oslo":           "Europe/Oslo",
		"Europe/Bratislava":     "Europe/Bratislava",
		"Europe/Vatican":        "Europe/Vatican",
		"Atlantic/Reykjavik":    "Atlantic/Reykjavik",
		"Iceland":               "Atlantic/Reykjavik",
		"Africa/Timbuktu":       "Africa/Bamako",
		"America/Coral_Harbour": "America/Atikokan",
	} {
		loc, err := zones(t).Location(typed)
		if err != nil {
			t.Errorf("%s: %v", typed, err)
			continue
		}
		if loc.String() != want {
			t.Errorf("%s prints %s, want %s", typed, loc, want)
		}
	}
}

func TestLocationSaysWhatToType(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"":                       "America/New_York",
		"  ":                     "missing",
		"Local":                  "every machine",
		"localtime":              "every machine",
		"EST":                    "America/New_York",
		"est":                    "America/New_York",
		"PDT":                    "America/Los_Angeles",
		"EST5EDT":                "America/New_York",
		"MST7MDT":                "America/Denver",
		"GMT":                    "Europe/London",
		"CET":                    "Europe/Paris",
		"GMT+5":                  "or UTC",
		"Etc/GMT+5":              "or UTC",
		"UTC-5":                  "or UTC",
		"+02:00":                 "or UTC",
		"New York":               "America/New_York",
		"new york":               "America/New_York",
		"america/new_york":       "America/New_York",
		"America/New_Yrok":       "America/New_York",
		"America/NewYork":        "America/New_York",
		"America/Seattle":        "place such as",
		"Europe/Berln":           "Europe/Berlin",
		"Factory":                "place such as",
		"posixrules":             "place such as",
		"../../etc/passwd":       "place such as",
		strings.Repeat("x", 9e4): "place such as",
	} {
		loc, err := zones(t).Location(typed)
		switch {
		case err == nil:
			t.Errorf("%q was accepted as %s", typed, loc)
		case !strings.Contains(err.Error(), want):
			t.Errorf("%q: %v, want a sentence with %q", typed, err, want)
		case len(err.Error()) > 250:
			t.Errorf("%.20q…: the sentence has %d bytes", typed, len(err.Error()))
		}
	}
}

func TestEveryNameLoads(t *testing.T) {
	t.Parallel()
	names := zones(t).Names()
	if len(names) < 400 || !slices.IsSorted(names) {
		t.Fatalf("%d names, sorted %t", len(names), slices.IsSorted(names))
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for _, name := range names {
				if loc, err := zones(t).Location(name); err != nil || loc.String() != name {
					t.Errorf("%s: %v, %v", name, loc, err)
				}
			}
		})
	}
	group.Wait()
}

func TestZoneFileIsReproducible(t *testing.T) {
	t.Parallel()
	packed, err := os.ReadFile("zones.zip")
	if err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range archive.File {
		names = append(names, file.Name)
		if file.ModifiedDate != 0 || file.ModifiedTime != 0 || len(file.Extra) != 0 {
			t.Errorf("%s carries a date or extra bytes", file.Name)
		}
	}
	if !slices.IsSorted(names) {
		t.Error("the entries are not sorted")
	}
}

func TestReadZonesRefuses(t *testing.T) {
	t.Parallel()
	if _, err := civil.ReadZones([]byte("not a zip")); err == nil {
		t.Error("a text was read as zone data")
	}
	var empty bytes.Buffer
	if err := zip.NewWriter(&empty).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := civil.ReadZones(empty.Bytes()); err == nil || !strings.Contains(err.Error(), "version") {
		t.Errorf("an empty zip: %v", err)
	}
	var broken bytes.Buffer
	writer := zip.NewWriter(&broken)
	for name, text := range map[string]string{"version": "2030a\n", "canonical": "Mars/Base Mars/Base\n"} {
		entry, err := writer.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := civil.ReadZones(broken.Bytes()); err == nil || !strings.Contains(err.Error(), "Mars/Base") {
		t.Errorf("names without data: %v", err)
	}
}

// Every zone but UTC belongs to a country, links to that of their city.
func TestZonesHaveCountries(t *testing.T) {
	t.Parallel()
	z := zones(t)
	for _, name := range z.Names() {
		if len(z.Country(name)) != 2 {
			t.Errorf("%s is in %q", name, z.Country(name))
		}
	}
	for name, want := range map[string]string{"Europe/Paris": "FR", "US/Eastern": "US", "Australia/Melbourne": "AU",
		"Africa/Accra": "GH", "Europe/Oslo": "NO", "UTC": "", "Mars/Olympus": ""} {
		if got := z.Country(name); got != want {
			t.Errorf("%s is in %q, want %q", name, got, want)
		}
	}
}
