package scheduler_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// times prints when the sessions of a cohort stand, by its clock and by that of
// the world.
func times(r *scheduler.Roster) []string {
	var all []string
	for _, s := range r.Sessions {
		all = append(all, fmt.Sprintf("%d %s %s %s %s", s.Number, s.Wall.Date.Weekday().String()[:3],
			s.Wall.String()[5:], s.Start.UTC().Format("02T15:04Z"), s.State))
	}
	return all
}

func TestReschedule(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		asked scheduler.RescheduleRequest
		from  int // first of the sessions shown
		want  string
		told  int
	}{
		"another weekday": {
			scheduler.RescheduleRequest{From: date("2026-01-20"), Weekdays: []time.Weekday{time.Thursday}}, 1,
			"[2 Tue 01-13T18:00 13T23:00Z planned 3 Thu 01-22T18:00 22T23:00Z planned 4 Thu 01-29T18:00 29T23:00Z " +
				"planned 5 Thu 02-05T18:00 05T23:00Z planned" +
				" 6 Thu 02-12T18:00 12T23:00Z planned 7 Thu 02-19T18:00 19T23:00Z planned 8 Thu 02-26T18:00 " +
				"26T23:00Z planned]", 12,
		},
		"another time": {
			scheduler.RescheduleRequest{From: date("2026-02-11"), At: &civil.Clock{Hour: 19, Minute: 15}}, 5,
			"[6 Tue 02-10T18:00 10T23:00Z planned 7 Tue 02-17T19:15 18T00:15Z planned 8 Tue 02-24T19:15 25T00:15Z " +
				"planned]", 4,
		},
		"another zone": {
			scheduler.RescheduleRequest{From: date("2026-02-17"), Zone: "US/Central"}, 5,
			"[6 Tue 02-10T17:00 10T23:00Z planned 7 Tue 02-17T18:00 18T00:00Z planned 8 Tue 02-24T18:00 25T00:00Z " +
				"planned]", 4,
		},
		"a closed day": {
			scheduler.RescheduleRequest{From: date("2026-02-10"), Weekdays: []time.Weekday{time.Monday}}, 4,
			"[5 Tue 02-03T18:00 03T23:00Z planned 6 Mon 02-23T18:00 23T23:00Z planned 7 Mon 03-02T18:00 02T23:00Z " +
				"planned 8 Mon 03-09T18:00 09T22:00Z planned]", 6,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, cohort := group(t)
			c.roster(cohort).Cohort.Closed = closedDays("2026-02-16")
			before := copyRoster(c.roster(cohort))
			tt.asked.Cohort = cohort
			preview, err := c.desk().Preview(t.Context(), c.request(), desk.Reschedule(tt.asked))
			if err != nil {
				t.Fatal(err)
			}
			same(t, "effects shown", len(preview.Effects()), tt.told/2)
			if err := c.reschedule(tt.asked); err != nil {
				t.Fatal(err)
			}
			r := c.roster(cohort)
			same(t, "sessions", times(r)[tt.from:], tt.want)
			same(t, "told", len(c.last.Announcements), tt.told)
			for i, was := range before.Sessions {
				is := r.Sessions[i]
				if is.ID != was.ID || is.Number != was.Number || is.Position != was.Position || !is.MovedFrom.IsZero() {
					t.Errorf("the session of %s is %+v now", was.Wall, is)
				}
			}
			for i, was := range before.Seats {
				is := r.Seats[i]
				rises := !before.Session(was.Session).Start.Equal(r.Session(was.Session).Start)
				if is.UID != was.UID || is.Sequence > was.Sequence != rises {
					t.Errorf("the seat %+v is %+v now", *was, *is)
				}
			}
		})
	}
}

func closedDays(days ...string) []civil.DateRange {
	var all []civil.DateRange
	for _, text := range days {
		all = append(all, closing(text).Days)
	}
	return all
}

// A rolling cohort is planned further ahead in the new way, and a session that
// was cancelled later is added there.
func TestRescheduledGoesOnInTheNewWay(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	o := opening(define(t, rolling, "cadence: {every: P2W}"))
	cohort := c.open(o)
	c.enroll(cohort, "a")
	c.welcomed()
	if err := c.move(c.on(cohort, "2026-02-17").ID, "2026-02-18T17:00"); err != nil {
		t.Fatal(err)
	}
	if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-03-03").ID}); err != nil {
		t.Fatal(err)
	}
	if err := c.reschedule(scheduler.RescheduleRequest{Cohort: cohort, From: date("2026-02-10"),
		Weekdays: []time.Weekday{time.Monday}, At: &civil.Clock{Hour: 9}}); err != nil {
		t.Fatal(err)
	}
	r := c.roster(cohort)
	same(t, "sessions", times(r)[2:7],
		"[3 Tue 02-03T18:00 03T23:00Z planned 4 Mon 02-16T09:00 16T14:00Z planned 5 Mon 03-02T09:00 02T14:00Z "+
			"planned 0 Tue 03-03T18:00 03T23:00Z cancelled 6 Mon 03-16T09:00 16T13:00Z planned]")
	same(t, "cohort", fmt.Sprint(r.Cohort.Start, r.Cohort.At, r.Cohort.Weekdays), "2026-01-05 09:00 [Monday]")
	last := r.Sessions[len(r.Sessions)-1]
	c.now = c.now.AddDate(0, 0, 30)
	if err := c.desk().Confirm(t.Context(), c.request(), desk.Extend(cohort)); err != nil {
		t.Fatal(err)
	}
	next := c.roster(cohort).Sessions[len(r.Sessions)]
	same(t, "planned later", next.Wall, civil.WallTime{Date: last.Wall.Date.AddDays(14), Clock: clock("09:00")})
	same(t, "position after", next.Position > last.Position || next.Position == "m1", true)
}

// A session whose date the protocol lets go on closed days is cancelled.
func TestRescheduleSkipsClosedDays(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	o := opening(define(t, closed, "on_holiday: skip"))
	o.Closed = closedDays("2026-01-21")
	cohort := c.open(o)
	c.enroll(cohort, "a")
	c.welcomed()
	if err := c.reschedule(scheduler.RescheduleRequest{Cohort: cohort, From: date("2026-01-13"),
		Weekdays: []time.Weekday{time.Wednesday}}); err != nil {
		t.Fatal(err)
	}
	same(t, "sessions", rows(c.roster(cohort))[1:5],
		"[2 01-14 Session 2 planned 0 01-20 Session 3 cancelled 3 01-28 Session 4 planned 4 02-04 Session 5 planned]")
}

func TestRescheduleRefuses(t *testing.T) {
	t.Parallel()
	c, cohort := group(t)
	c.roster(cohort).Cohort.Closed = closedDays("2026-02-22")
	night, three := &civil.Clock{Hour: 2, Minute: 30}, &civil.Clock{Hour: 15}
	for name, tt := range map[string]struct {
		asked           scheduler.RescheduleRequest
		kind            fault.Kind
		field, sentence string
	}{
		"nothing": {scheduler.RescheduleRequest{From: date("2026-01-13"), Weekdays: []time.Weekday{time.Tuesday}},
			fault.Invalid, "days", "The cohort already meets that way. Choose another day, time or zone."},
		"no date": {scheduler.RescheduleRequest{At: three}, fault.Invalid, "from",
			"Say from which date on, written like 2026-02-03."},
		"over": {scheduler.RescheduleRequest{At: three, From: date("2026-01-04")}, fault.Invalid, "from",
			"2026-01-04 has passed. Choose today or a later date."},
		"no zone": {scheduler.RescheduleRequest{Zone: "EST", From: date("2026-01-13")}, fault.Invalid, "zone", ""},
		"none left": {scheduler.RescheduleRequest{At: three, From: date("2026-03-01")}, fault.Closed, "",
			"No session of the series is left from 2026-03-01 on. Choose an earlier date."},
		"no cohort": {scheduler.RescheduleRequest{Cohort: "none", At: three, From: date("2026-01-13")}, fault.NotFound,
			"", "There is no such thing here."},
		"clocks gap": {scheduler.RescheduleRequest{At: night, From: date("2026-01-20"),
			Weekdays: []time.Weekday{time.Sunday}}, fault.Invalid, "at",
			"On 2026-03-08 the clocks go forward and 02:30 does not exist: it would be 03:30 EDT or 01:30 EST, and " +
				"the first counts. Choose another time, or accept the shift."},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.asked.Cohort == "" {
				tt.asked.Cohort = cohort
			}
			err := c.reschedule(tt.asked)
			if tt.sentence == "" {
				tt.sentence = fault.All(err)[0].Message
			}
			refused(t, err, tt.kind, tt.field, tt.sentence)
		})
	}
	gap := scheduler.RescheduleRequest{Cohort: cohort, At: night, From: date("2026-01-20"),
		Weekdays: []time.Weekday{time.Sunday}, AcceptShift: true}
	if err := c.reschedule(gap); err != nil {
		t.Errorf("an accepted shift is refused: %v", err)
	}
}

// Everybody who is in the way is named, once a session.
func TestRescheduleNamesConflicts(t *testing.T) {
	t.Parallel()
	c, cohort := group(t)
	o := opening(define(t, closed))
	o.Lead, o.Start, o.At = "lead", date("2026-02-12"), clock("19:00")
	elsewhere := c.open(o)
	c.enroll(elsewhere, "a")
	c.welcomed()
	stored := written(c)
	err := c.reschedule(scheduler.RescheduleRequest{Cohort: cohort, From: date("2026-02-03"),
		Weekdays: []time.Weekday{time.Thursday}})
	refused(t, err, fault.Conflict, "at",
		"People have other sessions at the new times (2026-02-12 at 18:00: the facilitator and one person; 2026-02-19 "+
			"at 18:00: the facilitator and one person;"+
			" 2026-02-26 at 18:00: the facilitator and one person). Choose another time, or move those first.")
	var clashes scheduler.Clashes
	if !errors.As(err, &clashes) || len(clashes) != 6 || clashes[0].Who != "lead" || !clashes[0].Facilitator ||
		clashes[1].Who != "a" {
		t.Errorf("the clashes are %+v", clashes)
	}
	same(t, "after the refusal", written(c), stored)
}
