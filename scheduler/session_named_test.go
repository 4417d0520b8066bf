package scheduler_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"almanac/protocols"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

func (c *clinic) ctx() context.Context { return context.Background() }

func weekdays(text string) []time.Weekday {
	var all []time.Weekday
	for name := range strings.SplitSeq(text, ",") {
		day, err := protocols.ParseWeekday(name)
		if err != nil {
			panic(err)
		}
		all = append(all, day)
	}
	return all
}

// sundayNights is a weekly group on Sundays at 02:30 in Los Angeles that ends the week before the clocks go
// forward, on 14 March 2027.
func sundayNights(t *testing.T, protocol string) scheduler.OpenRequest {
	o := opening(define(t, protocol))
	o.Start, o.At, o.Zone = date("2027-01-17"), clock("02:30"), "America/Los_Angeles"
	return o
}

// TestNoPathStoresAnHourThatDoesNotExist: each refuses it alike, and takes it with consent, which the
// preview shows with both readings.
func TestNoPathStoresAnHourThatDoesNotExist(t *testing.T) {
	t.Parallel()
	const gap = "2027-03-14T02:30"
	for name, do := range map[string]struct {
		do      func(c *clinic, cohort, enrollment scheduler.ID, accept bool) error
		preview func(c *clinic, cohort scheduler.ID) (scheduler.Preview, error)
	}{
		"append": {
			do: func(c *clinic, cohort, _ scheduler.ID, accept bool) error {
				return c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2027-01-24").ID,
					Content: scheduler.Append, AcceptShift: accept})
			},
			preview: func(c *clinic, cohort scheduler.ID) (scheduler.Preview, error) {
				return c.desk().Preview(c.ctx(), c.request(),
					desk.Cancel(scheduler.CancelRequest{Session: c.on(cohort, "2027-01-24").ID,
						Content: scheduler.Append, AcceptShift: true}))
			},
		},
		"close": {
			do: func(c *clinic, _, _ scheduler.ID, accept bool) error {
				return c.confirm(desk.Close(scheduler.CloseRequest{Days: days("2027-01-24"), AcceptShift: accept}))
			},
			preview: func(c *clinic, _ scheduler.ID) (scheduler.Preview, error) {
				return c.desk().Preview(c.ctx(), c.request(),
					desk.Close(scheduler.CloseRequest{Days: days("2027-01-24"), AcceptShift: true}))
			},
		},
		"makeup": {do: func(c *clinic, cohort, _ scheduler.ID, accept bool) error {
			return c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2027-01-24").ID, Content: scheduler.Makeup,
				On: wall(gap), AcceptShift: accept})
		}},
		"move": {do: func(c *clinic, cohort, _ scheduler.ID, accept bool) error {
			return c.confirm(desk.Move(scheduler.MoveRequest{Session: c.on(cohort, "2027-03-07").ID, To: wall(gap),
				AcceptShift: accept}))
		}},
		"add": {do: func(c *clinic, cohort, _ scheduler.ID, accept bool) error {
			return c.add(scheduler.AddRequest{Cohort: cohort, At: wall(gap), AcceptShift: accept})
		}},
		"individual": {do: func(c *clinic, _, enrollment scheduler.ID, accept bool) error {
			return c.confirm(desk.Individual(scheduler.AppointmentRequest{Enrollment: enrollment, Position: "session-1",
				At: wall(gap), AcceptShift: accept}))
		}},
		"version": {do: func(c *clinic, cohort, _ scheduler.ID, accept bool) error {
			longer := define(c.t, strings.ReplaceAll(closed, "count: 8", "count: 9"))
			return c.confirm(desk.ChangeVersion(scheduler.VersionRequest{Cohort: cohort, To: longer,
				AcceptShift: accept}))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t)
			cohort := c.open(sundayNights(t, closed))
			p := c.enroll(cohort, "p")
			if name == "individual" {
				c.keep("2027-01-18T00:00:00Z")
				if err := c.mark(cohort, "2027-01-17",
					scheduler.Mark{Person: "p", State: scheduler.SeatMissed}); err != nil {
					t.Fatal(err)
				}
			}
			err := do.do(c, cohort, p.Enrollment, false)
			if err == nil || !strings.Contains(err.Error(),
				"02:30 does not exist: it would be 03:30 PDT or 01:30 PST") {
				t.Fatalf("without consent: %v", err)
			}
			if do.preview != nil {
				preview, err := do.preview(c, cohort)
				if err != nil || len(preview.Shifts) != 1 ||
					!strings.Contains(preview.Shifts[0], "03:30 PDT or 01:30 PST") {
					t.Errorf("the preview says %q, %v", preview.Shifts, err)
				}
			}
			if err := do.do(c, cohort, p.Enrollment, true); err != nil {
				t.Fatalf("with consent: %v", err)
			}
		})
	}
}

// TestConsentAtOpeningCoversTheCadence, but no date that somebody names.
func TestConsentAtOpeningCoversTheCadence(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	o := sundayNights(t, closed)
	o.AcceptShift = true
	cohort := c.open(o)
	if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2027-01-24").ID,
		Content: scheduler.Append}); err != nil {
		t.Fatal(err)
	}
	same(t, "added", c.roster(cohort).Sessions[8].Wall, "2027-03-14T02:30")
	err := c.move(c.on(cohort, "2027-03-07").ID, "2027-03-14T02:15")
	if !errors.Is(err, scheduler.ErrShift) {
		t.Errorf("a named date: %v", err)
	}
}

// TestExtendLeavesOutHoursThatDoNotExist and asks staff, unless the shift was accepted at opening.
func TestExtendLeavesOutHoursThatDoNotExist(t *testing.T) {
	t.Parallel()
	for _, accepted := range []bool{false, true} {
		c := newClinic(t)
		c.now = instant("2026-03-10T00:00:00Z")
		o := sundayNights(t, rolling)
		o.Start, o.AcceptShift = date("2026-03-15"), accepted
		cohort := c.open(o)
		c.now = instant("2026-12-20T00:00:00Z")
		if err := c.confirm(desk.Extend(cohort)); err != nil {
			t.Fatal(err)
		}
		stands := false
		for _, s := range c.roster(cohort).Sessions {
			stands = stands || s.Wall == wall("2027-03-14T02:30")
		}
		if stands != accepted || (c.askedAbout(scheduler.AboutShift) == 1) == accepted {
			t.Errorf("accepted %t: stands %t, %d tasks", accepted, stands, c.askedAbout(scheduler.AboutShift))
		}
	}
}

// TestFarDatesAreConfirmed: 2126 is likely a slip for 2026.
func TestFarDatesAreConfirmed(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(c *clinic, cohort scheduler.ID, to string, far bool) error{
		"move": func(c *clinic, cohort scheduler.ID, to string, far bool) error {
			return c.confirm(desk.Move(scheduler.MoveRequest{Session: c.on(cohort, "2026-02-24").ID,
				To: wall(to), Far: far}))
		},
		"makeup": func(c *clinic, cohort scheduler.ID, to string, far bool) error {
			return c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-01-27").ID, Content: scheduler.Makeup,
				On: wall(to), Far: far})
		},
		"add": func(c *clinic, cohort scheduler.ID, to string, far bool) error {
			return c.add(scheduler.AddRequest{Cohort: cohort, At: wall(to), Far: far})
		},
	} {
		for to, sentence := range map[string]string{
			"2126-02-26T18:00": "2126-02-26 is more than two years ahead. Check the year, or confirm that it is meant.",
			"2027-03-26T18:00": "2027-03-26 is more than a year from the nearest session of the cohort, on " +
				"2026-02-%s. Check the year, or confirm that it is meant.",
		} {
			t.Run(name+" "+to, func(t *testing.T) {
				t.Parallel()
				c := newClinic(t)
				cohort := c.open(opening(define(t, closed)))
				neighbour := "24"
				if name == "move" {
					neighbour = "17" // its own place is none
				}
				field := map[string]string{"move": "to", "makeup": "on", "add": "at"}[name]
				refused(t, do(c, cohort, to, false), fault.Invalid, field,
					strings.ReplaceAll(sentence, "%s", neighbour))
				if err := do(c, cohort, to, true); err != nil {
					t.Errorf("confirmed: %v", err)
				}
			})
		}
	}
}

func TestUnknownZonesAreErrors(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, rolling)))
	for range 12 {
		c.enroll(cohort, scheduler.ID(strings.Repeat("p", 1+len(c.people))))
	}
	waiting := c.enroll(cohort, "late")
	r := c.roster(cohort)
	r.Cohort.Zone = "Mars/Base"
	b := scheduler.NewBook(c.self, c.now, c.zones, []*scheduler.Roster{copyRoster(r)}, c.people, nil)
	if _, err := b.Itinerary(waiting.Enrollment); err == nil || !strings.Contains(err.Error(), "Mars/Base") {
		t.Errorf("the itinerary of somebody who waits: %v", err)
	}
}
