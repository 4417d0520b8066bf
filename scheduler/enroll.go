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
// another session at one of the times; NotFound when book lacks the cohort.
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

// place seats an enrollment at the first entry it can take, or lets it wait:
// when no entry lies inside the horizon, or when somebody ahead waits as well.
func (b *Book) place(r *Roster, e *Enrollment) error {
	entry, stay := r.entry(e, b.Now)
	if entry == nil || r.somebodyWaitsAheadOf(e) || r.Cohort.Rolling && entry.Start.Sub(b.Now) > r.seatHorizon() {
		if err := b.checkFree(e.Person, r.firstStay(e, b.Now)); err != nil {
			return err
		}
		return e.become(Waiting)
	}
	return b.seatIn(r, e, entry, stay)
}

// seatIn gives an enrollment its seats from entry on.
func (b *Book) seatIn(r *Roster, e *Enrollment, entry *Session, stay []*Session) error {
	if err := b.checkFree(e.Person, stay); err != nil {
		return err
	}
	if err := e.become(Active); err != nil {
		return err
	}
	e.Entry = entry.ID
	for _, s := range stay {
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

func (r *Roster) somebodyWaitsAheadOf(e *Enrollment) bool {
	for _, other := range r.Enrollments {
		if other.State == Waiting && other.ID != e.ID && other.before(e) {
			return true
		}
	}
	return false
}

// checkFree refuses a stay that overlaps with something else the person owns or leads.
func (b *Book) checkFree(person ID, stay []*Session) error {
	for _, s := range stay {
		if _, taken := b.clash(person, s.Start, s.End, s.ID); taken {
			return fault.New(fault.Conflict, "This person already has a session at that time on %s. Choose another group, or end the other enrollment first.", s.Wall.Date)
		}
	}
	return nil
}

// Admit seats somebody from the waitlist who said yes to a free seat. Only the
// first in order can be admitted: Conflict for anybody else; Full when no seat
// is free for the whole stay; Closed when the enrollment does not wait.
func (b *Book) Admit(enrollment ID) error {
	r, e := b.withEnrollment(enrollment)
	if e == nil {
		return fault.New(fault.NotFound, "There is no such enrollment.")
	}
	if e.State != Waiting {
		return fault.New(fault.Closed, "This enrollment is %s, not waiting. Look at it again.", e.State)
	}
	if r.somebodyWaitsAheadOf(e) {
		return fault.New(fault.Conflict, "Somebody else is ahead on the waitlist. Seat them first, or take them off the list.")
	}
	entry, stay := r.entry(e, b.Now)
	if entry == nil {
		return fault.New(fault.Full, "No seat is free for the whole stay yet. This person keeps their place on the waitlist.")
	}
	if err := b.seatIn(r, e, entry, stay); err != nil {
		return err
	}
	b.note("enrollment.admit", e.ID, e.Person)
	return nil
}

// Withdraw ends an enrollment: seats in sessions that have not begun are given
// up, what was attended stays. Closed when it has ended already.
func (b *Book) Withdraw(enrollment ID) error {
	r, e := b.withEnrollment(enrollment)
	if e == nil {
		return fault.New(fault.NotFound, "There is no such enrollment.")
	}
	freed := e.State == Active || e.State == Offered
	if err := e.become(Withdrawn); err != nil {
		return err
	}
	e.EndedAt = b.Now
	for _, seat := range r.SeatsOf(e.ID) {
		if r.Session(seat.Session).Start.After(b.Now) {
			seat.State = SeatReleased
		}
	}
	if first := r.firstWaiting(); freed && first != nil {
		b.Tasks = append(b.Tasks, NewTask(b.Clinic.ID, Task{
			Kind: SeatTask, About: AboutFreeSeat, Cohort: r.Cohort.ID, Person: first.Person, Enrollment: first.ID,
			Due: b.Now.Add(24 * time.Hour),
		}, string(e.ID), b.Now))
	}
	b.note("enrollment.withdraw", e.ID, e.Person)
	return nil
}

func (r *Roster) firstWaiting() *Enrollment {
	var first *Enrollment
	for _, e := range r.Enrollments {
		if e.State == Waiting && (first == nil || e.before(first)) {
			first = e
		}
	}
	return first
}
