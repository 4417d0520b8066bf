package scheduler_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/desk"
)

// drawClosing draws days on which a clinic closes.
func drawClosing(t *rapid.T, c *clinic) scheduler.CloseRequest {
	from := date("2026-01-06").AddDays(rapid.IntRange(-2, 60).Draw(t, "from"))
	x := scheduler.CloseRequest{
		Days:    civil.DateRange{From: from, To: from.AddDays(rapid.IntRange(0, 8).Draw(t, "days"))},
		Content: rapid.SampledFrom([]scheduler.ContentAfter{"", scheduler.Append, scheduler.Skip}).Draw(t, "content"),
	}
	if rapid.IntRange(0, 2).Draw(t, "without") == 0 {
		x.Without = append(x.Without, rapid.SampledFrom(c.rosters).Draw(t, "cohort").Cohort.ID)
	}
	return x
}

// drawRescheduling draws another way for a cohort to meet.
func drawRescheduling(t *rapid.T, c *clinic) scheduler.RescheduleRequest {
	x := scheduler.RescheduleRequest{
		Cohort:      rapid.SampledFrom(c.rosters).Draw(t, "cohort").Cohort.ID,
		From:        date("2026-01-06").AddDays(rapid.IntRange(0, 70).Draw(t, "from")),
		AcceptShift: rapid.Bool().Draw(t, "accept"),
		Zone:        rapid.SampledFrom([]string{"", "", "America/Chicago", "America/New_York"}).Draw(t, "zone"),
	}
	if rapid.Bool().Draw(t, "has time") {
		x.At = &civil.Clock{Hour: rapid.IntRange(0, 23).Draw(t, "hour"), Minute: 30}
	}
	for range rapid.IntRange(0, 2).Draw(t, "weekdays") {
		x.Weekdays = append(x.Weekdays, time.Weekday(rapid.IntRange(0, 6).Draw(t, "weekday")))
	}
	return x
}

// drawAdding draws one session more for a cohort.
func drawAdding(t *rapid.T, c *clinic) scheduler.AddRequest {
	r := rapid.SampledFrom(c.rosters).Draw(t, "cohort")
	x := scheduler.AddRequest{Cohort: r.Cohort.ID, Kind: rapid.SampledFrom(scheduler.AddedKinds()).Draw(t, "kind")}
	x.At.Date = date("2026-01-06").AddDays(rapid.IntRange(0, 90).Draw(t, "date"))
	x.At.Clock.Hour = rapid.IntRange(8, 21).Draw(t, "hour")
	if rapid.Bool().Draw(t, "content") {
		x.Position = rapid.SampledFrom(r.Definition.Positions()).Draw(t, "position").ID
	}
	return x
}

// drawMany draws a change for many as a step.
func drawMany(t *rapid.T, c *clinic, kind string) step {
	switch kind {
	case "close":
		x := drawClosing(t, c)
		return step{fmt.Sprintf("close %+v", x), func(c *clinic) error {
			p, err := c.desk().Preview(context.Background(), c.request(), desk.Close(x))
			if err != nil {
				return err
			}
			y := x
			y.Without = slices.Concat(x.Without, p.Troubled())
			return c.desk().Confirm(context.Background(), c.request(), desk.Close(y))
		}}
	case "reschedule":
		x := drawRescheduling(t, c)
		return step{fmt.Sprintf("reschedule %+v", x), func(c *clinic) error { return c.reschedule(x) }}
	default:
		x := drawAdding(t, c)
		return step{fmt.Sprintf("add %+v", x), func(c *clinic) error { return c.add(x) }}
	}
}

func (c *clinic) close(days string, without ...scheduler.ID) error {
	return c.desk().Confirm(context.Background(), c.request(), desk.Close(closing(days, without...)))
}

func closing(days string, without ...scheduler.ID) scheduler.CloseRequest {
	r, err := civil.ParseDateRange(days)
	if err != nil {
		panic(err)
	}
	return scheduler.CloseRequest{Days: r, Without: without}
}

func (c *clinic) reschedule(x scheduler.RescheduleRequest) error {
	return c.desk().Confirm(context.Background(), c.request(), desk.Reschedule(x))
}

func (c *clinic) add(a scheduler.AddRequest) error {
	return c.desk().Confirm(context.Background(), c.request(), desk.AddSession(a))
}
