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

// Stay is somebody whom a change for many leaves where they are, and why: a sentence without names.
type Stay struct {
	Enrollment, Person ID
	Why                string
}

// MoveWaitlist moves everybody who waits for a cohort to the waitlist of another one
// of the same protocol, in their order and with the time at which they asked; anyone who
// can have a seat there is offered one. Who cannot be moved stays, and Stays says why. Conflict when the protocols
// differ or nobody can be moved; Closed when nobody waits, or the other cohort takes nobody new; NotFound when there
// is no such cohort.
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
	b.Stays = nil
	for _, e := range waiting {
		if why := b.staysBecause(e, other); why != "" {
			b.Stays = append(b.Stays, Stay{e.ID, e.Person, why})
			continue
		}
		if err := b.moveWaiting(e, other); err != nil {
			return err
		}
	}
	if len(b.Stays) == len(waiting) {
		return fault.New(fault.Conflict, "None of the waiting people can be moved there. The first: %s "+
			"Choose another cohort.", b.Stays[0].Why).In("to")
	}
	return b.recompute()
}

// staysBecause says why somebody who waits cannot be moved to another cohort, "" if they can.
func (b *Book) staysBecause(e *Enrollment, other *Roster) string {
	among := func(person ID, states ...EnrollmentState) bool {
		return slices.ContainsFunc(other.Enrollments,
			func(o *Enrollment) bool { return o.Person == person && slices.Contains(states, o.State) })
	}
	apart := func(person ID) bool { return among(person, Active, Offered, OnHold) }
	switch {
	case among(e.Person, Pending, Waiting, Active, Offered, OnHold):
		return "They are already enrolled in the other cohort. End one of the two enrollments first."
	case !other.Cohort.Rolling && slices.ContainsFunc(b.ApartFrom(e.Person), apart):
		return "They are kept apart from somebody in the other cohort."
	}
	return ""
}

// moveWaiting ends a waiting enrollment and has its person wait for another cohort instead.
func (b *Book) moveWaiting(e *Enrollment, other *Roster) error {
	if err := b.end(e); err != nil {
		return err
	}
	moved := other.newcomer(PlaceRequest{Person: e.Person, Priority: e.Priority, Earliest: e.Earliest}, e.RequestedAt)
	moved.History = History{Continues: e.ID,
		Facts: e.carried(append(assessmentKinds(), FactPrerequisite, FactOverride, FactWaiver)...)}
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
	return nil
}

// byAsking compares two enrollments by when they were asked for.
func byAsking(one, other *Enrollment) int {
	return cmp.Or(one.RequestedAt.Compare(other.RequestedAt), cmp.Compare(one.QueueNo, other.QueueNo))
}
