package protocols_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
)

func protocol(t testing.TB, ref string) *protocols.Definition {
	t.Helper()
	library, err := protocols.BuiltinLibrary()
	if err != nil {
		t.Fatal(err)
	}
	d, err := library.Find(ref)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// sketch is a weekly protocol of eight sessions with further keys.
func sketch(t testing.TB, keys string) *protocols.Definition {
	t.Helper()
	src := "protocol: sketch\nversion: 1\ntitle: Sketch\nsession: {duration: PT1H}\n" + keys
	if !strings.Contains(keys, "content:") {
		src += "\ncontent: {unit: session, count: 8}\n"
	}
	d, err := protocols.Parse("sketch.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func request(t testing.TB, start, zone string) protocols.PlanRequest {
	t.Helper()
	return protocols.PlanRequest{
		Start: date(t, start), At: civil.Clock{Hour: 18}, Location: location(t, zone), ZoneData: zones(t).Version(),
	}
}

func closed(t testing.TB, ranges ...string) []civil.DateRange {
	t.Helper()
	all := make([]civil.DateRange, len(ranges))
	for i, text := range ranges {
		r, err := civil.ParseDateRange(text)
		if err != nil {
			t.Fatal(err)
		}
		all[i] = r
	}
	return all
}

func plan(t testing.TB, d *protocols.Definition, req protocols.PlanRequest) *protocols.Calendar {
	t.Helper()
	c, err := d.Plan(req)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// dates prints the local dates of a calendar's sessions and, after a bar, the skipped ones with their reasons.
func dates(c *protocols.Calendar) string {
	var all []string
	for _, s := range c.Sessions {
		all = append(all, s.LocalStart.Date.String()[5:])
	}
	for i, s := range c.Skipped {
		if i == 0 {
			all = append(all, "|")
		}
		all = append(all, s.Date.String()[5:]+"="+s.Reason)
	}
	return strings.Join(all, " ")
}

func TestPlanGoldens(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ref, start, zone string
		change           func(*protocols.PlanRequest)
	}{
		"more-telehealth": {ref: "more-telehealth"},
		"more-telehealth-closed": {ref: "more-telehealth",
			change: func(r *protocols.PlanRequest) { r.Closed = closed(t, "2026-01-20") }},
		"mbsr-4w":      {ref: "mbsr-4w"},
		"m-rocc":       {ref: "m-rocc"},
		"more-rolling": {ref: "more-rolling"},
		"london":       {ref: "mbsr-4w", start: "2026-03-19", zone: "Europe/London"},
		"gap": {ref: "mbsr-4w", start: "2026-03-01", change: func(r *protocols.PlanRequest) {
			r.At = civil.Clock{Hour: 2, Minute: 30}
		}},
		"holidays": {ref: "m-rocc", start: "2026-11-26", change: func(r *protocols.PlanRequest) {
			r.Holidays, r.Sessions = protocols.HolidaysUSFederal, 8
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.start == "" {
				c.start = "2026-01-06"
			}
			if c.zone == "" {
				c.zone = "America/New_York"
			}
			req := request(t, c.start, c.zone)
			if c.change != nil {
				c.change(&req)
			}
			text, err := json.MarshalIndent(plan(t, protocol(t, c.ref), req), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "calendars/"+name+".json", append(text, '\n'))
		})
	}
}

// The figures that the protocols were published with.
func TestPlanFigures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ref                                string
		sessions, minutes, contact, counts int
		last                               string
	}{
		{"more-telehealth", 8, 120, 960, 880, "2026-02-24"},
		{"mbsr-4w", 4, 90, 360, 360, "2026-01-27"},
		{"m-rocc", 24, 90, 2160, 2160, "2026-06-16"},
		{"more-rolling", 8, 120, 960, 880, "2026-02-24"},
	} {
		got := plan(t, protocol(t, c.ref), request(t, "2026-01-06", "America/New_York"))
		last := got.Sessions[len(got.Sessions)-1]
		if len(got.Sessions) != c.sessions || last.Minutes != c.minutes || got.ContactMinutes != c.contact ||
			got.ContactMinutesMin != c.contact || got.CountableMinutes != c.counts ||
			last.LocalStart.Date.String() != c.last {
			t.Errorf("%s: %d sessions of %d minutes, %d/%d/%d minutes, last on %s", c.ref,
				len(got.Sessions), last.Minutes,
				got.ContactMinutes, got.ContactMinutesMin, got.CountableMinutes, last.LocalStart.Date)
		}
		for _, s := range got.Sessions {
			if s.LocalStart.Clock != (civil.Clock{Hour: 18}) ||
				s.End.Sub(s.Start) != time.Duration(c.minutes)*time.Minute {
				t.Errorf("%s: session %d from %s to %s", c.ref, s.Number, s.LocalStart, s.End)
			}
		}
	}
}

func TestPlanWindowsOfMROCC(t *testing.T) {
	t.Parallel()
	got := plan(t, protocol(t, "m-rocc"), request(t, "2026-01-06", "America/New_York"))
	var tests []string
	for _, w := range got.Windows {
		if strings.HasPrefix(w.ID, "oral-fluid-") {
			tests = append(tests, fmt.Sprintf("%s %s..%s", w.ID, w.Opens, w.Closes))
		}
	}
	want := "oral-fluid-1 2026-03-31..2026-04-13, oral-fluid-2 2026-04-14..2026-04-27, oral-fluid-3 " +
		"2026-04-28..2026-05-11, " +
		"oral-fluid-4 2026-05-12..2026-05-25, oral-fluid-5 2026-05-26..2026-06-08, oral-fluid-6 2026-06-09..2026-06-22"
	if strings.Join(tests, ", ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(tests, ", "), want)
	}
	var phases []string
	for _, n := range []int{1, 5, 9} {
		phases = append(phases, got.Sessions[n-1].LocalStart.Date.String()+" "+got.Sessions[n-1].Position)
	}
	if s := strings.Join(phases, ", "); s != "2026-01-06 orientation-1, 2026-02-03 low-dose-1, 2026-03-03 intensive-1" {
		t.Errorf("phases begin %s", s)
	}
}

func TestCadences(t *testing.T) {
	t.Parallel()
	const three = "content: {unit: session, count: 3}\n"
	for name, c := range map[string]struct {
		keys, start string
		change      func(*protocols.PlanRequest)
		want        string
	}{
		"weekly": {three, "2026-01-06", nil, "01-06 01-13 01-20"},
		"twice a week": {"cadence: {every: P1W, offsets: [0, 3]}\n", "2026-01-06", nil,
			"01-06 01-09 01-13 01-16 01-20 01-23 01-27 01-30"},
		"days asked for": {"cadence: {every: P1W, offsets: [0, 3]}\n" + three, "2026-01-06",
			func(r *protocols.PlanRequest) {
				r.Weekdays = []time.Weekday{time.Thursday, time.Monday}
			}, "01-08 01-12 01-15"},
		"own days": {"cadence: {every: P1W, weekdays: [mon, wed]}\n" + three, "2026-01-06", nil,
			"01-07 01-12 01-14"},
		"every two weeks": {"cadence: {every: P2W}\n" + three, "2026-01-06", nil, "01-06 01-20 02-03"},
		"second Tuesday":  {"cadence: {every: P1M}\n" + three, "2026-01-13", nil, "01-13 02-10 03-10"},
		"fifth is last":   {"cadence: {every: P1M}\n" + three, "2026-01-29", nil, "01-29 02-26 03-26"},
		"start is closed": {three, "2026-01-06", func(r *protocols.PlanRequest) { r.Closed = closed(t, "2026-01-06") },
			"01-13 01-20 01-27 | 01-06=closed"},
		"append": {three, "2026-01-06",
			func(r *protocols.PlanRequest) { r.Closed = closed(t, "2026-01-13..2026-01-20") },
			"01-06 01-27 02-03 | 01-13=closed 01-20=closed"},
		"skip": {"on_holiday: skip\n" + three, "2026-01-06",
			func(r *protocols.PlanRequest) { r.Closed = closed(t, "2026-01-13") }, "01-06 01-20 | 01-13=closed"},
		"skip the last": {"on_holiday: skip\n" + three, "2026-01-06",
			func(r *protocols.PlanRequest) { r.Closed = closed(t, "2026-01-20") }, "01-06 01-13 | 01-20=closed"},
		"move": {"on_holiday: move\n" + three, "2026-01-06",
			func(r *protocols.PlanRequest) { r.Closed = closed(t, "2026-01-13..2026-01-14") },
			"01-06 01-15 01-20 | 01-13=closed"},
		"move or append": {"on_holiday: move\n" + three, "2026-01-06",
			func(r *protocols.PlanRequest) { r.Closed = closed(t, "2026-01-13..2026-01-19") },
			"01-06 01-20 01-27 | 01-13=closed"},
		"holiday": {three, "2026-05-18", func(r *protocols.PlanRequest) { r.Holidays = "us-federal" },
			"05-18 06-01 06-08 | 05-25=holiday: Memorial Day"},
		"observed": {three, "2026-06-26", func(r *protocols.PlanRequest) { r.Holidays = "us-federal" },
			"06-26 07-10 07-17 | 07-03=holiday: Independence Day (observed)"},
		"actual and other": {three, "2026-06-27", func(r *protocols.PlanRequest) { r.Holidays = "us-federal" },
			"06-27 07-11 07-18 | 07-04=holiday: Independence Day"},
		"closed wins": {three, "2026-05-18", func(r *protocols.PlanRequest) {
			r.Holidays, r.Closed = "us-federal", closed(t, "2026-05-25")
		}, "05-18 06-01 06-08 | 05-25=closed"},
		"across the year": {three, "2027-12-24", func(r *protocols.PlanRequest) { r.Holidays = "us-federal" },
			"01-07 01-14 01-21 | 12-24=holiday: Christmas Day (observed) 12-31=holiday: New Year's Day (observed)"},
		"fewer": {"", "2026-01-06", func(r *protocols.PlanRequest) { r.Sessions = 2 }, "01-06 01-13"},
		"more than a cycle": {"content: {order: cyclic, modules: [a, b]}\nentry: {type: any}", "2026-01-06",
			func(r *protocols.PlanRequest) { r.Sessions = 3 }, "01-06 01-13 01-20"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := request(t, c.start, "America/New_York")
			if c.change != nil {
				c.change(&req)
			}
			if got := dates(plan(t, sketch(t, c.keys), req)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestElevenFederalHolidays(t *testing.T) {
	t.Parallel()
	d := sketch(t, "cadence: {every: P1D}\ncontent: {order: cyclic, modules: [a]}\nentry: {type: any}\n")
	req := request(t, "2026-01-01", "America/New_York")
	req.Holidays, req.Sessions = protocols.HolidaysUSFederal, 353
	_, skipped, _ := strings.Cut(dates(plan(t, d, req)), "| ")
	const want = "01-01=holiday: New Year's Day 01-19=holiday: Martin Luther King Jr. Day 02-16=holiday: " +
		"Presidents' Day " +
		"05-25=holiday: Memorial Day 06-19=holiday: Juneteenth 07-03=holiday: Independence Day (observed) " +
		"07-04=holiday: Independence Day 09-07=holiday: Labor Day 10-12=holiday: Columbus Day 11-11=holiday: " +
		"Veterans Day " +
		"11-26=holiday: Thanksgiving Day 12-25=holiday: Christmas Day"
	if skipped != want {
		t.Errorf("got  %s\nwant %s", skipped, want)
	}
}

func TestCyclicContentTurns(t *testing.T) {
	t.Parallel()
	req := request(t, "2026-01-06", "America/New_York")
	req.Sessions = 10
	c := plan(t, protocol(t, "more-rolling"), req)
	if s := c.Sessions[8]; s.Position != "mindfulness-1" || s.Module != "mindfulness" || s.Number != 9 {
		t.Errorf("session 9 is number %d at %s", s.Number, s.Position)
	}
}

func TestPlanRefuses(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*protocols.PlanRequest){
		"start date is missing": func(r *protocols.PlanRequest) { r.Start = civil.Date{} },
		"1970 to 2199":          func(r *protocols.PlanRequest) { r.Start = civil.Date{Year: 9999, Month: 1, Day: 1} },
		"not a day":             func(r *protocols.PlanRequest) { r.Start = civil.Date{Year: 2026, Month: 2, Day: 30} },
		"not a time of day":     func(r *protocols.PlanRequest) { r.At.Hour = 24 },
		"time zone is missing":  func(r *protocols.PlanRequest) { r.Location = nil },
		"day of the week":       func(r *protocols.PlanRequest) { r.Weekdays = []time.Weekday{7} },
		"swap its two dates": func(r *protocols.PlanRequest) {
			r.Closed = []civil.DateRange{{From: r.Start, To: r.Start.AddDays(-1)}}
		},
		"write us-federal":        func(r *protocols.PlanRequest) { r.Holidays = "uk" },
		"ask for fewer":           func(r *protocols.PlanRequest) { r.Sessions = 9 },
		"ask for 1 to":            func(r *protocols.PlanRequest) { r.Sessions = -1 },
		"shorten the closed days": func(r *protocols.PlanRequest) { r.Closed = closed(t, "2026-01-01..2099-12-31") },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			req := request(t, "2026-01-06", "America/New_York")
			change(&req)
			c, err := protocol(t, "more-telehealth").Plan(req)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v and %v", c, err)
			}
		})
	}
	t.Run("monthly on two days", func(t *testing.T) {
		t.Parallel()
		req := request(t, "2026-01-06", "America/New_York")
		req.Weekdays = []time.Weekday{time.Monday, time.Friday}
		if _, err := sketch(t, "cadence: {every: P1M}\n").Plan(req); err == nil {
			t.Error("a monthly protocol was planned on two days")
		}
	})
	t.Run("nothing left to skip to", func(t *testing.T) {
		t.Parallel()
		req := request(t, "2026-01-06", "America/New_York")
		req.Closed = closed(t, "2026-01-01..2026-12-31")
		if _, err := sketch(t, "on_holiday: skip\n").Plan(req); err == nil {
			t.Error("a plan without sessions was made")
		}
	})
}

func TestNextOpen(t *testing.T) {
	t.Parallel()
	d := protocol(t, "more-telehealth")
	req := request(t, "2026-01-06", "America/New_York")
	req.Closed = closed(t, "2026-03-03")
	for after, want := range map[string]string{
		"2025-06-01": "2026-01-06T18:00", "2026-01-05": "2026-01-06T18:00", "2026-01-06": "2026-01-13T18:00",
		"2026-02-24": "2026-03-10T18:00", "2026-03-04": "2026-03-10T18:00",
	} {
		got, err := d.NextOpen(req, date(t, after))
		if err != nil || got.String() != want {
			t.Errorf("after %s: %s, %v, want %s", after, got, err, want)
		}
	}
	req.Closed = closed(t, "2026-01-01..2199-12-31")
	if got, err := d.NextOpen(req, date(t, "2026-02-24")); err == nil {
		t.Errorf("found %s among closed days", got)
	}
	req.Closed = nil
	if got, err := d.NextOpen(req, date(t, "9999-12-31")); err == nil {
		t.Errorf("found %s after the calendar's end", got)
	}
}

func TestPlanningTwiceGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	d := protocol(t, "m-rocc")
	req := request(t, "2026-01-06", "America/New_York")
	first, err := json.Marshal(plan(t, d, req))
	if err != nil {
		t.Fatal(err)
	}
	second, err := json.Marshal(plan(t, d, req))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("two plans differ")
	}
}
