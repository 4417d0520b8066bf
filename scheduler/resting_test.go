package scheduler_test

import (
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// The wrong person is withdrawn. Until the time to undo it is over, nobody else is
// offered or given their seats; the undo restores everything.
func TestSeatsThatRestAreNobodyElses(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	c.patient = true
	cohort := c.open(opening(define(t, closed, "capacity: {max: 1}")))
	p, first := c.enroll(cohort, "p"), c.enroll(cohort, "first")
	c.welcomed()
	before := stands(c)
	changed, err := c.desk().Change(t.Context(), c.request(), desk.Withdraw(p.Enrollment))
	if err != nil || changed.ChangeNo == 0 || !changed.Until.Equal(c.now.Add(scheduler.UndoWindow)) {
		t.Fatalf("the withdrawal is %+v: %v", changed, err)
	}
	c.now = c.now.Add(time.Minute)
	c.upkeep()
	same(t, "who waits, after a minute", c.enrollment(first.Enrollment).State, scheduler.Waiting)
	same(t, "who asks then", c.enroll(cohort, "new").State, scheduler.Waiting)
	refused(t, c.admit(first.Enrollment), fault.Full, "",
		"No seat is free for the whole stay yet. This person keeps their place on the waitlist.")
	if err := c.withdraw(c.latest("new").ID); err != nil {
		t.Fatal(err)
	}
	if _, err := c.desk().Undo(t.Context(), c.request(), changed.ChangeNo); err != nil {
		t.Fatal(err)
	}
	same(t, "who was withdrawn", c.enrollment(p.Enrollment).State, scheduler.Active)
	same(t, "their dates", len(c.dates(cohort, p.Enrollment)), 8)
	same(t, "told", len(c.gate()), 0)
	if before == "" {
		t.Error("nothing stood before")
	}

	if err := c.withdraw(p.Enrollment); err != nil {
		t.Fatal(err)
	}
	c.rested()
	same(t, "who waits, when it has rested", c.enrollment(first.Enrollment).State, scheduler.Offered)
}

// Who was withdrawn by mistake and is enrolled again gets their own seats.
func TestSeatsThatRestAreTheirOwners(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	c.patient = true
	cohort := c.open(opening(define(t, closed, "capacity: {max: 1}")))
	p := c.enroll(cohort, "p")
	if err := c.withdraw(p.Enrollment); err != nil {
		t.Fatal(err)
	}
	same(t, "who asks", c.enroll(cohort, "q").State, scheduler.Waiting)
	same(t, "who comes back", c.enroll(cohort, "p").State, scheduler.Active)
}

// More seats rest as well: they are offered when the change has rested.
func TestMoreSeatsRest(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	c.patient = true
	cohort := c.open(opening(define(t, closed, "capacity: {max: 1}")))
	c.enroll(cohort, "p")
	first := c.enroll(cohort, "first")
	c.must(desk.SetCapacity(scheduler.ResizeRequest{Cohort: cohort, Seats: 2, Reason: "a larger room"}))
	number := c.self.ChangeNo
	same(t, "while it rests", c.enrollment(first.Enrollment).State, scheduler.Waiting)
	if _, err := c.desk().Undo(t.Context(), c.request(), number); err != nil {
		t.Fatal(err)
	}
	same(t, "seats", c.roster(cohort).Cohort.Capacity, 1)
	c.must(desk.SetCapacity(scheduler.ResizeRequest{Cohort: cohort, Seats: 2, Reason: "a larger room"}))
	c.rested()
	same(t, "when it has rested", c.enrollment(first.Enrollment).State, scheduler.Offered)
}

// An enrollment that is taken back is gone, and nobody is welcomed.
func TestAnEnrollmentIsTakenBack(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	c.patient = true
	cohort := c.open(opening(define(t, closed, "capacity: {max: 1}")))
	before := stands(c)
	e, err := c.tryAsk(scheduler.EnrollRequest{Cohort: cohort, Person: "p"})
	if err != nil || e.ChangeNo == 0 {
		t.Fatalf("enrolled %+v: %v", e, err)
	}
	for _, n := range c.notices {
		if n.Due.Before(c.now.Add(scheduler.UndoWindow)) {
			t.Errorf("%s leaves at %s, before it has rested", n.Key, n.Due)
		}
	}
	if _, err := c.desk().Undo(t.Context(), c.request(), e.ChangeNo); err != nil {
		t.Fatal(err)
	}
	same(t, "the cohort", stands(c), before)
	same(t, "promises", len(c.notices), 0)
	same(t, "who asks then", c.enroll(cohort, "q").State, scheduler.Active)
}

// Answers, attendance and rules about people never rest; what the desk does to
// dates and seats does.
func TestWhatRests(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	c.patient = true
	cohort := c.open(opening(define(t, closed, "capacity: {max: 1}")))
	p, first := c.enroll(cohort, "p"), c.enroll(cohort, "first")
	if err := c.withdraw(p.Enrollment); err != nil {
		t.Fatal(err)
	}
	c.rested()
	answer := c.request()
	answer.Actor = access.Person("first", "clinic")
	changed, err := c.desk().Change(t.Context(), answer, desk.Accept(first.Enrollment))
	if err != nil || changed.ChangeNo != 0 {
		t.Errorf("an answer can be taken back: %+v, %v", changed, err)
	}
	changed, err = c.desk().Change(t.Context(), c.request(), desk.KeepApart("p", "first"))
	if err != nil || changed.ChangeNo != 0 {
		t.Errorf("keeping apart can be taken back: %+v, %v", changed, err)
	}
	preview, err := c.desk().Preview(t.Context(), c.request(), desk.Withdraw(first.Enrollment))
	if err != nil || !preview.Rests || preview.AtOnce {
		t.Errorf("a withdrawal does not rest: %+v, %v", preview, err)
	}
}

// What leaves at once is not promised three minutes: the preview says so, the change
// has no way back, and its seats are offered with the next look.
func TestWhatLeavesAtOnceDoesNotRest(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	c.patient = true
	cohort := c.open(opening(define(t, closed, "capacity: {max: 1}", "entry: {type: closed, last_session_for_new: 8}")))
	p, first := c.enroll(cohort, "p"), c.enroll(cohort, "first")
	c.welcomed()
	preview := func(p desk.Proposal) scheduler.Preview {
		t.Helper()
		got, err := c.desk().Preview(t.Context(), c.request(), p)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	same(t, "far ahead", preview(desk.Withdraw(p.Enrollment)).Leaves(),
		"Messages leave 3 minutes after you confirm, and until then you can undo it. After that, free seats are "+
			"offered to those who wait.")
	c.now = instant("2026-01-06T22:40:00Z") // the first session begins in 20 minutes
	now := preview(desk.Withdraw(p.Enrollment))
	same(t, "rests, at once", []bool{now.Rests, now.AtOnce}, "[false true]")
	same(t, "it says", now.Leaves(),
		"A message about the next half hour leaves as soon as you confirm, so this cannot be undone."+
			" After that, free seats are offered to those who wait.")
	changed, err := c.desk().Change(t.Context(), c.request(), desk.Withdraw(p.Enrollment))
	if err != nil || changed.ChangeNo != 0 || !changed.Until.IsZero() {
		t.Errorf("it can be taken back: %+v, %v", changed, err)
	}
	for _, n := range c.last.Notices {
		if n.Due.After(c.now) && n.Kind == scheduler.Changes {
			t.Errorf("%s leaves at %s", n.Key, n.Due)
		}
	}
	_, err = c.desk().Undo(t.Context(), c.request(), c.self.ChangeNo)
	refused(t, err, fault.Closed, "",
		"It is too late to undo this, because people may have been told. Change it back instead, and they will "+
			"be told again.")
	c.upkeep()
	same(t, "who waits", c.enrollment(first.Enrollment).State, scheduler.Offered)
}
