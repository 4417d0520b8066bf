package protocols_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
)

// laid says how the goldens of a protocol are made where that is not on 2026-01-06 in New York and 2026-03-10 in
// London, both at 18:00. In London the clocks change on 2026-03-29, a Sunday: a workshop from Friday to Monday
// crosses it.
var laid = map[string]struct{ london, at string }{
	"train-more": {"2026-03-27", "09:00"},
	"train-mi":   {"2026-03-27", "09:00"},
	"ttt":        {"2026-03-27", "09:00"},
	"more-mmt":   {"", "14:15"}, // after the clinic's last dose and the way
}

// published are the counts and minutes that the publications give for one cycle: sessions of the series and beside it,
// contact minutes and the least of them, countable minutes, and the dates of the first and the last session.
var published = []struct {
	ref                            string
	series, beside                 int
	contact, contactMin, countable int
	firstOfAll, lastOfAll          string
}{
	{"more-inperson@1", 8, 0, 960, 960, 880, "2026-01-06", "2026-02-24"},
	{"more-mmt@1", 8, 0, 960, 960, 880, "2026-01-06", "2026-02-24"},
	{"more-telehealth@1", 8, 0, 960, 960, 880, "2026-01-06", "2026-02-24"},
	{"more-manual@1", 10, 0, 1200, 1200, 1200, "2026-01-06", "2026-03-10"},
	{"more-vr@1", 8, 0, 480, 480, 480, "2026-01-06", "2026-02-24"},
	{"more-rolling@0-draft", 8, 0, 960, 960, 880, "2026-01-06", "2026-02-24"},
	{"mbsr@1", 8, 2, 1440, 1440, 1440, "2025-12-23", "2026-02-24"},
	{"mbsr-4w@1", 4, 0, 360, 360, 360, "2026-01-06", "2026-01-27"},
	{"tele-mind-group@1", 8, 0, 720, 720, 720, "2026-01-06", "2026-02-24"},
	{"tele-mind-self@1", 3, 0, 180, 75, 180, "2026-01-06", "2026-02-24"},
	{"m-rocc@2025-trial", 24, 0, 2160, 2160, 2160, "2026-01-06", "2026-06-16"},
	{"m-rocc@grant", 24, 0, 2160, 2160, 2160, "2026-01-06", "2026-06-16"},
	{"recovery-support@1", 24, 0, 2160, 2160, 2160, "2026-01-06", "2026-06-16"},
	{"support-psychotherapy@1", 8, 0, 960, 960, 960, "2026-01-06", "2026-02-24"},
	{"mbrp@1", 8, 0, 960, 960, 950, "2026-01-06", "2026-02-24"},
	{"mbrp-rolling@1", 8, 0, 480, 480, 480, "2026-01-06", "2026-01-30"},
	{"refill-weekly@1", 12, 0, 720, 720, 720, "2026-01-06", "2026-03-24"},
	{"refill-biweekly@1", 12, 0, 720, 720, 720, "2026-01-06", "2026-06-09"},
	{"refill-monthly@1", 12, 0, 720, 720, 720, "2026-01-06", "2026-12-01"},
	{"train-more@1", 2, 0, 780, 780, 780, "2026-01-06", "2026-01-07"},
	{"train-mbrp@1", 12, 0, 1800, 1500, 1800, "2026-01-06", "2026-03-17"},
	{"train-mi@1", 2, 4, 1140, 900, 1140, "2026-01-06", "2026-07-07"},
	{"ttt@1", 2, 1, 840, 840, 840, "2026-01-06", "2026-03-04"},
	{"mi-team@1", 12, 0, 0, 0, 0, "2026-01-06", "2026-12-01"},
	{"supervision@1", 8, 0, 0, 0, 0, "2026-01-06", "2026-02-24"},
	{"partner@1", 12, 0, 0, 0, 0, "2026-01-06", "2026-12-01"},
	{"fidelity@1", 0, 0, 0, 0, 0, "", ""},
	{"star-log@1", 0, 0, 0, 0, 0, "", ""},
}

func TestLibraryFigures(t *testing.T) {
	t.Parallel()
	if len(published) != len(library(t).List()) {
		t.Errorf("%d protocols have figures and the library holds %d", len(published), len(library(t).List()))
	}
	for _, want := range published {
		c := plan(t, protocol(t, want.ref), newYork(t, protocol(t, want.ref)))
		series, first, last := 0, "", ""
		for _, s := range c.Sessions {
			if s.Number > 0 {
				series++
			}
			last = s.LocalStart.Date.String()
			if first == "" {
				first = last
			}
		}
		got := want
		got.series, got.beside = series, len(c.Sessions)-series
		got.contact, got.contactMin, got.countable = c.ContactMinutes, c.ContactMinutesMin, c.CountableMinutes
		got.firstOfAll, got.lastOfAll = first, last
		if got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		sum := protocols.ContactTime{Minutes: c.ContactMinutes, MinutesMin: c.ContactMinutesMin,
			Countable: c.CountableMinutes}
		if added := protocol(t, want.ref).ContactTime(); added != sum {
			t.Errorf("%s: %+v without a calendar, %+v on one", want.ref, added, sum)
		}
	}
}

// Every protocol on a calendar, in winter in New York and across the change of clocks in London.
func TestLibraryCalendars(t *testing.T) {
	t.Parallel()
	for _, d := range library(t).List() {
		t.Run(d.Ref(), func(t *testing.T) {
			t.Parallel()
			text := page(t, d, newYork(t, d)) + "\n" + page(t, d, inLondon(t, d))
			golden(t, "calendars/library/"+d.Ref()+".txt", []byte(text))
		})
	}
}

// In London the hour of the day stays and the instant moves.
func TestLibraryCrossesTheChangeOfClocks(t *testing.T) {
	t.Parallel()
	for _, d := range library(t).List() {
		clocks, offsets := map[string]bool{}, map[int]bool{}
		req := inLondon(t, d)
		c := plan(t, d, req)
		for _, s := range c.Sessions {
			if s.Number > 0 && s.LocalStart.Clock.Hour >= 10 {
				clocks[s.LocalStart.Clock.String()] = true
			}
			_, offset := s.Start.In(req.Location).Zone()
			offsets[offset] = true
			if s.Note != "" {
				t.Errorf("%s: session %d has the note %s", d.Ref(), s.Number, s.Note)
			}
		}
		if len(c.Sessions) > 0 && (len(clocks) > 1 || len(offsets) != 2) {
			t.Errorf("%s: hours %v, offsets %v", d.Ref(), clocks, offsets)
		}
	}
}

// A clinic that doses in the morning: a group at noon is refused with the clash, one after the last dose and the way
// is not.
func TestMethadoneClinicHours(t *testing.T) {
	t.Parallel()
	d := protocol(t, "more-mmt")
	req := request(t, "2026-01-06", "America/New_York")
	req.At, req.Avoid = civil.Clock{Hour: 12, Minute: 30}, dosing
	_, err := d.Plan(req)
	const want = "session 1 on Tuesday 2026-01-06 from 12:30 to 14:30 clashes with clinic-dosing from 05:30 to " +
		"13:30 and 45 minutes on the way"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	req.At = civil.Clock{Hour: 14, Minute: 15}
	plan(t, d, req)
	retreat := protocol(t, "mbsr")
	for week := range 52 {
		req := newYork(t, retreat)
		req.Start, req.Avoid, req.Buffer = req.Start.AddDays(7*week), dosing, 45*time.Minute
		for _, s := range plan(t, retreat, req).Sessions {
			if s.Kind == protocols.KindRetreat && s.LocalStart.Date.Weekday() != time.Sunday {
				t.Errorf("from %s the retreat is on %s", req.Start, s.LocalStart)
			}
		}
	}
}

func newYork(t testing.TB, d *protocols.Definition) protocols.PlanRequest {
	t.Helper()
	return laidOn(t, d, "2026-01-06", "America/New_York")
}

func inLondon(t testing.TB, d *protocols.Definition) protocols.PlanRequest {
	t.Helper()
	start := "2026-03-10"
	if own := laid[d.Protocol].london; own != "" {
		start = own
	}
	return laidOn(t, d, start, "Europe/London")
}

func laidOn(t testing.TB, d *protocols.Definition, start, zone string) protocols.PlanRequest {
	t.Helper()
	req := request(t, start, zone)
	if own := laid[d.Protocol].at; own != "" {
		at, err := civil.ParseClock(own)
		if err != nil {
			t.Fatal(err)
		}
		req.At = at
	}
	return req
}

// page prints a calendar so that a person can check it against the publication.
func page(t testing.TB, d *protocols.Definition, req protocols.PlanRequest) string {
	t.Helper()
	c := plan(t, d, req)
	var b strings.Builder
	fmt.Fprintf(&b, "%s from %s %s at %s\n", d.Ref(), req.Start, c.Zone, req.At)
	for _, s := range c.Sessions {
		fmt.Fprintf(&b, "%2d %-11s %-24s %s %s %s", s.Number, s.Kind, s.Position,
			s.LocalStart.Date.Weekday().String()[:3], s.LocalStart, s.Start.Format("15:04Z"))
		switch {
		case s.MinutesMin > 0:
			fmt.Fprintf(&b, " %d to %d minutes", s.MinutesMin, s.Minutes)
		default:
			fmt.Fprintf(&b, " %d minutes", s.Minutes)
		}
		for _, segment := range s.Segments {
			length := fmt.Sprint(segment.Minutes)
			if segment.MinutesMin > 0 {
				length = fmt.Sprintf("%d-%d", segment.MinutesMin, segment.Minutes)
			}
			fmt.Fprintf(&b, " %s=%s", segment.ID, length)
		}
		fmt.Fprintln(&b, strings.TrimRight(" "+s.Modality+" "+s.Note, " "))
	}
	for _, w := range c.Windows {
		fmt.Fprintf(&b, "window %s: %s to %s, best on %s\n", w.ID, w.Opens, w.Closes, w.Target)
	}
	fmt.Fprintf(&b, "contact %d minutes, at least %d, countable %d\n", c.ContactMinutes, c.ContactMinutesMin,
		c.CountableMinutes)
	return b.String()
}
