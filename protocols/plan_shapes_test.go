package protocols_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
)

// The shapes that programmes have beside a weekly series, as small as they can be written.
const (
	mbsrShape = `session: {duration: PT2H30M}
one_offs:
  - {id: orientation, kind: orientation, duration: PT1H, lead: P14D, window: [-P7D, P7D]}
  - {id: retreat, duration: PT4H, time: "09:00", between: [6, 7], else_between: [5, 6], days: [sat, sun]}
`
	mbrpTrainingShape = `session: {kind: workshop, duration: PT1H30M}
contact: {minutes: 1800, minutes_min: 1500}
phases:
  - {id: sessions, sessions: 8}
  - {id: workshop, sessions: 2, starts_after: P7D, cadence: {consecutive: true}, time: "09:00",
    session: {duration: [PT5H, PT7H30M]}}
  - {id: follow-up, sessions: 2}
`
	selfGuidedShape = `clock: participant
weeks: 8
contact: {minutes: 180, minutes_min: 75}
appointments:
  - {id: call-1, kind: call, duration: [PT25M, PT1H], anchor: programme-start, window: [-P7D, P7D]}
  - {id: call-2, kind: call, duration: [PT25M, PT1H], anchor: programme-middle, window: [-P7D, P7D]}
  - {id: call-3, kind: call, duration: [PT25M, PT1H], anchor: programme-end, window: [-P7D, P7D]}
async:
  - {id: video, anchor: entry, every: P1W, from_week: 1, to_week: 2, window: [P0D, P6D]}
`
	miTrainingShape = `content: {unit: session, count: 2}
cadence: {consecutive: true}
session: {kind: workshop, duration: PT6H30M}
appointments:
  - {id: coaching, duration: PT1H, anchor: last-session, at: [P1M, P2M, P4M, P6M], at_least: 3,
    window: [-P14D, P14D], days: [mon, tue, wed, thu, fri]}
`
	levelledShape = `session: {duration: PT1H}
phases:
  - {id: weekly, sessions: 3, cadence: {every: P1W}}
  - {id: two-weeks, sessions: 2, cadence: {every: P2W}}
  - {id: monthly, sessions: 3, cadence: {every: P1M}}
`
)

// shaped is a protocol with the given keys and, where they name none, eight numbered sessions.
func shaped(t testing.TB, keys string) *protocols.Definition {
	t.Helper()
	if strings.Contains(keys, "session:") && !strings.Contains(keys, "content:") && !strings.Contains(keys, "phases:") {
		keys = "content: {unit: session, count: 8}\n" + keys
	}
	d, err := protocols.Parse("shape.yaml", []byte("protocol: shape\nversion: 1\ntitle: Shape\n"+keys))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// lines prints a calendar's sessions and windows so that a person can check them.
func lines(c *protocols.Calendar) string {
	var b strings.Builder
	for _, s := range c.Sessions {
		length := fmt.Sprint(s.Minutes)
		if s.MinutesMin > 0 {
			length = fmt.Sprintf("%d-%d", s.MinutesMin, s.Minutes)
		}
		day := s.LocalStart.Date.Weekday().String()[:3]
		fmt.Fprintln(&b, strings.TrimSpace(fmt.Sprint(s.Number, " ", s.Kind, " ", s.Position, " ", s.LocalStart, " ",
			day, " ", length, " ", s.Modality)))
	}
	for _, w := range c.Windows {
		fmt.Fprintf(&b, "%s %s %s %s\n", w.ID, w.Opens, w.Target, w.Closes)
	}
	for _, s := range c.Skipped {
		fmt.Fprintf(&b, "%s %s\n", s.Date, s.Reason)
	}
	fmt.Fprintf(&b, "%d/%d/%d\n", c.ContactMinutes, c.ContactMinutesMin, c.CountableMinutes)
	return b.String()
}

func TestPlanShapes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		keys, start string
		change      func(*protocols.PlanRequest)
	}{
		"orientation-and-retreat": {keys: mbsrShape},
		"orientation-closed": {keys: mbsrShape,
			change: func(r *protocols.PlanRequest) { r.Closed = closed(t, "2025-12-23", "2025-12-22") }},
		"retreat-on-sunday": {keys: mbsrShape,
			change: func(r *protocols.PlanRequest) { r.Closed = closed(t, "2026-02-14") }},
		"retreat-a-week-earlier": {keys: mbsrShape,
			change: func(r *protocols.PlanRequest) { r.Closed = closed(t, "2026-02-14..2026-02-15") }},
		"retreat-beside-dosing": {keys: mbsrShape, change: func(r *protocols.PlanRequest) {
			r.Avoid, r.Buffer = dosing, 45*time.Minute
		}},
		"training-in-three-series": {keys: mbrpTrainingShape},
		"training-workshop-closed": {keys: mbrpTrainingShape,
			change: func(r *protocols.PlanRequest) { r.Closed = closed(t, "2026-03-04") }},
		"calls": {keys: selfGuidedShape},
		"calls-closed": {keys: selfGuidedShape,
			change: func(r *protocols.PlanRequest) { r.Closed = closed(t, "2026-01-06", "2026-02-23..2026-02-25") }},
		"calls-own-entry": {keys: selfGuidedShape,
			change: func(r *protocols.PlanRequest) { r.Entry = date(t, "2026-01-20") }},
		"coaching": {keys: miTrainingShape},
		"levelled": {keys: levelledShape},
		"levelled-closed": {keys: levelledShape,
			change: func(r *protocols.PlanRequest) { r.Closed = closed(t, "2026-01-20", "2026-02-10") }},
		"days-of-phases": {keys: mbrpTrainingShape,
			change: func(r *protocols.PlanRequest) { r.Weekdays = []time.Weekday{time.Monday, time.Thursday} }},
		"before-and-after": {keys: `session: {duration: PT1H}
content: {unit: session, count: 3}
assessments:
  - {id: craving, anchor: each-session, when: before}
  - {id: heart-rate, anchor: each-session, when: during, sessions: [2]}
  - {id: visit-note, anchor: visit, offset: P1D, window: [P0D, P2D]}
  - {id: far, anchor: randomisation}
appointments:
  - {id: visit, duration: PT20M, anchor: "session:2", offset: P1D, time: "10:30"}
`},
		"a-change-in-mid-run": {keys: `session: {duration: PT2H, modality: {primary: in-person}}
content: {unit: session, count: 4}
variations:
  - {from: 1, to: 1, duration: PT3H30M}
  - {from: 3, modality: {primary: video, camera_required: true}, reason: the building closed}
`},
		"until-discharge": {keys: `session: {duration: PT1H}
cadence: {every: P1W, offsets: [0, 3]}
content: {order: cyclic, modules: [a, b, c, d]}
entry: {type: any}
completion: {type: none, discharge_after: P21D}
assessments: [{id: admission, anchor: entry}, {id: exit, anchor: discharge, window: [-P2D, P0D]}]
`},
		"a-log": {keys: "log: {columns: [{id: strategy}]}\nasync: [{id: row, anchor: cohort-start, every: P1W, " +
			"from_week: 1, to_week: 3}]\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := request(t, "2026-01-06", "America/New_York")
			if c.change != nil {
				c.change(&req)
			}
			golden(t, "shapes/"+name+".txt", []byte(lines(plan(t, shaped(t, c.keys), req))))
		})
	}
}

// dosing are the hours of a clinic that doses from early morning.
var dosing = []protocols.Hours{
	{What: "clinic-dosing", Days: []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday},
		From: civil.Clock{Hour: 5, Minute: 30}, To: civil.Clock{Hour: 13, Minute: 30}},
	{What: "clinic-dosing", Days: []time.Weekday{time.Saturday}, From: civil.Clock{Hour: 6}, To: civil.Clock{Hour: 9}},
}

func TestPlanKeepsClearOfHours(t *testing.T) {
	t.Parallel()
	d := shaped(t, "session: {duration: PT2H}\n")
	night := []protocols.Hours{{What: "own-hours", From: civil.Clock{Hour: 1}, To: civil.Clock{Hour: 1, Minute: 30}}}
	for name, c := range map[string]struct {
		at    civil.Clock
		avoid []protocols.Hours
		want  string
	}{
		"inside": {civil.Clock{Hour: 12, Minute: 30}, dosing,
			"from 12:30 to 14:30 clashes with clinic-dosing from 05:30 to 13:30"},
		"on the way": {civil.Clock{Hour: 13, Minute: 30}, dosing,
			"from 13:30 to 15:30 clashes with clinic-dosing from 05:30 to 13:30"},
		"before": {civil.Clock{Hour: 3}, dosing,
			"from 03:00 to 05:00 clashes with clinic-dosing from 05:30 to 13:30"},
		"just after": {civil.Clock{Hour: 14, Minute: 15}, dosing, ""},
		"into the next day": {civil.Clock{Hour: 23, Minute: 30}, night,
			"from 23:30 to 01:30 clashes with own-hours from 01:00 to 01:30"},
		"the evening":     {civil.Clock{Hour: 22, Minute: 15}, night, ""},
		"the small hours": {civil.Clock{Hour: 2, Minute: 15}, night, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := request(t, "2026-01-06", "America/New_York")
			req.At, req.Buffer, req.Avoid = c.at, 45*time.Minute, c.avoid
			_, err := d.Plan(req)
			want := "session 1 on Tuesday 2026-01-06 " + c.want +
				" and 45 minutes on the way; choose another time or day"
			if (c.want == "" && err != nil) || (c.want != "" && fmt.Sprint(err) != want) {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

// A protocol's own hours count as a request's do, and the longer way wins.
func TestPlanKeepsClearOfTheProtocolsHours(t *testing.T) {
	t.Parallel()
	d := shaped(t, `session: {duration: PT2H}
avoid: {buffer: PT45M, hours: [{what: clinic-dosing, days: [tue], from: "05:30", to: "13:30"}]}
`)
	req := request(t, "2026-01-06", "America/New_York")
	req.At, req.Buffer = civil.Clock{Hour: 14}, 10*time.Minute
	if _, err := d.Plan(req); err == nil || !strings.Contains(err.Error(), "clashes with clinic-dosing") {
		t.Errorf("planned into dosing hours: %v", err)
	}
	req.Start = date(t, "2026-01-07")
	if _, err := d.Plan(req); err != nil {
		t.Errorf("a Wednesday was refused: %v", err)
	}
}

// Whatever the start, the retreat keeps clear of the Saturday's dosing hours and stands between the named sessions.
func TestRetreatNeverMeetsDosing(t *testing.T) {
	t.Parallel()
	d := shaped(t, mbsrShape)
	for day := range 366 {
		req := request(t, "2026-01-01", "America/New_York")
		req.Start, req.Avoid, req.Buffer = req.Start.AddDays(day), dosing, 45*time.Minute
		c, err := d.Plan(req)
		if req.Start.Weekday() == time.Sunday { // between two Sundays the only day of a weekend is a Saturday
			if err == nil || !strings.Contains(err.Error(), "retreat has no free day (Saturday or Sunday)") {
				t.Fatalf("%s: %v", req.Start, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", req.Start, err)
		}
		for _, s := range c.Sessions {
			if s.Kind == protocols.KindRetreat && s.LocalStart.Date.Weekday() != time.Sunday {
				t.Errorf("%s: the retreat is on %s", req.Start, s.LocalStart)
			}
		}
	}
}

func TestPlanRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		keys   string
		change func(*protocols.PlanRequest)
		want   string
	}{
		"no weekend left": {mbsrShape, func(r *protocols.PlanRequest) {
			r.Closed = closed(t, "2026-02-07..2026-02-08", "2026-02-14..2026-02-15")
		},
			"retreat has no free day (Saturday or Sunday) between sessions 6 and 7 (2026-02-10 and 2026-02-17) nor " +
				"between sessions 5 and 6 (2026-02-03 and 2026-02-10); open one, or choose another start or time"},
		"no day before": {mbsrShape, func(r *protocols.PlanRequest) { r.Closed = closed(t, "2025-12-01..2026-01-05") },
			"orientation has no free day from 2025-12-16 to 2025-12-30; open one of them or choose another start"},
		"no day for a call": {selfGuidedShape,
			func(r *protocols.PlanRequest) { r.Closed = closed(t, "2026-01-10..2026-02-28") },
			"the appointment call-2 has no free day from 2026-01-20 to 2026-02-03; open one of them or choose " +
				"another start"},
		"hours that fall": {selfGuidedShape, func(r *protocols.PlanRequest) {
			r.Avoid = []protocols.Hours{{What: "own-hours", From: civil.Clock{Hour: 22}, To: civil.Clock{Hour: 2}}}
		}, "the hours 22:00 to 02:00 of own-hours do not rise; write those past midnight as two"},
		"all closed": {selfGuidedShape,
			func(r *protocols.PlanRequest) { r.Closed = closed(t, "2026-01-01..2099-12-31") },
			"no date is open in the five years from 2026-01-06 on; shorten the closed days"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := request(t, "2026-01-06", "America/New_York")
			c.change(&req)
			if got, err := shaped(t, c.keys).Plan(req); err == nil || err.Error() != c.want {
				t.Errorf("got  %v, %v\nwant %s", got, err, c.want)
			}
		})
	}
}

func TestNextOpenOfPhases(t *testing.T) {
	t.Parallel()
	d := shaped(t, levelledShape)
	req := request(t, "2026-01-06", "America/New_York")
	for after, want := range map[string]string{
		"2026-01-01": "2026-01-06", "2026-01-06": "2026-01-13", "2026-01-20": "2026-01-27", "2026-01-27": "2026-02-10",
		"2026-02-10": "2026-02-24", "2026-02-24": "2026-03-24", "2026-04-28": "2026-05-26",
	} {
		if got, err := d.NextOpen(req, date(t, after)); err != nil || got.Date.String() != want {
			t.Errorf("after %s: %s, %v, want %s", after, got, err, want)
		}
	}
}

// A programme inside a methadone clinic does not begin at a time at which people are dosed or on their way from it.
func TestMethadoneClinicRefusesItsDosingHours(t *testing.T) {
	t.Parallel()
	d := protocol(t, "more-mmt")
	req := request(t, "2026-01-06", "America/New_York")
	req.At, req.Avoid, req.Buffer = civil.Clock{Hour: 12, Minute: 30}, dosing, 45*time.Minute
	const want = "session 1 on Tuesday 2026-01-06 from 12:30 to 14:30 clashes with clinic-dosing from 05:30 to " +
		"13:30 and 45 minutes on the way; choose another time or day"
	if _, err := d.Plan(req); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	req.At = civil.Clock{Hour: 14, Minute: 15}
	if c := plan(t, d, req); len(c.Sessions) != 8 {
		t.Errorf("%d sessions", len(c.Sessions))
	}
}
