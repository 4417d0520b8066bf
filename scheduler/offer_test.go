package scheduler_test

import (
	"fmt"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// queued is a group with one seat that is taken until 2026-02-24, and two who
// wait: B is offered 2026-03-03 as soon as that is near.
func queued(t *testing.T, at string, lines ...string) (c *clinic, cohort, b, next scheduler.ID) {
	t.Helper()
	c = newClinic(t)
	o := opening(define(t, rolling,
		append([]string{"capacity: {max: 1}", "entry: {type: any, lead: P1D}"}, lines...)...))
	if at != "" {
		o.At = clock(at)
	}
	cohort = c.open(o)
	c.now = instant("2026-01-05T15:00:00Z")
	c.ask(scheduler.EnrollRequest{Cohort: cohort, Person: "A"})
	b, next = c.enroll(cohort, "B").Enrollment, c.enroll(cohort, "C").Enrollment
	same(t, "both wait", []any{c.enrollment(b).State, c.enrollment(next).State}, "[waiting waiting]")
	return c, cohort, b, next
}

func offered(c *clinic, cohort, enrollment scheduler.ID) string {
	e := c.enrollment(enrollment)
	if s := c.roster(cohort).Session(e.Entry); e.State == scheduler.Offered && s != nil {
		return s.Wall.Date.String()[5:]
	}
	return string(e.State)
}

func TestAnOfferIsMadeAtTheHorizonAndTold(t *testing.T) {
	t.Parallel()
	c, cohort, b, next := queued(t, "")
	c.keep("2026-02-03T22:59:59Z")
	same(t, "a second early", offered(c, cohort, b), "waiting")
	c.keep("2026-02-03T23:00:00Z")
	same(t, "in time", []any{offered(c, cohort, b), offered(c, cohort, next)}, "[03-03 waiting]")
	same(t, "told of the offer, not of seats", c.told("B"), "[offer]")
	same(t, "seats are kept", len(c.dates(cohort, b)), 8)
	c.keep("2026-02-03T23:01:00Z")
	same(t, "told once", c.told("B"), "[]")
	if err := c.confirm(desk.Accept(b)); err != nil {
		t.Fatal(err)
	}
	same(t, "accepted", []any{c.enrollment(b).State, c.told("B")}, "[active [welcome]]")
	refused(t, c.confirm(desk.Accept(b)), fault.Closed, "",
		"This person has no open offer: the enrollment is active.")
}

func TestWhenAnOfferLapses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		at, zone string
		told     string // empty: not yet
		lapses   string
	}{
		"nobody was told, so only the entry bounds it": {"", "", "", "2026-03-02T23:00:00Z"},
		"48 hours after they were told":                {"", "", "2026-02-05T15:00:00Z", "2026-02-07T15:00:00Z"},
		"at nine in the evening":                       {"", "", "2026-02-05T02:00:00Z", "2026-02-07T02:00:00Z"},
		"a second into the night: in the morning":      {"", "", "2026-02-05T02:00:01Z", "2026-02-07T13:00:00Z"},
		"before eight: at eight":                       {"", "", "2026-02-05T12:59:59Z", "2026-02-07T13:00:00Z"},
		"in the zone of the person": {"", "America/Los_Angeles", "2026-02-05T13:00:00Z",
			"2026-02-07T16:00:00Z"},
		"no later than the lead before the entry": {"", "", "2026-03-01T20:00:00Z", "2026-03-02T23:00:00Z"},
		"a cap by night: the evening before":      {"22:00", "", "2026-03-01T20:00:00Z", "2026-03-03T02:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, cohort, b, next := queued(t, tt.at)
			if tt.zone != "" {
				c.people["B"].Zone = tt.zone
			}
			c.keep("2026-02-05T00:00:00Z")
			if c.keep("2026-02-05T01:00:00Z"); offered(c, cohort, b) == "waiting" {
				t.Fatal("no offer was made")
			}
			if tt.told != "" {
				c.now = instant(tt.told)
				c.must(desk.TellOffer(b))
			}
			lapses := instant(tt.lapses)
			same(t, "ends", c.last.OfferEnds(b).UTC(), lapses)
			c.now = lapses.Add(-1)
			c.upkeep()
			same(t, "before", []any{offered(c, cohort, b), offered(c, cohort, next)}, "[03-03 waiting]")
			c.now = lapses
			refused(t, c.confirm(desk.Accept(b)), fault.Closed, "",
				"This offer has lapsed. The place on the waitlist is kept, and another offer comes when there is a "+
					"seat.")
			c.upkeep()
			same(t, "then", c.enrollment(b).Offers[0].State, scheduler.OfferLapsed)
			if offered(c, cohort, b) == "03-03" {
				t.Error("the entry is offered again")
			}
		})
	}
}

func TestALapsedOfferGoesToTheNext(t *testing.T) {
	t.Parallel()
	c, cohort, b, next := queued(t, "")
	c.keep("2026-02-05T15:00:00Z")
	c.must(desk.TellOffer(b))
	c.keep("2026-02-07T15:00:00Z")
	same(t, "offered", []any{offered(c, cohort, b), offered(c, cohort, next)}, "[waiting 03-03]")
	same(t, "the place is kept", c.roster(cohort).WaitlistPosition(c.enrollment(b)), 1)
	same(t, "who comes next is told", c.told("C"), "[offer]")
	refused(t, c.confirm(desk.Decline(b)), fault.Closed, "",
		"This offer has lapsed. The place on the waitlist is kept, and another offer comes when there is a seat.")
}

// Who never answered did not attend: an offer that runs until its entry leaves no
// seat behind, however late the upkeep is.
func TestAnUnansweredOfferLeavesNoSeatInThePast(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]string{"at the start of the entry": "2026-03-03T23:00:00Z",
		"after a night without upkeep": "2026-03-04T12:00:00Z"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, cohort, b, next := queued(t, "", "entry: {type: any, lead: P0D}")
			if err := c.withdraw(next); err != nil {
				t.Fatal(err)
			}
			c.keep("2026-02-05T15:00:00Z")
			same(t, "offered", offered(c, cohort, b), "03-03")
			c.keep(at)
			same(t, "the offer", c.enrollment(b).Offers[0].State, scheduler.OfferLapsed)
			same(t, "its first seat", c.state(cohort, "2026-03-03", "B"), scheduler.SeatReleased)
		})
	}
}

// An offer that would lapse before anybody could answer is not made.
func TestNoOfferIsMadeThatNobodyCanAnswer(t *testing.T) {
	t.Parallel()
	c, cohort, b, _ := queued(t, "22:00", "entry: {type: any, lead: P0D}")
	c.now = instant("2026-01-14T02:30:00Z") // half past nine in the evening of 2026-01-13
	if err := c.withdraw(c.latest("A").ID); err != nil {
		t.Fatal(err)
	}
	same(t, "offered", offered(c, cohort, b), "01-20")
}

func TestDeclinesAreCountedAndStaffAreAsked(t *testing.T) {
	t.Parallel()
	c, cohort, b, next := queued(t, "")
	if err := c.withdraw(next); err != nil {
		t.Fatal(err)
	}
	c.keep("2026-02-21T15:00:00Z") // three entries are near
	for _, want := range []string{"03-03", "03-10", "03-17"} {
		same(t, "offered", []any{offered(c, cohort, b), c.asked()},
			"["+want+" [attendance attendance attendance attendance]]")
		c.must(desk.Decline(b))
	}
	same(t, "then", []any{offered(c, cohort, b), c.asked()},
		"[waiting [attendance attendance attendance attendance declines]]")
	c.keep("2026-02-25T01:00:00Z")
	same(t, "nothing more is offered", offered(c, cohort, b), "waiting")
	c.must(desk.Resume(b))
	same(t, "until staff start the offers again", offered(c, cohort, b), "03-24")
	var states []scheduler.OfferState
	for _, o := range c.enrollment(b).Offers {
		states = append(states, o.State)
	}
	same(t, "all stay on record", states, "[declined declined declined open]")
}

func TestAnOfferedEntryIsCancelled(t *testing.T) {
	t.Parallel()
	c, cohort, b, _ := queued(t, "")
	c.keep("2026-02-05T15:00:00Z")
	if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-03-03").ID,
		Content: scheduler.Skip}); err != nil {
		t.Fatal(err)
	}
	it := c.itinerary(b)
	same(t, "waiting again, without a trace", []any{it.State, it.Seats, it.Owed, it.WaitlistPosition},
		"[waiting [] [] 1]")
	same(t, "nobody is told of a date they never had", c.told("B"), "[]")
	c.keep("2026-02-11T15:00:00Z")
	same(t, "the next entry is offered", offered(c, cohort, b), "03-10")
	same(t, "told", c.told("B"), "[offer]")
}

func TestWhoCannotBeWrittenToIsToldByStaff(t *testing.T) {
	t.Parallel()
	c, _, b, _ := queued(t, "")
	c.people["B"].Reach = nil
	c.keep("2026-02-05T15:00:00Z")
	var calls []scheduler.Task
	for _, task := range c.tasks {
		if task.Kind == scheduler.CallTask {
			calls = append(calls, task)
		}
	}
	if len(calls) != 1 || calls[0].About != scheduler.AboutOffer || calls[0].Enrollment != b {
		t.Fatalf("the calls are %+v", calls)
	}
	c.keep("2026-02-20T15:00:00Z")
	same(t, "no time runs before they were told", c.enrollment(b).State, scheduler.Offered)
	c.must(desk.TellOffer(b))
	at := c.last.OfferEnds(b)
	c.now = c.now.Add(3600e9)
	c.must(desk.TellOffer(b))
	same(t, "being told again gives no more time", c.last.OfferEnds(b), at)
}

// Who was told of an offer whose entry moves then is told again, and their time to
// answer begins anew; who was not told yet hears of it once.
func TestAnOfferWhoseEntryMovesIsToldAgain(t *testing.T) {
	t.Parallel()
	c, cohort, b, next := queued(t, "")
	c.keep("2026-02-05T15:00:00Z")
	entry := c.on(cohort, "2026-03-03").ID
	move := func(to string) {
		t.Helper()
		if err := c.move(entry, to); err != nil {
			t.Fatal(err)
		}
	}
	move("2026-03-03T18:30")
	same(t, "told once", []any{len(c.told("B")), len(c.enrollment(b).Offers)}, "[0 1]")
	c.must(desk.TellOffer(b))
	c.now = instant("2026-02-07T14:00:00Z") // an hour before it lapses
	move("2026-03-04T19:00")
	same(t, "told of the new time", c.told("B"), "[offer]")
	same(t, "the seats are kept", []any{offered(c, cohort, b), offered(c, cohort, next)}, "[03-04 waiting]")
	offers := c.enrollment(b).Offers
	same(t, "another offer", []any{len(offers), offers[0].State, offers[1].State, offers[1].ToldAt.IsZero()},
		"[2 withdrawn open true]")
	refused(t, c.confirm(desk.Accept(b).AsSeen(b, offers[0].ID, instant("2026-03-03T23:30:00Z"))), fault.Closed, "",
		"The dates of this offer have changed since they were shown. Look at them again before you answer.")
	c.keep("2026-02-09T15:00:00Z")
	same(t, "its time does not run before they are told", offered(c, cohort, b), "03-04")
	c.must(desk.TellOffer(b))
	same(t, "then it does", c.last.OfferEnds(b).UTC(), instant("2026-02-11T15:00:00Z"))
	move("2026-03-04T20:00")
	if _, err := c.desk().Undo(t.Context(), c.request(), c.self.ChangeNo); err != nil {
		t.Fatal(err)
	}
	same(t, "undone, they know the truth",
		[]any{c.told("B"), c.enrollment(b).Offer().ID == offers[1].ID, c.last.OfferEnds(b).UTC()},
		"[[] true 2026-02-11 15:00:00 +0000 UTC]")
	c.must(desk.Accept(b))
}

// An entry that moves so near that nobody could answer is not offered any more, and
// anyone who cannot be written to is called about the offer that stands.
func TestAnOfferWhoseEntryMovesNear(t *testing.T) {
	t.Parallel()
	c, cohort, b, _ := queued(t, "22:00", "entry: {type: any, lead: P0D}")
	c.people["B"].Reach = nil
	c.keep("2026-02-25T15:00:00Z")
	c.now = instant("2026-03-03T03:15:00Z") // a quarter past ten in the evening of 2026-03-02
	if offered(c, cohort, b) != "03-03" {
		t.Fatal("no offer was made")
	}
	c.must(desk.TellOffer(b))
	calls := func() (all []scheduler.Task) {
		for _, task := range c.tasks {
			if task.Kind == scheduler.CallTask && task.About == scheduler.AboutOffer {
				all = append(all, task)
			}
		}
		return all
	}
	first := calls()
	if err := c.move(c.on(cohort, "2026-03-03").ID, "2026-03-03T21:00"); err != nil {
		t.Fatal(err)
	}
	if again := calls(); len(again) != 1 || again[0].ID == first[0].ID {
		t.Errorf("calls are %+v, before %+v", again, first)
	}
	c.must(desk.TellOffer(b))
	if err := c.move(c.on(cohort, "2026-03-03").ID, "2026-03-02T23:00"); err != nil {
		t.Fatal(err)
	}
	same(t, "what can still be answered is offered", offered(c, cohort, b), "03-10")
}

// One change offers seats to the first 25 of a waitlist and to the people whom it
// moves. The next upkeep goes on.
func TestAChangeOffersSeatsToTheFirstOfALongWaitlist(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, rolling, "capacity: {max: 1}", "entry: {type: any, lead: P1D}")))
	c.now = instant("2026-01-05T15:00:00Z")
	c.enroll(cohort, "A")
	var waiting []scheduler.ID
	for i := range 30 {
		waiting = append(waiting, c.enroll(cohort, scheduler.ID(fmt.Sprintf("W%02d", i))).Enrollment)
	}
	offers := func() (places []int) {
		for i, id := range waiting {
			if c.enrollment(id).State == scheduler.Offered {
				places = append(places, i+1)
			}
		}
		return places
	}
	c.must(desk.SetCapacity(scheduler.ResizeRequest{Cohort: cohort, Seats: 40, Reason: "a larger room"}))
	same(t, "offered", len(offers()), 25)
	same(t, "the last of them", offers()[24], 25)
	c.now = c.now.Add(time.Minute)
	c.upkeep()
	same(t, "offered by the next upkeep", len(offers()), 30)
}

// Those whose offers have stopped take none of the 25 places.
func TestFirstWaitingLeavesOutTheSilent(t *testing.T) {
	t.Parallel()
	r := &scheduler.Roster{}
	for i := range 30 {
		e := &scheduler.Enrollment{ID: scheduler.ID(fmt.Sprint(i)), QueueNo: i + 1, State: scheduler.Waiting}
		if i < 2 {
			declined := scheduler.Offer{State: scheduler.OfferDeclined}
			e.Offers = []scheduler.Offer{declined, declined, declined}
		}
		r.Enrollments = append(r.Enrollments, e)
	}
	first := r.FirstWaiting()
	same(t, "the first and the last", []any{len(first), first[0].QueueNo, first[24].QueueNo}, "[25 3 27]")
}
