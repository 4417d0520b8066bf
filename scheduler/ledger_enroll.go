package scheduler

import (
	"time"

	"almanac/protocols"
	"almanac/scheduler/fault"
)

// Enroll seats a person, puts them on the waitlist, or keeps them pending until
// their prerequisites are done. zone is the person's own, empty for the
// cohort's. It fails as Book.Enroll does.
func (l *Ledger) Enroll(ask Asking, zone string) error {
	r := l.book.Roster(ask.Cohort)
	if r == nil {
		return fault.New(fault.NotFound, "There is no such cohort. Choose one from the list.")
	}
	if zone == "" {
		zone = r.Cohort.Zone
	}
	if _, err := l.book.Zones.Location(zone); err != nil {
		return fault.In("zone", "%s", sentence(err))
	}
	if l.book.People[ask.Person] == nil {
		l.book.People[ask.Person] = &Person{ID: ask.Person, Zone: zone}
	}
	_, err := l.admit(r, ask, nil)
	if err != nil {
		return err
	}
	return l.recompute()
}

// admit adds an enrollment to a cohort and finds its state. prepare, when
// given, says how it continues an earlier one.
func (l *Ledger) admit(r *Roster, ask Asking, prepare func(*course)) (*Enrollment, error) {
	for _, other := range r.Enrollments {
		if other.Person == ask.Person && other.State.Live() {
			return nil, fault.New(fault.Conflict, "This person is enrolled in this group already. Open their enrollment instead.")
		}
	}
	if err := r.open(l.book.Now); err != nil {
		return nil, err
	}
	r.Cohort.QueueCounter++
	e := &Enrollment{
		ID: enrollmentID(r.Cohort.ID, r.Cohort.QueueCounter), Person: ask.Person, QueueNo: r.Cohort.QueueCounter,
		Priority: ask.Priority, RequestedAt: l.book.Now, Earliest: ask.Earliest,
	}
	c := l.course(e)
	if prepare != nil {
		prepare(c)
	}
	if err := l.book.checkFree(e.Person, r.firstStay(e, l.book.Now)); err != nil {
		return nil, err
	}
	r.Enrollments = append(r.Enrollments, e)
	if missing := r.undone(c); missing != "" {
		l.say(e.Person, "Asks, and is pending until %q is done.", missing)
		return e, e.become(Pending)
	}
	return e, l.place(r, e)
}

// undone names the first prerequisite that is not recorded, "" when all are.
func (r *Roster) undone(c *course) string {
	for _, p := range r.Definition.Entry.Prerequisites {
		if !c.done[p.ID] {
			return p.ID
		}
	}
	return ""
}

// place seats an enrollment at the first entry inside the seat horizon that
// nobody ahead could take, or lets it wait.
func (l *Ledger) place(r *Roster, e *Enrollment) error {
	for at := range l.beginnings(r, e) {
		if r.Cohort.Rolling && at.entry.Start.Sub(l.book.Now) > r.seatHorizon() {
			break
		}
		if l.wantedAhead(r, e, at.entry) {
			continue
		}
		l.seat(r, e, at)
		l.say(e.Person, "Is seated: the first entry with a free seat in every session of the stay is %s (%s).", at.entry.Wall.Date, at.entry.Position)
		return e.become(Active)
	}
	l.say(e.Person, "Waits: no entry inside the seat horizon has a free seat in every session of the stay.")
	return e.become(Waiting)
}

// wantedAhead tells whether somebody who waits ahead of e could take an entry.
func (l *Ledger) wantedAhead(r *Roster, e *Enrollment, entry *Session) bool {
	for _, other := range r.Enrollments {
		if other == e || other.State != Waiting || !l.ahead(other, e) {
			continue
		}
		for at := range l.beginnings(r, other) {
			if at.entry == entry {
				return true
			}
		}
	}
	return false
}

// Prerequisite records that a prerequisite is done. NotFound when the person is
// not enrolled; Invalid when the protocol asks for no such thing.
func (l *Ledger) Prerequisite(person, cohort ID, done string) error {
	r, e, err := l.enrolled(person, cohort)
	if err != nil {
		return err
	}
	known := false
	for _, p := range r.Definition.Entry.Prerequisites {
		known = known || p.ID == done
	}
	if !known {
		return fault.In("done", "The protocol has no prerequisite %q. Name one of its entry.prerequisites.", done)
	}
	c := l.course(e)
	c.done[done] = true
	l.say(person, "The prerequisite %q is done.", done)
	if e.State == Pending && r.undone(c) == "" {
		if entry := r.Session(e.Entry); entry != nil {
			l.say(person, "Takes the seat that was kept from %s on.", entry.Wall.Date)
			err = e.become(Active)
		} else {
			err = l.place(r, e)
		}
	}
	if err != nil {
		return err
	}
	return l.recompute()
}

// holdForOrientation keeps seats for the pending where the protocol says so,
// at the first entry that is still to come.
func (l *Ledger) holdForOrientation(r *Roster) {
	for _, e := range r.Enrollments {
		if e.State != Pending || !r.Definition.Entry.HoldDuringOrientation {
			continue
		}
		if entry := r.Session(e.Entry); entry != nil && entry.Start.After(l.book.Now) && entry.Live() {
			continue
		}
		for _, p := range l.places(e.ID) {
			p.seat.State = SeatReleased // nobody attends before the prerequisites are done
		}
		e.Entry = ""
		for at := range l.beginnings(r, e) {
			if at.entry.Start.Sub(l.book.Now) <= r.seatHorizon() && !l.wantedAhead(r, e, at.entry) {
				l.seat(r, e, at)
				l.say(e.Person, "A seat is kept from %s on until the prerequisites are done.", at.entry.Wall.Date)
			}
			break
		}
	}
}

// Withdraw ends an enrollment: seats to come are given up. It fails as
// Book.Withdraw does.
func (l *Ledger) Withdraw(person, cohort ID) error {
	_, e, err := l.enrolled(person, cohort)
	if err != nil {
		return err
	}
	if err := l.end(e); err != nil {
		return err
	}
	l.say(person, "Withdraws; the seats to come are free.")
	return l.recompute()
}

func (l *Ledger) end(e *Enrollment) error {
	if err := e.become(Withdrawn); err != nil {
		return err
	}
	e.EndedAt = l.book.Now
	l.release(e)
	l.course(e).leave = nil
	return nil
}

// Transfer moves a person to another cohort of the same protocol and version,
// with their credit (rule R17). Conflict when the protocols differ; Full when no
// entry inside the seat horizon has a seat for the whole stay, and then nothing
// has changed.
func (l *Ledger) Transfer(person, cohort, to ID) error {
	from, e, err := l.enrolled(person, cohort)
	if err != nil {
		return err
	}
	r := l.book.Roster(to)
	switch {
	case r == nil:
		return fault.New(fault.NotFound, "There is no such cohort. Choose one from the list.")
	case r == from:
		return fault.In("to", "The person is in this cohort already. Choose another one.")
	case !e.State.Live():
		return fault.New(fault.Closed, "This enrollment is %s. Somebody who has left comes back with reenter.", e.State)
	case r.Definition.Ref() != from.Definition.Ref():
		return fault.New(fault.Conflict, "The cohorts run different protocols, %s and %s, so credit cannot go along. Choose a cohort of the same protocol and version.", from.Definition.Ref(), r.Definition.Ref())
	}
	old := l.course(e)
	if err := l.end(e); err != nil {
		return err
	}
	moved, err := l.admit(r, Asking{Cohort: to, Person: person, Priority: e.Priority}, func(c *course) {
		c.continues, c.welcomed = e.ID, false
		carry(c.done, old.done)
		carry(c.waived, old.waived)
	})
	if err != nil {
		return err
	}
	if moved.State != Active {
		return fault.New(fault.Full, "The other cohort has no free seat for the whole stay inside the seat horizon. The person stays where they are.")
	}
	l.say(person, "Transfers; what was done counts in the new cohort.")
	return l.recompute()
}

func carry(to, from map[string]bool) {
	for key, yes := range from {
		to[key] = yes
	}
}

// Reenter brings back somebody who left, as a new enrollment (rule R12): mode
// "resume" keeps the credit and begins at any session, "module-start" keeps it
// and begins where a module begins, "restart" begins anew. Closed while the old
// enrollment lives; Invalid for a mode that the protocol does not have.
func (l *Ledger) Reenter(person, cohort ID, mode string) error {
	r, e, err := l.enrolled(person, cohort)
	if err != nil {
		return err
	}
	if e.State.Live() {
		return fault.New(fault.Closed, "This person has not left: the enrollment is %s.", e.State)
	}
	rule := r.Definition.Reentry
	if !allows(rule.Modes, mode) {
		return fault.In("mode", "The protocol does not let people come back by %q. Choose one of its reentry.modes: resume, module-start or restart.", mode)
	}
	loc, err := l.book.Zones.Location(r.Cohort.Zone)
	if err != nil {
		return err
	}
	ask := Asking{Cohort: r.Cohort.ID, Person: person, Priority: e.Priority}
	if !rule.Wait.IsZero() {
		ask.Earliest = rule.Wait.AddTo(protocols.WallOf(e.EndedAt, loc).Date)
	}
	old := l.course(e)
	l.say(person, "Comes back by %s.", mode)
	_, err = l.admit(r, ask, func(c *course) {
		carry(c.done, old.done)
		if mode != "restart" {
			c.continues, c.way = e.ID, way(mode)
			carry(c.waived, old.waived)
		}
	})
	if err != nil {
		return err
	}
	if rule.Reassess {
		l.ask(person, AboutReassess, string(e.ID))
	}
	return l.recompute()
}

func allows(modes []string, mode string) bool {
	known := mode == string(wayResume) || mode == string(wayModule) || mode == "restart"
	for _, m := range modes {
		if m == mode {
			return known
		}
	}
	return known && len(modes) == 0
}

// midnight is the instant at which a local date begins.
func midnight(d protocols.Date, loc *time.Location) time.Time {
	return protocols.Resolve(protocols.WallTime{Date: d}, loc).Instant
}
