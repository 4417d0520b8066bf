package scheduler

import (
	"time"

	"almanac/protocols"
	"almanac/scheduler/fault"
)

// Asking is somebody's wish for a place in a cohort.
type Asking struct {
	Cohort, Person ID
	Priority       int            // higher is sooner
	Earliest       protocols.Date // no entry before this local date; zero: none
}

// SeatHorizon is how soon an entry into a rolling cohort must begin for
// somebody to be seated at once; a later one means waiting. A protocol may set its own.
const SeatHorizon = 28 * 24 * time.Hour

// Enroll seats a person or puts them on the waitlist. Closed when the cohort
// takes no new people any more; Conflict when they are enrolled already or own
// another session at one of the times; NotFound when the book lacks the cohort.
func (b *Book) Enroll(ask Asking) (*Enrollment, error) {
	r := b.Roster(ask.Cohort)
	if r == nil {
		return nil, fault.New(fault.NotFound, "There is no such cohort. Choose one from the list.")
	}
	for _, other := range r.Enrollments {
		if other.Person == ask.Person && other.State.Live() {
			return nil, fault.New(fault.Conflict, "This person is enrolled in this group already. Open their enrollment instead.")
		}
	}
	if err := r.open(b.Now); err != nil {
		return nil, err
	}
	r.Cohort.QueueCounter++
	e := &Enrollment{
		ID: enrollmentID(r.Cohort.ID, r.Cohort.QueueCounter), Person: ask.Person, QueueNo: r.Cohort.QueueCounter,
		Priority: ask.Priority, RequestedAt: b.Now, Earliest: ask.Earliest,
	}
	if err := b.place(r, e); err != nil {
		return nil, err
	}
	r.Enrollments = append(r.Enrollments, e)
	b.note("enroll", e.ID, e.Person)
	return e, nil
}

// open says why a cohort takes no new people, nil when it does.
func (r *Roster) open(now time.Time) error {
	upcoming := r.upcoming(now)
	last := max(1, r.Definition.Entry.LastSessionForNew)
	switch {
	case r.Cohort.State == CohortEnded || len(upcoming) == 0:
		return fault.New(fault.Closed, "This group is over. Choose another one.")
	case !r.Cohort.Rolling && !hasNumber(upcoming, last):
		return fault.New(fault.Closed, "This group has begun and takes no new people after session %d. Choose a later one.", last)
	}
	return nil
}

// hasNumber tells whether a session of the main series up to this number is among them.
func hasNumber(sessions []*Session, last int) bool {
	for _, s := range sessions {
		if s.Main && s.Number <= last {
			return true
		}
	}
	return false
}

// place seats an enrollment at the first entry it may take, or lets it wait:
// when there is none, or none inside the seat horizon of a rolling cohort.
func (b *Book) place(r *Roster, e *Enrollment) error {
	at, _ := b.firstEntry(r, e)
	if at.entry == nil || r.Cohort.Rolling && at.entry.Start.Sub(b.Now) > r.seatHorizon() {
		if err := b.checkFree(e.Person, r.firstStay(e, b.Now)); err != nil {
			return err
		}
		return e.become(Waiting)
	}
	return b.seatIn(r, e, at)
}

// firstEntry finds the first entry with free seats that nobody who waits ahead
// could take; without an entry it is zero. ahead tells that somebody ahead was
// in the way of one.
func (b *Book) firstEntry(r *Roster, e *Enrollment) (at beginning, ahead bool) {
	for at := range r.beginnings(e, b.Now) {
		if !b.wantedAhead(r, e, at) {
			return at, ahead
		}
		ahead = true
	}
	return beginning{}, ahead
}

// wantedAhead tells whether somebody who waits ahead of e could take this
// entry. Who cannot, because of an earliest date or another session at one of
// the times, is passed over and keeps the place.
func (b *Book) wantedAhead(r *Roster, e *Enrollment, at beginning) bool {
	for _, other := range r.Enrollments {
		if other.State == Waiting && other.before(e) && r.mayEnter(other, at.entry, b.Now) && b.checkFree(other.Person, at.stay) == nil {
			return true
		}
	}
	return false
}

// seatIn gives an enrollment its seats from an entry on.
func (b *Book) seatIn(r *Roster, e *Enrollment, at beginning) error {
	if err := b.checkFree(e.Person, at.stay); err != nil {
		return err
	}
	if err := e.become(Active); err != nil {
		return err
	}
	e.Entry = at.entry.ID
	for _, s := range at.stay {
		r.take(e, s, b.Now)
	}
	return nil
}

// firstStay is the stay from the first entry the person may take, full or not.
func (r *Roster) firstStay(e *Enrollment, now time.Time) []*Session {
	for _, s := range r.upcoming(now) {
		if r.mayEnter(e, s, now) {
			sessions, _ := r.stay(s, now)
			return sessions
		}
	}
	return nil
}

func (r *Roster) seatHorizon() time.Duration {
	if own := elapsed(r.Definition.Waitlist.SeatHorizon); own > 0 {
		return own
	}
	return SeatHorizon
}

// checkFree refuses a stay that overlaps with something else the person owns or leads.
func (b *Book) checkFree(person ID, stay []*Session) error {
	for _, s := range stay {
		if s.Leader == person || b.clashes(person, s.Start, s.End, s.ID) {
			return fault.New(fault.Conflict, "This person already has a session at that time on %s. Choose another group, or end the other enrollment first.", s.Wall.Date)
		}
	}
	return nil
}

// Admit seats somebody from the waitlist who said yes to a free seat, at the
// first entry they may take. Conflict while somebody ahead could take it, or
// when the person owns another session at one of the times; Full when no seat
// is free for the whole stay; Closed when the enrollment does not wait or the
// cohort takes no new people any more; NotFound when there is no such enrollment.
func (b *Book) Admit(enrollment ID) error {
	r, e := b.withEnrollment(enrollment)
	if e == nil {
		return fault.New(fault.NotFound, "There is no such enrollment.")
	}
	if e.State != Waiting {
		return fault.New(fault.Closed, "This enrollment is %s, not waiting. Look at it again.", e.State)
	}
	if err := r.open(b.Now); err != nil {
		return err
	}
	at, ahead := b.firstEntry(r, e)
	switch {
	case at.entry == nil && ahead:
		return fault.New(fault.Conflict, "Somebody else is ahead on the waitlist. Seat them first, or take them off the list.")
	case at.entry == nil:
		return fault.New(fault.Full, "No seat is free for the whole stay yet. This person keeps their place on the waitlist.")
	}
	if err := b.seatIn(r, e, at); err != nil {
		return err
	}
	b.note("enrollment.admit", e.ID, e.Person)
	return nil
}

// Withdraw ends an enrollment: seats in sessions that have not begun are given
// up, what was attended or cancelled stays. When that lets somebody in who
// waits, staff get a task. Closed when the enrollment has ended already;
// NotFound when there is none.
func (b *Book) Withdraw(enrollment ID) error {
	r, e := b.withEnrollment(enrollment)
	if e == nil {
		return fault.New(fault.NotFound, "There is no such enrollment.")
	}
	if err := e.become(Withdrawn); err != nil {
		return err
	}
	e.EndedAt = b.Now
	freed := false
	for _, seat := range r.SeatsOf(e.ID) {
		if seat.State.Occupies() && r.Session(seat.Session).Start.After(b.Now) {
			seat.State, freed = SeatReleased, true
		}
	}
	if next := b.nextToSeat(r); freed && next != nil {
		b.Tasks = append(b.Tasks, NewTask(b.Clinic.ID, Task{
			Kind: SeatTask, About: AboutFreeSeat, Cohort: r.Cohort.ID, Person: next.Person, Enrollment: next.ID,
			Due: b.Now.Add(24 * time.Hour),
		}, string(e.ID), b.Now))
	}
	b.note("enrollment.withdraw", e.ID, e.Person)
	return nil
}

// nextToSeat finds the first of the waitlist who could be admitted now, nil when nobody can.
func (b *Book) nextToSeat(r *Roster) *Enrollment {
	var next *Enrollment
	if r.open(b.Now) != nil {
		return nil
	}
	for _, e := range r.Enrollments {
		if e.State != Waiting || next != nil && next.before(e) {
			continue
		}
		for at := range r.beginnings(e, b.Now) {
			if b.checkFree(e.Person, at.stay) == nil {
				next = e
				break
			}
		}
	}
	return next
}
