package scheduler

import (
	"fmt"

	"almanac/protocols"
	"almanac/scheduler/fault"
)

// MaxCapacity bounds a cohort's seats. A cohort whose protocol names no most has as many.
const MaxCapacity = 1000

// Unlimited tells whether a number of seats is as good as no limit.
func Unlimited(seats int) bool { return seats >= MaxCapacity }

// SeatsTaken says in words how many seats of a session are taken: "3 of 8 seats". Where the
// limit of its cohort is lower than what is taken it is "3 seated, limit 1", and without a limit
// "3 seated".
func SeatsTaken(taken, limit, capacity int) string {
	switch {
	case Unlimited(limit):
		return fmt.Sprintf("%d seated", taken)
	case capacity > 0 && capacity < taken:
		return fmt.Sprintf("%d seated, limit %d", taken, capacity)
	case limit == 1:
		return fmt.Sprintf("%d of 1 seat", taken)
	}
	return fmt.Sprintf("%d of %d seats", taken, limit)
}

// seatsOf is how many seats a cohort of the protocol has when nobody says a number.
func seatsOf(d *protocols.Definition) int {
	if d.Capacity.Max == 0 {
		return MaxCapacity
	}
	return d.Capacity.Max
}

// checkSeats checks a number of seats. Invalid at capacity; fewer or more than the protocol says
// are refused with ErrNeedsReason as the cause, which a reason sets aside.
func checkSeats(d *protocols.Definition, seats int) *fault.Error {
	var own protocols.Capacity
	if d != nil {
		own = d.Capacity
	}
	least := max(1, own.MinToStart, own.MinToHold)
	switch {
	case seats < 1:
		return fault.In("capacity", "A cohort needs at least one seat. Give a capacity of %d or more.", least)
	case seats > MaxCapacity:
		return fault.In("capacity", "A cohort has at most %d seats. Give a smaller capacity.", MaxCapacity)
	case seats < least:
		return fault.Wrap(fault.Invalid, ErrNeedsReason,
			"This protocol needs at least %d people. Give a capacity of %d or more, or a reason.", least,
			least).In("capacity")
	case own.Max > 0 && seats > own.Max:
		return fault.Wrap(fault.Invalid, ErrNeedsReason,
			"This protocol seats at most %d people. Give a capacity of %d or fewer, or a reason.", own.Max,
			own.Max).In("capacity")
	}
	return nil
}

// keepSeats checks a number of seats and keeps the reason that sets the protocol's numbers aside.
func (b *Book) keepSeats(r *Roster, seats int, reason string) error {
	refusal := checkSeats(r.Definition, seats)
	switch {
	case refusal == nil:
		return nil
	case refusal.Cause == nil:
		return refusal
	}
	return b.setAside(RuleOverride{Rule: RuleSeats, Cohort: r.Cohort.ID, Reason: reason}, refusal)
}

// ResizeRequest asks for another number of seats.
type ResizeRequest struct {
	Cohort ID
	Seats  int
	Reason string // why fewer or more than the protocol says; kept
}

// SetCapacity gives a cohort another number of seats; nobody loses one by it.
// Invalid when it is none, more than MaxCapacity, or without a reason fewer or more
// than the protocol says; NotFound when there is no such cohort.
func (b *Book) SetCapacity(q ResizeRequest) error {
	r := b.Roster(q.Cohort)
	if r == nil {
		return noCohort()
	}
	if err := b.resize(r, q); err != nil {
		return err
	}
	b.note("cohort.capacity", q.Cohort)
	return b.recompute()
}

// resize is SetCapacity without what follows from it. Sessions that had a number of their own have
// the cohort's from then on.
func (b *Book) resize(r *Roster, q ResizeRequest) error {
	if err := b.keepSeats(r, q.Seats, q.Reason); err != nil {
		return err
	}
	if err := b.checkEquipment(r, q.Seats, q.Reason, "capacity", r.upcoming(b.Now)...); err != nil &&
		q.Seats > r.Cohort.Capacity {
		return err
	}
	r.Cohort.Capacity = q.Seats
	for _, s := range r.upcoming(b.Now) {
		s.Seats = 0
	}
	return nil
}
