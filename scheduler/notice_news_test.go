package scheduler_test

import (
	"fmt"
	"testing"
	"time"

	"almanac/scheduler"
)

// One text says all that is off, also what stands in no calendar.
func TestWhoLeavesHearsOfEveryToldDate(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, closed)))
	p := c.enroll(cohort, "p")
	c.welcomed()
	if err := c.withdraw(p.Enrollment); err != nil {
		t.Fatal(err)
	}
	var abouts []string
	for _, n := range c.news("p") {
		abouts = append(abouts, n.About()+" "+day(c, n.Session.ID))
	}
	same(t, "news", abouts, "[left 01-06 left 01-13 left 01-20 left 01-27 left 02-03 left 02-10 left 02-17 left 02-24]")
}

// News never rests past the point where it would be useless, and staff call when there is little time.
func TestNewsOfASessionThatStartsSoon(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ before, rests, call time.Duration }{
		{2 * time.Minute, 0, 2 * time.Minute},
		{30 * time.Minute, 0, scheduler.UrgentCall},
		{30*time.Minute + time.Second, scheduler.ChangeDelay, scheduler.UrgentCall},
		{2*time.Hour - time.Second, scheduler.ChangeDelay, scheduler.UrgentCall},
		{2 * time.Hour, scheduler.ChangeDelay, 0},
	} {
		t.Run(tt.before.String(), func(t *testing.T) {
			t.Parallel()
			c, cohort := group(t)
			s := c.on(cohort, "2026-01-20")
			c.now = s.Start.Add(-tt.before)
			if err := c.cancel(scheduler.CancelRequest{Session: s.ID, Content: scheduler.Skip}); err != nil {
				t.Fatal(err)
			}
			if len(toPeople(c.last.Notices)) != 2 {
				t.Fatalf("%d notices, want one for each of two", len(toPeople(c.last.Notices)))
			}
			for _, n := range toPeople(c.last.Notices) {
				same(t, "leaves", []any{n.Due.Sub(c.now), n.Start.Equal(s.Start)}, []any{tt.rests, true})
			}
			calls := 0
			for _, task := range c.last.Tasks {
				if task.Staff != "" {
					continue
				}
				calls++
				same(t, "call", []any{task.Kind, task.About, task.Due.Sub(c.now)},
					[]any{scheduler.CallTask, scheduler.AboutCancelled, tt.call})
			}
			same(t, "calls", calls, map[bool]int{true: 2, false: 0}[tt.call > 0])
		})
	}
}

func TestADateThatIsTheirsAgainIsNoNews(t *testing.T) {
	t.Parallel()
	at := now().Add(48 * time.Hour)
	s := &scheduler.Session{ID: "s", State: scheduler.SessionPlanned, Start: at, End: at.Add(time.Hour)}
	left := scheduler.KnownSeat{
		Seat: &scheduler.Seat{ID: "old", State: scheduler.SeatReleased}, Session: s, Enrollment: scheduler.Withdrawn,
		Known: scheduler.Moment{Expected: true, Start: s.Start, End: s.End},
	}
	back := scheduler.KnownSeat{Seat: &scheduler.Seat{ID: "new", State: scheduler.SeatPlanned}, Session: s,
		Enrollment: scheduler.Active, Announced: true}
	same(t, "both", len(scheduler.NewsOf([]scheduler.KnownSeat{left, back}, now())), 0)
	same(t, "left alone", fmt.Sprint(scheduler.NewsOf([]scheduler.KnownSeat{left}, now())[0].Off), scheduler.OffLeft)
}
