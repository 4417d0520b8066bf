package scheduler_test

import (
	"errors"
	"fmt"
	"testing"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

func days(text string) civil.DateRange {
	r, err := civil.ParseDateRange(text)
	if err != nil {
		panic(err)
	}
	return r
}

// TestClosedDaysBelongToTheClinic asks every path that gives a session a date. The clinic closes on a day
// before any cohort is there, so no cohort can know of it by itself.
func TestClosedDaysBelongToTheClinic(t *testing.T) {
	t.Parallel()
	closedDay := func(t *testing.T, protocol string) (*clinic, scheduler.ID) {
		c := newClinic(t)
		if err := c.close("2026-02-03"); err != nil {
			t.Fatal(err)
		}
		return c, c.open(opening(define(t, protocol)))
	}
	t.Run("open", func(t *testing.T) {
		t.Parallel()
		c := newClinic(t)
		if err := c.close("2026-01-06"); err != nil {
			t.Fatal(err)
		}
		cohort := c.open(opening(define(t, closed)))
		same(t, "first session", c.roster(cohort).Sessions[0].Wall, "2026-01-13T18:00")
	})
	t.Run("lay", func(t *testing.T) {
		t.Parallel()
		c, cohort := closedDay(t, closed)
		same(t, "fifth session", c.roster(cohort).Sessions[4].Wall, "2026-02-10T18:00")
	})
	t.Run("append", func(t *testing.T) {
		t.Parallel()
		c := newClinic(t)
		cohort := c.open(opening(define(t, closed)))
		if err := c.close("2026-03-03"); err != nil {
			t.Fatal(err)
		}
		if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-01-13").ID,
			Content: scheduler.Append}); err != nil {
			t.Fatal(err)
		}
		last := c.roster(cohort).Sessions[8]
		same(t, "added", last.Wall, "2026-03-10T18:00")
	})
	t.Run("extend", func(t *testing.T) {
		t.Parallel()
		c, cohort := closedDay(t, rolling)
		for _, s := range c.roster(cohort).Sessions {
			if s.Live() && s.Wall.Date == date("2026-02-03") {
				t.Error("a session stands on the closed day")
			}
		}
	})
	t.Run("reschedule", func(t *testing.T) {
		t.Parallel()
		c := newClinic(t)
		cohort := c.open(opening(define(t, closed)))
		if err := c.close("2026-01-22"); err != nil {
			t.Fatal(err)
		}
		err := c.reschedule(scheduler.RescheduleRequest{Cohort: cohort, From: date("2026-01-12"),
			Weekdays: weekdays("thu")})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range c.roster(cohort).Sessions {
			if s.Live() && s.Wall.Date == date("2026-01-22") {
				t.Error("a session stands on the closed day")
			}
		}
	})
	for name, do := range map[string]func(c *clinic, cohort, enrollment scheduler.ID, reason string) error{
		"move": func(c *clinic, cohort, _ scheduler.ID, reason string) error {
			return c.confirm(desk.Move(scheduler.MoveRequest{Session: c.on(cohort, "2026-01-27").ID,
				To: wall("2026-02-03T18:00"), Reason: reason}))
		},
		"makeup": func(c *clinic, cohort, _ scheduler.ID, reason string) error {
			return c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-01-27").ID, Content: scheduler.Makeup,
				On: wall("2026-02-03T18:00"), Reason: reason})
		},
		"add": func(c *clinic, cohort, _ scheduler.ID, reason string) error {
			return c.add(scheduler.AddRequest{Cohort: cohort, At: wall("2026-02-03T18:00"), Reason: reason})
		},
		"individual": func(c *clinic, _, enrollment scheduler.ID, reason string) error {
			return c.confirm(desk.Individual(scheduler.AppointmentRequest{Enrollment: enrollment, Position: "session-1",
				At: wall("2026-02-03T09:00"), Reason: reason}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, cohort := closedDay(t, closed)
			p := c.enroll(cohort, "p")
			if name == "individual" {
				c.keep("2026-01-07T00:00:00Z")
				c.note(cohort, "p", scheduler.SeatMissed, "01-06")
			}
			err := do(c, cohort, p.Enrollment, "")
			if !fault.Is(err, fault.Invalid) || !errors.Is(err, scheduler.ErrNeedsReason) {
				t.Fatalf("without a reason: %v", err)
			}
			if err := do(c, cohort, p.Enrollment, "the room is free"); err != nil {
				t.Fatalf("with a reason: %v", err)
			}
			if kept := c.last.Exceptions; len(kept) != 1 || kept[0].Rule != scheduler.RuleClosedDay ||
				kept[0].Reason != "the room is free" {
				t.Errorf("kept %+v", kept)
			} else if s := c.roster(cohort).Session(kept[0].Session); s == nil || s.Wall.Date != date("2026-02-03") {
				t.Errorf("kept for the session %+v", s)
			}
		})
	}
	t.Run("undo", func(t *testing.T) {
		t.Parallel()
		c := newClinic(t)
		cohort := c.open(opening(define(t, closed)))
		c.enroll(cohort, "p")
		if err := c.move(c.on(cohort, "2026-02-03").ID, "2026-02-04T18:00"); err != nil {
			t.Fatal(err)
		}
		moved := c.self.ChangeNo
		if err := c.close("2026-02-03"); err != nil {
			t.Fatal(err)
		}
		_, err := c.desk().Undo(c.ctx(), c.request(), moved)
		refused(t, err, fault.Conflict, "",
			"The clinic has since closed on 2026-02-03, so this cannot be undone. Move the session to another day "+
				"instead.")
	})
}

func TestClosedDaysCanBeOpenedAgain(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	tuesday := c.open(opening(define(t, closed)))
	c.enroll(tuesday, "p")
	if err := c.close("2026-01-19..2026-01-23"); err != nil {
		t.Fatal(err)
	}
	preview, err := c.desk().Preview(c.ctx(), c.request(), desk.OpenDays(days("2026-01-20..2026-01-21")))
	if err != nil {
		t.Fatal(err)
	}
	if len(preview.Cohorts) != 1 || preview.Cohorts[0].Cohort != tuesday {
		t.Fatalf("went round: %+v", preview.Cohorts)
	}
	same(t, "went round", preview.Cohorts[0].WentRound, []civil.Date{date("2026-01-20")})
	before := copyRoster(c.roster(tuesday))
	if err := c.confirm(desk.OpenDays(days("2026-01-20..2026-01-21"))); err != nil {
		t.Fatal(err)
	}
	same(t, "closed", c.self.Closed, []civil.DateRange{days("2026-01-19"), days("2026-01-22..2026-01-23")})
	same(t, "sessions", fmt.Sprint(rows(c.roster(tuesday))), fmt.Sprint(rows(before)))
	refused(t, c.confirm(desk.OpenDays(days("2026-01-20"))), fault.Invalid, "days",
		"The clinic is not closed on 2026-01-20. Choose one of its closed days.")
	again := c.open(opening(define(t, closed)))
	same(t, "third session", c.roster(again).Sessions[2].Wall, "2026-01-20T18:00")
	t.Run("undo", func(t *testing.T) {
		if err := c.confirm(desk.OpenDays(days("2026-01-22..2026-01-23"))); err != nil {
			t.Fatal(err)
		}
		if _, err := c.desk().Undo(c.ctx(), c.request(), c.self.ChangeNo); err != nil {
			t.Fatal(err)
		}
		same(t, "closed", c.self.Closed, []civil.DateRange{days("2026-01-19"), days("2026-01-22..2026-01-23")})
	})
}

func TestUndoneClosureOpensItsDays(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	if err := c.close("2026-01-20"); err != nil {
		t.Fatal(err)
	}
	first := c.self.ChangeNo
	if err := c.close("2026-01-21"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.desk().Undo(c.ctx(), c.request(), first); err != nil {
		t.Fatal(err)
	}
	same(t, "closed", c.self.Closed, []civil.DateRange{days("2026-01-21")})
}
