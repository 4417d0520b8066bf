package protocols_test

import (
	"fmt"
	"testing"
	"time"
)

func TestContinueAnswersClosedDays(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]string{
		"append": "[2026-01-20T18:00 2026-02-10T18:00 2026-02-17T18:00]",
		"move":   "[2026-01-20T18:00 2026-01-28T18:00 2026-02-10T18:00]",
		"skip":   "[2026-01-20T18:00  ]",
	} {
		req := request(t, "2026-01-06", "America/New_York")
		req.Closed = closed(t, "2026-01-27", "2026-02-03..2026-02-09")
		got, err := sketch(t, "on_holiday: "+rule+"\n").Continue(req, date(t, "2026-01-19"), 3)
		if err != nil || fmt.Sprint(got) != want {
			t.Errorf("%s: %v, %v, want %s", rule, got, err, want)
		}
	}
	req := request(t, "2026-01-06", "America/New_York")
	req.Closed = closed(t, "2026-01-01..2199-12-31")
	for _, rule := range []string{"append", "move", "skip"} {
		if got, err := sketch(t, "on_holiday: "+rule+"\n").Continue(req, date(t, "2026-01-19"), 10_000); err == nil {
			t.Errorf("%s: found %d dates among closed days", rule, len(got))
		}
	}
}

func TestInstead(t *testing.T) {
	t.Parallel()
	req := request(t, "2026-01-06", "America/New_York")
	req.Closed = closed(t, "2026-01-20..2026-01-21", "2026-02-03..2026-02-09")
	d := sketch(t, "on_holiday: move\n")
	for day, want := range map[string]string{"2026-01-20": "2026-01-22 true", "2026-02-03": " false"} {
		got, ok, err := d.Instead(req, date(t, day))
		if err != nil || fmt.Sprint(got, " ", ok) != want {
			t.Errorf("instead of %s: %s, %v, %v, want %s", day, got, ok, err, want)
		}
	}
	if _, ok, err := sketch(t, "on_holiday: skip\n").Instead(req, date(t, "2026-01-20")); ok || err != nil {
		t.Errorf("a protocol that skips moves: %v", err)
	}
}

func TestRealignKeepsTheWeeks(t *testing.T) {
	t.Parallel()
	const monthly = "cadence: {every: P1M, count: 8}\n"
	for _, tt := range []struct {
		keys, start string
		days        []time.Weekday
		want        string
	}{
		{"", "2026-01-06", []time.Weekday{time.Thursday}, "2026-01-08"},
		{"", "2026-01-06", []time.Weekday{time.Monday}, "2026-01-05"},
		{"", "2026-01-11", []time.Weekday{time.Monday}, "2026-01-05"},
		{"", "2026-01-06", []time.Weekday{time.Saturday, time.Wednesday}, "2026-01-07"},
		{"", "2026-01-06", nil, "2026-01-06"},
		{monthly, "2026-01-13", []time.Weekday{time.Thursday}, "2026-01-08"},
		{monthly, "2026-06-30", []time.Weekday{time.Thursday}, "2026-04-30"},
	} {
		got, err := sketch(t, tt.keys).Realign(date(t, tt.start), tt.days)
		if err != nil || got.String() != tt.want {
			t.Errorf("%s from %s on %v: %s, %v, want %s", tt.keys, tt.start, tt.days, got, err, tt.want)
		}
	}
	if _, err := sketch(t, monthly).Realign(date(t, "2026-01-13"),
		[]time.Weekday{time.Monday, time.Thursday}); err == nil {
		t.Error("a monthly series lies on two days of the week")
	}
}

func TestDaysOfWeek(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		keys string
		days []time.Weekday
		want string
	}{
		{"", nil, "[Tuesday]"},
		{"", []time.Weekday{time.Monday, time.Thursday}, "[Thursday Monday]"},
		{"cadence: {every: P1W, offsets: [0, 3], count: 8}\n", nil, "[Tuesday Friday]"},
		{"cadence: {every: P1M, count: 8}\n", nil, "[]"},
		{"cadence: {every: P10D, count: 8}\n", nil, "[]"},
	} {
		if got := fmt.Sprint(sketch(t, tt.keys).DaysOfWeek(date(t, "2026-01-06"), tt.days)); got != tt.want {
			t.Errorf("%s on %v: %s, want %s", tt.keys, tt.days, got, tt.want)
		}
	}
}
