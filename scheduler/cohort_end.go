package scheduler

import (
	"slices"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// MakeupWindow is how long after the last session of a closed cohort something
// may still be made up before the stays in it end.
const MakeupWindow = 28 * 24 * time.Hour

// Outcome says what a completed stay reached; empty: it is not completed.
type Outcome string

// The outcomes of a stay.
const (
	OutcomeFull    Outcome = "full"    // nothing is owed
	OutcomeDose    Outcome = "dose"    // the protocol's minimum was reached
	OutcomePartial Outcome = "partial" // less than that
)

// EndCohort ends a cohort after a local date: its later sessions are cancelled,
// nobody new comes in, stays end with the last session that is left, and staff get
// a task for everybody who waits. Invalid without a date; Closed when the cohort
// has ended; NotFound when there is none.
func (b *Book) EndCohort(cohort ID, after civil.Date) error {
	r, err := b.running(cohort)
	if err != nil {
		return err
	}
	if after.IsZero() {
		return fault.In("after", "Give the last date of the cohort, written like 2026-03-31.")
	}
	r.Cohort.EndsAfter = after
	for _, s := range r.Sessions {
		if !s.Live() || !s.Start.After(b.Now) || !s.Wall.Date.After(after) {
			continue
		}
		s.State, s.ContentLost = SessionCancelled, s.Main
		for _, seat := range r.seatsIn(s.ID) {
			if seat.State.Occupies() {
				seat.State = SeatCancelled
				b.say(seat.Person, "The session of %s (%s) is cancelled, because the group ends.",
					s.Wall.Date, s.Position)
			}
		}
	}
	for _, e := range r.Enrollments {
		if e.State == Offered {
			b.giveBack(r, e, OfferTaken)
		}
	}
	r.arrange()
	b.note("cohort.end", cohort)
	return b.recompute()
}

// lastEnd is the end of the last session of the group that stands, zero when none does.
func (r *Roster) lastEnd() time.Time {
	var last time.Time
	for _, s := range r.Sessions {
		if s.Live() && s.For == "" {
			last = later(last, s.End)
		}
	}
	return last
}

// groupEnds is when a cohort is over: the end of its last session, or of the local
// date after which it was ended; zero when it goes on without end.
func (b *Book) groupEnds(r *Roster) time.Time {
	if r.Cohort.Rolling && r.Cohort.EndsAfter.IsZero() {
		return time.Time{}
	}
	last := r.lastEnd()
	if loc, err := b.Zones.Location(r.Cohort.Zone); err == nil && last.IsZero() && !r.Cohort.EndsAfter.IsZero() {
		return midnight(r.Cohort.EndsAfter.AddDays(1), loc)
	}
	return last
}

// discharge is when a protocol ends a stay, done or not: when the last local date
// of the period after the entry is over; zero: it does not.
func (b *Book) discharge(r *Roster, e *Enrollment) time.Time {
	last := r.dischargeDate(r.Session(e.Entry))
	loc, err := b.Zones.Location(r.Cohort.Zone)
	if last.IsZero() || err != nil {
		return time.Time{}
	}
	return midnight(last.AddDays(1), loc)
}

// dischargeDate is the last local date of a stay from an entry on, zero when the
// protocol sets none.
func (r *Roster) dischargeDate(entry *Session) civil.Date {
	if entry == nil || r.Definition.Completion.DischargeAfter.IsZero() {
		return civil.Date{}
	}
	return r.Definition.Completion.DischargeAfter.AddTo(entry.Wall.Date)
}

// stayEnds is when a stay ends though it did not graduate, zero when it does not
// end by itself: by the protocol's discharge, with a cohort that was ended, or
// after the last session of a closed one, when nothing can be made up any more.
func (b *Book) stayEnds(r *Roster, e *Enrollment) time.Time {
	if r.Session(e.Entry) == nil {
		return time.Time{}
	}
	ends, group := b.discharge(r, e), b.groupEnds(r)
	if group.IsZero() || r.lastEnd().After(b.Now) {
		return ends
	}
	if r.Cohort.EndsAfter.IsZero() && len(b.owed(r, e)) > 0 {
		group = group.Add(MakeupWindow)
	}
	for _, p := range b.heldSeats(e.ID) {
		if p.session.Live() && p.seat.State.Occupies() {
			group = later(group, p.session.End) // somebody still has an appointment
		}
	}
	if ends.IsZero() {
		return group
	}
	return earlier(ends, group)
}

// over tells whether a stay has come to its end without a graduation.
func (b *Book) over(r *Roster, e *Enrollment) bool {
	ends := b.stayEnds(r, e)
	return !ends.IsZero() && !ends.After(b.Now)
}

// endStay ends a stay with what it reached; anyone who has no credit at all counts as
// withdrawn. A session of which nobody has said who came stops it, and staff are
// asked again every week.
func (b *Book) endStay(r *Roster, e *Enrollment) {
	credit, open := false, false
	for _, p := range b.heldSeats(b.creditChain(e)...) {
		credit = credit || b.earns(p) && p.session.Past(b.Now)
		if !b.trusting && p.session.Live() && p.session.Past(b.Now) && p.seat.State == SeatPlanned {
			open = true
			b.askAgain(p.home, p.session)
		}
	}
	if open {
		return
	}
	ends := b.stayEnds(r, e)
	b.release(e)
	e.endOffer(OfferTaken)
	e.State, e.EndedAt, e.Leave = Completed, ends, nil
	if !credit {
		e.State = Withdrawn
		b.say(e.Person, "The stay is over without any credit.")
		return
	}
	b.say(e.Person, "The stay is over; the outcome is %q.", b.outcome(r, e))
}

// outcome is what a completed stay reached.
func (b *Book) outcome(r *Roster, e *Enrollment) Outcome {
	if e.State != Completed || e.MovedOn {
		return ""
	}
	at := b.graduation(r, e, b.confirmed)
	endless := r.Definition.Completion.Type == protocols.CompletionNone && len(b.owed(r, e)) == 0
	if at != nil && at.session.Past(b.Now) || endless {
		return OutcomeFull
	}
	if met, _ := b.dose(r, e); !met.IsZero() {
		return OutcomeDose
	}
	return OutcomePartial
}

// endCohort marks a cohort as ended when its last session is over and nobody is
// in it any more. Anyone who still waits for it is in a task of its own.
func (b *Book) endCohort(r *Roster) {
	group := b.groupEnds(r)
	if group.IsZero() || group.After(b.Now) || r.lastEnd().After(b.Now) {
		return
	}
	inside := func(e *Enrollment) bool { return e.State == Active || e.State == OnHold || e.State == Offered }
	alone := func(s *Session) bool { return s.Live() && s.For != "" && !s.Past(b.Now) }
	if !slices.ContainsFunc(r.living(), inside) && !slices.ContainsFunc(r.Sessions, alone) {
		r.Cohort.State = CohortEnded
		b.note("cohort.ended", r.Cohort.ID)
	}
}
