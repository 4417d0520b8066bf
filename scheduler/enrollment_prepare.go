package scheduler

import (
	"slices"
	"strings"

	"almanac/protocols"
	"almanac/scheduler/fault"
)

// undone names the first prerequisite, or the date that the protocol asks for, that is neither
// recorded nor done without; "" when none is.
func (r *Roster) undone(e *Enrollment) string {
	for _, p := range r.Definition.Entry.Prerequisites {
		if !e.recorded(FactPrerequisite, p.ID) && !e.recorded(FactOverride, p.ID) {
			return p.ID
		}
	}
	if field := r.asksFor(); field != "" && !e.recorded(FactClinical, field) && !e.recorded(FactOverride, field) {
		return field
	}
	return ""
}

// PrerequisiteDate is the kind of a prerequisite that is met by a date of the person's record.
const PrerequisiteDate = "date"

// Undone lists the prerequisites of the protocol, and the date that it asks for, that an enrollment has neither
// done nor been let off, in the protocol's order.
func (r *Roster) Undone(e *Enrollment) []protocols.Prerequisite {
	all := slices.DeleteFunc(slices.Clone(r.Definition.Entry.Prerequisites), func(p protocols.Prerequisite) bool {
		return e.recorded(FactPrerequisite, p.ID) || e.recorded(FactOverride, p.ID)
	})
	if field := r.asksFor(); field != "" && !e.recorded(FactClinical, field) && !e.recorded(FactOverride, field) {
		all = append(all, protocols.Prerequisite{ID: field, Title: strings.ReplaceAll(field, "-", " "),
			Kind: PrerequisiteDate})
	}
	return all
}

// Prerequisite records that a prerequisite is done, on whatever way the
// protocol allows (rule R2). When it was the last one, the person is seated or
// waits. NotFound when there is no such enrollment; Invalid when the protocol
// asks for no such thing, or it is an assessment, which has a date; Closed when the enrollment has ended.
func (b *Book) Prerequisite(enrollment ID, done string) error {
	if r, _ := b.withEnrollment(enrollment); r != nil && slices.ContainsFunc(r.Definition.Assessments,
		func(a protocols.Assessment) bool { return a.ID == done }) {
		return fault.In("done", "%q is an assessment. Note it with its date among this person's assessments.", done)
	}
	return b.prepare(enrollment, Fact{Kind: FactPrerequisite, What: done, At: b.Now})
}

// Override lets somebody begin without a prerequisite, with a reason. It fails
// as Prerequisite does, and is Invalid without a reason.
func (b *Book) Override(enrollment ID, prerequisite, reason string) error {
	reason, err := needReason("Doing without a prerequisite", reason)
	if err != nil {
		return err
	}
	if err := b.prepare(enrollment,
		Fact{Kind: FactOverride, What: prerequisite, At: b.Now, Reason: reason}); err != nil {
		return err
	}
	if r, _ := b.withEnrollment(enrollment); r != nil {
		b.Exceptions = append(b.Exceptions,
			RuleOverride{Rule: RulePrerequisite, Cohort: r.Cohort.ID, Enrollment: enrollment, Reason: reason})
	}
	return nil
}

func (b *Book) prepare(enrollment ID, f Fact) error {
	r, e := b.withEnrollment(enrollment)
	if e == nil {
		return noEnrollment()
	}
	known := f.What != "" && f.What == r.asksFor() && f.Kind != FactPrerequisite ||
		slices.ContainsFunc(r.Definition.Entry.Prerequisites,
			func(p protocols.Prerequisite) bool { return p.ID == f.What })
	switch {
	case !known && f.What != "" && f.What == r.asksFor():
		return fault.In("done", "%q needs a date. Record the date since when it is met.", f.What)
	case !known:
		return fault.In("done", "The protocol has no prerequisite %q. Name one of its entry.prerequisites.", f.What)
	case !e.State.Live():
		return fault.New(fault.Closed, "This enrollment is %s, so its prerequisites no longer matter.",
			e.State.inWords())
	}
	e.record(f)
	b.note("enrollment."+string(f.Kind), e.ID, e.Person)
	switch f.Kind {
	case FactOverride:
		b.say(e.Person, "Begins without the prerequisite %q: %s.", f.What, f.Reason)
	case FactClinical:
		b.say(e.Person, "%s: %s.", f.What, f.Date)
	default:
		b.say(e.Person, "The prerequisite %q is done.", f.What)
	}
	if e.State == Pending && r.undone(e) == "" {
		if err := b.prepared(r, e); err != nil {
			return err
		}
	}
	return b.recompute()
}

// prepared seats somebody whose prerequisites are all done, or lets them wait.
func (b *Book) prepared(r *Roster, e *Enrollment) error {
	entry := r.Session(e.Entry)
	if entry == nil {
		return b.place(r, e)
	}
	b.say(e.Person, "Takes the seat that was kept from %s on.", entry.Wall.Date)
	return e.become(Active)
}

// holdForOrientation keeps seats for the pending where the protocol says so,
// at the first entry that is still to come.
func (b *Book) holdForOrientation(r *Roster) {
	for _, e := range r.living() {
		if e.State != Pending || !r.Definition.Entry.HoldDuringOrientation {
			continue
		}
		if entry := r.Session(e.Entry); entry != nil && entry.Start.After(b.Now) && entry.Live() {
			continue
		}
		for _, p := range b.heldSeats(e.ID) {
			p.seat.State = SeatReleased // nobody attends before the prerequisites are done
		}
		e.Entry = ""
		for at := range b.beginnings(r, e, b.entryLimit(r, e)) {
			if b.seatsFor(r, e, at) < 1 {
				continue
			}
			b.seat(r, e, at)
			b.say(e.Person, "A seat is kept from %s on until the prerequisites are done.", at.entry.Wall.Date)
			break
		}
	}
}
