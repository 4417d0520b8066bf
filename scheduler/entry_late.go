package scheduler

import (
	"cmp"
	"slices"
	"time"

	"almanac/scheduler/fault"
)

// askWaiting gives staff one task when people still wait for a cohort that takes
// nobody any more: the next cohorts of the same protocol may have room.
func (b *Book) askWaiting(r *Roster) {
	gone := !r.Cohort.Rolling && r.begun(b.Now) || !r.Cohort.EndsAfter.IsZero()
	waits := func(e *Enrollment) bool { return e.State == Waiting || e.State == Pending && e.Entry == "" }
	if !gone || !slices.ContainsFunc(r.living(), waits) {
		return
	}
	b.addTask(Task{
		Kind: LookTask, About: AboutWaitlist, Cohort: r.Cohort.ID, Due: b.Now.Add(24 * time.Hour),
	}, AboutWaitlist+":"+string(r.Cohort.ID))
}

// begun tells whether a closed cohort has begun so far that nobody new comes in.
func (r *Roster) begun(now time.Time) bool {
	last := max(1, r.Definition.Entry.LastSessionForNew)
	return !r.Cohort.Rolling && !hasNumber(r.upcoming(now), last)
}

// MoveWaitlist moves everybody who waits for a cohort to the waitlist of another one
// of the same protocol, in their order and with the time at which they asked; anyone who
// can have a seat there is offered one. Conflict when the protocols differ or
// somebody is enrolled there already; Closed when nobody waits, or the other cohort
// takes nobody new; NotFound when there is no such cohort.
func (b *Book) MoveWaitlist(from, to ID) error {
	r, other := b.Roster(from), b.Roster(to)
	switch {
	case r == nil || other == nil:
		return noCohort()
	case r == other:
		return fault.In("to", "These people already wait for this cohort. Choose another one.")
	case r.Definition.Protocol != other.Definition.Protocol:
		return fault.New(fault.Conflict, "The other cohort runs another protocol, %s. Choose one that runs %s.",
			other.Definition.Protocol, r.Definition.Protocol).In("to")
	}
	if err := other.open(b.Now); err != nil {
		return err
	}
	waiting := r.waitlist()
	if len(waiting) == 0 {
		return fault.New(fault.Closed, "Nobody waits for this cohort.")
	}
	for _, e := range waiting {
		if slices.ContainsFunc(other.Enrollments,
			func(o *Enrollment) bool { return o.Person == e.Person && o.State.Live() }) {
			return fault.New(fault.Conflict,
				"A waiting person is already enrolled in the other cohort. End one of the two enrollments first.")
		}
		if err := b.end(e); err != nil {
			return err
		}
		moved := other.newcomer(PlaceRequest{Person: e.Person, Priority: e.Priority, Earliest: e.Earliest},
			e.RequestedAt)
		moved.History = History{Continues: e.ID, Facts: e.carried(FactPrerequisite, FactOverride, FactWaiver)}
		other.Enrollments = append(other.Enrollments, moved)
		state := Waiting
		if other.undone(moved) != "" {
			state = Pending
		}
		if err := moved.become(state); err != nil {
			return err
		}
		b.say(e.Person, "Is moved to the waitlist of another group, with the time of asking.")
		b.note("enrollment.move", e.ID, moved.ID, e.Person)
	}
	return b.recompute()
}

// byAsking compares two enrollments by when they were asked for.
func byAsking(one, other *Enrollment) int {
	return cmp.Or(one.RequestedAt.Compare(other.RequestedAt), cmp.Compare(one.QueueNo, other.QueueNo))
}
