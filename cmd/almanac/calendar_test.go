package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"almanac/scheduler/calendar"
)

// plan is what "protocol calendar --format json" prints.
type plan struct {
	Protocol, Version, Zone string
	ZoneData                string `json:"zone_data"`
	Sessions                []struct {
		Number, Minutes            int
		Kind, Phase, Module, Title string
		LocalStart                 string `json:"local_start"`
		Start, End                 time.Time
		Segments                   []struct{ Minutes int }
		Note                       string
	}
	Windows           []struct{ ID, Opens, Target, Closes string }
	Skipped           []struct{ Date, Reason string }
	ContactMinutes    int `json:"contact_minutes"`
	ContactMinutesMin int `json:"contact_minutes_min"`
	CountableMinutes  int `json:"countable_minutes"`
}

// calendar prints how a protocol lies on the calendar, in one format.
func (c counter) calendar(protocol, format string, more ...string) string {
	c.t.Helper()
	return c.prints("", append([]string{
		"protocol", "calendar", protocol, "--start", "2026-01-06", "--time", "18:00", "--zone", storyZone,
		"--format", format,
	}, more...)...)
}

func (c counter) plan(protocol string, more ...string) plan {
	c.t.Helper()
	var p plan
	if err := json.Unmarshal([]byte(c.calendar(protocol, "json", more...)), &p); err != nil {
		c.t.Fatal(err)
	}
	return p
}

func TestCalendarAroundAClosedDay(t *testing.T) {
	t.Parallel()
	p := newCounter(t).plan("more-telehealth", "--closed", "2026-01-20")
	if p.Protocol != "more-telehealth" || p.Zone != storyZone || p.ZoneData == "" || len(p.Sessions) != 8 {
		t.Fatalf("the plan is %+v", p)
	}
	for i, day := range []string{"01-06", "01-13", "01-27", "02-03", "02-10", "02-17", "02-24", "03-03"} {
		s := p.Sessions[i]
		start := instant("2026-" + day + " 23:00")
		if s.Number != i+1 || s.LocalStart != "2026-"+day+"T18:00" || !s.Start.Equal(start) ||
			!s.End.Equal(start.Add(2*time.Hour)) || s.Minutes != 120 || s.Kind != "group" {
			t.Errorf("session %d is %+v", i+1, s)
		}
	}
	if p.ContactMinutes != 960 || p.ContactMinutesMin != 960 || p.CountableMinutes != 880 {
		t.Errorf("the sums are %d, %d and %d", p.ContactMinutes, p.ContactMinutesMin, p.CountableMinutes)
	}
	if len(p.Skipped) != 1 || p.Skipped[0].Date != "2026-01-20" || p.Skipped[0].Reason != "closed" {
		t.Errorf("skipped: %v", p.Skipped)
	}
}

func TestCalendarAcrossAClockChange(t *testing.T) {
	t.Parallel()
	p := newCounter(t).plan("m-rocc")
	if len(p.Sessions) != 24 {
		t.Fatalf("it has %d sessions", len(p.Sessions))
	}
	for i, s := range p.Sessions {
		date := time.Date(2026, 1, 6+7*i, 0, 0, 0, 0, time.UTC)
		hour := 23 * time.Hour // EST
		if date.After(time.Date(2026, 3, 8, 0, 0, 0, 0, time.UTC)) {
			hour = 22 * time.Hour // EDT
		}
		if s.LocalStart != date.Format(time.DateOnly)+"T18:00" || !s.Start.Equal(date.Add(hour)) || s.Minutes != 90 ||
			len(s.Segments) != 2 || s.Note != "" {
			t.Errorf("session %d is %+v", i+1, s)
		}
	}
	if p.ContactMinutes != 2160 || len(p.Windows) < 6 {
		t.Errorf("it has %d minutes and %d windows", p.ContactMinutes, len(p.Windows))
	}
}

// The three formats say the same.
func TestCalendarFormatsAgree(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	for _, protocol := range []string{"more-telehealth", "m-rocc", "mbsr-4w", "more-rolling"} {
		p := c.plan(protocol, "--closed", "2026-01-20")
		root, err := calendar.Read([]byte(c.calendar(protocol, "ics", "--closed", "2026-01-20")))
		if err != nil {
			t.Fatal(err)
		}
		table := c.calendar(protocol, "table", "--closed", "2026-01-20")
		if len(root.Components) != len(p.Sessions) || len(p.Sessions) == 0 {
			t.Fatalf("%s: %d events, %d sessions", protocol, len(root.Components), len(p.Sessions))
		}
		uids := map[string]bool{}
		for i, event := range root.Components {
			s := p.Sessions[i]
			start, _ := event.First("DTSTART")
			end, _ := event.First("DTEND")
			uid, _ := event.First("UID")
			from, fromErr := start.Instant()
			to, toErr := end.Instant()
			if fromErr != nil || toErr != nil || !from.Equal(s.Start) || !to.Equal(s.End) || uids[uid.Value] {
				t.Errorf("%s: event %d is from %s to %s, the session %s to %s", protocol, i, from, to, s.Start, s.End)
			}
			uids[uid.Value] = true
			day, clock, _ := strings.Cut(s.LocalStart, "T")
			if !strings.Contains(table, day+"  "+clock) ||
				!strings.Contains(table, s.Start.Format("2006-01-02 15:04")) {
				t.Errorf("%s: the table has no %s:\n%s", protocol, s.LocalStart, table)
			}
		}
		for _, skipped := range p.Skipped {
			if !strings.Contains(table, skipped.Date+"  "+skipped.Reason) {
				t.Errorf("%s: the table does not skip %s:\n%s", protocol, skipped.Date, table)
			}
		}
		if strings.Count(table, " 18:00 ") < len(p.Sessions) {
			t.Errorf("%s: the table has fewer lines than sessions:\n%s", protocol, table)
		}
	}
}

func TestCalendarGoldens(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	for _, format := range []string{"json", "table", "ics"} {
		got := c.calendar("more-telehealth", format, "--closed", "2026-01-20")
		path := filepath.Join("testdata", "calendar", "more-telehealth."+format)
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs from %s (run with -update if that is meant):\n%s", format, path, got)
		}
	}
}
