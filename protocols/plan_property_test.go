package protocols_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"almanac/protocols"
)

// What holds for every plan: the count stands under append, numbers and content keep their order, nothing lies on a closed
// day, every cadence date before the last session is either used or explained, and the wall time is the one asked for.
func TestPlanProperties(t *testing.T) {
	t.Parallel()
	names := zones(t).Names()
	known := zones(t)
	definitions := library(t).List()
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SampledFrom(definitions).Draw(t, "protocol")
		loc, err := known.Location(rapid.SampledFrom(names).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		req := drawRequest(t, loc)
		start := req.Start
		c, err := d.Plan(req)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Sessions) != len(d.Positions()) {
			t.Fatalf("%d sessions, want %d", len(c.Sessions), len(d.Positions()))
		}
		explained := map[protocols.Date]bool{}
		for _, s := range c.Skipped {
			explained[s.Date] = true
		}
		for i, s := range c.Sessions {
			explained[s.LocalStart.Date] = true
			if s.Number != i+1 || s.Position != d.Positions()[i].ID || (i > 0 && !c.Sessions[i-1].Start.Before(s.Start)) {
				t.Fatalf("session %d has number %d and position %s at %s", i+1, s.Number, s.Position, s.Start)
			}
			checkOccurrence(t, s, req)
		}
		last := c.Sessions[len(c.Sessions)-1].LocalStart.Date
		for day := start; !day.After(last); day = day.AddDays(7) {
			if !explained[day] {
				t.Fatalf("%s has neither a session nor a reason", day)
			}
		}
		next, err := d.NextOpen(req, last)
		if err != nil || !next.Date.After(last) || start.DaysUntil(next.Date)%7 != 0 {
			t.Fatalf("the next open date after %s is %s, %v", last, next, err)
		}
	})
}

func drawRequest(t *rapid.T, loc *time.Location) protocols.PlanRequest {
	start := protocols.Date{Year: 2026, Month: time.January, Day: 1}.AddDays(rapid.IntRange(0, 800).Draw(t, "start"))
	return protocols.PlanRequest{
		Start:    start,
		At:       protocols.Clock{Hour: rapid.IntRange(0, 23).Draw(t, "hour"), Minute: rapid.IntRange(0, 59).Draw(t, "minute")},
		Location: loc,
		Holidays: rapid.SampledFrom([]string{"", protocols.HolidaysUSFederal}).Draw(t, "holidays"),
		Closed: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) protocols.DateRange {
			from := start.AddDays(rapid.IntRange(-10, 200).Draw(t, "from"))
			return protocols.DateRange{From: from, To: from.AddDays(rapid.IntRange(0, 20).Draw(t, "days"))}
		}), 0, 6).Draw(t, "closed"),
	}
}

// checkOccurrence holds one session against the request that it was planned for.
func checkOccurrence(t *rapid.T, s protocols.Occurrence, req protocols.PlanRequest) {
	for _, r := range req.Closed {
		if r.Contains(s.LocalStart.Date) {
			t.Fatalf("session %d lies on %s, which is closed", s.Number, s.LocalStart.Date)
		}
	}
	want := protocols.WallTime{Date: s.LocalStart.Date, Clock: req.At}
	if shown := protocols.WallOf(s.Start, req.Location); s.LocalStart != want || (s.Note != "gap" && shown != want) {
		t.Fatalf("session %d is at %s, shown as %s, want %s", s.Number, s.LocalStart, shown, want)
	}
	if (s.Note == "") != (len(s.Readings) == 0) || s.End.Sub(s.Start) != time.Duration(s.Minutes)*time.Minute {
		t.Fatalf("session %d: note %q with %d readings, from %s to %s", s.Number, s.Note, len(s.Readings), s.Start, s.End)
	}
}
