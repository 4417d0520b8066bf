package scheduler

import (
	"slices"

	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// Withdraw ends an enrollment: seats in sessions that have not begun are given
// up, what was attended or cancelled stays, and who waits is offered what came
// free. Closed when the enrollment has ended already; NotFound when there is
// none.
func (b *Book) Withdraw(enrollment ID) error {
	_, e := b.withEnrollment(enrollment)
	if e == nil {
		return noEnrollment()
	}
	if err := b.end(e); err != nil {
		return err
	}
	b.say(e.Person, "Withdraws; the seats to come are free.")
	b.note("enrollment.withdraw", e.ID, e.Person)
	return b.recompute()
}

func (b *Book) end(e *Enrollment) error {
	if err := e.become(Withdrawn); err != nil {
		return err
	}
	e.EndedAt, e.Leave = b.Now, nil
	e.endOffer(OfferTaken)
	b.release(e)
	return nil
}

// Transfer moves a person to another cohort of the same protocol and version,
// with their credit (rule R17), and gives the new enrollment. Conflict when the
// protocols differ; Full when no entry inside the seat horizon has a seat for
// the whole stay, and then nothing is to be saved; Closed when the enrollment
// has ended; NotFound when there is no such enrollment or cohort.
func (b *Book) Transfer(enrollment, to ID) (*Enrollment, error) {
	from, e := b.withEnrollment(enrollment)
	if e == nil {
		return nil, noEnrollment()
	}
	r := b.Roster(to)
	switch {
	case r == nil:
		return nil, noCohort()
	case r == from:
		return nil, fault.In("to", "The person is already in this cohort. Choose another one.")
	case !e.State.Live():
		return nil, fault.New(fault.Closed, "This enrollment is %s. Use reenter for a person who has left.",
			e.State.inWords())
	case r.Definition.Ref() != from.Definition.Ref():
		return nil, fault.New(fault.Conflict,
			"The cohorts run different protocols, %s and %s, so credit cannot be transferred. Choose a cohort of "+
				"the same protocol and version.", from.Definition.Ref(), r.Definition.Ref())
	}
	if err := b.end(e); err != nil {
		return nil, err
	}
	moved, err := b.admit(r, PlaceRequest{Cohort: to, Person: e.Person, Priority: e.Priority}, History{
		Continues: e.ID, Facts: e.carried(append(assessmentKinds(), FactPrerequisite, FactOverride, FactWaiver,
			FactClinical)...),
	})
	if err != nil {
		return nil, err
	}
	if moved.State != Active {
		return nil, fault.New(fault.Full,
			"The other cohort has no free seat for the whole stay within the seat horizon. The person stays "+
				"where they are.")
	}
	b.say(e.Person, "Transfers; what was done counts in the new cohort.")
	b.note("enrollment.transfer", e.ID, moved.ID, e.Person)
	return moved, b.recompute()
}

// carried lists the facts of some kinds, which go along into another enrollment.
func (c *History) carried(kinds ...FactKind) []Fact {
	return slices.DeleteFunc(slices.Clone(c.Facts), func(f Fact) bool { return !slices.Contains(kinds, f.Kind) })
}

// Reenter brings back somebody who left, as a new enrollment (rule R12), which
// it gives: WayResume keeps the credit and begins at any session, WayModule
// keeps it and begins where a module begins, WayRestart begins anew. Closed
// while the old enrollment lives; Invalid for a mode that the protocol does not
// have; otherwise it fails as Enroll does.
func (b *Book) Reenter(enrollment ID, mode EntryMode) (*Enrollment, error) {
	r, e := b.withEnrollment(enrollment)
	if e == nil {
		return nil, noEnrollment()
	}
	if e.State.Live() {
		return nil, fault.New(fault.Closed, "This person has not left: the enrollment is %s.", e.State.inWords())
	}
	rule := r.Definition.Reentry
	if !allows(rule.Modes, mode) {
		return nil, fault.In("mode",
			"The protocol does not let people come back by %q. Choose one of its reentry.modes: resume, "+
				"module-start or restart.", mode)
	}
	loc, err := b.Zones.Location(r.Cohort.Zone)
	if err != nil {
		return nil, err
	}
	ask := PlaceRequest{Cohort: r.Cohort.ID, Person: e.Person, Priority: e.Priority}
	if !rule.Wait.IsZero() {
		ask.Earliest = rule.Wait.AddTo(civil.WallOf(e.EndedAt, loc).Date)
	}
	history := History{EntryMode: mode, Facts: e.carried(FactPrerequisite, FactOverride, FactClinical)}
	if mode != ModeRestart {
		kept := []FactKind{FactPrerequisite, FactOverride, FactWaiver, FactClinical}
		if !rule.Reassess {
			kept = append(kept, assessmentKinds()...)
		}
		history.Continues, history.Facts = e.ID, e.carried(kept...)
	}
	b.say(e.Person, "Comes back by %s.", mode)
	back, err := b.admit(r, ask, history)
	if err != nil {
		return nil, err
	}
	if rule.Reassess {
		b.ask(r, e, AboutReassess, string(e.ID))
	}
	b.note("enrollment.reenter", e.ID, back.ID, e.Person)
	return back, b.recompute()
}

func allows(modes []string, mode EntryMode) bool {
	known := mode == ModeResume || mode == ModeModuleStart || mode == ModeRestart
	return known && (len(modes) == 0 || slices.Contains(modes, string(mode)))
}
