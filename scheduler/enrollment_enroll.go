package scheduler

import (
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// PlaceRequest asks for a place in a cohort, for a person of the book.
type PlaceRequest struct {
	Cohort, Person ID
	Priority       int        // higher is sooner
	Earliest       civil.Date // no entry before this local date; zero: none
	// Facts are dates of the person's record that the protocol asks for, by field; what is
	// missing is recorded later, and until then the person is pending.
	Facts map[string]civil.Date
	// Reason is why somebody comes into a closed cohort that has begun; kept.
	Reason string

	mayInsist bool // the reason is asked for
}

// SeatHorizon is how soon an entry into a rolling cohort must begin for somebody
// to be seated at once, counted from the moment from which they could begin; a later
// one means waiting. A protocol may set its own.
const SeatHorizon = 28 * 24 * time.Hour

// Enroll seats a person, puts them on the waitlist, or keeps them pending until
// the protocol's prerequisites are done. Closed when the cohort takes no new
// people any more, of a closed one that has begun unless a reason is given, which is kept; Full when
// such a one has no seat left; Conflict when they are enrolled already or own another
// session at one of the times; NotFound when the book lacks the cohort.
func (b *Book) Enroll(ask PlaceRequest) (*Enrollment, error) {
	r := b.Roster(ask.Cohort)
	if r == nil {
		return nil, noCohort()
	}
	ask.mayInsist = true
	e, err := b.admit(r, ask, History{})
	if err != nil {
		return nil, err
	}
	b.note("enroll", e.ID, e.Person)
	if e.State == Pending {
		b.holdForOrientation(r)
	}
	if err := b.assignAppointments(r); err != nil {
		return nil, err
	}
	return e, nil // a newcomer takes free seats, which changes nobody else's itinerary
}

// admit adds an enrollment to a cohort and finds its state; history says how it
// continues an earlier one.
func (b *Book) admit(r *Roster, ask PlaceRequest, history History) (*Enrollment, error) {
	for _, other := range r.living() {
		if other.Person == ask.Person && other.State.Live() {
			return nil, fault.Wrap(fault.Conflict, &AlreadyEnrolled{other.ID},
				"This person is already enrolled in this cohort, as %s (%s). Open that enrollment instead.", other.ID,
				other.State.inWords())
		}
	}
	late, err := r.openTo(ask, b.Now)
	if err != nil {
		return nil, err
	}
	if err := b.checkFacts(r, ask.Facts); err != nil {
		return nil, err
	}
	if err := b.planFor(r, ask.Earliest); err != nil {
		return nil, err
	}
	e := r.newcomer(ask, b.Now)
	e.History = history
	if late {
		e.record(Fact{Kind: FactLate, At: b.Now})
		begun := RuleOverride{Rule: RuleBegun, Cohort: r.Cohort.ID, Enrollment: e.ID, Reason: ask.Reason}
		if err := b.setAside(begun, fault.In("reason", "A reason is needed.")); err != nil {
			return nil, err
		}
	}
	for field, date := range ask.Facts {
		e.record(Fact{Kind: FactClinical, What: field, Date: date, At: b.Now})
	}
	if err := b.checkFree(e.Person, b.firstStay(r, e)); err != nil {
		return nil, err
	}
	r.Enrollments, b.upToDate = append(r.Enrollments, e), false
	if missing := r.undone(e); missing != "" {
		b.say(e.Person, "Asks, and is pending until %q is done.", missing)
		return e, e.become(Pending)
	}
	if err := b.place(r, e); err != nil {
		return nil, err
	}
	if late && e.State == Waiting {
		return nil, fault.New(fault.Full, "No seat is free for the rest of this cohort. Choose a later one.")
	}
	return e, nil
}

// openTo is open, and tells whether somebody comes late: into a closed cohort that has begun, which
// needs a reason.
func (r *Roster) openTo(ask PlaceRequest, now time.Time) (late bool, err error) {
	err = r.open(now)
	over := r.Cohort.State == CohortEnded || !r.Cohort.EndsAfter.IsZero() || len(r.upcoming(now)) == 0
	switch {
	case err == nil || !ask.mayInsist || over:
		return false, err
	case isBlank(ask.Reason):
		return false, fault.Wrap(fault.Closed, ErrNeedsReason,
			"This cohort has begun and takes no new people after session %d. Choose a later one, or give a "+
				"reason.",
			max(1, r.Definition.Entry.LastSessionForNew)).In("reason")
	}
	return true, nil
}

// newcomer draws the next place in the queue of a cohort.
func (r *Roster) newcomer(ask PlaceRequest, now time.Time) *Enrollment {
	r.Cohort.QueueCounter++
	return &Enrollment{
		ID: enrollmentID(r.Cohort.ID, r.Cohort.QueueCounter), Person: ask.Person, QueueNo: r.Cohort.QueueCounter,
		Priority: ask.Priority, RequestedAt: now, Earliest: ask.Earliest,
	}
}

// open says why a cohort takes no new people, nil when it does.
func (r *Roster) open(now time.Time) error {
	upcoming := r.upcoming(now)
	switch {
	case !r.Cohort.EndsAfter.IsZero() && r.Cohort.State != CohortEnded:
		return fault.New(fault.Closed, "This cohort ends after %s and takes no new people. Choose another one.",
			r.Cohort.EndsAfter)
	case r.Cohort.State == CohortEnded || len(upcoming) == 0:
		return fault.New(fault.Closed, "This cohort is over. Choose another one.")
	case r.begun(now):
		return fault.New(fault.Closed,
			"This cohort has begun and takes no new people after session %d. Choose a later one.",
			max(1, r.Definition.Entry.LastSessionForNew))
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

// place seats an enrollment at the first entry inside the seat horizon that has
// a seat beside those who wait ahead, or lets it wait.
func (b *Book) place(r *Roster, e *Enrollment) error {
	for at := range b.beginnings(r, e, b.entryLimit(r, e)) {
		if b.seatsFor(r, e, at) < 1 {
			continue
		}
		b.seat(r, e, at)
		b.say(e.Person, "Is seated: the first entry with a free seat in every session of the stay is %s (%s).",
			at.entry.Wall.Date, at.entry.Position)
		return e.become(Active)
	}
	b.say(e.Person, "Waits: no entry inside the seat horizon has a free seat in every session of the stay.")
	return e.become(Waiting)
}

// entryLimit is the last instant at which an entry may start that an enrollment
// is given or offered now; zero: any, as in a closed cohort. In a rolling one it is
// the seat horizon after the latest of now, the start of the person's earliest date
// and the first session of a cohort that has not begun. Anyone who cannot begin within
// the projection waits, so that nothing lies before their limit.
func (b *Book) entryLimit(r *Roster, e *Enrollment) time.Time {
	if !r.Cohort.Rolling {
		return time.Time{}
	}
	from := b.Now
	if first := r.first(); first != nil {
		from = later(from, first.Start)
	}
	if !e.Earliest.IsZero() {
		loc, err := b.Zones.Location(r.Cohort.Zone)
		if err != nil || e.Earliest.After(b.projected(loc)) {
			return b.Now
		}
		from = later(from, midnight(e.Earliest, loc))
	}
	return from.Add(r.seatHorizon())
}

// first is the first session of the main series that stands, nil when none does.
func (r *Roster) first() *Session {
	for _, s := range r.Sessions {
		if s.Main && s.Live() {
			return s
		}
	}
	return nil
}

// projected is the last local date of the projection.
func (b *Book) projected(loc *time.Location) civil.Date {
	return civil.WallOf(b.Now, loc).Date.AddDays(projectionDays)
}

// seatsFor is how many seats of an entry are left for an enrollment: those that
// are free over the whole stay, less one for each who waits ahead and could take
// the entry. Who could not is passed over and keeps the place.
func (b *Book) seatsFor(r *Roster, e *Enrollment, at beginning) int {
	left := r.freeIn(e, at)
	for _, other := range r.living() {
		if left < 1 {
			return 0
		}
		if other == e || other.State != Waiting || other.offersStopped() || !other.Before(e) {
			continue
		}
		if _, could := b.beginsAt(r, other, at.entry); could {
			left--
		}
	}
	return left
}

// firstStay is the stay from the first entry the person may take, full or not.
func (b *Book) firstStay(r *Roster, e *Enrollment) []*Session {
	for _, s := range r.upcoming(b.Now) {
		if b.mayEnter(r, e, s) {
			sessions, _ := b.stay(r, e, s)
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

// checkFree refuses a stay that overlaps with something else the person owns or
// leads. A seat in one of its sessions is something else too: a person who makes
// something up there does not sit on two chairs. Nobody in particular is always
// free.
func (b *Book) checkFree(person ID, stay []*Session) error {
	if person == "" {
		return nil
	}
	for _, s := range stay {
		r, _ := b.withSession(s.ID)
		if s.Leader == person || b.clashes(person, s.Start, s.End, s.ID) || r != nil && b.takes(r, person, s.ID) {
			return fault.New(fault.Conflict,
				"This person already has a session at that time on %s. Choose another cohort, or end the other "+
					"enrollment first.", s.Wall.Date)
		}
	}
	return nil
}

// Admit seats somebody from the waitlist who said yes to a free seat, at the
// first entry they may take, inside the seat horizon or not. Conflict while
// somebody ahead could take it, or when the person owns another session at one
// of the times; Full when no seat is free for the whole stay; Closed when the
// enrollment does not wait or the cohort takes no new people any more; NotFound
// when there is no such enrollment.
func (b *Book) Admit(enrollment ID) error {
	r, e := b.withEnrollment(enrollment)
	switch {
	case e == nil:
		return noEnrollment()
	case e.State == Offered:
		return b.Accept(enrollment)
	case e.State != Waiting:
		return fault.New(fault.Closed, "This enrollment is %s, not waiting. Look at it again.", e.State.inWords())
	}
	if err := r.open(b.Now); err != nil {
		return err
	}
	ahead := false
	for at := range b.beginnings(r, e, time.Time{}) {
		if b.seatsFor(r, e, at) < 1 {
			ahead = true
			continue
		}
		b.seat(r, e, at)
		b.note("enrollment.admit", e.ID, e.Person)
		if err := e.become(Active); err != nil {
			return err
		}
		return b.recompute()
	}
	if ahead {
		return fault.New(fault.Conflict,
			"Another person is ahead on the waitlist. Seat them first, or take them off the list.")
	}
	if err := b.checkFree(e.Person, b.firstStay(r, e)); err != nil {
		return err
	}
	return fault.New(fault.Full,
		"No seat is free for the whole stay yet. This person keeps their place on the waitlist.")
}

func noEnrollment() error {
	return fault.New(fault.NotFound, "There is no such enrollment. Choose one on the page of its cohort.")
}

func noCohort() error {
	return fault.New(fault.NotFound, "There is no such cohort. Choose one from the list.")
}
