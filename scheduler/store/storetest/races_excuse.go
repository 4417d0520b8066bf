package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// Owing is a group of one seat a session. One person has the seat of 3 February; the other owes what it is about and
// has it planned later. Both asked for short notice.
type Owing struct {
	Cohort     scheduler.ID
	Session    scheduler.ID
	Owes, Sits scheduler.Enrolled
	races      int
}

// Themself is a request of somebody on their own page.
func (h *House) Themself(person scheduler.ID) desk.Request {
	return desk.Request{Actor: access.Person(string(person), string(h.Clinic)), Clinic: h.Clinic}
}

// Owing makes an Owing of a protocol with four modules in turn.
func (h *House) Owing(t testing.TB, d *protocols.Definition) *Owing {
	t.Helper()
	h.Set(NewYear())
	o := &Owing{Cohort: h.OpenGroup(t, d, 6, 1)}
	people := h.AddPeople(t, 2)
	var err error
	o.Owes, err = h.Enroll(t.Context(), o.Cohort, people[0])
	must(t, err)
	h.Set(time.Date(2026, 1, 8, 12, 0, 0, 0, time.UTC))
	o.Sits, err = h.Desk.Enroll(t.Context(), h.Request(), scheduler.EnrollRequest{
		Cohort: o.Cohort, Person: people[1], Earliest: civil.Date{Year: 2026, Month: 2, Day: 3}})
	must(t, err)
	sessions := h.Roster(t, o.Cohort, desk.Load{}).Sessions
	must(t, h.Desk.Confirm(t.Context(), h.Request(),
		desk.TakeAttendance(sessions[0].ID, scheduler.Mark{Person: people[0], State: scheduler.SeatMissed})))
	o.Session = sessions[4].ID
	for _, person := range people {
		h.Do(t, fmt.Sprintf("INSERT INTO settings (person, clinic, short_notice, changed_at) "+
			"VALUES ('%s', '%s', 1, '2026-01-08T12:00:00.000Z')", person, h.Clinic))
	}
	return o
}

// GiveBack lets who has the seat give it back at noon of the day before, and sets the clock to when it has rested.
func (h *House) GiveBack(t testing.TB, o *Owing) {
	t.Helper()
	h.Set(time.Date(2026, 2, 2, 17, 0, 0, 0, time.UTC))
	must(t, h.Desk.Confirm(t.Context(), h.Themself(o.Sits.Person),
		desk.CannotCome(scheduler.ExcuseRequest{Enrollment: o.Sits.Enrollment, Session: o.Session})))
	h.Set(h.Now().Add(scheduler.ExcuseRest + 30*time.Second))
}

// ExcuseRace lets somebody accept a date that was given back while who gave it back takes it again. The error says when
// not exactly one of them has it, or the other one was not told so. Who has it gives it back in the next race. ready is
// called when all is set up.
func (h *House) ExcuseRace(t testing.TB, o *Owing, ready func()) error {
	t.Helper()
	h.GiveBack(t, o)
	h.upkeep(t, o.Cohort)
	var accepted, undone error
	o.races++
	ready()
	atOnce(2, func(i int) {
		if i == o.races%2 {
			accepted = h.Desk.Confirm(t.Context(), h.Themself(o.Owes.Person), desk.Accept(o.Owes.Enrollment))
		} else {
			undone = h.Desk.Confirm(t.Context(), h.Themself(o.Sits.Person),
				desk.CanCome(o.Sits.Enrollment, o.Session))
		}
	})
	r := h.Roster(t, o.Cohort, desk.Load{})
	has := func(e scheduler.ID) (n int) {
		for _, seat := range r.SeatsOf(e) {
			if seat.Session == o.Session && seat.State.Occupies() {
				n++
			}
		}
		return n
	}
	first, gives := has(o.Owes.Enrollment), has(o.Sits.Enrollment)
	switch {
	case first+gives != 1 || r.Seated(o.Session) != 1:
		return fmt.Errorf("%d and %d seats are taken, %d in all", first, gives, r.Seated(o.Session))
	case (accepted == nil) != (first == 1) || (undone == nil) != (gives == 1):
		return fmt.Errorf("accepting gave %d seats, undoing %d: %w", first, gives, errors.Join(accepted, undone))
	case accepted != nil && !fault.Is(accepted, fault.Closed):
		return fmt.Errorf("who came too late to accept was told: %w", accepted)
	case undone != nil && !fault.Is(undone, fault.Full):
		return fmt.Errorf("who came too late to undo was told: %w", undone)
	}
	if accepted == nil { // the later date is free now, and offered to who has given this one back
		o.Owes, o.Sits = o.Sits, o.Owes
		must(t, h.Desk.Confirm(t.Context(), h.Request(), desk.Accept(o.Owes.Enrollment)))
	}
	return nil
}
