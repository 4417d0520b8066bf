package scheduler_test

import (
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// A seat of an earlier turn that frees is offered to who owns the position on a
// later one, before the waitlist; they keep the later date until they accept.
func TestAnEarlierSeatGoesFirstToWhoOwnsALaterOne(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer func(*scheduler.Book, scheduler.ID) error // nil: none
		m1     string
		taken  int // seats on 3 March once it is answered
	}{
		"accepted": {(*scheduler.Book).Accept, "2026-03-03", 1},
		"declined": {(*scheduler.Book).Decline, "2026-04-28", 1}, // now it is offered to who waits
		"lapsed":   {nil, "2026-04-28", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// A stays in every session until 24 February, N from 3 March on.
			l := playedOn(t, define(t, rolling, "capacity: {max: 1}"), "A")
			l.pass("2026-02-04T15:00:00Z")
			l.ok(l.Enroll(scheduler.PlaceRequest{Cohort: "tuesday", Person: "N", Earliest: date("2026-03-03")}, ""))
			l.mark("2026-02-10", "A", scheduler.SeatMissed) // m6; its nearest turn, 7 April, is N's
			same(t, "planned after N", plannedOn(l.itinerary("A"), "m6"), "2026-06-02")
			l.ok(l.Enroll(scheduler.PlaceRequest{Cohort: "tuesday", Person: "W"}, ""))
			l.ok(l.About("N", "", (*scheduler.Book).Withdraw))
			it := l.itinerary("A")
			same(t, "the offer", []any{it.State, it.OfferExpires.IsZero(), plannedOn(it, "m6")},
				"[active false 2026-06-02]")
			r, err := l.Roster("tuesday")
			l.ok(err)
			april, err := l.Find("tuesday", date("2026-04-07"), nil)
			l.ok(err)
			same(t, "its seat counts", r.Seated(april.ID), 1)
			if tt.answer == nil {
				l.ok(l.Pass(it.OfferExpires))
			} else {
				l.ok(l.About("A", "", tt.answer))
			}
			it = l.itinerary("A")
			want := map[string]string{"accepted": "2026-04-07"}[name]
			if want == "" {
				want = "2026-06-02"
			}
			same(t, "then", []any{it.State, it.OfferExpires.IsZero(), plannedOn(it, "m6"), it.Graduation.String()},
				[]any{"active", true, want, want})
		})
	}
}

// plannedOn is the date of a planned seat, empty when there is none.
func plannedOn(it scheduler.Itinerary, position string) string {
	for _, s := range it.Seats {
		if s.Position == position && s.State == scheduler.SeatPlanned {
			return s.Wall.Date.String()
		}
	}
	return ""
}

// A stay in every session fills a hole as soon as a seat is free.
func TestAContinuousStayFillsAHole(t *testing.T) {
	t.Parallel()
	l := playedOn(t, define(t, rolling+"stay: continuous\n", "capacity: {max: 1}"), "A")
	l.pass("2026-02-04T15:00:00Z")
	l.ok(l.Enroll(scheduler.PlaceRequest{Cohort: "tuesday", Person: "N", Earliest: date("2026-03-03")}, ""))
	l.mark("2026-02-10", "A", scheduler.SeatMissed)
	same(t, "after N", plannedOn(l.itinerary("A"), "m6"), "2026-06-02")
	l.ok(l.About("N", "", (*scheduler.Book).Withdraw))
	it := l.itinerary("A")
	same(t, "at once", []any{plannedOn(it, "m6"), it.Graduation.String()}, "[2026-04-07 2026-04-07]")
}

// One date given back ahead is free for others, and its position comes again.
func TestADateGivenBackAhead(t *testing.T) {
	t.Parallel()
	l := playedOn(t, define(t, rolling), "P")
	l.pass("2026-01-14T15:00:00Z")
	s, err := l.Find("tuesday", date("2026-01-27"), nil)
	l.ok(err)
	l.ok(l.About("P", "", func(b *scheduler.Book, id scheduler.ID) error {
		return b.Excuse(scheduler.ExcuseRequest{Enrollment: id, Session: s.ID})
	}))
	it := l.itinerary("P")
	same(t, "given back", []any{it.State, it.Seats[3].State, it.Owed, plannedOn(it, "m4"), it.Graduation.String()},
		"[active excused [m4] 2026-03-24 2026-03-24]")
	r, err := l.Roster("tuesday")
	l.ok(err)
	same(t, "the seat is free", r.Seated(s.ID), 0)
	l.pass("2026-03-25T00:00:00Z")
	it = l.itinerary("P")
	same(t, "made up", []any{it.State, it.Outcome, it.Owed}, "[completed full []]")
}

// A leave has a first day; who comes back early has the dates from then on again.
func TestALeaveBeginsOnItsFirstDay(t *testing.T) {
	t.Parallel()
	for _, release := range []bool{false, true} {
		l := playedOn(t, define(t, rolling), "P")
		l.pass("2026-01-08T15:00:00Z")
		hold := func(b *scheduler.Book, id scheduler.ID) error {
			return b.Hold(scheduler.HoldRequest{Enrollment: id, From: date("2026-01-19"), Until: date("2026-02-09"),
				Release: release})
		}
		before := l.itinerary("P").Graduation.String()
		l.ok(l.About("P", "", hold))
		same(t, "until then active", l.itinerary("P").State, scheduler.Active)
		l.pass("2026-01-14T15:00:00Z")
		same(t, "the session before it is attended", l.itinerary("P").Seats[1].State, scheduler.SeatPresent)
		l.pass("2026-01-19T05:00:00Z")
		same(t, "from the first day on", l.itinerary("P").State, scheduler.OnHold)
		l.pass("2026-01-26T15:00:00Z")
		l.ok(l.About("P", "", (*scheduler.Book).Resume))
		it := l.itinerary("P")
		same(t, "back early", []any{it.State, plannedOn(it, "m4"), plannedOn(it, "m5"), plannedOn(it, "m3"), it.Owed},
			"[active 2026-01-27 2026-02-03 2026-03-17 [m3]]")
		same(t, "and the graduation moves by what was missed", []any{before, it.Graduation.String()},
			"[2026-02-24 2026-03-17]")
	}
}

// A person who never answers is not asked for ever: two lapses in a row, or three
// lapses and declines together, stop the offers, until staff start them again.
func TestOffersStopForASilentPerson(t *testing.T) {
	t.Parallel()
	c, cohort, b, next := queued(t, "")
	if err := c.withdraw(next); err != nil {
		t.Fatal(err)
	}
	for day := instant("2026-02-10T15:00:00Z"); day.Before(instant("2026-06-10T15:00:00Z")); day = day.AddDate(0, 0,
		1) {
		c.now = day
		c.must(desk.Upkeep(cohort))
		if c.enrollment(b).State == scheduler.Offered {
			c.must(desk.TellOffer(b))
		}
	}
	same(t, "offers", []any{len(c.enrollment(b).Offers), c.enrollment(b).OffersStopped()}, "[2 true]")
	silence := 0
	for _, task := range c.tasks {
		if task.About == scheduler.AboutOffersStopped {
			silence++
		}
	}
	same(t, "tasks", silence, 1)
	behind := c.enroll(cohort, "behind")
	same(t, "nobody behind is kept from a seat", behind.State, scheduler.Active)
	c.must(desk.Resume(b))
	same(t, "again", c.enrollment(b).OffersStopped(), false)
}

// When a closed group begins, who waits is one task, and one step moves them to
// the next group with their time of asking.
func TestWhoWaitsForAGroupThatBeganMovesToTheNext(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	d := define(t, closed, "capacity: {max: 1}")
	first := c.open(opening(d))
	c.enroll(first, "p")
	a, b := c.enroll(first, "a"), c.enroll(first, "b")
	c.keep("2026-01-07T12:00:00Z")
	same(t, "asked", c.asked(), "[attendance waitlist]")
	o := opening(d)
	o.Start = date("2026-02-03")
	second := c.open(o)
	other := c.enroll(second, "other")
	c.now = instant("2026-01-08T12:00:00Z")
	late := c.enroll(second, "late")
	c.must(desk.MoveWaitlist(first, second))
	r := c.roster(second)
	var order []scheduler.ID
	for _, e := range r.Enrollments {
		if e.State == scheduler.Waiting {
			order = append(order, e.Person)
		}
	}
	same(t, "gone from the first", []any{c.enrollment(a.Enrollment).State, c.enrollment(b.Enrollment).State},
		"[withdrawn withdrawn]")
	same(t, "places", []any{r.WaitlistPosition(c.latest("a")), r.WaitlistPosition(c.latest("b")),
		r.WaitlistPosition(c.latest("late"))}, "[1 2 3]")
	if err := c.withdraw(other.Enrollment); err != nil {
		t.Fatal(err)
	}
	same(t, "the first is offered the seat", []any{c.latest("a").State, c.enrollment(late.Enrollment).State},
		"[offered waiting]")
}

// Who cannot be moved stays on the waitlist, the others move in their order; when nobody can, it is refused.
func TestWhoCannotMoveStaysOnTheWaitlist(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	d := define(t, closed, "capacity: {max: 2}")
	first := c.open(opening(d))
	c.enroll(first, "p")
	c.enroll(first, "q")
	a, b, e := c.enroll(first, "a"), c.enroll(first, "b"), c.enroll(first, "e")
	o := opening(d)
	o.Start = date("2026-02-03")
	second := c.open(o)
	c.enroll(second, "a")
	c.enroll(second, "other")
	c.must(desk.KeepApart("b", "other"))
	c.now = c.now.Add(24 * time.Hour)
	c.must(desk.MoveWaitlist(first, second))
	var why []string
	for _, stay := range c.last.Preview().Stays {
		why = append(why, string(stay.Person)+": "+stay.Why)
	}
	same(t, "who stays", why, "[a: They are already enrolled in the other cohort. End one of the two enrollments "+
		"first. b: They are kept apart from somebody in the other cohort.]")
	same(t, "states", []any{c.enrollment(a.Enrollment).State, c.enrollment(b.Enrollment).State,
		c.enrollment(e.Enrollment).State, c.latest("e").State}, "[waiting waiting withdrawn waiting]")
	refused(t, c.confirm(desk.MoveWaitlist(first, second)), fault.Conflict, "to",
		"None of the waiting people can be moved there. The first: They are already enrolled in the other cohort. "+
			"End one of the two enrollments first. Choose another cohort.")
}
