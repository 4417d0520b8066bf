package protocols_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"almanac/protocols"
	"almanac/protocols/civil"
)

// drawn is a random protocol with what the properties need to know about it.
type drawn struct {
	*protocols.Definition
	turn     int  // days of the turn; 0 for months
	steady   bool // all phases take their dates from one grid, so that a later start cannot overtake an earlier one
	retimed  bool // a phase has its own time of day
	inPhases bool
}

// drawDefinition writes a random file of the language and reads it.
func drawDefinition(t *rapid.T) drawn {
	var b strings.Builder
	b.WriteString("protocol: random\nversion: 1\ntitle: Random\n")
	d := drawn{turn: 7, steady: true}
	fmt.Fprintf(&b, "session: {kind: %s, duration: %s}\n",
		rapid.SampledFrom([]string{"group", "workshop", "meeting"}).Draw(t, "kind"),
		rapid.SampledFrom([]string{"PT1H", "PT1H30M", "[PT25M, PT2H]"}).Draw(t, "length"))
	fmt.Fprintf(&b, "on_holiday: %s\n", rapid.SampledFrom([]string{"append", "skip", "move"}).Draw(t, "closures"))
	switch rapid.IntRange(0, 4).Draw(t, "cadence") {
	case 0:
		b.WriteString("cadence: {every: P1W, offsets: [0, 3]}\n")
	case 1:
		b.WriteString("cadence: {every: P2W}\n")
		d.turn = 14
	case 2:
		b.WriteString("cadence: {every: P1M}\n")
		d.turn = 0
	case 3:
		b.WriteString("cadence: {consecutive: true}\n")
	}
	if d.turn > 0 && rapid.Bool().Draw(t, "in phases") {
		d.inPhases = true
		drawPhases(t, &b, &d)
	} else {
		order := rapid.SampledFrom([]string{"fixed", "cyclic", "free"}).Draw(t, "order")
		fmt.Fprintf(&b, "content: {order: %s, modules: [{id: a, sessions: %d}, b, {id: c, sessions: 2}]}\n", order,
			rapid.IntRange(1, 30).Draw(t, "sessions"))
		if order != "fixed" {
			b.WriteString("entry: {type: module-start}\n")
		}
	}
	drawBeside(t, &b)
	definition, err := protocols.Parse("random.yaml", []byte(b.String()))
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	d.Definition = definition
	return d
}

func drawPhases(t *rapid.T, b *strings.Builder, d *drawn) {
	b.WriteString("phases:\n")
	for i := range rapid.IntRange(1, 4).Draw(t, "phases") {
		fmt.Fprintf(b, "  - {id: p%d, sessions: %d", i, rapid.IntRange(1, 9).Draw(t, "length of phase"))
		switch rapid.IntRange(0, 5).Draw(t, "dates of phase") {
		case 0:
			b.WriteString(", cadence: {consecutive: true}")
		case 1:
			fmt.Fprintf(b, ", cadence: {every: %s}",
				rapid.SampledFrom([]string{"P1W", "P2W", "P1M", "P3D"}).Draw(t, "turn of phase"))
			d.steady = false
		case 2:
			b.WriteString(`, time: "09:00"`)
			d.retimed = true
		}
		if i > 0 && rapid.Bool().Draw(t, "waits") {
			fmt.Fprintf(b, ", starts_after: P%dD", rapid.IntRange(1, 20).Draw(t, "wait"))
		}
		b.WriteString("}\n")
	}
}

func drawBeside(t *rapid.T, b *strings.Builder) {
	if rapid.Bool().Draw(t, "orientation") {
		b.WriteString("one_offs:\n  - {id: first, kind: orientation, duration: PT1H, lead: P14D, window: [-P7D, " +
			"P7D]}\n")
	}
	if rapid.Bool().Draw(t, "appointments") {
		b.WriteString(`appointments:
  - {id: visit, duration: PT20M, anchor: "week:3", window: [-P3D, P14D], time: "10:00"}
  - {id: coaching, kind: call, duration: [PT10M, PT1H], anchor: last-session, at: [P1W, P1M],
    at_least: 1, window: [-P7D, P7D]}
`)
	}
	if rapid.Bool().Draw(t, "assessments") {
		fmt.Fprintf(b, `assessments:
  - {id: before, anchor: cohort-start, offset: -P7D, window: [-P%dD, P%dD]}
  - {id: again, anchor: before, every: P2W, from_week: 2, to_week: %d, window: [P0D, P13D]}
  - {id: mood, anchor: each-session, when: after}
`, rapid.IntRange(0, 9).Draw(t, "opens"), rapid.IntRange(0, 9).Draw(t, "closes"),
			rapid.IntRange(2, 30).Draw(t, "until"))
	}
}

// What holds for every plan of every protocol.
func TestPlanProperties(t *testing.T) {
	t.Parallel()
	known := zones(t)
	names := known.Names()
	builtin := library(t).List()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDefinition(t)
		if rapid.IntRange(0, 3).Draw(t, "of the library") == 0 {
			d = drawn{Definition: rapid.SampledFrom(builtin).Draw(t, "protocol"), retimed: true}
		}
		loc, err := known.Location(rapid.SampledFrom(names).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		req := drawRequest(t, loc)
		c, err := d.Plan(req)
		if err != nil {
			checkRefusal(t, err)
			return
		}
		main := checkSeries(t, d, c)
		for _, s := range c.Sessions {
			checkOccurrence(t, s, req, s.Number > 0 && !d.retimed)
		}
		for _, w := range c.Windows {
			if w.Closes.Before(w.Opens) {
				t.Fatalf("the window %s opens on %s and closes on %s", w.ID, w.Opens, w.Closes)
			}
		}
		checkTwice(t, d, req, c)
		if len(main) > 0 {
			checkLater(t, d, req, main[len(main)-1].LocalStart.Date)
			checkNext(t, d, req, main[len(main)-1].LocalStart.Date)
		}
	})
}

// checkRefusal holds that a plan is refused only for want of days.
func checkRefusal(t *rapid.T, err error) {
	for _, known := range []string{"has no free day", "no session is left"} {
		if strings.Contains(err.Error(), known) {
			return
		}
	}
	t.Fatal(err)
}

// checkSeries holds number, count and order of the main series and returns it.
func checkSeries(t *rapid.T, d drawn, c *protocols.Calendar) []protocols.Occurrence {
	var main []protocols.Occurrence
	for i, s := range c.Sessions {
		if s.Number > 0 {
			main = append(main, s)
		}
		if i > 0 && s.Start.Before(c.Sessions[i-1].Start) {
			t.Fatalf("session %d at %s stands after one at %s", i, s.Start, c.Sessions[i-1].Start)
		}
	}
	positions := d.Positions()
	want := len(positions)
	if d.OnHoliday == protocols.ClosureSkip {
		want -= len(c.Skipped)
	}
	if len(main) != want {
		t.Fatalf("%d sessions, want %d, with %d skipped dates", len(main), want, len(c.Skipped))
	}
	next := 0
	for i, s := range main {
		if s.Number != i+1 {
			t.Fatalf("session %d has the number %d", i+1, s.Number)
		}
		for next < len(positions) && positions[next].ID != s.Position {
			next++
		}
		if next == len(positions) || (d.OnHoliday != protocols.ClosureSkip && next != i) {
			t.Fatalf("session %d has the position %s", i+1, s.Position)
		}
		next++
	}
	return main
}

// checkOccurrence holds one session against the request that it was planned for.
func checkOccurrence(t *rapid.T, s protocols.Occurrence, req protocols.PlanRequest, atTime bool) {
	for _, r := range req.Closed {
		if r.Contains(s.LocalStart.Date) {
			t.Fatalf("session %d lies on %s, which is closed", s.Number, s.LocalStart.Date)
		}
	}
	if atTime && s.LocalStart.Clock != req.At {
		t.Fatalf("session %d is at %s, want %s", s.Number, s.LocalStart, req.At)
	}
	if shown := civil.WallOf(s.Start, req.Location); s.Note != "gap" && shown != s.LocalStart {
		t.Fatalf("session %d is at %s, shown as %s", s.Number, s.LocalStart, shown)
	}
	if exact := civil.Resolve(s.LocalStart, req.Location); !s.Start.Equal(exact.Instant) ||
		s.Note != exact.Shift.String() {
		t.Fatalf("session %d starts at %s %q, want %s %q", s.Number, s.Start, s.Note, exact.Instant, exact.Shift)
	}
	if (s.Note == "") != (len(s.Readings) == 0) || s.End.Sub(s.Start) != time.Duration(s.Minutes)*time.Minute {
		t.Fatalf("session %d: note %q with %d readings, from %s to %s", s.Number, s.Note, len(s.Readings),
			s.Start, s.End)
	}
}

func checkTwice(t *rapid.T, d drawn, req protocols.PlanRequest, first *protocols.Calendar) {
	second, err := d.Plan(req)
	if err != nil {
		t.Fatal(err)
	}
	a, errA := json.Marshal(first)
	b, errB := json.Marshal(second)
	if errA != nil || errB != nil || !bytes.Equal(a, b) {
		t.Fatal("planning twice gives different bytes")
	}
}

// checkLater holds that of two starts a whole number of turns apart the later never ends earlier. Where a turn is
// longer than a week the starts are that many turns apart: those in between take other dates, which other closed days
// meet.
func checkLater(t *rapid.T, d drawn, req protocols.PlanRequest, end civil.Date) {
	if d.turn == 0 || !d.steady || (d.inPhases && d.OnHoliday == protocols.ClosureSkip) {
		return
	}
	req.Start = req.Start.AddDays(d.turn * rapid.IntRange(1, 8).Draw(t, "turns later"))
	later, err := d.Plan(req)
	if err != nil {
		checkRefusal(t, err)
		return
	}
	for _, s := range slices.Backward(later.Sessions) {
		if s.Number == 0 {
			continue
		}
		if s.LocalStart.Date.Before(end) {
			t.Fatalf("a start on %s ends on %s, one before it on %s", req.Start, s.LocalStart.Date, end)
		}
		return
	}
}

// checkNext holds that the next open date follows and is open.
func checkNext(t *rapid.T, d drawn, req protocols.PlanRequest, last civil.Date) {
	next, err := d.NextOpen(req, last)
	if err != nil || !next.Date.After(last) || next.Clock != req.At {
		t.Fatalf("the next open date after %s is %s, %v", last, next, err)
	}
	for _, r := range req.Closed {
		if r.Contains(next.Date) {
			t.Fatalf("the next open date %s is closed", next.Date)
		}
	}
}

func drawRequest(t *rapid.T, loc *time.Location) protocols.PlanRequest {
	start := civil.Date{Year: 2026, Month: time.January, Day: 1}.AddDays(rapid.IntRange(0, 800).Draw(t, "start"))
	return protocols.PlanRequest{
		Start: start,
		At: civil.Clock{Hour: rapid.IntRange(0, 23).Draw(t, "hour"),
			Minute: rapid.IntRange(0, 59).Draw(t, "minute")},
		Location: loc,
		Holidays: rapid.SampledFrom([]string{"", protocols.HolidaysUSFederal}).Draw(t, "holidays"),
		Closed: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) civil.DateRange {
			from := start.AddDays(rapid.IntRange(-10, 200).Draw(t, "from"))
			return civil.DateRange{From: from, To: from.AddDays(rapid.IntRange(0, 20).Draw(t, "days"))}
		}), 0, 6).Draw(t, "closed"),
	}
}
