package scheduler_test

import (
	"context"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

func TestAPersonAnswersOnlyTheirOwnOffer(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(scheduler.ID) desk.Proposal{"accept": desk.Accept,
		"decline": desk.Decline} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _, b, _ := queued(t, "")
			c.keep("2026-02-05T15:00:00Z")
			before := written(c)
			as := func(person string) error {
				q := desk.Request{Actor: access.Person(person, "clinic"), Clinic: "clinic"}
				return c.desk().Confirm(context.Background(), q, answer(b))
			}
			refused(t, as("C"), fault.NotFound, "", "There is no such offer. Look at your own page again.")
			c.unchanged("somebody else's answer", before)
			if err := as("B"); err != nil {
				t.Fatal(err)
			}
			if c.enrollment(b).State == scheduler.Offered && name == "accept" {
				t.Error("the answer changed nothing")
			}
		})
	}
}

// A yes to an offer that has lapsed is none to the next one, which nobody has seen.
func TestAnAnswerIsToTheOfferThatWasSeen(t *testing.T) {
	t.Parallel()
	c, cohort, b, next := queued(t, "")
	if err := c.withdraw(next); err != nil {
		t.Fatal(err)
	}
	c.keep("2026-02-11T15:00:00Z")
	same(t, "offered", offered(c, cohort, b), "03-03")
	c.must(desk.TellOffer(b))
	c.now = instant("2026-02-13T15:00:00Z") // the upkeep of this minute has not been
	for _, answer := range []desk.Proposal{desk.Accept(b), desk.Decline(b), desk.TellOffer(b)} {
		before := written(c)
		refused(t, c.confirm(answer), fault.Closed, "",
			"This offer has lapsed. The place on the waitlist is kept, and another offer comes when there is a seat.")
		c.unchanged("a late answer", before)
	}
	c.upkeep()
	same(t, "another one", offered(c, cohort, b), "03-10")
	c.must(desk.Accept(b))
	same(t, "seats", c.dates(cohort, b)[0], "03-10 m2")
}

// Previewing any proposal changes nothing and tells what confirming it tells.
func TestProposalsArePreviewed(t *testing.T) {
	t.Parallel()
	c, home, abroad, p := parallel(t, holdMax)
	h := until(p, "2026-02-16")
	session := c.on(home, "2026-02-10").ID
	for name, proposal := range map[string]desk.Proposal{
		"hold":    desk.Hold(h),
		"release": desk.Hold(scheduler.HoldRequest{Enrollment: p, Until: h.Until, Release: true}),
		"make-up": desk.MakeUp(p, "m5", c.on(abroad, "2026-02-11").ID),
		"individual": desk.Individual(scheduler.AppointmentRequest{Enrollment: p, Position: "m5",
			At: wall("2026-02-06T10:00")}),
		"waive":    desk.Waive(p, "m5", "knows it"),
		"transfer": desk.Transfer(p, abroad),
		"attendance": desk.TakeAttendance(c.on(home, "2026-02-03").ID,
			scheduler.Mark{Person: "P", State: scheduler.SeatPresent}),
		"substitute": desk.Substitute(scheduler.SubstituteRequest{Session: session, By: "F"}),
		"rotate":     desk.Rotate(scheduler.RotateRequest{Cohort: home, Leaders: []scheduler.ID{"F", "G"}}),
		"capacity":   desk.SetCapacity(scheduler.ResizeRequest{Cohort: home, Seats: 4, Reason: "a test"}),
		"apart":      desk.KeepApart("P", "Q"),
		"upkeep":     desk.Upkeep(home),
	} {
		before, notices, tasks := written(c), len(c.notices), len(c.tasks)
		preview, err := c.desk().Preview(context.Background(), c.request(), proposal)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		c.unchanged("a preview of "+name, before)
		if len(c.notices) != notices || len(c.tasks) != tasks {
			t.Errorf("previewing %s owes somebody something", name)
		}
		other, _, _, _ := parallel(t, holdMax)
		if err := other.confirm(proposal); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		same(t, name, foretold(preview),
			foretold(scheduler.Preview{Told: other.last.Announcements, Staff: other.last.StaffAnnouncements}))
	}
}
