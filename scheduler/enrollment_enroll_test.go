package scheduler_test

import (
	"errors"
	"fmt"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

func TestEnrollSeatsUntilFullThenLetsWait(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, closed)))
	for i := 1; i <= 6; i++ {
		got := c.enroll(cohort, scheduler.ID(fmt.Sprint("p", i)))
		want := scheduler.Enrolled{
			Enrollment: cohort + scheduler.ID(fmt.Sprint("e000", i)), Person: scheduler.ID(fmt.Sprint("p", i)),
			State: scheduler.Active, Entry: date("2026-01-06"),
		}
		if i > 3 {
			want.State, want.Entry, want.WaitlistPosition = scheduler.Waiting, want.Entry.AddDays(0), i-3
			want.Entry.Year, want.Entry.Month, want.Entry.Day = 0, 0, 0
		}
		if got != want {
			t.Errorf("person %d: got %+v, want %+v", i, got, want)
		}
	}
	r := c.roster(cohort)
	if len(r.Seats) != 3*8 {
		t.Errorf("%d seats, want 24", len(r.Seats))
	}
	for _, s := range r.Sessions {
		if r.Seated(s.ID) != 3 {
			t.Errorf("session %d has %d people", s.Number, r.Seated(s.ID))
		}
	}
	for _, seat := range r.Seats {
		if seat.State != scheduler.SeatPlanned || seat.Sequence != 0 ||
			seat.ID != seat.Enrollment+seat.Session[len(cohort):] {
			t.Errorf("seat %+v", seat)
		}
	}
}

func TestWaitlistOrder(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, closed, "capacity: {max: 1}")))
	seated := c.enroll(cohort, "seated")
	ask := func(p scheduler.ID, priority int) scheduler.Enrolled {
		return c.ask(scheduler.EnrollRequest{Cohort: cohort, Person: p, Priority: priority})
	}
	a, b, urgent, late := ask("a", 0), ask("b", 0), ask("urgent", 5), ask("late", 5)
	positions := func() []int {
		var all []int
		r := c.roster(cohort)
		for _, e := range []scheduler.Enrolled{urgent, late, a, b, seated} {
			all = append(all, r.WaitlistPosition(r.Enrollment(e.Enrollment)))
		}
		return all
	}
	same(t, "positions when asked",
		[]int{a.WaitlistPosition, b.WaitlistPosition, urgent.WaitlistPosition, late.WaitlistPosition}, "[1 2 1 2]")
	same(t, "positions", positions(), "[1 2 3 4 0]")
	if err := c.withdraw(seated.Enrollment); err != nil {
		t.Fatal(err)
	}
	same(t, "who is offered the seat", c.roster(cohort).Enrollment(urgent.Enrollment).State, scheduler.Offered)
	if got := ask("new", 6); got.State != scheduler.Waiting || got.WaitlistPosition != 1 {
		t.Errorf("an offer was taken from somebody: %+v", got)
	}
	if err := c.withdraw(urgent.Enrollment); err != nil {
		t.Fatal(err)
	}
	same(t, "positions after one left", positions(), "[0 1 2 3 0]") // the new one is offered the seat
}

func TestWaitlistPassesOverWhoCannotTakeTheEntry(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, closed, "capacity: {max: 1}", "entry: {type: closed, last_session_for_new: 2}")))
	seated := c.enroll(cohort, "seated")
	later := c.ask(scheduler.EnrollRequest{Cohort: cohort, Person: "later", Earliest: date("2026-01-20")})
	busy := c.enroll(cohort, "busy")
	elsewhere := opening(define(t, closed))
	elsewhere.At = clock("19:00")
	c.person("busy", scheduler.Email)
	other := c.roster(c.open(elsewhere))
	other.Enrollments = append(other.Enrollments,
		&scheduler.Enrollment{ID: "e", Person: "busy", State: scheduler.Active, Entry: other.Sessions[0].ID})
	other.Seats = append(other.Seats,
		&scheduler.Seat{ID: "s", Enrollment: "e", Session: other.Sessions[3].ID, State: scheduler.SeatPlanned})
	if err := c.withdraw(seated.Enrollment); err != nil {
		t.Fatal(err)
	}
	if len(c.tasks) != 0 {
		t.Errorf("a task asks to seat who cannot be seated: %v", c.tasks)
	}
	if got := c.enroll(cohort, "free"); got.State != scheduler.Active {
		t.Errorf("nobody ahead can take the entry, and yet: %+v", got)
	}
	r := c.roster(cohort)
	same(t, "kept places",
		[]int{r.WaitlistPosition(r.Enrollment(later.Enrollment)), r.WaitlistPosition(r.Enrollment(busy.Enrollment))},
		"[1 2]")
}

func TestEnrollRefuses(t *testing.T) {
	t.Parallel()
	t.Run("twice", func(t *testing.T) {
		t.Parallel()
		c := newClinic(t)
		cohort := c.open(opening(define(t, closed, "capacity: {max: 1}")))
		first := c.enroll(cohort, "p")
		second := c.enroll(cohort, "waits")
		for _, e := range []scheduler.Enrolled{first, second} {
			_, err := c.tryAsk(scheduler.EnrollRequest{Cohort: cohort, Person: e.Person})
			refused(t, err, fault.Conflict, "",
				fmt.Sprintf("This person is already enrolled in this cohort, as %s (%s). Open that enrollment instead.",
					e.Enrollment, e.State))
			var twice *scheduler.AlreadyEnrolled
			if !errors.As(err, &twice) || twice.Enrollment != e.Enrollment {
				t.Errorf("the refusal names another enrollment: %v", twice)
			}
		}
		if got := c.roster(cohort).Cohort.QueueCounter; got != 2 {
			t.Errorf("a refused wish took queue number %d", got)
		}
		if err := c.withdraw(first.Enrollment); err != nil {
			t.Fatal(err)
		}
		if again := c.enroll(cohort, "p"); again.Enrollment == first.Enrollment || again.State != scheduler.Waiting {
			t.Errorf("who left and asks again is %+v", again)
		}
	})
	t.Run("unknown cohort", func(t *testing.T) {
		t.Parallel()
		b := scheduler.NewBook(scheduler.Clinic{}, now(), zones(t), nil, nil, nil)
		_, err := b.Enroll(scheduler.PlaceRequest{Cohort: "none", Person: "p"})
		refused(t, err, fault.NotFound, "", "There is no such cohort. Choose one from the list.")
	})
	t.Run("overlap", func(t *testing.T) {
		t.Parallel()
		const clash = "This person already has a session at that time on 2026-01-27. Choose another cohort, or " +
			"end the other enrollment first."
		c := newClinic(t)
		first := c.open(opening(define(t, closed)))
		c.enroll(first, "p")
		o := opening(define(t, closed, "capacity: {max: 1}"))
		o.Start, o.At = date("2026-01-27"), clock("19:00")
		second := c.open(o)
		ask := scheduler.EnrollRequest{Cohort: second, Person: "p"}
		_, err := c.tryAsk(ask)
		refused(t, err, fault.Conflict, "", clash)
		c.enroll(second, "full")
		_, err = c.tryAsk(ask)
		refused(t, err, fault.Conflict, "", clash) // waiting is no way round
		o.At = clock("20:00")
		c.enroll(c.open(o), "p") // one ends when the other begins
		if b, _ := c.Look(t.Context(), desk.Change{}, desk.Load{Cohorts: []scheduler.ID{first, second}}); true {
			c.person("q", scheduler.Email)
			if _, err := b.Enroll(scheduler.PlaceRequest{Cohort: first, Person: "q"}); err != nil {
				t.Fatal(err)
			}
			_, err := b.Enroll(scheduler.PlaceRequest{Cohort: second, Person: "q"})
			refused(t, err, fault.Conflict, "", clash) // both in one book
		}
	})
	t.Run("the facilitator", func(t *testing.T) {
		t.Parallel()
		c := newClinic(t)
		o := opening(define(t, closed))
		o.Lead = "lead"
		c.open(o)
		o.Lead, o.At = "", clock("17:00")
		_, err := c.tryAsk(scheduler.EnrollRequest{Cohort: c.open(o), Person: "lead"})
		refused(t, err, fault.Conflict, "",
			"This person already has a session at that time on 2026-01-06. Choose another cohort, or end the "+
				"other enrollment first.")
	})
	t.Run("after it began", func(t *testing.T) {
		t.Parallel()
		c := newClinic(t)
		cohort := c.open(opening(define(t, closed, "entry: {type: closed, last_session_for_new: 2}")))
		c.now = instant("2026-01-06T23:00:00Z") // session 1 begins
		if got := c.enroll(cohort, "second"); got.Entry != date("2026-01-13") {
			t.Errorf("entry is %s, want session 2", got.Entry)
		}
		c.now = instant("2026-01-13T23:00:00Z")
		_, err := c.tryAsk(scheduler.EnrollRequest{Cohort: cohort, Person: "third"})
		refused(t, err, fault.Closed, "reason",
			"This cohort has begun and takes no new people after session 2. Choose a later one, or give a reason.")
		c.now = instant("2026-03-01T00:00:00Z")
		_, err = c.tryAsk(scheduler.EnrollRequest{Cohort: cohort, Person: "third"})
		refused(t, err, fault.Closed, "", "This cohort is over. Choose another one.")
	})
	t.Run("an ended cohort", func(t *testing.T) {
		t.Parallel()
		c := newClinic(t)
		cohort := c.open(opening(define(t, rolling)))
		c.roster(cohort).Cohort.State = scheduler.CohortEnded
		_, err := c.tryAsk(scheduler.EnrollRequest{Cohort: cohort, Person: "p"})
		refused(t, err, fault.Closed, "", "This cohort is over. Choose another one.")
	})
}

func TestWithdraw(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, closed, "capacity: {max: 1}", "entry: {type: closed, last_session_for_new: 8}")))
	p, waits := c.enroll(cohort, "p"), c.enroll(cohort, "waits")
	c.welcomed()
	if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-01-27").ID,
		Content: scheduler.Skip}); err != nil {
		t.Fatal(err)
	}
	c.now = instant("2026-01-13T23:30:00Z") // session 2 is on
	if err := c.withdraw(p.Enrollment); err != nil {
		t.Fatal(err)
	}
	r := c.roster(cohort)
	var states []scheduler.SeatState
	var sequences []int
	for _, s := range r.SeatsOf(p.Enrollment) {
		states = append(states, s.State)
		sequences = append(sequences, s.Sequence)
	}
	same(t, "seats", states, "[planned planned released cancelled released released released released]")
	same(t, "sequences", sequences, "[0 0 1 1 1 1 1 1]")
	e := r.Enrollment(p.Enrollment)
	same(t, "enrollment", []any{e.State, e.EndedAt.Equal(c.now)}, "[withdrawn true]")
	var told []string
	for _, x := range c.last.Announcements {
		told = append(told, string(x.Person)+" "+x.About+" "+day(c, x.Session))
	}
	same(t, "told", told, "[p left 01-20 p left 02-03 p left 02-10 p left 02-17 p left 02-24 waits offer all]")
	same(t, "who waits", r.Enrollment(waits.Enrollment).State, scheduler.Offered)
	same(t, "notices", []any{len(c.last.Notices), c.last.Notices[1].Kind, c.last.Notices[1].Person,
		c.last.Notices[0].Kind}, "[2 offer waits changes]")
	entry := r.Session(r.Enrollment(waits.Enrollment).Entry)
	same(t, "offered entry", []any{entry.Wall.Date, c.last.Notices[1].NotAfter.Equal(entry.Start)}, "[2026-01-20 true]")
	refused(t, c.withdraw(p.Enrollment), fault.Closed, "",
		"This enrollment is withdrawn and cannot become withdrawn. Look at it again before you go on.")
	refused(t, c.withdraw("none"), fault.NotFound, "", "There is no such thing here.")
	if err := c.withdraw(waits.Enrollment); err != nil || len(c.last.Tasks) != 0 {
		t.Errorf("taking somebody off the waitlist frees no seat: %v %v", err, c.last.Tasks)
	}
}

func TestWithdrawOwesACancelOnlyForInvitations(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, closed)))
	p := c.enroll(cohort, "p")
	c.welcomed()
	if err := c.withdraw(p.Enrollment); err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, n := range c.last.Notices {
		told = append(told, fmt.Sprint(n.Kind, " ", day(c, n.Session), " ", n.Due.Sub(c.now)))
	}
	same(t, "notices", told, "[changes all 3m0s calendar 01-06 3m0s calendar 01-13 3m0s]")
	same(t, "tellings", len(c.last.Announcements), 8) // all that the welcome told
	for _, x := range c.last.Announcements {
		same(t, "about", x.About, scheduler.AboutLeft)
	}
}

func TestAdmit(t *testing.T) {
	t.Parallel()
	const full = "No seat is free for the whole stay yet. This person keeps their place on the waitlist."
	c := newClinic(t)
	cohort := c.open(opening(define(t, closed, "capacity: {max: 1}")))
	p, a, b := c.enroll(cohort, "p"), c.enroll(cohort, "a"), c.enroll(cohort, "b")
	refused(t, c.admit(a.Enrollment), fault.Full, "", full)
	refused(t, c.admit(b.Enrollment), fault.Full, "", full)
	refused(t, c.admit(p.Enrollment), fault.Closed, "", "This enrollment is active, not waiting. Look at it again.")
	if err := c.withdraw(p.Enrollment); err != nil {
		t.Fatal(err)
	}
	refused(t, c.admit(b.Enrollment), fault.Full, "", full) // the seat is kept for the answer of another one
	if err := c.admit(a.Enrollment); err != nil {
		t.Fatal(err)
	}
	r := c.roster(cohort)
	same(t, "after", []any{r.Enrollment(a.Enrollment).State, len(c.dates(cohort, a.Enrollment)),
		r.WaitlistPosition(r.Enrollment(b.Enrollment))}, "[active 8 1]")
	kinds := map[scheduler.NoticeKind]int{}
	for _, n := range c.last.Notices {
		kinds[n.Kind]++
	}
	same(t, "owed", kinds, "map[calendar:2 welcome:1]")
	c.now = instant("2026-01-07T12:00:00Z")
	refused(t, c.admit(b.Enrollment), fault.Closed, "",
		"This cohort has begun and takes no new people after session 1. Choose a later one.")
}

// Beyond the seat horizon nothing is offered; staff may seat people there, in order.
func TestAdmitBeyondTheHorizon(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, rolling, "entry: {type: positions, positions: [8], lead: P0D}")))
	c.now = instant("2026-01-07T12:00:00Z") // the group has begun, and its next entry is on 24 February
	first, second := c.enroll(cohort, "first"), c.enroll(cohort, "second")
	same(t, "states", []any{first.State, second.State}, "[waiting waiting]")
	c.must(desk.SetCapacity(scheduler.ResizeRequest{Cohort: cohort, Seats: 1, Reason: "a test"}))
	refused(t, c.admit(second.Enrollment), fault.Conflict, "",
		"Another person is ahead on the waitlist. Seat them first, or take them off the list.")
	// a seat for each who waits
	c.must(desk.SetCapacity(scheduler.ResizeRequest{Cohort: cohort, Seats: 2, Reason: "a test"}))
	for _, e := range []scheduler.ID{second.Enrollment, first.Enrollment} {
		if err := c.admit(e); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAdmitRefusesAnOverlap(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, closed, "capacity: {max: 1}")))
	p, a := c.enroll(cohort, "p"), c.enroll(cohort, "a")
	o := opening(define(t, closed))
	o.Start, o.At = date("2026-02-10"), clock("19:30")
	c.enroll(c.open(o), "other")
	later := c.roster(c.rosters[1].Cohort.ID)
	later.Enrollments[0].Person = "a"
	if err := c.withdraw(p.Enrollment); err != nil {
		t.Fatal(err)
	}
	refused(t, c.admit(a.Enrollment), fault.Conflict, "",
		"This person already has a session at that time on 2026-02-10. Choose another cohort, or end the other "+
			"enrollment first.")
	if c.roster(cohort).Enrollment(a.Enrollment).State != scheduler.Waiting {
		t.Error("a refused admission left the waitlist")
	}
}
