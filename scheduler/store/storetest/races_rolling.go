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
	"almanac/scheduler/store"
)

// OpenGroup opens a rolling group on a weekday of the week of 2026-01-05 with
// one seat in each session, or as many as capacity says.
func (h *House) OpenGroup(t testing.TB, d *protocols.Definition, day, capacity int) scheduler.ID {
	t.Helper()
	id, err := h.Desk.OpenCohort(t.Context(), h.Request(), scheduler.OpenRequest{
		Definition: d, Start: civil.Date{Year: 2026, Month: 1, Day: day}, At: civil.Clock{Hour: 18},
		Zone:     "America/New_York",
		Capacity: capacity, HasCapacity: true,
	})
	must(t, err)
	return id
}

// MakeupRace lets somebody make a position up in a session with one seat while
// somebody else is enrolled from that session on. The error says when not
// exactly one of them sits in it, or the loser was not told so. ready is called
// when all is set up.
func (h *House) MakeupRace(t testing.TB, d *protocols.Definition, ready func()) error {
	t.Helper()
	h.Set(NewYear())
	home, other := h.OpenGroup(t, d, 6, 1), h.OpenGroup(t, d, 22, 1)
	people := h.AddPeople(t, 2)
	first, err := h.Enroll(t.Context(), home, people[0])
	must(t, err)
	h.Set(time.Date(2026, 1, 16, 12, 0, 0, 0, time.UTC))
	begin := h.Roster(t, home, desk.Load{}).Sessions[0]
	must(t, h.Desk.Confirm(t.Context(), h.Request(),
		desk.TakeAttendance(begin.ID, scheduler.Mark{Person: people[0], State: scheduler.SeatMissed})))
	last := h.Roster(t, other, desk.Load{}).Sessions[0]
	var made, entered error
	var second scheduler.Enrolled
	ready()
	atOnce(2, func(i int) {
		if i == 0 {
			made = h.Desk.Confirm(t.Context(), h.Request(), desk.MakeUp(first.Enrollment, last.Position, last.ID))
		} else {
			second, entered = h.Enroll(t.Context(), other, people[1])
		}
	})
	switch {
	case entered != nil:
		return fmt.Errorf("the newcomer was turned away: %w", entered)
	case made != nil && !fault.Is(made, fault.Full):
		return fmt.Errorf("the make-up failed, and not because the session is full: %w", made)
	}
	r := h.Roster(t, other, desk.Load{})
	sits := r.Enrollment(second.Enrollment).Entry == last.ID
	if n := r.Seated(last.ID); n != 1 || (made == nil) == sits {
		return fmt.Errorf("%d people sit in the session; made up: %t, entered: %t", n, made == nil, sits)
	}
	return nil
}

// LeaderRace names one facilitator for two sessions at the same time. The error
// says when not exactly one of them got them.
func (h *House) LeaderRace(t testing.TB, facilitator scheduler.ID, sessions [2]scheduler.ID) error {
	t.Helper()
	errs := make([]error, len(sessions))
	atOnce(len(sessions), func(i int) {
		errs[i] = h.Desk.Confirm(t.Context(), h.Request(),
			desk.Substitute(scheduler.SubstituteRequest{Session: sessions[i], By: facilitator}))
	})
	switch won := len(errs) - count(errs); {
	case won == 0:
		return fmt.Errorf("neither session got the facilitator: %w", firstOf(errs))
	case won > 1:
		return errors.New("two sessions at once got the facilitator")
	case !fault.Is(firstOf(errs), fault.Conflict):
		return fmt.Errorf("the other session got no conflict: %w", firstOf(errs))
	}
	for i, session := range sessions {
		if errs[i] == nil {
			must(t, h.Desk.Confirm(t.Context(), h.Request(),
				desk.Substitute(scheduler.SubstituteRequest{Session: session})))
		}
	}
	return nil
}

// OfferRace lets two people take one seat: somebody accepts an offer while by
// another node's clock it has just lapsed, and there it goes to the next in line,
// who then accepts. late is that node's store, whose clock is an hour ahead. The
// error says when not exactly one of them gets the seat. ready is called when all is set up.
// It returns the store of the other node and a function to call once the offer was answered.
func (h *House) OfferRace(t testing.TB, d *protocols.Definition, ready func() (desk.Store, func())) error {
	t.Helper()
	h.Set(NewYear())
	cohort := h.OpenGroup(t, d, 6, 1)
	var enrolled []scheduler.ID
	for _, person := range h.AddPeople(t, 3) {
		e, err := h.Enroll(t.Context(), cohort, person)
		must(t, err)
		enrolled = append(enrolled, e.Enrollment)
	}
	must(t, h.Desk.Confirm(t.Context(), h.Request(), desk.Withdraw(enrolled[0])))
	h.Rest(t, cohort)
	must(t, h.Desk.Confirm(t.Context(), h.Request(), desk.TellOffer(enrolled[1])))
	it, err := h.book(t, desk.Load{Cohorts: []scheduler.ID{cohort}}).Itinerary(enrolled[1])
	must(t, err)
	h.Set(it.OfferExpires.Add(-time.Minute))
	system := desk.Request{Actor: access.System("agenda").In(string(h.Clinic)), Clinic: h.Clinic}
	errs := make([]error, 2)
	late, accepted := ready()
	atOnce(2, func(i int) {
		if i == 0 {
			errs[0] = h.Desk.Confirm(t.Context(), h.Request(), desk.Accept(enrolled[1]))
			accepted()
		} else {
			errs[1] = desk.New(late, h.Zones, h.Now, RandomID).Confirm(t.Context(), system, desk.Upkeep(cohort))
		}
	})
	if errs[1] != nil {
		return fmt.Errorf("the other node could not look after the offers: %w", errs[1])
	}
	h.Set(h.Now().Add(time.Hour))
	after := h.open(t)
	defer func() { must(t, after.Close()) }()
	errs[1] = desk.New(after, h.Zones, h.Now, RandomID).Confirm(t.Context(), h.Request(), desk.Accept(enrolled[2]))
	active := 0
	for _, e := range h.Roster(t, cohort, desk.Load{}).Enrollments {
		if e.State == scheduler.Active {
			active++
		}
	}
	switch won := len(errs) - count(errs); {
	case won == 0:
		return fmt.Errorf("neither got the seat: %w", firstOf(errs))
	case won > 1 || active != 1:
		return fmt.Errorf("%d people were told that they have the seat, and %d have it", won, active)
	case !fault.Is(firstOf(errs), fault.Closed):
		return fmt.Errorf("the other one was told something else: %w", firstOf(errs))
	}
	return nil
}

// Later opens the same database once more, with a clock that is ahead.
func (h *House) Later(t testing.TB, by time.Duration) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(),
		store.Options{URL: h.URL, Root: h.Root, Zones: h.Zones, Now: func() time.Time { return h.Now().Add(by) }})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	return db
}
