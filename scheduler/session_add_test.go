package scheduler_test

import (
	"fmt"
	"testing"

	"almanac/protocols"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

func TestAddSession(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		asked      scheduler.AddRequest
		rows, told string
	}{
		"beside the series": {
			scheduler.AddRequest{At: wall("2026-01-17T10:00"), Kind: protocols.KindRetreat, Minutes: 240},
			"[2 01-13 Session 2 planned 0 01-17 Retreat planned 3 01-20 Session 3 planned]",
			"[a added 01-17 b added 01-17]",
		},
		"of the series": {
			scheduler.AddRequest{At: wall("2026-01-15T18:00"), Position: "session-2"},
			"[2 01-13 Session 2 planned 3 01-15 Session 2 planned 4 01-20 Session 3 planned]",
			"[a added 01-15 b added 01-15]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, cohort := group(t)
			tt.asked.Cohort = cohort
			preview, err := c.desk().Preview(t.Context(), c.request(), desk.AddSession(tt.asked))
			if err != nil || len(preview.Effects()) != 1 || preview.Effects()[0].Before.Expected ||
				len(preview.Told) != 2 {
				t.Errorf("preview %+v: %v", preview, err)
			}
			if err := c.add(tt.asked); err != nil {
				t.Fatal(err)
			}
			same(t, "sessions", rows(c.roster(cohort))[1:4], tt.rows)
			same(t, "told", news(c.last), tt.told)
		})
	}
}

// Who has a content already keeps the seat in it, and who owes it gets the added
// session.
func TestAddSessionOfARollingCohort(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, rolling)))
	early := c.enroll(cohort, "early").Enrollment
	c.now = instant("2026-01-13T15:00:00Z")
	late := c.enroll(cohort, "late").Enrollment // begins with m3 and owes m1 until March
	c.welcomed()
	before := fmt.Sprint(c.dates(cohort, early))
	if err := c.add(scheduler.AddRequest{Cohort: cohort, At: wall("2026-01-22T18:00"), Position: "m1"}); err != nil {
		t.Fatal(err)
	}
	same(t, "early", c.dates(cohort, early), before)
	same(t, "late", c.dates(cohort, late), "[01-20 m3 01-27 m4 02-03 m5 02-10 m6 02-17 m7 02-24 m8 03-03 m1 03-10 m2]")
}

func TestAddSessionRefuses(t *testing.T) {
	t.Parallel()
	c, cohort := group(t)
	c.roster(cohort).Cohort.Closed = closedDays("2026-01-22")
	elsewhere := opening(define(t, closed))
	elsewhere.Start, elsewhere.Lead = date("2026-01-14"), "other"
	c.enroll(c.open(elsewhere), "b")
	for name, tt := range map[string]struct {
		asked           scheduler.AddRequest
		kind            fault.Kind
		field, sentence string
	}{
		"no time": {scheduler.AddRequest{}, fault.Invalid, "at",
			"A date and a time are needed, written like 2026-01-06T18:00."},
		"past": {scheduler.AddRequest{At: wall("2026-01-02T18:00")}, fault.Invalid, "at",
			"That time has passed. Choose one that is still to come."},
		"closed": {scheduler.AddRequest{At: wall("2026-01-22T18:00")}, fault.Invalid, "at",
			"The clinic is closed on 2026-01-22. Choose another day, or give a reason."},
		"taken": {scheduler.AddRequest{At: wall("2026-01-13T19:00")}, fault.Invalid, "at",
			"This cohort already meets at that time, on 2026-01-13 at 18:00. Choose another time."},
		"kind": {scheduler.AddRequest{At: wall("2026-01-15T18:00"), Kind: "call"}, fault.Invalid, "kind",
			"This kind of session is not for a whole cohort. Choose another kind."},
		"content": {scheduler.AddRequest{At: wall("2026-01-15T18:00"), Position: "x"}, fault.Invalid, "position",
			`The protocol has no content "x". Choose one from the list, or none.`},
		"length": {scheduler.AddRequest{At: wall("2026-01-15T18:00"), Minutes: -1}, fault.Invalid, "minutes",
			"A session takes between 1 and 1440 minutes. Give its length."},
		"conflict": {scheduler.AddRequest{At: wall("2026-01-14T18:00")}, fault.Conflict, "at",
			"People have other sessions at the new times (2026-01-14 at 18:00: one person). Choose another time, or " +
				"move those first."},
	} {
		t.Run(name, func(t *testing.T) {
			tt.asked.Cohort = cohort
			refused(t, c.add(tt.asked), tt.kind, tt.field, tt.sentence)
		})
	}
}
