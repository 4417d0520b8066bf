package scheduler

import (
	"fmt"
	"slices"
	"strings"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// PhaseRequest asks that a cohort runs one phase of a programme, beside the cohorts
// that run the others.
type PhaseRequest struct {
	Cohort ID
	Beside ID     // a cohort that runs another phase of the programme; empty: this is its first
	Phase  string // as the protocol names it
	Number int    // the phase's place in the programme, from 1 on
}

// RunPhase makes a cohort the one that runs a phase. People go from one cohort to
// that of the next number when they have served its weeks; they keep one itinerary.
// It fails with Invalid when the phase is none that the cohort's protocol has, the
// number is below 1 or Beside runs no phase; Conflict when another cohort of the
// programme has the phase or the number; NotFound when there is no such cohort.
func (b *Book) RunPhase(q PhaseRequest) error {
	r := b.Roster(q.Cohort)
	if r == nil {
		return noCohort()
	}
	switch {
	case !protocols.IsIdentifier(q.Phase):
		return fault.In("phase",
			"Name the phase as the protocol does, in lower-case words joined by hyphens, such as low-dose.")
	case !r.hasPhase(q.Phase):
		return fault.In("phase", "The protocol %s has no phase %q. Choose one of its phases: %s.", r.Cohort.Protocol,
			q.Phase, strings.Join(r.phases(), ", "))
	case q.Number < 1:
		return fault.In("number", "Phases are numbered from 1. Give the number of this one.")
	}
	series, err := b.seriesBeside(q)
	if err != nil {
		return err
	}
	for _, other := range b.Rosters {
		if other == r || other.Cohort.Series != series {
			continue
		}
		if other.Cohort.Phase == q.Phase || other.Cohort.PhaseNo == q.Number {
			return fault.New(fault.Conflict, "Another cohort already runs phase %d, %s. Choose another phase.",
				other.Cohort.PhaseNo, other.Cohort.Phase)
		}
	}
	r.Cohort.Series, r.Cohort.Phase, r.Cohort.PhaseNo = series, q.Phase, q.Number
	b.note("cohort.phase", q.Cohort)
	return nil
}

// seriesBeside is the series that a cohort joins. It is called by the id of its first cohort.
func (b *Book) seriesBeside(q PhaseRequest) (ID, error) {
	if q.Beside == "" || q.Beside == q.Cohort {
		return q.Cohort, nil
	}
	other := b.Roster(q.Beside)
	if other == nil {
		return "", fault.In("beside", "There is no such cohort. Choose one that runs another phase of the programme.")
	}
	if other.Cohort.Series == "" {
		return "", fault.In("beside", "The cohort %s runs no phase yet. Give it one first, then name it here.",
			other.Cohort.ID)
	}
	return other.Cohort.Series, nil
}

// phases lists the phases of a cohort's protocol by id, none when it has no parts:
// then it is written for one phase of a programme, whatever that is called.
func (r *Roster) phases() []string {
	if r.Definition == nil {
		return nil
	}
	ids := make([]string, len(r.Definition.Phases))
	for i, phase := range r.Definition.Phases {
		ids[i] = phase.ID
	}
	return ids
}

// hasPhase tells whether a cohort can be the running series of a phase.
func (r *Roster) hasPhase(id string) bool {
	all := r.phases()
	return len(all) == 0 || slices.Contains(all, id)
}

// next is the series of the phase after a cohort's, nil when it is the last or
// has no phase.
func (b *Book) next(r *Roster) *Roster {
	var next *Roster
	for _, other := range b.Rosters {
		if r.Cohort.Series == "" || other.Cohort.Series != r.Cohort.Series || other.Cohort.PhaseNo <= r.Cohort.PhaseNo {
			continue
		}
		if next == nil || other.Cohort.PhaseNo < next.Cohort.PhaseNo {
			next = other
		}
	}
	return next
}

// Advance moves somebody to the running series of another phase before they
// have served their weeks. When it has no seat they stay where they are and
// staff get a task. Invalid without a reason or for an unknown phase; Closed
// when the person has no seats; NotFound when there is no such enrollment.
func (b *Book) Advance(enrollment ID, phase, reason string) error {
	r, e := b.withEnrollment(enrollment)
	if e == nil {
		return noEnrollment()
	}
	reason, wanting := needReason("Advancing", reason)
	i := slices.IndexFunc(b.Rosters, func(to *Roster) bool {
		return r.Cohort.Series != "" && to.Cohort.Series == r.Cohort.Series && to.Cohort.Phase == phase
	})
	switch {
	case wanting != nil:
		return wanting
	case i < 0:
		return fault.In("phase", "No cohort runs the phase %q. Give one of the cohorts that phase.", phase)
	case e.State != Active:
		return fault.New(fault.Closed, "This enrollment is %s. Only an active person can advance.",
			e.State.inWords())
	case b.Rosters[i] == r:
		return fault.In("phase", "The person is already in the phase %q. Choose another one.", phase)
	}
	b.say(e.Person, "Is to advance to the phase %q: %s.", phase, reason)
	e.record(Fact{Kind: FactAdvance, What: phase, At: b.Now, Reason: reason})
	if !b.advance(e, b.Rosters[i], civil.Date{}) {
		b.ask(r, e, AboutPhaseFull, fmt.Sprint(e.ID, phase))
	}
	b.note("enrollment.advance", e.ID, e.Person)
	return b.recompute()
}

// advance moves an enrollment to the next phase, from a local date on when one
// is given; false when that has no seat inside the seat horizon, or none within
// a week of the date. Then nothing has changed.
func (b *Book) advance(e *Enrollment, to *Roster, from civil.Date) bool {
	var kept []heldSeat
	for _, p := range b.heldSeats(e.ID) {
		if p.seat.State.Occupies() && p.session.Start.After(b.Now) {
			kept = append(kept, p)
			p.seat.State = SeatReleased
		}
	}
	moved := to.newcomer(PlaceRequest{Person: e.Person, Priority: e.Priority, Earliest: from}, b.Now)
	moved.State = Active
	moved.History = History{Continues: e.ID, InPhase: true, EntryMode: ModeResume,
		Facts: e.carried(append(assessmentKinds(), FactWaiver)...)}
	if to.Definition.Entry.Type == protocols.EntryModuleStart {
		moved.EntryMode = ModeModuleStart
	}
	for at := range b.beginnings(to, moved, b.entryLimit(to, moved)) {
		if !from.IsZero() && moved.EntryMode != ModeModuleStart && !at.entry.Wall.Date.Before(from.AddDays(7)) {
			break
		}
		for _, p := range kept {
			b.giveUp(e, p)
		}
		to.Enrollments = append(to.Enrollments, moved)
		b.seat(to, moved, at)
		e.State, e.EndedAt = Completed, b.Now
		e.MovedOn = true
		b.say(e.Person, "Moves to the next phase, from %s on.", at.entry.Wall.Date)
		return true
	}
	to.Cohort.QueueCounter--
	for _, p := range kept {
		p.seat.State = SeatPlanned
	}
	b.say(e.Person, "The next phase has no free seat, so they stay where they are.")
	return false
}

// serve moves somebody whose weeks in a phase are over to the next one, or lets
// them stay for another week; false when there is no next phase.
func (b *Book) serve(r *Roster, e *Enrollment) bool {
	to := b.next(r)
	if to == nil {
		return false
	}
	it := r.itinerary(r.Session(e.Entry))
	it.longer = e.PausedDays
	from := it.endOfWeeks()
	if today := civil.WallOf(b.Now, b.zone(r.Cohort.Zone)).Date; today.After(from) {
		from = today // back from a leave
	}
	if !b.advance(e, to, from) {
		e.PausedDays += 7
		b.ask(r, e, AboutPhaseFull, fmt.Sprint(e.ID, to.Cohort.ID))
		b.replan(r, e)
	}
	return true
}
