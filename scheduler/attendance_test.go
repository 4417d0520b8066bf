package scheduler_test

import (
	"fmt"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// two is the worked example with Q beside P, after the session of 2026-01-20.
func two(t *testing.T, lines ...string) (c *clinic, cohort, p, q scheduler.ID) {
	t.Helper()
	c = newClinic(t)
	cohort = c.open(opening(define(t, rolling, lines...)))
	c.now = instant("2026-01-14T14:00:00Z")
	p, q = c.enroll(cohort, "P").Enrollment, c.enroll(cohort, "Q").Enrollment
	c.welcomed()
	c.now = instant("2026-01-21T12:00:00Z")
	return c, cohort, p, q
}

func TestAttendanceOfSeveralInOneGo(t *testing.T) {
	t.Parallel()
	c, cohort, p, _ := two(t)
	err := c.mark(cohort, "2026-01-20", scheduler.Mark{Person: "P", State: scheduler.SeatMissed},
		scheduler.Mark{Person: "Q", State: scheduler.SeatLate})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "seats", []any{c.state(cohort, "2026-01-20", "P"), c.state(cohort, "2026-01-20", "Q")}, "[missed late]")
	same(t, "session", c.on(cohort, "2026-01-20").State, scheduler.SessionMet)
	same(t, "history", len(c.last.AttendanceTaken), 2)
	same(t, "the next turn", c.dates(cohort, p)[8], "03-17 m3")
	same(t, "told", c.told("P"), "[added 03-17]")
}

func TestAttendanceRefuses(t *testing.T) {
	t.Parallel()
	t.Run("all problems at once, and nothing is noted", func(t *testing.T) {
		t.Parallel()
		c, cohort, _, _ := two(t)
		before := written(c)
		err := c.mark(cohort, "2026-01-20",
			scheduler.Mark{Person: "stranger", State: scheduler.SeatPresent},
			scheduler.Mark{Person: "P", State: scheduler.SeatPartial, Minutes: 121},
			scheduler.Mark{Person: "Q", State: scheduler.SeatPresent},
			scheduler.Mark{Person: "Q", State: "asleep"})
		var fields []string
		for _, f := range fault.All(err) {
			fields = append(fields, fmt.Sprint(f.Kind, ":", f.Field))
		}
		same(t, "faults", fields,
			"[invalid:marks[0].person invalid:marks[1].partial invalid:marks[3].state invalid:marks[3].person]")
		c.unchanged("a refused attendance", before)
	})
	for name, tt := range map[string]struct {
		day      string
		mark     scheduler.Mark
		kind     fault.Kind
		field    string
		sentence string
	}{
		"not begun": {"2026-01-27", scheduler.Mark{State: scheduler.SeatPresent}, fault.Closed, "",
			"The session of 2026-01-27T18:00 has not begun, so nobody can have attended it yet. Take attendance " +
				"after its start."},
		"cancelled": {"2026-02-03", scheduler.Mark{State: scheduler.SeatPresent}, fault.Closed, "",
			"The session of 2026-02-03T18:00 is cancelled, so nobody can have attended it."},
		"fewer minutes than none": {"2026-01-20", scheduler.Mark{State: scheduler.SeatPartial, Minutes: -1},
			fault.Invalid, "marks[0].partial",
			"This session takes 120 minutes. Give a number from 0 to that."},
		"word after the session": {"2026-01-20", scheduler.Mark{State: scheduler.SeatExcused, NoticeHours: -1},
			fault.Invalid, "marks[0].excused",
			"Hours of notice cannot be negative. Give a number from 0 on."},
		"a segment that is none": {"2026-01-20", scheduler.Mark{State: scheduler.SeatPresent, Missed: []string{"tea"}},
			fault.Invalid, "marks[0].segments",
			"The session of 2026-01-20T18:00 has no segment \"tea\". Name one of its segments."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, cohort, _, _ := two(t)
			if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-02-03").ID,
				Content: scheduler.Skip}); err != nil {
				t.Fatal(err)
			}
			tt.mark.Person = "P"
			before := written(c)
			refused(t, c.mark(cohort, tt.day, tt.mark), tt.kind, tt.field, tt.sentence)
			c.unchanged("a refused attendance", before)
		})
	}
}

func TestWhatAttendanceEarns(t *testing.T) {
	t.Parallel()
	const segments = "session: {kind: group, segments: [{id: check-in, title: Check-in, minutes: 30, required: " +
		"false}, {id: group, title: Group, minutes: 90}]}"
	for name, tt := range map[string]struct {
		line string
		mark scheduler.Mark
		want string // state and what is owed
	}{
		"present": {"", scheduler.Mark{State: scheduler.SeatPresent}, "present []"},
		"late":    {"", scheduler.Mark{State: scheduler.SeatLate}, "late []"},
		"missed":  {"", scheduler.Mark{State: scheduler.SeatMissed}, "missed [m3]"},
		"excused": {"", scheduler.Mark{State: scheduler.SeatExcused, NoticeHours: 48},
			"excused [m3]"},
		"half of the minutes": {"", scheduler.Mark{State: scheduler.SeatPartial, Minutes: 60}, "partial []"},
		"a minute less":       {"", scheduler.Mark{State: scheduler.SeatPartial, Minutes: 59}, "partial [m3]"},
		"the protocol's share": {"late: {credit_min: 0.75}",
			scheduler.Mark{State: scheduler.SeatPartial, Minutes: 90}, "partial []"},
		"less than its share": {"late: {credit_min: 0.75}",
			scheduler.Mark{State: scheduler.SeatPartial, Minutes: 89}, "partial [m3]"},
		"without the check-in": {segments,
			scheduler.Mark{State: scheduler.SeatPresent, Missed: []string{"check-in"}}, "present []"},
		"without what is required": {segments,
			scheduler.Mark{State: scheduler.SeatPresent, Missed: []string{"group"}}, "missed [m3]"},
		"late, and without the rest": {segments,
			scheduler.Mark{State: scheduler.SeatLate, Missed: []string{"check-in", "group"}}, "missed [m3]"},
		"not known": {"", scheduler.Mark{State: scheduler.SeatPlanned}, "planned []"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines := []string{"completion: {type: content}\n" + tt.line}
			if tt.line == segments {
				lines = []string{segments}
			}
			c, cohort, p, _ := two(t, lines...)
			tt.mark.Person = "P"
			if err := c.mark(cohort, "2026-01-20", tt.mark); err != nil {
				t.Fatal(err)
			}
			it := c.itinerary(p)
			same(t, "state and owed", []any{c.state(cohort, "2026-01-20", "P"), it.Owed}, "["+tt.want+"]")
		})
	}
}

func TestAttendanceIsCorrected(t *testing.T) {
	t.Parallel()
	c, cohort, p, _ := two(t)
	first := scheduler.Mark{Person: "P", State: scheduler.SeatExcused, NoticeHours: 24}
	for i, step := range []struct {
		mark    scheduler.Mark
		history int
		session scheduler.SessionState
	}{
		{first, 1, scheduler.SessionPlanned}, // nothing is known of Q
		{first, 0, scheduler.SessionPlanned},
		{scheduler.Mark{Person: "Q", State: scheduler.SeatPresent}, 1, scheduler.SessionMet},
		{scheduler.Mark{Person: "P", State: scheduler.SeatExcused, NoticeHours: 2}, 1, scheduler.SessionMet},
		{scheduler.Mark{Person: "P", State: scheduler.SeatPresent}, 1, scheduler.SessionMet},
		{scheduler.Mark{Person: "P", State: scheduler.SeatPlanned}, 1, scheduler.SessionPlanned},
	} {
		c.now = c.now.Add(60)
		if err := c.mark(cohort, "2026-01-20", step.mark); err != nil {
			t.Fatal(err)
		}
		if len(c.last.AttendanceTaken) != step.history || c.on(cohort, "2026-01-20").State != step.session {
			t.Errorf("step %d: %d in the history, the session is %s", i, len(c.last.AttendanceTaken),
				c.on(cohort, "2026-01-20").State)
		}
		if step.history == 1 &&
			(!c.last.AttendanceTaken[0].At.Equal(c.now) || c.last.AttendanceTaken[0].State != step.mark.State ||
				c.last.AttendanceTaken[0].NoticeHours != step.mark.NoticeHours) {
			t.Errorf("step %d is remembered as %+v", i, c.last.AttendanceTaken[0])
		}
	}
	same(t, "owed", c.itinerary(p).Owed, "[]")
	same(t, "seats", len(c.dates(cohort, p)), 8)
}

func TestAttendanceDuringASession(t *testing.T) {
	t.Parallel()
	c, cohort, _, _ := two(t)
	c.now = instant("2026-01-20T23:30:00Z")
	c.note(cohort, "P", scheduler.SeatPresent, "01-20")
	c.note(cohort, "Q", scheduler.SeatMissed, "01-20")
	same(t, "while it is on", c.on(cohort, "2026-01-20").State, scheduler.SessionPlanned)
	c.keep("2026-01-21T01:00:00Z")
	same(t, "once it is over", c.on(cohort, "2026-01-20").State, scheduler.SessionMet)
	same(t, "asked", c.asked(), "[]")
}

func TestALateCorrectionBringsSomebodyBack(t *testing.T) {
	t.Parallel()
	c, cohort, p, _ := two(t, "completion: {type: sessions, n: 2}")
	c.now = instant("2026-01-28T12:00:00Z")
	c.note(cohort, "P", scheduler.SeatPresent, "01-20", "01-27")
	same(t, "state", c.enrollment(p).State, scheduler.Completed)
	same(t, "ended with the session", c.enrollment(p).EndedAt, c.on(cohort, "2026-01-27").End)
	c.now = instant("2026-01-29T12:00:00Z")
	c.note(cohort, "P", scheduler.SeatMissed, "01-27")
	same(t, "state", []any{c.enrollment(p).State, c.enrollment(p).EndedAt.IsZero()}, "[active true]")
	same(t, "seats", c.dates(cohort, p), "[01-20 m3 01-27 m4 02-03 m5]")
	same(t, "told", c.told("P"), "[added 02-03]")
}

// A segment that was noted as left out stays, although the protocol has it no more; a new one is refused.
func TestAttendanceKeepsOlderSegments(t *testing.T) {
	t.Parallel()
	c, cohort, _, _ := two(t)
	session := c.on(cohort, "2026-01-20").ID
	for _, seat := range c.roster(cohort).Seats {
		if seat.Session == session && seat.Person == "P" {
			seat.Missed = "tea"
		}
	}
	late := scheduler.Mark{Person: "P", State: scheduler.SeatLate, Missed: []string{"tea"}}
	if err := c.mark(cohort, "2026-01-20", late); err != nil {
		t.Fatal(err)
	}
	refused(t, c.mark(cohort, "2026-01-20", scheduler.Mark{Person: "Q", State: scheduler.SeatLate,
		Missed: []string{"tea"}}), fault.Invalid, "marks[0].segments",
		"The session of 2026-01-20T18:00 has no segment \"tea\". Name one of its segments.")
}
